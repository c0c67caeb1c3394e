"""Control planes: the owners of configurations, core entities and add-ons.

``cluster_type``, ``auth_type``, ``cloud_gateway`` and ``proxy_urls`` are at the top level of a
request and under ``config`` in a response. A control plane does not show its geo, although
the cloud gateways API requires it. The geo is that of the request that created the control
plane (``geos``); in other geos the control plane is a 404. When that request is about every
geo, the first cloud gateways call that names a geo decides.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http import filters
from sandbox.http.bodies import Closed, is_uuid, parse
from sandbox.http.problems import Refusal, conflict, invalid, not_found, parameter
from sandbox.http.routing import Router
from sandbox.konnect import access, features, paging, records, roles
from sandbox.konnect.access import Caller
from sandbox.store import Body, Store

LIMIT = 100
"""Default maximum of control planes per organisation (resource limits page)."""
MAXIMUM_LABELS = 5
GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"
INGRESS_CONTROLLER = "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER"
SERVERLESS = "CLUSTER_TYPE_SERVERLESS_V1"

ClusterType = Literal[
    "CLUSTER_TYPE_CONTROL_PLANE",
    "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER",
    "CLUSTER_TYPE_CONTROL_PLANE_GROUP",
    "CLUSTER_TYPE_SERVERLESS",
    "CLUSTER_TYPE_KAFKA_NATIVE_EVENT_PROXY",
    "CLUSTER_TYPE_SERVERLESS_V1",
]
AuthType = Literal["pinned_client_certs", "pki_client_certs"]

_LABEL_VALUE = re.compile(r"[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z]+)?")
_RESERVED_KEYS = ("kong", "konnect", "insomnia", "mesh", "kic", "kuma", "_")


def _checked_labels(labels: dict[str, str]) -> dict[str, str]:
    if len(labels) > MAXIMUM_LABELS:
        raise PydanticCustomError(
            "max_items", "must have at most 5 entries", {"maximum": MAXIMUM_LABELS}
        )
    for key, value in labels.items():
        if not 1 <= len(key) <= 63 or key.startswith(_RESERVED_KEYS):
            raise PydanticCustomError("is_label", "has a key that is reserved or too long")
        if not 1 <= len(value) <= 63 or _LABEL_VALUE.fullmatch(value) is None:
            raise PydanticCustomError("is_label", "has a value that is no label")
    return labels


class ProxyUrl(Closed):
    """An address of the data planes of a control plane."""

    host: Annotated[str, Field(min_length=1, max_length=120)]
    port: Annotated[int, Field(ge=1)]
    protocol: Annotated[str, Field(min_length=1, max_length=32)]


Name = Annotated[str, Field(min_length=2, max_length=256)]
Labels = Annotated[dict[str, str], AfterValidator(_checked_labels)]
ProxyUrls = Annotated[list[ProxyUrl], Field(max_length=5)]


class CreateControlPlane(Closed):
    """Body of ``create-control-plane``."""

    name: Name
    description: Annotated[str, Field(max_length=2048)] = ""
    cluster_type: ClusterType = "CLUSTER_TYPE_CONTROL_PLANE"
    auth_type: AuthType = "pinned_client_certs"
    cloud_gateway: bool = False
    proxy_urls: ProxyUrls = Field(default_factory=list)
    labels: Labels = Field(default_factory=dict)


class UpdateControlPlane(Closed):
    """Body of ``update-control-plane``; an absent property is not changed."""

    name: Name = "--"
    description: Annotated[str, Field(max_length=2048)] = ""
    auth_type: AuthType = "pinned_client_certs"
    proxy_urls: ProxyUrls = Field(default_factory=list)
    labels: Labels = Field(default_factory=dict)


router = Router()

_NAME_TAKEN = "Control Plane with provided name already exists."

_FILTERS = {
    "id": filters.Filter(("eq", "oeq")),
    "name": filters.Filter(("eq", "neq", "contains")),
    "cluster_type": filters.Filter(("eq", "neq", "oeq")),
    "cloud_gateway": filters.Filter((), bare=True, choices=("true", "false")),
}


def find_control_plane(store: Store, id_: str) -> Body:
    """The control plane with the id of a path; 400 for an invalid id, 404 for an unknown one."""
    if not is_uuid(id_):
        raise Refusal(
            400,
            "Request contains invalid ID format",
            parameters=[parameter("id", None, "invalid ID format", source="path")],
        )
    return records.find(store, records.CONTROL_PLANES, id_)


def settle_geo(store: Store, plane: Body, geo: str) -> bool:
    """Whether the control plane is in ``geo``; a control plane without a geo gets this one."""
    if plane["_geo"] is None:
        plane["_geo"] = geo
        records.save(store, records.CONTROL_PLANES, plane)
    return bool(plane["_geo"] == geo)


def in_geo(
    store: Store, id_: str, geo: str, *, noun: str = "Control plane", prefix: str = ""
) -> Body:
    """The control plane with this id in ``geo``, or a 404 in the form of the cloud gateways API.

    ``noun`` and ``prefix`` are parts of the 404's detail.
    """
    plane = records.get(store, records.CONTROL_PLANES, id_)
    if plane is None or not settle_geo(store, plane, geo):
        raise not_found(f"{prefix}{noun} '{id_}' not found in geo '{geo}'")
    return plane


def members_of(store: Store, group_id: str) -> list[str]:
    """The ids of the control planes in a group, in the order in which they joined."""
    group = records.get(store, records.MEMBERSHIPS, group_id)
    return [] if group is None else list(group["members"])


def groups_of(store: Store, plane_id: str) -> list[str]:
    """The ids of the groups that a control plane is a member of."""
    groups = records.every(store, records.MEMBERSHIPS)
    return [group["id"] for group in groups if plane_id in group["members"]]


def set_members(store: Store, group_id: str, members: list[str]) -> None:
    """Replace the members of a group."""
    group = {"id": group_id, "members": members}
    if members:
        records.save(store, records.MEMBERSHIPS, group)
    else:
        records.remove(store, records.MEMBERSHIPS, group)


def edge_prefix(plane_id: str) -> str:
    """The DNS label of a control plane, in the names of its endpoint and its data planes."""
    return hashlib.sha256(plane_id.encode()).hexdigest()[:10]


def _taken(store: Store, name: str, geo: str | None, but: str | None = None) -> bool:
    return any(
        other["name"] == name and other["id"] != but and other["_geo"] in (None, geo)
        for other in records.every(store, records.CONTROL_PLANES)
    )


def refuse_without_group_feature(store: Store) -> None:
    """Raise a 403 if the organisation may have no groups with dedicated cloud gateways."""
    if not features.enabled(store, features.CONTROL_PLANE_GROUPS):
        raise Refusal(403, "Control plane groups of cloud gateways are not enabled.")


@router.get("/control-planes")
def list_control_planes(store: Store, query: QueryParams, caller: Caller, geo: str | None) -> Body:
    """``list-control-planes``: those in the request's geo that the caller may read."""
    planes = [
        records.public(plane)
        for plane in records.every(store, records.CONTROL_PLANES)
        if (geo is None or plane["_geo"] in (None, geo))
        and caller.holds(
            access.PLANE_READERS, access.CONTROL_PLANES, plane["id"], plane["_geo"] or geo
        )
    ]
    for name, operator, value in filters.read(query.multi_items(), _FILTERS):
        if name == "cloud_gateway":
            planes = [p for p in planes if p["config"]["cloud_gateway"] is (value == "true")]
        else:
            where = f"config.{name}" if name == "cluster_type" else name
            planes = filters.select(planes, [(where, operator, value)])
    for wanted in filter(None, query.get("labels", "").split(",")):
        key, colon, value = wanted.partition(":")
        planes = [
            p for p in planes if key in p["labels"] and (not colon or p["labels"][key] == value)
        ]
    return paging.numbered(query, _sorted(planes, query.get("sort", "")))


