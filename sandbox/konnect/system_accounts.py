"""System accounts: the Konnect accounts of programs, with their roles."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http import filters
from sandbox.http.bodies import Open, parse
from sandbox.http.problems import conflict
from sandbox.http.routing import Router
from sandbox.konnect import access_tokens, paging, records, roles, teams
from sandbox.store import Body, Store

Name = Annotated[str, Field(min_length=1)]


class CreateSystemAccount(Open):
    """Body of ``post-system-accounts``."""

    name: Name
    description: str
    konnect_managed: bool = False


class UpdateSystemAccount(Open):
    """Body of ``patch-system-accounts-id``; an absent property is not changed."""

    name: Name = "-"
    description: str = ""


router = Router()

_ACCOUNT = "/system-accounts/{account_id}"
_ROLES = _ACCOUNT + "/assigned-roles"
_TEXT = filters.Filter(("eq", "contains"))
_ACCOUNT_FILTERS = {
    "name": _TEXT,
    "description": _TEXT,
    "konnect_managed": filters.Filter((), bare=True, choices=("true", "false")),
}


def _refuse_taken_name(store: Store, name: str, but: str | None = None) -> None:
    for other in records.every(store, records.SYSTEM_ACCOUNTS):
        if other["name"] == name and other["id"] != but:
            raise conflict(f"System account with name '{name}' already exists.")


@router.get("/system-accounts")
def list_system_accounts(store: Store, query: QueryParams) -> Body:
    """``get-system-accounts``."""
    accounts = records.every(store, records.SYSTEM_ACCOUNTS)
    for name, operator, value in filters.read(query.multi_items(), _ACCOUNT_FILTERS):
        if name == "konnect_managed":
            accounts = [a for a in accounts if a["konnect_managed"] is (value == "true")]
        else:
            accounts = filters.select(accounts, [(name, operator, value)])
    return paging.numbered(query, accounts)


@router.post("/system-accounts", status=201)
def create_system_account(store: Store, raw: bytes) -> Body:
    """``post-system-accounts``."""
    return create(store, parse(CreateSystemAccount, raw))


def create(store: Store, body: CreateSystemAccount) -> Body:
    """Create and store a system account."""
    _refuse_taken_name(store, body.name)
    stamp = rfc3339(store.clock.now())
    account: Body = {
        "id": records.new_id(store, records.SYSTEM_ACCOUNTS),
        **body.model_dump(),
        "created_at": stamp,
        "updated_at": stamp,
    }
    records.save(store, records.SYSTEM_ACCOUNTS, account)
    return account


@router.get(_ACCOUNT)
def get_system_account(store: Store, account_id: str) -> Body:
    """``get-system-accounts-id``."""
    return records.find(store, records.SYSTEM_ACCOUNTS, account_id)


@router.patch(_ACCOUNT)
def update_system_account(store: Store, account_id: str, raw: bytes) -> Body:
    """``patch-system-accounts-id``: a present property replaces the old one; the others stay."""
    account = records.find(store, records.SYSTEM_ACCOUNTS, account_id)
    changes: dict[str, Any] = parse(UpdateSystemAccount, raw).model_dump(exclude_unset=True)
    if "name" in changes:
        _refuse_taken_name(store, changes["name"], but=account["id"])
    account.update(changes, updated_at=rfc3339(store.clock.now()))
    records.save(store, records.SYSTEM_ACCOUNTS, account)
    return account


@router.delete(_ACCOUNT)
def delete_system_account(store: Store, account_id: str) -> None:
    """``delete-system-accounts-id``: also deletes its access tokens, roles and memberships."""
    account = records.find(store, records.SYSTEM_ACCOUNTS, account_id)
    access_tokens.delete_all(store, account["id"])
    store.delete_kinds(records.CLOUD, roles.kind_of(records.SYSTEM_ACCOUNTS, account["id"]))
    teams.leave_all(store, account["id"])
    records.remove(store, records.SYSTEM_ACCOUNTS, account)


# Assigned roles


def _roles_kind(store: Store, account_id: str) -> str:
    account = records.find(store, records.SYSTEM_ACCOUNTS, account_id)
    return roles.kind_of(records.SYSTEM_ACCOUNTS, account["id"])


@router.get(_ROLES)
def list_assigned_roles(store: Store, account_id: str, query: QueryParams) -> Body:
    """``get-system-accounts-accountId-assigned-roles``."""
    kind = _roles_kind(store, account_id)
    fields = ("entity_id", "role_name", "entity_type_name")
    return roles.listed(store, kind, query.multi_items(), *fields)


@router.post(_ROLES, status=201)
def assign_role(store: Store, account_id: str, raw: bytes) -> Body:
    """``post-system-accounts-accountId-assigned-roles``."""
    return roles.assign_from(store, _roles_kind(store, account_id), raw)


@router.get(_ROLES + "/{role_id}")
def get_assigned_role(store: Store, account_id: str, role_id: str) -> Body:
    """``get-system-account-role``."""
    return records.find(store, _roles_kind(store, account_id), role_id)


@router.delete(_ROLES + "/{role_id}")
def delete_assigned_role(store: Store, account_id: str, role_id: str) -> None:
    """``delete-system-accounts-accountId-assigned-roles-roleId``."""
    roles.unassign(store, _roles_kind(store, account_id), role_id)


@router.get(_ACCOUNT + "/teams")
def list_account_teams(store: Store, account_id: str, query: QueryParams) -> Body:
    """``get-system-accounts-accountId-teams``."""
    account = records.find(store, records.SYSTEM_ACCOUNTS, account_id)
    tests = filters.read(query.multi_items(), {"name": _TEXT})
    return paging.numbered(query, filters.select(teams.of_account(store, account["id"]), tests))
