"""The core entities of one control plane: find, write and delete them, collection by collection."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from sandbox.http.bodies import is_uuid, load, refusal_of
from sandbox.http.problems import Refusal
from sandbox.konnect import control_planes, entities, partials, plugins, records
from sandbox.konnect.control_planes import find_control_plane
from sandbox.konnect.core_collections import COLLECTIONS, Collection, referrers
from sandbox.konnect.core_rules import check_config_store, complete
from sandbox.konnect.problems import DataConstraint
from sandbox.store import Body, Store

_READ_ONLY = (control_planes.GROUP, control_planes.INGRESS_CONTROLLER)
_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(collection.model) for name, collection in COLLECTIONS.items()
}


class PlaneCollection:
    """The entities of one collection in one control plane, or those of one parent."""

    def __init__(
        self, store: Store, plane_id: str, name: str, parent: tuple[str, str] | None = None
    ) -> None:
        """``parent`` is (the field that refers to the parent, the parent's id)."""
        self.store = store
        self.plane_id = plane_id
        self.name = name
        self.parent = parent
        self.declared: Collection = COLLECTIONS[name]

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
        for other in self.every() if self.declared.keys else ():
            if any(other.get(name) == key for name in self.declared.keys):
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
        dated = self.declared.dated
        return entities.put(self.store, self.plane_id, self.name, body, dated=dated)

    def delete(self, key: str) -> None:
        """Delete an entity and those that cascade; 400 while another entity refers to it."""
        body = self.find(key)
        if body is not None and self.name == "custom-plugins":
            plugins.refuse_used_custom(self.store, self.plane_id, body["name"])
        if body is not None:
            _delete(self.store, self.plane_id, self.name, body["id"])

    def validate(self, raw: bytes) -> None:
        """Check an entity against its schema only, not against other entities; else a 400."""
        body = self._read(raw)
        body.setdefault("id", "")
        complete(self.store, self.name, body)
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
        names = self.declared.keys
        if names and not is_uuid(key):
            body.setdefault(names[0], key)
        else:
            body["id"] = key

    def _check(self, body: Body, old: Body | None) -> None:
        everything = entities.every(self.store, self.plane_id, self.name)
        others = [other for other in everything if other["id"] != body["id"]]
        complete(self.store, self.name, body)
        if self.name == "vaults" and body["name"] == "konnect":
            check_config_store(self.store, self.plane_id, body["config"])
        for field in self.declared.unique:
            if body.get(field) is not None and any(o.get(field) == body[field] for o in others):
                raise DataConstraint(field, f"{field} (type: unique) constraint failed")
        for reference in self.declared.references:
            target = body.get(reference.field)
            if target is None:
                continue
            targets = PlaneCollection(self.store, self.plane_id, reference.collection)
            found = targets.find(target["id"])
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


def _delete(store: Store, plane_id: str, name: str, id_: str) -> None:
    if name == "partials":
        plugins.refuse_used_partial(store, plane_id, id_)
    for other, reference in referrers(name):
        for body in entities.every(store, plane_id, other):
            if (body.get(reference.field) or {}).get("id") != id_:
                continue
            if not reference.cascade:
                reason = f"an existing '{other}' entity references this '{name}' entity"
                raise DataConstraint("id", reason)
            _delete(store, plane_id, other, body["id"])
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


def members_of(store: Store, plane_id: str, group_id: str) -> list[Body]:
    """The consumers of a consumer group."""
    found = (
        entities.get(store, plane_id, "consumers", link["consumer_id"])
        for link in entities.every(store, plane_id, "group-members")
        if link["consumer_group_id"] == group_id
    )
    return [consumer for consumer in found if consumer is not None]


def tagged(items: list[Body], wanted: str) -> list[Body]:
    """The items with all tags of ``a,b``, or with any tag of ``a/b``."""
    if not wanted:
        return items
    if "/" in wanted:
        any_of = set(wanted.split("/"))
        return [item for item in items if any_of & set(item.get("tags") or ())]
    all_of = set(wanted.split(","))
    return [item for item in items if all_of <= set(item.get("tags") or ())]
