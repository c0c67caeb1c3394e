"""Gateways with a fabric: two regions of each cloud, and spokes in three segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from components.fabric.model import FabricArgs, FabricPlan, HubArgs, SegmentArgs, SpokeArgs
from components.fabric.plan import fabric_plan
from components.gateway import MultiCloudGatewayArgs, RegionArgs
from components.links.kinds import LinkChoice, LinkKind, VirtualHubChoice
from components.regions import Cloud
from tests.components import gateways

SUMMARIES = {
    Cloud.AWS: IPv4Network("10.64.0.0/12"),
    Cloud.AZURE: IPv4Network("10.80.0.0/12"),
    Cloud.GCP: IPv4Network("10.96.0.0/12"),
}
HUB_BLOCKS = {"eastus2": "10.82.0.0/23", "northeurope": "10.82.2.0/23", "westus2": "10.82.4.0/23"}


def azure(region: str, cidr: str, landing: str) -> RegionArgs:
    """A region in Azure whose gateway joins a virtual hub that is created."""
    hub = VirtualHubChoice(address_prefix=IPv4Network(HUB_BLOCKS[region]))
    return replace(
        gateways.AZURE,
        region=region,
        cidr=IPv4Network(cidr),
        customer_cidr=IPv4Network(landing),
        links=[LinkChoice("virtual-hub", LinkKind.VIRTUAL_HUB, hub=hub)],
    )


AWS_EU = replace(
    gateways.AWS,
    region="eu-west-1",
    cidr=IPv4Network("10.64.16.0/20"),
    zones=("euw1-az1", "euw1-az2"),
    customer_cidr=IPv4Network("10.66.0.0/16"),
)
AZURE = azure("eastus2", "10.80.0.0/20", "10.81.0.0/16")
AZURE_EU = azure("northeurope", "10.80.16.0/20", "10.83.0.0/16")
AZURE_WEST = azure("westus2", "10.80.32.0/20", "10.84.0.0/16")
REGIONS = (gateways.AWS, AWS_EU, AZURE, AZURE_EU, gateways.GCP, gateways.GCP_EU)

SEGMENTS = {
    "shop": SegmentArgs(),
    "billing": SegmentArgs(connected=frozenset({"shop"})),
    "lab": SegmentArgs(gateways=False),
}
SPOKES = {
    "shop": SpokeArgs("aws-us-east-2", IPv4Network("10.67.0.0/20"), "shop"),
    "orders": SpokeArgs("azure-northeurope", IPv4Network("10.85.0.0/20"), "shop"),
    "ledger": SpokeArgs("gcp-us-central1", IPv4Network("10.100.0.0/20"), "billing"),
    "lab": SpokeArgs("aws-eu-west-1", IPv4Network("10.67.16.0/20"), "lab"),
}


def fabric_of(regions: Sequence[RegionArgs]) -> FabricArgs:
    """What the fabric of these regions is asked to be."""
    return FabricArgs(
        hubs=[_hub(region) for region in regions],
        segments=SEGMENTS,
        spokes=SPOKES,
        summaries=SUMMARIES,
    )


def _hub(region: RegionArgs) -> HubArgs:
    block = HUB_BLOCKS.get(region.region)
    return HubArgs(
        cloud=region.cloud,
        region=region.region,
        gateway=region.cidr,
        landing=region.customer_cidr,
        zones=region.zones,
        own=IPv4Network(block) if block else None,
        ports=region.ports,
    )


def gateway(*regions: RegionArgs, plan: FabricPlan | None = None) -> MultiCloudGatewayArgs:
    """A gateway in these regions (by default all of ``REGIONS``) with a fabric."""
    wanted = regions or REGIONS
    return gateways.args(*wanted, fabric=plan or fabric_plan(fabric_of(wanted)))
