"""Names in the clouds and in Konnect: their limits, one for each network, and accounts in ARNs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from ipaddress import IPv4Network


def bounded_name(stem: str, suffix: str, limit: int) -> str:
    """``stem-suffix``. If it is longer than ``limit``, the stem is cut and gets a digest of it."""
    name = f"{stem}-{suffix}"
    if len(name) <= limit:
        return name
    tail = f"-{_digest(stem)}-{suffix}"
    return stem[: limit - len(tail)].rstrip("-") + tail


def network_shape(cidr: IPv4Network, zones: Iterable[str]) -> str:
    """A digest of what can never change in a gateway network: its CIDR and its set of zones.

    Resources that belong to one gateway network have it in their name. So those of a replacement
    can be created before the old network is deleted.
    """
    return _digest(json.dumps([str(cidr), sorted(zones)]))


def account_of(arn: str) -> str:
    """The account in an ARN: the owner of the object."""
    return arn.split(":")[4]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
