"""Routes: which function serves a method of a path.

A path is a template such as ``/pets/{id}``. A parameter matches one step, ``{name:path}`` matches
the rest of the path. The first route that matches is taken.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.convertors import PathConvertor
from starlette.routing import compile_path

from sandbox.http.problems import Refusal

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True)
class Route:
    """One endpoint; ``status`` is that of a response with a body."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    status: int = 200


class Router:
    """The routes of an API, or of a part of it."""

    def __init__(self) -> None:
        """No routes yet."""
        self.routes: list[Route] = []

    def route(self, method: str, path: str, status: int = 200) -> Callable[[Endpoint], Endpoint]:
        """Add the decorated function; ``status`` is that of a response with a body."""

        def add(endpoint: Endpoint) -> Endpoint:
            self.routes.append(Route(method, path, endpoint, status))
            return endpoint

        return add

    def get(self, path: str) -> Callable[[Endpoint], Endpoint]:
        """Add the decorated function for ``GET``."""
        return self.route("GET", path)

    def post(self, path: str, status: int = 200) -> Callable[[Endpoint], Endpoint]:
        """Add the decorated function for ``POST``."""
        return self.route("POST", path, status)

    def put(self, path: str, status: int = 200) -> Callable[[Endpoint], Endpoint]:
        """Add the decorated function for ``PUT``."""
        return self.route("PUT", path, status)

    def patch(self, path: str) -> Callable[[Endpoint], Endpoint]:
        """Add the decorated function for ``PATCH``."""
        return self.route("PATCH", path)

    def delete(self, path: str) -> Callable[[Endpoint], Endpoint]:
        """Add the decorated function for ``DELETE``."""
        return self.route("DELETE", path)

    def include(self, router: Router, prefix: str = "") -> None:
        """Add the routes of another router, with ``prefix`` before their paths."""
        for route in router.routes:
            self.route(route.method, prefix + route.path, route.status)(route.endpoint)


@dataclass(frozen=True)
class Match:
    """The route of a request, the parameters of its path, and the other names it asks for."""

    route: Route
    parameters: dict[str, str]
    asked: tuple[str, ...]


@dataclass(frozen=True)
class _Compiled:
    """A route, ready to be compared; ``steps`` is None when its paths have any number of them."""

    route: Route
    pattern: re.Pattern[str]
    steps: int | None
    asked: tuple[str, ...]


class Table:
    """All routes of an API, compiled."""

    def __init__(self, router: Router, offered: Iterable[str], unknown_path: str | None) -> None:
        """``offered`` are the names that an endpoint may ask for, besides those of its path.

        ``unknown_path`` is the detail of the 404 for a path without an endpoint. Raises TypeError
        for an endpoint with a parameter of any other name.
        """
        self._unknown_path = unknown_path
        known = frozenset(offered)
        self._routes = [_compile(route, known) for route in router.routes]

    def find(self, method: str, path: str) -> Match:
        """The route of a request.

        Raises a 404 for an unknown path, and a 405 that names the methods of a path for any other.
        """
        allowed: set[str] = set()
        steps = path.count("/")
        for compiled in self._routes:
            if compiled.steps not in (None, steps):
                continue
            match = compiled.pattern.match(path)
            if match is None:
                continue
            if compiled.route.method == method:
                return Match(compiled.route, match.groupdict(), compiled.asked)
            allowed.add(compiled.route.method)
        if allowed:
            raise Refusal(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise Refusal(404, self._unknown_path)


def _compile(route: Route, known: frozenset[str]) -> _Compiled:
    pattern, _, in_path = compile_path(route.path)
    names = set(inspect.signature(route.endpoint).parameters)
    if names - in_path.keys() - known or in_path.keys() - names:
        raise TypeError(
            f"{route.endpoint.__name__} has the parameters {sorted(names)}; "
            f"{route.path} needs {sorted(in_path)} and may have {sorted(known)}"
        )
    several = any(isinstance(convertor, PathConvertor) for convertor in in_path.values())
    steps = None if several else route.path.count("/")
    return _Compiled(route, pattern, steps, tuple(sorted(names - in_path.keys())))
