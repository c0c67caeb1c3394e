"""The choice of a Redis for a region without a managed cache: forwarded, external or local.

This module loads no cloud's SDK, so that settings can be read without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from components.cache.regional import RedisEndpoint


class RedisKind(StrEnum):
    """The Redis of a region in which Konnect has no managed cache."""

    FORWARDED = "forwarded"
    """A Memorystore that is created here, behind forwarders that Kong's network reaches."""
    EXTERNAL = "external"
    """A Redis that the team has."""
    LOCAL = "local"
    """None: each data plane counts for itself."""


@dataclass(frozen=True)
class RedisChoice:
    """The Redis of one region."""

    kind: RedisKind = RedisKind.FORWARDED
    subnetwork: str | None = None
    """``forwarded``, in a network of another team: the subnetwork of the forwarders. None: one is
    created in the landing."""
    external: RedisEndpoint | None = None
    """``external``: the team's Redis."""
