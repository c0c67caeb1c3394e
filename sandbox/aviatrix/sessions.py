"""API tokens, login, and sessions, which a request names by its CID.

Tokens and sessions are in the store, so they survive a restart of the sandbox. A login ends no
other session.
"""

from __future__ import annotations

import secrets

from sandbox.aviatrix.actions import Asked, Plain, Refused, action
from sandbox.store import Store

USERNAME = "admin"
PASSWORD = "Sandbox-0000"
"""The user of the simulated controller. It listens on the loopback interface only."""
EXPIRED = "CID is invalid or expired."
"""The reason for a request by form or query with a CID of no session."""

_TOKENS = "aviatrix:tokens"
_SESSIONS = "aviatrix:sessions"
_KEPT = 200
"""Tokens and sessions that are kept. Older ones end."""


@action("get_api_token", optional=("log_enable",), reads=True, public=True)
def get_api_token(asked: Asked) -> Plain:
    """Issue a token for the header ``X-Access-Key`` of a login."""
    token = _issue(asked.store, _TOKENS)
    return Plain({"api_token": token, "legal_terms": ""}, {"reason": ""})


@action("login", ("username", "password"), public=True)
def login(asked: Asked) -> Plain:
    """Begin a session."""
    if asked.access_key not in _issued(asked.store, _TOKENS):
        raise Refused("The API token in X-Access-Key is missing or invalid; call get_api_token")
    if (asked["username"], asked["password"]) != (USERNAME, PASSWORD):
        raise Refused("User name/password does not match.")
    cid = _issue(asked.store, _SESSIONS)
    greeting = f"User login:{asked['username']} in account:admin has been authorized successfully."
    return Plain(greeting, {"CID": cid, "reason": ""})


@action("list_version_info", reads=True)
def list_version_info(asked: Asked) -> dict[str, str]:
    """The version of the controller."""
    del asked
    return {"current_version": "10.0.1", "previous_version": "9.0.10", "latest_version": "10.0.1"}


def is_valid(store: Store, cid: str) -> bool:
    """Whether a CID is that of a session that has not expired."""
    return cid in _issued(store, _SESSIONS)


def expire_all(store: Store) -> int:
    """End every session; returns how many there were."""
    ended = len(_issued(store, _SESSIONS))
    store.set_meta(_SESSIONS, [])
    return ended


def _issued(store: Store, key: str) -> list[str]:
    found: list[str] = store.meta(key) or []
    return found


def _issue(store: Store, key: str) -> str:
    value = secrets.token_hex(16)
    store.set_meta(key, [*_issued(store, key), value][-_KEPT:])
    return value
