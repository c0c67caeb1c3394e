"""``POST /_sandbox/tokens``: a token of any organisation, for ``python -m sandbox token``.

The token belongs to a new system account. The organisation is made if there is none of
that name.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from sandbox.clock import rfc3339
from sandbox.konnect import access_tokens, organizations, system_accounts
from sandbox.konnect.bodies import Closed, parse
from sandbox.konnect.middleware import ADMIN
from sandbox.konnect.tokens import DEFAULT_ORGANIZATION
from sandbox.konnect.web import RawDep, StoreDep, TransactionRoute
from sandbox.store import Body, Store

LIFETIME = 365 * 86400.0
"""Seconds for which a token is valid when nothing else is asked."""


class IssueToken(Closed):
    """Body of ``POST tokens``; ``expires_at`` is an RFC 3339 date-time."""

    organization: Annotated[str, Field(min_length=1)] = DEFAULT_ORGANIZATION
    expires_at: str | None = None


router = APIRouter(prefix=ADMIN, route_class=TransactionRoute)


def _account(store: Store) -> Body:
    name = f"sandbox token {store.serial('sandbox-token')}"
    body = system_accounts.CreateSystemAccount(name=name, description="python -m sandbox token")
    return system_accounts.create(store, body)


@router.post("/tokens", status_code=201)
def issue_token(store: StoreDep, raw: RawDep) -> Body:
    """The new token, its account and its organisation."""
    body = parse(IssueToken, raw)
    organization = organizations.named(store, body.organization)
    view = organizations.store_of(store, organization)
    expires_at = body.expires_at or rfc3339(store.clock.now() + LIFETIME)
    account = _account(view)
    token = access_tokens.issue(
        view, account["id"], account["name"], access_tokens.moment(expires_at)
    )
    return {"token": token["token"], "account": account, "organization": organization}
