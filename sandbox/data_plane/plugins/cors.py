"""cors: answers preflight requests of browsers, and says who may read responses.

Source: https://developer.konghq.com/plugins/cors/, and for the order of checks Kong's own handler
(``kong/plugins/cors/handler.lua`` in https://github.com/Kong/kong). Origins that are regular
expressions are matched by Python's, which differ from PCRE in rare constructs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx

from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.store import Body

NAME = "cors"
PRIORITY = 2000
FIELDS = frozenset(
    {
        "allow_origin_absent",
        "credentials",
        "exposed_headers",
        "headers",
        "max_age",
        "methods",
        "origins",
        "preflight_continue",
        "private_network",
    }
)

_METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[A-Za-z0-9.:/-]+")


async def access(x: Exchange, config: Body) -> Answer | None:
    """Answer a preflight request, unless ``preflight_continue`` leaves that to the upstream."""
    if not _is_preflight(x) or config["preflight_continue"]:
        return None
    headers = _headers_for(x.headers.get("origin"), config)
    asked = x.headers.get("access-control-request-headers")
    allowed = ",".join(config.get("headers") or ()) or asked
    if allowed:
        headers["Access-Control-Allow-Headers"] = allowed
    headers["Access-Control-Allow-Methods"] = ",".join(config.get("methods") or ()) or _METHODS
    if config.get("max_age") is not None:
        headers["Access-Control-Max-Age"] = f"{config['max_age']:g}"
    private = x.headers.get("access-control-request-private-network")
    if config["private_network"] and private == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return Answer(200, headers, b"")


async def response(x: Exchange, config: Body) -> None:
    """Set who may read the response."""
    origin = x.headers.get("origin")
    if x.answer is None or _is_preflight(x):
        return
    if not origin and not config["allow_origin_absent"]:
        return
    x.answer.headers.pop("Access-Control-Allow-Origin", None)
    headers = _headers_for(origin, config)
    if "vary" in headers and x.answer.headers.get("vary"):
        headers["Vary"] = f"{x.answer.headers['vary']}, {headers['vary']}"
    if config.get("exposed_headers"):
        headers["Access-Control-Expose-Headers"] = ",".join(config["exposed_headers"])
    x.response_headers.update(headers)


def _is_preflight(x: Exchange) -> bool:
    asks = "origin" in x.headers and "access-control-request-method" in x.headers
    return x.method == "OPTIONS" and asks


def _headers_for(origin: str | None, config: Body) -> httpx.Headers:
    """The headers with the allowed origin, and with whether credentials are allowed."""
    headers = httpx.Headers()
    origins = list(config.get("origins") or ["*"])
    allowed = _allowed_origin(origin, origins)
    credentials = config["credentials"]
    if allowed == "*" and credentials and origin:
        # Browsers refuse credentials for any origin, so the response names this one.
        allowed = origin
        headers["Vary"] = "Origin"
    if origins != ["*"]:
        headers["Vary"] = "Origin"
    if allowed:
        headers["Access-Control-Allow-Origin"] = allowed
    if credentials and allowed != "*":
        headers["Access-Control-Allow-Credentials"] = "true"
    return headers


def _allowed_origin(origin: str | None, origins: Sequence[str]) -> str | None:
    if len(origins) == 1 and (origins[0] == "*" or _PLAIN.fullmatch(origins[0])):
        return origins[0]
    if not origin:
        return None
    asked = _normalized(origin)
    for entry in origins:
        if entry == "*":
            return "*"
        if _PLAIN.fullmatch(entry):
            matches = _normalized(entry) == asked
        else:
            subject = asked if ":" in entry else urlsplit(asked).hostname or asked
            matches = re.fullmatch(entry.removeprefix("^").removesuffix("$"), subject) is not None
        if matches:
            return asked
    return None


def _normalized(origin: str) -> str:
    """An origin without the default port of its scheme."""
    parts = urlsplit(origin)
    if not parts.hostname:
        return origin
    if parts.port is None or _DEFAULT_PORTS.get(parts.scheme) == parts.port:
        return f"{parts.scheme}://{parts.hostname}"
    return f"{parts.scheme}://{parts.hostname}:{parts.port}"
