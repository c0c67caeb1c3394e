"""Which control plane a region belongs to."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from components.regions import MANAGED_CACHE_CLOUDS, Cloud

MAIN: Final = "main"
"""The key of the shared control plane."""


class Placement(StrEnum):
    """How regions are spread over control planes."""

    SHARED = "shared"
    """One control plane, ``main``. With a cache, each GCP region has a control plane of its own: a
    control plane with a data-plane group in GCP cannot own a managed cache."""
    PER_CLOUD = "per-cloud"
    """One control plane for each cloud: ``aws``, ``azure``, ``gcp``."""
    PER_REGION = "per-region"
    """One control plane for each region: ``aws-us-east-2``."""


def control_plane_key(placement: Placement, cloud: Cloud, region: str, *, cache: bool) -> str:
    """The key of a new region's control plane. ``cache``: whether the environment has a cache.

    Do not use it for a region that is live: such a region never moves to another control plane.
    """
    if placement is Placement.PER_CLOUD:
        return cloud.value
    apart = cache and cloud not in MANAGED_CACHE_CLOUDS
    if placement is Placement.PER_REGION or apart:
        return f"{cloud.value}-{region}"
    return MAIN
