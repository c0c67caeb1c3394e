"""Finds resources that may change what is reachable and that the graph does not contain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reachability import (
    aws,
    aws_firewalls,
    aws_hubs,
    azure,
    azure_hubs,
    azure_vpn,
    gcp,
    gcp_fabric,
    gcp_policies,
)
from reachability.elements import Element
from reachability.parts import element
from reachability.records import Records

_NETWORKING: Final = (
    "aws:ec2/",
    "aws:ec2transitgateway/",
    "aws:directconnect/",
    "aws:networkfirewall/",
    "aws:networkmanager/",
    "aws:vpc/",
    "azure-native:network:",
    "gcp:compute/",
    "gcp:networkconnectivity/",
    "gcp:networksecurity/",
)
"""Prefixes of the type tokens of networking."""

_READ: Final = frozenset(
    value
    for module in (
        aws,
        aws_firewalls,
        aws_hubs,
        azure,
        azure_hubs,
        azure_vpn,
        gcp,
        gcp_fabric,
        gcp_policies,
    )
    for value in vars(module).values()
    if isinstance(value, str) and value.count(":") >= 2
)
"""The types that the adapters read: they are constants of their modules."""

_HARMLESS: Final = frozenset(
    {
        "aws:ec2/eip:Eip",
        "aws:ec2/internetGateway:InternetGateway",
        "azure-native:network:ApplicationGateway",
        "azure-native:network:PrivateDnsZoneGroup",
        "azure-native:network:PrivateEndpoint",
        "azure-native:network:PublicIPAddress",
        "azure-native:network:VirtualWan",
        "azure-native:network:WebApplicationFirewallPolicy",
        "gcp:compute/address:Address",
        "gcp:compute/backendService:BackendService",
        "gcp:compute/globalAddress:GlobalAddress",
        "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        "gcp:compute/healthCheck:HealthCheck",
        "gcp:compute/managedSslCertificate:ManagedSslCertificate",
        "gcp:compute/networkEndpoint:NetworkEndpoint",
        "gcp:compute/globalNetworkEndpoint:GlobalNetworkEndpoint",
        "gcp:compute/globalNetworkEndpointGroup:GlobalNetworkEndpointGroup",
        "gcp:compute/networkEndpointGroup:NetworkEndpointGroup",
        "gcp:compute/regionNetworkEndpoint:RegionNetworkEndpoint",
        "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup",
        "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy",
        "gcp:compute/securityPolicy:SecurityPolicy",
        "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
        "gcp:compute/uRLMap:URLMap",
        # A rule of a firewall policy lets packets in, and these inspect them.
        "gcp:networksecurity/firewallEndpoint:FirewallEndpoint",
        "gcp:networksecurity/firewallEndpointAssociation:FirewallEndpointAssociation",
        "gcp:networksecurity/interceptEndpointGroupAssociation:InterceptEndpointGroupAssociation",
        "gcp:networksecurity/securityProfile:SecurityProfile",
        "gcp:networksecurity/securityProfileGroup:SecurityProfileGroup",
    }
)
"""Types that do not change where a gateway's packets go."""


def unread(records: Records) -> Iterator[Element]:
    """The resources of networking whose types the adapters do not know."""
    for one in records.all:
        networking = one.type.startswith(_NETWORKING)
        if networking and one.type not in _READ and one.type not in _HARMLESS:
            yield element(one)
