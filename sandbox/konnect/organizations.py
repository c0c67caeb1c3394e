"""Organisations: each has its own tokens and objects and cannot see those of another.

The default organisation always exists and accepts the token that the sandbox was started
with. The admin API creates another organisation together with its first token.
"""

from __future__ import annotations

from sandbox.clock import rfc3339
from sandbox.http.routing import Router
from sandbox.konnect import records
from sandbox.konnect.access import Caller
from sandbox.konnect.tokens import DEFAULT_ORGANIZATION
from sandbox.store import Body, Store

_SINCE = 1705309200.0
_RETENTION_DAYS = 90


def _body(name: str, since: float) -> Body:
    stamp = rfc3339(since)
    return {
        "id": records.fixed_id(f"organization/{name}"),
        "name": name,
        "owner_id": records.fixed_id(f"organization/{name}/owner"),
        "login_path": "",
        "created_at": stamp,
        "updated_at": stamp,
        "state": "active",
        "retention_period_days": _RETENTION_DAYS,
    }


DEFAULT = _body(DEFAULT_ORGANIZATION, _SINCE)

router = Router()


def every(store: Store) -> list[Body]:
    """All organisations, the default one first."""
    return [DEFAULT, *records.every(store.root, records.ORGANIZATIONS)]


def named(store: Store, name: str) -> Body:
    """The organisation with this name; created if it does not exist."""
    for organization in every(store):
        if organization["name"] == name:
            return organization
    organization = _body(name, store.clock.now())
    records.save(store.root, records.ORGANIZATIONS, organization)
    return organization


def store_of(store: Store, organization: Body) -> Store:
    """The view of the store for one organisation."""
    if organization["id"] == DEFAULT["id"]:
        return store.root
    return store.within(organization["id"])


@router.get("/organizations/me")
def get_organization(caller: Caller) -> Body:
    """``get-organizations-me``: the organisation of the token."""
    return caller.organization
