"""Every route to a language model must have a token limit.

Models are billed by tokens. A limit of requests is not enough: one request may cost as much as a
thousand others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies.governance import AI_PROXIES, RoutePlugins
from policies.rule import Config, Unknowns, Violation, stack_rule


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    routes = RoutePlugins(resources)
    for traffic in routes.traffic_of(AI_PROXIES, unknowns):
        if not routes.governed(traffic, ["ai-rate-limiting-advanced"], unknowns):
            yield Violation("has an AI proxy and no token limit plugin", traffic.urn)


policy = stack_rule(
    "konnect-ai-route-token-quota",
    "AI routes have a quota of tokens.",
    _check,
    severity=Severity.HIGH,
    remedy="Add ai-rate-limiting-advanced to the route, its service or its control plane.",
)
