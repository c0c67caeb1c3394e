"""Private DNS by forwarding: Kong's VPC in AWS asks DNS servers about some domains.

A domain without servers of its own is asked of an inbound endpoint of Route 53 Resolver, which is
created in the customer's VPC and answers what that VPC resolves. Queries travel over the links of
the region, so the attachment is created when they are ready.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.dns.base import PrivateDnsComponent, forwarding, linked_network_id
from components.dns.kinds import OutboundResolver
from components.links.base import GatewayEnd, Link
from components.networks.attributes import AwsVpcAttributes


@dataclass(frozen=True)
class AwsOutboundResolverArgs:
    """Domains that the gateway of a region resolves with other DNS servers."""

    gateway: GatewayEnd
    region: str
    """AWS region id of the VPC: ``us-east-2``."""
    vpc: AwsVpcAttributes
    resolver: OutboundResolver
    subnets: Mapping[str, IPv4Network] = field(default_factory=dict)
    """Blocks of the subnets for an inbound endpoint, by zone id; at least two. It has an address in
    each."""
    links: Sequence[Link] = ()
    """The links over which the DNS servers are reached."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the endpoint and its security group, beside ``Name``."""


class AwsOutboundResolver(PrivateDnsComponent):
    """Konnect's attachment, and an inbound endpoint if a domain needs it.

    Raises ValueError if an endpoint is needed and there are fewer than two subnets.
    """

    def __init__(
        self,
        name: str,
        args: AwsOutboundResolverArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AwsOutboundResolver", name, args, args.gateway, opts)
        addresses: pulumi.Output[list[str]] | None = None
        customer_side: list[pulumi.Resource] = []
        if args.resolver.has_endpoint:
            endpoint, customer_side = self._endpoint(args)
            addresses = endpoint.ip_addresses.apply(
                lambda each: sorted(str(address.ip) for address in each)
            )
        self.attach(
            forwarding("aws-outbound-resolver", args.resolver, addresses),
            linked_network_id(args.gateway, args.links),
            customer_side,
        )

    def _endpoint(
        self, args: AwsOutboundResolverArgs
    ) -> tuple[aws.route53.ResolverEndpoint, list[pulumi.Resource]]:
        """The endpoint, and all that the gateway needs to reach it."""
        if len(args.subnets) < 2:
            raise ValueError(
                f"{self.name}: an inbound endpoint needs subnets in two zones, and there are "
                f"{len(args.subnets)}: give each domain the addresses of its DNS servers"
            )
        group = aws.ec2.SecurityGroup(
            f"{self.name}-dns",
            region=args.region,
            vpc_id=args.vpc.vpc_id,
            description="DNS queries of the gateway",
            tags=self._tags(args, "dns"),
            opts=self.child(),
        )
        rules = [
            aws.vpc.SecurityGroupIngressRule(
                self.per_network(f"dns-{protocol}"),
                region=args.region,
                security_group_id=group.id,
                cidr_ipv4=str(args.gateway.cidr),
                ip_protocol=protocol,
                from_port=53,
                to_port=53,
                opts=self.child(),
            )
            for protocol in ("tcp", "udp")
        ]
        endpoint = aws.route53.ResolverEndpoint(
            f"{self.name}-endpoint",
            region=args.region,
            direction="INBOUND",
            ip_addresses=[{"subnet_id": subnet} for subnet in self._subnets(args)],
            security_group_ids=[group.id],
            tags=self._tags(args, "endpoint"),
            opts=self.child(),
        )
        return endpoint, [endpoint, *rules]

    def _subnets(self, args: AwsOutboundResolverArgs) -> list[pulumi.Output[str]]:
        """The ids of the endpoint's subnets. They have the routes of the VPC."""
        ids = []
        for zone, block in args.subnets.items():
            subnet = aws.ec2.Subnet(
                f"{self.name}-{zone}",
                region=args.region,
                vpc_id=args.vpc.vpc_id,
                availability_zone_id=zone,
                cidr_block=str(block),
                tags=self._tags(args, zone),
                opts=self.child(),
            )
            (table,) = args.vpc.route_table_ids.values()  # A VPC that is created here has one.
            aws.ec2.RouteTableAssociation(
                f"{self.name}-{zone}-routes",
                region=args.region,
                route_table_id=table,
                subnet_id=subnet.id,
                opts=self.child(),
            )
            ids.append(subnet.id)
        return ids

    def _tags(self, args: AwsOutboundResolverArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}
