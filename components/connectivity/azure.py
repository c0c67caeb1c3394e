"""Builds the customer's side of a region in Azure: a VNet and hub, unless given, and the links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.connectivity.side import CustomerSide, CustomerSideArgs, given_network
from components.links.azure_upstreams import subscription_of
from components.links.base import GatewayEnd, Link
from components.links.kinds import LinkChoice, LinkKind, VirtualHubChoice
from components.networks.attributes import AzureHubAttributes, AzureVnetAttributes
from components.networks.azure import AzureVnet, AzureVnetArgs


def customer_side_in_azure(
    name: str, args: CustomerSideArgs, end: GatewayEnd, opts: pulumi.ResourceOptions
) -> CustomerSide:
    """Build the customer's side of a region in Azure."""
    subnet_ids: Mapping[str, pulumi.Output[str]] = {}
    vnet = given_network(name, args, AzureVnetAttributes)
    if vnet is None:
        isolated_from = end.cidr if end.isolated else None
        made = AzureVnet(
            name,
            AzureVnetArgs(args.region, args.cidr, args.tags, args.protect, isolated_from),
            opts,
        )
        vnet, subnet_ids = made.attributes, made.subnet_ids
        end = replace(end, closed_by=made.closed_by)
    hub, virtual_wan_id, connection = None, None, None
    links: dict[str, Link] = {}
    for choice in args.chosen_links:
        if choice.kind is LinkKind.VIRTUAL_HUB:
            hub, virtual_wan_id = _hub(name, choice, args, vnet, opts)
            connection = _connection(name, choice, vnet, hub, opts)
            links[choice.key] = _over_a_hub(name, choice, args, end, vnet, hub, opts)
        else:
            from components.links import azure_vnet_peering as peering

            links[choice.key] = peering.AzureVnetPeeringLink(
                f"{name}-{choice.key}",
                peering.AzureVnetPeeringLinkArgs(end, vnet, args.azure, args.ports),
                opts,
            )
    return CustomerSide(
        network=vnet,
        network_id=pulumi.Output.from_input(vnet.vnet_id),
        network_name=pulumi.Output.from_input(vnet.vnet_name),
        account=pulumi.Output.from_input(vnet.vnet_id).apply(
            lambda vnet_id: subscription_of(vnet_id, name)
        ),
        links=links,
        hub_id=None if hub is None else pulumi.Output.from_input(hub.hub_id),
        subnet_ids=subnet_ids,
        hub=hub,
        virtual_wan_id=virtual_wan_id,
        hub_connection=connection,
    )


def _hub(
    name: str,
    choice: LinkChoice,
    args: CustomerSideArgs,
    vnet: AzureVnetAttributes,
    opts: pulumi.ResourceOptions,
) -> tuple[AzureHubAttributes, pulumi.Output[str] | None]:
    """The hub of a link, and the virtual WAN that it is in; None for the WAN of a given hub."""
    from components.networks.azure_hub import AzureVirtualHub, AzureVirtualHubArgs

    wanted = choice.hub or VirtualHubChoice()
    if wanted.hub_id is not None:
        return AzureHubAttributes(wanted.hub_id), None
    if wanted.address_prefix is None:
        raise ValueError(f"{name}: link {choice.key} has no hub; give it a hub_id or a block")
    hub_args = AzureVirtualHubArgs(
        args.region,
        vnet.resource_group_name,
        wanted.address_prefix,
        args.tags,
        args.protect,
        args.virtual_wan_id,
    )
    hub = AzureVirtualHub(f"{name}-hub", hub_args, opts)
    return hub.attributes, hub.virtual_wan_id


def _connection(
    name: str,
    choice: LinkChoice,
    vnet: AzureVnetAttributes,
    hub: AzureHubAttributes,
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource | None:
    """Connect the VNet to the hub, unless it is connected already."""
    from components.networks.azure_hub import AzureHubSpoke, AzureHubSpokeArgs

    if choice.hub is not None and choice.hub.landing_connected:
        return None
    return AzureHubSpoke(f"{name}-spoke", AzureHubSpokeArgs(hub, vnet.vnet_id), opts).connection


def _over_a_hub(
    name: str,
    choice: LinkChoice,
    args: CustomerSideArgs,
    end: GatewayEnd,
    vnet: AzureVnetAttributes,
    hub: AzureHubAttributes,
    opts: pulumi.ResourceOptions,
) -> Link:
    """Link the gateway to the hub that the VNet is connected to."""
    from components.links import azure_virtual_hub as link

    return link.AzureVirtualHubLink(
        f"{name}-{choice.key}",
        link.AzureVirtualHubLinkArgs(end, hub, vnet, args.azure, args.ports),
        opts,
    )
