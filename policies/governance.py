"""Which plugins apply to a route: those of the route, of its service, or of its control plane.

Kong runs a plugin for a request if all of the plugin's scopes match. A plugin with a consumer, a
consumer group or a condition runs for some requests only, so it does not count for a route. The
resource that a scope names is found by the property's dependencies, since ids are unknown in a
preview.

Source: Gateway documentation, "Plugin scoping and precedence"; Control Planes Config API,
``core-entities/plugins``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from pulumi_policy import PolicyResource

from policies import types
from policies.konnect import ControlPlanes
from policies.rule import Unknowns, of_type
from policies.values import is_set

AI_PROXIES: Final = ("ai-proxy", "ai-proxy-advanced")
"""Plugins that send requests to a language model."""


def plugin_names(default: Collection[str], verb: str) -> dict[str, Any]:
    """The schema of a rule's setting that lists plugins, for example those that "authenticate"."""
    return {
        "type": "array",
        "items": {"type": "string"},
        "default": list(default),
        "description": f"Plugins that {verb}. Add your own, if you have one.",
    }


_FOR_SOME_REQUESTS: Final = ("consumer", "consumer_group", "condition")


class RoutePlugins:
    """The routes of a stack and the plugins that apply to them."""

    def __init__(self, resources: Sequence[PolicyResource]) -> None:
        self.all = of_type(resources, types.ROUTE)
        self.plugins = of_type(resources, types.PLUGIN)
        self._planes = ControlPlanes(resources)
        self._made = {plane.urn for plane in of_type(resources, types.CONTROL_PLANE)}

    def governed(
        self,
        traffic: PolicyResource,
        plugins: Collection[str],
        unknowns: Unknowns,
        counts: Callable[[PolicyResource], bool] = lambda plugin: True,
    ) -> bool:
        """Whether a plugin with one of these names runs for all requests of a route.

        ``traffic`` may also be a plugin: then it means all requests in that plugin's scope.
        ``counts`` is a further condition on the plugin. If a value is unknown in a preview, the
        result is True and the value is added to ``unknowns``.
        """
        doubts = Unknowns()
        for plugin in self.plugins:
            undecided = Unknowns()
            conditions = (
                partial(_is_one_of, plugin, plugins),
                partial(_is_for_every_request, plugin),
                partial(self.reaches, plugin, traffic),
                partial(counts, plugin),
            )
            if _all(conditions, plugin.name, undecided):
                if not undecided.errors:
                    return True
                doubts.errors.extend(undecided.errors)
        unknowns.errors.extend(doubts.errors)
        return bool(doubts.errors)

    def traffic_of(self, plugins: Collection[str], unknowns: Unknowns) -> Iterator[PolicyResource]:
        """The routes to which plugins with these names apply, each once.

        If a plugin's routes are in another stack, the plugin itself is yielded instead.
        """
        seen: set[str] = set()
        for plugin in self.plugins:
            with unknowns.noted(plugin.name):
                if not _is_one_of(plugin, plugins):
                    continue
                doubts = Unknowns()
                routes = [one for one in self.all if self._surely_reaches(plugin, one, doubts)]
                unknowns.errors.extend(doubts.errors)
                for traffic in routes or ([] if doubts.errors else [plugin]):
                    if traffic.urn not in seen:
                        seen.add(traffic.urn)
                        yield traffic

    def is_of_this_stack(self, route: PolicyResource) -> bool:
        """Whether this stack creates the route's control plane."""
        return self._planes.of(route) in self._made

    def _surely_reaches(
        self, plugin: PolicyResource, route: PolicyResource, doubts: Unknowns
    ) -> bool:
        with doubts.noted(plugin.name):
            return self.reaches(plugin, route)
        return False

    def reaches(self, plugin: PolicyResource, traffic: PolicyResource) -> bool:
        """Whether the plugin's scopes match the traffic's route and service.

        A plugin without scopes matches all traffic of its control plane.
        """
        scopes = [scope for scope in _SCOPES if is_set(plugin.props, scope)]
        if not scopes:
            return self._planes.of(plugin) == self._planes.of(traffic)
        return all(_named(plugin, scope) == _named(traffic, scope) for scope in scopes)


def _is_one_of(plugin: PolicyResource, names: Collection[str]) -> bool:
    return plugin.props["name"] in names and plugin.props.get("enabled") is not False


def _is_for_every_request(plugin: PolicyResource) -> bool:
    return not any(is_set(plugin.props, scope) for scope in _FOR_SOME_REQUESTS)


def _all(conditions: Iterable[Callable[[], bool]], name: str, undecided: Unknowns) -> bool:
    """Whether no condition is known to be false. Unknown values are added to ``undecided``."""
    for holds in conditions:
        with undecided.noted(name):
            if not holds():
                return False
    return True


_SCOPES: Final = {"route": types.ROUTE, "service": types.SERVICE}


def _named(resource: PolicyResource, scope: str) -> str | None:
    """The resource that a scope names: its URN if it is in the stack, else its id."""
    type_ = _SCOPES[scope]
    if resource.resource_type == type_:
        return resource.urn
    found = of_type(resource.property_dependencies.get(scope, ()), type_)
    if len(found) == 1:
        return found[0].urn
    reference = resource.props.get(scope)
    return str(reference["id"]) if reference else None
