"""Records: the common form of all Konnect objects, with id, timestamps and version.

A record is a body in the store. Keys that start with an underscore belong to the simulator and
are never shown. ``_due`` is the simulated time of the next transition, which the store indexes.
Ids come from a counter, so two runs of one program see the same ids.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.clock import rfc3339
from sandbox.http.problems import not_found
from sandbox.store import Body, Store

CLOUD = "konnect"

ORGANIZATIONS = "organizations"
CONTROL_PLANES = "control-planes"
MEMBERSHIPS = "group-memberships"
"""One record per control plane group that has members, with the group's id."""
NETWORKS = "networks"
CONFIGURATIONS = "configurations"
GROUPS = "data-plane-groups"
TRANSIT_GATEWAYS = "transit-gateways"
PRIVATE_DNS = "private-dns"
CUSTOM_DOMAINS = "custom-domains"
ADD_ONS = "add-ons"
SYSTEM_ACCOUNTS = "system-accounts"
TEAMS = "teams"
ACCESS_TOKENS = "access-tokens"

_NAMESPACE = uuid.UUID("6b9d4b1e-3c55-4b52-9b8e-5d0f2a9f0c11")


def side_kind(plane_id: str, name: str) -> str:
    """The store kind of a control plane's collection that is not one of core entities."""
    return f"{CONTROL_PLANES}/{plane_id}/{name}"


def new_id(store: Store, kind: str) -> str:
    """The next id of a kind."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{store.serial(kind)}"))


def fixed_id(name: str) -> str:
    """The id of a predefined object; equal in every run."""
    return str(uuid.uuid5(_NAMESPACE, name))


def create(
    store: Store, kind: str, fields: Body, *, due: float | None = None, at: float | None = None
) -> Body:
    """Create and store a record; ``due`` is the time of its next transition, or None."""
    stamp = rfc3339(store.clock.now() if at is None else at)
    record: Body = {
        "id": new_id(store, kind),
        **fields,
        "entity_version": 1,
        "created_at": stamp,
        "updated_at": stamp,
        "_due": due,
    }
    save(store, kind, record)
    return record


def save(store: Store, kind: str, record: Body) -> None:
    """Store a record without a new version or timestamp; ``_due`` is kept."""
    store.put(CLOUD, kind, record["id"], record, due=record.get("_due"))


def change(
    store: Store,
    kind: str,
    record: Body,
    *,
    at: float | None = None,
    due: float | None = None,
    **fields: Any,
) -> None:
    """Update a record: ``fields``, a new version, ``updated_at`` and ``due``.

    ``at`` is the simulated time of the update, by default now.
    """
    record.update(fields)
    record["entity_version"] += 1
    record["updated_at"] = rfc3339(store.clock.now() if at is None else at)
    record["_due"] = due
    save(store, kind, record)


def find(store: Store, kind: str, id_: str) -> Body:
    """The record with this id, or a 404."""
    record = store.get(CLOUD, kind, id_.lower())
    if record is None:
        raise not_found()
    return record


def of_network(store: Store, kind: str, network_id: str) -> list[Body]:
    """The attachments or private DNS records of a network, in order of creation."""
    return [record for record in every(store, kind) if record["_network_id"] == network_id]


def find_of_network(store: Store, kind: str, network_id: str, id_: str) -> Body:
    """The record of a kind in this network, or a 404."""
    network, record = find(store, NETWORKS, network_id), find(store, kind, id_)
    if record["_network_id"] != network["id"]:
        raise not_found()
    return record


def get(store: Store, kind: str, id_: str) -> Body | None:
    """The record with this id, or None."""
    return store.get(CLOUD, kind, id_)


def every(store: Store, kind: str) -> list[Body]:
    """All records of a kind, in order of creation."""
    return [body for _, body in store.list(CLOUD, kind)]


def remove(store: Store, kind: str, record: Body) -> None:
    """Delete a record; from now on it is a 404."""
    store.delete(CLOUD, kind, record["id"])


def public(record: Body) -> Body:
    """A record as the API shows it."""
    return {key: value for key, value in record.items() if not key.startswith("_")}
