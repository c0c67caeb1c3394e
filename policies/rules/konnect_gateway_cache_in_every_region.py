"""Every control plane with data planes must have a managed cache or a Redis partial.

Without it each data plane node counts by itself, so a rate limit grows with the number of nodes.
A managed cache covers every region of its owner. A partial belongs to one control plane only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.konnect import REDIS_PARTIALS, ControlPlanes, called
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    if not config["required"]:
        return
    planes = ControlPlanes(resources)
    cached: set[str] = set()
    for cache in of_type(resources, types.ADDON, types.PARTIAL):
        with unknowns.noted(cache.name):
            if cache.resource_type == types.ADDON or cache.props["type"] in REDIS_PARTIALS:
                cached.add(planes.of(cache))
    if unknowns.errors:
        return  # A cache with an unknown owner may belong to any control plane.
    for configuration in of_type(resources, types.CONFIGURATION):
        with unknowns.noted(configuration.name):
            plane = planes.of(configuration)
            if plane not in cached:
                yield Violation(
                    f"{called(plane)} has neither a managed cache nor a Redis partial",
                    configuration.urn,
                )


policy = stack_rule(
    "konnect-gateway-cache-in-every-region",
    "Every gateway has a cache to count in.",
    _check,
    severity=Severity.MEDIUM,
    remedy="Write a cache tier in the stack's settings, or add a Redis partial.",
    config={"required": {"type": "boolean", "default": False}},
)
