"""Builds the customer's side of a region: its network, unless it is given, and its links.

The modules of a cloud are imported only when a region is in it: loading its SDK takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import TypeVar

import pulumi

from components.links.azure_grant import AzureGrant
from components.links.base import GatewayEnd, Link
from components.links.kinds import LinkChoice, links_of
from components.networks.attributes import (
    AwsHubAttributes,
    AwsVpcAttributes,
    AzureHubAttributes,
    AzureVnetAttributes,
    CustomerNetwork,
    GcpVpcAttributes,
)
from components.regions import Cloud

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
    """AWS: further blocks that the gateway reaches through a Transit Gateway."""
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call upstreams in the customer network."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them."""
    network: CustomerNetwork | None = None
    """The network, if another team owns it. None: a network is created."""
    hub: AwsHubAttributes | None = None
    """AWS: the hub that a network of another team is attached to."""
    azure: AzureGrant = field(default_factory=AzureGrant)
    virtual_wan_id: pulumi.Input[str] | None = None
    """Azure: the virtual WAN that a hub which is created here joins. None: one of its own."""
    asn: int | None = None
    """AWS: the BGP autonomous system number of a Transit Gateway that is created here. None: AWS's
    own, 64512."""
    inspected: bool = False
    """GCP: whether firewalls of a fabric inspect what a network that is created here lets in."""
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
    """The hub between. AWS: the Transit Gateway's id. Azure: the virtual hub's resource id."""
    subnet_ids: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """The workload subnets, by zone id in AWS and by name elsewhere; empty for a given network."""
    hub: AwsHubAttributes | AzureHubAttributes | None = None
    """The hub between, with the ids that a fabric needs."""
    gateway_attachment_id: pulumi.Output[str] | None = None
    """AWS: the id of Kong's attachment to the Transit Gateway, after it was accepted."""
    virtual_wan_id: pulumi.Output[str] | None = None
    """Azure: the virtual WAN of a hub that was created here."""
    hub_connection: pulumi.Resource | None = None
    """Azure: the connection of the VNet to the virtual hub, if it was created here."""

    @property
    def security_group_id(self) -> pulumi.Output[str] | None:
        """The id of the security group that lets the gateway in; None in GCP."""
        groups = [link.security_group_id for link in self.links.values()]
        return next((group for group in groups if group is not None), None)


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
    cloud, and for a given VPC in AWS without the hub, account or subnets that a link needs.
    """
    match args.cloud:
        case Cloud.AWS:
            from components.connectivity.aws import customer_side_in_aws

            return customer_side_in_aws(name, args, end, opts)
        case Cloud.AZURE:
            from components.connectivity.azure import customer_side_in_azure

            return customer_side_in_azure(name, args, end, opts)
        case Cloud.GCP:
            from components.connectivity.gcp import customer_side_in_gcp

            return customer_side_in_gcp(name, args, end, opts, after)


def peering_of(side: CustomerSide) -> Sequence[pulumi.Resource]:
    """Our side of the peering of a GCP region; empty for a region in another cloud."""
    if not isinstance(side.network, GcpVpcAttributes):
        return ()
    from components.links.gcp_vpc_peering import GcpVpcPeeringLink

    return [one.peering for one in side.links.values() if isinstance(one, GcpVpcPeeringLink)]


def given_network(name: str, args: CustomerSideArgs, kind: type[NetworkT]) -> NetworkT | None:
    """The network that another team owns, if any. Raises ``ValueError`` for another cloud's."""
    if args.network is None or isinstance(args.network, kind):
        return args.network
    raise ValueError(
        f"{name} is in {args.cloud}, and its network is of type {type(args.network).__name__}; "
        f"give it {kind.__name__}"
    )
