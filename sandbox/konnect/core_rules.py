"""Rules and defaults of single kinds of core entities, which no schema has."""

from __future__ import annotations

import hashlib

from sandbox.http.problems import invalid
from sandbox.konnect import records
from sandbox.konnect.problems import DataConstraint
from sandbox.store import Body, Store

_HTTP_MATCHERS = ("methods", "hosts", "headers", "paths", "snis", "expression")


def complete(store: Store, name: str, body: Body) -> None:
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


def check_config_store(store: Store, plane_id: str, config: Body) -> None:
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
