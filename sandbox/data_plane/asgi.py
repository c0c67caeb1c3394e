"""A node as an ASGI application, which uvicorn serves on the node's port."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import httpx

from sandbox.data_plane.exchange import answer_json
from sandbox.data_plane.node import DataPlaneNode, Request, Result

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of a request's body at most. The sandbox keeps bodies in memory; Kong streams them."""
LONGEST_WAIT = 60.0
"""Seconds until the next part of a request's body at most, as nginx's ``client_body_timeout``."""


def application(node: DataPlaneNode, served: Callable[[Result], None]) -> ASGIApp:
    """The application of a node. ``served`` is called with each result."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await _request(scope, receive)
        except _Refused as refusal:
            result = Result(answer_json(refusal.status, {"message": str(refusal)}), None, 0)
        else:
            if request is None:
                return
            result = await node.handle(request)
        served(result)
        answer = result.answer
        headers = httpx.Headers(answer.headers)
        headers.setdefault("Date", formatdate(node.now(), usegmt=True))
        is_head = scope["method"] == "HEAD"
        has_length = answer.status >= 200 and answer.status not in (204, 304)
        if has_length and (answer.body or not is_head):  # to HEAD the service has said the length
            headers["Content-Length"] = str(len(answer.body))
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [(name.lower(), value) for name, value in headers.raw],
            }
        )
        await send({"type": "http.response.body", "body": b"" if is_head else answer.body})

    return serve


class _Refused(Exception):
    """A request whose body is too large, late or ambiguous. The message is for the client."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _request(scope: Scope, receive: Receive) -> Request | None:
    """The request, or None when the client left before it had sent all. Raises _Refused."""
    headers = httpx.Headers(scope["headers"])
    if "content-length" in headers and "transfer-encoding" in headers:
        raise _Refused(400, "Bad request")  # as nginx: servers disagree where such a body ends
    body = bytearray()
    while True:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                message = await receive()
        except TimeoutError:
            raise _Refused(408, "Request timeout") from None
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _Refused(413, "Request size limit exceeded")
        if not message.get("more_body"):
            break
    peer = scope["client"][0] if scope["client"] else "127.0.0.1"
    query = scope["query_string"].decode("latin-1")
    return Request(
        method=scope["method"],
        path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0],
        query=parse_qsl(query, keep_blank_values=True),
        headers=headers,
        body=bytes(body),
        client_ip=_client_ip(headers, peer),
        peer=peer,
        port=scope["server"][1] if scope["server"] else 80,
    )


def _client_ip(headers: httpx.Headers, peer: str) -> str:
    """The client's address: the last one of ``X-Forwarded-For``, else that of the connection.

    Whoever calls from this machine stands for the load balancer in front of a gateway.
    """
    last = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return peer
