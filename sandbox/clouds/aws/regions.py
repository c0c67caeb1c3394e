"""AWS regions and their availability zones, as a new account sees them.

Zone ids have gaps: for example ``cac1-az3`` and ``usw1-az2`` accept no subnets of new accounts.
"""

from __future__ import annotations

from collections.abc import Mapping

_ZONES: Mapping[str, tuple[str, str]] = {
    "af-south-1": ("afs1", "123"),
    "ap-east-1": ("ape1", "123"),
    "ap-northeast-1": ("apne1", "124"),
    "ap-northeast-2": ("apne2", "1234"),
    "ap-northeast-3": ("apne3", "123"),
    "ap-south-1": ("aps1", "123"),
    "ap-south-2": ("aps2", "123"),
    "ap-southeast-1": ("apse1", "123"),
    "ap-southeast-2": ("apse2", "123"),
    "ap-southeast-3": ("apse3", "123"),
    "ap-southeast-4": ("apse4", "123"),
    "ca-central-1": ("cac1", "124"),
    "ca-west-1": ("caw1", "123"),
    "eu-central-1": ("euc1", "123"),
    "eu-central-2": ("euc2", "123"),
    "eu-north-1": ("eun1", "123"),
    "eu-south-1": ("eus1", "123"),
    "eu-south-2": ("eus2", "123"),
    "eu-west-1": ("euw1", "123"),
    "eu-west-2": ("euw2", "123"),
    "eu-west-3": ("euw3", "123"),
    "il-central-1": ("ilc1", "123"),
    "me-central-1": ("mec1", "123"),
    "me-south-1": ("mes1", "123"),
    "mx-central-1": ("mxc1", "123"),
    "sa-east-1": ("sae1", "123"),
    "us-east-1": ("use1", "123456"),
    "us-east-2": ("use2", "123"),
    "us-west-1": ("usw1", "13"),
    "us-west-2": ("usw2", "1234"),
}
"""Region -> the prefix of its zone ids, and their numbers."""

REGIONS = frozenset(_ZONES)


def zones(region: str) -> dict[str, str]:
    """Zone id -> zone name. The mapping differs between accounts."""
    prefix, numbers = _ZONES[region]
    letters = "abcdef"
    return {
        f"{prefix}-az{number}": f"{region}{letters[index]}" for index, number in enumerate(numbers)
    }
