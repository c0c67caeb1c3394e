"""Gateways for tests: regions of each cloud, and arguments with everything on."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from components.gateway import (
    MultiCloudGatewayArgs,
    RegionArgs,
)
from components.governance import RateLimitArgs
from components.links.azure_grant import AzureGrant
from components.regions import CacheTier, Cloud
from tests.components.gateway_mocks import World

AWS = RegionArgs(
    cloud=Cloud.AWS,
    region="us-east-2",
    cidr=IPv4Network("10.64.0.0/20"),
    zones=("use2-az1", "use2-az2"),
    customer_cidr=IPv4Network("10.65.0.0/16"),
    tags={"team": "platform"},
)


AZURE = RegionArgs(
    cloud=Cloud.AZURE,
    region="eastus2",
    cidr=IPv4Network("10.80.0.0/20"),
    zones=("eastus2-az2", "eastus2-az3"),
    customer_cidr=IPv4Network("10.81.0.0/16"),
)


GCP = RegionArgs(
    cloud=Cloud.GCP,
    region="us-central1",
    cidr=IPv4Network("10.96.0.0/20"),
    zones=("us-central1-a", "us-central1-b"),
    customer_cidr=IPv4Network("10.97.0.0/16"),
)


GCP_EU = RegionArgs(
    cloud=Cloud.GCP,
    region="europe-west1",
    cidr=IPv4Network("10.96.16.0/20"),
    zones=("europe-west1-b",),
    customer_cidr=IPv4Network("10.98.0.0/16"),
)


GCP_ASIA = RegionArgs(
    cloud=Cloud.GCP,
    region="asia-east1",
    cidr=IPv4Network("10.96.48.0/20"),
    zones=("asia-east1-a",),
    customer_cidr=IPv4Network("10.99.0.0/16"),
)


def args(*regions: RegionArgs, **changes: Any) -> MultiCloudGatewayArgs:
    """A gateway with everything on, but for ``changes``."""
    base: dict[str, Any] = {
        "version": "3.13",
        "regions": regions,
        "base_rps": 10,
        "cache_tier": CacheTier.SMALL,
        "rate_limit": RateLimitArgs(1000, 60),
        "azure": AzureGrant("kong-principal"),
    }
    return MultiCloudGatewayArgs(**{**base, **changes})


Build = Callable[..., tuple[World, dict[str, Any]]]
