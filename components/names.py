"""Names in the clouds and in Konnect: cut to their limits, and new for a new network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from ipaddress import IPv4Network


def bounded_name(stem: str, suffix: str, limit: int) -> str:
    """Return ``stem-suffix``; a longer name than ``limit`` is cut, and told apart by a digest."""
    name = f"{stem}-{suffix}"
    if len(name) <= limit:
        return name
    tail = f"-{_digest(stem)}-{suffix}"
    return stem[: limit - len(tail)].rstrip("-") + tail


def network_shape(cidr: IPv4Network, zones: Iterable[str]) -> str:
    """A digest of what can never change in a gateway network: its CIDR and its set of zones.

    What serves one gateway network only has it in its name. A replacement then gets its own
    before the old network goes.
    """
    return _digest(json.dumps([str(cidr), sorted(zones)]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
