"""Core entities: create, read, replace and delete, directly or under a parent.

There is no ``PATCH``. ``PUT`` is an upsert and always a 200. ``DELETE`` is a 204 even for an
entity that does not exist. Responses omit unset properties. The entities of a control plane
group are read-only; write those of its members instead.
"""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from sandbox.http.bodies import is_uuid, load, refusal_of
from sandbox.http.filters import TEXT, Filter, read, select
from sandbox.http.problems import Refusal, invalid, not_found
from sandbox.http.queries import flag
from sandbox.http.routing import Router
from sandbox.konnect import control_planes, entities, paging, partials, plugins, records
from sandbox.konnect.control_planes import find_control_plane
from sandbox.konnect.core_collections import COLLECTIONS, NESTED, Collection, referrers
from sandbox.konnect.problems import DataConstraint, unknown_path
from sandbox.store import Body, Store

router = Router()

_BASE = "/control-planes/{control_plane_id}/core-entities"
_FLAT = _BASE + "/{segment}"
_UNDER = _BASE + "/{parent}/{parent_id}/{nested}"
_READ_ONLY = (control_planes.GROUP, control_planes.INGRESS_CONTROLLER)
_HTTP_MATCHERS = ("methods", "hosts", "headers", "paths", "snis", "expression")
_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(collection.model) for name, collection in COLLECTIONS.items()
}


class Shelf:
    """The entities of one collection in one control plane, or those of one parent."""

    def __init__(
        self, store: Store, plane_id: str, name: str, parent: tuple[str, str] | None = None
    ) -> None:
        """``parent`` is (the field that refers to the parent, the parent's id)."""
        self.store = store
        self.plane_id = plane_id
        self.name = name
        self.parent = parent
        self.collection: Collection = COLLECTIONS[name]

    def every(self) -> list[Body]:
        """All these entities, in order of creation."""
        return [
            body
            for body in entities.every(self.store, self.plane_id, self.name)
            if self._holds(body)
        ]

    def _holds(self, body: Body) -> bool:
        if self.parent is None:
            return True
        field, id_ = self.parent
        return bool((body.get(field) or {}).get("id") == id_)

    def find(self, key: str) -> Body | None:
        """The entity with this id or key, or None."""
        body = entities.get(self.store, self.plane_id, self.name, key)
        if body is not None and self._holds(body):
            return body
        for other in self.every() if self.collection.keys else ():
            if any(other.get(name) == key for name in self.collection.keys):
                return other
        return None

    def write(self, raw: bytes, key: str | None = None) -> Body:
        """Create an entity; with ``key``, create or replace the entity with that id or key."""
        body = self._read(raw)
        old = None if key is None else self.find(key)
        if old is not None:
            body["id"] = old["id"]
        elif key is not None:
            self._named_by(body, key)
        body["id"] = body.get("id") or records.new_id(self.store, self.name)
        if old is None and entities.get(self.store, self.plane_id, self.name, body["id"]):
            raise DataConstraint("id", "id (type: unique) constraint failed")
        self._check(body, old)
        dated = self.collection.dated
        return entities.put(self.store, self.plane_id, self.name, body, dated=dated)

    def remove(self, key: str) -> None:
        """Delete an entity and those that cascade; 400 while another entity refers to it."""
        body = self.find(key)
        if body is not None and self.name == "custom-plugins":
            plugins.refuse_used_custom(self.store, self.plane_id, body["name"])
        if body is not None:
            _remove(self.store, self.plane_id, self.name, body["id"])

    def validate(self, raw: bytes) -> None:
        """Check an entity against its schema only, not against other entities; else a 400."""
        body = self._read(raw)
        body.setdefault("id", "")
        _complete(self.store, self.name, body)
        if self.name == "plugins":
            plugins.check_schema(self.store, self.plane_id, body)
        if self.name == "partials":
            partials.check_schema(self.store, self.plane_id, body)

    def _read(self, raw: bytes) -> Body:
        value = load(raw)
        parent: Body = {}
        if self.parent is not None:
            field, id_ = self.parent
            parent = {field: {"id": id_}}
            if isinstance(value, dict) and value.get(field) is None:
                value = {**value, **parent}
        try:
            model = _ADAPTERS[self.name].validate_python(value)
        except ValidationError as error:
            raise refusal_of(error, value) from None
        body: Body = model.model_dump(exclude_none=True, by_alias=True)
        body |= parent  # The parent of the path wins over that of the body.
        for name in ("created_at", "updated_at"):
            body.pop(name, None)
        return body

    def _named_by(self, body: Body, key: str) -> None:
        """Set the name or the id of an entity that a ``PUT`` to ``key`` creates."""
        names = self.collection.keys
        if names and not is_uuid(key):
            body.setdefault(names[0], key)
        else:
            body["id"] = key

    def _check(self, body: Body, old: Body | None) -> None:
        everything = entities.every(self.store, self.plane_id, self.name)
        others = [other for other in everything if other["id"] != body["id"]]
        _complete(self.store, self.name, body)
        if self.name == "vaults" and body["name"] == "konnect":
            _check_config_store(self.store, self.plane_id, body["config"])
        for field in self.collection.unique:
            if body.get(field) is not None and any(o.get(field) == body[field] for o in others):
                raise DataConstraint(field, f"{field} (type: unique) constraint failed")
        for reference in self.collection.references:
            target = body.get(reference.field)
            if target is None:
                continue
            shelf = Shelf(self.store, self.plane_id, reference.collection)
            found = shelf.find(target["id"])
            if found is None:
                reason = f"{reference.field} (type: foreign) constraint failed"
                raise DataConstraint(reference.field, f"{reason} for {target['id']}")
            body[reference.field] = {"id": found["id"]}
        if self.name == "plugins":
            plugins.check(self.store, self.plane_id, body, others)
        if self.name == "custom-plugins" and (old is None or old["name"] != body["name"]):
            problem = plugins.custom_name_problem(
                self.store, self.plane_id, body["name"], self.name
            )
            if problem is not None:
                raise DataConstraint("name", problem)
        if self.name == "partials":
            if old is not None and old["type"] != body["type"]:
                plugins.refuse_used_partial(self.store, self.plane_id, body["id"])
            partials.check_schema(self.store, self.plane_id, body)


