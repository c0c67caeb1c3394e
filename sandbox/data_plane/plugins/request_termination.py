"""request-termination: answers requests itself, with a status and a message or a body.

Source: https://developer.konghq.com/plugins/request-termination/, and for messages Kong's own
handler (``kong/plugins/request-termination/handler.lua`` in https://github.com/Kong/kong).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.data_plane.exchange import Answer, Exchange, answer_json
from sandbox.store import Body

NAME = "request-termination"
PRIORITY = 2
FIELDS = frozenset({"body", "content_type", "echo", "message", "status_code", "trigger"})

_MESSAGES: Mapping[int, str] = {
    401: "Unauthorized",
    404: "Not found",
    405: "Method not allowed",
    500: "An unexpected error occurred",
    502: "Bad Gateway",
    503: "Service unavailable",
}


async def access(x: Exchange, config: Body) -> Answer | None:
    """End the request. With ``trigger`` only one that has such a header or query parameter."""
    trigger = config.get("trigger")
    if trigger and trigger not in x.headers and trigger not in dict(x.query):
        return None
    status = int(config["status_code"])
    message = config.get("message") or _MESSAGES.get(status)
    if config["echo"]:
        return answer_json(status, {"message": message, **_echo(x)})
    if config.get("body") is not None:
        kind = str(config.get("content_type") or "application/json; charset=utf-8")
        return Answer(status, httpx.Headers({"Content-Type": kind}), config["body"].encode())
    if message is None:
        return Answer(status, httpx.Headers(), b"")
    return answer_json(status, {"message": message})


def _echo(x: Exchange) -> dict[str, Any]:
    """The request, as Kong echoes it."""
    request = {
        "headers": dict(x.headers),
        "method": x.method,
        "path": x.client_path or x.path,
        "query": dict(x.query),
        "raw_body": x.body.decode("utf-8", "replace"),
    }
    return {"request": request, "matched_route": x.route, "matched_service": x.service}
