"""Networks for gateways of Aviatrix in Azure. A gateway is in a zone of its region.

FireNet is a flag of the gateway. Of a VNet that the controller did not create it needs only subnets
for the firewalls: the controller's own flag for VNets decides which subnets it creates in those.
Source: Aviatrix, Terraform module `mc-firenet` (example `azure_ha_byo_vnet_checkpoint`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.component import Component
from components.fabric.aviatrix.sites import Site, SiteArgs, small_blocks
from components.fabric.model import SpokePlan
from components.fabric.native.azure_rules import ALLOW, DENY, INBOUND, add_rule
from components.fabric.native.azure_spoke import PRIVATE_BLOCKS
from components.names import bounded_name
from components.networks.azure import AzureVnet, AzureVnetArgs, vnet_in_group
from components.networks.subnets import zone_slot

DISPLAY_NAMES: Final[Mapping[str, str]] = {
    "australiaeast": "Australia East",
    "canadacentral": "Canada Central",
    "centralus": "Central US",
    "eastus": "East US",
    "eastus2": "East US 2",
    "francecentral": "France Central",
    "germanywestcentral": "Germany West Central",
    "japaneast": "Japan East",
    "northeurope": "North Europe",
    "southcentralus": "South Central US",
    "swedencentral": "Sweden Central",
    "uaenorth": "UAE North",
    "uksouth": "UK South",
    "westeurope": "West Europe",
    "westus2": "West US 2",
    "westus3": "West US 3",
}
"""Regions as the controller names them. Source: Microsoft, "List of Azure regions"; Aviatrix,
`aviatrix_transit_gateway` (``vpc_reg``)."""
_LONGEST_NAME: Final = 59
"""The name of a VNet has at most 64 characters, with ``-vnet`` behind it."""


def azure_site(owner: Component, args: SiteArgs) -> Site:
    """Create a VNet with a subnet for the gateway and one for its HA peer."""
    count = 4 if args.firewalls else 2
    blocks = small_blocks(args.cidr, count, last=args.spoke is not None)
    # Azure takes changes of one VNet only one after the other.
    earlier: list[pulumi.Resource] = []
    if args.spoke is None:
        name = bounded_name(owner.name, "net", _LONGEST_NAME)
        of_vnet = AzureVnetArgs(args.region, args.cidr, args.tags, args.protect)
        in_group, vnet = vnet_in_group(owner, name, of_vnet)
        group, vnet_name, guid = in_group.name, vnet.name, vnet.resource_guid
        network_id, subnet_ids = vnet.id, {}
    else:
        of_spoke = _spoke_vnet(owner, args, args.spoke)
        network_id, subnet_ids = of_spoke.vnet_id, dict(of_spoke.subnet_ids)
        group = pulumi.Output.from_input(of_spoke.attributes.resource_group_name)
        vnet_name = pulumi.Output.from_input(of_spoke.attributes.vnet_name)
        guid = of_spoke.resource_guid
        earlier.append(of_spoke)
    subnets: list[pulumi.Resource] = []
    for name, block in zip(("gateway", "ha", "firewall", "ha-firewall"), blocks, strict=False):
        subnets.append(
            network.Subnet(
                f"{owner.name}-{name}",
                resource_group_name=group,
                virtual_network_name=vnet_name,
                subnet_name=name,
                address_prefix=str(block),
                opts=owner.child(subnets[-1:] or earlier),
            )
        )
    zones = [f"az-{zone_slot(zone)}" for zone in args.zones[:2]]
    return Site(
        network_id=network_id,
        vpc_id=pulumi.Output.concat(vnet_name, ":", group, ":", guid),
        vpc_reg=DISPLAY_NAMES.get(args.region, args.region),
        subnet=str(blocks[0]),
        ha_subnet=str(blocks[1]),
        zone=zones[0] if zones else None,
        ha_zone=zones[-1] if zones else None,
        firewall_subnets=[str(block) for block in blocks[2:]],
        subnet_ids=subnet_ids,
        needs=subnets,
    )


def _spoke_vnet(owner: Component, args: SiteArgs, plan: SpokePlan) -> AzureVnet:
    """The VNet of a spoke. Azure lets connected networks in without rules."""
    vnet = AzureVnet(
        bounded_name(owner.name, "spoke", _LONGEST_NAME),
        AzureVnetArgs(args.region, args.cidr, args.tags, args.protect),
        owner.child(),
    )
    to = vnet.attributes
    add_rule(owner, to, "from-own-network", 200, ALLOW, INBOUND, [args.cidr])
    if plan.allowed:
        add_rule(owner, to, "from-callers", 201, ALLOW, INBOUND, plan.allowed, plan.ports)
    add_rule(owner, to, "not-from-others", 202, DENY, INBOUND, PRIVATE_BLOCKS)
    return vnet
