"""An HTTP API as an ASGI application.

The event loop only reads requests, waits for faults' delays and sends responses. Whatever takes
the lock of the store runs in a worker thread: faults, access, the endpoint in one transaction,
the request log. So a long transaction delays the requests that need the store, and nothing else.

Requests to the admin API (``/_sandbox``) are not logged and faults do not act on them. They need
the sandbox's own token and must come from this machine.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.http import faults
from sandbox.http.access import require_local, require_token
from sandbox.http.faults import Fault
from sandbox.http.problems import Refusal, problem
from sandbox.http.routing import Match, Router, Table
from sandbox.store import Store

ADMIN = "/_sandbox"
"""The first step of the paths of the admin API."""
INJECTED = "Injected by the sandbox"
"""The detail of the error response of a fault."""
DROPPED = 0
"""The status in the log for a response that was not finished."""
CLIENT_CLOSED_REQUEST = 499
"""The status that nginx logs when the client closed the connection; it is never sent."""
WORKERS = 8
"""Threads per application. The store has one lock, so more would only wait."""
LARGEST_BODY = 16 * 1024 * 1024
"""Bytes of a request body that are accepted by default."""

_JSON = re.compile(r"application/(json|[\w.+-]+\+json)\s*(;.*)?")
_log = logging.getLogger("sandbox.http")

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call:
    """One request, read. ``target`` is the path with its query, as it was sent.

    The log shows the target, and faults match it. An API may have another one: ``Api.target``.
    """

    method: str
    path: str
    target: str
    query: QueryParams
    headers: Headers
    raw: bytes


Arguments = Mapping[str, Any]
"""What endpoints may ask for, by name."""


@dataclass(frozen=True)
class Api:
    """What distinguishes one HTTP API from another.

    ``name`` is its name in the request log and in faults. ``admit`` decides who may make a
    request: it raises a Refusal, or returns the arguments ``offers`` for the endpoint; a ``store``
    among them replaces that of the application. It runs in a transaction. ``render`` gives a
    Refusal the form of the API. ``unknown_path`` is the detail of a 404 for a path without an
    endpoint. ``content_type`` matches the content types, in lower case, of accepted bodies,
    which are named ``accepts`` in the error; ``largest_body`` is in bytes. ``target`` names a
    request in the log and for faults, where its path does not say what it asks.

    Every endpoint may ask for ``store``, ``query``, ``raw`` (the body) and ``path``.
    """

    name: str
    router: Router
    admit: Callable[[Call], Arguments]
    offers: Collection[str] = ()
    render: Callable[[Refusal, Call], Response] = lambda refusal, call: problem(refusal)
    unknown_path: str | None = None
    content_type: re.Pattern[str] = _JSON
    accepts: str = "application/json"
    largest_body: int = LARGEST_BODY
    target: Callable[[Call], str] = lambda call: call.target


@dataclass(frozen=True)
class Admin:
    """The admin API of the sandbox, below ``/_sandbox``, for holders of ``tokens``.

    An endpoint that is a coroutine function runs in the event loop, without a transaction: it
    must not touch the store. ``open_paths`` need no token. Endpoints may also ask for ``call``,
    for what ``offers`` has, and for ``apis``: the names of the API at whose address this is and
    of the ``others``, which may have faults.
    """

    router: Router
    tokens: Collection[str]
    open_paths: Collection[str] = ()
    offers: Arguments = field(default_factory=dict)
    others: Collection[str] = ()


class Application:
    """Serves an API from a store."""

    def __init__(self, api: Api, store: Store, admin: Admin | None = None) -> None:
        """Raises TypeError for an endpoint that asks for what nobody offers."""
        self._api = api
        self._store = store
        self._admin = admin
        self._table = Table(api.router, {*_OFFERED, *api.offers}, api.unknown_path)
        if admin is not None:
            offered = {*_OFFERED, "apis", "call", *admin.offers}
            self._admin_table = Table(admin.router, offered, api.unknown_path)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix=api.name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response = await self._respond(Request(scope, receive))
        if response is not None:
            await response(scope, receive, send)
            return
        # A body shorter than its content-length makes the server close the connection.
        headers = [(b"content-length", b"1"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _respond(self, request: Request) -> Response | None:
        """The response of a request, or None to drop the connection."""
        call = _unread(request)
        for_admin = self._admin is not None and call.path.startswith(ADMIN)
        try:
            call = replace(call, raw=await _body(request, self._api.largest_body))
        except ClientDisconnect:
            _log.warning("%s %s: the client hung up", call.method, call.path)
            response = Response(status_code=CLIENT_CLOSED_REQUEST)
        except Refusal as refusal:
            response = self._api.render(refusal, call)
        else:
            if for_admin:
                return await self._administer(call)
            return await self._serve(replace(call, target=self._api.target(call)))
        return response if for_admin else await self._in_worker(self._log_response, call, response)

    # The API

    async def _serve(self, call: Call) -> Response | None:
        started = await self._in_worker(self._start, call)
        return started if isinstance(started, Response) else await self._fail(call, started)

    def _start(self, call: Call) -> Response | Fault:
        """Serve a request, or return the fault that acts on it."""
        with self._store.transaction():
            fault = faults.for_api(self._store, self._api.name, call.method, call.target)
            if fault is not None:
                return fault
            admitted = self._admit(call)
        return self._log_response(call, self._perform(call, admitted))

    async def _fail(self, call: Call, fault: Fault) -> Response | None:
        """Apply a fault; None drops the connection."""
        await asyncio.sleep(fault.delay)
        if fault.status is None and not fault.drop:
            response = await self._in_worker(self._work, call)
            return await self._in_worker(self._log_response, call, response)
        if fault.when == "after":
            await self._in_worker(self._work, call)
        if fault.drop:
            await self._in_worker(self._log_status, call, DROPPED)
            return None
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        refusal = Refusal(fault.status or 500, INJECTED, headers=headers)
        return await self._in_worker(self._log_response, call, self._api.render(refusal, call))

    def _work(self, call: Call) -> Response:
        """Serve a request without its entry in the log."""
        with self._store.transaction():
            admitted = self._admit(call)
        return self._perform(call, admitted)

    def _admit(self, call: Call) -> Arguments | Exception:
        """What ``admit`` returns, or the error of a request that may not go on.

        The error is returned, because to raise it would undo what the check itself recorded.
        """
        try:
            return self._api.admit(call)
        except Exception as error:
            return error

    def _perform(self, call: Call, admitted: Arguments | Exception) -> Response:
        """Call the endpoint of an admitted request."""

        def work() -> Response:
            if isinstance(admitted, Exception):
                raise admitted
            match = self._table.find(call.method, call.path)
            return self._run(call, match, {"store": self._store, **admitted})

        return self._guard(call, work)

    def _log_response(self, call: Call, response: Response) -> Response:
        self._log_status(call, response.status_code)
        return response

    def _log_status(self, call: Call, status: int) -> None:
        self._store.log_request(self._api.name, call.method, call.target, status)

    # The admin API

    async def _administer(self, call: Call) -> Response:
        assert self._admin is not None
        try:
            require_local(call.headers)
            if call.path not in self._admin.open_paths:
                require_token(call.headers, self._admin.tokens)
            match = self._admin_table.find(call.method, call.path)
        except Refusal as refusal:
            return self._api.render(refusal, call)
        apis = (self._api.name, *self._admin.others)
        offered = {"store": self._store, "apis": apis, "call": call, **self._admin.offers}
        if not inspect.iscoroutinefunction(match.route.endpoint):
            run = partial(self._run, call, match, offered)
            return await self._in_worker(self._guard, call, run)
        try:
            result = await match.route.endpoint(**_arguments(call, match, offered))
            return _response(result, match.route.status)
        except Exception as error:
            return self._refuse(call, error)

    # Both

    def _run(self, call: Call, match: Match, offered: Arguments) -> Response:
        """Call an endpoint in a transaction. The response is made before the lock is released."""
        if "raw" in match.asked:
            self._check_content_type(call)
        with offered["store"].transaction():
            result = match.route.endpoint(**_arguments(call, match, offered))
            return _response(result, match.route.status)

    def _check_content_type(self, call: Call) -> None:
        """Raise a 415 for a body of a content type that the API does not accept."""
        said = call.headers.get("content-type")
        if not call.raw or said is None:
            return
        if self._api.content_type.fullmatch(said.strip().lower()) is None:
            accepts = self._api.accepts
            raise Refusal(415, f"content type {said} is not supported; send {accepts}")

    def _guard(self, call: Call, work: Callable[[], Response]) -> Response:
        """The response of ``work``, or that of the error it raises."""
        try:
            return work()
        except Exception as error:
            return self._refuse(call, error)

    def _refuse(self, call: Call, error: Exception) -> Response:
        """The error response of a Refusal; a 500 for any other error, which is logged."""
        if not isinstance(error, Refusal):
            _log.error("%s %s failed", call.method, call.path, exc_info=error)
            error = Refusal(500, f"the sandbox failed: {type(error).__name__}: {error}")
        return self._api.render(error, call)

    async def _in_worker(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run ``work`` in a worker thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, partial(work, *arguments))


_OFFERED = ("store", "query", "raw", "path")
"""What every endpoint may ask for."""


def _arguments(call: Call, match: Match, offered: Arguments) -> dict[str, Any]:
    """The arguments of an endpoint: the parameters of its path, and what it asks for."""
    known = {"query": call.query, "raw": call.raw, "path": call.path, **offered}
    return {**match.parameters, **{name: known[name] for name in match.asked}}


def _response(result: Any, status: int) -> Response:
    """The response of an endpoint's result: None is an empty 204, a Response stays."""
    if isinstance(result, Response):
        return result
    return Response(status_code=204) if result is None else JSONResponse(result, status)


def _unread(request: Request) -> Call:
    """A request whose body was not read."""
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return Call(request.method, path, target, request.query_params, request.headers, b"")


async def _body(request: Request, largest: int) -> bytes:
    """The body of a request; a 413 when it has more than ``largest`` bytes.

    Raises ClientDisconnect when the client closed the connection before the end of the body.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise Refusal(413, f"the body has more than {largest} bytes")
    return bytes(body)
