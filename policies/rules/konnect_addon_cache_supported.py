"""A control plane with a managed cache must support it: gateway 3.13 or later, no GCP groups.

If the control plane has a GCP data plane group, Konnect refuses the add-on; gateways before 3.13
cannot use it. Konnect refuses only when the add-on is created, after the networks; this rule
reports it before anything is created.
Source: Kong's documentation of managed caches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.konnect import (
    MANAGED_CACHE_MIN_VERSION,
    ControlPlanes,
    called,
    groups_of,
    release,
)
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    planes = ControlPlanes(resources)
    configured: dict[str, list[PolicyResource]] = {}
    for configuration in of_type(resources, types.CONFIGURATION):
        with unknowns.noted(configuration.name):
            configured.setdefault(planes.of(configuration), []).append(configuration)
    for addon in of_type(resources, types.ADDON):
        with unknowns.noted(addon.name):
            plane = planes.of(addon)
            for configuration in configured.get(plane, ()):
                for wrong in _unsupported(configuration, unknowns):
                    yield Violation(f"{called(plane)} {wrong}", addon.urn)


def _unsupported(configuration: PolicyResource, unknowns: Unknowns) -> Iterator[str]:
    with unknowns.noted(configuration.name):
        version = configuration.props.get("version")
        if version and release(version) < release(MANAGED_CACHE_MIN_VERSION):
            yield (
                f"runs gateway version {version}; a managed cache needs "
                f"{MANAGED_CACHE_MIN_VERSION} or later"
            )
    with unknowns.noted(configuration.name):
        if any(group["provider"] == "gcp" for group in groups_of(configuration)):
            yield "has a GCP data plane group, so Konnect creates no managed cache for it"


policy = stack_rule(
    "konnect-addon-cache-supported",
    "A managed cache belongs to a control plane that can have one.",
    _check,
    severity=Severity.HIGH,
    remedy="Give GCP regions a control plane of their own, with a Redis of their region.",
)
