"""A role of Kong's service principal in Azure, and its assignment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization

from components.component import Component


@dataclass(frozen=True)
class AzureRole:
    """What Kong may do with one resource."""

    scope: pulumi.Input[str]
    """The id of the resource: a VNet, a virtual hub, a private DNS zone."""
    group_id: pulumi.Input[str]
    """The id of its resource group, in which the role can be assigned."""
    subscription_id: pulumi.Input[str]
    """The resource's own subscription, which may be another than the provider's."""
    title: str
    """What the role's name begins with; the name of the component follows."""
    description: str
    actions: Sequence[str]
    ids: uuid.UUID
    """The namespace of the ids of roles and assignments of this kind. It never changes."""


def give_role(
    owner: Component, role: AzureRole, principal_id: str
) -> list[authorization.RoleAssignment]:
    """Create a role as a child of ``owner``, and assign it to a principal.

    Each owner has a role of its own, because role names are unique in a tenant. Returns what must
    exist before Kong can use it.
    """
    subscription_id = pulumi.Output.from_input(role.subscription_id)

    def stable_id(kind: str) -> pulumi.Output[str]:
        return subscription_id.apply(
            lambda sub: str(uuid.uuid5(role.ids, f"{sub}/{owner.name}/{kind}"))
        )

    definition = authorization.RoleDefinition(
        f"{owner.name}-role",
        role_definition_id=stable_id("role"),
        role_name=f"{role.title} - {owner.name}",
        description=role.description,
        role_type="CustomRole",
        scope=role.group_id,
        assignable_scopes=[role.group_id],
        permissions=[{"actions": list(role.actions), "not_actions": []}],
        opts=owner.child(),
    )
    assignment = authorization.RoleAssignment(
        f"{owner.name}-role-assignment",
        role_assignment_name=stable_id("assignment"),
        scope=role.scope,
        role_definition_id=definition.id,
        principal_id=principal_id,
        # Without it Azure looks the principal up in Entra, which may not have a new one yet.
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        opts=owner.child(),
    )
    return [assignment]
