"""Access tokens of system accounts: shown once, accepted until they expire or are deleted.

The store does not hold the token itself. The token's id is a digest of the token, so one
look-up finds the caller. Tokens come from a counter, as ids do, so two runs of one program
see the same tokens.

All times of a token are wall-clock times, not times of the sandbox's faster clock, because a
program computes ``expires_at`` from the wall clock. A token lives for at most twelve months. A
token whose ``expires_at`` is in the past is never accepted. ``last_used_at`` is updated by
every request with the token and is absent before the first.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Annotated

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http import filters
from sandbox.http.bodies import Open, parse
from sandbox.http.problems import conflict, invalid, not_found
from sandbox.http.routing import Router
from sandbox.konnect import organizations, paging, records, teams
from sandbox.konnect.access import Caller
from sandbox.store import Body, Store

SECRET_LENGTH = 50
"""Number of characters after ``spat_``, as in the document's example."""

MAXIMUM_SECONDS = 366 * 86400.0
"""Twelve months, leap years included ("Konnect access tokens" in Kong's documentation)."""

Name = Annotated[str, Field(min_length=1)]


class CreateAccessToken(Open):
    """Body of ``post-system-accounts-id-access-tokens``."""

    name: Name
    expires_at: str


class UpdateAccessToken(Open):
    """Body of ``patch-system-accounts-id-access-tokens-id``: only the name can be updated."""

    name: Name


router = Router()

_TOKENS = "/system-accounts/{account_id}/access-tokens"
_TOKEN = _TOKENS + "/{token_id}"
_FILTERS = {"name": filters.Filter(("eq", "contains"))}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def use(store: Store, token: str) -> Caller | None:
    """The caller with this token, or None when it is not valid; updates ``last_used_at``."""
    with store.transaction():
        for organization in organizations.every(store):
            view = organizations.store_of(store, organization)
            record = records.get(view, records.ACCESS_TOKENS, _id_of(token))
            if record is not None:
                return _used(view, record, organization)
    return None


def _used(store: Store, record: Body, organization: Body) -> Caller | None:
    now = store.clock.wall()
    if _seconds(record["expires_at"]) <= now:
        return None
    record["last_used_at"] = rfc3339(now)
    records.save(store, records.ACCESS_TOKENS, record)
    account_id = record["_account_id"]
    return Caller(organization, teams.grants(store, account_id), account_id, record["_geo"])


def delete_all(store: Store, account_id: str) -> None:
    """Delete all tokens of a system account."""
    for record in _of_account(store, account_id):
        records.remove(store, records.ACCESS_TOKENS, record)


def _new_token(store: Store) -> str:
    serial = store.serial(records.ACCESS_TOKENS)
    digest = hashlib.sha256(f"{records.ACCESS_TOKENS}/{serial}".encode()).hexdigest()
    return f"spat_{digest[:SECRET_LENGTH]}"


def _id_of(token: str) -> str:
    return records.fixed_id(f"{records.ACCESS_TOKENS}/{token}")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def moment(store: Store, text: str) -> str:
    """The expiry of a new token in Konnect's format; a 400 beyond twelve months."""
    try:
        if _DATE_TIME.fullmatch(text) is None:
            raise ValueError(text)
        seconds = _seconds(text)
        written = rfc3339(seconds)
    except (ValueError, OverflowError):
        reason = "expires_at must be a date-time of RFC 3339"
        raise invalid("expires_at", "is_date_time", reason) from None
    latest = store.clock.wall() + MAXIMUM_SECONDS
    if seconds > latest:
        reason = f"expires_at must be within twelve months, by {rfc3339(latest)}"
        raise invalid("expires_at", "invalid", reason)
    return written


def _of_account(store: Store, account_id: str) -> list[Body]:
    tokens = records.every(store, records.ACCESS_TOKENS)
    return [record for record in tokens if record["_account_id"] == account_id]


def _account_id(store: Store, id_: str) -> str:
    return str(records.find(store, records.SYSTEM_ACCOUNTS, id_)["id"])


def _find(store: Store, account_id: str, token_id: str) -> Body:
    record = records.find(store, records.ACCESS_TOKENS, token_id)
    if record["_account_id"] != _account_id(store, account_id):
        raise not_found()
    return record


def _refuse_taken_name(store: Store, account_id: str, name: str, but: str | None = None) -> None:
    for other in _of_account(store, account_id):
        if other["name"] == name and other["id"] != but:
            raise conflict(f"Access token with name '{name}' already exists.")


@router.get(_TOKENS)
def list_access_tokens(store: Store, account_id: str, query: QueryParams) -> Body:
    """``get-system-account-id-access-tokens``."""
    tokens = _of_account(store, _account_id(store, account_id))
    tests = filters.read(query.multi_items(), _FILTERS)
    page = paging.numbered(query, filters.select(tokens, tests))
    return {**page, "data": [records.public(record) for record in page["data"]]}


@router.post(_TOKENS, status=201)
def create_access_token(store: Store, account_id: str, raw: bytes) -> Body:
    """``post-system-accounts-id-access-tokens``: the only response that has the token."""
    account_id = _account_id(store, account_id)
    body = parse(CreateAccessToken, raw)
    return issue(store, account_id, body.name, moment(store, body.expires_at))


def issue(
    store: Store, account_id: str, name: str, expires_at: str, geo: str | None = None
) -> Body:
    """Create an access token of an account; the body has the token itself under ``token``.

    ``geo`` applies to requests with the token that have no regional host.
    """
    _refuse_taken_name(store, account_id, name)
    token = _new_token(store)
    stamp = rfc3339(store.clock.wall())
    record: Body = {
        "id": _id_of(token),
        "name": name,
        "created_at": stamp,
        "updated_at": stamp,
        "expires_at": expires_at,
        "_account_id": account_id,
        "_geo": geo,
    }
    records.save(store, records.ACCESS_TOKENS, record)
    return {**records.public(record), "token": token}


@router.get(_TOKEN)
def get_access_token(store: Store, account_id: str, token_id: str) -> Body:
    """``get-system-accounts-id-access-tokens-id``."""
    return records.public(_find(store, account_id, token_id))


@router.patch(_TOKEN)
def update_access_token(store: Store, account_id: str, token_id: str, raw: bytes) -> Body:
    """``patch-system-accounts-id-access-tokens-id``."""
    record = _find(store, account_id, token_id)
    name = parse(UpdateAccessToken, raw).name
    _refuse_taken_name(store, record["_account_id"], name, but=record["id"])
    record.update(name=name, updated_at=rfc3339(store.clock.wall()))
    records.save(store, records.ACCESS_TOKENS, record)
    return records.public(record)


@router.delete(_TOKEN)
def delete_access_token(store: Store, account_id: str, token_id: str) -> None:
    """``delete-system-accounts-id-access-tokens-id``."""
    records.remove(store, records.ACCESS_TOKENS, _find(store, account_id, token_id))
