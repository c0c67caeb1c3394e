"""Core entities: create, read, replace and delete, directly or under a parent.

There is no ``PATCH``. ``PUT`` is an upsert and always a 200. ``DELETE`` is a 204 even for an
entity that does not exist. Responses omit unset properties. The entities of a control plane
group are read-only; write those of its members instead.
"""

from __future__ import annotations

from starlette.datastructures import QueryParams

from sandbox.http.filters import TEXT, Filter, read, select
from sandbox.http.problems import not_found
from sandbox.http.queries import flag
from sandbox.http.routing import Router
from sandbox.konnect import paging, plugins
from sandbox.konnect.control_planes import find_control_plane
from sandbox.konnect.core_collections import COLLECTIONS, NESTED
from sandbox.konnect.core_plane import PlaneCollection, members_of, tagged, writable_plane
from sandbox.konnect.problems import unknown_path
from sandbox.store import Body, Store

router = Router()

_BASE = "/control-planes/{control_plane_id}/core-entities"
_FLAT = _BASE + "/{segment}"
_UNDER = _BASE + "/{parent}/{parent_id}/{nested}"


def _collection(
    store: Store, plane_id: str, segment: str, *, write: bool = False
) -> PlaneCollection:
    if write:
        plane_id = writable_plane(store, plane_id)
    else:
        plane_id = find_control_plane(store, plane_id)["id"]
    declared = COLLECTIONS.get(segment)
    if declared is None or (write and not declared.writable):
        raise unknown_path()
    return PlaneCollection(store, plane_id, segment)


def _nested(
    store: Store, plane_id: str, parent: str, parent_id: str, nested: str, *, write: bool = False
) -> PlaneCollection:
    if (parent, nested) not in NESTED:
        raise unknown_path()
    above = _collection(store, plane_id, parent, write=write).find(parent_id)
    if above is None:
        raise not_found()
    name, field = NESTED[parent, nested]
    found = find_control_plane(store, plane_id)["id"]
    return PlaneCollection(store, found, name, (field, above["id"]))


def _page(collection: PlaneCollection, query: QueryParams, path: str) -> Body:
    items = collection.every()
    field = collection.declared.name_filter
    if field is not None:
        name = Filter(("eq", "contains"), bare=True)
        tests = read(query.multi_items(), {"name": name, "custom_id": TEXT})
        items = select(items, [(field if n == "name" else n, op, v) for n, op, v in tests])
    if collection.name == "consumers" and "custom_id" in query:
        items = [item for item in items if item.get("custom_id") == query["custom_id"]]
    return paging.offsets(query, tagged(items, query.get("tags", "")), path)


def _shown(collection: PlaneCollection, key: str, query: QueryParams) -> Body:
    body = collection.find(key)
    if body is None:
        raise not_found()
    if collection.name == "plugins" and flag(query, "expand_partials"):
        return plugins.expanded(collection.store, collection.plane_id, body)
    return body


@router.get(_FLAT)
def list_entities(
    store: Store, control_plane_id: str, segment: str, query: QueryParams, path: str
) -> Body:
    """``list-<entity>``."""
    return _page(_collection(store, control_plane_id, segment), query, path)


@router.post(_FLAT, status=201)
def create_entity(store: Store, control_plane_id: str, segment: str, raw: bytes) -> Body:
    """``create-<entity>``."""
    return _collection(store, control_plane_id, segment, write=True).write(raw)


@router.get(_FLAT + "/{key}")
def get_entity(
    store: Store, control_plane_id: str, segment: str, key: str, query: QueryParams
) -> Body:
    """``get-<entity>``; only a consumer group is wrapped in an envelope."""
    collection = _collection(store, control_plane_id, segment)
    body = _shown(collection, key, query)
    if segment != "consumer_groups":
        return body
    wrapped: Body = {"consumer_group": body}
    if flag(query, "list_consumers"):
        wrapped["consumers"] = members_of(store, collection.plane_id, body["id"])
    return wrapped


@router.put(_FLAT + "/{key}")
def upsert_entity(store: Store, control_plane_id: str, segment: str, key: str, raw: bytes) -> Body:
    """``upsert-<entity>``."""
    return _collection(store, control_plane_id, segment, write=True).write(raw, key)


@router.delete(_FLAT + "/{key}")
def delete_entity(store: Store, control_plane_id: str, segment: str, key: str) -> None:
    """``delete-<entity>``."""
    _collection(store, control_plane_id, segment, write=True).delete(key)


@router.get(_UNDER)
def list_nested(
    store: Store,
    control_plane_id: str,
    parent: str,
    parent_id: str,
    nested: str,
    query: QueryParams,
    path: str,
) -> Body:
    """``list-<entity>-with-<parent>``."""
    return _page(_nested(store, control_plane_id, parent, parent_id, nested), query, path)


@router.post(_UNDER, status=201)
def create_nested(
    store: Store, control_plane_id: str, parent: str, parent_id: str, nested: str, raw: bytes
) -> Body:
    """``create-<entity>-with-<parent>``."""
    return _nested(store, control_plane_id, parent, parent_id, nested, write=True).write(raw)


@router.get(_UNDER + "/{key}")
def get_nested(
    store: Store,
    control_plane_id: str,
    parent: str,
    parent_id: str,
    nested: str,
    key: str,
    query: QueryParams,
) -> Body:
    """``get-<entity>-with-<parent>``."""
    return _shown(_nested(store, control_plane_id, parent, parent_id, nested), key, query)


@router.put(_UNDER + "/{key}")
def upsert_nested(
    store: Store,
    control_plane_id: str,
    parent: str,
    parent_id: str,
    nested: str,
    key: str,
    raw: bytes,
) -> Body:
    """``upsert-<entity>-with-<parent>``."""
    return _nested(store, control_plane_id, parent, parent_id, nested, write=True).write(raw, key)


@router.delete(_UNDER + "/{key}")
def delete_nested(
    store: Store, control_plane_id: str, parent: str, parent_id: str, nested: str, key: str
) -> None:
    """``delete-<entity>-with-<parent>``."""
    _nested(store, control_plane_id, parent, parent_id, nested, write=True).delete(key)
