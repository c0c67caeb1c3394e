"""What the benchmarks build and how they judge it; they measure nothing here."""

from __future__ import annotations

import io
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from components.addressing.conflicts import conflicts
from components.addressing.plan import AddressPlan, extended
from sandbox.konnect import availability
from stacks import settings
from stacks.arguments import gateway_args
from tools.bench import addresses, figures, walks
from tools.bench.__main__ import SPEEDS
from tools.bench.figures import Measure
from tools.bench.programs import settings_of, spread

CHECKOUT = Path(__file__).parents[2]
OFFERED = dict(availability.document())
PROD = yaml.safe_load((CHECKOUT / "stacks" / "Pulumi.prod.yaml").read_text())
MODEL = PROD["config"]["multicloud-gateway:gateway"]
NETWORK = "3f17ba4c-3bd2-5507-9099-c14580f9e886"


@pytest.mark.parametrize("size", list(SPEEDS))
def test_every_size_is_spread_evenly_and_has_each_region_once_in_a_gateway(size: int) -> None:
    gateways = spread(OFFERED, size)

    everywhere = [(cloud, region["region"]) for regions in gateways for cloud, region in regions]
    clouds = Counter(cloud for cloud, _ in everywhere)
    assert clouds == dict.fromkeys(("aws", "azure", "gcp"), size // 3)
    assert all(regions for regions in gateways)
    for regions in gateways:
        here = [(cloud, region["region"]) for cloud, region in regions]
        assert len(here) == len(set(here))


def test_a_gateway_takes_all_a_cloud_offers_before_the_next_gateway_begins() -> None:
    only = [{"region": "north"}, {"region": "south"}]
    offered = {"providers": [{"provider": "aws", "regions": only}]}
    gateways = spread(offered, 5)
    named = [[region["region"] for _, region in regions] for regions in gateways]
    assert named == [["north", "south"], ["north", "south"], ["north"]]


@pytest.mark.parametrize("size", list(SPEEDS))
def test_every_gateway_has_settings_that_the_project_and_konnect_accept(size: int) -> None:
    described = settings_of(MODEL, spread(OFFERED, size))

    loaded = {name: settings.load(name, value) for name, value in described.items()}
    for environment in loaded.values():
        assert list(settings.availability_problems(environment, OFFERED)) == []
        assert environment.cache is not None
    regions = [region for environment in loaded.values() for region in environment.regions]
    assert len(regions) == size
    blocks = [block for region in regions for block in (region.cidr, region.landing.cidr)]
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))


def test_the_regions_of_a_gateway_with_a_fabric_have_the_links_that_it_needs() -> None:
    described = settings_of(MODEL, spread(OFFERED, 48), fabric=True)
    loaded = {name: settings.load(name, one, recording=True) for name, one in described.items()}
    assert sum(len(one.regions) for one in loaded.values()) == 48
    for environment in loaded.values():
        fabric = gateway_args(environment).fabric
        assert fabric is not None
        assert fabric.hubs.keys() == {region.key for region in environment.regions}


def test_a_creation_takes_from_its_turn_to_its_result() -> None:
    def event(kind: str, time: int, urn: str, op: str = "create") -> dict[str, Any]:
        return {"timestamp": time, kind: {"metadata": {"urn": urn, "op": op}}}

    events = [
        event("resourcePreEvent", 10, "hub"),
        event("resourcePreEvent", 11, "old", "same"),
        event("resOutputsEvent", 12, "old", "same"),
        {"timestamp": 13, "diagnosticEvent": {}},
        event("resOutputsEvent", 40, "hub"),
        event("resourcePreEvent", 41, "unfinished"),
    ]
    assert figures.creations(events) == {"hub": 30}


def test_the_longest_chain_follows_dependencies_between_cloud_resources() -> None:
    def resource(urn: str, type_: str, *dependencies: str) -> dict[str, Any]:
        return {"urn": urn, "type": type_, "dependencies": list(dependencies)}

    resources = [
        resource("wan", "azure-native:network:VirtualWan"),
        resource("hub", "azure-native:network:VirtualHub", "wan"),
        resource("ready", "pulumi-python:dynamic/konnect:CloudGatewayNetwork", "hub"),
        resource("vpn", "azure-native:network:VpnGateway", "ready"),
        resource("other", "aws:ec2/vpc:Vpc"),
    ]
    took = {"wan": 1.0, "hub": 90.0, "ready": 500.0, "vpn": 60.0, "other": 100.0}
    assert figures.longest_chain(resources, took) == 151.0
    assert figures.longest_chain([], {}) == 0.0


