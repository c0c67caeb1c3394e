"""Builds the load balancer of a region; the SDK of its cloud is loaded here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi

from components.addressing.roles import Role
from components.connectivity.side import CustomerSide
from components.load_balancers.base import LoadBalancer, LoadBalancerChoice, PrivateOrigin
from components.networks.attributes import (
    AwsVpcAttributes,
    AzureVnetAttributes,
    GcpVpcAttributes,
)
from components.networks.subnets import (
    azure_load_balancer_subnet,
    landing_blocks,
    load_balancer_subnets,
)
from components.regions import Cloud


@dataclass(frozen=True)
class RegionalLoadBalancerArgs:
    """A region, as its load balancer needs it."""

    cloud: Cloud
    choice: LoadBalancerChoice
    origin: PrivateOrigin
    side: CustomerSide
    """The customer's network and its links."""
    cidr: IPv4Network
    """The customer network's block."""
    zones: Sequence[str]
    """Zone ids of the gateway network."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them."""


def load_balancer(
    name: str, args: RegionalLoadBalancerArgs, opts: pulumi.ResourceOptions
) -> LoadBalancer:
    """Create the load balancer of a region.

    Raises ValueError for a cloud that has none, and for a VNet without room for its subnet.
    """
    network = args.side.network
    if isinstance(network, AwsVpcAttributes):
        from components.load_balancers.aws import AwsLoadBalancer, AwsLoadBalancerArgs

        given = bool(args.choice.subnet_ids)
        in_aws = AwsLoadBalancerArgs(
            args.choice,
            args.origin,
            network,
            args.cidr,
            {} if given else load_balancer_subnets(args.cidr, args.zones),
            list(args.side.links.values()),
            args.tags,
        )
        return AwsLoadBalancer(name, in_aws, opts)
    if isinstance(network, AzureVnetAttributes):
        from components.load_balancers.azure import AzureLoadBalancer, AzureLoadBalancerArgs

        subnet = azure_load_balancer_subnet(args.cidr)
        if subnet is None:
            raise ValueError(f"{name}: {args.cidr} has no room for the subnet of a load balancer")
        in_azure = AzureLoadBalancerArgs(
            args.choice,
            args.origin,
            network,
            args.cidr,
            subnet,
            list(args.side.links.values()),
            args.tags,
        )
        return AzureLoadBalancer(name, in_azure, opts)
    if isinstance(network, GcpVpcAttributes):
        return _in_gcp(name, args, network, opts)
    raise ValueError(f"{name}: a region in {args.cloud} has no load balancer")


def _in_gcp(
    name: str,
    args: RegionalLoadBalancerArgs,
    network: GcpVpcAttributes,
    opts: pulumi.ResourceOptions,
) -> LoadBalancer:
    """In a given network: its address is in the named subnetwork, and Google's proxies are there.

    Raises ValueError for a landing without room for the proxies.
    """
    from components.load_balancers.gcp import GcpLoadBalancer, GcpLoadBalancerArgs

    given = next(iter(args.choice.subnet_ids.values()), None)
    proxies = None
    if given is None:
        proxies = landing_blocks(Cloud.GCP, args.cidr).get(Role.LOAD_BALANCERS)
        if proxies is None:
            raise ValueError(f"{name}: the landing's block {args.cidr} has no room for proxies")
    in_gcp = GcpLoadBalancerArgs(
        origin=args.origin,
        vpc=network,
        subnetwork=args.side.subnet_ids["workload"] if given is None else given,
        proxies=proxies,
        given=given is not None,
        links=list(args.side.links.values()),
        labels=args.tags,
    )
    return GcpLoadBalancer(name, in_gcp, opts)