def _sorted(planes: list[Body], sort: str) -> list[Body]:
    for criterion in reversed([part.strip() for part in sort.split(",") if part.strip()]):
        field, _, order = criterion.partition(" ")
        if field != "created_at" or order not in ("", "asc", "desc"):
            raise invalid("sort", "invalid", "sort must be created_at asc or desc", source="query")
        planes = sorted(planes, key=lambda plane: str(plane[field]), reverse=order == "desc")
    return planes


@router.post("/control-planes", status=201)
def create_control_plane(store: Store, raw: bytes, caller: Caller, geo: str | None) -> Body:
    """``create-control-plane``: the caller gets the Admin role for it."""
    body = parse(CreateControlPlane, raw)
    if body.cluster_type == GROUP and body.cloud_gateway:
        refuse_without_group_feature(store)
    if _taken(store, body.name, geo):
        raise conflict(_NAME_TAKEN)
    if len(records.every(store, records.CONTROL_PLANES)) >= LIMIT:
        raise Refusal(
            400,
            "Cannot create an additional control plane because usage limits have been reached.",
            parameters=[parameter("object", None, "usage limits reached")],
        )
    id_ = records.new_id(store, records.CONTROL_PLANES)
    stamp = rfc3339(store.clock.now())
    zone = f"{edge_prefix(id_)}.{geo}" if geo else edge_prefix(id_)
    plane: Body = {
        "id": id_,
        "name": body.name,
        "description": body.description,
        "labels": body.labels,
        "config": {
            "control_plane_endpoint": f"https://{zone}.cp.konghq.com",
            "telemetry_endpoint": f"https://{zone}.tp0.konghq.com",
            "cluster_type": body.cluster_type,
            "auth_type": body.auth_type,
            "cloud_gateway": body.cloud_gateway,
            "proxy_urls": [url.model_dump() for url in body.proxy_urls],
        },
        "created_at": stamp,
        "updated_at": stamp,
        "_geo": geo,
    }
    records.save(store, records.CONTROL_PLANES, plane)
    roles.make_admin(store, caller, access.CONTROL_PLANES, id_, geo)
    return records.public(plane)


