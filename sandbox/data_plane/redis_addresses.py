"""The Redis addresses in plugins' settings, and where they lead from a group in GCP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.clouds.gcp.redis_path import redis_path
from sandbox.data_plane.upstreams import is_loopback
from sandbox.store import Body, Store

DEFAULT_PORT = 6379


@dataclass(frozen=True)
class RedisPath:
    """Where an address of a Redis leads from a group."""

    server: str | None
    """The key of the server, or None: it leads nowhere."""
    reason: str = ""
    """Why it leads nowhere."""


def addresses(plugins: Iterable[Body]) -> set[tuple[str, int]]:
    """(host, port) of each Redis that is set by its address and not by a reference."""
    return {found for plugin in plugins for found in _within(plugin["config"])}


def _within(value: Any, name: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(value, list):
        for part in value:
            yield from _within(part, name)
    elif isinstance(value, dict):
        host, port = value.get("host"), value.get("port") or DEFAULT_PORT
        is_address = isinstance(host, str) and not host.startswith("{") and not is_loopback(host)
        if name == "redis" and is_address and str(port).isdigit():
            yield str(host), int(port)
        for key, part in value.items():
            yield from _within(part, key)


def paths(
    store: Store, group: Body, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], RedisPath]:
    """Where Redis addresses lead from a group. Only groups in GCP reach any by an address."""
    network = group.get("cloud_gateway_network_id")
    if group["provider"] != "gcp" or network is None:
        return {}
    found = {}
    for host, port in wanted:
        path = redis_path(store.root, network, host, port)
        server = None if path.instance is None else path.instance.id
        found[host, port] = RedisPath(server, path.stopped)
    return found
