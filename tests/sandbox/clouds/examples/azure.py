"""Example objects of Azure, in two subscriptions of the customer."""

from __future__ import annotations

from sandbox.accounts import CUSTOMER_AZURE_SUBSCRIPTION, KONG_AZURE_PRINCIPAL
from sandbox.clouds.azure import AZURE
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.examples.model import Example, Examples, Of
from tests.sandbox.clouds.harness import Made

OTHER_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000eeee"
THIRD_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000ffff"

_PARTS = (
    f"/subscriptions/{CUSTOMER_AZURE_SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Network"
    "/applicationGateways/a"
)
GROUP = {"resourceGroupName": Of("group", "name")}
HUB = {**GROUP, "virtualHubName": Of("hub", "name")}
NETWORK = {**GROUP, "virtualNetworkName": Of("network", "name")}
REDIS = {**GROUP, "clusterName": Of("redis", "name")}
ZONE = {**GROUP, "privateZoneName": Of("zone", "name")}
DNS_ZONE = {**GROUP, "zoneName": Of("public zone", "name")}
TRAFFIC_PROFILE = {**GROUP, "profileName": Of("traffic profile", "name")}
FRONT_DOOR = {**GROUP, "profileName": Of("front door", "name")}
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


def _default_table(hub: Made) -> str:
    """The id of the default route table of a virtual hub."""
    return f"{hub.id}/hubRouteTables/defaultRouteTable"


