"""A link over an AWS Transit Gateway that is shared with Kong's account.

Only the owner of a Transit Gateway can share it and accept attachments to it. So the whole link is
created in the owner's account, which must be the account of the link's AWS provider.

Kong's account is outside our AWS organisation, so the share allows external principals. Each
gateway network has a share of its own, as Konnect's documentation asks. The accepter is retained on
delete: deleting it would delete Kong's attachment from our side, and Konnect would report an error.
Deleting the attachment in Konnect deletes both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components import addressing
from components.links.aws_share import share_with_kong
from components.links.aws_upstreams import AwsLink
from components.links.base import GatewayEnd
from components.links.kinds import LinkKind
from components.networks.attributes import AwsHubAttributes, AwsVpcAttributes
from providers import konnect


@dataclass(frozen=True)
class AwsTransitGatewayLinkArgs:
    """A link of a gateway network to one VPC on a Transit Gateway."""

    gateway: GatewayEnd
    region: str
    """AWS region id of the hub and of the VPC: ``us-east-2``."""
    vpc: AwsVpcAttributes
    hub: AwsHubAttributes
    reach: Sequence[IPv4Network]
    """Blocks that the gateway reaches through the hub: the VPC's own, and others behind the hub."""
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call upstreams in the VPC."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""


class AwsTransitGatewayLink(AwsLink):
    """Share, Konnect's attachment, its acceptance, routes both ways, and a security group."""

    kind = LinkKind.TRANSIT_GATEWAY
    accepted_attachment_id: pulumi.Output[str]
    """The id of Kong's attachment in AWS, after it was accepted."""

    def __init__(
        self,
        name: str,
        args: AwsTransitGatewayLinkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AwsTransitGatewayLink", name, args, args.gateway, opts)
        self.security_group_id = self.let_in(args)
        isolated = args.gateway.isolated
        attachment = self._attach(args)
        accepter = aws.ec2transitgateway.VpcAttachmentAccepter(
            self.per_network("accepter"),
            region=args.region,
            transit_gateway_attachment_id=attachment.pending.apply(
                lambda found: _attachment_id(found, required=not isolated)
            ),
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags=self.tags_of(args, "kong"),
            opts=self.child(
                retain_on_delete=True,
                # Konnect may have lost the attachment of an isolated gateway.
                ignore_changes=["transit_gateway_attachment_id"] if isolated else None,
            ),
        )
        self.accepted_attachment_id = accepter.transit_gateway_attachment_id
        self._route(args, self.accepted_attachment_id)
        self.linked(attachment.ready_after(accepter))

    def _attach(self, args: AwsTransitGatewayLinkArgs) -> konnect.CloudGatewayTransitGateway:
        share_arn, shared = share_with_kong(
            self,
            args.gateway,
            args.region,
            "hub",
            args.hub.transit_gateway_arn,
            self.tags_of(args, "share"),
        )
        reached = addressing.attachment_blocks(args.reach, args.gateway.cidr)
        return konnect.CloudGatewayTransitGateway(
            self.per_network("attachment"),
            network_id=args.gateway.ready_network_id,
            name=self.name,
            cidr_blocks=[str(block) for block in reached],
            transit_gateway_attachment_config={
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": args.hub.transit_gateway_id,
                "ram_share_arn": share_arn,
            },
            awaited=not args.gateway.isolated,
            # Without these, Konnect finds no resource behind the share and reports an error.
            opts=self.child(shared),
        )

    def _route(self, args: AwsTransitGatewayLinkArgs, kong: pulumi.Output[str]) -> None:
        """Routes: the two tables of the hub, and routes from the VPC to the gateway.

        For an isolated gateway, the hub's table of VPCs drops what is for the gateway: a static
        route is before a propagated one.
        """
        if args.gateway.isolated:
            aws.ec2transitgateway.Route(
                self.per_network("black-hole"),
                region=args.region,
                destination_cidr_block=str(args.gateway.cidr),
                transit_gateway_route_table_id=args.hub.spoke_route_table_id,
                blackhole=True,
                opts=self.child(),
            )
        aws.ec2transitgateway.RouteTableAssociation(
            self.per_network("association"),
            region=args.region,
            transit_gateway_attachment_id=kong,
            transit_gateway_route_table_id=args.hub.gateway_route_table_id,
            opts=self.child(),
        )
        aws.ec2transitgateway.RouteTablePropagation(
            self.per_network("propagation"),
            region=args.region,
            transit_gateway_attachment_id=kong,
            transit_gateway_route_table_id=args.hub.spoke_route_table_id,
            opts=self.child(),
        )
        # A route to a hub is refused until the VPC is attached to it.
        hub_id = pulumi.Output.all(args.hub.transit_gateway_id, args.hub.vpc_attachment_id).apply(
            lambda ids: ids[0]
        )
        for key, table_id in args.vpc.route_table_ids.items():
            aws.ec2.Route(
                self.per_network(f"to-gateway-{key}" if key else "to-gateway"),
                region=args.region,
                route_table_id=table_id,
                destination_cidr_block=str(args.gateway.cidr),
                transit_gateway_id=hub_id,
                opts=self.child(),
            )


def _attachment_id(attachment: konnect.TransitGateway, *, required: bool) -> str:
    if attachment.attachment_id is None and required:
        raise konnect.ProviderError(
            f"transit gateway {attachment.name!r} ({attachment.id}) is {attachment.state} without "
            "an attachment id, so it cannot be accepted: accept it in AWS by hand"
        )
    return attachment.attachment_id or ""
