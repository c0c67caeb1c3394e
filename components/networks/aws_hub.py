"""A Transit Gateway in AWS, and the attachment of a VPC to it.

They are separate from the VPC, because a hub may serve many VPCs and a peering needs no hub.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.networks.attributes import AwsHubAttributes


@dataclass(frozen=True)
class AwsTransitHubArgs:
    """A Transit Gateway with two route tables, which keep gateways and VPCs apart."""

    region: str
    """AWS region id: ``us-east-2``."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""
    protect: bool = False
    """Whether Pulumi refuses to delete the Transit Gateway."""
    asn: int | None = None
    """The BGP autonomous system number of the Amazon side, 64512 to 65534. It can change only while
    the Transit Gateway has no VPN. None: AWS's own, 64512."""


class AwsTransitHub(Component):
    """A Transit Gateway with a table for gateways and a table for VPCs.

    Kong's attachments reach only the VPCs, and a VPC reaches only Kong's attachments.
    """

    transit_gateway_id: pulumi.Output[str]
    transit_gateway_arn: pulumi.Output[str]
    gateway_route_table_id: pulumi.Output[str]
    spoke_route_table_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: AwsTransitHubArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsTransitHub", name, args, opts)
        hub = aws.ec2transitgateway.TransitGateway(
            f"{name}-tgw",
            region=args.region,
            description=f"{name}: gateways to upstreams",
            amazon_side_asn=args.asn,
            auto_accept_shared_attachments="disable",
            default_route_table_association="disable",
            default_route_table_propagation="disable",
            tags={**args.tags, "Name": f"{name}-tgw"},
            opts=self.child(
                protect=args.protect or None,
                # A fabric that is deleted leaves its ASN: AWS refuses another one while there are
                # VPN attachments, and they are deleted after this update.
                ignore_changes=["amazon_side_asn"] if args.asn is None else None,
            ),
        )
        self.transit_gateway_id = hub.id
        self.transit_gateway_arn = hub.arn
        self.gateway_route_table_id = self._table(args, "gateways", hub.id)
        self.spoke_route_table_id = self._table(args, "spokes", hub.id)
        self.register_outputs(
            {
                "transit_gateway_id": hub.id,
                "gateway_route_table_id": self.gateway_route_table_id,
                "spoke_route_table_id": self.spoke_route_table_id,
            }
        )

    def with_spoke(self, spoke: AwsHubSpoke) -> AwsHubAttributes:
        """The ids of the hub that a link of one VPC needs."""
        return AwsHubAttributes(
            transit_gateway_id=self.transit_gateway_id,
            transit_gateway_arn=self.transit_gateway_arn,
            gateway_route_table_id=self.gateway_route_table_id,
            spoke_route_table_id=self.spoke_route_table_id,
            vpc_attachment_id=spoke.vpc_attachment_id,
        )

    def _table(
        self, args: AwsTransitHubArgs, key: str, hub_id: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        return aws.ec2transitgateway.RouteTable(
            f"{self.name}-{key}",
            region=args.region,
            transit_gateway_id=hub_id,
            tags={**args.tags, "Name": f"{self.name}-{key}"},
            opts=self.child(),
        ).id


@dataclass(frozen=True)
class AwsHubSpokeArgs:
    """A VPC that is attached to a hub."""

    region: str
    """AWS region id of the hub and of the VPC."""
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """One subnet in each zone, for the interfaces of the hub."""
    transit_gateway_id: pulumi.Input[str]
    gateway_route_table_id: pulumi.Input[str]
    """The hub's table of gateways. The VPC propagates to it."""
    spoke_route_table_id: pulumi.Input[str]
    """The hub's table of VPCs. The VPC is associated with it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the attachment, beside ``Name``."""


class AwsHubSpoke(Component):
    """The attachment of a VPC to a hub, with its association and propagation."""

    vpc_attachment_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: AwsHubSpokeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsHubSpoke", name, args, opts)
        attachment = aws.ec2transitgateway.VpcAttachment(
            f"{name}-attachment",
            region=args.region,
            transit_gateway_id=args.transit_gateway_id,
            vpc_id=args.vpc_id,
            subnet_ids=args.subnet_ids,
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags={**args.tags, "Name": f"{name}-attachment"},
            opts=self.child(),
        )
        aws.ec2transitgateway.RouteTableAssociation(
            f"{name}-association",
            region=args.region,
            transit_gateway_attachment_id=attachment.id,
            transit_gateway_route_table_id=args.spoke_route_table_id,
            opts=self.child(),
        )
        aws.ec2transitgateway.RouteTablePropagation(
            f"{name}-propagation",
            region=args.region,
            transit_gateway_attachment_id=attachment.id,
            transit_gateway_route_table_id=args.gateway_route_table_id,
            opts=self.child(),
        )
        self.vpc_attachment_id = attachment.id
        self.register_outputs({"vpc_attachment_id": attachment.id})
