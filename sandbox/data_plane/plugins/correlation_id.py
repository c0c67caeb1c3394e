"""correlation-id: gives each request an id in a header.

Source: https://developer.konghq.com/plugins/correlation-id/.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.store import Body

NAME = "correlation-id"
PRIORITY = 100001
FIELDS = frozenset({"echo_downstream", "generator", "header_name"})

_MEMORY = ("correlation-id",)
"""The key in a node's memory of its own id, and of how many ids it has made."""


async def access(
    x: Exchange, config: Body, make: Callable[[], uuid.UUID] = uuid.uuid4
) -> Answer | None:
    """Set the header, unless the client sent it. ``make`` makes a new UUID."""
    name = config["header_name"]
    if not x.headers.get(name):
        x.headers[name] = _new_id(x, config["generator"], make)
    if config["echo_downstream"]:
        x.response_headers[name] = x.headers[name]
    return None


def _new_id(x: Exchange, generator: str, make: Callable[[], uuid.UUID]) -> str:
    if generator == "tracker":
        # It consists of the addresses and numbers of nginx's connections.
        x.unsupported.append(f"{NAME}.generator")
    if generator != "uuid#counter":
        return str(make())
    own, counted = x.node.memory.get(_MEMORY) or (make(), 0)
    x.node.memory[_MEMORY] = (own, counted + 1)
    return f"{own}#{counted + 1}"
