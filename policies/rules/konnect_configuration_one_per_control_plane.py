"""A control plane must have only one configuration.

Each PUT of a configuration replaces all data plane groups of its control plane. With two
configurations, the last PUT wins, and the groups of the other are deleted.
Source: Cloud Gateways API, ``PUT /v2/cloud-gateways/configurations``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.konnect import ControlPlanes, called
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    planes = ControlPlanes(resources)
    first: dict[str, PolicyResource] = {}
    for configuration in sorted(of_type(resources, types.CONFIGURATION), key=lambda one: one.name):
        with unknowns.noted(configuration.name):
            plane = planes.of(configuration)
            other = first.setdefault(plane, configuration)
            if other is not configuration:
                yield Violation(
                    f"{called(plane)} has the configuration {other.name}, which this one would "
                    "overwrite",
                    configuration.urn,
                )


policy = stack_rule(
    "konnect-configuration-one-per-control-plane",
    "A control plane has one configuration.",
    _check,
    severity=Severity.CRITICAL,
    remedy="Put all data plane groups of a control plane into one configuration.",
)