def _first_link(site: Made) -> str:
    """The id of the first link of a VPN site."""
    return str(site["vpnSiteLinks"][0]["id"])


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
    # Application Gateway
    "public address": Example(
        tokens.PUBLIC_ADDRESS,
        {
            **GROUP,
            "publicIpAddressName": "p",
            "sku": {"name": "Standard"},
            "publicIPAllocationMethod": "Static",
        },
    ),
    "firewall policy": Example(
        tokens.FIREWALL_POLICY,
        {
            **GROUP,
            "policyName": "w",
            "managedRules": {
                "managedRuleSets": [{"ruleSetType": "OWASP", "ruleSetVersion": "3.2"}]
            },
        },
    ),
    "gateway subnet": Example(
        tokens.AZURE_SUBNET, {**NETWORK, "subnetName": "gateway", "addressPrefix": "10.0.1.0/24"}
    ),
    "application gateway": Example(
        tokens.APPLICATION_GATEWAY,
        {
            **GROUP,
            "applicationGatewayName": "a",
            "sku": {"name": "WAF_v2", "tier": "WAF_v2", "capacity": 2},
            "firewallPolicy": {"id": Of("firewall policy")},
            "gatewayIPConfigurations": [{"name": "g", "subnet": {"id": Of("gateway subnet")}}],
            "frontendIPConfigurations": [
                {"name": "public", "publicIPAddress": {"id": Of("public address")}},
                {
                    "name": "private",
                    "subnet": {"id": Of("gateway subnet")},
                    "privateIPAddress": "10.0.1.10",
                    "privateIPAllocationMethod": "Static",
                },
            ],
            "frontendPorts": [{"name": "http", "port": 80}],
            "backendAddressPools": [
                {"name": "gateway", "backendAddresses": [{"ipAddress": "10.64.0.4"}]}
            ],
            "backendHttpSettingsCollection": [{"name": "https", "port": 443, "protocol": "Https"}],
            "httpListeners": [
                {
                    "name": "http",
                    "protocol": "Http",
                    "frontendIPConfiguration": {"id": f"{_PARTS}/frontendIPConfigurations/private"},
                    "frontendPort": {"id": f"{_PARTS}/frontendPorts/http"},
                }
            ],
            "requestRoutingRules": [
                {
                    "name": "all",
                    "ruleType": "Basic",
                    "priority": 100,
                    "httpListener": {"id": f"{_PARTS}/httpListeners/http"},
                    "backendAddressPool": {"id": f"{_PARTS}/backendAddressPools/gateway"},
                    "backendHttpSettings": {"id": f"{_PARTS}/backendHttpSettingsCollection/https"},
                }
            ],
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
    "hub network": Example(
        tokens.VNET,
        {
            **GROUP,
            "virtualNetworkName": "hub-network",
            "addressSpace": {"addressPrefixes": ["10.3.0.0/16"]},
        },
    ),
    "own connection": Example(
        tokens.HUB_CONNECTION,
        {**HUB, "connectionName": "own", "remoteVirtualNetwork": {"id": Of("hub network")}},
    ),
    "route table of the hub": Example(
        tokens.HUB_ROUTE_TABLE,
        {
            **HUB,
            "routeTableName": "shop",
            "labels": ["shop"],
            "routes": [
                {
                    "name": "to-network",
                    "destinationType": "CIDR",
                    "destinations": ["10.3.0.0/16"],
                    "nextHopType": "ResourceId",
                    "nextHop": Of("own connection"),
                }
            ],
        },
    ),
    "routed connection": Example(
        tokens.HUB_CONNECTION,
        {
            **HUB,
            "connectionName": "routed",
            "remoteVirtualNetwork": {"id": Of("network")},
            "routingConfiguration": {
                "associatedRouteTable": {"id": Of("route table of the hub")},
                "propagatedRouteTables": {
                    "ids": [{"id": Of("route table of the hub")}],
                    "labels": ["default", "shop"],
                },
            },
        },
    ),
    "bgp connection": Example(
        tokens.HUB_BGP_CONNECTION,
        {
            **HUB,
            "connectionName": "appliance",
            "hubVirtualNetworkConnection": {"id": Of("own connection")},
            "peerAsn": 64999,
            "peerIp": "10.3.0.4",
        },
    ),
    "vpn gateway": Example(
        tokens.AZURE_VPN_GATEWAY,
        {
            **GROUP,
            "gatewayName": "v",
            "virtualHub": {"id": Of("hub")},
            "bgpSettings": {
                "bgpPeeringAddresses": [
                    {"ipconfigurationId": "Instance0", "customBgpIpAddresses": ["169.254.21.2"]},
                    {"ipconfigurationId": "Instance1", "customBgpIpAddresses": ["169.254.22.2"]},
                ]
            },
        },
    ),
    "vpn site": Example(
        tokens.VPN_SITE,
        {
            **GROUP,
            "vpnSiteName": "s",
            "virtualWan": {"id": Of("wan")},
            "vpnSiteLinks": [
                {
                    "name": "0",
                    "ipAddress": "52.1.2.3",
                    "bgpProperties": {"asn": 64513, "bgpPeeringAddress": "169.254.21.1"},
                }
            ],
        },
    ),
    "vpn connection": Example(
        tokens.AZURE_VPN_CONNECTION,
        {
            **GROUP,
            "gatewayName": Of("vpn gateway", "name"),
            "connectionName": "c",
            "remoteVpnSite": {"id": Of("vpn site")},
            "routingConfiguration": {
                "associatedRouteTable": {"id": Of("hub", _default_table)},
                "propagatedRouteTables": {"ids": [{"id": Of("route table of the hub")}]},
            },
            "vpnLinkConnections": [
                {
                    "name": "0",
                    "vpnSiteLink": {"id": Of("vpn site", _first_link)},
                    "sharedKey": "a-key-of-the-tunnel",
                    "enableBgp": True,
                    "vpnConnectionProtocolType": "IKEv2",
                    "vpnGatewayCustomBgpAddresses": [
                        {"ipConfigurationId": "Instance0", "customBgpIpAddress": "169.254.21.2"},
                        {"ipConfigurationId": "Instance1", "customBgpIpAddress": "169.254.22.2"},
                    ],
                }
            ],
        },
    ),
    # Azure Firewall
    "inspected hub": Example(
        tokens.VIRTUAL_HUB,
        {
            **GROUP,
            "virtualHubName": "inspected",
            "addressPrefix": "10.2.2.0/23",
            "virtualWan": {"id": Of("wan")},
        },
    ),
    "network firewall policy": Example(
        tokens.AZURE_FIREWALL_POLICY,
        {**GROUP, "firewallPolicyName": "p", "sku": {"tier": "Standard"}},
    ),
    "rule collection group": Example(
        tokens.RULE_COLLECTION_GROUP,
        {
            **GROUP,
            "firewallPolicyName": Of("network firewall policy", "name"),
            "ruleCollectionGroupName": "g",
            "priority": 100,
            "ruleCollections": [
                {
                    "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
                    "name": "allow",
                    "priority": 100,
                    "action": {"type": "Allow"},
                    "rules": [
                        {
                            "ruleType": "NetworkRule",
                            "name": "gateways",
                            "ipProtocols": ["TCP"],
                            "sourceAddresses": ["10.64.0.0/16"],
                            "destinationAddresses": ["10.1.0.0/16"],
                            "destinationPorts": ["443"],
                        }
                    ],
                }
            ],
        },
    ),
    "azure firewall": Example(
        tokens.AZURE_FIREWALL,
        {
            **GROUP,
            "azureFirewallName": "f",
            "sku": {"name": "AZFW_Hub", "tier": "Standard"},
            "virtualHub": {"id": Of("inspected hub")},
            "firewallPolicy": {"id": Of("network firewall policy")},
            "hubIPAddresses": {"publicIPs": {"count": 1}},
        },
    ),
    "routing intent": Example(
        tokens.ROUTING_INTENT,
        {
            **GROUP,
            "virtualHubName": Of("inspected hub", "name"),
            "routingIntentName": "i",
            "routingPolicies": [
                {
                    "name": "private",
                    "destinations": ["PrivateTraffic"],
                    "nextHop": Of("azure firewall"),
                }
            ],
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
    # Azure Managed Redis
    "redis": Example(
        tokens.REDIS_CLUSTER,
        {
            **GROUP,
            "clusterName": "r",
            "sku": {"name": "Balanced_B1"},
            "publicNetworkAccess": "Disabled",
        },
    ),
    "redis database": Example(tokens.REDIS_DATABASE, {**REDIS, "databaseName": "default"}),
    "redis user": Example(
        tokens.REDIS_ASSIGNMENT,
        {
            **REDIS,
            "databaseName": Of("redis database", "name"),
            "accessPolicyAssignmentName": "kong",
            "accessPolicyName": "default",
            "user": {"objectId": KONG_AZURE_PRINCIPAL},
        },
    ),
    "private endpoint": Example(
        tokens.PRIVATE_ENDPOINT,
        {
            **GROUP,
            "privateEndpointName": "e",
            "subnet": {"id": Of("subnet")},
            "privateLinkServiceConnections": [
                {
                    "name": "redis",
                    "privateLinkServiceId": Of("redis"),
                    "groupIds": ["redisEnterprise"],
                }
            ],
        },
    ),
    "private zone group": Example(
        tokens.PRIVATE_ZONE_GROUP,
        {
            **GROUP,
            "privateEndpointName": Of("private endpoint", "name"),
            "privateDnsZoneGroupName": "redis",
            "privateDnsZoneConfigs": [{"name": "redis", "privateDnsZoneId": Of("zone")}],
        },
    ),
    # DNS resolvers
    "resolver": Example(
        tokens.DNS_RESOLVER,
        {**GROUP, "dnsResolverName": "d", "virtualNetwork": {"id": Of("network")}},
    ),
    "resolver subnet": Example(
        tokens.AZURE_SUBNET,
        {
            **NETWORK,
            "subnetName": "dns",
            "addressPrefix": "10.0.200.0/28",
            "delegations": [{"name": "d", "serviceName": "Microsoft.Network/dnsResolvers"}],
        },
    ),
    "inbound endpoint": Example(
        tokens.DNS_INBOUND_ENDPOINT,
        {
            **GROUP,
            "dnsResolverName": Of("resolver", "name"),
            "inboundEndpointName": "in",
            "ipConfigurations": [{"subnet": {"id": Of("resolver subnet")}}],
        },
    ),
    # Public DNS
    "public zone": Example(
        tokens.DNS_ZONE, {**GROUP, "zoneName": "acme.example", "location": "global"}
    ),
    "public record set": Example(
        tokens.DNS_RECORD_SET,
        {
            **DNS_ZONE,
            "relativeRecordSetName": "api",
            "recordType": "CNAME",
            "ttl": 60,
            "cnameRecord": {"cname": "acme.trafficmanager.net"},
        },
    ),
    "alias": Example(
        tokens.DNS_RECORD_SET,
        {
            **DNS_ZONE,
            "relativeRecordSetName": "geo",
            "recordType": "CNAME",
            "ttl": 60,
            "targetResource": {"id": Of("traffic profile")},
        },
    ),
    # Traffic Manager
    "traffic profile": Example(
        tokens.TRAFFIC_PROFILE,
        {
            **GROUP,
            "profileName": "t",
            "location": "global",
            "trafficRoutingMethod": "Weighted",
            "dnsConfig": {"relativeName": "acme", "ttl": 30},
            "monitorConfig": {"protocol": "HTTPS", "port": 443, "path": "/health"},
        },
    ),
    "nested profile": Example(
        tokens.TRAFFIC_PROFILE,
        {
            **GROUP,
            "profileName": "nested",
            "location": "global",
            "trafficRoutingMethod": "Priority",
            "dnsConfig": {"relativeName": "acme-nested"},
            "monitorConfig": {"protocol": "TCP", "port": 443},
        },
    ),
    "endpoint": Example(
        tokens.TRAFFIC_ENDPOINT,
        {
            **TRAFFIC_PROFILE,
            "endpointName": "e",
            "endpointType": "ExternalEndpoints",
            "target": "gateway.example",
        },
    ),
    "nested endpoint": Example(
        tokens.TRAFFIC_ENDPOINT,
        {
            **TRAFFIC_PROFILE,
            "endpointName": "n",
            "endpointType": "NestedEndpoints",
            "targetResourceId": Of("nested profile"),
            "minChildEndpoints": 1,
        },
    ),
    # Front Door
    "front door": Example(
        tokens.FRONT_DOOR,
        {
            **GROUP,
            "profileName": "f",
            "location": "Global",
            "sku": {"name": "Premium_AzureFrontDoor"},
        },
    ),
    "front door endpoint": Example(
        tokens.FRONT_DOOR_ENDPOINT, {**FRONT_DOOR, "endpointName": "e", "location": "Global"}
    ),
    "origin group": Example(
        tokens.FRONT_DOOR_ORIGIN_GROUP,
        {
            **FRONT_DOOR,
            "originGroupName": "o",
            "loadBalancingSettings": {"sampleSize": 4, "successfulSamplesRequired": 3},
        },
    ),
    "origin": Example(
        tokens.FRONT_DOOR_ORIGIN,
        {
            **FRONT_DOOR,
            "originGroupName": Of("origin group", "name"),
            "originName": "o",
            "hostName": "gateway.example",
        },
    ),
    "front door domain": Example(
        tokens.FRONT_DOOR_DOMAIN,
        {
            **FRONT_DOOR,
            "customDomainName": "d",
            "hostName": "api.acme.example",
            "azureDnsZone": {"id": Of("public zone")},
            "tlsSettings": {"certificateType": "ManagedCertificate"},
        },
    ),
    "rule set": Example(tokens.FRONT_DOOR_RULE_SET, {**FRONT_DOOR, "ruleSetName": "r"}),
    "header rule": Example(
        tokens.FRONT_DOOR_RULE,
        {
            **FRONT_DOOR,
            "ruleSetName": Of("rule set", "name"),
            "ruleName": "h",
            "order": 1,
            "actions": [
                {
                    "name": "ModifyRequestHeader",
                    "parameters": {
                        "typeName": "DeliveryRuleHeaderActionParameters",
                        "headerAction": "Overwrite",
                        "headerName": "x-origin-verify",
                        "value": "secret",
                    },
                }
            ],
        },
    ),
    "front door route": Example(
        tokens.FRONT_DOOR_ROUTE,
        {
            **FRONT_DOOR,
            "endpointName": Of("front door endpoint", "name"),
            "routeName": "r",
            "originGroup": {"id": Of("origin group")},
            "customDomains": [{"id": Of("front door domain")}],
            "ruleSets": [{"id": Of("rule set")}],
        },
        after=("origin",),
    ),
    "front door waf": Example(
        tokens.FRONT_DOOR_WAF,
        {
            **GROUP,
            "policyName": "w",
            "location": "Global",
            "sku": {"name": "Premium_AzureFrontDoor"},
            "managedRules": {
                "managedRuleSets": [
                    {
                        "ruleSetType": "Microsoft_DefaultRuleSet",
                        "ruleSetVersion": "2.1",
                        "ruleSetAction": "Block",
                    }
                ]
            },
        },
    ),
    "security policy": Example(
        tokens.FRONT_DOOR_SECURITY,
        {
            **FRONT_DOOR,
            "securityPolicyName": "s",
            "parameters": {
                "type": "WebApplicationFirewall",
                "wafPolicy": {"id": Of("front door waf")},
                "associations": [{"domains": [{"id": Of("front door domain")}]}],
            },
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
    tokens.REDIS_DATABASE,
    tokens.REDIS_ASSIGNMENT,
    tokens.PRIVATE_ENDPOINT,
    tokens.PRIVATE_ZONE_GROUP,
    tokens.VIRTUAL_HUB,
    tokens.SECURITY_RULE,
    tokens.AZURE_SUBNET,
    tokens.VNET_PEERING,
    tokens.HUB_CONNECTION,
    tokens.HUB_ROUTE_TABLE,
    tokens.HUB_BGP_CONNECTION,
    tokens.ROUTING_INTENT,
    tokens.AZURE_VPN_GATEWAY,
    tokens.VPN_SITE,
    tokens.AZURE_VPN_CONNECTION,
    tokens.AZURE_FIREWALL,
    tokens.RULE_COLLECTION_GROUP,
    tokens.VNET_LINK,
    tokens.RECORD_SET,
    tokens.APPLICATION_GATEWAY,
    tokens.DNS_RESOLVER,
    tokens.DNS_INBOUND_ENDPOINT,
    tokens.DNS_RECORD_SET,
    tokens.TRAFFIC_ENDPOINT,
    tokens.FRONT_DOOR_ENDPOINT,
    tokens.FRONT_DOOR_ORIGIN_GROUP,
    tokens.FRONT_DOOR_ORIGIN,
    tokens.FRONT_DOOR_DOMAIN,
    tokens.FRONT_DOOR_RULE_SET,
    tokens.FRONT_DOOR_RULE,
    tokens.FRONT_DOOR_ROUTE,
    tokens.FRONT_DOOR_SECURITY,
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
        # The own table, connection or firewall is built, and with it the own hub.
        ("routed connection", "virtualHubName"): None,
        ("bgp connection", "virtualHubName"): None,
        (tokens.HUB_ROUTE_TABLE, "virtualHubName"): None,
        (tokens.ROUTING_INTENT, "virtualHubName"): None,
        (tokens.AZURE_FIREWALL, "firewallPolicy.id"): None,
        (tokens.VNET_PEERING, "remoteVirtualNetwork.id"): None,
        (tokens.HUB_CONNECTION, "remoteVirtualNetwork.id"): None,
        (tokens.VNET_LINK, "virtualNetwork.id"): None,
        (tokens.PRIVATE_ZONE_GROUP, "privateDnsZoneConfigs.privateDnsZoneId"): None,
        (tokens.DNS_RECORD_SET, "targetResource.id"): None,
        (tokens.TRAFFIC_ENDPOINT, "targetResourceId"): None,
        (tokens.REDIS_ASSIGNMENT, "clusterName"): None,
        (tokens.FRONT_DOOR_ORIGIN, "profileName"): None,
        (tokens.FRONT_DOOR_RULE, "profileName"): None,
        (tokens.FRONT_DOOR_ROUTE, "profileName"): None,
        (tokens.FRONT_DOOR_SECURITY, "profileName"): None,
        (tokens.FRONT_DOOR_DOMAIN, "azureDnsZone.id"): None,
        (tokens.ROLE_DEFINITION, "scope"): None,
        (
            tokens.ROLE_ASSIGNMENT,
            "scope",
        ): "RoleAssignmentScopeNotAssignableToRoleDefinition",
        (tokens.ROLE_ASSIGNMENT, "roleDefinitionId"): None,
    },
)
