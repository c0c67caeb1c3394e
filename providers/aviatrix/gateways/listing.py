"""The controller's list of gateways, and the wait until one is up.

A gateway takes several minutes. The call that creates it returns the id of a task. Only the task
tells why a gateway failed: the list no longer has it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from providers.aviatrix.client import Client
from providers.aviatrix.crud import listed
from providers.base import readiness
from providers.base.http import Json
from providers.base.model import Returned
from providers.base.resource import PerProgram

READY_TIMEOUT: Final = 3600.0
"""Seconds that a run waits for a gateway. The Terraform provider waits as long for a task."""
LIST_ACTION: Final = "list_vpcs_summary"
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
    """Ready when the gateway is up, failed when its task is and the controller has no gateway."""
    task: Mapping[str, str] = item.get("task") or {}
    present, state = item.get("present", True), str(item.get("vpc_state") or "")
    if present and (state == "up" or (not state and task.get("state") != "running")):
        return readiness.Ready(Gateway.model_validate(item))
    if not present and task.get("state") == "failed":
        return readiness.Failed("failed", task.get("reason", ""))
    return readiness.Waiting(state or "creating", task.get("reason", ""))


class Gateways:
    """The gateways of a controller, with the tasks of those that a program waits for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tasks: dict[str, str] = {}
        self.collection = readiness.Collection(self._fetch, lambda item: str(item["vpc_name"]))

    def watch(self, name: str, task_id: str | None) -> readiness.Collection:
        """The collection, for a wait for the gateway of this name."""
        if task_id:
            self._tasks[name] = task_id
        return self.collection

    def _fetch(self) -> list[Json]:
        found = gateways(self._client, fresh=True)
        for name, task_id in self._tasks.items():
            item = found.get(name)
            if item is None or item.get("vpc_state") != "up":
                task = self._client.task(task_id)
                told = {"vpc_name": name, "present": item is not None, **(item or {})}
                found[name] = {**told, "task": {"state": task.state, "reason": task.reason}}
        return list(found.values())


_lists: PerProgram[dict[Client, Gateways]] = PerProgram(dict)


def watched(client: Client, key: Any) -> readiness.Collection:
    """The program's collection of a controller's gateways. ``key`` is a name and its task's id."""
    name, task_id = key
    return _lists.get().setdefault(client, Gateways(client)).watch(name, task_id)
