"""A region of a fabric is isolated and taken back: what `make isolate` lets the update delete."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from components.fabric.model import SegmentArgs, SpokeArgs
from components.fabric.plan import fabric_plan
from components.gateway import RegionArgs
from tests.components import gateways as plain
from tests.components.fabric import gateways
from tests.components.gateways import Build
from tools.isolate import unwanted
from tools.report.preview import Action, Preview, Resource


def deleted(urns: set[str]) -> Preview:
    """A preview that deletes these resources and changes nothing else."""
    types = {urn: urn.split("::")[2].rpartition("$")[2] for urn in urns}
    resources = tuple(Resource(urn, type_, Action.DELETE) for urn, type_ in types.items())
    return Preview(resources, (), (), (), (), stack_rules_ran=True, messages=(), result="succeeded")


def urns_of(build: Build, regions: list[RegionArgs]) -> set[str]:
    """The resources of a fabric with a spoke in each region."""
    args = gateways.fabric_of(regions)
    hubs = [
        replace(hub, isolated=region.isolated)
        for hub, region in zip(args.hubs, regions, strict=True)
    ]
    spokes = {
        f"net-{number}": SpokeArgs(region.key, IPv4Network(f"172.20.{16 * number}.0/20"), "shop")
        for number, region in enumerate(regions)
    }
    segments = {"shop": SegmentArgs()}
    plan = fabric_plan(replace(args, hubs=hubs, spokes=spokes, segments=segments))
    world, _ = build(gateways.gateway(*regions, plan=plan))
    return {*world.urns}


@pytest.mark.parametrize(
    "regions",
    [[plain.AWS, plain.GCP], [gateways.AZURE, plain.GCP]],
    ids=["aws-gcp", "azure-gcp"],
)
def test_isolating_a_region_of_a_fabric_is_not_refused(
    build: Build, regions: list[RegionArgs]
) -> None:
    """With two regions, a landing and a spoke may be left without any gateway to let in."""
    live = urns_of(build, regions)
    for cut in regions:
        isolated = urns_of(build, [replace(one, isolated=one is cut) for one in regions])
        assert live - isolated, "isolation deletes nothing, so this test shows nothing"
        for gone in (live - isolated, isolated - live):
            assert [one.name for one in unwanted(deleted(gone))] == []
