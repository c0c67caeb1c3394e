"""Configurations: the data plane groups of one control plane, `/v2/cloud-gateways/configurations`.

Konnect mints a new configuration id on every PUT, so the resource id is the control plane's.
There is no DELETE: a delete is a PUT without groups, and it is done when all groups are gone.
Konnect answers 409 to a PUT that changes nothing. That counts as success.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import Field

from providers.base import model, readiness
from providers.base.errors import ConfigurationError, ConflictError, NotFoundError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, SERVER_DEFAULT, Inputs, Props, SetOf
from providers.base.resource import PerProgram
from providers.base.sealed import marked
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.base import CloudGatewayObject, reason_of
from providers.konnect.cloud_gateways.data_plane_groups import (
    ActualGroup,
    DataplaneGroup,
    sealed_environment,
)
from providers.konnect.crud import KonnectResourceProvider, plane_is_marked
from providers.konnect.ownership import Owner
from providers.konnect.resource import CloudGatewayResource, shared_collection
from providers.konnect.vocabulary import ApiAccess, Geo

PATH: Final = "/v2/cloud-gateways/configurations"
READY_TIMEOUT: Final = 3600.0
"""Seconds."""
FAILED_STATUS: Final = frozenset({"ERROR", "INVALID"})
"""Values of a group's `state_metadata.reported_status` that count as failed."""


class Configuration(CloudGatewayObject):
    """A configuration whose groups are all ready."""

    control_plane_id: str
    control_plane_geo: str = ""
    version: str = ""
    api_access: str = ""
    kind: str = "dedicated.v0"
    dataplane_groups: tuple[ActualGroup, ...]
    """The running groups."""
    dataplane_group_config: tuple[dict[str, Any], ...] = ()
    """The desired groups, as in the last PUT."""

    def group(self, network_id: str) -> ActualGroup:
        """The running group in a network. Raises StopIteration if there is none."""
        return next(g for g in self.dataplane_groups if g.cloud_gateway_network_id == network_id)


class CloudGatewayConfigurationInputs(Inputs):
    """The inputs of a configuration: `CreateConfigurationRequest`.

    ``problems`` also checks rules that the API documents only as text. For serverless gateways
    Konnect refuses or ignores version, network and autoscale. They are errors here, because an
    ignored value would show as a change at every refresh.
    """

    control_plane_id: Annotated[str, IMMUTABLE]
    control_plane_geo: Annotated[Geo, IMMUTABLE]
    dataplane_groups: SetOf[DataplaneGroup]
    version: Annotated[str | None, SERVER_DEFAULT, Field(pattern=r"^\d+\.\d+(\.\d+)*$")] = None
    api_access: Annotated[ApiAccess | None, SERVER_DEFAULT] = None
    kind: Annotated[Literal["dedicated.v0", "serverless.v1"], IMMUTABLE] = "dedicated.v0"

    def problems(self) -> Iterator[tuple[str, str]]:
        """Each broken rule for dedicated and serverless gateways that Konnect's schema lacks."""
        dedicated = self.kind == "dedicated.v0"
        if dedicated and self.version is None:
            yield "version", "is required for dedicated gateways, for example '3.13'"
        if not dedicated and self.version is not None:
            yield "version", f"is not allowed for {self.kind}"
        seen: set[object] = set()
        for index, group in enumerate(self.dataplane_groups):
            where = f"dataplane_groups.{index} ({group.provider} {group.region})"
            for name in ("cloud_gateway_network_id", "autoscale"):
                written = getattr(group, name) is not None
                if dedicated and not written:
                    yield "dataplane_groups", f"{where}: {name} is required"
                if written and not dedicated:
                    yield "dataplane_groups", f"{where}: {name} is not allowed for {self.kind}"
            network = group.cloud_gateway_network_id
            place = network if dedicated else (group.provider, group.region)
            if place in seen:
                what = "network" if dedicated else "region"
                yield "dataplane_groups", f"{where}: is a second group in the same {what}"
            if place is not None:
                seen.add(place)


def _desired(remote: Json) -> list[Json]:
    """The desired groups, from `dataplane_group_config`. `dataplane_groups` are the actual ones."""
    groups = []
    for group in remote.get("dataplane_group_config") or []:
        kept = {k: group[k] for k in DataplaneGroup.model_fields if group.get(k) is not None}
        if isinstance(kept.get("autoscale"), dict):
            # `max_rps` is deprecated. Konnect sets it to ten times `base_rps`.
            kept["autoscale"] = {k: v for k, v in kept["autoscale"].items() if k != "max_rps"}
        groups.append(kept)
    return groups


def _place(group: Json) -> tuple[str, str, str | None]:
    """The place of a group. It identifies the group, because desired groups have no id."""
    return group["provider"], group["region"], group.get("cloud_gateway_network_id")


