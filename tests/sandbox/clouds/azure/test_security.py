"""Network security groups, their rules, and route tables, with Azure's codes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import rule, subnet
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


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
