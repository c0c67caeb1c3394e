"""Builds the customer's side of a region in GCP: a network, unless it is given, and the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from components.connectivity.side import CustomerSide, CustomerSideArgs, given_network
from components.links import gcp_vpc_peering as link
from components.links.base import GatewayEnd
from components.networks.attributes import GcpVpcAttributes
from components.networks.gcp import GcpVpc, GcpVpcArgs


def customer_side_in_gcp(
    name: str,
    args: CustomerSideArgs,
    end: GatewayEnd,
    opts: pulumi.ResourceOptions,
    after: Sequence[pulumi.Resource],
) -> CustomerSide:
    """Build the customer's side of a region in GCP. ``after`` are peerings to be created first."""
    subnet_ids: Mapping[str, pulumi.Output[str]] = {}
    vpc = given_network(name, args, GcpVpcAttributes)
    given = vpc is not None
    if vpc is None:
        of_network = GcpVpcArgs(args.region, args.cidr, args.protect, args.inspected)
        made = GcpVpc(name, of_network, opts)
        vpc, subnet_ids = made.attributes, made.subnet_ids
    if end.isolated:
        from components.isolation.gcp import GcpIsolation, GcpIsolationArgs

        denied = GcpIsolationArgs(vpc.id, end.cidr, vpc.project if given else None)
        end = replace(end, closed_by=GcpIsolation(f"{name}-isolation", denied, opts).rules)
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
