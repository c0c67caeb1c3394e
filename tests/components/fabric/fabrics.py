"""Fabrics for tests: one like production, and one with 48 regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from components.fabric.model import FabricArgs, HubArgs, SegmentArgs, SpokeArgs
from components.regions import Cloud, default_zones

REGIONS: Mapping[Cloud, Sequence[str]] = {
    Cloud.AWS: (
        "us-east-2", "eu-west-1", "us-east-1", "us-west-1", "us-west-2", "ca-central-1",
        "eu-central-1", "eu-central-2", "eu-west-2", "eu-west-3", "ap-northeast-1",
        "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "ap-south-1", "ap-south-2",
    ),
    Cloud.AZURE: (
        "eastus2", "northeurope", "westus2", "southcentralus", "canadacentral",
        "germanywestcentral", "uksouth", "francecentral", "australiaeast", "japaneast",
        "uaenorth", "eastus", "westus3", "centralus", "westeurope", "swedencentral",
    ),
    Cloud.GCP: (
        "us-central1", "europe-west1", "us-east1", "us-west1", "northamerica-northeast1",
        "europe-west2", "europe-west3", "asia-northeast1", "asia-southeast1", "asia-south1",
        "australia-southeast1", "us-east4", "us-west2", "europe-west4", "europe-north1",
        "asia-northeast2",
    ),
}  # fmt: skip
"""Sixteen regions of each cloud. The first one becomes its core."""

SUMMARIES: Mapping[Cloud, IPv4Network] = {
    Cloud.AWS: IPv4Network("10.64.0.0/13"),
    Cloud.AZURE: IPv4Network("10.80.0.0/13"),
    Cloud.GCP: IPv4Network("10.104.0.0/13"),
}
"""The summary of each cloud. Its sixteen /17 are the reserves of its regions."""

SEGMENTS: Mapping[str, SegmentArgs] = {
    "shop": SegmentArgs(),
    "billing": SegmentArgs(connected=frozenset({"shop"})),
    "lab": SegmentArgs(gateways=False),
}
"""Billing and shop reach each other. No gateway reaches the lab."""


def reserve(cloud: Cloud, place: int) -> IPv4Network:
    """The reserve of a cloud's region by its place in `REGIONS`."""
    return list(SUMMARIES[cloud].subnets(new_prefix=17))[place]


def hub(cloud: Cloud, place: int) -> HubArgs:
    """The hub of a cloud's region by its place in `REGIONS`."""
    region, around = REGIONS[cloud][place], reserve(cloud, place)
    own = list(around.subnets(new_prefix=23))[8] if cloud is Cloud.AZURE else None
    return HubArgs(
        cloud=cloud,
        region=region,
        gateway=next(around.subnets(new_prefix=20)),
        landing=list(around.subnets(new_prefix=18))[1],
        zones=default_zones(cloud, region),
        own=own,
    )


def spoke(cloud: Cloud, place: int, segment: str, number: int = 0) -> SpokeArgs:
    """A spoke of a cloud's region by its place in `REGIONS`; ``number`` is 0 or 1."""
    block = list(reserve(cloud, place).subnets(new_prefix=20))[2 + number]
    return SpokeArgs(f"{cloud.value}-{REGIONS[cloud][place]}", block, segment)


def prod_args(*, summaries: bool = True) -> FabricArgs:
    """A fabric like production: two regions of each cloud, and four spokes in three segments."""
    return FabricArgs(
        hubs=[hub(cloud, place) for cloud in Cloud for place in range(2)],
        segments=SEGMENTS,
        spokes={
            "shop": spoke(Cloud.AWS, 0, "shop"),
            "orders": spoke(Cloud.AZURE, 1, "shop"),
            "ledger": spoke(Cloud.GCP, 0, "billing"),
            "lab": spoke(Cloud.AWS, 1, "lab"),
        },
        summaries=SUMMARIES if summaries else {},
    )


def wide_args(*, summaries: bool = True) -> FabricArgs:
    """A fabric with 48 regions, sixteen of each cloud, and the spokes of `prod_args`."""
    hubs = [hub(cloud, place) for cloud in Cloud for place in range(16)]
    return replace(prod_args(summaries=summaries), hubs=hubs)
