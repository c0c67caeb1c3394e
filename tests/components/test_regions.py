"""The documented regions and zones, and the vocabularies of Dedicated Cloud Gateways."""

from __future__ import annotations

import pytest

from components.networks.subnets import ZONE_SLOTS, zone_slots
from components.regions import (
    MANAGED_CACHE_CLOUDS,
    REGIONS,
    CacheTier,
    Cloud,
    cloud_of,
    default_zones,
    documented_zones,
)
from sandbox.konnect.availability import zones


def test_a_region_uses_its_first_three_documented_zones() -> None:
    assert documented_zones(Cloud.AWS, "us-east-1")[3:] == ("use1-az5", "use1-az6")
    assert default_zones(Cloud.AWS, "us-east-1") == ("use1-az1", "use1-az2", "use1-az4")
    assert default_zones(Cloud.AWS, "us-west-1") == ("usw1-az1", "usw1-az3")


@pytest.mark.parametrize(
    ("cloud", "region"),
    [
        (Cloud.AWS, "eu-central-2"),
        (Cloud.AWS, "mars-north-1"),
        (Cloud.AZURE, "eastus2"),
        (Cloud.GCP, "us-central1"),
    ],
)
def test_a_region_without_documented_zones_has_no_default(cloud: Cloud, region: str) -> None:
    assert default_zones(cloud, region) == ()


def test_the_documented_regions_and_zones_are_those_that_konnect_offers() -> None:
    for cloud, offered in zones().items():
        documented = REGIONS[Cloud(cloud)]
        assert set(documented) == set(offered)
        for region, ids in documented.items():
            assert ids in ((), offered[region])


@pytest.mark.parametrize("cloud", Cloud)
def test_a_region_id_tells_its_cloud(cloud: Cloud) -> None:
    assert {cloud_of(region) for region in REGIONS[cloud]} == {cloud}
    assert cloud_of("mars-north-1") is None


@pytest.mark.parametrize(("region", "ids"), REGIONS[Cloud.AWS].items())
def test_the_documented_zones_of_an_aws_region_have_a_slot_in_a_landing(
    region: str, ids: tuple[str, ...]
) -> None:
    slots = zone_slots(ids)
    assert set(slots) == set(ids)
    assert set(slots.values()) <= set(ZONE_SLOTS)


def test_no_zone_is_documented_for_two_regions() -> None:
    every = [zone for regions in REGIONS.values() for ids in regions.values() for zone in ids]
    assert len(every) == len(set(every))


def test_cache_tiers_grow_in_memory_along_the_upgrade_order() -> None:
    ranked = sorted(CacheTier, key=lambda tier: tier.rank)
    assert [tier.gib for tier in ranked] == sorted(tier.gib for tier in CacheTier)
    assert (ranked[0], ranked[0].gib) == ("micro", 0.5)
    assert (ranked[-1], ranked[-1].gib) == ("24xlarge", 300)


def test_the_names_of_cache_tiers_do_not_sort_by_size() -> None:
    assert CacheTier("12xlarge") < CacheTier("2xlarge")
    assert CacheTier("12xlarge").rank > CacheTier("2xlarge").rank


def test_gcp_has_no_managed_cache() -> None:
    assert set(Cloud) - MANAGED_CACHE_CLOUDS == {Cloud.GCP}
