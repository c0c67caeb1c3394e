"""Roles of system accounts: `/v3/system-accounts/{account_id}/assigned-roles`.

A role is assigned or deleted, never updated. The list of roles has filters but no paging, so the
look-up of a role filters the list.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import pulumi
from pydantic import AfterValidator

from providers.base import model
from providers.base.http import Json
from providers.base.model import IMMUTABLE
from providers.konnect.client import Client
from providers.konnect.identity.system_account import AccountPartInputs, AccountPartProvider
from providers.konnect.resource import KonnectResource

RoleName = Literal[
    "Add On Admin",
    "Add On Viewer",
    "Admin",
    "Appearance Maintainer",
    "Application Registration",
    "Certificate Admin",
    "Cloud Gateway Cluster Admin",
    "Cloud Gateway Cluster Viewer",
    "Connector",
    "Consumer Admin",
    "Content Editor",
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
    "Registration Approver",
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
]


EntityTypeName = Literal[
    "Add Ons",
    "APIs",
    "API Products",
    "Application Auth Strategies",
    "Audit Logs",
    "Auth Servers",
    "Control Planes",
    "Dashboards",
    "DCR Providers",
    "Mesh Control Planes",
    "Networks",
    "Portals",
    "Reports",
    "Service Hub",
]
EntityRegion = Literal["us", "eu", "au", "me", "in", "sg", "*"]


def _entity(text: str) -> str:
    """Normalise an entity's id: a UUID in lower case, or ``*``. Raises ValueError."""
    if text == "*":
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError("must be the UUID of an entity, or * for all of its type") from None


class SystemAccountRoleInputs(AccountPartInputs):
    """The inputs of a role: `AssignRole`. All are required, although the schema requires none."""

    role_name: Annotated[RoleName, IMMUTABLE]
    entity_id: Annotated[str, IMMUTABLE, AfterValidator(_entity)]
    entity_type_name: Annotated[EntityTypeName, IMMUTABLE]
    entity_region: Annotated[EntityRegion, IMMUTABLE]


class SystemAccountRoleProvider(AccountPartProvider[SystemAccountRoleInputs]):
    """Create, read and delete an assigned role. Every change replaces it."""

    Inputs = SystemAccountRoleInputs
    noun = "system account role"
    segment = "assigned-roles"
    natural_key = ("account_id", "role_name", "entity_id", "entity_type_name", "entity_region")
    outputs = ()

    def find(self, client: Client, inputs: SystemAccountRoleInputs) -> Json | None:
        props, role = model.dump(inputs), inputs.body("account_id")
        named = ("role_name", "entity_id", "entity_type_name")
        query = {f"filter[{name}][eq]": role[name] for name in named}
        action = f"looking for the role {inputs.role_name} of system account {inputs.account_id}"
        found = client.get(self.path(props), action, **query)["data"]
        match = next((item for item in found if role.items() <= item.items()), None)
        return match and self.answered(match, props)


class SystemAccountRole(KonnectResource, module="konnect", name="SystemAccountRole"):
    """A role of a system account. Terraform: `konnect_system_account_role`.

    ``role_name`` (such as ``Viewer``) and ``entity_type_name`` (such as ``Control Planes``) are
    Konnect's names. ``entity_id`` is a UUID, or ``*`` for all entities of the type.
    ``entity_region`` is one of ``us eu au me in sg``, or ``*``. Every change replaces the role.
    Source: `/v3/system-accounts/{id}/assigned-roles`.
    """

    account_id: pulumi.Output[str]
    role_name: pulumi.Output[str]
    entity_id: pulumi.Output[str]
    entity_type_name: pulumi.Output[str]
    entity_region: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        account_id: pulumi.Input[str],
        role_name: pulumi.Input[str],
        entity_id: pulumi.Input[str],
        entity_type_name: pulumi.Input[str],
        entity_region: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SystemAccountRoleProvider(), resource_name, locals(), opts)
