"""Every route must have an authentication plugin: on the route, on its service, or global.

A plugin with an anonymous consumer lets unauthenticated requests pass, so it does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies.governance import RoutePlugins, plugin_names
from policies.plugin_names import AUTHENTICATION
from policies.rule import Config, Unknowns, Violation, stack_rule
from policies.values import is_set


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    routes = RoutePlugins(resources)
    for route in routes.all:
        if not routes.governed(route, config["plugins"], unknowns, _asks):
            wrong = "has no authentication plugin"
            yield Violation(wrong, route.urn)


def _asks(plugin: PolicyResource) -> bool:
    return not is_set(plugin.props.get("config") or {}, "anonymous")


policy = stack_rule(
    "konnect-route-authentication",
    "Every route has an authentication plugin.",
    _check,
    severity=Severity.HIGH,
    remedy="Add key-auth, jwt, openid-connect or the like to the route or its service; except "
    "routes that are meant for everyone, such as health checks, by name.",
    config={"plugins": plugin_names(AUTHENTICATION, "authenticate")},
)
