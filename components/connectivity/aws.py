"""Builds the customer's side of a region in AWS: a VPC and its hub, unless given, and the links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from components.connectivity.side import CustomerSide, CustomerSideArgs, given_network
from components.links.base import GatewayEnd, Link
from components.links.kinds import OVER_A_HUB, LinkChoice, LinkKind
from components.names import account_of
from components.networks.attributes import AwsHubAttributes, AwsVpcAttributes
from components.networks.aws import AwsVpc, AwsVpcArgs


def customer_side_in_aws(
    name: str, args: CustomerSideArgs, end: GatewayEnd, opts: pulumi.ResourceOptions
) -> CustomerSide:
    """Build the customer's side of a region in AWS.

    Raises ``ValueError`` for a given VPC without the hub, the account or the subnets that one of
    its links needs.
    """
    made, vpc = None, given_network(name, args, AwsVpcAttributes)
    if vpc is None:
        made = AwsVpc(
            name, AwsVpcArgs(args.region, args.cidr, args.zones, args.tags, args.protect), opts
        )
        vpc = made.attributes
    if end.isolated:
        end = replace(end, closed_by=_denied(name, args, end, made, opts))
    hub = None
    if any(link.kind in OVER_A_HUB for link in args.chosen_links):
        hub = args.hub if made is None else _hub(name, args, made, opts)
    links = {
        link.key: _aws_link(f"{name}-{link.key}", link, args, end, vpc, hub, opts)
        for link in args.chosen_links
    }
    account = vpc.account
    if hub is not None:
        account = pulumi.Output.from_input(hub.transit_gateway_arn).apply(account_of)
    elif account is None:
        raise ValueError(f"{name}: the VPC has no account; give it the id of its owner")
    return CustomerSide(
        network=vpc,
        network_id=pulumi.Output.from_input(vpc.vpc_id),
        network_name=pulumi.Output.from_input(vpc.vpc_id),
        account=pulumi.Output.from_input(account).apply(str),
        links=links,
        hub_id=None if hub is None else pulumi.Output.from_input(hub.transit_gateway_id),
        subnet_ids={} if made is None else made.subnet_ids,
        hub=hub,
        gateway_attachment_id=_accepted(links),
    )


def _accepted(links: Mapping[str, Link]) -> pulumi.Output[str] | None:
    """The id of Kong's accepted attachment to the hub; None without a link over it."""
    from components.links.aws_transit_gateway import AwsTransitGatewayLink

    accepted = (
        link.accepted_attachment_id
        for link in links.values()
        if isinstance(link, AwsTransitGatewayLink)
    )
    return next(accepted, None)


def _denied(
    name: str,
    args: CustomerSideArgs,
    end: GatewayEnd,
    made: AwsVpc | None,
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.Resource]:
    """Deny the gateway's block in a VPC that was created here. A given VPC is its owner's."""
    from components.isolation.aws import AwsIsolation, AwsIsolationArgs

    if made is None:
        return ()
    denied = AwsIsolationArgs(args.region, made.network_acl_id, end.cidr)
    return AwsIsolation(f"{name}-isolation", denied, opts).rules


def _aws_link(
    name: str,
    link: LinkChoice,
    args: CustomerSideArgs,
    end: GatewayEnd,
    vpc: AwsVpcAttributes,
    hub: AwsHubAttributes | None,
    opts: pulumi.ResourceOptions,
) -> Link:
    if link.kind is LinkKind.RESOURCE_ENDPOINT:
        from components.links import aws_resource_endpoint

        endpoint = aws_resource_endpoint.AwsResourceEndpointLinkArgs(
            end, args.region, args.zones, vpc, args.cidr, link.resources, args.tags
        )
        return aws_resource_endpoint.AwsResourceEndpointLink(name, endpoint, opts)
    if link.kind is LinkKind.VPC_PEERING:
        from components.links import aws_vpc_peering

        peering = aws_vpc_peering.AwsVpcPeeringLinkArgs(
            end, args.region, vpc, args.cidr, args.ports, args.tags
        )
        return aws_vpc_peering.AwsVpcPeeringLink(name, peering, opts)
    from components.links import aws_transit_gateway

    if hub is None:
        raise ValueError(
            f"{name} has a given VPC and no hub; give it the hub that the VPC is attached to"
        )
    transit = aws_transit_gateway.AwsTransitGatewayLinkArgs(
        gateway=end,
        region=args.region,
        vpc=vpc,
        hub=hub,
        reach=[args.cidr, *args.reach],
        ports=args.ports,
        tags=args.tags,
    )
    return aws_transit_gateway.AwsTransitGatewayLink(name, transit, opts)


def _hub(
    name: str, args: CustomerSideArgs, vpc: AwsVpc, opts: pulumi.ResourceOptions
) -> AwsHubAttributes:
    """Create the hub of a VPC that was created here, and attach the VPC to it."""
    from components.networks.aws_hub import (
        AwsHubSpoke,
        AwsHubSpokeArgs,
        AwsTransitHub,
        AwsTransitHubArgs,
    )

    hub = AwsTransitHub(
        f"{name}-hub", AwsTransitHubArgs(args.region, args.tags, args.protect, args.asn), opts
    )
    spoke = AwsHubSpoke(
        f"{name}-spoke",
        AwsHubSpokeArgs(
            region=args.region,
            vpc_id=vpc.vpc_id,
            subnet_ids=list(vpc.transit_subnet_ids.values()),
            transit_gateway_id=hub.transit_gateway_id,
            gateway_route_table_id=hub.gateway_route_table_id,
            spoke_route_table_id=hub.spoke_route_table_id,
            tags=args.tags,
        ),
        opts,
    )
    return hub.with_spoke(spoke)