@router.get("/control-planes/{control_plane_id}")
def get_control_plane(store: Store, control_plane_id: str) -> Body:
    """``get-control-plane``."""
    return records.public(find_control_plane(store, control_plane_id))


@router.patch("/control-planes/{control_plane_id}")
def update_control_plane(store: Store, control_plane_id: str, raw: bytes) -> Body:
    """``update-control-plane``: a present property replaces the old one; the others stay.

    The documented responses have no 409, so a name in use is a 400 here.
    """
    plane = find_control_plane(store, control_plane_id)
    changes: dict[str, Any] = parse(UpdateControlPlane, raw).model_dump(exclude_unset=True)
    if "name" in changes and _taken(store, changes["name"], plane["_geo"], but=plane["id"]):
        raise Refusal(400, _NAME_TAKEN, parameters=[parameter("name", "invalid", _NAME_TAKEN)])
    for key, value in changes.items():
        where = plane["config"] if key in ("auth_type", "proxy_urls") else plane
        where[key] = value
    plane["updated_at"] = rfc3339(store.clock.now())
    records.save(store, records.CONTROL_PLANES, plane)
    return records.public(plane)


@router.delete("/control-planes/{control_plane_id}")
def delete_control_plane(store: Store, control_plane_id: str) -> None:
    """``delete-control-plane``: 400 while it has data-plane groups, add-ons or custom domains.

    This is not documented, but a data plane without its control plane could no longer be
    deleted. A ``terminating`` add-on does not block the deletion; no document says that it does.
    """
    plane = find_control_plane(store, control_plane_id)
    _refuse_used(store, plane["id"])
    for group in records.every(store, records.MEMBERSHIPS):
        set_members(store, group["id"], [id_ for id_ in group["members"] if id_ != plane["id"]])
    set_members(store, plane["id"], [])
    for configuration in records.every(store, records.CONFIGURATIONS):
        if configuration["control_plane_id"] == plane["id"]:
            records.remove(store, records.CONFIGURATIONS, configuration)
    store.delete_kinds(records.CLOUD, f"{records.CONTROL_PLANES}/{plane['id']}/")
    records.remove(store, records.CONTROL_PLANES, plane)


def _refuse_used(store: Store, plane_id: str) -> None:
    uses = {
        "data plane groups": any(
            group["_control_plane_id"] == plane_id for group in records.every(store, records.GROUPS)
        ),
        "add-ons": any(
            plane_id in add_on["owner"].values() and add_on["state"] != "terminating"
            for add_on in records.every(store, records.ADD_ONS)
        ),
        "custom domains": any(
            domain["control_plane_id"] == plane_id
            for domain in records.every(store, records.CUSTOM_DOMAINS)
        ),
    }
    held = [name for name, used in uses.items() if used]
    if held:
        reason = f"control plane still has {' and '.join(held)}"
        raise Refusal(400, reason, parameters=[parameter("id", "invalid", reason, source="path")])
