"""What a plan accepts, the clouds accept: whole fabrics, created in the sandbox.

Each has closed and open segments, several ports, further blocks behind hubs, and two regions of one
cloud. All pairs of inspection and clouds work; those here have each cloud with each inspection
once, because a fabric takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.fabric.fabric import TransitFabric
from components.fabric.model import (
    FabricArgs,
    HubArgs,
    InspectionArgs,
    InspectionKind,
    SegmentArgs,
    SpokeArgs,
)
from components.fabric.native.hub import RegionSide
from components.fabric.parts import TransitFabricArgs
from components.fabric.plan import fabric_plan
from components.networks.gcp import GcpVpc, GcpVpcArgs
from components.regions import Cloud
from tests.components.fabric.aws_hubs import region_side
from tests.components.fabric.azure_hubs import sides_in_azure
from tests.components.fabric.fabrics import SUMMARIES, hub, spoke
from tests.components.fabric.sandbox_program import cloud_world

SEGMENTS = {
    "shop": SegmentArgs(frozenset({"ledger"})),
    "ledger": SegmentArgs(gateways=False),
    "audit": SegmentArgs(gateways=False),
}
ENDPOINTS = {
    Cloud.AWS: "com.amazonaws.vpce.{}.vpce-svc-0123456789abcdef0",
    Cloud.AZURE: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
    "/networkVirtualAppliances/{}",
    Cloud.GCP: "projects/acme/locations/global/interceptEndpointGroups/{}",
}
AWS, AZURE, GCP = Cloud
NONE, NATIVE, THIRD_PARTY = InspectionKind


def fabric_of(clouds: tuple[Cloud, ...], kind: InspectionKind) -> FabricArgs:
    """Two regions of the first cloud and one of the others, with spokes in all segments."""
    regions = [(clouds[0], 1), *((cloud, 0) for cloud in clouds)]
    hubs = [_hub(cloud, place) for cloud, place in regions]
    spokes: dict[str, SpokeArgs] = {}
    for number, (cloud, place) in enumerate(regions):
        of = (("shop", "ledger"), ("audit", "shop"))[number % 2]
        for index, segment in enumerate(of):
            made = spoke(cloud, place, segment, index)
            spokes[f"{segment}-{number}"] = replace(made, ports=(443, 8443))
    return FabricArgs(
        hubs,
        segments=SEGMENTS,
        spokes=spokes,
        inspection=_inspection(kind, hubs),
        summaries=SUMMARIES,
    )


def _hub(cloud: Cloud, place: int) -> HubArgs:
    made = hub(cloud, place)
    reach = IPv4Network(f"192.168.{10 * list(Cloud).index(cloud) + place}.0/24")
    return replace(made, zones=made.zones[:2], reach=[reach])


def _inspection(kind: InspectionKind, hubs: list[HubArgs]) -> InspectionArgs:
    if kind is InspectionKind.NONE:
        return InspectionArgs()
    clouds = {one.cloud for one in hubs}
    others = kind is InspectionKind.THIRD_PARTY
    bypass = [hubs[0].landing] if not others or clouds == {Cloud.GCP} else []
    endpoints = {one.key: ENDPOINTS[one.cloud].format(one.region) for one in hubs}
    return InspectionArgs(kind, endpoints if others else {}, bypass, "123456789012")


def whole_fabric(args: FabricArgs) -> Callable[[], Any]:
    """A program with the landings of all regions, and the fabric."""

    def program() -> Any:
        plan = fabric_plan(args)
        sides = sides_in_azure(plan)
        policies_first = plan.inspection.kind is not InspectionKind.NONE
        for key, of in plan.hubs.items():
            if of.cloud is Cloud.AWS:
                sides[key] = region_side(plan, key)
            if of.cloud is Cloud.GCP:
                vpc = GcpVpc(key, GcpVpcArgs(of.region, of.landing, policies_first=policies_first))
                sides[key] = RegionSide(vpc.attributes)
        return TransitFabric("fabric", TransitFabricArgs(plan, sides)).exported()

    return program


@pytest.mark.parametrize(
    ("kind", "clouds"),
    [
        (NONE, (GCP, AZURE)),
        (NONE, (AWS,)),
        (NATIVE, (AZURE, AWS)),
        (NATIVE, (GCP,)),
        (THIRD_PARTY, (AWS, GCP)),
        (THIRD_PARTY, (AZURE,)),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_an_accepted_fabric_is_created_and_goes(
    kind: InspectionKind, clouds: tuple[Cloud, ...]
) -> None:
    with cloud_world() as world:
        world.run(whole_fabric(fabric_of(clouds, kind)))
        assert world.objects
        world.run(dict)
        assert world.objects == {}
