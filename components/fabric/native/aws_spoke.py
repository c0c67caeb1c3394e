"""A spoke in AWS: a VPC that is attached to the Transit Gateway of its region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.fabric.model import SpokePlan
from components.fabric.native.aws_prefix_lists import ingress_rules, prefix_list, routes_to_hub
from components.fabric.native.hub import FabricSpoke
from components.networks.aws import AwsVpc, AwsVpcArgs


@dataclass(frozen=True)
class AwsFabricSpokeArgs:
    """A VPC, created here or given, on a Transit Gateway."""

    plan: SpokePlan
    region: str
    """AWS region id of the hub and of the VPC: ``us-east-2``."""
    zones: Sequence[str]
    """Zone ids (``use2-az1``) in which a VPC that is created here has subnets."""
    transit_gateway_id: pulumi.Input[str]
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""
    protect: bool = False
    """Whether Pulumi refuses to delete the VPC."""


class AwsFabricSpoke(Component):
    """A VPC with its attachment, its routes to the fabric, and the security group of its hosts."""

    attachment_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    """The security group that lets in who may call the spoke. Its hosts must have it."""
    network: FabricSpoke

    def __init__(
        self, name: str, args: AwsFabricSpokeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsFabricSpoke", name, args, opts)
        vpc_id, subnet_ids, tables = self._network(args)
        attachment = aws.ec2transitgateway.VpcAttachment(
            f"{name}-attachment",
            region=args.region,
            transit_gateway_id=args.transit_gateway_id,
            vpc_id=vpc_id,
            subnet_ids=subnet_ids,
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags={**args.tags, "Name": f"{name}-attachment"},
            opts=self.child(),
        )
        # A route to a hub is refused until the VPC is attached to it.
        hub_id = pulumi.Output.all(args.transit_gateway_id, attachment.id).apply(lambda ids: ids[0])
        routed = prefix_list(self, "fabric", args.region, args.plan.routes, args.tags)
        if routed is not None:
            routes_to_hub(self, "fabric", args.region, tables, hub_id, routed)
        self.attachment_id = attachment.id
        self.security_group_id = self._let_in(args, vpc_id)
        self.register_outputs(
            {
                "vpc_id": vpc_id,
                "attachment_id": attachment.id,
                "security_group_id": self.security_group_id,
            }
        )

    def _network(
        self, args: AwsFabricSpokeArgs
    ) -> tuple[pulumi.Output[str], Sequence[pulumi.Input[str]], Mapping[str, pulumi.Input[str]]]:
        """The VPC's id, the subnets for the hub's interfaces, and the route tables."""
        given = args.plan.given
        if given is not None:
            vpc_id = pulumi.Output.from_input(given.network_id)
            self.network = FabricSpoke(vpc_id)
            return vpc_id, list(given.subnet_ids), dict(given.route_table_ids)
        vpc = AwsVpc(
            self.name,
            AwsVpcArgs(args.region, args.plan.cidr, args.zones, args.tags, args.protect),
            self.child(),
        )
        self.network = FabricSpoke(vpc.vpc_id, vpc.subnet_ids)
        return vpc.vpc_id, list(vpc.transit_subnet_ids.values()), vpc.attributes.route_table_ids

    def _let_in(self, args: AwsFabricSpokeArgs, vpc_id: pulumi.Output[str]) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            f"{self.name}-from-fabric",
            region=args.region,
            vpc_id=vpc_id,
            description="Hosts that gateways and spokes of the fabric may call",
            tags={**args.tags, "Name": f"{self.name}-from-fabric"},
            opts=self.child(),
        )
        callers = prefix_list(self, "callers", args.region, args.plan.allowed, args.tags)
        if callers is not None:
            ingress_rules(self, "callers", args.region, group.id, callers, args.plan.ports)
        return group.id
