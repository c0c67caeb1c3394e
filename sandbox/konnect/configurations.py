"""Configurations: the complete desired state of a control plane's data-plane groups.

A control plane has one per geo. The API has no ``DELETE`` and no ``PATCH``. A ``PUT`` replaces
the whole configuration; an empty list of groups deletes all groups; a ``PUT`` of the same
state is a 409. Every ``PUT`` creates a new id. The old configuration can still be read by its
id but is no longer listed. In a request ``dataplane_groups`` has the desired groups. In a
response it has the actual groups, and ``dataplane_group_config`` has the desired ones.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.http import filters
from sandbox.http.bodies import Closed, Open, Uuid, parse
from sandbox.http.problems import Parameter, Refusal, conflict, not_found, parameter
from sandbox.http.routing import Router
from sandbox.konnect import (
    access,
    add_ons,
    availability,
    control_planes,
    groups,
    networks,
    paging,
    quotas,
    records,
)
from sandbox.konnect.access import Caller
from sandbox.konnect.geos import GEOS, Geo
from sandbox.store import Body, Store


class Autopilot(Closed):
    """Autoscaling from a base of requests per second; ``max_rps`` is deprecated."""

    kind: Literal["autopilot"]
    base_rps: Annotated[int, Field(ge=1)]
    max_rps: int = 0


class Static(Closed):
    """A fixed number of instances; deprecated."""

    kind: Literal["static"]
    instance_type: Literal["small", "medium", "large"]
    requested_instances: Annotated[int, Field(ge=1)]


class Variable(Open):
    """An environment variable of the data planes.

    The published document has the pattern under ``format``, which generated validators
    ignore. Konnect enforces it.
    """

    name: Annotated[
        str,
        Field(min_length=6, max_length=120, pattern=r"^(KONG|OTEL)_[a-zA-Z_]+[a-zA-Z0-9_]*$"),
    ]
    value: Annotated[str, Field(min_length=1, max_length=2048)]


class Group(Closed):
    """A desired data-plane group."""

    provider: Literal["aws", "azure", "gcp"]
    region: str
    cloud_gateway_network_id: Uuid | None = None
    autoscale: Annotated[Autopilot | Static, Field(discriminator="kind")] | None = None
    environment: list[Variable] = Field(default_factory=list)


class CreateConfiguration(Closed):
    """Body of ``create-configuration``.

    The published ``required`` lists omit ``version`` and a group's network and autoscale.
    For ``dedicated.v0`` the descriptions in the document require them.
    """

    control_plane_id: Uuid
    control_plane_geo: Geo
    version: str = ""
    kind: Literal["dedicated.v0", "serverless.v1"] = "dedicated.v0"
    api_access: Literal["private", "public", "private+public"] = "private+public"
    dataplane_groups: list[Group]


router = Router()

_FILTERS = {
    "control_plane_id": filters.ID,
    "control_plane_geo": filters.choice(*GEOS),
}


def _missing(field: str) -> Parameter:
    return parameter(field, "required", f"{field} is required")


def _shape_problems(body: CreateConfiguration) -> list[Parameter]:
    dedicated = body.kind == "dedicated.v0"
    found: list[Parameter] = []
    given = "version" in body.model_fields_set
    if dedicated and not given:
        found.append(_missing("version"))
    elif dedicated and body.version not in availability.VERSIONS:
        choices = list(availability.VERSIONS)
        reason = f"version must be one of the following values: {', '.join(choices)}"
        found.append(parameter("version", "enum", reason, choices=choices))
    elif not dedicated and given:
        found.append(parameter("version", "invalid", "version must be omitted for serverless.v1"))
    for index, group in enumerate(body.dataplane_groups):
        for name in ("cloud_gateway_network_id", "autoscale"):
            field = f"dataplane_groups.{index}.{name}"
            if dedicated and getattr(group, name) is None:
                found.append(_missing(field))
            elif not dedicated and name in group.model_fields_set:
                reason = f"{field} must be omitted for serverless.v1"
                found.append(parameter(field, "invalid", reason))
    return found


def _place_problem(store: Store, kind: str, index: int, group: Group) -> Parameter | None:
    field = f"dataplane_groups.{index}.region"
    if kind == "serverless.v1":
        if group.provider == "aws" and group.region in availability.SERVERLESS_REGIONS:
            return None
        reason = f"{field} is not a serverless region"
        return parameter(field, "is_supported_provider_region", reason)
    network = records.get(store, records.NETWORKS, group.cloud_gateway_network_id or "")
    if network is None:
        raise not_found(f"Network '{group.cloud_gateway_network_id}' not found")
    if network["state"] not in networks.USABLE:
        where = f"dataplane_groups.{index}.cloud_gateway_network_id"
        return parameter(where, "invalid", f"network is {network['state']}")
    if (group.provider, group.region) != (network["_provider"], network["region"]):
        place = f"{network['_provider']} {network['region']}"
        return parameter(field, "invalid", f"{field} does not match its network, in {place}")
    return None


def _place_problems(store: Store, body: CreateConfiguration) -> list[Parameter]:
    found: list[Parameter] = []
    seen: dict[groups.Key, int] = {}
    for index, group in enumerate(body.dataplane_groups):
        problem = _place_problem(store, body.kind, index, group)
        if problem is not None:
            found.append(problem)
        key = group.provider, group.region, group.cloud_gateway_network_id
        if key in seen:
            reason = f"data plane group {index} has the network of data plane group {seen[key]}"
            found.append(parameter(f"dataplane_groups.{index}", "invalid", reason))
        seen.setdefault(key, index)
    return found


def _fingerprint(configuration: Body) -> str:
    """A text that is equal for equal desired states; ignores the order of groups and variables."""
    wanted = []
    for group in configuration["dataplane_group_config"]:
        autoscale = {k: v for k, v in group.get("autoscale", {}).items() if k != "max_rps"}
        environment = sorted(json.dumps(v, sort_keys=True) for v in group.get("environment", []))
        same = {**group, "autoscale": autoscale, "environment": environment}
        wanted.append(json.dumps(same, sort_keys=True))
    settings = [configuration.get(name) for name in ("version", "api_access", "kind")]
    return json.dumps([settings, sorted(wanted)])


def current_of(store: Store, plane_id: str) -> Body | None:
    """The current configuration of a control plane, or None."""
    for configuration in records.every(store, records.CONFIGURATIONS):
        if configuration["control_plane_id"] == plane_id and configuration["_current"]:
            return configuration
    return None


def version_of(store: Store, plane_id: str) -> str | None:
    """The gateway version of a control plane's data planes, or None when it has none.

    A member of control plane groups runs on the data planes of its groups. The result is the
    oldest version among them.
    """
    planes = [plane_id, *control_planes.groups_of(store, plane_id)]
    found = [current_of(store, plane) for plane in planes]
    versions = [c["version"] for c in found if c is not None and "version" in c]
    return min(versions, key=lambda version: [int(n) for n in version.split(".")], default=None)


@router.get("/cloud-gateways/configurations")
def list_configurations(store: Store, query: QueryParams, caller: Caller) -> Body:
    """``list-configurations``: the current ones, one per control plane, the caller may read."""
    tests = filters.read(query.multi_items(), _FILTERS)
    current = [
        configuration
        for configuration in records.every(store, records.CONFIGURATIONS)
        if configuration["_current"] and caller.holds_cluster(configuration)
    ]
    page = paging.numbered(query, filters.select(current, tests))
    return {**page, "data": [groups.manifest(store, item) for item in page["data"]]}


@router.get("/cloud-gateways/configurations/{configuration_id}")
def get_configuration(store: Store, configuration_id: str) -> Body:
    """``get-configuration``; also for a superseded configuration."""
    return groups.manifest(store, records.find(store, records.CONFIGURATIONS, configuration_id))


@router.put("/cloud-gateways/configurations")
def create_configuration(store: Store, raw: bytes, caller: Caller) -> Body:
    """``create-configuration``: always a 200, also for the first configuration."""
    body = parse(CreateConfiguration, raw)
    caller.require_cluster(body.control_plane_id, body.control_plane_geo)
    for group in body.dataplane_groups:
        if group.cloud_gateway_network_id is not None:
            network_id = group.cloud_gateway_network_id
            caller.require(access.NETWORK_USERS, access.NETWORKS, network_id)
    if problems := _shape_problems(body):
        raise Refusal(400, parameters=problems)
    plane = control_planes.in_geo(store, body.control_plane_id, body.control_plane_geo)
    _refuse_unfit_plane(plane, body.kind)
    if problems := _place_problems(store, body):
        raise Refusal(400, parameters=problems)
    add_ons.refuse_unsupported(store, plane["id"], [g.provider for g in body.dataplane_groups])

    fields: Body = {
        "control_plane_id": plane["id"],
        "control_plane_geo": body.control_plane_geo,
        "kind": body.kind,
        "api_access": body.api_access,
        "dataplane_group_config": [
            group.model_dump(exclude_unset=True) for group in body.dataplane_groups
        ],
        "_current": True,
        "_groups": [],
    }
    if body.kind == "dedicated.v0":
        fields["version"] = body.version
    previous = current_of(store, plane["id"])
    if previous is not None and _fingerprint(previous) == _fingerprint(fields):
        raise conflict(
            "Proposed cloud gateway configuration and current cloud gateway "
            "configuration are identical."
        )
    if previous is not None:
        previous.update(_current=False, _groups=groups.shown(store, plane["id"]))
        records.save(store, records.CONFIGURATIONS, previous)
    _apply(store, fields)
    configuration = records.create(store, records.CONFIGURATIONS, fields)
    if previous is not None:
        configuration["entity_version"] = previous["entity_version"] + 1
        records.save(store, records.CONFIGURATIONS, configuration)
    add_ons.groups_changed(store, plane["id"])
    return groups.manifest(store, configuration)


def _refuse_unfit_plane(plane: Body, kind: str) -> None:
    serverless = plane["config"]["cluster_type"] == control_planes.SERVERLESS
    dedicated = plane["config"]["cloud_gateway"] and not serverless
    if not (serverless if kind == "serverless.v1" else dedicated):
        reason = f"control plane {plane['id']} does not take a {kind} configuration"
        raise Refusal(400, parameters=[parameter("control_plane_id", "invalid", reason)])


def _apply(store: Store, configuration: Body) -> None:
    """Create, update and delete data-plane groups to match the desired state."""
    plane_id = configuration["control_plane_id"]
    version, access = configuration.get("version"), configuration["api_access"]
    wanted = {groups.key_of(group): group for group in configuration["dataplane_group_config"]}
    actual = {
        groups.key_of(group): group
        for group in groups.of_control_plane(store, plane_id)
        if group["state"] != "terminating"
    }
    new = [group for key, group in wanted.items() if key not in actual]
    quotas.refuse_beyond(store, quotas.GROUPS, adding=len(new) - len(actual.keys() - wanted.keys()))
    for network_id in {group.get("cloud_gateway_network_id") for group in new} - {None}:
        network = records.find(store, records.NETWORKS, str(network_id))
        if network["state"] == "offline":
            quotas.refuse_beyond(store, quotas.NETWORKS, adding=1)
            networks.start(store, network)
    for key, group in actual.items():
        if key in wanted:
            groups.change(store, group, version, access, wanted[key])
        else:
            groups.stop(store, group)
    for group in new:
        groups.start(store, plane_id, version, access, group)
