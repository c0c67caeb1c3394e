"""Who may reach a server on the loopback interface: bearer tokens, hosts, origins."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from sandbox.http.problems import Refusal

_PORT = re.compile(r":\d+$")


def bearer(headers: Mapping[str, str]) -> str:
    """The bearer token of a request, or an empty string."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def is_local(host: str) -> bool:
    """Whether a ``Host`` is a name of the loopback interface, with or without a port."""
    name = host.rpartition(":")[0] if _PORT.search(host) else host
    return name in ("127.0.0.1", "[::1]", "localhost") or name.endswith(".localhost")


def require_local(headers: Mapping[str, str]) -> None:
    """Raise a 403 unless the request comes from this machine, and from no web page.

    A web page in a local browser can reach the loopback interface too, through a domain name
    that resolves to it.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if not is_local(host):
        raise Refusal(403, f"host {host} is not of this machine; use 127.0.0.1")
    if origin is not None and origin != f"http://{host}":
        raise Refusal(403, f"origin {origin} is not the sandbox's own")


def require_token(headers: Mapping[str, str], tokens: Collection[str]) -> None:
    """Raise a 401 unless the bearer token of the request is one of ``tokens``."""
    if bearer(headers) not in tokens:
        raise Refusal(401, "the sandbox's token is needed; endpoint.json has it")
