"""The controller's list of gateways, and the wait until one is up.

A gateway takes several minutes. The call that creates it returns the id of a task. Only the task
tells why a gateway failed: the list no longer has it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from providers.aviatrix.client import Client
from providers.aviatrix.crud import listed
from providers.base import readiness
from providers.base.http import Json
from providers.base.model import Returned
from providers.base.readiness import Ready
from providers.base.resource import PerProgram

READY_TIMEOUT: Final = 3600.0
"""Seconds that a run waits for a gateway. The Terraform provider waits as long for a task."""
LIST_ACTION: Final = "list_vpcs_summary"
UNKNOWN_SIZES: Final = (None, "", "UNKNOWN")
"""What the controller lists instead of a size that it does not know."""
HA_SUFFIX: Final = "-hagw"
"""The name of a gateway's HA peer is the gateway's with this behind it."""


class Gateway(Returned):
    """A gateway that is up, as the controller lists it."""

    vpc_name: str
    """Its name."""
    public_ip: str = ""
    private_ip: str = ""


def gateways(client: Client, *, fresh: bool) -> dict[str, Json]:
    """All gateways by name, HA peers among them."""
    found: dict[str, Json] = {}
    for item in listed(client, LIST_ACTION, "listing gateways", fresh=fresh) or []:
        if (peer := item.get("hagw_details") or {}).get("vpc_name"):
            found[peer["vpc_name"]] = {**peer, **found.get(peer["vpc_name"], {})}
        found[item["vpc_name"]] = {**found.get(item["vpc_name"], {}), **item}
    return found


def judge(item: Json) -> readiness.Verdict[Gateway]:
    """Ready when the gateway is up and has its size.

    Failed when its task is, and the controller has no gateway or one of another size.
    """
    task: Mapping[str, str] = item.get("task") or {}
    present, state = item.get("present", True), str(item.get("vpc_state") or "")
    if present and _is_of_another_size(item, item.get("wanted_size")):
        size = f"its size is {item['vpc_size']}, not {item['wanted_size']}"
        if task.get("state") == "failed":
            return readiness.Failed("not resized", f"{size}: {task.get('reason', '')}")
        if task.get("state") == "running":
            return readiness.Waiting("resizing", size)
    if present and (state == "up" or (not state and task.get("state") != "running")):
        return Ready(Gateway.model_validate(item))
    if not present and task.get("state") == "failed":
        return readiness.Failed("failed", task.get("reason", ""))
    return readiness.Waiting(state or "creating", task.get("reason", ""))


def judge_in_preview(item: Json) -> readiness.Verdict[Gateway]:
    """Ready as soon as it has its address, which it keeps whatever its state is."""
    return Ready(Gateway.model_validate(item)) if item.get("public_ip") else judge(item)


def _is_of_another_size(item: Json, wanted: str | None) -> bool:
    return bool(wanted) and item.get("vpc_size") not in (*UNKNOWN_SIZES, wanted)


@dataclass(frozen=True)
class _Watched:
    """What a program waits for: a gateway that a task creates or resizes."""

    task_id: str
    size: str | None


class Gateways:
    """The gateways of a controller, with the tasks of those that a program waits for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._watched: dict[str, _Watched] = {}
        self.collection = readiness.Collection(self._fetch, lambda item: str(item["vpc_name"]))

    def watch(
        self, name: str, task_id: str | None, size: str | None = None
    ) -> readiness.Collection:
        """The collection, for a wait for the gateway of this name until it has this size."""
        if task_id:
            self._watched[name] = _Watched(task_id, size)
        return self.collection

    def _fetch(self) -> list[Json]:
        found = gateways(self._client, fresh=True)
        # A copy: further waits begin while this thread asks for tasks.
        for name, wanted in list(self._watched.items()):
            item = found.get(name) or {}
            if item.get("vpc_state") != "up" or _is_of_another_size(item, wanted.size):
                task = self._client.task(wanted.task_id)
                found[name] = {
                    "vpc_name": name,
                    "present": bool(item),
                    **item,
                    "wanted_size": wanted.size,
                    "task": {"state": task.state, "reason": task.reason},
                }
        return list(found.values())


_lists: PerProgram[dict[Client, Gateways]] = PerProgram(dict)


def watched(client: Client, key: Any) -> readiness.Collection:
    """The program's collection of a controller's gateways. ``key``: name, id of the task, size."""
    name, task_id, size = key
    return _lists.get().setdefault(client, Gateways(client)).watch(name, task_id, size)