def _complete(store: Store, name: str, body: Body) -> None:
    """Apply the rules and defaults of single kinds that no schema has."""
    if name == "consumers" and not (body.get("username") or body.get("custom_id")):
        reason = "at least one of these fields must be non-empty: 'custom_id', 'username'"
        raise invalid("username", "required", reason)
    if name == "routes":
        _check_route(body)
    if name == "targets" and ":" not in body["target"]:
        body["target"] += ":8000"
    if name == "key-auths":
        body.setdefault("key", _made_up(store))
    if name == "basic-auths":
        body["password"] = _hashed(body)
    if name == "jwts":
        body.setdefault("key", _made_up(store))
        body.setdefault("secret", _made_up(store))
    if name == "hmac-auths":
        body.setdefault("secret", _made_up(store))
    if name == "ca_certificates":
        body["cert_digest"] = hashlib.sha256(body["cert"].encode()).hexdigest()


def _check_config_store(store: Store, plane_id: str, config: Body) -> None:
    """Refuse a Konnect vault when the control plane does not have its config store."""
    field, id_ = "config.config_store_id", config.get("config_store_id")
    if id_ is None:
        raise invalid(field, "required", f"{field} is required")
    stores = records.side_kind(plane_id, "config-stores")
    if type(id_) is not str or records.get(store, stores, id_) is None:
        raise DataConstraint(field, f"config store {id_} not found in control plane {plane_id}")


def _hashed(body: Body) -> str:
    """What is kept and returned of a password, as Kong's plugin hashes it."""
    salted = body["password"] + (body.get("consumer") or {}).get("id", "")
    return hashlib.sha1(salted.encode(), usedforsecurity=False).hexdigest()


def _made_up(store: Store) -> str:
    """A generated key or secret; each write without one gets a new value."""
    return hashlib.sha256(records.new_id(store, "made-up").encode()).hexdigest()[:32]


def _check_route(route: Body) -> None:
    expression = route.get("expression") is not None
    if not expression:
        route.setdefault("regex_priority", 0)
    else:
        route.setdefault("priority", 0)
        flavour = [name for name in (*_HTTP_MATCHERS[:-1], "regex_priority") if name in route]
        if flavour:
            reason = f"{flavour[0]} cannot be set together with an expression"
            raise invalid(flavour[0], "invalid", reason)
    web = {"http", "https", "grpc", "grpcs"} & set(route["protocols"])
    if web and not any(route.get(name) for name in _HTTP_MATCHERS):
        protocol = sorted(web)[-1]
        names = "'methods', 'hosts', 'headers', 'paths', 'snis'"
        reason = f"must set one of {names} when 'protocols' is '{protocol}'"
        raise invalid("protocols", "required", reason)


def _remove(store: Store, plane_id: str, name: str, id_: str) -> None:
    if name == "partials":
        plugins.refuse_used_partial(store, plane_id, id_)
    for other, reference in referrers(name):
        for body in entities.every(store, plane_id, other):
            if (body.get(reference.field) or {}).get("id") != id_:
                continue
            if not reference.cascade:
                reason = f"an existing '{other}' entity references this '{name}' entity"
                raise DataConstraint("id", reason)
            _remove(store, plane_id, other, body["id"])
    if name in ("consumers", "consumer_groups"):
        for link in entities.every(store, plane_id, "group-members"):
            if id_ in (link["consumer_id"], link["consumer_group_id"]):
                entities.delete(store, plane_id, "group-members", link["id"])
    entities.delete(store, plane_id, name, id_)


