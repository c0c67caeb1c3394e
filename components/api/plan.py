"""An API that is checked against its gateway: all that is needed to register it.

All problems are found before the first resource is registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.api.destinations import Destinations, destinations
from components.api.model import ApiArgs, ApiError, Consumer, Route
from components.api.openapi import Described, described
from components.api.plugins import Declared, declared, group_problems, plugin_problems
from components.api.view import GatewayView
from components.problems import Path, Problem, nearest
from providers.base.sealed import is_reference

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,126}")
_METHOD = re.compile(r"[A-Z]+")
_CORS = "cors"
_OPTIONS = "OPTIONS"


@dataclass(frozen=True)
class ApiPlan:
    """An API without problems, on one gateway."""

    name: str
    """The name of the service in Konnect."""
    routes: Mapping[str, Route]
    """By key: those of the declaration and those of the OpenAPI document."""
    templates: Mapping[str, str]
    """Paths of routes for people, where the route has a regular expression."""
    destinations: Destinations
    plugins: Declared


def planned(name: str, args: ApiArgs, gateway: GatewayView) -> ApiPlan:
    """Check an API. Raises `ApiError` with all problems."""
    document = Described() if args.openapi is None else described(args.openapi)
    places: dict[str, Path] = {key: ("routes", key) for key in args.routes}
    problems = [*document.problems]
    for key in document.routes.keys() & args.routes.keys():
        wrong = "is also the name of an operation of the OpenAPI document"
        problems.append(Problem(places[key], wrong, "choose another key"))
    routes = {**_document_routes(document, args), **args.routes}
    if not routes and args.openapi is None:
        problems.append(Problem(("routes",), "is missing, and so is openapi", "add one of them"))
    problems.extend(_route_problems(args.routes))
    found = destinations(args, gateway, document.server_url, document.server_problem)
    problems.extend(found.problems)
    plugins = declared(args)
    problems.extend(_preflight_problems(args, plugins))
    problems.extend(plugin_problems(args, plugins, routes, gateway))
    problems.extend(_name_problems(name, args))
    problems.extend(_certificate_problems(args))
    for key, consumer in args.consumers.items():
        problems.extend(_consumer_problems(("consumers", key), consumer, gateway))
    if problems:
        raise ApiError(f"Api {name}", problems)
    return ApiPlan(args.name or name, routes, document.templates, found, plugins)


def _document_routes(document: Described, args: ApiArgs) -> dict[str, Route]:
    """The routes of the document. With cors they take OPTIONS too, by which browsers ask first."""
    if not any((one.plugin or key) == _CORS for key, one in args.plugins.items()):
        return document.routes
    return {
        key: route.model_copy(update={"methods": [*route.methods, _OPTIONS]})
        for key, route in document.routes.items()
    }


def _preflight_problems(args: ApiArgs, plugins: Declared) -> Iterator[Problem]:
    """Routes on which cors never sees the OPTIONS requests of browsers."""
    for one in plugins.plugins.values():
        if one.plugin != _CORS:
            continue
        for key, route in args.routes.items():
            of_route = one.route in (None, key)
            if of_route and route.methods and _OPTIONS not in route.methods:
                wrong = "has no OPTIONS, by which browsers ask before a request: cors is never run"
                yield Problem(("routes", key, "methods"), wrong, "add OPTIONS, or delete methods")


def _name_problems(name: str, args: ApiArgs) -> Iterator[Problem]:
    if args.name is None and not _NAME.fullmatch(name):
        wrong = f"is missing, and {name!r} is no name of a service in Konnect"
        yield Problem(("name",), wrong, "write letters, digits, dots, hyphens, underscores, tildes")
    for index, tag in enumerate(args.tags):
        if not re.fullmatch(r"[^,/]{1,128}", tag):
            wrong = "is no tag of Konnect"
            yield Problem(("tags", index), wrong, "write at most 128 characters, no , or /", tag)
        if tag.startswith("pulumi:"):
            wrong = "begins with pulumi:, which marks the stack that created an entity"
            yield Problem(("tags", index), wrong, "delete it: it is added by itself", tag)


def _certificate_problems(args: ApiArgs) -> Iterator[Problem]:
    for index, key in enumerate(args.service.ca_certificates if args.service else ()):
        if key not in args.ca_certificates:
            wrong = "is no key of ca_certificates"
            remedy = nearest(key, args.ca_certificates) if args.ca_certificates else "add it there"
            yield Problem(("service", "ca_certificates", index), wrong, remedy, key)


def _route_problems(routes: Mapping[str, Route]) -> Iterator[Problem]:
    """What Konnect would refuse of a route, and routes that match the same requests."""
    for key, route in routes.items():
        at: Path = ("routes", key)
        if not any((route.paths, route.methods, route.hosts, route.headers, route.snis)):
            wrong = "matches every request to the gateway"
            yield Problem(at, wrong, "add paths, hosts, methods, headers or snis")
        for index, path in enumerate(route.paths):
            yield from _path_problems((*at, "paths", index), path)
        for index, method in enumerate(route.methods):
            if not _METHOD.fullmatch(method):
                wrong = "is no method in capital letters"
                yield Problem((*at, "methods", index), wrong, f"write {method.upper()}", method)
        for other, another in routes.items():
            if other == key:
                break
            if path_twice := _same_requests(route, another):
                wrong = f"is also a path of routes.{other}, for the same requests"
                yield Problem((*at, "paths"), wrong, "delete one", path_twice)


def _path_problems(at: Path, path: str) -> Iterator[Problem]:
    if not path.startswith(("/", "~")):
        yield Problem(at, "does not begin with a slash", f"write /{path}", path)
    elif path.startswith("~"):
        if not path.startswith(("~/", "~^/")):
            wrong = "is a regular expression that does not begin with a slash"
            yield Problem(at, wrong, f"write ~/{path[1:]}", path)
    elif "{" in path or "}" in path:
        wrong = "has a brace: Kong's paths have no parameters"
        yield Problem(at, wrong, "write a regular expression: ~/orders/[^/]+$", path)


def _same_requests(one: Route, other: Route) -> str | None:
    """A path of both, where nothing else tells their requests apart."""
    alike = all(
        (
            sorted(one.hosts) == sorted(other.hosts),
            sorted(one.snis) == sorted(other.snis),
            one.headers == other.headers,
            not one.methods or not other.methods or {*one.methods} & {*other.methods},
            bool(one.methods) == bool(other.methods),
        )
    )
    common = [path for path in one.paths if path in other.paths]
    return common[0] if alike and common else None


def _consumer_problems(at: Path, consumer: Consumer, gateway: GatewayView) -> Iterator[Problem]:
    for index, group in enumerate(consumer.consumer_groups):
        yield from group_problems((*at, "consumer_groups", index), group, gateway)
    for key, value in consumer.keys.items():
        if isinstance(value, str):
            wrong = (
                "is a vault reference, which Kong does not resolve here"
                if is_reference(value)
                else "is a credential in plain text"
            )
            remedy = "pass a Pulumi secret: config.require_secret"
            yield Problem((*at, "keys", key), wrong, remedy)
