"""Private DNS by forwarding: Kong's VNet in Azure asks DNS servers about some domains.

A domain without servers of its own is asked of an inbound endpoint of Azure DNS Private Resolver,
which is created in the customer's VNet and answers what that VNet resolves. A VNet has one
resolver. Queries travel over the links of the region, so the attachment is created when they are
ready.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
from pulumi_azure_native import dnsresolver, network

from components.dns.base import PrivateDnsComponent, forwarding, linked_network_id
from components.dns.kinds import OutboundResolver
from components.links.base import GatewayEnd, Link
from components.networks.attributes import AzureVnetAttributes
from components.networks.subnets import azure_resolver_subnet


@dataclass(frozen=True)
class AzureOutboundResolverArgs:
    """Domains that the gateway of a region resolves with other DNS servers."""

    gateway: GatewayEnd
    region: str
    """Azure location of the VNet: ``eastus2``."""
    vnet: AzureVnetAttributes
    """The customer's VNet. An inbound endpoint has a subnet of its own in it."""
    cidr: IPv4Network
    """The VNet's address space. The endpoint's subnet is in its block for resolvers."""
    resolver: OutboundResolver
    links: Sequence[Link] = ()
    """The links over which the DNS servers are reached."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the resolver and its endpoint."""


class AzureOutboundResolver(PrivateDnsComponent):
    """Konnect's attachment, and an inbound endpoint if a domain needs it."""

    def __init__(
        self,
        name: str,
        args: AzureOutboundResolverArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AzureOutboundResolver", name, args, args.gateway, opts)
        addresses: pulumi.Output[list[str]] | None = None
        customer_side: list[pulumi.Resource] = []
        if args.resolver.has_endpoint:
            endpoint = self._endpoint(args)
            customer_side.append(endpoint)
            addresses = endpoint.ip_configurations.apply(
                lambda each: sorted(str(one.private_ip_address) for one in each)
            )
        self.attach(
            forwarding("azure-outbound-resolver", args.resolver, addresses),
            linked_network_id(args.gateway, args.links),
            customer_side,
        )

    def _endpoint(self, args: AzureOutboundResolverArgs) -> dnsresolver.InboundEndpoint:
        """A subnet for the endpoint, the VNet's resolver, and the endpoint."""
        group = args.vnet.resource_group_name
        subnet = network.Subnet(
            f"{self.name}-subnet",
            resource_group_name=group,
            virtual_network_name=args.vnet.vnet_name,
            subnet_name="dns-inbound",
            address_prefix=str(azure_resolver_subnet(args.cidr)),
            delegations=[{"name": "resolver", "service_name": "Microsoft.Network/dnsResolvers"}],
            opts=self.child(),
        )
        resolver = dnsresolver.DnsResolver(
            f"{self.name}-resolver",
            resource_group_name=group,
            dns_resolver_name=self.name,
            location=args.region,
            virtual_network={"id": args.vnet.vnet_id},
            tags=args.tags,
            opts=self.child(),
        )
        return dnsresolver.InboundEndpoint(
            f"{self.name}-endpoint",
            resource_group_name=group,
            dns_resolver_name=resolver.name,
            inbound_endpoint_name="inbound",
            location=args.region,
            ip_configurations=[
                {"subnet": {"id": subnet.id}, "private_ip_allocation_method": "Dynamic"}
            ],
            tags=args.tags,
            opts=self.child(),
        )
