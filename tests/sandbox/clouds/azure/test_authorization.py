"""Custom roles and role assignments, with Azure's codes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.accounts import (
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    KONG_AZURE_PRINCIPAL,
)
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import GROUP, NETWORK
from tests.sandbox.clouds.harness import Made, Provider, Refused

GUID = "0d9d3c7a-3a6c-5f0e-8a53-4d4b8a3e7a11"


@pytest.fixture
def role(azure: Provider, group: Made) -> Made:
    return azure.create(
        tokens.ROLE_DEFINITION,
        "role",
        scope=group.id,
        roleName="Peering Creator",
        assignableScopes=[group.id],
        permissions=[{"actions": ["Microsoft.Network/*"]}],
    )


def assign(azure: Provider, role: Made, at: str, **inputs: Any) -> Made:
    base = {
        "scope": at,
        "principalId": KONG_AZURE_PRINCIPAL,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": role.id,
    }
    return azure.create(tokens.ROLE_ASSIGNMENT, inputs.pop("logical", "a"), **{**base, **inputs})


def test_a_role_is_filed_under_the_subscription(role: Made) -> None:
    prefix = f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}/providers/Microsoft.Authorization"
    assert role.id == f"{prefix}/roleDefinitions/{role['name']}"


def test_a_role_name_is_taken_once_per_tenant(azure: Provider, role: Made) -> None:
    with pytest.raises(Refused, match="RoleDefinitionWithSameNameExists"):
        azure.create(tokens.ROLE_DEFINITION, "other", **role.program)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"principalId": GUID}, f"PrincipalNotFound.*{CUSTOMER_AZURE_TENANT}"),
        ({"principalType": "User"}, "UnmatchedPrincipalType"),
        ({"roleDefinitionId": f"/x/roleDefinitions/{GUID}"}, "RoleDefinitionDoesNotExist"),
        ({"scope": f"{NETWORK}/virtualNetworks/other"}, "ResourceNotFound"),
        ({"scope": f"{GROUP}2"}, "ResourceGroupNotFound"),
        (
            {"scope": f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}"},
            "RoleAssignmentScopeNotAssignableToRoleDefinition",
        ),
        ({"roleAssignmentName": "kong"}, "must be a GUID"),
    ],
)
def test_an_assignment_names_what_is_there(
    azure: Provider, role: Made, vnet: Made, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, match=code):
        assign(azure, role, vnet.id, **change)


def test_an_assignment_exists_once_and_holds_its_role(
    azure: Provider, role: Made, vnet: Made
) -> None:
    made = assign(azure, role, vnet.id, roleAssignmentName=GUID)
    assert made.id == f"{vnet.id}/providers/Microsoft.Authorization/roleAssignments/{GUID}"
    with pytest.raises(Refused, match="RoleAssignmentExists"):
        assign(azure, role, vnet.id, logical="b")
    with pytest.raises(Refused, match="RoleDefinitionHasAssignments"):
        azure.delete(role)
    azure.delete(made)
    azure.delete(role)
