"""System accounts: who a program is in Konnect, and the roles that it has.

The roles are kept and shown, and permit nothing: whoever holds a token may do everything
here. The document's roles per entity type leave out some of its own vocabulary (networks,
add-ons), so any role goes with any entity type; and it says nothing of entities that are
not there, so nobody looks for them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sandbox.clock import rfc3339
from sandbox.konnect import access_tokens, filters, paging, records
from sandbox.konnect.bodies import Open, is_uuid, parse
from sandbox.konnect.problems import conflict, not_found
from sandbox.konnect.web import QueryDep, RawDep, StoreDep, TransactionRoute
from sandbox.store import Body, Store

ANY_ENTITY = "*"
"""All entities of a type. The document wants a UUID; Kong's own Terraform examples send this."""

RoleName = Literal[
    "Admin",
    "Appearance Maintainer",
    "Application Registration",
    "Certificate Admin",
    "Cloud Gateway Cluster Admin",
    "Cloud Gateway Cluster Viewer",
    "Consumer Admin",
    "Connector",
    "Creator",
    "Debug Session Creator",
    "Deployer",
    "Discovery Admin",
    "Discovery Viewer",
    "Editor",
    "Gateway Service Admin",
    "Integration Admin",
    "Integration Viewer",
    "Key Admin",
    "Maintainer",
    "Network Admin",
    "Network Creator",
    "Network Viewer",
    "Plugin Admin",
    "Plugins Admin",
    "Product Publisher",
    "Publisher",
    "Route Admin",
    "SNI Admin",
    "Scorecard Admin",
    "Scorecard Viewer",
    "Service Admin",
    "Service Creator",
    "Service Viewer",
    "Upstream Admin",
    "Vault Admin",
    "Viewer",
    "Registration Approver",
    "Content Editor",
    "Add On Admin",
    "Add On Viewer",
]
EntityType = Literal[
    "Add Ons",
    "APIs",
    "API Products",
    "Application Auth Strategies",
    "Audit Logs",
    "Control Planes",
    "Dashboards",
    "DCR Providers",
    "Mesh Control Planes",
    "Networks",
    "Portals",
    "Reports",
    "Service Hub",
    "Auth Servers",
]
EntityRegion = Literal["us", "eu", "au", "me", "in", "sg", "*"]


def _checked_entity(value: str) -> str:
    if value != ANY_ENTITY and not is_uuid(value):
        raise PydanticCustomError("is_uuid", "must be a UUID")
    return value.lower()


Name = Annotated[str, Field(min_length=1)]


class CreateSystemAccount(Open):
    """Body of ``post-system-accounts``."""

    name: Name
    description: str
    konnect_managed: bool = False


class UpdateSystemAccount(Open):
    """Body of ``patch-system-accounts-id``; what is absent stays as it is."""

    name: Name = "-"
    description: str = ""


class AssignRole(Open):
    """Body of ``post-system-accounts-accountId-assigned-roles``.

    The document demands no member, but what lacks one of them assigns nothing.
    """

    role_name: RoleName
    entity_id: Annotated[str, AfterValidator(_checked_entity)]
    entity_type_name: EntityType
    entity_region: EntityRegion


router = APIRouter(route_class=TransactionRoute)

_ACCOUNT = "/system-accounts/{account_id}"
_ROLES = _ACCOUNT + "/assigned-roles"
_TEXT = filters.Filter(("eq", "contains"))
_EXACT = filters.Filter(("eq",), bare=True)
_ACCOUNT_FILTERS = {
    "name": _TEXT,
    "description": _TEXT,
    "konnect_managed": filters.Filter((), bare=True, choices=("true", "false")),
}
_ROLE_FILTERS = {"entity_id": _EXACT, "role_name": _EXACT, "entity_type_name": _EXACT}


def _refuse_taken_name(store: Store, name: str, but: str | None = None) -> None:
    for other in records.every(store, records.SYSTEM_ACCOUNTS):
        if other["name"] == name and other["id"] != but:
            raise conflict(f"System account with name '{name}' already exists.")


