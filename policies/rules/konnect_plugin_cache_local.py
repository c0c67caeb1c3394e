"""A plugin that uses Redis must use the cache of its own control plane, in its own region.

A partial belongs to one control plane only. A rate limit may wait for Redis on each request, so a
Redis in another region slows down every API call. A managed cache is in all regions of its owner.
The cache of a control plane group is for the group's members. A regional Redis is in one region,
so its control plane must not serve from others.

All ways to a cache count: partials of Redis and of vector databases, and the settings of a
connection in a plugin's own config.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_policy import PolicyResource, Severity

from multicloudgateway import published
from policies import types
from policies.konnect import ControlPlanes, called, groups_of
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule

_REDIS: Final = "redis"
_CACHES: Final = frozenset({"redis-ce", "redis-ee", "vectordb"})
"""Types of partials that lead to a cache."""

_REGIONAL: Final[Mapping[str, tuple[str, str]]] = {
    types.GCP_REDIS: ("gcp", "region"),
    types.AWS_REDIS: ("aws", "region"),
    types.AZURE_REDIS: ("azure", "location"),
}
"""Type of a Redis in one region -> its cloud, and the property with its region."""

_OWN_CONFIG: Final = "has a Redis in its own config; use a Redis partial of its control plane"


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    planes = ControlPlanes(resources)
    groups = _Groups(resources, planes)
    for plugin in of_type(resources, types.PLUGIN):
        with unknowns.noted(plugin.name):
            if _lacks_partial(plugin):
                yield Violation(_OWN_CONFIG, plugin.urn)
            for wrong in _foreign(plugin, "partials", planes, groups):
                yield Violation(wrong, plugin.urn)
    for user in of_type(resources, types.PLUGIN, types.PARTIAL):
        with unknowns.noted(user.name):
            for wrong in _foreign(user, "config", planes, groups):
                yield Violation(wrong, user.urn)
            yield from _far(user, resources, planes, unknowns)


def _far(
    user: PolicyResource,
    resources: Sequence[PolicyResource],
    planes: ControlPlanes,
    unknowns: Unknowns,
) -> Iterator[Violation]:
    """A Redis in one region whose control plane has data planes in others."""
    for redis in of_type(user.property_dependencies.get("config", ()), *_REGIONAL):
        cloud, key = _REGIONAL[redis.resource_type]
        here = redis.props.get(key)
        if here is None:
            continue  # The region is the provider's, which a rule does not see.
        plane = planes.of(user)
        for away in _elsewhere(resources, planes, plane, (cloud, here), unknowns):
            yield Violation(
                f"leads to a Redis in {here}, and {called(plane)} also serves from {away}",
                user.urn,
            )


class _Groups:
    """The members of the control plane groups of a stack."""

    def __init__(self, resources: Sequence[PolicyResource], planes: ControlPlanes) -> None:
        self._members: dict[str, set[str]] = {}
        for membership in of_type(resources, types.MEMBERSHIP):
            below = membership.property_dependencies
            for group in of_type(below.get("control_plane_group_id", ()), types.CONTROL_PLANE):
                members = of_type(below.get("members", ()), types.CONTROL_PLANE)
                self._members.setdefault(group.urn, set()).update(one.urn for one in members)

    def may_use(self, plane: str, owner: str) -> bool:
        """Whether a control plane may use the cache of an owner: itself, or its group.

        The members of a group that has none in this stack are not known.
        """
        return plane == owner or plane in self._members.get(owner, ())

    def knows(self, group: str) -> bool:
        """Whether the stack has members of a group."""
        return group in self._members


def _lacks_partial(plugin: PolicyResource) -> bool:
    """Whether a plugin uses Redis where a partial should say which, and has no partial."""
    config = plugin.props.get("config") or {}
    if _REDIS not in _choices(plugin, config):
        return False
    return not plugin.props.get("partials")


def _choices(plugin: PolicyResource, config: Mapping[str, Any]) -> Iterator[Any]:
    """The values of the settings that make a plugin use the Redis of a partial.

    A custom plugin has none: Konnect has no partials for it.
    """
    for place in published.redis_places(plugin.props.get("name") or ""):
        if place.takes_partial and place.switch is not None:
            value: Any = config
            for key in place.switch:
                value = value.get(key) if isinstance(value, Mapping) else None
            yield value


def _foreign(
    user: PolicyResource, field: str, planes: ControlPlanes, groups: _Groups
) -> Iterator[str]:
    """Caches of another control plane that a property of a plugin or partial leads to."""
    for cache in of_type(user.property_dependencies.get(field, ()), types.PARTIAL, types.ADDON):
        if cache.resource_type == types.PARTIAL and cache.props["type"] not in _CACHES:
            continue
        own, owner = planes.of(user), planes.of(cache)
        if groups.may_use(own, owner):
            continue
        if cache.resource_type == types.PARTIAL or not _is_of_unknown_group(cache, owner, groups):
            yield f"is in {called(own)}, and uses {cache.name} of {called(owner)}"


def _is_of_unknown_group(addon: PolicyResource, owner: str, groups: _Groups) -> bool:
    """Whether a group owns an add-on, and no member of the group is in the stack."""
    return addon.props["owner"]["kind"] == "control-plane-group" and not groups.knows(owner)


def _elsewhere(
    resources: Sequence[PolicyResource],
    planes: ControlPlanes,
    plane: str,
    here: tuple[str, str],
    unknowns: Unknowns,
) -> Iterator[str]:
    for configuration in of_type(resources, types.CONFIGURATION):
        with unknowns.noted(configuration.name):
            if planes.of(configuration) == plane:
                for group in groups_of(configuration):
                    if (group["provider"], group["region"]) != here:
                        yield f"{group['provider']} {group['region']}"


policy = stack_rule(
    "konnect-plugin-cache-local",
    "Plugins count in a Redis of their own control plane and region.",
    _check,
    severity=Severity.HIGH,
    remedy="Give each region with a Redis of its own a control plane, and its plugins its partial.",
)