def judge(
    item: Json, not_awaited: Collection[tuple[str, str]] = ()
) -> readiness.Verdict[Configuration]:
    """Ready when exactly the desired groups are ready. A configuration has no state of its own.

    ``not_awaited`` are the (provider, region) of groups whose state does not count.
    """
    desired = [_place(group) for group in item["dataplane_group_config"]]
    missing = dict.fromkeys(place for place in desired if place[:2] not in not_awaited)
    states: list[str] = []
    reasons: list[str] = []
    failed = False
    for group in item["dataplane_groups"]:
        place = _place(group)
        if group["state"] == "terminated" or place[:2] in not_awaited:
            continue
        missing.pop(place, None)
        if group["state"] == "ready" and place in desired:
            continue
        unwanted = " and not wanted" if group["state"] == "ready" else ""
        states.append(f"{group['provider']} {group['region']} {group['state']}{unwanted}")
        reported = (group.get("state_metadata") or {}).get("reported_status")
        failed = failed or reported in FAILED_STATUS
        if reason := reason_of(group):
            reasons.append(reason)
    states += [f"{provider} {region} missing" for provider, region, _ in missing]
    if not states:
        return readiness.Ready(Configuration.model_validate(item))
    kind = readiness.Failed if failed else readiness.Waiting
    return kind("; ".join(states), "; ".join(reasons))


class CloudGatewayConfigurationProvider(KonnectResourceProvider[CloudGatewayConfigurationInputs]):
    """CRUD of a configuration."""

    Inputs = CloudGatewayConfigurationInputs
    noun = "cloud gateway configuration"
    natural_key = ("control_plane_id",)

    def _current(self, client: Client, control_plane_id: str) -> Json | None:
        action = f"looking for the configuration of control plane {control_plane_id}"
        query = {"filter[control_plane_id][eq]": control_plane_id}
        found = client.list_all(PATH, action, query)
        mine = [item for item in found if item["control_plane_id"] == control_plane_id]
        return max(mine, key=lambda item: item["entity_version"], default=None)

    def find(self, client: Client, inputs: CloudGatewayConfigurationInputs) -> Json | None:
        """The configuration, or None. One without groups is deleted and counts as None."""
        current = self._current(client, inputs.control_plane_id)
        return current if current and current["dataplane_group_config"] else None

    def marked(
        self, client: Client, remote: Json, inputs: CloudGatewayConfigurationInputs, owner: Owner
    ) -> bool:
        return plane_is_marked(client, inputs.control_plane_id, owner)

    def post(self, client: Client, inputs: CloudGatewayConfigurationInputs) -> Json:
        return self._put(client, inputs)

    def change(
        self,
        client: Client,
        id_: str,
        inputs: CloudGatewayConfigurationInputs,
        changed: Sequence[str],
    ) -> Json:
        return self._put(client, inputs)

    def _put(self, client: Client, inputs: CloudGatewayConfigurationInputs) -> Json:
        action = f"configuring control plane {inputs.control_plane_id}"
        try:
            return client.put(PATH, action, inputs.body())
        except ConflictError:
            # Konnect says that it is identical to the current one. Check that.
            current = self._current(client, inputs.control_plane_id)
            if current is None or self._compare(current, model.dump(inputs))[1]:
                raise
            return current

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        current = self._current(client, id_)
        if current is None or not current["dataplane_group_config"]:
            raise NotFoundError(
                f"reading the configuration of control plane {id_}", 404, "Not Found"
            )
        return current

    def judge(self, remote: Json) -> readiness.Verdict[Any]:
        return judge(remote)

    def remove(self, client: Client, id_: str, props: Props) -> None:
        """PUT no groups and wait until none is left, so that the networks can be deleted.

        Raises DeadlineError after the delete timeout.
        """
        current = self._current(client, id_)
        if current is None:
            return
        label = f"the configuration of control plane {id_}"
        if current["dataplane_group_config"]:
            kept = ("control_plane_id", "control_plane_geo", "version", "api_access", "kind")
            body = {key: current[key] for key in kept if current.get(key) is not None}
            # A conflict means that someone else has emptied it already.
            with suppress(ConflictError):
                client.put(PATH, f"emptying {label}", {**body, "dataplane_groups": []})

        def groups() -> str | None:
            now = self._current(client, id_)
            left = [
                f"{group['provider']} {group['region']} is {group['state']}"
                for group in (now or {}).get("dataplane_groups", [])
                if group["state"] != "terminated"
            ]
            return ", ".join(left) or None

        readiness.until(groups, f"deleting {label}", self.delete_limit(props))

    def import_id(self, text: str) -> tuple[str, Props]:
        """The control plane's id. ``_adopt`` resolves Terraform's configuration ids."""
        return text, {}

    def _adopt(self, client: Client, text: str, wanted: Props) -> Any:
        """Adopt by the control plane's id or by Terraform's import id, a configuration's id."""
        try:
            old = client.get(f"{PATH}/{text}", f"reading cloud gateway configuration {text}")
            text = str(old["control_plane_id"])
        except NotFoundError:
            pass
        return super()._adopt(client, text, wanted)

    def id_of(self, remote: Json) -> str:
        return str(remote["control_plane_id"])

    def remote_inputs(self, remote: Json) -> Json:
        return {
            **super().remote_inputs(remote),
            "kind": remote.get("kind") or "dedicated.v0",
            "dataplane_groups": _desired(remote),
        }

    def computed(self, remote: Json) -> Json:
        return {**super().computed(remote), "configuration_id": remote["id"]}

    def seal(self, props: Props) -> Props:
        groups = sealed_environment(props.get("dataplane_groups"), marked)
        return {**super().seal(props), "dataplane_groups": groups}


