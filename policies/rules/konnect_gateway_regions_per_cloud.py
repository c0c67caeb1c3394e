"""Each cloud that serves traffic must do so from a minimum number of regions.

So the failure of a region does not stop the cloud's gateways. Regions are counted over all control
planes: in an environment with a cache, each GCP region has a control plane of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.konnect import groups_of
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    groups: dict[str, list[Any]] = {}
    serving: dict[str, PolicyResource] = {}
    for configuration in sorted(of_type(resources, types.CONFIGURATION), key=lambda one: one.name):
        with unknowns.noted(configuration.name):
            for group in groups_of(configuration):
                groups.setdefault(group["provider"], []).append(group)
                serving.setdefault(group["provider"], configuration)
    if unknowns.errors:
        return  # An unknown group may be in the missing region.
    least = int(config["min_regions"])
    for cloud, configuration in serving.items():
        with unknowns.noted(configuration.name):
            regions = sorted({group["region"] for group in groups[cloud]})
            if len(regions) < least:
                yield Violation(
                    f"{cloud} serves from {', '.join(regions)} only, and needs {least} regions",
                    configuration.urn,
                )


policy = stack_rule(
    "konnect-gateway-regions-per-cloud",
    "A cloud serves from enough regions to outlive one.",
    _check,
    severity=Severity.HIGH,
    remedy="Add a region of that cloud to the stack's regions: cloud, region, cidr.",
    config={"min_regions": {"type": "integer", "minimum": 1, "default": 1}},
)
