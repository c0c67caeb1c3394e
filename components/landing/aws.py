"""The AWS landing: a VPC behind a Transit Gateway that is shared with Kong's account.

Only a Transit Gateway's owner shares it and accepts attachments to it, so all of the link is
made in the owner's account: that of the AWS provider which the gateway is given.

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
from components.landing.base import AwsNetwork, Landing, LandingArgs, Link
from components.regions import Cloud
from providers import konnect


class AwsLanding(Landing):
    """VPC, subnets by zone id, Transit Gateway, share, attachment, accepter, routes, group."""

    cloud = Cloud.AWS

    def build(self, args: LandingArgs, link: Link) -> None:
        """The customer's network and hub at once; the rest as the gateway network gets ready."""
        network = self.given(args, AwsNetwork) or self._create(args)
        self._connect(args, link, network)
        self._allow(args, network)
        self.network_name = pulumi.Output.from_input(network.vpc_id)

    def _create(self, args: LandingArgs) -> AwsNetwork:
        name, region = self.name, args.region
        layout = addressing.aws_landing(args.cidr, args.zones)
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
        # Kong's attachment sees only the VPC, and the VPC only Kong's: two tables, crossed.
        for_kong = self._hub_table(args, "kong", hub.id)
        for_spokes = self._hub_table(args, "spokes", hub.id)
        self._associate(args, "spokes", for_spokes.id, spoke.id)
        self._propagate(args, "kong", for_kong.id, spoke.id)
        return AwsNetwork(
            vpc_id=vpc.id,
            route_table_ids={"": table.id},  # The only one needs no name.
            vpc_attachment_id=spoke.id,
            transit_gateway_id=hub.id,
            transit_gateway_arn=hub.arn,
            gateway_route_table_id=for_kong.id,
            spoke_route_table_id=for_spokes.id,
        )

    def _connect(self, args: LandingArgs, link: Link, network: AwsNetwork) -> None:
        """Kong's attachment to the hub, accepted, and the routes of both directions."""
        attachment = self._attach(args, link, network)
        accepter = aws.ec2transitgateway.VpcAttachmentAccepter(
            f"{self.name}-accepter",
            region=args.region,
            transit_gateway_attachment_id=attachment.pending.apply(_attachment_id),
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags=self._tags(args, "kong"),
            opts=self.child(retain_on_delete=True),
        )
        kong = accepter.transit_gateway_attachment_id
        self._associate(args, "kong", network.gateway_route_table_id, kong)
        self._propagate(args, "spokes", network.spoke_route_table_id, kong)
        # A route to a hub is refused until the VPC is attached to it.
        hub_id = pulumi.Output.all(network.transit_gateway_id, network.vpc_attachment_id).apply(
            lambda ids: ids[0]
        )
        for key, table_id in network.route_table_ids.items():
            aws.ec2.Route(
                f"{self.name}-to-gateway" + (f"-{key}" if key else ""),
                region=args.region,
                route_table_id=table_id,
                destination_cidr_block=str(args.network_cidr),
                transit_gateway_id=hub_id,
                opts=self.child(),
            )
        self.attachment = attachment.ready_after(accepter)

    def _allow(self, args: LandingArgs, network: AwsNetwork) -> None:
        """The security group that upstreams take to be called by the gateway."""
        group = aws.ec2.SecurityGroup(
            f"{self.name}-from-gateway",
            region=args.region,
            vpc_id=network.vpc_id,
            description="Upstreams that the gateway may call",
            tags=self._tags(args, "from-gateway"),
            opts=self.child(),
        )
        for port in args.ports:
            # By CIDR: Kong does not expose the ids of its security groups.
            aws.vpc.SecurityGroupIngressRule(
                f"{self.name}-from-gateway-{port}",
                region=args.region,
                security_group_id=group.id,
                cidr_ipv4=str(args.network_cidr),
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=self.child(),
            )

    def _attach(
        self, args: LandingArgs, link: Link, network: AwsNetwork
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
            resource_arn=network.transit_gateway_arn,
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
                "transit_gateway_id": network.transit_gateway_id,
                "ram_share_arn": share.arn,
            },
            # Without both, Konnect finds no resource behind the share and reports an error.
            opts=self.child([shared, principal]),
        )

    def _hub_table(
        self, args: LandingArgs, key: str, hub_id: pulumi.Output[str]
    ) -> aws.ec2transitgateway.RouteTable:
        return aws.ec2transitgateway.RouteTable(
            f"{self.name}-{key}",
            region=args.region,
            transit_gateway_id=hub_id,
            tags=self._tags(args, key),
            opts=self.child(),
        )

    def _associate(
        self,
        args: LandingArgs,
        key: str,
        table_id: pulumi.Input[str],
        attachment_id: pulumi.Input[str],
    ) -> None:
        """Packets that come from an attachment look in this table."""
        aws.ec2transitgateway.RouteTableAssociation(
            f"{self.name}-{key}-association",
            region=args.region,
            transit_gateway_attachment_id=attachment_id,
            transit_gateway_route_table_id=table_id,
            opts=self.child(),
        )

    def _propagate(
        self,
        args: LandingArgs,
        key: str,
        table_id: pulumi.Input[str],
        attachment_id: pulumi.Input[str],
    ) -> None:
        """This table has the way to an attachment."""
        aws.ec2transitgateway.RouteTablePropagation(
            f"{self.name}-{key}-propagation",
            region=args.region,
            transit_gateway_attachment_id=attachment_id,
            transit_gateway_route_table_id=table_id,
            opts=self.child(),
        )

    def _tags(self, args: LandingArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}


def _attachment_id(attachment: konnect.TransitGateway) -> str:
    if attachment.attachment_id is None:
        raise konnect.ProviderError(
            f"transit gateway {attachment.name!r} ({attachment.id}) is {attachment.state} without "
            "an attachment id, so it cannot be accepted: accept it in AWS by hand"
        )
    return attachment.attachment_id
