"""Who may make a request to Konnect: holders of a token, within their roles and their geo."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sandbox.http.access import bearer
from sandbox.http.application import Call
from sandbox.http.problems import Refusal
from sandbox.konnect import access_tokens, geos, organizations, platform_addresses
from sandbox.konnect.access import OWNER, Caller, check
from sandbox.konnect.analytics.metrics import Analytics
from sandbox.store import Store

PUBLIC = ("/v2/cloud-gateways/availability.json", platform_addresses.PATH)
"""The documents that need no token."""
OFFERS = ("analytics", "caller", "geo")
"""What an endpoint may ask for by these names: Analytics; its Caller; the geo of the request, or
None."""


class Gate:
    """Checks tokens, roles and geos."""

    def __init__(self, store: Store, tokens: Collection[str], analytics: Analytics) -> None:
        """``tokens`` belong to the default organisation and never expire.

        Valid tokens of system accounts in any organisation are accepted too.
        """
        self._store = store
        self._tokens = frozenset(tokens)
        self._analytics = analytics

    def admit(self, call: Call) -> dict[str, Any]:
        """The caller, its view of the store, and the geo of a request.

        A geo of None means every geo. Raises a 401 without a valid token, a 403 for a missing
        role, and a 404 for a control plane in another geo.
        """
        caller = self._caller(bearer(call.headers))
        if caller is None:
            if call.path in PUBLIC:
                return {}
            raise Refusal(401)
        view = organizations.store_of(self._store, caller.organization)
        geo = geos.of_host(call.headers.get("host", "")) or caller.geo
        check(view, caller, geo, call.method, call.path)
        return {"store": view, "caller": caller, "geo": geo, "analytics": self._analytics}

    def _caller(self, token: str) -> Caller | None:
        """The caller with this token, or None when the token is not valid."""
        if token in self._tokens:
            return Caller(organizations.DEFAULT, OWNER)
        return access_tokens.use(self._store, token)
