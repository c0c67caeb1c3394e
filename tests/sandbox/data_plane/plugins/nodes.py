"""A data-plane node for the tests of plugins: a real Redis, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from multicloudgateway.published.defaults import with_defaults
from multicloudgateway.published.schemas import newest_plugin
from sandbox.data_plane.exchange import Answer, Exchange, Unreachable
from sandbox.store import Body

START = 1_800_000_000.0
"""The time at which the clocks of nodes start. A minute and an hour begin at it."""


def config_of(name: str, **settings: Any) -> Body:
    """A plugin's complete configuration: what is set, and the defaults of its schema."""
    plugin = newest_plugin(name)
    assert plugin is not None
    return with_defaults(plugin.config, settings)


@dataclass
class Clock:
    """The time of one node or several, in seconds since the epoch."""

    now: float = START

    def advance(self, seconds: float) -> None:
        self.now += seconds


def _no_upstream(url: str, headers: httpx.Headers, body: bytes) -> Answer:
    raise httpx.ConnectError(f"nothing listens at {url}")


@dataclass
class TestNode:
    """One node. ``reachable`` is False when no path leads from it to a Redis."""

    __test__ = False
    name: str = "node-1"
    clock: Clock = field(default_factory=Clock)
    group: Body = field(default_factory=lambda: {"id": "g", "provider": "aws", "region": "r"})
    memory: dict[tuple[str, ...], Any] = field(default_factory=dict)
    collections: Mapping[str, Sequence[Body]] = field(default_factory=dict)
    upstream: Callable[[str, httpx.Headers, bytes], Answer] = _no_upstream
    reachable: bool = True
    clients: dict[int, Redis] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def now(self) -> float:
        return self.clock.now

    def redis(self, config: Mapping[str, Any]) -> Redis:
        if not self.reachable:
            raise Unreachable("no path leads there")
        port = int(config["port"])
        if port not in self.clients:
            self.clients[port] = Redis(
                host="127.0.0.1",
                port=port,
                retry=Retry(NoBackoff(), 0),
                socket_timeout=config.get("read_timeout", 5000) / 1000,
            )
        return self.clients[port]

    def entities(self, collection: str) -> Sequence[Body]:
        return self.collections.get(collection, ())

    async def call(
        self, method: str, url: str, headers: httpx.Headers | Mapping[str, str], body: bytes
    ) -> Answer:
        self.calls.append(url)
        return self.upstream(url, httpx.Headers(headers), body)

    async def close(self) -> None:
        for client in self.clients.values():
            await client.aclose()


def exchange(
    node: TestNode,
    method: str = "GET",
    path: str = "/",
    *,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    query: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    **more: Any,
) -> Exchange:
    """A request at a node. ``more`` are other fields of `Exchange`."""
    sent = httpx.Headers(headers or None)
    more = {"client_ip": "192.0.2.1", "client_path": path, **more}
    return Exchange(
        node=node, method=method, path=path, query=list(query), headers=sent, body=body, **more
    )


def response(body: bytes = b"{}", status: int = 200, **headers: str) -> Answer:
    """A response of an upstream. Names of headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, httpx.Headers({"Content-Type": "application/json", **named}), body)
