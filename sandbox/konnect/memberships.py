"""Control plane groups: their members, and conflicts between the members' entities.

The published limits are checked: 256 members, 50 per call, five groups per control plane,
no nested groups, no ingress controllers. ``PUT`` adds members as ``POST .../add`` does: its
description says "adds", its name "upsert", and no text says that it removes members.
"""

from __future__ import annotations

from collections import Counter

from starlette.datastructures import QueryParams

from sandbox.http.bodies import Open, Uuid, parse
from sandbox.http.problems import Refusal, invalid
from sandbox.http.routing import Router
from sandbox.konnect import control_planes, paging, records
from sandbox.konnect.control_planes import find_control_plane
from sandbox.store import Body, Store

MAXIMUM_MEMBERS = 256
MAXIMUM_PER_CALL = 50
MAXIMUM_GROUPS = 5
MAXIMUM_CONFLICTS = 256

NAMED_ENTITIES = ("services", "routes", "consumers", "consumer_groups", "partials", "upstreams")


class Member(Open):
    """A control plane by its id."""

    id: Uuid


class Membership(Open):
    """Body of the three membership calls."""

    members: list[Member]


router = Router()


def _find_group(store: Store, id_: str) -> Body:
    group = find_control_plane(store, id_)
    if group["config"]["cluster_type"] != control_planes.GROUP:
        raise invalid("id", "invalid", "control plane is not a control plane group", source="path")
    return group


def _wanted(raw: bytes) -> list[str]:
    members = [member.id for member in parse(Membership, raw).members]
    if len(members) > MAXIMUM_PER_CALL:
        reason = f"members must contain at most {MAXIMUM_PER_CALL} items"
        raise invalid("members", "max_items", reason, maximum=MAXIMUM_PER_CALL)
    return members


def _refuse(position: int, reason: str, rule: str = "invalid") -> Refusal:
    return invalid(f"members.{position}.id", rule, reason)


def _same_geo(plane: Body, group: Body) -> bool:
    return None in (plane["_geo"], group["_geo"]) or plane["_geo"] == group["_geo"]


def _add(store: Store, group: Body, wanted: list[str]) -> None:
    joined = Counter(
        member for g in records.every(store, records.MEMBERSHIPS) for member in g["members"]
    )
    members = control_planes.members_of(store, group["id"])
    with_data_planes = {g["_control_plane_id"] for g in records.every(store, records.GROUPS)}
    for position, id_ in enumerate(wanted):
        plane = records.get(store, records.CONTROL_PLANES, id_)
        if plane is None or not _same_geo(plane, group):
            raise _refuse(position, f"control plane {id_} does not exist", "missing_reference")
        if id_ in members:
            continue
        kind = plane["config"]["cluster_type"]
        if kind in (control_planes.GROUP, control_planes.INGRESS_CONTROLLER):
            raise _refuse(position, f"a control plane of type {kind} cannot be a member")
        if plane["config"]["cloud_gateway"] or id_ in with_data_planes:
            raise _refuse(position, "a control plane with data planes cannot be a member")
        if joined[id_] >= MAXIMUM_GROUPS:
            raise _refuse(position, f"control plane is in {MAXIMUM_GROUPS} groups already")
        members.append(id_)
    if len(members) > MAXIMUM_MEMBERS:
        reason = f"a group has at most {MAXIMUM_MEMBERS} members"
        raise invalid("members", "max_items", reason, maximum=MAXIMUM_MEMBERS)
    control_planes.set_members(store, group["id"], members)


@router.get("/control-planes/{control_plane_id}/group-memberships")
def list_group_memberships(
    store: Store, control_plane_id: str, query: QueryParams, path: str
) -> Body:
    """``get-control-planes-id-group-memberships``."""
    group = _find_group(store, control_plane_id)
    ids = control_planes.members_of(store, group["id"])
    shown = [records.public(find_control_plane(store, id_)) for id_ in ids]
    return paging.memberships(query, shown, path)


@router.put("/control-planes/{control_plane_id}/group-memberships")
def put_group_memberships(store: Store, control_plane_id: str, raw: bytes) -> None:
    """``put-control-planes-id-group-memberships``."""
    _add(store, _find_group(store, control_plane_id), _wanted(raw))


@router.post("/control-planes/{control_plane_id}/group-memberships/add")
def add_group_members(store: Store, control_plane_id: str, raw: bytes) -> None:
    """``post-control-planes-id-group-memberships-add``."""
    _add(store, _find_group(store, control_plane_id), _wanted(raw))


@router.post("/control-planes/{control_plane_id}/group-memberships/remove")
def remove_group_members(store: Store, control_plane_id: str, raw: bytes) -> None:
    """``post-control-planes-id-group-memberships-remove``; ids of non-members are ignored."""
    group = _find_group(store, control_plane_id)
    leaving = set(_wanted(raw))
    staying = [m for m in control_planes.members_of(store, group["id"]) if m not in leaving]
    control_planes.set_members(store, group["id"], staying)


@router.get("/control-planes/{control_plane_id}/group-member-status")
def get_group_member_status(store: Store, control_plane_id: str) -> Body:
    """``get-control-planes-id-group-member-status``."""
    plane = find_control_plane(store, control_plane_id)
    groups = records.every(store, records.MEMBERSHIPS)
    return {"is_member": any(plane["id"] in group["members"] for group in groups)}


@router.get("/control-planes/{control_plane_id}/group-status")
def get_group_status(store: Store, control_plane_id: str) -> Body:
    """``get-control-planes-id-group-status``; conflicts are known once a data plane connects."""
    group = _find_group(store, control_plane_id)
    connected = any(
        g["_control_plane_id"] == group["id"] and g["state"] == "ready"
        for g in records.every(store, records.GROUPS)
    )
    members = control_planes.members_of(store, group["id"]) if connected else []
    conflicts = _conflicts(store, members)
    state = "CONFLICT" if conflicts else "OK" if connected else "UNKNOWN"
    return {
        "item": {
            "id": group["id"],
            "created_at": group["created_at"],
            "updated_at": group["updated_at"],
            "conflicts": conflicts[:MAXIMUM_CONFLICTS],
            "state": state,
        }
    }


def _conflicts(store: Store, members: list[str]) -> list[Body]:
    found: list[Body] = []
    for entity in NAMED_ENTITIES:
        seen: dict[str, list[tuple[str, Body]]] = {}
        for member in members:
            kind = f"{records.CONTROL_PLANES}/{member}/core-entities/{entity}"
            for body in records.every(store, kind):
                name = body.get("name") or body.get("username")
                if name is not None:
                    seen.setdefault(name, []).append((member, body))
        for name, holders in seen.items():
            if len(holders) > 1:
                found.extend(
                    {
                        "cluster_id": member,
                        "description": (f"conflicting entity found: ID={body['id']}, Name={name}"),
                        "resource": {"id": body["id"], "type": entity.removesuffix("s")},
                    }
                    for member, body in holders
                )
    return found
