"""A Redis partial of a gateway in GCP must not have the address of a Memorystore itself.

Kong's network is peered with the customer's, and a Memorystore is in a network that is peered with
the customer's too. Peering is not transitive: a gateway reaches load balancers of the customer's
network, and nothing that is only peered with it. Such a plugin would wait for Redis and count for
itself. Source: "VPC Network Peering" and "Networking" (of Memorystore for Redis) of Google Cloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pulumi_policy import PolicyResource, Severity
from pulumi_policy.proxy import UnknownValueError

from policies import types
from policies.konnect import REDIS_PARTIALS, ControlPlanes, groups_of
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule

_TYPES: Final = REDIS_PARTIALS | {"vectordb"}
"""The types of partials that may have the address of a Redis."""


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    planes = ControlPlanes(resources)
    in_gcp = _planes_in_gcp(resources, planes, unknowns)
    hosts = {host for one in of_type(resources, types.GCP_REDIS) if (host := _known_host(one))}
    for partial in of_type(resources, types.PARTIAL):
        with unknowns.noted(partial.name):
            if partial.props["type"] not in _TYPES or planes.of(partial) not in in_gcp:
                continue
            if _leads_to_memorystore(partial, hosts):
                yield Violation(
                    "has the address of a Memorystore, which a gateway in GCP cannot reach: "
                    "peering is not transitive",
                    partial.urn,
                )


def _planes_in_gcp(
    resources: Sequence[PolicyResource], planes: ControlPlanes, unknowns: Unknowns
) -> set[str]:
    found: set[str] = set()
    for configuration in of_type(resources, types.CONFIGURATION):
        with unknowns.noted(configuration.name):
            if any(group["provider"] == "gcp" for group in groups_of(configuration)):
                found.add(planes.of(configuration))
    return found


def _leads_to_memorystore(partial: PolicyResource, hosts: set[str]) -> bool:
    """Whether the host is that of a Memorystore.

    Before `up` no address is known. Then the host comes from a Memorystore if the partial depends
    on one and on no forwarding rule: the password comes from the Memorystore in any case.
    """
    try:
        config = partial.props["config"]
        if partial.props["type"] == "vectordb":
            config = config.get("redis") or {}
        return config.get("host") in hosts
    except UnknownValueError:
        causes = partial.property_dependencies.get("config", ())
        behind = any(of_type(causes, types.GCP_FORWARDING_RULE))
        return any(of_type(causes, types.GCP_REDIS)) and not behind


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
