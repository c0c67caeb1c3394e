"""A gateway in GCP must not have the address of a Memorystore itself, in a partial or a plugin.

Kong's network is peered with the customer's, and a Memorystore is in a network that is peered with
the customer's too. Peering is not transitive: a gateway reaches load balancers of the customer's
network, and nothing that is only peered with it. Such a plugin would wait for Redis and count for
itself. Source: "VPC Network Peering" and "Networking" (of Memorystore for Redis) of Google Cloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_policy import PolicyResource, Severity
from pulumi_policy.proxy import UnknownValueError

from multicloudgateway import published
from multicloudgateway.published import VECTORDB
from policies import types
from policies.konnect import REDIS_PARTIALS, ControlPlanes, groups_of
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule

_TYPES: Final = REDIS_PARTIALS | {VECTORDB}
"""The types of partials that may have the address of a Redis."""


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    planes = ControlPlanes(resources)
    in_gcp = _planes_in_gcp(resources, planes, unknowns)
    hosts = {host for one in of_type(resources, types.GCP_REDIS) if (host := _known_host(one))}
    for user in of_type(resources, types.PARTIAL, types.PLUGIN):
        with unknowns.noted(user.name):
            if not _may_have_address(user) or not _leads_to_memorystore(user, hosts):
                continue
            if planes.of(user) in in_gcp:
                yield Violation(
                    "has the address of a Memorystore, which a gateway in GCP cannot reach: "
                    "peering is not transitive",
                    user.urn,
                )


def _may_have_address(user: PolicyResource) -> bool:
    return user.resource_type == types.PLUGIN or user.props["type"] in _TYPES


def _planes_in_gcp(
    resources: Sequence[PolicyResource], planes: ControlPlanes, unknowns: Unknowns
) -> set[str]:
    found: set[str] = set()
    for configuration in of_type(resources, types.CONFIGURATION):
        with unknowns.noted(configuration.name):
            if any(group["provider"] == "gcp" for group in groups_of(configuration)):
                found.add(planes.of(configuration))
    return found


def _leads_to_memorystore(user: PolicyResource, hosts: set[str]) -> bool:
    """Whether a host is that of a Memorystore.

    Before `up` no address is known. Then the host comes from a Memorystore if the partial or
    plugin depends on one and on no forwarding rule: the password comes from the Memorystore in any
    case.
    """
    try:
        return any(one.get("host") in hosts for one in _connections(user))
    except UnknownValueError:
        causes = user.property_dependencies.get("config", ())
        behind = any(of_type(causes, types.GCP_FORWARDING_RULE))
        return any(of_type(causes, types.GCP_REDIS)) and not behind


def _connections(user: PolicyResource) -> Iterator[Mapping[str, Any]]:
    """The records of a partial or plugin that may have the address of a Redis."""
    config = user.props.get("config") or {}
    if user.resource_type == types.PARTIAL:
        yield (config.get("redis") or {}) if user.props["type"] == VECTORDB else config
        return
    name = user.props.get("name") or ""
    if name not in published.plugin_names():
        yield config  # A custom plugin has the address where its author wants it.
        return
    paths = [place.path for place in published.redis_places(name)]
    for path in (*paths, (VECTORDB, "redis")):
        yield from _records(config, path)


def _records(config: Any, path: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """The records at a path of a config. A part that ends in ``[]`` is a list."""
    if not path:
        if isinstance(config, Mapping):
            yield config
        return
    found = config.get(path[0].removesuffix("[]")) if isinstance(config, Mapping) else None
    for item in (found or ()) if path[0].endswith("[]") else (found,):
        yield from _records(item, path[1:])


def _known_host(redis: PolicyResource) -> str | None:
    try:
        host = redis.props["host"]
    except (KeyError, UnknownValueError):
        return None
    return str(host)


policy = stack_rule(
    "konnect-partial-redis-reachable",
    "A gateway in GCP reaches its Redis through a load balancer of the peered network.",
    _check,
    severity=Severity.HIGH,
    remedy="Give the partial the address of a forwarding rule, as cache: {gcp: forwarded} does.",
)
