"""A gateway network must span a minimum number of availability zones.

So it survives the failure of a zone. Konnect accepts a network with one zone, and zones cannot be
added to a network later.
Source: Cloud Gateways API, ``POST /v2/cloud-gateways/networks``.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    zones = set(args.props.get("availability_zones") or ())
    least = int(config["min_zones"])
    if len(zones) < least:
        named = f" ({', '.join(sorted(zones))})" if zones else ""
        yield f"has {len(zones)} availability zones{named}; at least {least} are required"


policy = resource_rule(
    "konnect-network-availability-zones",
    "A gateway network outlives an availability zone.",
    [types.NETWORK],
    _check,
    severity=Severity.HIGH,
    remedy="Name more zone ids in the region's zones, before the network is created.",
    config={"min_zones": {"type": "integer", "minimum": 1, "default": 2}},
)
