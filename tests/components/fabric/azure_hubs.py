"""Hubs of a fabric in Azure for tests: a program that builds them with their landings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pulumi

from components.fabric.model import (
    FabricArgs,
    FabricLinkKind,
    FabricPlan,
    HubArgs,
    SegmentArgs,
    SpokeArgs,
)
from components.fabric.native.azure import AzureFabricHub
from components.fabric.native.hub import FabricHubArgs, FarEnd, RegionSide
from components.fabric.plan import fabric_plan
from components.networks.azure import AzureVnet, AzureVnetArgs
from components.networks.azure_hub import (
    AzureHubSpoke,
    AzureHubSpokeArgs,
    AzureVirtualHub,
    AzureVirtualHubArgs,
)
from components.regions import Cloud

CORE, OTHER = "azure-eastus2", "azure-westeurope"
AWS, GCP = "aws-us-east-2", "gcp-us-central1"
FAR_ADDRESSES = {
    AWS: ["52.1.0.1", "52.1.0.2", "52.1.0.3", "52.1.0.4"],
    GCP: ["34.1.0.1", "34.1.0.2"],
}
"""The public address of the other end of each tunnel."""


def hub(cloud: Cloud, region: str, number: int) -> HubArgs:
    """A hub whose blocks begin with ``10.<number>``."""
    return HubArgs(
        cloud,
        region,
        gateway=IPv4Network(f"10.{number}.0.0/20"),
        landing=IPv4Network(f"10.{number + 1}.0.0/16"),
        own=IPv4Network(f"10.{number + 2}.0.0/23") if cloud is Cloud.AZURE else None,
    )


HUBS = (
    hub(Cloud.AWS, "us-east-2", 64),
    hub(Cloud.AZURE, "eastus2", 80),
    hub(Cloud.AZURE, "westeurope", 84),
    hub(Cloud.GCP, "us-central1", 96),
)
SEGMENTS = {
    "shop": SegmentArgs(),
    "ledger": SegmentArgs(connected=frozenset({"shop"}), gateways=False),
    "lab": SegmentArgs(gateways=False),
}
SPOKES = {
    "orders": SpokeArgs(CORE, IPv4Network("10.90.0.0/24"), "shop", ports=(443, 8443)),
    "books": SpokeArgs(CORE, IPv4Network("10.91.0.0/24"), "ledger"),
    "stock": SpokeArgs(AWS, IPv4Network("10.92.0.0/24"), "shop"),
    "bench": SpokeArgs(AWS, IPv4Network("10.95.0.0/24"), "lab"),
}
FABRIC = FabricArgs(HUBS, segments=SEGMENTS, spokes=SPOKES)


def fabric_in_azure(args: FabricArgs = FABRIC) -> Callable[[], Any]:
    """A program with the hubs in Azure of a fabric and their ends of links.

    It returns the public addresses of each link's tunnels, by the key of the other hub.
    """

    def program() -> Any:
        plan = fabric_plan(args)
        sides = sides_in_azure(plan)
        hubs = {
            key: AzureFabricHub(f"fabric-{key}", _hub_args(plan, key, side))
            for key, side in sides.items()
        }
        links = {AWS: f"{AWS}-{CORE}", GCP: f"{CORE}-{GCP}"}
        return {
            far: _connect(plan, hubs[CORE], key, far)
            for far, key in links.items()
            if key in plan.links
        }

    return program


def _connect(plan: FabricPlan, end: AzureFabricHub, key: str, far: str) -> pulumi.Output[Any]:
    link = plan.links[key]
    keys = {tunnel.key: f"key-{far}-{tunnel.key}" for tunnel in link.tunnels}
    seen = FarEnd(far, plan.hubs[far].asn, FAR_ADDRESSES[far])
    return pulumi.Output.all(*end.connect(link, seen, keys))


def _hub_args(plan: FabricPlan, key: str, side: RegionSide) -> FabricHubArgs:
    links = [one for one in plan.links_of(key) if one.kind is FabricLinkKind.IPSEC]
    return FabricHubArgs(
        plan=plan.hubs[key],
        side=side,
        spokes={name: plan.spokes[name] for name in plan.hubs[key].spokes},
        segments=plan.segments,
        inspection=plan.inspection,
        speaks=bool(links),
        links=links,
        fabric=plan,
        tags={"team": "network"},
    )


def sides_in_azure(plan: FabricPlan) -> dict[str, RegionSide]:
    """Landings on virtual hubs of one WAN. The WAN is the core's."""
    made: dict[str, RegionSide] = {}
    wan_id: pulumi.Output[str] | None = None
    for key, of in sorted(plan.hubs.items(), key=lambda one: not one[1].core):
        if of.cloud is not Cloud.AZURE or of.own is None:
            continue
        landing = AzureVnet(key, AzureVnetArgs(of.region, of.landing)).attributes
        group = landing.resource_group_name
        virtual_hub = AzureVirtualHub(
            f"{key}-hub",
            AzureVirtualHubArgs(of.region, group, of.own, virtual_wan_id=wan_id),
        )
        wan_id = virtual_hub.virtual_wan_id
        spoke = AzureHubSpoke(
            f"{key}-spoke", AzureHubSpokeArgs(virtual_hub.attributes, landing.vnet_id)
        )
        made[key] = RegionSide(
            landing,
            virtual_hub.attributes,
            virtual_wan_id=wan_id,
            landing_connection=spoke.connection,
        )
    return made


def recorded(args: FabricArgs) -> FabricArgs:
    """The same fabric after its numbers were recorded."""
    return replace(args, numbers=fabric_plan(args).numbers)
