"""The regions and zones that Kong documents for Dedicated Cloud Gateways, and its vocabularies.

Konnect takes zone *ids* (``use2-az1``), which mean the same data centre in every AWS account, and
not zone names (``us-east-2a``), which differ between accounts. Kong publishes zone ids only for
most AWS regions, so only these have default zones. The tables give defaults and early advice.
Konnect's availability document decides whether a region can be used today.

Source: developer.konghq.com, ``app/_includes/sections/dcg-regions.md`` (regions), the zone table
of AWS resource endpoints (zone ids), and the Cloud Gateways API 2.0.2 (the vocabularies).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from providers.konnect.vocabulary import ApiAccess, CacheTier, Cloud, Geo

__all__ = [
    "DEFAULT_ZONE_COUNT",
    "MANAGED_CACHE_CLOUDS",
    "MANAGED_CACHE_MIN_VERSION",
    "REGIONS",
    "ApiAccess",
    "CacheTier",
    "Cloud",
    "Geo",
    "cloud_of",
    "default_zones",
    "documented_zones",
]

MANAGED_CACHE_CLOUDS = frozenset({Cloud.AWS, Cloud.AZURE})
"""Clouds with a managed cache. Konnect refuses it to a control plane with a group elsewhere."""

MANAGED_CACHE_MIN_VERSION = (3, 13)
"""The first gateway version, major and minor, that can use a managed cache."""

DEFAULT_ZONE_COUNT = 3
"""How many of the documented zones a region uses by default."""


def _zones(prefix: str, *numbers: int) -> tuple[str, ...]:
    return tuple(f"{prefix}-az{number}" for number in numbers)


REGIONS: Mapping[Cloud, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Cloud.AWS: MappingProxyType(
            {
                "us-east-1": _zones("use1", 1, 2, 4, 5, 6),
                "us-east-2": _zones("use2", 1, 2, 3),
                "us-west-1": _zones("usw1", 1, 3),
                "us-west-2": _zones("usw2", 1, 2, 3, 4),
                "ca-central-1": _zones("cac1", 1, 2, 4),
                "eu-central-1": _zones("euc1", 1, 3),
                "eu-central-2": (),
                "eu-west-1": _zones("euw1", 1, 2, 3),
                "eu-west-2": _zones("euw2", 1, 2, 3),
                "eu-west-3": _zones("euw3", 1, 2, 3),
                "ap-northeast-1": _zones("apne1", 1, 2, 4),
                "ap-northeast-2": _zones("apne2", 1, 3),
                "ap-southeast-1": _zones("apse1", 1, 2, 3),
                "ap-southeast-2": _zones("apse2", 1, 2, 3),
                "ap-south-1": _zones("aps1", 1, 2, 3),
                "ap-south-2": (),
                "me-central-1": (),
            }
        ),
        Cloud.AZURE: MappingProxyType(
            dict.fromkeys(
                (
                    "eastus2",
                    "westus2",
                    "southcentralus",
                    "canadacentral",
                    "germanywestcentral",
                    "uksouth",
                    "northeurope",
                    "francecentral",
                    "australiaeast",
                    "japaneast",
                    "uaenorth",
                ),
                (),
            )
        ),
        Cloud.GCP: MappingProxyType(
            dict.fromkeys(
                (
                    "us-east1",
                    "us-central1",
                    "us-west1",
                    "northamerica-northeast1",
                    "europe-west1",
                    "europe-west2",
                    "europe-west3",
                    "asia-northeast1",
                    "asia-southeast1",
                    "asia-south1",
                    "australia-southeast1",
                ),
                (),
            )
        ),
    }
)
"""Documented regions of each cloud with their documented zone ids; ``()`` if there are none."""


def documented_zones(cloud: Cloud, region: str) -> tuple[str, ...]:
    """The zone ids that Kong documents for a region, in order; empty if there are none."""
    return REGIONS[cloud].get(region, ())


def default_zones(cloud: Cloud, region: str) -> tuple[str, ...]:
    """The zones of a network when the stack names none: the first three documented ones.

    Empty when none are documented; the stack must then name them.
    """
    return documented_zones(cloud, region)[:DEFAULT_ZONE_COUNT]


def cloud_of(region: str) -> Cloud | None:
    """The cloud that has a documented region of this id, or None. No two clouds share an id."""
    return next((cloud for cloud, regions in REGIONS.items() if region in regions), None)
