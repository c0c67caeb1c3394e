"""The region of a node, from its host name and the regions of its control plane."""

from __future__ import annotations

import pytest

from providers.konnect.analytics.regions import region_of

REGIONS = {"aws-us-east-2": "us-east-2", "azure-eastus": "eastus", "azure-eastus2": "eastus2"}


@pytest.mark.parametrize(
    ("hostname", "region"),
    [
        ("5a5e0d9bf9-us-east-2-0", "aws-us-east-2"),
        ("5a5e0d9bf9-eastus-0", "azure-eastus"),
        ("5a5e0d9bf9-eastus2-1", "azure-eastus2"),
        ("5A5E-EASTUS2-1", "azure-eastus2"),
        ("ip-10-0-0-1", None),
        ("us-east-2-of-eastus2", "aws-us-east-2"),
        ("eastus-eastus", "azure-eastus"),
    ],
)
def test_the_name_of_a_region_in_the_host_name_decides(hostname: str, region: str | None) -> None:
    assert region_of(hostname, REGIONS) == region


def test_two_regions_with_names_of_one_length_decide_nothing() -> None:
    regions = {"aws-us-east-1": "us-east-1", "aws-us-east-2": "us-east-2"}
    assert region_of("us-east-1-us-east-2", regions) is None


def test_the_only_region_of_a_control_plane_has_every_node() -> None:
    assert region_of("ip-10-0-0-1", {"aws-us-east-2": "us-east-2"}) == "aws-us-east-2"
