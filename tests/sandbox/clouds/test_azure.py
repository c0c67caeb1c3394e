"""The rules of Azure, with the codes Azure answers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.accounts import (
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    KONG_AZURE_PRINCIPAL,
)
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

GROUP = f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}/resourceGroups/g"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
GUID = "0d9d3c7a-3a6c-5f0e-8a53-4d4b8a3e7a11"


@pytest.fixture
def group(azure: Provider) -> Made:
    return azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g", location="westeurope")


@pytest.fixture
def vnet(azure: Provider, group: Made) -> Made:
    return azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    )


@pytest.fixture
def nsg(azure: Provider, group: Made) -> Made:
    return azure.create(tokens.NSG, resourceGroupName="g", networkSecurityGroupName="n")


def subnet(azure: Provider, name: str = "s", **inputs: Any) -> Made:
    base = {
        "resourceGroupName": "g",
        "virtualNetworkName": "v",
        "subnetName": name,
        "addressPrefix": "10.0.0.0/24",
    }
    return azure.create(tokens.AZURE_SUBNET, **{**base, **inputs})


def rule(azure: Provider, name: str = "r", **inputs: Any) -> Made:
    base = {
        "resourceGroupName": "g",
        "networkSecurityGroupName": "n",
        "securityRuleName": name,
        "access": "Allow",
        "direction": "Inbound",
        "protocol": "Tcp",
        "priority": 100,
        "sourceAddressPrefix": "10.64.0.0/16",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
    }
    given = {key: value for key, value in {**base, **inputs}.items() if value is not None}
    return azure.create(tokens.SECURITY_RULE, **given)


# Networks


def test_ids_are_arm_ids(azure: Provider, group: Made, vnet: Made, nsg: Made) -> None:
    assert group.id == GROUP
    assert vnet.id == f"{NETWORK}/virtualNetworks/v"
    assert subnet(azure).id == f"{vnet.id}/subnets/s"
    assert rule(azure).id == f"{NETWORK}/networkSecurityGroups/n/securityRules/r"
    assert (vnet["name"], vnet["type"]) == ("v", "Microsoft.Network/virtualNetworks")


def test_the_parts_of_an_id_are_no_outputs(vnet: Made) -> None:
    assert {"resourceGroupName", "virtualNetworkName"}.isdisjoint(vnet.outputs)


def test_a_resource_takes_the_location_of_the_provider_or_else_its_group(vnet: Made) -> None:
    assert vnet["location"] == "westeurope"


def test_an_unknown_location_is_refused(azure: Provider) -> None:
    with pytest.raises(Refused, match="LocationNotAvailableForResourceGroup"):
        azure.create(tokens.RESOURCE_GROUP, location="westeuropa")


def test_a_missing_group_is_refused(azure: Provider) -> None:
    with pytest.raises(Refused, match='Status=404 Code="ResourceGroupNotFound"'):
        azure.create(tokens.NSG, resourceGroupName="g")


def test_an_object_that_is_there_is_never_taken_over(azure: Provider, vnet: Made) -> None:
    with pytest.raises(Refused, match="cannot create already existing resource"):
        azure.create(tokens.VNET, **vnet.program)


def test_a_bad_name_is_refused(azure: Provider, group: Made) -> None:
    with pytest.raises(Refused, match="InvalidResourceName"):
        azure.create(tokens.NSG, resourceGroupName="g", networkSecurityGroupName="a b")


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.0.0.0/33", "InvalidAddressPrefixFormat"),
        ("ten", "InvalidAddressPrefixFormat"),
        ("10.0.0.1/16", "InvalidCIDRNotation"),
    ],
)
def test_a_prefix_is_well_formed(azure: Provider, group: Made, prefix: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        azure.create(tokens.VNET, resourceGroupName="g", addressSpace={"addressPrefixes": [prefix]})


def test_the_prefixes_of_a_network_do_not_overlap(azure: Provider, vnet: Made) -> None:
    overlapping = {"addressPrefixes": ["10.0.0.0/16", "10.0.128.0/20"]}
    message = r"NetcfgInvalidVirtualNetworkSite.*10\.0\.128\.0/20 overlaps 10\.0\.0\.0/16"
    with pytest.raises(Refused, match=message):
        azure.create(
            tokens.VNET, resourceGroupName="g", virtualNetworkName="w", addressSpace=overlapping
        )
    with pytest.raises(Refused, match=message):
        azure.update(vnet, addressSpace=overlapping)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"addressPrefix": "10.1.0.0/24"}, "NetcfgSubnetRangeOutsideVnet"),
        ({"addressPrefix": "10.0.0.128/25"}, "NetcfgSubnetRangesOverlap"),
        ({"addressPrefix": "10.0.1.0/30"}, "NetcfgInvalidSubnet"),
        ({"virtualNetworkName": "other"}, "ParentResourceNotFound"),
        ({"networkSecurityGroup": {"id": f"{NETWORK}/x"}}, "InvalidResourceReference"),
        ({"routeTable": {"id": f"{NETWORK}/x"}}, "InvalidResourceReference"),
    ],
)
def test_a_subnet_fits_its_network(
    azure: Provider, vnet: Made, change: dict[str, Any], code: str
) -> None:
    subnet(azure, "first")
    with pytest.raises(Refused, match=code):
        subnet(azure, "second", **{"addressPrefix": "10.0.1.0/24", **change})


def test_a_subnet_refers_to_its_own_location_only(azure: Provider, vnet: Made, group: Made) -> None:
    far = azure.create(tokens.NSG, resourceGroupName="g", location="uksouth")
    with pytest.raises(Refused, match="InvalidResourceReference"):
        subnet(azure, networkSecurityGroup={"id": far.id})


def test_an_address_space_cannot_shrink_under_its_subnets(azure: Provider, vnet: Made) -> None:
    subnet(azure)
    with pytest.raises(Refused, match="NetcfgSubnetRangeOutsideVnet"):
        azure.update(vnet, addressSpace={"addressPrefixes": ["10.0.128.0/17"]})


def test_a_security_group_in_use_stays(azure: Provider, vnet: Made, nsg: Made) -> None:
    user = subnet(azure, networkSecurityGroup={"id": nsg.id})
    with pytest.raises(Refused, match=f"InUseNetworkSecurityGroupCannotBeDeleted.*{user.id}"):
        azure.delete(nsg)
    azure.delete(user)
    azure.delete(nsg)


def test_a_route_table_in_use_stays(azure: Provider, vnet: Made) -> None:
    table = azure.create(tokens.AZURE_ROUTE_TABLE, resourceGroupName="g", routeTableName="t")
    user = subnet(azure, routeTable={"id": table.id})
    with pytest.raises(Refused, match="InUseRouteTableCannotBeDeleted"):
        azure.delete(table)
    azure.update(user, routeTable=None)
    azure.delete(table)


def test_a_hop_through_an_appliance_needs_its_address(azure: Provider, group: Made) -> None:
    route = {"name": "r", "addressPrefix": "10.0.0.0/8", "nextHopType": "VirtualAppliance"}
    with pytest.raises(Refused, match="nextHopIpAddress"):
        azure.create(tokens.AZURE_ROUTE_TABLE, resourceGroupName="g", routes=[route])


def test_priorities_are_in_range_and_taken_once_per_direction(azure: Provider, nsg: Made) -> None:
    rule(azure, "first")
    with pytest.raises(Refused, match="SecurityRuleInvalidPriority"):
        rule(azure, "low", priority=99)
    with pytest.raises(Refused, match="SecurityRuleConflict"):
        rule(azure, "same")
    rule(azure, "out", direction="Outbound")


def test_a_priority_is_100_to_4096(azure: Provider, nsg: Made) -> None:
    for priority in (0, 99, 4097):
        with pytest.raises(Refused, match=f"SecurityRuleInvalidPriority.*{priority}"):
            rule(azure, priority=priority)
    rule(azure, "first", priority=100)
    last = rule(azure, "last", priority=4096)
    with pytest.raises(Refused, match="SecurityRuleConflict"):
        azure.update(last, priority=100)


def test_a_protocol_is_one_of_azures(azure: Provider, nsg: Made) -> None:
    with pytest.raises(Failed, match="expected protocol to be one of"):
        rule(azure, protocol="Sctp")


@pytest.mark.parametrize("prop", ["sourcePortRange", "destinationPortRange"])
@pytest.mark.parametrize("ports", ["http", "80,443", "65536", "443-80", "-1", "1-", "443 "])
def test_a_port_range_is_a_port_or_two_in_order(
    azure: Provider, nsg: Made, prop: str, ports: str
) -> None:
    message = f"SecurityRuleInvalidPortRange.*Value provided: {re.escape(ports)}\\."
    with pytest.raises(Refused, match=message):
        rule(azure, **{prop: ports})
    with pytest.raises(Refused, match=message):
        rule(azure, **dict[str, Any]({prop: None, f"{prop}s": ["443", ports]}))


@pytest.mark.parametrize("ports", ["*", "0", "65535", "0-65535", "80-80"])
def test_these_are_port_ranges(azure: Provider, nsg: Made, ports: str) -> None:
    assert rule(azure, destinationPortRange=ports)["destinationPortRange"] == ports


@pytest.mark.parametrize("prefix", ["10.0.0.0/33", "10.0.0.256", "10.0.0.4/24", "2001:db8::/129"])
def test_an_address_prefix_of_a_rule_is_well_formed(
    azure: Provider, nsg: Made, prefix: str
) -> None:
    message = f"SecurityRuleInvalidAddressPrefix.*Value provided: {prefix}"
    with pytest.raises(Refused, match=message):
        rule(azure, sourceAddressPrefix=prefix)
    with pytest.raises(Refused, match=message):
        rule(azure, sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", prefix])


def test_a_list_of_prefixes_holds_no_service_tags(azure: Provider, nsg: Made) -> None:
    for tag in ("*", "VirtualNetwork", "AzureContainerRegistry"):
        with pytest.raises(Refused, match="SecurityRuleParameterContainsUnsupportedValue"):
            rule(azure, sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", tag])
    rule(azure, sourceAddressPrefix="VirtualNetwork")


def test_an_inline_rule_keeps_the_same_rules(azure: Provider, group: Made) -> None:
    inline = {
        "name": "inline",
        "access": "Allow",
        "direction": "Inbound",
        "protocol": "Tcp",
        "priority": 100,
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "http",
    }
    with pytest.raises(Refused, match="SecurityRuleInvalidPortRange"):
        azure.create(tokens.NSG, resourceGroupName="g", securityRules=[inline])


def test_an_inline_rule_takes_a_priority_too(azure: Provider, group: Made) -> None:
    inline = {
        "name": "inline",
        "access": "Deny",
        "direction": "Inbound",
        "protocol": "*",
        "priority": 100,
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    azure.create(
        tokens.NSG,
        resourceGroupName="g",
        networkSecurityGroupName="n",
        securityRules=[inline],
    )
    with pytest.raises(Refused, match="SecurityRuleConflict"):
        rule(azure)


def test_a_rule_says_both_addresses_and_both_ports(azure: Provider, nsg: Made) -> None:
    with pytest.raises(Refused, match="must specify sourcePortRange or sourcePortRanges"):
        rule(azure, sourcePortRange="")


def test_a_group_takes_what_is_in_it_along(
    azure: Provider, group: Made, vnet: Made, nsg: Made, store: Store
) -> None:
    subnet(azure, networkSecurityGroup={"id": nsg.id})
    rule(azure)
    azure.delete(group)
    assert store.everything() == {}


# Virtual WAN


def hub(azure: Provider, wan: Made, name: str, prefix: str) -> Made:
    return azure.create(
        tokens.VIRTUAL_HUB,
        resourceGroupName="g",
        virtualHubName=name,
        virtualWan={"id": wan.id},
        addressPrefix=prefix,
    )


def test_hubs_of_a_wan_are_large_enough_and_apart(azure: Provider, group: Made) -> None:
    wan = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")
    assert wan.id == f"{NETWORK}/virtualWans/w"
    first = hub(azure, wan, "a", "10.0.0.0/23")
    with pytest.raises(Refused, match="smaller than a /24"):
        hub(azure, wan, "b", "10.0.2.0/25")
    with pytest.raises(Refused, match="overlaps"):
        hub(azure, wan, "b", "10.0.1.0/24")
    with pytest.raises(Refused, match="InUseVirtualWanCannotBeDeleted"):
        azure.delete(wan)
    azure.delete(first)
    azure.delete(wan)


# Authorization


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


def test_the_caller_is_in_the_customers_tenant(azure: Provider) -> None:
    caller = azure.invoke("azure-native:authorization:getClientConfig")
    assert caller["tenantId"] == CUSTOMER_AZURE_TENANT
    assert caller["subscriptionId"] == CUSTOMER_AZURE_SUBSCRIPTION
