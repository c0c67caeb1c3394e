"""Settings against what is live: a change that would be an outage is one error with a way out."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.addressing import dcgw_faults, parse
from components.placement import Placement
from providers.konnect.live import LiveObjects
from stacks import live as live_module
from stacks import settings
from stacks.live import Live, live_problems, placement, versions_of_all
from stacks.models import Settings
from tests.stacks.baseline import BASELINE, with_change

GATEWAY = "gateway-test"
PLANES = {"aws-us-east-2": "main", "azure-eastus2": "main", "gcp-us-central1": "gcp-us-central1"}
"""Where the regions of the baseline are, which wants a cache."""

Json = dict[str, Any]


def in_konnect(
    planes: dict[str, str] = PLANES, tier: str | None = "small", **changes: Any
) -> LiveObjects:
    """The baseline as it is after `pulumi up`, with its regions on these control planes."""
    loaded = load(BASELINE)
    networks = [
        {
            "id": f"network-{region.key}",
            "name": f"{GATEWAY}-{region.key}-0a1b2c",
            "cidr_block": str(region.cidr),
            "availability_zones": list(region.zones),
            "state": "ready",
        }
        for region in loaded.regions
    ]
    keys = list(dict.fromkeys(planes.values()))
    configurations = [
        {
            "id": f"configuration-{key}",
            "control_plane_id": f"plane-{key}",
            "control_plane_geo": "eu",
            "version": "3.13",
            "dataplane_group_config": [
                {"cloud_gateway_network_id": f"network-{region}"}
                for region, on in planes.items()
                if on == key
            ],
        }
        for key in keys
    ]
    names = {key: GATEWAY if key == "main" else f"{GATEWAY}-{key}" for key in keys}
    made: dict[str, Any] = {
        "networks": networks,
        "configurations": configurations,
        "control_planes": [{"id": f"plane-{key}", "name": names[key]} for key in keys],
        "addons": [
            {
                "id": "addon-main",
                "name": f"{GATEWAY}-cache",
                "owner": {"kind": "control-plane", "control_plane_id": "plane-main"},
                "config": {"capacity_config": {"kind": "tiered", "tier": tier}},
            }
        ]
        if tier
        else [],
    }
    return LiveObjects(**{**made, **changes})


def live_of(gateway: str, loaded: Settings, found: LiveObjects) -> Live:
    return live_module.live_of(gateway, loaded, found, "multicloud-gateway", "test")


def load(document: Json) -> Settings:
    return settings.load("test", document)


def lines(document: Json, found: LiveObjects) -> list[str]:
    loaded = load(document)
    problems = live_problems(loaded, live_of(GATEWAY, loaded, found))
    return [problem.line("file").removeprefix("file: ") for problem in problems]


def test_an_environment_that_is_as_its_settings_say_has_no_problem() -> None:
    assert lines(BASELINE, in_konnect()) == []


def test_before_the_first_up_nothing_is_live_and_everything_can_be_chosen() -> None:
    nothing = LiveObjects([], [], [], [])
    loaded = load(BASELINE)
    live = live_of(GATEWAY, loaded, nothing)
    assert (live.networks, live.planes, live.control_planes) == ({}, {}, {})
    assert lines(BASELINE, nothing) == []
    assert placement(loaded, live) == PLANES


def test_objects_of_other_gateways_are_none_of_this_one() -> None:
    found = in_konnect()
    loaded = load(BASELINE)
    for gateway in ("gateway", "gateway-tes", "gateway-test-aws"):
        live = live_of(gateway, loaded, found)
        assert (live.networks, live.control_planes) == ({}, {})


@pytest.mark.parametrize(
    ("mark", "ours"),
    [
        ("multicloud-gateway.test.0a1b2c3d", True),
        ("multicloud-gateway.te.0a1b2c3d", False),
        ("multicloud-gateway.other.0a1b2c3d", False),
        ("somebody.test.0a1b2c3d", False),
        ("0a1b2c3d", False),
        (None, True),
    ],
)
def test_a_control_plane_that_another_stack_created_is_none_of_this_one(
    mark: str | None, ours: bool
) -> None:
    found = in_konnect()
    for plane in found.control_planes:
        plane["labels"] = {"pulumi": mark} if mark else {}
    live = live_of(GATEWAY, load(BASELINE), found)
    assert bool(live.control_planes) is ours


# Zones.


def test_other_zones_need_another_block_and_a_free_one_is_proposed() -> None:
    document = with_change("regions", 0, "zones", to=["use2-az1", "use2-az2"])

    (line,) = lines(document, in_konnect())

    assert line.startswith(
        'gateway.regions[0].zones: ["use2-az1", "use2-az2"] are not [use2-az1, use2-az2, '
        "use2-az3], the zones of the live network; other zones need another network, and two live "
        "networks of one block, 10.64.0.0/20, cannot both be peered; write zones: [use2-az1, "
        "use2-az2, use2-az3], or also write cidr: "
    )
    proposed = line.split("cidr: ")[-1].removesuffix(", which is free")
    document["regions"][0]["cidr"] = proposed
    assert lines(document, in_konnect()) == []


@pytest.mark.parametrize(("index", "zone"), [(1, "eastus2-az{}"), (2, "us-central1-{}")])
def test_the_proposed_block_is_one_that_the_cloud_takes_for_the_new_zones(
    index: int, zone: str
) -> None:
    """A /23 carries two or three zones; five need a /21."""
    document = copy.deepcopy(BASELINE)
    region = document["regions"][index]
    small = {"azure": "10.80.8.0/21", "gcp": "10.96.2.0/23"}[region["cloud"]]
    region["cidr"] = small
    found = in_konnect()
    for network in found.networks:
        if region["cloud"] in network["name"]:
            network["cidr_block"] = small
            network["availability_zones"] = [zone.format("1" if "az" in zone else "a")]
    region["zones"] = [zone.format(n) for n in ("12345" if "az" in zone else "ab")]

    (line,) = lines(document, found)

    proposed = parse(line.split("cidr: ")[-1].removesuffix(", which is free"))
    assert dcgw_faults(region["cloud"], proposed, len(region["zones"])) == []
    region["cidr"] = str(proposed)
    load(document)


def test_the_order_of_zones_is_no_change() -> None:
    found = in_konnect()
    for network in found.networks:
        network["availability_zones"].reverse()
    assert lines(BASELINE, found) == []


def test_a_new_block_with_new_zones_is_a_replacement_and_no_problem() -> None:
    document = with_change("regions", 0, "zones", to=["use2-az1"])
    document["regions"][0]["cidr"] = "10.64.32.0/20"
    assert lines(document, in_konnect()) == []


def test_a_replacement_that_was_interrupted_can_go_on() -> None:
    document = with_change("regions", 0, "zones", to=["use2-az1"])
    document["regions"][0]["cidr"] = "10.64.32.0/20"
    found = in_konnect()
    (old,) = (one for one in found.networks if "aws" in one["name"])
    new = {**old, "id": "n", "name": f"{GATEWAY}-aws-us-east-2-ffffff"}
    new |= {"cidr_block": "10.64.32.0/20", "availability_zones": ["use2-az1"]}
    assert lines(document, LiveObjects([*found.networks, new], [], [], [])) == []


# Placement.


@pytest.mark.parametrize("live", [PLANES, dict.fromkeys(PLANES, "main")], ids=["apart", "one"])
def test_a_cache_that_is_switched_off_moves_no_region(live: dict[str, str]) -> None:
    document = with_change("cache", to=None)
    found = in_konnect(live, tier="small" if live is PLANES else None)
    loaded = load(document)

    assert lines(document, found) == []
    assert placement(loaded, live_of(GATEWAY, loaded, found)) == live


def test_a_cache_that_is_switched_on_moves_no_region_and_says_what_to_do() -> None:
    found = in_konnect(dict.fromkeys(PLANES, "main"), tier=None)
    loaded = load(BASELINE)

    assert lines(BASELINE, found) == [
        "gateway.cache: needs a control plane without GCP, and gcp-us-central1 is live on main; a "
        "live region does not move; write cache: null, or delete the region from regions, run "
        "`pulumi up`, and add it again together with the cache: it then gets a control plane of "
        "its own"
    ]
    assert set(placement(loaded, live_of(GATEWAY, loaded, found)).values()) == {"main"}


def test_a_new_gcp_region_keeps_away_from_a_cache_that_is_being_deleted() -> None:
    document = with_change("cache", to=None)
    loaded = load(document)
    without_gcp = {key: plane for key, plane in PLANES.items() if not key.startswith("gcp")}
    found = in_konnect(without_gcp)
    live = live_of(GATEWAY, loaded, found)
    assert placement(loaded, live)["gcp-us-central1"] == "gcp-us-central1"


def test_a_placement_that_would_move_live_regions_is_one_error_with_the_way_back() -> None:
    document = with_change("control_planes", to="per-region")

    assert lines(document, in_konnect()) == [
        'gateway.control_planes: "per-region" would move a live region: aws-us-east-2 is live on '
        "control plane main and azure-eastus2 is live on control plane main; APIs and consumers "
        "do not move with it; write control_planes: shared, or delete the region from regions, "
        "run `pulumi up`, and add it again: it does not serve in the meantime, and the owners of "
        "its APIs must create them again"
    ]


@pytest.mark.parametrize("way", list(Placement))
def test_an_environment_can_be_on_each_placement(way: Placement) -> None:
    document = with_change("control_planes", to=str(way))
    own = {
        Placement.SHARED: PLANES,
        Placement.PER_CLOUD: {key: key.split("-")[0] for key in PLANES},
        Placement.PER_REGION: {key: key for key in PLANES},
    }[way]
    assert lines(document, in_konnect(own, tier=None)) == []


# Cache tier, geo, version.


def test_a_lowered_cache_tier_is_refused_and_a_raised_one_is_not() -> None:
    found = in_konnect(tier="large")
    assert lines(BASELINE, found) == [
        'gateway.cache.tier: "small" is smaller than large, the live cache of main; Konnect '
        "refuses a smaller tier; write tier: large"
    ]
    assert lines(with_change("cache", "tier", to="large"), found) == []
    assert lines(with_change("cache", "tier", to="xlarge"), found) == []


def test_an_edited_geo_is_refused_before_the_configuration_is_emptied() -> None:
    found = in_konnect(control_planes=[])  # Another geo has none of ours.
    assert lines(with_change("geo", to="us"), found) == [
        'gateway.geo: "us" is another geo than eu, where aws-us-east-2, azure-eastus2, '
        "gcp-us-central1 is live; control planes cannot move; write geo: eu, or describe the "
        "environment for us in a new stack"
    ]


def test_every_problem_is_told_at_once() -> None:
    document = with_change("control_planes", to="per-cloud")
    document["regions"][0]["zones"] = ["use2-az1"]
    document["cache"]["tier"] = "micro"
    paths = [line.split(": ")[0] for line in lines(document, in_konnect())]
    assert paths == ["gateway.regions[0].zones", "gateway.control_planes", "gateway.cache.tier"]


def test_the_version_that_all_control_planes_run_is_told_without_its_patch() -> None:
    loaded = load(BASELINE)
    found = in_konnect()
    assert versions_of_all(loaded, live_of(GATEWAY, loaded, found)) == {"3.13"}
    found.configurations[0]["version"] = "3.13.0.2"
    assert versions_of_all(loaded, live_of(GATEWAY, loaded, found)) == {"3.13"}
    found.configurations[0]["version"] = "3.12"
    assert versions_of_all(loaded, live_of(GATEWAY, loaded, found)) == set()


def test_a_control_plane_that_is_still_to_be_made_runs_no_version() -> None:
    loaded = load(with_change("control_planes", to="per-region"))
    live = live_of(GATEWAY, loaded, LiveObjects([], [], [], []))
    assert versions_of_all(loaded, live) == {""}
