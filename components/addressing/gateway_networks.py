"""The rules of Konnect for the CIDR block of a gateway network.

The block can never change: another block means another network, which takes 40 minutes and has
new IP addresses. So the rules are checked before the first network is built.

Sources: developer.konghq.com, ``app/_includes/konnect/cidr-minimum-requirements.md``; the
availability document of the Cloud Gateways API 2.0.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from types import MappingProxyType

from components.addressing.blocks import Prefixes, listed
from components.regions import Cloud

DCGW_PREFIXES: Mapping[Cloud, Prefixes] = MappingProxyType(
    {Cloud.AWS: Prefixes(16, 23), Cloud.AZURE: Prefixes(16, 21), Cloud.GCP: Prefixes(16, 23)}
)
"""Prefix lengths that Konnect accepts for a gateway network."""

DCGW_POOLS = tuple(
    map(
        IPv4Network,
        ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"),
    )
)
"""A gateway network must lie inside one of these; Konnect may allow fewer in a region."""

DCGW_RESERVED = tuple(map(IPv4Network, ("10.100.0.0/16", "172.17.0.0/16")))
"""Blocks that Kong uses inside its data planes; a gateway network must not overlap them."""

# From this number of zones on, the prefix length of the smallest block.
_ZONES_HELD = {4: 22, 5: 21}
_ZONES_ADVISED = {3: 22, 5: 21}


def dcgw_faults(
    cloud: Cloud,
    network: IPv4Network,
    zones: int,
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Sequence[IPv4Network] = DCGW_RESERVED,
) -> list[str]:
    """Why Konnect would refuse a gateway network in this many zones; empty when it accepts it.

    The documentation says both that a /23 is enough for three zones and that three zones need a
    /22. This function checks the first; ``dcgw_advice`` gives the second as advice.
    """
    faults = []
    prefixes = DCGW_PREFIXES[cloud]
    least = smallest_accepted(cloud, zones)
    if not prefixes.accepts(network):
        faults.append(f"is a /{network.prefixlen}, and a gateway network in {cloud} is {prefixes}")
    elif network.prefixlen > least:
        faults.append(f"is too small for {zones} zones, which need at least a /{least}")
    if not any(network.subnet_of(pool) for pool in pools):
        faults.append(f"lies outside {listed(pools)}")
    if touched := [block for block in reserved if network.overlaps(block)]:
        faults.append(f"overlaps {listed(touched)}, reserved by Kong")
    return faults


def dcgw_remedy(
    cloud: Cloud,
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Sequence[IPv4Network] = DCGW_RESERVED,
) -> str:
    """The remedy for ``dcgw_faults``: the rule in one line."""
    outside = f" and outside {listed(reserved)}" if reserved else ""
    return f"use a block of {DCGW_PREFIXES[cloud]} inside {listed(pools)}{outside}"


def dcgw_advice(network: IPv4Network, zones: int) -> str | None:
    """Advise on an accepted block that is smaller than Kong recommends; otherwise ``None``."""
    advised = [prefix for number, prefix in _ZONES_ADVISED.items() if zones >= number]
    if all(network.prefixlen <= prefix for prefix in advised):
        return None
    return f"is accepted, but Kong recommends at least a /{min(advised)} for {zones} zones"


def smallest_accepted(cloud: Cloud, zones: int) -> int:
    """The prefix length of the smallest gateway network in this many zones."""
    held = [prefix for number, prefix in _ZONES_HELD.items() if zones >= number]
    return min([DCGW_PREFIXES[cloud].smallest, *held])
