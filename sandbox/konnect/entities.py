"""Storage of core entities: their collections, their timestamps, and plugins of a partial.

A client may choose an entity's id, and ids are unique only within a control plane, so each
control plane has its own collections. Timestamps are integer epoch seconds; the cloud
gateways API writes RFC 3339.
"""

from __future__ import annotations

from sandbox.konnect import records
from sandbox.store import Body, Store


def kind(plane_id: str, entity: str) -> str:
    """The store kind of one collection of one control plane."""
    return f"{records.CONTROL_PLANES}/{plane_id}/core-entities/{entity}"


def every(store: Store, plane_id: str, entity: str) -> list[Body]:
    """All entities of a collection, in order of creation."""
    return records.every(store, kind(plane_id, entity))


def get(store: Store, plane_id: str, entity: str, id_: str) -> Body | None:
    """One entity by id, or None."""
    return store.get(records.CLOUD, kind(plane_id, entity), id_)


def put(
    store: Store,
    plane_id: str,
    entity: str,
    body: Body,
    *,
    at: float | None = None,
    dated: bool = True,
) -> Body:
    """Create or replace an entity; a replaced entity keeps its ``created_at``.

    Credentials are not ``dated``, because their closed schema has no ``updated_at``.
    """
    stamp = int(store.clock.now() if at is None else at)
    old = get(store, plane_id, entity, body["id"])
    written = {**body, "created_at": stamp if old is None else old["created_at"]}
    if dated:
        written["updated_at"] = stamp
    store.put(records.CLOUD, kind(plane_id, entity), body["id"], written)
    if old is None or _configured(old) != _configured(written):
        _count_change(store, plane_id)
    return written


def delete(store: Store, plane_id: str, entity: str, id_: str) -> None:
    """Delete an entity if it exists."""
    if store.delete(records.CLOUD, kind(plane_id, entity), id_):
        _count_change(store, plane_id)


def changes(store: Store, plane_id: str) -> int:
    """How often the entities of a control plane changed; ``updated_at`` alone is no change."""
    return int(store.meta(_changes(plane_id)) or 0)


def _count_change(store: Store, plane_id: str) -> None:
    store.set_meta(_changes(plane_id), changes(store, plane_id) + 1)


def _changes(plane_id: str) -> str:
    return f"changes/{plane_id}"


def _configured(body: Body) -> Body:
    """What a data plane uses of an entity."""
    return {name: value for name, value in body.items() if name != "updated_at"}


def linked_plugins(store: Store, plane_id: str, partial_id: str | None) -> list[Body]:
    """The plugins that use a partial."""
    return [
        plugin
        for plugin in every(store, plane_id, "plugins")
        if any(link["id"] == partial_id for link in plugin.get("partials") or [])
    ]
