"""Templates in a plugin's settings: ``$(headers.x-team or "none")``.

Kong evaluates what is in the parentheses as Lua. Here it may be references to headers, query
parameters and captures of the path, and texts, joined by ``or``. Other Lua is not run.

Source: https://developer.konghq.com/plugins/request-transformer-advanced/ ("Templates").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from sandbox.data_plane.exchange import Exchange

_TERM = re.compile(
    r"""\s*(?:
    (?P<place>headers|query_params|uri_captures)
    (?:\.(?P<name>[\w-]+)|\[\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<index>\d+))\s*\])
    |"(?P<text>[^"]*)"|'(?P<quoted>[^']*)'
    )\s*""",
    re.VERBOSE,
)
_OR = re.compile(r"or\b")


class NotPlayed(ValueError):
    """A template has Lua that the sandbox does not run. The message is the template."""


@dataclass(frozen=True)
class Request:
    """The parts of a request that a template may name, as they were before plugins change them."""

    headers: httpx.Headers
    query: Sequence[tuple[str, str]]
    captures: Mapping[str, str]

    @staticmethod
    def of(x: Exchange) -> Request:
        """The parts of a request now. Later changes to it do not change them."""
        return Request(httpx.Headers(x.headers), list(x.query), x.facts.get("captures") or {})

    def value(self, place: str, name: str) -> str | None:
        """The first value of a header, a query parameter or a capture."""
        if place == "headers":
            spellings = (name, name.replace("_", "-"))
            return next((self.headers[one] for one in spellings if one in self.headers), None)
        pairs = self.query if place == "query_params" else self.captures.items()
        return next((value for key, value in pairs if key == name), None)


def render(template: str, request: Request) -> str:
    """The text of a template. What a request does not have is an empty text.

    Raises NotPlayed for Lua other than references, texts and ``or``.
    """
    parts = []
    position = 0
    while (start := template.find("$(", position)) >= 0:
        parts.append(template[position:start])
        value, position = _expression(template, start + 2, request)
        parts.append(value)
    return "".join([*parts, template[position:]])


def _expression(template: str, position: int, request: Request) -> tuple[str, int]:
    """The value of the expression at a position, and the position after its parenthesis."""
    value: str | None = None
    while True:
        term = _TERM.match(template, position)
        if term is None:
            raise NotPlayed(template)
        if value is None:
            value = _value(term, request)
        position = term.end()
        if template[position : position + 1] == ")":
            return value or "", position + 1
        joined = _OR.match(template, position)
        if joined is None:
            raise NotPlayed(template)
        position = joined.end()


def _value(term: re.Match[str], request: Request) -> str | None:
    if term["place"] is None:
        return term["text"] if term["text"] is not None else term["quoted"]
    if term["index"] is not None and term["place"] == "uri_captures":
        # Captures without a name are not known here.
        raise NotPlayed(term.string)
    names = (term[group] for group in ("name", "double", "single", "index"))
    return request.value(term["place"], next(name for name in names if name is not None))
