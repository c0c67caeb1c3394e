"""A plugin that uses Redis must use a partial of its own control plane, in its own region.

A partial belongs to one control plane only. A rate limit may wait for Redis on each request, so a
Redis in another region slows down every API call. A managed cache is in all regions of its owner.
A regional Redis is in one region, so its control plane must not serve from others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.konnect import ControlPlanes, called, groups_of
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    planes = ControlPlanes(resources)
    for plugin in of_type(resources, types.PLUGIN):
        with unknowns.noted(plugin.name):
            for wrong in _foreign(plugin, planes):
                yield Violation(wrong, plugin.urn)
    for partial in of_type(resources, types.PARTIAL):
        for redis in of_type(partial.property_dependencies.get("config", ()), types.GCP_REDIS):
            with unknowns.noted(partial.name):
                plane, here = planes.of(partial), redis.props["region"]
                for away in _elsewhere(resources, planes, plane, here, unknowns):
                    yield Violation(
                        f"is a Redis in {here}, and {called(plane)} also serves from {away}",
                        partial.urn,
                    )


def _foreign(plugin: PolicyResource, planes: ControlPlanes) -> Iterator[str]:
    config = plugin.props.get("config") or {}
    if "redis" not in (config.get("strategy"), config.get("policy")):
        return
    if not plugin.props.get("partials"):
        yield "has a Redis in its own config; use a Redis partial of its control plane"
        return
    own = planes.of(plugin)
    caches = plugin.property_dependencies.get("partials", ())
    for cache in of_type(caches, types.PARTIAL, types.ADDON):
        owner = planes.of(cache)
        if owner != own:
            yield f"is in {called(own)}, and uses {cache.name} of {called(owner)}"


def _elsewhere(
    resources: Sequence[PolicyResource],
    planes: ControlPlanes,
    plane: str,
    here: str,
    unknowns: Unknowns,
) -> Iterator[str]:
    for configuration in of_type(resources, types.CONFIGURATION):
        with unknowns.noted(configuration.name):
            if planes.of(configuration) == plane:
                for group in groups_of(configuration):
                    if (group["provider"], group["region"]) != ("gcp", here):
                        yield f"{group['provider']} {group['region']}"


policy = stack_rule(
    "konnect-plugin-cache-local",
    "Plugins count in a Redis of their own control plane and region.",
    _check,
    severity=Severity.HIGH,
    remedy="Give each region with a Redis of its own a control plane, and its plugins its partial.",
)
