"""One request on its way through a data-plane node, and what a plugin may ask of that node.

A plugin gets an ``Exchange`` and its own configuration. It changes the request, the response, or
ends the request with an ``Answer``. It reaches other servers through the ``Node`` only, so a test
can put a clock and an upstream of its own behind a plugin.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from redis.asyncio import Redis

from sandbox.store import Body


class Unreachable(Exception):
    """No path leads from a node to a Redis or an upstream. The message has the reason."""


@dataclass
class Answer:
    """An HTTP response: of an upstream, or of a plugin that ends the request."""

    status: int
    headers: httpx.Headers
    body: bytes
    error: str | None = None
    """The message of an error of Kong; the node adds the id of the request to the body."""


def refused(status: int, message: str, **headers: str) -> Answer:
    """The error response of a plugin: ``{"message": ..., "request_id": ...}`` at the end.

    ``headers`` are written with underscores: ``WWW_Authenticate="Key"``.
    """
    answer = answer_json(status, {"message": message}, **headers)
    answer.error = message
    return answer


def kong_error(status: int, message: str, request_id: str) -> Answer:
    """The error response of Kong's own router and balancer."""
    return answer_json(status, {"message": message, "request_id": request_id})


def answer_json(status: int, body: Any, **headers: str) -> Answer:
    """A response with a JSON body. ``headers`` are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, httpx.Headers({**content, **named}), json.dumps(body).encode())


class Node(Protocol):
    """One data-plane node of a group: a proxy process of its own, as far as plugins see."""

    name: str
    """The hostname, for example ``5a5e0d9bf9-us-east-2-0``."""
    group: Body
    """The data-plane group with ``id``, ``provider`` and ``region``."""
    memory: dict[tuple[str, ...], Any]
    """This node's own memory: local counters, cached responses. Empty after a restart."""

    def now(self) -> float:
        """Real time, in seconds since the epoch."""
        ...

    def redis(self, config: Mapping[str, Any]) -> Redis:
        """The client of a Redis, from a plugin's ``redis`` configuration.

        Raises Unreachable when no path leads from this node to it. A Redis that is down raises
        ``redis.exceptions.RedisError`` in each command, not here.
        """
        ...

    def entities(self, collection: str) -> Sequence[Body]:
        """The entities of the control plane, or of all members of its group.

        ``collection`` is a name of ``sandbox.konnect.core_collections.COLLECTIONS``, for example
        ``consumers``, ``key-auths``, ``acls``, or ``consumer_group_members``, whose bodies have
        ``consumer_id`` and ``consumer_group_id``.
        """
        ...

    async def call(
        self, method: str, url: str, headers: httpx.Headers | Mapping[str, str], body: bytes
    ) -> Answer:
        """Call another server, for example an AI provider or an upstream.

        Raises ``httpx.HTTPError`` when it cannot be reached or does not answer in time.
        """
        ...


@dataclass
class Exchange:
    """One request on its way through Kong.

    ``method``, ``path``, ``query``, ``headers`` and ``body`` are as they go to the upstream.
    Plugins may change them. The path is the one after ``strip_path``, with the service's path.
    ``client_path`` is the path that the client sent.
    """

    node: Node
    client_ip: str
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: httpx.Headers
    body: bytes
    route: Body | None = None
    service: Body | None = None
    consumer: Body | None = None
    consumer_groups: Sequence[Body] = ()
    credential: Body | None = None
    upstream: str | None = None
    """Set by a plugin: ``scheme://host:port`` in place of the service's."""
    proxy: Callable[[Exchange], Awaitable[Answer]] | None = None
    """Set by a plugin that calls upstreams itself, in place of the node: ai-proxy-advanced."""
    answer: Answer | None = None
    """The response, in ``response``. A plugin may replace it there."""
    response_headers: httpx.Headers = field(default_factory=httpx.Headers)
    """Headers that are set on the response at the end, for example ``RateLimit-Remaining``."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What metrics and logs keep.

    ``cache`` (Hit, Miss, Bypass, Refresh), ``upstream_status`` (of the upstream that answered),
    and of a request to an AI model ``ai_plugin``, ``provider``, ``model``, ``response_model``,
    ``prompt_tokens``, ``completion_tokens``, ``tokens``, ``cost``.
    """
    unsupported: list[str] = field(default_factory=list)
    """What the sandbox does not play, for the header ``X-Sandbox-Unsupported-Plugins``.

    A plugin adds a setting that it meets and cannot play: ``key-auth.key_in_body``.
    """
    client_path: str = ""
