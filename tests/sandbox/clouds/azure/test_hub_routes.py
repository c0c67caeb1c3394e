"""Route tables of virtual hubs, BGP peers, firewalls and routing intent, with what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused

APPLIANCE = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkVirtualAppliances/a"
)


@pytest.fixture
def hub(azure: Provider, group: Made) -> Made:
    return hub_of(azure, "h", "10.9.0.0/23")


def hub_of(azure: Provider, name: str, prefix: str) -> Made:
    wan = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName=f"{name}-wan")
    return azure.create(
        tokens.VIRTUAL_HUB,
        resourceGroupName="g",
        virtualHubName=name,
        virtualWan={"id": wan.id},
        addressPrefix=prefix,
    )


def table(azure: Provider, name: str = "t", hub: str = "h", **inputs: Any) -> Made:
    names = {"resourceGroupName": "g", "virtualHubName": hub, "routeTableName": name}
    return azure.create(tokens.HUB_ROUTE_TABLE, **names, **inputs)


def connected(azure: Provider, vnet: Made, **inputs: Any) -> Made:
    return azure.create(
        tokens.HUB_CONNECTION,
        resourceGroupName="g",
        virtualHubName="h",
        connectionName="c",
        remoteVirtualNetwork={"id": vnet.id},
        **inputs,
    )


def firewall(azure: Provider, hub: Made, name: str = "f", **inputs: Any) -> Made:
    base = {"sku": {"name": "AZFW_Hub", "tier": "Standard"}, "virtualHub": {"id": hub.id}}
    names = {"resourceGroupName": "g", "azureFirewallName": name}
    return azure.create(tokens.AZURE_FIREWALL, **names, **{**base, **inputs})


def intent(azure: Provider, next_hop: str, name: str = "i") -> Made:
    return azure.create(
        tokens.ROUTING_INTENT,
        resourceGroupName="g",
        virtualHubName="h",
        routingIntentName=name,
        routingPolicies=[
            {"name": "private", "destinations": ["PrivateTraffic"], "nextHop": next_hop}
        ],
    )


@pytest.mark.parametrize("name", ["defaultRouteTable", "noneRouteTable"])
def test_the_tables_that_each_hub_has_are_not_created(
    azure: Provider, hub: Made, name: str
) -> None:
    with pytest.raises(Refused, match="already existing resource"):
        table(azure, name)


def test_a_table_lists_its_connections(azure: Provider, hub: Made, vnet: Made) -> None:
    made = table(azure, labels=["shop"])
    uses = {"associatedRouteTable": {"id": made.id}, "propagatedRouteTables": {"labels": ["shop"]}}
    connection = connected(azure, vnet, routingConfiguration=uses)
    read = azure.read(made)
    assert read is not None
    assert read["associatedConnections"] == [connection.id]
    with pytest.raises(Refused, match="InUseHubRouteTableCannotBeDeleted"):
        azure.delete(made)
    default = {"associatedRouteTable": {"id": f"{hub.id}/hubRouteTables/defaultRouteTable"}}
    azure.update(connection, routingConfiguration=default)
    azure.delete(made)


def test_a_connection_uses_a_table_of_its_own_hub(azure: Provider, hub: Made, vnet: Made) -> None:
    hub_of(azure, "other", "10.8.0.0/23")
    foreign = table(azure, hub="other")
    with pytest.raises(Refused, match="is of another virtual hub"):
        connected(azure, vnet, routingConfiguration={"associatedRouteTable": {"id": foreign.id}})


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"peerIp": "10.77.0.4", "peerAsn": 64999}, "is not in the virtual network"),
        ({"peerIp": "10.0.0.4", "peerAsn": 65515}, "reserve"),
        ({"peerIp": "10.0.0.4"}, "needs a hubVirtualNetworkConnection"),
    ],
)
def test_a_bgp_peer_is_in_the_connected_network(
    azure: Provider, hub: Made, vnet: Made, inputs: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        azure.create(
            tokens.HUB_BGP_CONNECTION,
            resourceGroupName="g",
            virtualHubName="h",
            connectionName="b",
            hubVirtualNetworkConnection={"id": connected(azure, vnet).id},
            **inputs,
        )


def test_routing_intent_and_custom_tables_exclude_each_other(azure: Provider, hub: Made) -> None:
    first = table(azure)
    wall = firewall(azure, hub)
    with pytest.raises(Refused, match="has the custom route table"):
        intent(azure, wall.id)
    azure.delete(first)
    made = intent(azure, wall.id)
    with pytest.raises(Refused, match="has no custom route tables"):
        table(azure)
    with pytest.raises(Refused, match="InUseAzureFirewallCannotBeDeleted"):
        azure.delete(wall)
    with pytest.raises(Refused, match="has the routing intent"):
        intent(azure, wall.id, "second")
    azure.delete(made)
    azure.delete(wall)


def test_the_next_hop_of_routing_intent_is_in_its_hub(azure: Provider, hub: Made) -> None:
    elsewhere = firewall(azure, hub_of(azure, "other", "10.8.0.0/23"))
    with pytest.raises(Refused, match="is not an Azure Firewall or a network virtual appliance"):
        intent(azure, elsewhere.id)
    with pytest.raises(Refused, match="is not an Azure Firewall or a network virtual appliance"):
        intent(azure, hub.id)
    intent(azure, APPLIANCE)


def test_a_hub_has_one_firewall_whose_policy_is_not_of_a_higher_tier(
    azure: Provider, hub: Made
) -> None:
    premium = azure.create(
        tokens.AZURE_FIREWALL_POLICY,
        resourceGroupName="g",
        firewallPolicyName="p",
        sku={"tier": "Premium"},
    )
    with pytest.raises(Refused, match="of tier Premium cannot be used"):
        firewall(azure, hub, firewallPolicy={"id": premium.id})
    sku = {"name": "AZFW_Hub", "tier": "Premium"}
    made = firewall(azure, hub, sku=sku, firewallPolicy={"id": premium.id})
    assert made["hubIPAddresses"]["privateIPAddress"].startswith("10.9.0.")
    read = azure.read(premium)
    assert read is not None
    assert read["firewalls"] == [{"id": made.id}]
    with pytest.raises(Refused, match="has the firewall"):
        firewall(azure, hub, "second")
    with pytest.raises(Refused, match="InUseFirewallPolicyCannotBeDeleted"):
        azure.delete(premium)


def test_intrusion_detection_is_of_the_premium_tier(azure: Provider, group: Made) -> None:
    with pytest.raises(Refused, match="needs the tier Premium, not Standard"):
        azure.create(
            tokens.AZURE_FIREWALL_POLICY,
            resourceGroupName="g",
            firewallPolicyName="p",
            sku={"tier": "Standard"},
            intrusionDetection={"mode": "Deny"},
        )


RULE = {
    "ruleType": "NetworkRule",
    "name": "r",
    "ipProtocols": ["TCP"],
    "sourceAddresses": ["10.0.0.0/8"],
    "destinationAddresses": ["*"],
    "destinationPorts": ["443"],
}


@pytest.mark.parametrize(
    ("rule", "collection", "reason"),
    [
        ({"destinationPorts": []}, {}, "Rule r .* needs destinationPorts"),
        ({"sourceAddresses": ["10.0.0.1/8"]}, {}, "is not valid"),
        ({"ipProtocols": ["tcp"]}, {}, "protocol tcp"),
        ({}, {"priority": 99}, "must be from 100 to 65000"),
        ({}, {"action": {}}, "needs an action"),
    ],
)
def test_the_rules_of_a_firewall_policy_are_complete(
    azure: Provider, group: Made, rule: dict[str, Any], collection: dict[str, Any], reason: str
) -> None:
    azure.create(tokens.AZURE_FIREWALL_POLICY, resourceGroupName="g", firewallPolicyName="p")
    made = {
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
        "name": "c",
        "priority": 100,
        "action": {"type": "Allow"},
        "rules": [{**RULE, **rule}],
    }
    with pytest.raises(Refused, match=reason):
        azure.create(
            tokens.RULE_COLLECTION_GROUP,
            resourceGroupName="g",
            firewallPolicyName="p",
            ruleCollectionGroupName="g",
            priority=100,
            ruleCollections=[{**made, **collection}],
        )
