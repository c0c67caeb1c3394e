"""What every way in for clients shares: the origins, their health check, and their target.

Loads no cloud's SDK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.regions import Cloud

HEALTH_PATH: Final = "/___konnect/healthz"
"""Kong's own health path. It proves that the proxy runs; it proves nothing about APIs."""


@dataclass(frozen=True)
class EntryOrigin:
    """The gateway of one region, as a way in leads clients to it."""

    key: str
    """Cloud and region, ``aws-us-east-2``. It is in resource names, so it never changes."""
    cloud: Cloud
    region: str
    """The cloud's own region id."""
    hostname: pulumi.Output[str]
    """The name of the region's data-plane group. It is known when the group is ready."""
    weight: int = 100
    """Share of the clients, 0 to 100, where a way in shares by weight. 0: none."""
    drained: bool = False
    """Whether no client is sent here any more."""


@dataclass(frozen=True)
class HealthProbe:
    """How a way in learns that an origin does not answer."""

    path: str = HEALTH_PATH
    """Path of an HTTPS request to the origin's own name. 200 is healthy."""
    interval: int = 30
    """Seconds between two requests: 10 or 30."""
    failures: int = 3
    """Failed requests in a row after which an origin is unhealthy, 1 to 10."""


@dataclass(frozen=True)
class EntryTarget:
    """What a name has to lead to."""

    name: pulumi.Output[str] | None = None
    """A host name, for a CNAME record or an alias."""
    addresses: pulumi.Output[list[str]] | None = None
    """IPv4 addresses, for A records. Given instead of ``name``."""
    alias_zone_id: pulumi.Output[str] | None = None
    """AWS: the hosted zone of ``name``, for an alias record."""
