"""What the tests of Kong's side in Azure share."""

from __future__ import annotations

from sandbox.accounts import CUSTOMER_AZURE_SUBSCRIPTION, KONG_AZURE_PRINCIPAL
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Provider


def grant(azure: Provider, scope: str, *actions: str, without: tuple[str, ...] = ()) -> None:
    """Give Kong's principal a role with these actions at a scope."""
    subscription = f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}"
    role = azure.create(
        tokens.ROLE_DEFINITION,
        f"role at {scope}",
        scope=subscription,
        roleName=f"role at {scope}",
        assignableScopes=[subscription],
        permissions=[{"actions": list(actions), "notActions": list(without)}],
    )
    azure.create(
        tokens.ROLE_ASSIGNMENT,
        f"at {scope}",
        scope=scope,
        principalId=KONG_AZURE_PRINCIPAL,
        principalType="ServicePrincipal",
        roleDefinitionId=role.id,
    )
