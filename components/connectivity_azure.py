"""Builds the customer's side of a region in Azure: a VNet, unless it is given, and the links."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.connectivity import CustomerSide, CustomerSideArgs, given_network
from components.links import azure_vnet_peering as link
from components.links.base import GatewayEnd
from components.networks.attributes import AzureVnetAttributes
from components.networks.azure import AzureVnet, AzureVnetArgs


def customer_side_in_azure(
    name: str, args: CustomerSideArgs, end: GatewayEnd, opts: pulumi.ResourceOptions
) -> CustomerSide:
    """Build the customer's side of a region in Azure."""
    subnet_ids: Mapping[str, pulumi.Output[str]] = {}
    vnet = given_network(name, args, AzureVnetAttributes)
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
