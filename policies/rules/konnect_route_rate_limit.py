"""Every route must have a rate limit plugin: on the route, on its service, or global.

The gateway's own stack may have a global rate limit for its control planes. The stack of another
team does not show it. Such a stack must have limits of its own, or set ``rate_limited_elsewhere``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies.governance import RoutePlugins, plugin_names
from policies.plugin_names import RATE_LIMITS
from policies.rule import Config, Unknowns, Violation, stack_rule


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    routes = RoutePlugins(resources)
    for route in routes.all:
        with unknowns.noted(route.name):
            if config["rate_limited_elsewhere"] and not routes.is_of_this_stack(route):
                continue
            if not routes.governed(route, config["plugins"], unknowns):
                yield Violation("has no rate limit plugin", route.urn)


policy = stack_rule(
    "konnect-route-rate-limit",
    "Every route has a rate limit.",
    _check,
    severity=Severity.HIGH,
    remedy="Add rate-limiting-advanced to the route, its service or its control plane.",
    config={
        "plugins": plugin_names(RATE_LIMITS, "limit the rate of requests"),
        "rate_limited_elsewhere": {
            "type": "boolean",
            "default": False,
            "description": "Whether control planes of other stacks are limited there as a whole.",
        },
    },
)
