"""Data plane groups must use autopilot scaling, not ``static``.

Konnect's ``static`` scaling is deprecated and will be removed. A group with it does not grow with
its traffic, and will stop working when it is removed.
Source: Cloud Gateways API, ``autoscale`` of a data plane group.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    for group in args.props.get("dataplane_groups") or ():
        scaling = group.get("autoscale") or {}
        if scaling.get("kind") == "static":
            yield f"autoscale of {group['provider']} {group['region']} is static: use autopilot"


policy = resource_rule(
    "konnect-configuration-autopilot",
    "Data plane groups scale by themselves.",
    [types.CONFIGURATION],
    _check,
    severity=Severity.MEDIUM,
    remedy="Write autoscale: {kind: autopilot, base_rps: N}, N requests per second at any time.",
)
