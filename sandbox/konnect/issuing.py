"""``POST /_sandbox/tokens``: issue a token in any organisation (``python -m sandbox token``).

The token belongs to a new system account. The organisation is created if none has the name.
Without roles, the account becomes a member of the team Organization Admin.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sandbox.clock import rfc3339
from sandbox.http.application import ADMIN
from sandbox.http.bodies import Closed, parse
from sandbox.http.routing import Router
from sandbox.konnect import (
    access,
    access_tokens,
    organizations,
    records,
    roles,
    system_accounts,
    teams,
)
from sandbox.konnect.geos import Geo
from sandbox.konnect.tokens import DEFAULT_ORGANIZATION
from sandbox.store import Body, Store

LIFETIME = 365 * 86400.0
"""Default lifetime of a token, in seconds."""


class Role(Closed):
    """A role in the region of the token, for one entity or (``*``) all entities of its type."""

    role_name: roles.RoleName
    entity_type_name: roles.EntityType
    entity_id: roles.EntityId = access.ANY


class IssueToken(Closed):
    """Body of ``POST tokens``.

    ``geo`` is the geo of requests with the token and the region of its roles; absent means
    every geo. Absent ``roles`` means every role. ``expires_at`` is an RFC 3339 date-time.
    """

    organization: Annotated[str, Field(min_length=1)] = DEFAULT_ORGANIZATION
    geo: Geo | None = None
    roles: list[Role] | None = None
    expires_at: str | None = None


router = Router()


def _account(store: Store) -> Body:
    name = f"sandbox token {store.serial('sandbox-token')}"
    body = system_accounts.CreateSystemAccount(name=name, description="python -m sandbox token")
    return system_accounts.create(store, body)


@router.post(ADMIN + "/tokens", status=201)
def issue_token(store: Store, raw: bytes) -> Body:
    """Issue a token; the body has the token, its account and its organisation."""
    body = parse(IssueToken, raw)
    organization = organizations.named(store, body.organization)
    view = organizations.store_of(store, organization)
    expires_at = body.expires_at or rfc3339(store.clock.wall() + LIFETIME)
    account = _account(view)
    if body.roles is None:
        teams.join(view, access.ORGANIZATION_ADMIN, account["id"])
    region: roles.EntityRegion = body.geo or "*"
    kind = roles.kind_of(records.SYSTEM_ACCOUNTS, account["id"])
    for role in body.roles or []:
        wanted = roles.AssignRole(**role.model_dump(), entity_region=region)
        roles.assign(view, kind, wanted.model_dump())
    token = access_tokens.issue(
        view, account["id"], account["name"], access_tokens.moment(view, expires_at), body.geo
    )
    return {"token": token["token"], "account": account, "organization": organization}
