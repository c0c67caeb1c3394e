"""What all links in AWS share: the security group by which upstreams let the gateway in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import pulumi
import pulumi_aws as aws

from components.links.base import GatewayEnd, Link
from components.networks.attributes import AwsVpcAttributes

NOBODY: Final = "127.0.0.1/32"
"""The source of a rule that lets nobody in: no packet arrives from the loopback address."""


class AwsUpstreams(Protocol):
    """The arguments of a link that its security group needs."""

    @property
    def gateway(self) -> GatewayEnd:
        """The gateway's end of the link."""

    @property
    def region(self) -> str:
        """AWS region id of the VPC: ``us-east-2``."""

    @property
    def vpc(self) -> AwsVpcAttributes:
        """The VPC of the upstreams."""

    @property
    def ports(self) -> Sequence[int]:
        """TCP ports on which the gateway may call upstreams in the VPC."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Tags of every resource, beside ``Name``."""


class AwsLink(Link):
    """A link in AWS."""

    def let_in(self, args: AwsUpstreams) -> pulumi.Output[str]:
        """The security group that upstreams must have, so that the gateway can call them."""
        group = aws.ec2.SecurityGroup(
            f"{self.name}-from-gateway",
            region=args.region,
            vpc_id=args.vpc.vpc_id,
            description="Upstreams that the gateway may call",
            tags=self.tags_of(args, "from-gateway"),
            opts=self.child(),
        )
        for port in args.ports:
            # By CIDR: Kong does not expose the ids of its security groups.
            aws.vpc.SecurityGroupIngressRule(
                self.per_network(f"from-gateway-{port}"),
                region=args.region,
                security_group_id=group.id,
                cidr_ipv4=NOBODY if args.gateway.isolated else str(args.gateway.cidr),
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=self.child(args.gateway.denied_by),
            )
        return group.id

    def tags_of(self, args: AwsUpstreams, suffix: str) -> Mapping[str, str]:
        """The tags of a resource of the link."""
        return {**args.tags, "Name": f"{self.name}-{suffix}"}
