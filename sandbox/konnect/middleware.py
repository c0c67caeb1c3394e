"""The ASGI middleware around every request: the log, faults, authentication.

The log is outermost, so the response of a fault is logged as any other. Requests to the admin
API (``/_sandbox``) are not logged and faults do not apply to them. They need the sandbox's own
token and a loopback ``Host``. The host is checked because a web page in a local browser can
also reach the loopback interface, through a domain name that resolves to it.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.konnect import access_tokens, geos, organizations, platform_addresses
from sandbox.konnect.access import OWNER, Caller, check
from sandbox.konnect.faults import Fault
from sandbox.konnect.problems import Refusal, render
from sandbox.konnect.web import WORLD, World

ADMIN = "/_sandbox"
PUBLIC = ("/v2/cloud-gateways/availability.json", platform_addresses.PATH)
"""The documents that need no token."""
DROPPED = 0
"""The status in the log for a response that was not finished."""
INJECTED = "Injected by the sandbox"
_PORT = re.compile(r":\d+$")
_GOLDEN = 0x9E3779B97F4A7C15


def traces() -> Iterator[str]:
    """Correlation ids: they look random and are the same in every run."""
    for n in itertools.count(1):
        yield f"kong:trace:{n * _GOLDEN % 2**63}"


class Gate:
    """The middleware of ``app``: logs requests, applies faults, checks tokens and roles."""

    def __init__(
        self,
        app: ASGIApp,
        world: World,
        tokens: Collection[str],
    ) -> None:
        """``tokens`` belong to the default organisation and never expire.

        Valid tokens of system accounts in any organisation are accepted too.
        """
        self._app = app
        self._world = world
        self._tokens = frozenset(tokens)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope[WORLD] = self._world
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(ADMIN):
            await self._administer(scope, receive, send)
            return
        target = scope["path"]
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        status = DROPPED

        async def logged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        fault = self._world.faults.take(scope["method"], target)
        try:
            if fault is None:
                await self._serve(scope, receive, logged)
            elif await self._fail(fault, scope, receive, logged):
                status = DROPPED
        finally:
            self._world.store.log_request("konnect", scope["method"], target, status)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = self._caller(dict(scope["headers"]))
        try:
            if caller is not None:
                scope[WORLD] = self._world_of(caller, scope)
            elif scope["path"] not in PUBLIC:
                raise Refusal(401)
        except Refusal as refusal:
            await self._refuse(refusal, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _world_of(self, caller: Caller, scope: Scope) -> World:
        """The World of a caller's request; raises Refusal for a missing role or a wrong geo."""
        view = organizations.store_of(self._world.store, caller.organization)
        geo = geos.of_host(dict(scope["headers"]).get(b"host", b"")) or caller.geo
        with view.transaction():
            check(view, caller, geo, scope["method"], scope["path"])
        return replace(self._world, store=view, caller=caller, geo=geo)

    def _caller(self, headers: dict[bytes, bytes]) -> Caller | None:
        """The caller with the request's token, or None when the token is not valid."""
        token = _bearer(headers)
        if token in self._tokens:
            return Caller(organizations.DEFAULT, OWNER)
        return access_tokens.use(self._world.store, token)

    async def _administer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin")
        if not _is_local(host):
            refusal = Refusal(403, f"host {host} is not of this machine; use 127.0.0.1")
        elif origin is not None and origin.decode("latin-1") != f"http://{host}":
            refusal = Refusal(403, f"origin {origin.decode('latin-1')} is not the sandbox's own")
        elif _bearer(headers) not in self._tokens:
            refusal = Refusal(401, "the sandbox's token is needed; endpoint.json has it")
        else:
            await self._app(scope, receive, send)
            return
        await self._refuse(refusal, scope, receive, send)

    async def _refuse(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        trace = next(self._world.traces)
        response: Response = render(refusal, scope["path"], trace, scope["method"])
        await response(scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> bool:
        """Apply a fault; True when the connection is dropped."""
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.status is None and not fault.drop:
            await self._serve(scope, receive, send)
            return False
        if fault.when == "after":
            await self._serve(scope, receive, _swallow)
        if fault.drop:
            # A body shorter than its content-length makes the server close the connection.
            headers = [(b"content-length", b"1"), (b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            return True
        headers_out = {}
        if fault.retry_after is not None:
            headers_out["Retry-After"] = str(fault.retry_after)
        refusal = Refusal(fault.status or 500, INJECTED, headers=headers_out)
        await self._refuse(refusal, scope, receive, send)
        return False


def _bearer(headers: dict[bytes, bytes]) -> str:
    """The bearer token of a request, or an empty string."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token if scheme == "Bearer" else ""


def _is_local(host: str) -> bool:
    """Whether a ``Host`` is a name of the loopback interface, with or without a port."""
    name = host.rpartition(":")[0] if _PORT.search(host) else host
    return name in ("127.0.0.1", "[::1]", "localhost") or name.endswith(".localhost")


async def _swallow(message: Message) -> None:
    """Discard a response."""
