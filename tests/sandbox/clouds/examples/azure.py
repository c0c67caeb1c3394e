"""Example objects of Azure, in two subscriptions of the customer."""

from __future__ import annotations

from sandbox.accounts import CUSTOMER_AZURE_SUBSCRIPTION, KONG_AZURE_PRINCIPAL
from sandbox.clouds.azure import AZURE
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.examples.model import Example, Examples, Of

OTHER_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000eeee"
THIRD_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000ffff"

GROUP = {"resourceGroupName": Of("group", "name")}
NETWORK = {**GROUP, "virtualNetworkName": Of("network", "name")}
ZONE = {**GROUP, "privateZoneName": Of("zone", "name")}
RULE = {
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "priority": 100,
    "sourceAddressPrefix": "*",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "*",
    "destinationPortRange": "443",
}

EXAMPLES = {
    "group": Example(tokens.RESOURCE_GROUP, {"resourceGroupName": "g", "location": "westeurope"}),
    "other group": Example(tokens.RESOURCE_GROUP, {"resourceGroupName": "g"}, by_other=True),
    # Networks
    "security group": Example(tokens.NSG, {**GROUP, "networkSecurityGroupName": "n"}),
    "rule": Example(
        tokens.SECURITY_RULE,
        {
            **GROUP,
            "networkSecurityGroupName": Of("security group", "name"),
            "securityRuleName": "r",
            **RULE,
        },
    ),
    "route table": Example(tokens.AZURE_ROUTE_TABLE, {**GROUP, "routeTableName": "t"}),
    "network": Example(
        tokens.VNET,
        {
            **GROUP,
            "virtualNetworkName": "v",
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        },
    ),
    "other network": Example(
        tokens.VNET,
        {
            "resourceGroupName": Of("other group", "name"),
            "virtualNetworkName": "v",
            "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
        },
        by_other=True,
    ),
    "subnet": Example(
        tokens.AZURE_SUBNET,
        {
            **NETWORK,
            "subnetName": "s",
            "addressPrefix": "10.0.0.0/24",
            "networkSecurityGroup": {"id": Of("security group")},
            "routeTable": {"id": Of("route table")},
        },
    ),
    "peering": Example(
        tokens.VNET_PEERING,
        {
            **NETWORK,
            "virtualNetworkPeeringName": "p",
            "remoteVirtualNetwork": {"id": Of("other network")},
        },
    ),
    # Virtual WAN
    "wan": Example(tokens.VIRTUAL_WAN, {**GROUP, "virtualWANName": "w"}),
    "hub": Example(
        tokens.VIRTUAL_HUB,
        {
            **GROUP,
            "virtualHubName": "h",
            "addressPrefix": "10.2.0.0/23",
            "virtualWan": {"id": Of("wan")},
        },
    ),
    "connection": Example(
        tokens.HUB_CONNECTION,
        {
            **GROUP,
            "virtualHubName": Of("hub", "name"),
            "connectionName": "c",
            "remoteVirtualNetwork": {"id": Of("other network")},
        },
    ),
    # Private DNS
    "zone": Example(
        tokens.PRIVATE_ZONE, {**GROUP, "privateZoneName": "acme.internal", "location": "global"}
    ),
    "link": Example(
        tokens.VNET_LINK,
        {
            **ZONE,
            "virtualNetworkLinkName": "l",
            "location": "global",
            "virtualNetwork": {"id": Of("other network")},
        },
    ),
    "record set": Example(
        tokens.RECORD_SET,
        {
            **ZONE,
            "relativeRecordSetName": "api",
            "recordType": "A",
            "ttl": 300,
            "aRecords": [{"ipv4Address": "10.0.0.4"}],
        },
    ),
    # Authorization
    "role": Example(
        tokens.ROLE_DEFINITION,
        {
            "scope": Of("group"),
            "roleName": "Peering Creator",
            "assignableScopes": [f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}"],
            "permissions": [{"actions": ["Microsoft.Network/*"]}],
        },
    ),
    "assignment": Example(
        tokens.ROLE_ASSIGNMENT,
        {
            "scope": Of("network"),
            "roleDefinitionId": Of("role"),
            "principalId": KONG_AZURE_PRINCIPAL,
            "principalType": "ServicePrincipal",
        },
    ),
}
_WITH_OTHERS = (
    tokens.VIRTUAL_HUB,
    tokens.SECURITY_RULE,
    tokens.AZURE_SUBNET,
    tokens.VNET_PEERING,
    tokens.HUB_CONNECTION,
    tokens.VNET_LINK,
    tokens.RECORD_SET,
)

AZURE_EXAMPLES = Examples(
    cloud=AZURE,
    own={"location": "westeurope"},
    other={"location": "westeurope", "subscriptionId": OTHER_SUBSCRIPTION},
    third={"location": "westeurope", "subscriptionId": THIRD_SUBSCRIPTION},
    examples=EXAMPLES,
    third_tenant={
        # The name is also that of the own group, which their other references are in.
        **{(token, "resourceGroupName"): None for token in _WITH_OTHERS},
        (tokens.VNET_PEERING, "remoteVirtualNetwork.id"): None,
        (tokens.HUB_CONNECTION, "remoteVirtualNetwork.id"): None,
        (tokens.VNET_LINK, "virtualNetwork.id"): None,
        (tokens.ROLE_DEFINITION, "scope"): None,
        (
            tokens.ROLE_ASSIGNMENT,
            "scope",
        ): "RoleAssignmentScopeNotAssignableToRoleDefinition",
        (tokens.ROLE_ASSIGNMENT, "roleDefinitionId"): None,
    },
)
