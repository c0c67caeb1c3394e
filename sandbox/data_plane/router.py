"""Kong's traditional router: which route a request has, and the path that goes to its service.

A route with more kinds of conditions wins over one with fewer. Among equals these decide, in this
order: exact hosts before wildcards, the number of headers, regular expressions before prefixes,
``regex_priority``, the longer path, the older route (Konnect's ``traditional_compat`` leaves that
last choice open). A route with several paths is tried as one
route for each path.

The sandbox serves plain HTTP. It takes a request for one of a route's protocols ``http`` and
``https``; routes of other protocols never match. ``snis``, ``sources`` and ``destinations`` are not
played: a plain HTTP request has no SNI.

Source: https://developer.konghq.com/gateway/routing/traditional/
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import httpx

from sandbox.store import Body

PROTOCOLS = frozenset({"http", "https"})

_NOT_PLAYED = ("expression", "snis", "sources", "destinations")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")


@dataclass(frozen=True)
class Matched:
    """A route that matches, with the part of the path that it matched and named captures."""

    route: Body
    prefix: str
    captures: dict[str, str]


@dataclass(frozen=True)
class _Candidate:
    """A route with one of its paths."""

    route: Body
    path: str | None
    hosts: Sequence[tuple[re.Pattern[str], bool]]
    """(pattern, whether it has a port) of each host."""
    headers: Sequence[tuple[str, Callable[[str], bool]]]
    methods: frozenset[str]
    regex: re.Pattern[str] | None
    order: tuple[float, ...]

    def match(self, method: str, host: str, path: str, headers: httpx.Headers) -> Matched | None:
        """The match of a request, or None."""
        if self.methods and method not in self.methods:
            return None
        bare = host.partition(":")[0]
        if self.hosts and not any(
            pattern.fullmatch(host if with_port else bare) for pattern, with_port in self.hosts
        ):
            return None
        for name, accepts in self.headers:
            if not any(accepts(value) for value in headers.get_list(name)):
                return None
        if self.regex is not None:
            found = self.regex.match(path)
            if found is None:
                return None
            named = {name: value for name, value in found.groupdict().items() if value is not None}
            return Matched(self.route, found.group(0), named)
        if self.path is not None and not path.startswith(self.path):
            return None
        return Matched(self.route, self.path or "", {})


class Router:
    """The routes of one configuration, in the order in which they are tried."""

    def __init__(self, routes: Sequence[Body]) -> None:
        """Routes that a plain HTTP request cannot have are left out."""
        self._candidates = sorted(
            (candidate for route in routes for candidate in _candidates(route)),
            key=lambda candidate: candidate.order,
        )

    def find(self, method: str, host: str, path: str, headers: httpx.Headers) -> Matched | None:
        """The route of a request, or None. ``host`` may have a port."""
        for candidate in self._candidates:
            matched = candidate.match(method, host.lower(), path, headers)
            if matched is not None:
                return matched
        return None


def _candidates(route: Body) -> Iterator[_Candidate]:
    if not PROTOCOLS & set(route.get("protocols") or PROTOCOLS):
        return
    if any(route.get(field) for field in _NOT_PLAYED):
        return
    hosts = [host.lower() for host in route.get("hosts") or ()]
    headers = route.get("headers") or {}
    methods = frozenset(route.get("methods") or ())
    for written in route.get("paths") or [None]:
        regex = written is not None and written.startswith("~")
        path = written if written is None or regex else normalized(written)
        conditions = sum((bool(hosts), bool(headers), path is not None, bool(methods)))
        exact = bool(hosts) and not any("*" in host for host in hosts)
        with_port = any("*" in host and ":" in host for host in hosts)
        yield _Candidate(
            route=route,
            path=path,
            hosts=[(_host_pattern(host), ":" in host) for host in hosts],
            headers=[(name, _header_test(values)) for name, values in headers.items()],
            methods=methods,
            regex=_compiled(path[1:]) if regex else None,
            order=(
                -conditions,
                -(8 * bool(hosts) + 4 * bool(headers) + 2 * (path is not None) + bool(methods)),
                -(2 * with_port + exact),
                -len(headers),
                -regex,
                -(route.get("regex_priority") or 0) if regex else 0,
                -len(path or ""),
                route.get("created_at") or 0,
            ),
        )


def _host_pattern(host: str) -> re.Pattern[str]:
    """A host of a route; its first or last label may be ``*``."""
    return re.compile(re.escape(host).replace(r"\*", ".+"))


def _header_test(values: Sequence[str]) -> Callable[[str], bool]:
    """Whether a header's value is one of a route's: without case, or ``~*`` and an expression."""
    if len(values) == 1 and values[0].startswith("~*"):
        pattern = re.compile(values[0][2:], re.IGNORECASE)
        return lambda value: pattern.search(value) is not None
    lowered = {value.lower() for value in values}
    return lambda value: value.lower() in lowered


def _compiled(expression: str) -> re.Pattern[str]:
    """The regular expression of a path, which Kong anchors at the beginning."""
    expression = _ENCODED.sub(lambda triplet: re.escape(_decoded(triplet)), expression)
    return re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", expression))


def unplayed_settings(route: Body) -> list[str]:
    """The settings of a route that the sandbox does not play, for example ``route.snis``."""
    return [f"route.{field}" for field in _NOT_PLAYED if route.get(field)]


def upstream_path(path: str, matched: Matched, service: Body) -> str:
    """The path that goes to the service: with its path, and as ``strip_path`` says.

    ``path_handling`` v0 joins the two with one slash, v1 concatenates them.
    """
    base = service.get("path") or "/"
    rest = path[len(matched.prefix) :] if matched.route.get("strip_path", True) else path
    if matched.route.get("path_handling", "v0") == "v1":
        joined = rest if base == "/" and rest.startswith("/") else base + rest
        return joined if joined.startswith("/") else f"/{joined}"
    if not rest:
        return base
    return f"{base.rstrip('/')}/{rest.lstrip('/')}"


def normalized(path: str) -> str:
    """A path as Kong matches it, so that one resource has one path.

    Unreserved characters are decoded, then ``.``, ``..`` and double slashes are resolved (RFC 3986,
    6.2.2 and 5.2.4): ``/%61dmin`` and ``/x/%2E%2E/admin`` are ``/admin``.
    """
    path = _ENCODED.sub(_decoded, path)
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if kept:
                kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    last = path.rsplit("/", 1)[-1]
    slash = "/" if kept and last in ("", ".", "..") else ""
    return f"/{'/'.join(kept)}{slash}"


def _decoded(triplet: re.Match[str]) -> str:
    """The character of a triplet if it is unreserved, else the triplet in upper case."""
    character = chr(int(triplet[1], 16))
    return character if character in _UNRESERVED else triplet[0].upper()
