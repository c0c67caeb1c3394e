"""request-size-limiting: refuses requests with a body that is too large.

Source: https://developer.konghq.com/plugins/request-size-limiting/, and for units and messages
Kong's own handler (``kong/plugins/request-size-limiting/handler.lua`` in
https://github.com/Kong/kong): a megabyte is 1048576 bytes there.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.data_plane.exchange import Answer, Exchange, refused
from sandbox.store import Body

NAME = "request-size-limiting"
PRIORITY = 951
FIELDS = frozenset({"allowed_payload_size", "require_content_length", "size_unit"})

_BYTES: Mapping[str, int] = {"bytes": 1, "kilobytes": 2**10, "megabytes": 2**20}


async def access(x: Exchange, config: Body) -> Answer | None:
    """Status 413 for a larger body, 417 if the client waits for leave to send it."""
    length = x.headers.get("content-length", "")
    if length.isdecimal():
        size = int(length)
    elif config["require_content_length"] and x.headers.get("transfer-encoding") != "chunked":
        return refused(411, "A valid Content-Length header is required")
    else:
        size = len(x.body)
    if size <= int(config["allowed_payload_size"]) * _BYTES[config["size_unit"]]:
        return None
    waits = x.headers.get("expect", "").strip().lower() == "100-continue"
    return refused(417 if waits else 413, "Request size limit exceeded")
