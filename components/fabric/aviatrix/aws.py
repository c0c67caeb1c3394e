"""Networks for gateways of Aviatrix in AWS. A gateway is in a subnet with an internet gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.fabric.aviatrix.sites import Site, SiteArgs, small_blocks
from components.fabric.model import SpokePlan
from components.fabric.native.aws_prefix_lists import ingress_rules, prefix_list
from components.networks.aws import AwsVpc, AwsVpcArgs
from components.networks.subnets import aws_subnets


def aws_site(owner: Component, args: SiteArgs) -> Site:
    """Create a VPC with a subnet for the gateway and one for its HA peer, in two zones."""
    return _transit(owner, args) if args.spoke is None else _spoke(owner, args, args.spoke)


def _transit(owner: Component, args: SiteArgs) -> Site:
    vpc = aws.ec2.Vpc(
        f"{owner.name}-vpc",
        region=args.region,
        cidr_block=str(args.cidr),
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=_tags(owner, args, "vpc"),
        opts=owner.child(protect=args.protect or None),
    )
    blocks = small_blocks(args.cidr, 4)
    zones = (args.zones[0], args.zones[min(1, len(args.zones) - 1)])
    names = ["gateway", "ha", *(["firewall", "ha-firewall"] if args.firewalls else [])]
    subnet_ids = {
        name: aws.ec2.Subnet(
            f"{owner.name}-{name}",
            region=args.region,
            vpc_id=vpc.id,
            availability_zone_id=zones[place % 2],
            cidr_block=str(blocks[place]),
            tags=_tags(owner, args, name),
            opts=owner.child(),
        ).id
        for place, name in enumerate(names)
    }
    needs = _to_internet(owner, args, vpc.id, subnet_ids)
    return Site(
        network_id=vpc.id,
        vpc_id=vpc.id,
        vpc_reg=args.region,
        subnet=str(blocks[0]),
        ha_subnet=str(blocks[1]),
        firewall_subnets=[str(block) for block in blocks[2:]] if args.firewalls else (),
        needs=needs,
    )


def _spoke(owner: Component, args: SiteArgs, plan: SpokePlan) -> Site:
    """The VPC of a spoke. The gateways are in the subnets that a native hub would use."""
    vpc = AwsVpc(
        f"{owner.name}-vpc",
        AwsVpcArgs(args.region, args.cidr, args.zones, args.tags, args.protect),
        owner.child(),
    )
    blocks = {zone.zone: zone.transit for zone in aws_subnets(args.cidr, args.zones).zones}
    zones = (args.zones[0], args.zones[min(1, len(args.zones) - 1)])
    group = aws.ec2.SecurityGroup(
        f"{owner.name}-from-fabric",
        region=args.region,
        vpc_id=vpc.vpc_id,
        description="Hosts that gateways and spokes of the fabric may call",
        tags=_tags(owner, args, "from-fabric"),
        opts=owner.child(),
    )
    callers = prefix_list(owner, "callers", args.region, plan.allowed, args.tags)
    if callers is not None:
        ingress_rules(owner, "callers", args.region, group.id, callers, plan.ports)
    needs = _to_internet(owner, args, vpc.vpc_id, vpc.transit_subnet_ids)
    return Site(
        network_id=vpc.vpc_id,
        vpc_id=vpc.vpc_id,
        vpc_reg=args.region,
        subnet=str(blocks[zones[0]]),
        ha_subnet=str(blocks[zones[1]]),
        subnet_ids=vpc.subnet_ids,
        needs=needs,
    )


def _to_internet(
    owner: Component,
    args: SiteArgs,
    vpc_id: pulumi.Output[str],
    subnet_ids: Mapping[str, pulumi.Output[str]],
) -> Sequence[pulumi.Resource]:
    """Let the gateways reach the controller and each other: a route to an internet gateway."""
    internet = aws.ec2.InternetGateway(
        f"{owner.name}-internet",
        region=args.region,
        vpc_id=vpc_id,
        tags=_tags(owner, args, "internet"),
        opts=owner.child(),
    )
    table = aws.ec2.RouteTable(
        f"{owner.name}-gateways",
        region=args.region,
        vpc_id=vpc_id,
        tags=_tags(owner, args, "gateways"),
        opts=owner.child(),
    )
    route = aws.ec2.Route(
        f"{owner.name}-to-internet",
        region=args.region,
        route_table_id=table.id,
        destination_cidr_block="0.0.0.0/0",
        gateway_id=internet.id,
        opts=owner.child(),
    )
    associations = [
        aws.ec2.RouteTableAssociation(
            f"{owner.name}-{name}-gateways",
            region=args.region,
            route_table_id=table.id,
            subnet_id=subnet_id,
            opts=owner.child(),
        )
        for name, subnet_id in subnet_ids.items()
    ]
    return [route, *associations]


def _tags(owner: Component, args: SiteArgs, suffix: str) -> dict[str, str]:
    return {**args.tags, "Name": f"{owner.name}-{suffix}"}
