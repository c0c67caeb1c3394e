"""Builds the customer's side of a region: its network, unless it is given, and its links.

The modules of a cloud are imported only when a region is in it: loading its SDK takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, TypeVar

import pulumi

from components.links.azure_grant import AzureGrant
from components.links.base import GatewayEnd, Link
from components.links.kinds import OVER_A_HUB, LinkChoice, LinkKind, links_of
from components.names import account_of
from components.networks.attributes import (
    AwsHubAttributes,
    AwsVpcAttributes,
    AzureVnetAttributes,
    CustomerNetwork,
    GcpVpcAttributes,
)
from components.regions import Cloud

if TYPE_CHECKING:
    from components.networks.aws import AwsVpc

NetworkT = TypeVar("NetworkT", AwsVpcAttributes, AzureVnetAttributes, GcpVpcAttributes)


@dataclass(frozen=True)
class CustomerSideArgs:
    """The customer's side of one region, and how the gateway network is linked to it."""

    cloud: Cloud
    region: str
    """The cloud's own region id."""
    zones: Sequence[str]
    """Zone ids of the gateway network. In AWS the customer network has subnets in each of them."""
    cidr: IPv4Network
    """The customer network's block."""
    reach: Sequence[IPv4Network] = ()
    """AWS: further blocks that the gateway reaches through the hub."""
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call upstreams in the customer network."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them."""
    network: CustomerNetwork | None = None
    """The network, if another team owns it. None: a network is created."""
    hub: AwsHubAttributes | None = None
    """AWS: the hub that a network of another team is attached to."""
    azure: AzureGrant = field(default_factory=AzureGrant)
    protect: bool = False
    """Whether Pulumi refuses to delete the network and hub that are created here."""
    links: Sequence[LinkChoice] = ()
    """How the gateway network is linked. Empty: the default of the cloud."""

    @property
    def chosen_links(self) -> Sequence[LinkChoice]:
        """The links, in the order of the cloud's kinds; at least one."""
        return links_of(self.cloud, self.links)


@dataclass(frozen=True)
class CustomerSide:
    """The customer's side of one region, as it was built."""

    network: CustomerNetwork
    network_id: pulumi.Output[str]
    """AWS: the VPC's id. Azure: the VNet's resource id. GCP: the network's id."""
    network_name: pulumi.Output[str]
    """AWS: the VPC's id. Azure and GCP: the network's name."""
    account: pulumi.Output[str]
    """AWS: the account's id. Azure: the subscription's id. GCP: the project's id."""
    links: Mapping[str, Link]
    """By the key of the link, in the order of the cloud's kinds; at least one."""
    hub_id: pulumi.Output[str] | None = None
    """AWS: the Transit Gateway's id."""
    subnet_ids: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """The workload subnets, by zone id in AWS and by name elsewhere; empty for a given network."""


def customer_side(
    name: str,
    args: CustomerSideArgs,
    end: GatewayEnd,
    opts: pulumi.ResourceOptions,
    after: Sequence[pulumi.Resource] = (),
) -> CustomerSide:
    """Build the customer's side of a region; ``name`` is the prefix of its resources' names.

    ``after`` are peerings of given GCP networks that must be created first: Google runs one
    peering operation at a time on a network. Raises ``ValueError`` for a given network of another
    cloud, and for a given VPC in AWS without its hub.
    """
    match args.cloud:
        case Cloud.AWS:
            return _in_aws(name, args, end, opts)
        case Cloud.AZURE:
            return _in_azure(name, args, end, opts)
        case Cloud.GCP:
            return _in_gcp(name, args, end, opts, after)


def peering_of(side: CustomerSide) -> Sequence[pulumi.Resource]:
    """Our side of the peering of a GCP region; empty for a region in another cloud."""
    if not isinstance(side.network, GcpVpcAttributes):
        return ()
    from components.links.gcp_vpc_peering import GcpVpcPeeringLink

    return [one.peering for one in side.links.values() if isinstance(one, GcpVpcPeeringLink)]


