"""The controller's objects in the store: their kinds, and what all modules read of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.store import Body, Found, Store

CLOUD = "aviatrix"

ACCOUNTS = "accounts"
GATEWAYS = "gateways"
ATTACHMENTS = "attachments"
PEERINGS = "peerings"
FIREWALLS = "firewalls"
ASSOCIATIONS = "firewall-associations"
POLICIES = "inspection-policies"
DOMAINS = "network-domains"
DOMAIN_POLICIES = "domain-policies"
DOMAIN_ASSOCIATIONS = "domain-associations"
CONNECTIONS = "connections"
TASKS = "tasks"

LAUNCHING, UP, UPDATING, DELETING = "launching", "up", "updating", "deleting"
"""The values of ``state`` of an object that takes time."""


def get(store: Store, kind: str, id_: str) -> Body | None:
    """The object with this id, or None."""
    return store.get(CLOUD, kind, id_)


def put(store: Store, kind: str, id_: str, body: Body, *, due: float | None = None) -> None:
    """Create or replace an object. ``due`` is the simulated time of its next transition."""
    store.put(CLOUD, kind, id_, body, due=due)


def update(store: Store, kind: str, id_: str, **fields: Any) -> None:
    """Change fields of an object that exists."""
    body = store.get(CLOUD, kind, id_)
    assert body is not None, f"{kind} {id_} is not stored"
    put(store, kind, id_, {**body, **fields})


def delete(store: Store, kind: str, id_: str) -> None:
    """Delete an object, with its references to the clouds."""
    store.delete(CLOUD, kind, id_)


def every(store: Store, kind: str, **wanted: Any) -> Iterator[Body]:
    """The objects of a kind whose fields equal ``wanted``, in order of creation."""
    for _, body in store.list(CLOUD, kind):
        if all(body.get(key) == value for key, value in wanted.items()):
            yield body


def found(kind: str, id_: str, body: Body) -> Found:
    """An object as the store's references name it."""
    return Found(CLOUD, "", "", kind, id_, body)
