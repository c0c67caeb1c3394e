"""The AWS landing: a VPC behind a Transit Gateway that is shared with Kong's account.

Kong's account is outside every organisation of ours, so the share allows external
principals, and each gateway network needs a share of its own. The accepter's delete would
remove Kong's attachment from our side and leave Konnect with an error, so it is retained:
deleting the Konnect attachment removes both.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components import addressing
from components.landing.base import Landing, LandingArgs, Link
from components.regions import Cloud
from providers import konnect


class AwsLanding(Landing):
    """VPC, subnets by zone id, Transit Gateway, share, attachment, accepter, routes, group."""

    cloud = Cloud.AWS

    def build(self, args: LandingArgs, link: Link) -> None:
        """The customer's network and hub at once; the rest as the gateway network gets ready."""
        name, region = self.name, args.region
        layout = addressing.aws_landing(args.cidr, args.zones)
        gateway_cidr = str(args.network_cidr)

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            region=region,
            cidr_block=str(layout.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags(args, "vpc"),
            opts=self.child(),
        )
        table = aws.ec2.RouteTable(
            f"{name}-routes",
            region=region,
            vpc_id=vpc.id,
            tags=self._tags(args, "routes"),
            opts=self.child(),
        )
        transit_subnets = []
        for zone in layout.zones:
            workload = aws.ec2.Subnet(
                f"{name}-{zone.zone}",
                region=region,
                vpc_id=vpc.id,
                availability_zone_id=zone.zone,
                cidr_block=str(zone.workload),
                tags=self._tags(args, zone.zone),
                opts=self.child(),
            )
            aws.ec2.RouteTableAssociation(
                f"{name}-{zone.zone}-routes",
                region=region,
                route_table_id=table.id,
                subnet_id=workload.id,
                opts=self.child(),
            )
            transit_subnets.append(
                aws.ec2.Subnet(
                    f"{name}-{zone.zone}-tgw",
                    region=region,
                    vpc_id=vpc.id,
                    availability_zone_id=zone.zone,
                    cidr_block=str(zone.transit),
                    tags=self._tags(args, f"{zone.zone}-tgw"),
                    opts=self.child(),
                )
            )

        hub = aws.ec2transitgateway.TransitGateway(
            f"{name}-tgw",
            region=region,
            description=f"{name}: gateways to upstreams",
            auto_accept_shared_attachments="disable",
            default_route_table_association="disable",
            default_route_table_propagation="disable",
            tags=self._tags(args, "tgw"),
            opts=self.child(),
        )
        spoke = aws.ec2transitgateway.VpcAttachment(
            f"{name}-vpc-attachment",
            region=region,
            transit_gateway_id=hub.id,
            vpc_id=vpc.id,
            subnet_ids=[subnet.id for subnet in transit_subnets],
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags=self._tags(args, "vpc-attachment"),
            opts=self.child(),
        )
        attachment = self._attach(args, link, hub)
        accepter = aws.ec2transitgateway.VpcAttachmentAccepter(
            f"{name}-accepter",
            region=region,
            transit_gateway_attachment_id=attachment.pending.apply(_attachment_id),
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags=self._tags(args, "kong"),
            opts=self.child(retain_on_delete=True),
        )
        kong = accepter.transit_gateway_attachment_id
        # Kong's attachment sees only the VPC, and the VPC only Kong's: two tables, crossed.
        self._routing(args, hub, "kong", associate=kong, propagate=spoke.id)
        self._routing(args, hub, "spokes", associate=spoke.id, propagate=kong)
        aws.ec2.Route(
            f"{name}-to-gateway",
            region=region,
            route_table_id=table.id,
            destination_cidr_block=gateway_cidr,
            transit_gateway_id=hub.id,
            opts=self.child([spoke]),
        )
        group = aws.ec2.SecurityGroup(
            f"{name}-from-gateway",
            region=region,
            vpc_id=vpc.id,
            description="Upstreams that the gateway may call",
            tags=self._tags(args, "from-gateway"),
            opts=self.child(),
        )
        for port in args.ports:
            # By CIDR: Kong does not expose the ids of its security groups.
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-gateway-{port}",
                region=region,
                security_group_id=group.id,
                cidr_ipv4=gateway_cidr,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=self.child(),
            )
        self.network_name = vpc.id
        self.attachment = attachment.ready_after(accepter)

    def _attach(
        self, args: LandingArgs, link: Link, hub: aws.ec2transitgateway.TransitGateway
    ) -> konnect.CloudGatewayTransitGateway:
        share = aws.ram.ResourceShare(
            f"{self.name}-share",
            region=args.region,
            name=f"{self.name}-kong",
            allow_external_principals=True,
            tags=self._tags(args, "share"),
            opts=self.child(),
        )
        shared = aws.ram.ResourceAssociation(
            f"{self.name}-share-tgw",
            region=args.region,
            resource_arn=hub.arn,
            resource_share_arn=share.arn,
            opts=self.child(),
        )
        principal = aws.ram.PrincipalAssociation(
            f"{self.name}-share-kong",
            region=args.region,
            principal=link.account.apply(lambda account: account.provider_account_id),
            resource_share_arn=share.arn,
            opts=self.child(),
        )
        reached = addressing.attachment_blocks([args.cidr, *args.reach], args.network_cidr)
        return konnect.CloudGatewayTransitGateway(
            f"{self.name}-attachment",
            network_id=link.network_id,
            name=self.name,
            cidr_blocks=[str(block) for block in reached],
            transit_gateway_attachment_config={
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": hub.id,
                "ram_share_arn": share.arn,
            },
            # Without both, Konnect finds no resource behind the share and reports an error.
            opts=self.child([shared, principal]),
        )

    def _routing(
        self,
        args: LandingArgs,
        hub: aws.ec2transitgateway.TransitGateway,
        key: str,
        *,
        associate: pulumi.Output[str],
        propagate: pulumi.Output[str],
    ) -> None:
        table = aws.ec2transitgateway.RouteTable(
            f"{self.name}-{key}",
            region=args.region,
            transit_gateway_id=hub.id,
            tags=self._tags(args, key),
            opts=self.child(),
        )
        aws.ec2transitgateway.RouteTableAssociation(
            f"{self.name}-{key}-association",
            region=args.region,
            transit_gateway_attachment_id=associate,
            transit_gateway_route_table_id=table.id,
            opts=self.child(),
        )
        aws.ec2transitgateway.RouteTablePropagation(
            f"{self.name}-{key}-propagation",
            region=args.region,
            transit_gateway_attachment_id=propagate,
            transit_gateway_route_table_id=table.id,
            opts=self.child(),
        )

    def _tags(self, args: LandingArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}


def _attachment_id(attachment: konnect.TransitGateway) -> str:
    if attachment.attachment_id is None:
        raise konnect.KonnectError(
            f"transit gateway {attachment.name!r} ({attachment.id}) is {attachment.state} without "
            "an attachment id, so it cannot be accepted: accept it in AWS by hand"
        )
    return attachment.attachment_id
