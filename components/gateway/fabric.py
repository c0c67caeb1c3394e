"""The fabric of a gateway: what it takes from each region, and what a region takes from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network

import pulumi

from components.connectivity.side import CustomerSide
from components.fabric.fabric import TransitFabric
from components.fabric.model import FabricDriver, FabricPlan, InspectionKind
from components.fabric.native.hub import RegionSide
from components.fabric.parts import TransitFabricArgs
from components.gateway.args import MultiCloudGatewayArgs, RegionArgs
from components.regions import Cloud


def reach_of(region: RegionArgs, plan: FabricPlan | None) -> Sequence[IPv4Network]:
    """The blocks beyond the landing that a region's gateway reaches."""
    beyond = () if plan is None else plan.hubs[region.key].gateway_reach
    return [*region.reach, *beyond]


def asn_of(region: RegionArgs, plan: FabricPlan | None) -> int | None:
    """AWS: the BGP number of the region's Transit Gateway; None without a fabric and elsewhere."""
    if plan is None or region.cloud is not Cloud.AWS:
        return None
    return plan.hubs[region.key].asn


def is_inspected(plan: FabricPlan | None) -> bool:
    """Whether firewalls in the clouds inspect what landings let in."""
    if plan is None or plan.driver is not FabricDriver.NATIVE:
        return False
    return plan.inspection.kind is not InspectionKind.NONE


def core_first(regions: Sequence[RegionArgs], plan: FabricPlan | None) -> Sequence[RegionArgs]:
    """The regions in the order in which they are built.

    With a fabric, the core in Azure is built first: the hubs of other regions join its virtual WAN.
    """
    if plan is None:
        return regions
    core = plan.numbers.cores.get(Cloud.AZURE)
    return sorted(regions, key=lambda region: region.key != core)


def transit_fabric(
    name: str,
    args: MultiCloudGatewayArgs,
    sides: Mapping[str, CustomerSide],
    opts: pulumi.ResourceOptions,
) -> TransitFabric | None:
    """The fabric that connects the regions of a gateway; None without ``args.fabric``."""
    if args.fabric is None:
        return None
    regions = {region.key: region for region in args.regions}
    hubs = TransitFabricArgs(
        plan=args.fabric,
        sides={key: _region_side(sides[key]) for key in args.fabric.hubs},
        tags={key: regions[key].tags for key in args.fabric.hubs},
        protect=args.protect,
        providers={key: regions[key].providers for key in args.fabric.hubs},
    )
    return TransitFabric(f"{name}-fabric", hubs, opts)


def _region_side(side: CustomerSide) -> RegionSide:
    return RegionSide(
        network=side.network,
        hub=side.hub,
        security_group_id=side.security_group_id,
        gateway_attachment_id=side.gateway_attachment_id,
        virtual_wan_id=side.virtual_wan_id,
        landing_connection=side.hub_connection,
    )
