"""The objects of one cloud as one request sees them, and the references between them.

A request sees the objects of its own account, subscription or project, in its region. It sees
those of others only where the type says so. Every object is stored through a World, so that the
edges of its references are always there: a deletion finds every user by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sandbox.clouds.declare import Call, Cloud, CloudError, Error, ResourceType
from sandbox.clouds.inputs import OnDelete, Ref, references
from sandbox.clouds.wire import Values
from sandbox.store import Found, Store

PENDING = "_pending"
"""Key of a body: the outputs that the object has when it is ready."""


@dataclass(frozen=True)
class World:
    """The objects of a cloud that a tenant sees in a place."""

    cloud: Cloud
    store: Store
    tenant: str
    place: str = ""

    def of(self, tenant: str, place: str | None = None) -> World:
        """The same cloud as another tenant sees it, in the same place or another."""
        return replace(self, tenant=tenant, place=self.place if place is None else place)

    def find(self, type_: ResourceType, id_: str) -> Found | None:
        """The object with this id, if the tenant sees it from the place."""
        tenant, place = self._place_of(type_, id_)
        entry = self._view(tenant, place).entry(self.cloud.name, type_.token, id_)
        if entry is not None:
            return Found(self.cloud.name, tenant, place, type_.token, *entry)
        if type_.visible is not None:
            for other in self.store.anywhere(self.cloud.name, type_.token, id_):
                if type_.visible(self, other):
                    return other
        return None

    def get(self, type_: ResourceType, id_: str) -> Values | None:
        """The body of an object, or None."""
        found = self.find(type_, id_)
        return None if found is None else found.body

    def every(self, type_: ResourceType, **wanted: Any) -> Iterator[Found]:
        """The objects of a type that the tenant sees from the place, in order of creation.

        ``wanted`` limits them to those whose properties have these values.
        """
        own = (self.tenant, self.place if type_.regional else "")
        plain = {key: value for key, value in wanted.items() if isinstance(value, str | int)}
        others = {key: value for key, value in wanted.items() if key not in plain}
        within = own if type_.visible is None else None
        for found in self.store.anywhere(self.cloud.name, type_.token, within=within, equal=plain):
            mine = (found.tenant, found.place) == own
            if (mine or (type_.visible is not None and type_.visible(self, found))) and all(
                found.body.get(key) == value for key, value in others.items()
            ):
                yield found

    def where(self, type_: ResourceType, **wanted: Any) -> Iterator[tuple[str, Values]]:
        """(id, body) of the objects of a type whose properties equal ``wanted``."""
        for found in self.every(type_, **wanted):
            yield found.id, found.body

    def put(
        self, type_: ResourceType, id_: str, body: Values, *, due: float | None = None
    ) -> Found:
        """Store an object with the edges of its references. An existing one stays where it is."""
        found = self.find(type_, id_)
        tenant, place = self._place_of(type_, id_)
        if found is not None:
            tenant, place = found.tenant, found.place
        self._view(tenant, place).put(self.cloud.name, type_.token, id_, body, due=due)
        stored = Found(self.cloud.name, tenant, place, type_.token, id_, body)
        self.store.unlink(stored)
        call = self.of(tenant, place).call(type_, type_.values(body), id_, body)
        for path, ref, value in references(type_.inputs, call.values):
            if ref.names_object is not None and not ref.names_object(call, value):
                continue
            target = call.world.target(call, ref, value)
            if target is not None:
                self.store.link(stored, path, target)
        return stored

    def call(
        self, type_: ResourceType, values: Values, id_: str = "", stored: Values | None = None
    ) -> Call:
        """A request for an object in this world."""
        return Call(self, {}, type_.token, values, id_, stored, type_.action)

    def target(self, call: Call, ref: Ref, value: str) -> Found | None:
        """The object that a reference names, or None."""
        id_ = value if ref.find is None else ref.find(call, value)
        for type_ in self._targets(ref, id_):
            found = self.find(type_, id_)
            if found is not None and not (ref.elsewhere or self._sees(type_, found)):
                found = None
            if found is None and ref.elsewhere:
                others = self.store.anywhere(self.cloud.name, type_.token, id_)
                found = next(others, None)
            if found is not None:
                return found
        return None

    def resolve(self, call: Call) -> None:
        """Find the objects that the inputs of ``call`` refer to. Raises the cloud's error."""
        type_ = self.cloud.types[call.token]
        call.found = {}
        for path, ref, value in references(type_.inputs, call.values):
            if ref.names_object is not None and not ref.names_object(call, value):
                continue
            found = self.target(call, ref, value)
            if found is None:
                id_ = value if ref.find is None else ref.find(call, value)
                targets = self._targets(ref, id_)
                if not targets:
                    continue
                facts = {**call.values, "id": id_, "value": value}
                raise call.error(ref.missing or targets[0].missing, **facts)
            if PENDING in found.body:
                raise call.error(self.cloud.types[found.kind].pending, id=found.id)
            call.found.setdefault(path, []).append(found)

    def doomed(self, call: Call, found: Found) -> list[Found]:
        """``found`` and what is deleted with it. Raises the error of one that is in use."""
        going = [found]
        held: list[tuple[Found, Found]] = []
        for one in going:
            for path, holder in self.store.users(one):
                policy = self._policy(holder, path)
                if policy == "cascade" and not _among(holder, going):
                    going.append(holder)
                elif policy == "block":
                    held.append((one, holder))
        blocking = [(one, holder) for one, holder in held if not _among(holder, going)]
        if blocking:
            raise self._in_use(call, blocking)
        return going

    def remove(self, found: Found) -> None:
        """Delete one object with its edges, without a rule."""
        self._view(found.tenant, found.place).delete(found.cloud, found.kind, found.id)

    def remove_all(self, type_: ResourceType, id_: str) -> None:
        """Delete an object and what goes with it, if it exists. Raises CloudError when in use."""
        found = self.find(type_, id_)
        if found is not None:
            call = self.call(type_, {}, id_, found.body)
            call.verb = "delete"
            for one in reversed(self.doomed(call, found)):
                self.remove(one)

    def _targets(self, ref: Ref, id_: str) -> list[ResourceType]:
        """The types of the object that a reference names; without any, the type that its id says.

        An id of a type that the cloud does not model names no object of the sandbox.
        """
        return [
            self.cloud.types[target] if isinstance(target, str) else target
            for target in ref.targets or self.cloud.types_of_id(id_)
        ]

    def _sees(self, type_: ResourceType, found: Found) -> bool:
        """Whether an object is of this tenant, or visible to it. An id may name another tenant."""
        return found.tenant == self.tenant or type_.visible is not None

    def _policy(self, holder: Found, path: str) -> OnDelete:
        if holder.cloud != self.cloud.name:
            return "block"  # what runs in the cloud and is managed elsewhere: a gateway of Aviatrix
        if holder.body.get("_implicit"):
            return "cascade"
        return self.cloud.types[holder.kind].on_delete.get(path, "keep")

    def _in_use(self, call: Call, blocking: list[tuple[Found, Found]]) -> CloudError:
        one, first = blocking[0]
        of = self.cloud.types[one.kind].in_use
        error: Error = of if isinstance(of, tuple) else of.get(first.kind, of[""])
        same = [
            holder.id
            for held, holder in blocking
            if held.id == one.id and (isinstance(of, tuple) or holder.kind == first.kind)
        ]
        return call.error(error, id=one.id, by=", ".join(dict.fromkeys(same)))

    def _place_of(self, type_: ResourceType, id_: str) -> tuple[str, str]:
        """(tenant, place) of an object with this id, as this world names it."""
        place = self.cloud.place_of_id(id_, self.place) if type_.regional else ""
        return self.cloud.tenant_of_id(id_, self.tenant), place

    def _view(self, tenant: str, place: str) -> Store:
        return self.store.within(tenant, place)


def _among(one: Found, others: list[Found]) -> bool:
    return any(
        (one.kind, one.id, one.tenant, one.place) == (it.kind, it.id, it.tenant, it.place)
        for it in others
    )