@router.get("/system-accounts")
def list_system_accounts(store: StoreDep, query: QueryDep) -> Body:
    """``get-system-accounts``."""
    accounts = records.every(store, records.SYSTEM_ACCOUNTS)
    for name, operator, value in filters.read(query.multi_items(), _ACCOUNT_FILTERS):
        if name == "konnect_managed":
            accounts = [a for a in accounts if a["konnect_managed"] is (value == "true")]
        else:
            accounts = filters.select(accounts, [(name, operator, value)])
    return paging.numbered(query, accounts)


@router.post("/system-accounts", status_code=201)
def create_system_account(store: StoreDep, raw: RawDep) -> Body:
    """``post-system-accounts``."""
    return create(store, parse(CreateSystemAccount, raw))


def create(store: Store, body: CreateSystemAccount) -> Body:
    """A new system account, stored."""
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
def get_system_account(store: StoreDep, account_id: str) -> Body:
    """``get-system-accounts-id``."""
    return records.find(store, records.SYSTEM_ACCOUNTS, account_id)


@router.patch(_ACCOUNT)
def update_system_account(store: StoreDep, account_id: str, raw: RawDep) -> Body:
    """``patch-system-accounts-id``: a member that is there replaces, the others stay."""
    account = records.find(store, records.SYSTEM_ACCOUNTS, account_id)
    changes: dict[str, Any] = parse(UpdateSystemAccount, raw).model_dump(exclude_unset=True)
    if "name" in changes:
        _refuse_taken_name(store, changes["name"], but=account["id"])
    account.update(changes, updated_at=rfc3339(store.clock.now()))
    records.save(store, records.SYSTEM_ACCOUNTS, account)
    return account


@router.delete(_ACCOUNT)
def delete_system_account(store: StoreDep, account_id: str) -> None:
    """``delete-system-accounts-id``: its access tokens and roles go with it."""
    account = records.find(store, records.SYSTEM_ACCOUNTS, account_id)
    access_tokens.delete_all(store, account["id"])
    store.delete_kinds(records.CLOUD, _roles_kind(account["id"]))
    records.remove(store, records.SYSTEM_ACCOUNTS, account)


# Assigned roles


def _roles_kind(account_id: str) -> str:
    return f"{records.SYSTEM_ACCOUNTS}/{account_id}/assigned-roles"


def _find_roles_kind(store: Store, account_id: str) -> str:
    return _roles_kind(records.find(store, records.SYSTEM_ACCOUNTS, account_id)["id"])


@router.get(_ROLES)
def list_assigned_roles(store: StoreDep, account_id: str, query: QueryDep) -> Body:
    """``get-system-accounts-accountId-assigned-roles``: all on one page.

    The answer tells its page, but the document has no parameters to ask for another.
    """
    kind = _find_roles_kind(store, account_id)
    tests = filters.read(query.multi_items(), _ROLE_FILTERS)
    roles = filters.select(records.every(store, kind), tests)
    return {"meta": {"page": {"number": 1, "size": len(roles), "total": len(roles)}}, "data": roles}


@router.post(_ROLES, status_code=201)
def assign_role(store: StoreDep, account_id: str, raw: RawDep) -> Body:
    """``post-system-accounts-accountId-assigned-roles``."""
    kind = _find_roles_kind(store, account_id)
    wanted = parse(AssignRole, raw).model_dump()
    if any(wanted.items() <= role.items() for role in records.every(store, kind)):
        raise conflict("Role is already assigned.")
    role: Body = {"id": records.new_id(store, "assigned-roles"), **wanted}
    records.save(store, kind, role)
    return role


@router.get(_ROLES + "/{role_id}")
def get_assigned_role(store: StoreDep, account_id: str, role_id: str) -> Body:
    """``get-system-account-role``."""
    return records.find(store, _find_roles_kind(store, account_id), role_id)


@router.delete(_ROLES + "/{role_id}")
def delete_assigned_role(store: StoreDep, account_id: str, role_id: str) -> None:
    """``delete-system-accounts-accountId-assigned-roles-roleId``."""
    if not store.delete(records.CLOUD, _find_roles_kind(store, account_id), role_id.lower()):
        raise not_found()
