"""The customer's VPC in AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.networks.attributes import AwsVpcAttributes
from components.networks.subnets import aws_subnets


@dataclass(frozen=True)
class AwsVpcArgs:
    """A VPC with a workload subnet and a transit subnet in each zone."""

    region: str
    """AWS region id: ``us-east-2``."""
    cidr: IPv4Network
    """The VPC's block, /16 to /22."""
    zones: Sequence[str]
    """Zone ids (``use2-az1``), not names. A zone's number places its subnets in the block."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""
    protect: bool = False
    """Whether Pulumi refuses to delete the VPC."""


class AwsVpc(Component):
    """A VPC, a route table, and for each zone a workload subnet and a transit subnet."""

    attributes: AwsVpcAttributes
    """The ids of the VPC that links need."""
    vpc_id: pulumi.Output[str]
    subnet_ids: Mapping[str, pulumi.Output[str]]
    """The workload subnets, by zone id."""
    transit_subnet_ids: Mapping[str, pulumi.Output[str]]
    """The subnets that are only for the interfaces of a hub, by zone id."""
    network_acl_id: pulumi.Output[str]
    """The network ACL of all its subnets."""

    def __init__(
        self, name: str, args: AwsVpcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsVpc", name, args, opts)
        layout = aws_subnets(args.cidr, args.zones)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            region=args.region,
            cidr_block=str(layout.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags(args, "vpc"),
            opts=self.child(protect=args.protect or None),
        )
        table = aws.ec2.RouteTable(
            f"{name}-routes",
            region=args.region,
            vpc_id=vpc.id,
            tags=self._tags(args, "routes"),
            opts=self.child(),
        )
        workload, transit = {}, {}
        for zone in layout.zones:
            subnet = self._subnet(args, vpc.id, zone.zone, zone.zone, zone.workload)
            aws.ec2.RouteTableAssociation(
                f"{name}-{zone.zone}-routes",
                region=args.region,
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=self.child(),
            )
            workload[zone.zone] = subnet.id
            transit[zone.zone] = self._subnet(
                args, vpc.id, zone.zone, f"{zone.zone}-transit", zone.transit
            ).id
        self.vpc_id = vpc.id
        self.network_acl_id = vpc.default_network_acl_id
        self.subnet_ids = workload
        self.transit_subnet_ids = transit
        self.attributes = AwsVpcAttributes(
            vpc.id,
            {"": table.id},  # One table needs no name.
            vpc.owner_id,
            workload,
        )
        self.register_outputs(
            {"vpc_id": vpc.id, "subnet_ids": workload, "transit_subnet_ids": transit}
        )

    def _subnet(
        self,
        args: AwsVpcArgs,
        vpc_id: pulumi.Output[str],
        zone: str,
        suffix: str,
        cidr: IPv4Network,
    ) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self.name}-{suffix}",
            region=args.region,
            vpc_id=vpc_id,
            availability_zone_id=zone,
            cidr_block=str(cidr),
            tags=self._tags(args, suffix),
            opts=self.child(),
        )

    def _tags(self, args: AwsVpcArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}
