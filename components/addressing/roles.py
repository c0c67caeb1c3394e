"""What the blocks of a region are for, with the sizes that each cloud accepts.

A role that a cloud does not have needs no block there: a Transit Gateway and a GCP peering have
no addresses of their own, and Cloud DNS has no resolver subnets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Final

from components.addressing.blocks import Prefixes
from components.addressing.gateway_networks import DCGW_PREFIXES
from components.regions import Cloud

CUSTOMER_PREFIXES: Final[Mapping[Cloud, Prefixes]] = MappingProxyType(
    {Cloud.AWS: Prefixes(16, 22), Cloud.AZURE: Prefixes(8, 26), Cloud.GCP: Prefixes(8, 28)}
)
"""Prefix lengths of a customer network, so that the subnets of a landing fit into it.

AWS: a VPC is at most a /16, and a /22 is the smallest block of which one eighth holds a /28 for
each zone slot. Azure: half of a /26 is a /27, which a ``GatewaySubnet`` needs. GCP: half of a /28
is a /29, the smallest subnetwork.
"""


class Role(StrEnum):
    """What a block of a region is for. The value is its key in a recorded plan."""

    GATEWAY = "gateway"
    """The network of the Dedicated Cloud Gateway, in Kong's account. It can never change."""
    LANDING = "landing"
    """The customer's network that the gateway is linked to."""
    HUB = "hub"
    """The address space of a hub that has one: an Azure virtual hub."""
    SPOKE = "spoke"
    """Another customer network of the region, which is routed to the gateway or will be."""
    LOAD_BALANCERS = "load_balancers"
    """Subnets of load balancers, in the landing."""
    RESOLVERS = "resolvers"
    """Subnets of DNS resolver endpoints, in the landing."""
    CACHE = "cache"
    """Subnet of the forwarders to the region's Redis, in the landing."""

    @property
    def in_landing(self) -> bool:
        """Whether the block is a part of the landing, instead of a network of its own."""
        return self in (Role.LOAD_BALANCERS, Role.RESOLVERS, Role.CACHE)


@dataclass(frozen=True)
class Sizes:
    """The sizes of a role's block in one cloud."""

    accepted: Prefixes
    """Prefix lengths that the cloud accepts."""
    planned: int
    """Prefix length of the block that a plan gives."""
    source: str
    """The vendor's document."""
    outside: tuple[IPv4Network, ...] = ()
    """Blocks that it must not overlap."""


_VPC: Final = "docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
_VNET: Final = "learn.microsoft.com/azure/virtual-network/virtual-networks-faq"
_GCP_SUBNETS: Final = "cloud.google.com/vpc/docs/subnets"
_KONG: Final = "developer.konghq.com, app/_includes/konnect/cidr-minimum-requirements.md"


def _networks(planned: int) -> Mapping[Cloud, Sizes]:
    sources = {Cloud.AWS: _VPC, Cloud.AZURE: _VNET, Cloud.GCP: _GCP_SUBNETS}
    return {cloud: Sizes(CUSTOMER_PREFIXES[cloud], planned, sources[cloud]) for cloud in Cloud}


SIZES: Final[Mapping[Role, Mapping[Cloud, Sizes]]] = MappingProxyType(
    {
        # A /20 is enough for any number of zones in every cloud.
        Role.GATEWAY: {cloud: Sizes(DCGW_PREFIXES[cloud], 20, _KONG) for cloud in Cloud},
        # A plan gives half of the region's reserve; this is the smallest that it gives.
        Role.LANDING: _networks(19),
        Role.SPOKE: _networks(20),
        Role.HUB: {
            Cloud.AZURE: Sizes(
                # A smaller hub cannot grow, and Microsoft advises a /23 or larger.
                Prefixes(8, 24),
                23,
                "learn.microsoft.com/azure/virtual-wan/virtual-wan-faq",
            )
        },
        Role.LOAD_BALANCERS: {
            # Eight subnets of /27, one for each zone slot; a /27 is the smallest that AWS advises.
            Cloud.AWS: Sizes(
                Prefixes(16, 24),
                24,
                "docs.aws.amazon.com/elasticloadbalancing/latest/application/"
                "application-load-balancers.html",
            ),
            # The subnet is the Application Gateway's alone. Microsoft advises a /24 for v2: up to
            # 125 instances, each with an address.
            Cloud.AZURE: Sizes(
                Prefixes(8, 26),
                24,
                "learn.microsoft.com/azure/application-gateway/configuration-infrastructure",
            ),
            # The proxy-only subnet: 64 addresses or more, Google advises a /23.
            Cloud.GCP: Sizes(
                Prefixes(8, 26), 23, "cloud.google.com/load-balancing/docs/proxy-only-subnets"
            ),
        },
        Role.RESOLVERS: {
            # Eight subnets of /28, the smallest of a VPC, one for each zone slot. An endpoint needs
            # addresses in two zones.
            Cloud.AWS: Sizes(
                Prefixes(16, 25),
                25,
                "docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver.html",
            ),
            # Two subnets of /28: one for inbound endpoints, one for outbound endpoints. A subnet
            # of a resolver is /24 to /28, and not in addresses that the service uses itself.
            Cloud.AZURE: Sizes(
                Prefixes(23, 27),
                27,
                "learn.microsoft.com/azure/dns/dns-private-resolver-overview",
                outside=(
                    IPv4Network("10.0.1.0/24"),
                    IPv4Network("10.0.2.0/23"),
                    IPv4Network("10.0.4.0/22"),
                    IPv4Network("10.0.8.0/21"),
                    IPv4Network("10.0.16.0/24"),
                ),
            ),
        },
        Role.CACHE: {
            # Two forwarders, two more during an update, and the address of their load balancer.
            # Google keeps four addresses of a subnet.
            Cloud.GCP: Sizes(Prefixes(8, 28), 28, _GCP_SUBNETS)
        },
    }
)
"""By role and cloud: the sizes of the block. A cloud that is not there has no such block."""