def writable_plane(store: Store, plane_id: str) -> str:
    """The id of a control plane whose entities may be written; raises when they may not."""
    plane = find_control_plane(store, plane_id)
    kind = plane["config"]["cluster_type"]
    if kind in _READ_ONLY:
        raise Refusal(
            403,
            "usage constraint error",
            parameters=[{"field": "", "reason": f"operation not permitted on a {kind}"}],
        )
    return str(plane["id"])


def _shelf(store: Store, plane_id: str, segment: str, *, write: bool = False) -> Shelf:
    if write:
        plane_id = writable_plane(store, plane_id)
    else:
        plane_id = find_control_plane(store, plane_id)["id"]
    collection = COLLECTIONS.get(segment)
    if collection is None or (write and not collection.writable):
        raise unknown_path()
    return Shelf(store, plane_id, segment)


def _nested(
    store: Store, plane_id: str, parent: str, parent_id: str, nested: str, *, write: bool = False
) -> Shelf:
    if (parent, nested) not in NESTED:
        raise unknown_path()
    above = _shelf(store, plane_id, parent, write=write).find(parent_id)
    if above is None:
        raise not_found()
    name, field = NESTED[parent, nested]
    found = find_control_plane(store, plane_id)["id"]
    return Shelf(store, found, name, (field, above["id"]))


def _page(shelf: Shelf, query: QueryParams, path: str) -> Body:
    items = shelf.every()
    field = shelf.collection.name_filter
    if field is not None:
        name = Filter(("eq", "contains"), bare=True)
        tests = read(query.multi_items(), {"name": name, "custom_id": TEXT})
        items = select(items, [(field if n == "name" else n, op, v) for n, op, v in tests])
    if shelf.name == "consumers" and "custom_id" in query:
        items = [item for item in items if item.get("custom_id") == query["custom_id"]]
    return paging.offsets(query, tagged(items, query.get("tags", "")), path)


def tagged(items: list[Body], wanted: str) -> list[Body]:
    """The items with all tags of ``a,b``, or with any tag of ``a/b``."""
    if not wanted:
        return items
    if "/" in wanted:
        any_of = set(wanted.split("/"))
        return [item for item in items if any_of & set(item.get("tags") or ())]
    all_of = set(wanted.split(","))
    return [item for item in items if all_of <= set(item.get("tags") or ())]


def _shown(shelf: Shelf, key: str, query: QueryParams) -> Body:
    body = shelf.find(key)
    if body is None:
        raise not_found()
    if shelf.name == "plugins" and flag(query, "expand_partials"):
        return plugins.expanded(shelf.store, shelf.plane_id, body)
    return body


@router.get(_FLAT)
def list_entities(
    store: Store, control_plane_id: str, segment: str, query: QueryParams, path: str
) -> Body:
    """``list-<entity>``."""
    return _page(_shelf(store, control_plane_id, segment), query, path)


@router.post(_FLAT, status=201)
def create_entity(store: Store, control_plane_id: str, segment: str, raw: bytes) -> Body:
    """``create-<entity>``."""
    return _shelf(store, control_plane_id, segment, write=True).write(raw)


@router.get(_FLAT + "/{key}")
def get_entity(
    store: Store, control_plane_id: str, segment: str, key: str, query: QueryParams
) -> Body:
    """``get-<entity>``; only a consumer group is wrapped in an envelope."""
    shelf = _shelf(store, control_plane_id, segment)
    body = _shown(shelf, key, query)
    if segment != "consumer_groups":
        return body
    wrapped: Body = {"consumer_group": body}
    if flag(query, "list_consumers"):
        wrapped["consumers"] = members_of(store, shelf.plane_id, body["id"])
    return wrapped


def members_of(store: Store, plane_id: str, group_id: str) -> list[Body]:
    """The consumers of a consumer group."""
    found = (
        entities.get(store, plane_id, "consumers", link["consumer_id"])
        for link in entities.every(store, plane_id, "group-members")
        if link["consumer_group_id"] == group_id
    )
    return [consumer for consumer in found if consumer is not None]


@router.put(_FLAT + "/{key}")
def upsert_entity(store: Store, control_plane_id: str, segment: str, key: str, raw: bytes) -> Body:
    """``upsert-<entity>``."""
    return _shelf(store, control_plane_id, segment, write=True).write(raw, key)


@router.delete(_FLAT + "/{key}")
def delete_entity(store: Store, control_plane_id: str, segment: str, key: str) -> None:
    """``delete-<entity>``."""
    _shelf(store, control_plane_id, segment, write=True).remove(key)


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
    _nested(store, control_plane_id, parent, parent_id, nested, write=True).remove(key)
