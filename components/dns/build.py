"""Builds the private DNS of a region, after its network and its links.

The modules of a cloud are imported only when a region is in it: loading its SDK takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi

from components.connectivity.side import CustomerSide
from components.dns.base import PrivateDnsComponent
from components.dns.kinds import DnsKind, OutboundResolver, PrivateDns, PrivateZone
from components.links.azure_grant import AzureGrant
from components.links.base import GatewayEnd, Link
from components.networks.attributes import (
    AwsVpcAttributes,
    AzureVnetAttributes,
    GcpVpcAttributes,
)
from components.networks.subnets import resolver_subnets


@dataclass(frozen=True)
class PrivateDnsArgs:
    """The private DNS of one region."""

    region: str
    """The cloud's own region id."""
    declared: Mapping[str, PrivateDns]
    """By a key that never changes: it names the resources."""
    end: GatewayEnd
    customer: CustomerSide
    """The customer's network and its links."""
    cidr: IPv4Network
    """The block of the customer's network."""
    zones: Sequence[str]
    """Zone ids of the region."""
    given: bool = False
    """Whether another team owns the customer's network. No endpoint is created in it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them."""
    azure: AzureGrant = field(default_factory=AzureGrant)
    protect: bool = False
    """Whether Pulumi refuses to delete zones that are created here."""
    granted: Sequence[pulumi.Resource] = ()
    """GCP: the grant of ``roles/dns.peer`` in the project, if it is made here."""

    @property
    def links(self) -> Sequence[Link]:
        """The region's links."""
        return list(self.customer.links.values())


def private_dns(
    name: str, args: PrivateDnsArgs, opts: pulumi.ResourceOptions
) -> dict[str, PrivateDnsComponent]:
    """Build the private DNS of a region, by key. ``name`` is the prefix of the resources' names.

    Raises ValueError for a kind that the region's cloud does not have.
    """
    return {
        key: _build(f"{name}-dns-{key}", args, declared, opts)
        for key, declared in args.declared.items()
    }


def _build(
    name: str, args: PrivateDnsArgs, declared: PrivateDns, opts: pulumi.ResourceOptions
) -> PrivateDnsComponent:
    network = args.customer.network
    if isinstance(network, AwsVpcAttributes):
        return _in_aws(name, args, network, declared, opts)
    if isinstance(network, AzureVnetAttributes):
        return _in_azure(name, args, network, declared, opts)
    return _in_gcp(name, args, network, declared, opts)


def _in_aws(
    name: str,
    args: PrivateDnsArgs,
    vpc: AwsVpcAttributes,
    declared: PrivateDns,
    opts: pulumi.ResourceOptions,
) -> PrivateDnsComponent:
    if isinstance(declared, OutboundResolver):
        from components.dns import aws_outbound_resolver as outbound

        resolver = outbound.AwsOutboundResolverArgs(
            gateway=args.end,
            region=args.region,
            vpc=vpc,
            resolver=declared,
            subnets={} if args.given else resolver_subnets(args.cidr, args.zones),
            links=args.links,
            tags=args.tags,
        )
        return outbound.AwsOutboundResolver(name, resolver, opts)
    from components.dns import aws_private_hosted_zone as hosted

    _require(name, declared, DnsKind.PRIVATE_HOSTED_ZONE)
    zone = hosted.AwsPrivateHostedZoneArgs(
        args.end, args.region, vpc, declared, args.tags, args.protect
    )
    return hosted.AwsPrivateHostedZone(name, zone, opts)


def _in_azure(
    name: str,
    args: PrivateDnsArgs,
    vnet: AzureVnetAttributes,
    declared: PrivateDns,
    opts: pulumi.ResourceOptions,
) -> PrivateDnsComponent:
    if isinstance(declared, OutboundResolver):
        from components.dns import azure_outbound_resolver as outbound

        resolver = outbound.AzureOutboundResolverArgs(
            args.end, args.region, vnet, args.cidr, declared, args.links, args.tags
        )
        return outbound.AzureOutboundResolver(name, resolver, opts)
    from components.dns import azure_private_dns_zone as private

    _require(name, declared, DnsKind.PRIVATE_DNS_ZONE)
    zone = private.AzurePrivateDnsZoneArgs(
        args.end, vnet, declared, args.links, args.azure, args.tags, args.protect
    )
    return private.AzurePrivateDnsZone(name, zone, opts)


def _in_gcp(
    name: str,
    args: PrivateDnsArgs,
    vpc: GcpVpcAttributes,
    declared: PrivateDns,
    opts: pulumi.ResourceOptions,
) -> PrivateDnsComponent:
    from components.dns.gcp_dns_peering import GcpDnsPeering, GcpDnsPeeringArgs

    if isinstance(declared, OutboundResolver):
        raise _no_such_kind(name, declared, DnsKind.DNS_PEERING)
    _require(name, declared, DnsKind.DNS_PEERING)
    peering = GcpDnsPeeringArgs(args.end, vpc, declared, args.granted, args.tags, args.protect)
    return GcpDnsPeering(name, peering, opts)


def _require(name: str, declared: PrivateDns, kind: DnsKind) -> None:
    if declared.kind is not kind:
        raise _no_such_kind(name, declared, kind)


def _no_such_kind(name: str, declared: PrivateDns, kind: DnsKind) -> ValueError:
    return ValueError(f"{name}: its cloud has no {declared.kind}: use {kind}")


class DnsPeerGrants:
    """The grants of ``roles/dns.peer`` to Kong in GCP: one in each project.

    Two grants of a project would be one in Google, and deleting either would delete it. The
    project of a given network belongs to its owner, who makes the grant.
    """

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._granted: dict[str, pulumi.Resource] = {}

    def of(
        self,
        declared: Mapping[str, PrivateDns],
        side: CustomerSide,
        provider: pulumi.ProviderResource | None,
        opts: pulumi.ResourceOptions,
    ) -> list[pulumi.Resource]:
        """The grant that the declarations of a region need. It is created if it is the first.

        ``provider`` is the region's own provider for GCP, whose project it uses; None: that of the
        gateway. ``side`` has a network that is created here.
        """
        zones = [one for one in declared.values() if isinstance(one, PrivateZone)]
        if not isinstance(side.network, GcpVpcAttributes) or not any(z.authorize for z in zones):
            return []
        from components.dns.gcp_dns_peering import grant_dns_peer

        owner = self._gateway if provider is None else provider.pulumi_resource_name
        if owner not in self._granted:
            self._granted[owner] = grant_dns_peer(f"{owner}-dns-peer", side.network.project, opts)
        return [self._granted[owner]]
