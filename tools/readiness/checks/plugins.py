"""Production plugins: authentication, rate limits, logging, the addresses of clients."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from policies.plugin_names import AUTHENTICATION, RATE_LIMITS
from providers.base.http import Json
from tools.readiness.facts import Facts, title
from tools.readiness.konnect import Plane
from tools.readiness.verdict import Item, Seen, judged, manual, passed

LOGGING: Final = frozenset(
    {
        "datadog",
        "http-log",
        "kafka-log",
        "loggly",
        "opentelemetry",
        "statsd",
        "tcp-log",
        "udp-log",
        "zipkin",
    }
)
"""Those that dedicated gateways have: file-log, syslog and prometheus are not offered there."""
TERMINATING: Final = frozenset(
    {"aws-lambda", "azure-functions", "mocking", "redirect", "request-termination"}
)
"""Plugins that answer a request themselves."""
AI_PLUGINS: Final = frozenset({"ai-proxy", "ai-proxy-advanced"})
"""Plugins that send requests to a language model."""
_FOR_SOME: Final = ("consumer", "consumer_group", "condition")
_SECTION: Final = "Control planes"
_ANCHOR: Final = "konnect-configuration"


def governing(
    plane: Plane,
    route: Json,
    names: Collection[str],
    counts: Callable[[Json], bool] = lambda plugin: True,
) -> Json | None:
    """A plugin with one of these names that runs for every request of a route, if any.

    Kong runs a plugin if all of its scopes match. One for a consumer runs for some requests only.
    """
    service = (route.get("service") or {}).get("id")
    for plugin in plane.all("plugins"):
        if plugin.get("name") not in names or plugin.get("enabled") is False:
            continue
        if any(plugin.get(scope) for scope in _FOR_SOME):
            continue
        of_route, of_service = plugin.get("route"), plugin.get("service")
        if of_route and of_route.get("id") != route.get("id"):
            continue
        if of_service and of_service.get("id") != service:
            continue
        if counts(plugin):
            return plugin
    return None


def is_global(plugin: Json) -> bool:
    """Whether a plugin runs for every request of its control plane."""
    scopes = ("route", "service", *_FOR_SOME)
    return plugin.get("enabled") is not False and not any(plugin.get(scope) for scope in scopes)


def leads_nowhere(plane: Plane, route: Json) -> bool:
    """Whether requests of a route reach no upstream: the gateway answers, or there is no service.

    A health check is such a route. One that a language model answers is not.
    """
    return not route.get("service") and governing(plane, route, AI_PLUGINS) is None


def subject_of(plane: Plane, route: Json) -> str:
    """How evidence names a route."""
    return f"{plane.name}: route {title(route)}"


def _authentication(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for route in plane.all("routes"):
            if leads_nowhere(plane, route):
                continue
            plugin = governing(plane, route, AUTHENTICATION, _asks)
            name = str(plugin["name"]) if plugin else "no authentication plugin"
            remedy = "add openid-connect, jwt, key-auth or mtls-auth to the route or its service"
            yield judged(plugin is not None, subject_of(plane, route), f"has {name}", remedy)


def _asks(plugin: Json) -> bool:
    """A plugin with an anonymous consumer lets everyone pass."""
    return not (plugin.get("config") or {}).get("anonymous")


def _rate_limits(facts: Facts) -> Iterator[Seen]:
    remedy = "add rate-limiting-advanced to the route, its service or the control plane"
    for plane in facts.live.planes:
        found = [one for one in plane.all("plugins") if one.get("name") in RATE_LIMITS]
        everywhere = next((one for one in found if is_global(one)), None)
        if everywhere is not None:
            limit = (everywhere.get("config") or {}).get("limit") or ""
            yield passed(plane.name, f"has a global {everywhere['name']} {limit}".rstrip())
            continue
        routes = [one for one in plane.all("routes") if not leads_nowhere(plane, one)]
        if not routes and plane.groups:
            yield judged(False, plane.name, "has no global rate limit, and no route", remedy)
        for route in routes:
            plugin = governing(plane, route, RATE_LIMITS)
            name = str(plugin["name"]) if plugin else "no rate limit"
            yield judged(plugin is not None, subject_of(plane, route), f"has {name}", remedy)


def _logging(facts: Facts) -> Iterator[Seen]:
    look = "decide whether Konnect's own request records are enough; else add http-log"
    for plane in facts.live.planes:
        found = [
            one
            for one in plane.all("plugins")
            if one.get("name") in LOGGING and one.get("enabled") is not False
        ]
        everywhere = [one for one in found if is_global(one)]
        if everywhere:
            yield passed(plane.name, f"has a global {_names(everywhere)}")
        elif found:
            yield manual(plane.name, f"has {_names(found)}, for some requests only", look)
        elif plane.groups:
            yield manual(plane.name, "has no logging plugin", look)


def _names(plugins: Iterable[Json]) -> str:
    return ", ".join(sorted({str(one["name"]) for one in plugins}))


def _addresses(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        if not plane.public or not plane.groups:
            continue
        plugins = plane.all("plugins")
        limited = [one for one in plugins if one.get("name") == "ip-restriction" and is_global(one)]
        locked = [one for one in plugins if is_origin_lock(one) and is_global(one)]
        value = "has a global ip-restriction" if limited else "has no global ip-restriction"
        if locked and not limited:
            value = "has an origin lock, so clients come through an edge"
        remedy = "add a global ip-restriction, or an edge with an origin lock"
        yield judged(bool(limited or locked), plane.name, f"is public and {value}", remedy)


def is_origin_lock(plugin: Json) -> bool:
    """Whether a plugin is the gateway's lock against requests that do not come through its edge."""
    name = str(plugin.get("instance_name") or "")
    return plugin.get("name") == "pre-function" and name.endswith("-origin-lock")


ITEMS: Final = (
    Item(
        "plugins-authentication",
        _SECTION,
        "Every route has an authentication plugin",
        "A plugin of the route, its service or the control plane asks every client who it is.",
        _authentication,
        _ANCHOR,
    ),
    Item(
        "plugins-rate-limiting",
        _SECTION,
        "Every route has a rate limit",
        "Each control plane has a global rate limit, or each of its routes has one.",
        _rate_limits,
        _ANCHOR,
    ),
    Item(
        "plugins-logging",
        _SECTION,
        "Logging plugins are configured",
        "A global logging plugin; without one somebody decides that Konnect's records are enough.",
        _logging,
        _ANCHOR,
    ),
    Item(
        "plugins-ip-restriction",
        _SECTION,
        "Public gateways accept requests from known addresses only",
        "A control plane with public listeners has a global ip-restriction or an origin lock.",
        _addresses,
        _ANCHOR,
    ),
)