def item(created: str, updated: str, **fields: Any) -> dict[str, Any]:
    """An item of one of Konnect's lists; the times are of one day."""
    day = "2026-01-15T"
    return {"created_at": f"{day}{created}.000Z", "updated_at": f"{day}{updated}.000Z", **fields}


def group(network: str, created: str, updated: str) -> dict[str, Any]:
    return item(created, updated, cloud_gateway_network_id=network)


def configuration(plane: str, *groups: dict[str, Any]) -> dict[str, Any]:
    return {"control_plane_id": plane, "dataplane_groups": list(groups)}


NETWORKS = [item("09:00:00", "09:35:00", id="n1"), item("09:01:00", "09:31:00", id="n2")]


def test_the_critical_path_is_a_network_a_group_and_the_cache() -> None:
    plane = configuration("p1", group("n1", "09:36:00", "09:46:00"))
    cache = item("09:50:00", "10:05:00", owner={"control_plane_id": "p1"})
    assert figures.critical_path(NETWORKS, [plane], [cache]) == (35 + 10 + 15) * 60


def test_the_time_between_two_objects_of_a_chain_is_not_on_the_critical_path() -> None:
    soon = configuration("p1", group("n1", "09:35:00", "09:45:00"))
    late = configuration("p1", group("n1", "11:35:00", "11:45:00"))
    assert figures.critical_path(NETWORKS, [soon], []) == figures.critical_path(
        NETWORKS, [late], []
    )


def test_the_longest_chain_counts_and_a_cache_only_for_its_own_control_plane() -> None:
    cached = configuration("p1", group("n2", "09:35:00", "09:45:00"))
    alone = configuration("p2", group("n1", "09:35:00", "09:46:00"))
    small = item("09:50:00", "09:51:00", owner={"control_plane_id": "p1"})
    large = item("09:50:00", "10:20:00", owner={"control_plane_id": "p1"})
    assert figures.critical_path(NETWORKS, [cached, alone], [small]) == (35 + 11) * 60
    assert figures.critical_path(NETWORKS, [cached, alone], [large]) == (30 + 10 + 30) * 60


def test_pages_and_single_objects_count_for_their_list() -> None:
    lists = figures.reads(
        [
            "/v2/cloud-gateways/networks?page%5Bnumber%5D=1",
            "/v2/cloud-gateways/networks?page%5Bnumber%5D=2",
            f"/v2/cloud-gateways/networks/{NETWORK}",
            "/v2/cloud-gateways/add-ons",
        ]
    )
    assert lists == {"/v2/cloud-gateways/networks": 3, "/v2/cloud-gateways/add-ons": 1}


def test_the_attachments_of_each_network_are_a_list_of_one_kind() -> None:
    other = NETWORK.replace("3", "4")
    lists = figures.reads(
        f"/v2/cloud-gateways/networks/{id_}/transit-gateways" for id_ in (NETWORK, other)
    )
    assert list(lists.values()) == [1, 1]
    assert figures.kinds(lists) == {"transit-gateways": 2}


@pytest.mark.parametrize(
    ("measured", "kept"), [(0.99, True), (1.1, True), (1.1001, False), (4.0, False)]
)
def test_a_budget_is_kept_up_to_its_value_and_shown_so(measured: float, kept: bool) -> None:
    measure = Measure("up", measured, 1.1, "66 s / 60 s")
    assert measure.kept is kept
    out = io.StringIO()
    Console(file=out, width=120).print(figures.table([measure]))
    assert ("broken" in out.getvalue()) is not kept
    assert ("kept" in out.getvalue()) is kept
    assert "66 s / 60 s" in out.getvalue()


def test_the_address_plan_that_is_measured_has_all_the_blocks_asked_for() -> None:
    asked = addresses.requests(100)
    plan = extended(AddressPlan(), asked)
    spokes = [
        spoke
        for there in plan.clouds.values()
        for r in there.regions.values()
        for spoke in r.spokes
    ]
    assert sorted(spokes) == sorted(f"spoke-{index}" for index in range(100))
    assert conflicts("plan", plan, {}) == []


def test_the_figures_of_the_address_plan_are_a_ratio_and_two_times() -> None:
    ratio, new, one_more = addresses.measure_addresses(100)
    assert (ratio.unit, new.unit, one_more.unit) == ("", "s", "s")
    assert all(measure.measured > 0 for measure in (ratio, new, one_more))
    assert (new.budget, one_more.budget) == (1.0, 1.0)


def test_the_figure_of_walks_is_a_ratio_and_each_walk_reaches_its_landing() -> None:
    (ratio,) = walks.measure_walks(40, regions=6, few=3)
    assert ratio.unit == ""
    assert ratio.measured > 0
