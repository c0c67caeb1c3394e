"""The clouds, regions and zones that Konnect offers, and checks against them.

Konnect publishes them as an availability document (``document``). The regions and most AWS
zone ids are those that Kong documents. Where it documents none (three AWS regions, Azure beyond
its samples, GCP), the zones follow the cloud's own naming. AWS zones are zone *ids*
(``use2-az1``), not zone names, because an id means the same place in every account.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network
from typing import Any

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
FIRST_CACHE_VERSION = (3, 13)

ALLOWED_BLOCKS = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
)
RESERVED_BLOCKS = ("10.100.0.0/16", "172.17.0.0/16")

LARGEST_PREFIX = {"aws": 23, "azure": 21, "gcp": 23}
"""Prefix length of the smallest block that a network may have; the largest block is /16."""
PREFIX_FOR_ZONES = {4: 22, 5: 21}
"""Number of zones, if above three -> prefix length of the smallest block. One page of the
documentation allows a /23 with three zones, another advises against it; it is allowed here."""

INSTANCE_TYPES = (
    {"name": "small", "hourly_cost": "0.52", "v_cpu": "2", "gb_memory": "8"},
    {"name": "medium", "hourly_cost": "1.04", "v_cpu": "4", "gb_memory": "16"},
    {"name": "large", "hourly_cost": "2.08", "v_cpu": "8", "gb_memory": "32"},
)

SERVERLESS_REGIONS = ("us", "eu", "au", "in")

_AWS = {
    "us-east-1": ("N. Virginia", "use1-az", "12456"),
    "us-east-2": ("Ohio", "use2-az", "123"),
    "us-west-1": ("N. California", "usw1-az", "13"),
    "us-west-2": ("Oregon", "usw2-az", "1234"),
    "ca-central-1": ("Canada Central", "cac1-az", "124"),
    "eu-central-1": ("Frankfurt", "euc1-az", "13"),
    "eu-central-2": ("Zurich", "euc2-az", "123"),
    "eu-west-1": ("Ireland", "euw1-az", "123"),
    "eu-west-2": ("London", "euw2-az", "123"),
    "eu-west-3": ("Paris", "euw3-az", "123"),
    "ap-northeast-1": ("Tokyo", "apne1-az", "124"),
    "ap-northeast-2": ("Seoul", "apne2-az", "13"),
    "ap-southeast-1": ("Singapore", "apse1-az", "123"),
    "ap-southeast-2": ("Sydney", "apse2-az", "123"),
    "ap-south-1": ("Mumbai", "aps1-az", "123"),
    "ap-south-2": ("Hyderabad", "aps2-az", "123"),
    "me-central-1": ("UAE", "mec1-az", "123"),
}
_AZURE = {
    "eastus2": "East US 2",
    "westus2": "West US 2",
    "southcentralus": "South Central US",
    "canadacentral": "Canada Central",
    "germanywestcentral": "Germany West Central",
    "uksouth": "UK South",
    "northeurope": "North Europe",
    "francecentral": "France Central",
    "australiaeast": "Australia East",
    "japaneast": "Japan East",
    "uaenorth": "UAE North",
}
_GCP = {
    "us-east1": ("South Carolina", "bcd"),
    "us-central1": ("Iowa", "abcf"),
    "us-west1": ("Oregon", "abc"),
    "northamerica-northeast1": ("Montreal", "abc"),
    "europe-west1": ("Belgium", "bcd"),
    "europe-west2": ("London", "abc"),
    "europe-west3": ("Frankfurt", "abc"),
    "asia-northeast1": ("Tokyo", "abc"),
    "asia-southeast1": ("Singapore", "abc"),
    "asia-south1": ("Mumbai", "abc"),
    "australia-southeast1": ("Sydney", "abc"),
}


@cache
def zones() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """provider -> region -> availability zone ids."""
    return {
        "aws": {
            region: tuple(f"{prefix}{digit}" for digit in digits)
            for region, (_, prefix, digits) in _AWS.items()
        },
        "azure": {region: tuple(f"{region}-az{n}" for n in (1, 2, 3)) for region in _AZURE},
        "gcp": {
            region: tuple(f"{region}-{letter}" for letter in letters)
            for region, (_, letters) in _GCP.items()
        },
    }


def _label(provider: str, region: str) -> str:
    if provider == "azure":
        return _AZURE[region]
    return _AWS[region][0] if provider == "aws" else _GCP[region][0]


@cache
def document() -> Mapping[str, Any]:
    """The body of ``GET /v2/cloud-gateways/availability.json``."""
    return {
        "versions": list(VERSIONS),
        "instance_types": list(INSTANCE_TYPES),
        "providers": [
            {
                "provider": provider,
                "regions": [
                    {
                        "region": region,
                        "name": _label(provider, region),
                        "availability_zones": list(names),
                        "cidr_blocks": list(ALLOWED_BLOCKS),
                        "reserved_cidr_blocks": list(RESERVED_BLOCKS),
                    }
                    for region, names in regions.items()
                ],
            }
            for provider, regions in zones().items()
        ],
        "serverless_v1_providers": [
            {
                "provider": "aws",
                "regions": [{"region": region} for region in SERVERLESS_REGIONS],
            }
        ],
    }


def zone_problem(provider: str, region: str, wanted: list[str]) -> str | None:
    """Why a list of zones is not valid in a region, or None."""
    known = zones()[provider][region]
    unknown = [zone for zone in wanted if zone not in known]
    if unknown:
        return f"{', '.join(unknown)} not among {', '.join(known)} of {provider} {region}"
    if not wanted:
        return f"at least one of {', '.join(known)} is needed"
    if len(set(wanted)) != len(wanted):
        return "a zone is listed twice"
    return None


def cidr_problem(provider: str, cidr: str, zone_count: int) -> str | None:
    """Why Konnect does not accept ``cidr`` for a network, or None.

    A block with host bits set is refused, and the reason has the correct network address. One
    published sample has such a block; whether Konnect normalises it is not documented.
    """
    try:
        loose = IPv4Network(cidr, strict=False)
    except ValueError:
        return f"{cidr} is not an IPv4 CIDR block"
    if "/" not in cidr or cidr.split("/", 1)[0] != str(loose.network_address):
        return f"{cidr} has host bits set: its network is {loose}"
    smallest = min(LARGEST_PREFIX[provider], PREFIX_FOR_ZONES.get(min(zone_count, 5), 32))
    if not 16 <= loose.prefixlen <= smallest:
        where = f"{provider} with {zone_count} availability zones"
        return f"{cidr} must be between /16 and /{smallest} for {where}"
    if not any(loose.subnet_of(IPv4Network(block)) for block in ALLOWED_BLOCKS):
        return f"{cidr} must lie within one of {', '.join(ALLOWED_BLOCKS)}"
    for block in RESERVED_BLOCKS:
        if loose.overlaps(IPv4Network(block)):
            return f"{cidr} overlaps the reserved block {block}"
    return None
