"""What rules read out of Konnect's objects."""

from __future__ import annotations

import pytest

from components.regions import REGIONS
from policies.konnect import cloud_of, release


@pytest.mark.parametrize(
    ("cloud", "region"),
    [(cloud.value, region) for cloud, regions in REGIONS.items() for region in regions],
)
def test_a_region_tells_its_cloud_by_how_it_is_spelt(cloud: str, region: str) -> None:
    assert cloud_of(region) == cloud


@pytest.mark.parametrize("region", ["", "US-EAST-2", "us_east_2"])
def test_what_is_spelt_otherwise_has_no_cloud(region: str) -> None:
    assert cloud_of(region) is None


def test_versions_compare_by_number_not_by_letter() -> None:
    assert release("3.9") < release("3.13") < release("3.13.1") < release("4.0")
