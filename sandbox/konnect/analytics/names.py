"""The names of objects that analytics shows by id. A deleted object keeps its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.konnect import entities, nodes, records
from sandbox.konnect.control_planes import members_of
from sandbox.store import Body, Store

OTHER = "____OTHER____"
"""The id of all groups beyond the limit of a query."""

_ENTITIES = {"gateway_service": "services", "route": "routes", "consumer": "consumers"}
_RECORDS = {
    "control_plane": records.CONTROL_PLANES,
    "control_plane_group": records.CONTROL_PLANES,
    "data_plane_group": records.GROUPS,
    "managed_cache": records.ADD_ONS,
    "network": records.NETWORKS,
}


def remember(store: Store, named: Mapping[tuple[str, str, str], str]) -> None:
    """Keep names: (organisation, dimension, id) -> name."""
    for organization in {organization for organization, _, _ in named}:
        known = _remembered(store, organization)
        new = {f"{d} {id_}": name for (o, d, id_), name in named.items() if o == organization}
        if not new.items() <= known.items():
            store.set_meta(_slot(organization), {**known, **new})


def _remembered(store: Store, organization: str) -> Mapping[str, str]:
    return store.meta(_slot(organization)) or {}


def _slot(organization: str) -> str:
    return f"analytics/names/{organization}"


def display(store: Store, dimension: str, ids: set[str]) -> dict[str, Body]:
    """Id -> its entry in the answer of a query: its name, and whether it is deleted."""
    known = _remembered(store, store.tenant)
    shown: dict[str, Body] = {}
    for id_ in sorted(ids):
        if id_ == OTHER:
            shown[id_] = {"id": id_, "name": "Other", "is_other_group": True}
            continue
        if dimension not in (*_ENTITIES, *_RECORDS, "data_plane_node"):
            shown[id_] = {"id": id_, "name": id_}
            continue
        name = _name(store, dimension, id_)
        remembered = known.get(f"{dimension} {id_}", id_)
        shown[id_] = {"id": id_, "name": name or remembered, "deleted": name is None}
    return shown


def _name(store: Store, dimension: str, id_: str) -> str | None:
    """The name of an object now, or None when it is deleted."""
    if dimension in _RECORDS:
        found = records.get(store, _RECORDS[dimension], id_)
        return None if found is None else _name_of(found)
    plane, _, entity = id_.partition(":")
    if dimension == "data_plane_node":
        return nodes.names(store, plane).get(entity)
    for owner in (plane, *members_of(store, plane)):
        body = entities.get(store, owner, _ENTITIES[dimension], entity)
        if body is not None:
            return _name_of(body)
    return None


def _name_of(body: Mapping[str, Any]) -> str:
    """The name of an object, for people. A data-plane group has that of its region."""
    return str(body.get("name") or body.get("username") or body.get("region") or body["id"])
