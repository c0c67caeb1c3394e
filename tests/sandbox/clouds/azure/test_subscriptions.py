"""Azure over several subscriptions of one directory."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.accounts import (
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    KONG_AZURE_PRINCIPAL,
    KONG_AZURE_SUBSCRIPTION,
)
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Made, Provider, Refused

OTHER_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000eeee"
OWN, OTHER = f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}", f"/subscriptions/{OTHER_SUBSCRIPTION}"
STRANGER = "0a1b2c3d-0000-4000-8000-00000000ffff"


@pytest.fixture
def far(connect: Connect) -> Provider:
    """A provider of another subscription of the customer."""
    return connect("azure-native", {"location": "westeurope", "subscriptionId": OTHER_SUBSCRIPTION})


def group(azure: Provider) -> Made:
    return azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")


def vnet(azure: Provider) -> Made:
    return azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    )


# References


def test_a_name_is_free_in_another_subscription(azure: Provider, far: Provider) -> None:
    assert group(azure).id == f"{OWN}/resourceGroups/g"
    assert group(far).id == f"{OTHER}/resourceGroups/g"
    assert vnet(azure).id != vnet(far).id


def test_a_group_deletes_only_what_is_in_its_subscription(azure: Provider, far: Provider) -> None:
    mine = group(azure)
    group(far)
    vnet(azure)
    theirs = vnet(far)
    azure.delete(mine)
    assert far.read(theirs) is not None


@pytest.mark.parametrize(
    ("token", "prop", "name"),
    [
        (tokens.NSG, "networkSecurityGroup", "networkSecurityGroupName"),
        (tokens.AZURE_ROUTE_TABLE, "routeTable", "routeTableName"),
    ],
)
def test_a_subnet_uses_nothing_of_another_subscription(
    azure: Provider, far: Provider, token: str, prop: str, name: str
) -> None:
    for provider in (azure, far):
        group(provider)
    vnet(azure)
    theirs = far.create(token, resourceGroupName="g", **{name: "x"})
    mine = azure.create(token, resourceGroupName="g", **{name: "x"})
    subnet: dict[str, Any] = {
        "resourceGroupName": "g",
        "virtualNetworkName": "v",
        "subnetName": "s",
        "addressPrefix": "10.0.0.0/24",
    }
    with pytest.raises(Refused, match=f"InvalidResourceReference.*{theirs.id}"):
        azure.create(tokens.AZURE_SUBNET, **subnet, **{prop: {"id": theirs.id}})
    made = azure.create(tokens.AZURE_SUBNET, **subnet, **{prop: {"id": mine.id}})
    with pytest.raises(Refused, match=f"InvalidResourceReference.*{theirs.id}"):
        azure.update(made, **{prop: {"id": theirs.id}})


def test_a_hub_is_in_a_wan_of_its_own_subscription(azure: Provider, far: Provider) -> None:
    group(azure)
    group(far)
    wan = far.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")
    with pytest.raises(Refused, match="InvalidResourceReference"):
        azure.create(
            tokens.VIRTUAL_HUB,
            resourceGroupName="g",
            virtualHubName="h",
            virtualWan={"id": wan.id},
            addressPrefix="10.0.0.0/23",
        )


def test_a_provider_of_another_directory_is_refused(connect: Connect) -> None:
    stranger = connect("azure-native", {"location": "westeurope", "tenantId": STRANGER})
    with pytest.raises(Refused, match=f"AADSTS90002: Tenant '{STRANGER}' not found"):
        group(stranger)
    own = connect("azure-native", {"location": "uksouth", "tenantId": CUSTOMER_AZURE_TENANT})
    assert group(own)["location"] == "uksouth"


# Roles


def role(azure: Provider, *scopes: str, **inputs: Any) -> Made:
    base = {
        "scope": scopes[0],
        "roleName": "Peering Creator",
        "assignableScopes": list(scopes),
        "permissions": [{"actions": ["Microsoft.Network/*"]}],
    }
    return azure.create(tokens.ROLE_DEFINITION, "role", **{**base, **inputs})


def assign(azure: Provider, scope: str, role: Made, **inputs: Any) -> Made:
    base = {
        "scope": scope,
        "roleDefinitionId": role.id,
        "principalId": KONG_AZURE_PRINCIPAL,
        "principalType": "ServicePrincipal",
    }
    return azure.create(tokens.ROLE_ASSIGNMENT, scope, **{**base, **inputs})


def test_a_role_is_assigned_in_every_subscription_of_its_scopes(
    azure: Provider, far: Provider
) -> None:
    made = role(azure, OWN, OTHER)
    assert made.id.startswith(f"{OWN}/providers/Microsoft.Authorization/")
    group(far)
    theirs = vnet(far)
    assignment = assign(far, theirs.id, made)
    assert assignment.id.startswith(f"{theirs.id}/providers/Microsoft.Authorization/")
    with pytest.raises(Refused, match=f"RoleDefinitionHasAssignments.*{assignment.id}"):
        azure.delete(made)
    far.delete(theirs)
    assert far.read(assignment) is None
    azure.delete(made)


def test_a_role_may_be_assigned_by_a_provider_of_another_subscription(
    azure: Provider, far: Provider
) -> None:
    made = role(azure, OWN, OTHER)
    group(far)
    assignment = assign(azure, vnet(far).id, made)
    assert assignment.id.startswith(OTHER)
    with pytest.raises(Refused, match="RoleAssignmentExists"):
        assign(far, assignment.inputs["scope"], made, roleAssignmentName=STRANGER)


def test_a_role_is_found_by_its_guid_in_every_subscription(azure: Provider, far: Provider) -> None:
    made = role(azure, OWN, OTHER)
    group(far)
    guid = made["name"]
    as_theirs = f"{OTHER}/providers/Microsoft.Authorization/roleDefinitions/{guid}"
    assign(far, vnet(far).id, made, roleDefinitionId=as_theirs)


def test_a_role_is_not_assigned_outside_its_scopes(azure: Provider, far: Provider) -> None:
    made = role(azure, OWN)
    group(far)
    with pytest.raises(Refused, match="RoleAssignmentScopeNotAssignableToRoleDefinition"):
        assign(far, vnet(far).id, made)


def test_a_role_name_and_guid_are_taken_once_in_the_directory(
    azure: Provider, far: Provider
) -> None:
    made = role(azure, OWN, roleDefinitionId=STRANGER)
    with pytest.raises(Refused, match=f"RoleDefinitionWithSameNameExists.*{made.id}"):
        role(far, OTHER, roleName="peering creator")
    with pytest.raises(Refused, match=f"RoleDefinitionExists.*{made.id}"):
        role(far, OTHER, roleName="Another", roleDefinitionId=STRANGER)


def test_a_principal_of_another_directory_gets_no_role(azure: Provider) -> None:
    made = role(azure, OWN)
    with pytest.raises(Refused, match=f"PrincipalNotFound.*{STRANGER}"):
        assign(azure, OWN, made, principalId=STRANGER)


def test_there_is_no_scope_in_another_directory(azure: Provider) -> None:
    kong = f"/subscriptions/{KONG_AZURE_SUBSCRIPTION}"
    with pytest.raises(Refused, match="SubscriptionNotFound"):
        role(azure, kong)
    with pytest.raises(Refused, match="SubscriptionNotFound"):
        assign(azure, kong, role(azure, OWN))


def test_a_built_in_role_is_assignable_everywhere(azure: Provider, far: Provider) -> None:
    reader = f"{OTHER}/providers/Microsoft.Authorization/roleDefinitions/"
    group(far)
    assign(
        azure,
        vnet(far).id,
        Made("", "", "", {}, {}, {}),
        roleDefinitionId=f"{reader}acdd72a7-3385-48ef-bd42-f606fba81ae7",
    )