def collection(client: Client, _: Any = None) -> readiness.Collection:
    """The collection of all current configurations, by control plane id."""
    return shared_collection(
        client, PATH, "listing cloud gateway configurations", lambda item: item["control_plane_id"]
    )


_configured: PerProgram[dict[object, tuple[str, object]]] = PerProgram(dict)
"""Control plane (its id, or the output of its id) -> the configuration resource for it."""


async def _only_one(resource_name: str, control_plane_id: Any) -> pulumi.Output[str]:
    """The control plane's id. Raises ConfigurationError for a second configuration of it.

    Konnect keeps one configuration per control plane, and a second PUT silently overwrites the
    first. In a preview the id of a new control plane is unknown, but ``plane.id`` is the same
    output object each time, so it is compared too.
    """
    me = (resource_name, object())

    def claim(plane: object) -> None:
        first = _configured.get().setdefault(plane, me)
        if first is not me:
            raise ConfigurationError(
                f"{first[0]!r} and {resource_name!r} configure the same control plane, and Konnect "
                "keeps one configuration for each: put all data plane groups into one of them"
            )

    if isinstance(control_plane_id, pulumi.Output):
        claim(control_plane_id)  # `from_input` makes a new output each time.
    output = pulumi.Output.from_input(control_plane_id)
    if await output.is_known():
        claim(await output.future())
    return output


class CloudGatewayConfiguration(
    CloudGatewayResource, module="konnect", name="CloudGatewayConfiguration"
):
    """The data plane groups of a control plane. Terraform: `konnect_cloud_gateway_configuration`.

    There is one per control plane. ``dataplane_groups`` is a set of mappings with ``provider``,
    ``region``, ``cloud_gateway_network_id``, ``autoscale`` and ``environment``. A value of
    ``environment`` is a Pulumi secret if its name is that of a credential. ``version`` is a string
    (``"3.13"``); a change is a rolling upgrade without downtime. ``ready_timeout`` is in seconds
    (default one hour). ``not_awaited`` are the (provider, region) of groups that ``ready`` does not
    wait for. Source: `PUT /v2/cloud-gateways/configurations`.
    """

    control_plane_id: pulumi.Output[str]
    control_plane_geo: pulumi.Output[str]
    version: pulumi.Output[str]
    api_access: pulumi.Output[str]
    kind: pulumi.Output[str]
    dataplane_groups: pulumi.Output[Sequence[Mapping[str, Any]]]
    """The desired groups. ``ready`` has the running groups with their addresses."""
    configuration_id: pulumi.Output[str]
    """Konnect's id of the current configuration. Every update changes it."""

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        control_plane_geo: pulumi.Input[str],
        dataplane_groups: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]],
        version: pulumi.Input[str] | None = None,
        api_access: pulumi.Input[str] | None = None,
        kind: pulumi.Input[str] | None = None,
        ready_timeout: float = READY_TIMEOUT,
        not_awaited: Collection[tuple[str, str]] = (),
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            **locals(),
            "control_plane_id": asyncio.ensure_future(_only_one(resource_name, control_plane_id)),
            "dataplane_groups": sealed_environment(dataplane_groups),
        }
        super().__init__(CloudGatewayConfigurationProvider(), resource_name, inputs, opts)
        self._ready_timeout = ready_timeout
        self._not_awaited = frozenset(not_awaited)
        self._label = f"cloud gateway configuration {resource_name}"

    @cached_property
    def expected(self) -> pulumi.Output[Configuration]:
        """As ``ready``; in a preview, the groups that run now, even if the update changes them.

        Konnect keeps the addresses and names of a group through an update of its configuration. So
        a preview can plan what is created for each address. Unknown before the first update.
        """
        if pulumi.runtime.is_dry_run():
            return self._when(collection, judge, label=self._label, timeout=self._ready_timeout)
        return self.ready

    @cached_property
    def ready(self) -> pulumi.Output[Configuration]:
        """The running groups with their addresses, once all that are awaited are ready.

        Raises FailedStateError or DeadlineError.
        """
        return self._when(
            collection,
            lambda item: judge(item, self._not_awaited),
            label=self._label,
            timeout=self._ready_timeout,
            depends_on=[self.configuration_id],
        )
