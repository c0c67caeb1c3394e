"""Roles assigned to a system account or a team.

Any role may be combined with any entity type, because the document's list of roles per entity
type omits some types that it has elsewhere (networks, add-ons). A role may name an entity that
does not exist, because the document does not forbid it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from sandbox.http import filters
from sandbox.http.bodies import Open, is_uuid, parse
from sandbox.http.problems import conflict, not_found
from sandbox.konnect import records
from sandbox.konnect.access import ADMINS, ANY, Caller, Grant
from sandbox.store import Body, Store

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
    # The document requires a UUID. Kong's own Terraform examples send "*" for every entity.
    if value != ANY and not is_uuid(value):
        raise PydanticCustomError("is_uuid", "must be a UUID")
    return value.lower()


EntityId = Annotated[str, AfterValidator(_checked_entity)]


class AssignRole(Open):
    """Body of ``post-system-accounts-accountId-assigned-roles`` and ``teams-assign-role``.

    The document requires no property, but a role cannot be assigned without all of them.
    """

    role_name: RoleName
    entity_id: EntityId
    entity_type_name: EntityType
    entity_region: EntityRegion


_EXACT = filters.Filter(("eq",), bare=True)


def kind_of(collection: str, holder_id: str) -> str:
    """The store kind of the roles of a system account or a team."""
    return f"{collection}/{holder_id}/assigned-roles"


def listed(store: Store, kind: str, query: filters.Items, *fields: str) -> Body:
    """All assigned roles on one page; ``fields`` are the fields that the query may filter by.

    The response has page metadata, but the document has no parameters for another page.
    """
    tests = filters.read(query, dict.fromkeys(fields, _EXACT))
    roles = filters.select(records.every(store, kind), tests)
    return {"meta": {"page": {"number": 1, "size": len(roles), "total": len(roles)}}, "data": roles}


def assign(store: Store, kind: str, wanted: Body) -> Body:
    """Assign a role; a 409 when the same role is assigned already."""
    if any(wanted.items() <= role.items() for role in records.every(store, kind)):
        raise conflict("Role is already assigned.")
    role: Body = {"id": records.new_id(store, "assigned-roles"), **wanted}
    records.save(store, kind, role)
    return role


def assign_from(store: Store, kind: str, raw: bytes) -> Body:
    """Assign the role in a request body."""
    return assign(store, kind, parse(AssignRole, raw).model_dump())


def unassign(store: Store, kind: str, role_id: str) -> None:
    """Delete an assigned role; a 404 when it does not exist."""
    if not store.delete(records.CLOUD, kind, role_id.lower()):
        raise not_found()


def grants(store: Store, kind: str) -> list[Grant]:
    """The grants of one holder's assigned roles."""
    return [
        Grant(role["role_name"], role["entity_type_name"], role["entity_id"], role["entity_region"])
        for role in records.every(store, kind)
    ]


def make_admin(
    store: Store, caller: Caller, entity_type: str, entity_id: str, geo: str | None
) -> None:
    """Give the creator of an entity the Admin role for it, unless it has that role already."""
    if caller.account_id is None or caller.holds(ADMINS, entity_type, entity_id):
        return
    role = {
        "role_name": "Admin",
        "entity_id": entity_id,
        "entity_type_name": entity_type,
        "entity_region": geo or ANY,
    }
    assign(store, kind_of(records.SYSTEM_ACCOUNTS, caller.account_id), role)
