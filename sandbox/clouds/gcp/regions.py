"""The regions of GCP, and their zones."""

from __future__ import annotations

_NAMES = (
    "africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 "
    "asia-south1 asia-south2 asia-southeast1 asia-southeast2 australia-southeast1 "
    "australia-southeast2 europe-central2 europe-north1 europe-north2 europe-southwest1 "
    "europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 "
    "europe-west10 europe-west12 me-central1 me-central2 me-west1 northamerica-northeast1 "
    "northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 "
    "us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4"
)

REGIONS = frozenset(_NAMES.split())
NO_DATA_TRANSFER = frozenset({"asia-east2", "me-central2"})
"""Regions without site-to-site data transfer. Source: "Network Connectivity Center locations" of
Google Cloud, which lists the countries that have it."""
_ZONES = {"us-central1": "abcf", "us-east1": "bcd", "europe-west1": "bcd"}
"""The letters of a region's zones, where they are not a, b and c."""


def zones(region: str) -> list[str]:
    """The zones of a region. Source: "Regions and zones" of Compute Engine."""
    return [f"{region}-{letter}" for letter in _ZONES.get(region, "abc")]
