"""The names and places that Traffic Manager needs."""

from __future__ import annotations

import re

import pytest

from components.entry.places import nearest_region
from components.entry.traffic_manager import profile_label
from components.regions import REGIONS, Cloud


@pytest.mark.parametrize(
    "fqdn", ["api.example.com", "_x.api.example.com", f"{'long-label.' * 12}example.com"]
)
def test_the_label_of_a_profile_is_a_dns_label_of_its_name_alone(fqdn: str) -> None:
    label = profile_label(fqdn, "dev")
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", label)
    assert label == profile_label(fqdn, "dev")
    assert label != profile_label(fqdn, "prod")
    assert label != profile_label(f"b.{fqdn}", "dev")


def test_a_region_of_another_cloud_has_the_latency_of_the_nearest_azure_region() -> None:
    assert nearest_region(Cloud.AZURE, Cloud.AWS, "us-west-2") == "westus2"
    assert nearest_region(Cloud.AZURE, Cloud.GCP, "europe-west2") == "uksouth"
    assert nearest_region(Cloud.AZURE, Cloud.AZURE, "uaenorth") == "uaenorth"
    assert nearest_region(Cloud.AZURE, Cloud.AWS, "atlantis") is None


@pytest.mark.parametrize("cloud", [Cloud.AWS, Cloud.GCP])
def test_every_documented_region_is_near_an_azure_region(cloud: Cloud) -> None:
    for region in REGIONS[cloud]:
        assert nearest_region(Cloud.AZURE, cloud, region) in REGIONS[Cloud.AZURE]
