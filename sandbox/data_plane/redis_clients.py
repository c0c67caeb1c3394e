"""The Redis clients of one node: which Redis a plugin's settings lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from sandbox.data_plane.configuration import Group
from sandbox.data_plane.exchange import Unreachable
from sandbox.data_plane.upstreams import is_loopback
from sandbox.sockets import HOST

MOST_CONNECTIONS = 64
"""Connections of a node to one Redis at most. Further commands wait for a free one."""


class RedisClients:
    """Clients by address and database, opened when a plugin first asks for one.

    ``port_of`` returns the port of the sandbox's Redis server with a key, or None.
    """

    def __init__(self, port_of: Callable[[str], int | None]) -> None:
        """Nothing is connected yet."""
        self._port_of = port_of
        self._clients: dict[tuple[str, int, int], Redis] = {}

    def find(self, group: Group, config: Mapping[str, Any]) -> Redis:
        """The client for a plugin's ``redis`` settings on a node of ``group``.

        Raises Unreachable when no path leads from the group to that Redis.
        """
        host, port = self._address(group, config)
        database = int(config.get("database") or 0)
        key = (host, port, database)
        if key not in self._clients:
            pool = BlockingConnectionPool(
                host=host,
                port=port,
                db=database,
                socket_connect_timeout=_seconds(config, "connect_timeout"),
                socket_timeout=_seconds(config, "read_timeout"),
                retry=Retry(NoBackoff(), 1),  # once: the server may have closed an idle connection
                max_connections=MOST_CONNECTIONS,
                timeout=_seconds(config, "read_timeout"),
            )
            self._clients[key] = Redis.from_pool(pool)
        return self._clients[key]

    def _address(self, group: Group, config: Mapping[str, Any]) -> tuple[str, int]:
        where = f"{group.body['provider']} {group.body['region']}"
        for setting in ("cluster_nodes", "sentinel_nodes"):
            if config.get(setting):
                raise Unreachable(f"{setting} is set; the sandbox plays single Redis servers only")
        host, port = str(config.get("host") or ""), config.get("port") or 6379
        if host.startswith("{vault://"):
            raise Unreachable(f"{host} has no value in {where}: it has no managed cache")
        if host == group.cache_host and group.cache is not None:
            return HOST, self._served(group.cache)
        if is_loopback(host):
            return host, int(port)
        path = group.redis_paths.get((host, int(port)))
        if path is None:
            raise Unreachable(
                f"{host}:{port} is not reached from {where}: it is neither the managed cache of "
                "this region, nor a Redis of its networks, nor on this machine"
            )
        if path.server is None:
            raise Unreachable(f"{host}:{port} is not reached from {where}: {path.reason}")
        return HOST, self._served(path.server)

    def _served(self, key: str) -> int:
        port = self._port_of(key)
        if not port:
            raise Unreachable(f"the Redis {key} has not been started yet")
        return port

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()


def _seconds(config: Mapping[str, Any], name: str) -> float:
    """A timeout in seconds; settings have milliseconds, 2000 by default."""
    return float(config.get(name) or config.get("timeout") or 2000) / 1000
