"""Enums of Dedicated Cloud Gateways. Source: Cloud Gateways API 2.0.2."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Cloud(StrEnum):
    """A cloud in which Kong runs gateways; the ``provider`` of the Cloud Gateways API."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


class Geo(StrEnum):
    """The Konnect geography that holds a control plane; not a cloud region."""

    US = "us"
    EU = "eu"
    AU = "au"
    ME = "me"
    IN = "in"
    SG = "sg"


class ApiAccess(StrEnum):
    """Where the proxies of a configuration listen.

    Konnect documents ``public`` and ``private+public`` as equal and still tells them apart, so
    what was written is sent and what the server returns is kept.
    """

    PRIVATE = "private"
    PUBLIC = "public"
    PRIVATE_AND_PUBLIC = "private+public"


class CacheTier(StrEnum):
    """A size of the managed cache, declared in the order in which Konnect lets one grow.

    A tier can be raised and never lowered. ``<`` compares the names as text: use ``rank``.
    """

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    XLARGE = "xlarge"
    X2LARGE = "2xlarge"
    X4LARGE = "4xlarge"
    X8LARGE = "8xlarge"
    X12LARGE = "12xlarge"
    X16LARGE = "16xlarge"
    X24LARGE = "24xlarge"

    @property
    def rank(self) -> int:
        """The position in the upgrade order. 0 is the smallest tier."""
        return list(type(self)).index(self)

    @property
    def gib(self) -> float:
        """Approximate memory in GiB. The service reserves a quarter of it."""
        return _CACHE_GIB[self]


_CACHE_GIB: Mapping[CacheTier, float] = dict(
    zip(CacheTier, (0.5, 1, 3, 6, 12, 25, 52, 100, 150, 200, 300), strict=True)
)