def _in_aws(
    name: str, args: CustomerSideArgs, end: GatewayEnd, opts: pulumi.ResourceOptions
) -> CustomerSide:
    from components.networks.aws import AwsVpc, AwsVpcArgs

    made, vpc = None, _given(name, args, AwsVpcAttributes)
    if vpc is None:
        made = AwsVpc(
            name, AwsVpcArgs(args.region, args.cidr, args.zones, args.tags, args.protect), opts
        )
        vpc = made.attributes
    hub = args.hub
    if made is not None and any(link.kind in OVER_A_HUB for link in args.chosen_links):
        hub = _hub(name, args, made, opts)
    links = {
        link.key: _aws_link(f"{name}-{link.key}", link, args, end, vpc, hub, opts)
        for link in args.chosen_links
    }
    account = vpc.account
    if hub is not None:
        account = pulumi.Output.from_input(hub.transit_gateway_arn).apply(account_of)
    return CustomerSide(
        network=vpc,
        network_id=pulumi.Output.from_input(vpc.vpc_id),
        network_name=pulumi.Output.from_input(vpc.vpc_id),
        account=pulumi.Output.from_input(account).apply(str),
        links=links,
        hub_id=None if hub is None else pulumi.Output.from_input(hub.transit_gateway_id),
        subnet_ids={} if made is None else made.subnet_ids,
    )


def _aws_link(
    name: str,
    link: LinkChoice,
    args: CustomerSideArgs,
    end: GatewayEnd,
    vpc: AwsVpcAttributes,
    hub: AwsHubAttributes | None,
    opts: pulumi.ResourceOptions,
) -> Link:
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
        f"{name}-hub", AwsTransitHubArgs(args.region, args.tags, args.protect), opts
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


def _in_azure(
    name: str, args: CustomerSideArgs, end: GatewayEnd, opts: pulumi.ResourceOptions
) -> CustomerSide:
    from components.links import azure_vnet_peering as link
    from components.networks.azure import AzureVnet, AzureVnetArgs

    subnet_ids: Mapping[str, pulumi.Output[str]] = {}
    vnet = _given(name, args, AzureVnetAttributes)
    if vnet is None:
        made = AzureVnet(name, AzureVnetArgs(args.region, args.cidr, args.tags, args.protect), opts)
        vnet, subnet_ids = made.attributes, made.subnet_ids
    peering = link.AzureVnetPeeringLinkArgs(end, vnet, args.azure, args.ports)
    links = {
        one.key: link.AzureVnetPeeringLink(f"{name}-{one.key}", peering, opts)
        for one in args.chosen_links
    }
    return CustomerSide(
        network=vnet,
        network_id=pulumi.Output.from_input(vnet.vnet_id),
        network_name=pulumi.Output.from_input(vnet.vnet_name),
        account=pulumi.Output.from_input(vnet.vnet_id).apply(
            lambda vnet_id: link.subscription_of(vnet_id, name)
        ),
        links=links,
        subnet_ids=subnet_ids,
    )


def _in_gcp(
    name: str,
    args: CustomerSideArgs,
    end: GatewayEnd,
    opts: pulumi.ResourceOptions,
    after: Sequence[pulumi.Resource],
) -> CustomerSide:
    from components.links import gcp_vpc_peering as link
    from components.networks.gcp import GcpVpc, GcpVpcArgs

    subnet_ids: Mapping[str, pulumi.Output[str]] = {}
    vpc = _given(name, args, GcpVpcAttributes)
    given = vpc is not None
    if vpc is None:
        made = GcpVpc(name, GcpVpcArgs(args.region, args.cidr, args.protect), opts)
        vpc, subnet_ids = made.attributes, made.subnet_ids
    peering = link.GcpVpcPeeringLinkArgs(end, vpc, given, args.ports, after if given else ())
    links = {
        one.key: link.GcpVpcPeeringLink(f"{name}-{one.key}", peering, opts)
        for one in args.chosen_links
    }
    return CustomerSide(
        network=vpc,
        network_id=pulumi.Output.from_input(vpc.id),
        network_name=pulumi.Output.from_input(vpc.name),
        account=pulumi.Output.from_input(vpc.project),
        links=links,
        subnet_ids=subnet_ids,
    )


def _given(name: str, args: CustomerSideArgs, kind: type[NetworkT]) -> NetworkT | None:
    """The network that another team owns, if any. Raises ``ValueError`` for another cloud's."""
    if args.network is None or isinstance(args.network, kind):
        return args.network
    raise ValueError(
        f"{name} is in {args.cloud}, and its network is of type {type(args.network).__name__}; "
        f"give it {kind.__name__}"
    )
