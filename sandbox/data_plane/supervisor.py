"""Runs the gateways and the Redis servers, and lets them follow the sandbox's Konnect.

All gateways are in one event loop, in a thread of its own. The store is read and written in another
thread, because a long transaction of the sandbox may hold it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from sandbox.data_plane.asgi import application
from sandbox.data_plane.configuration import Configurations, Group
from sandbox.data_plane.metrics import Metrics
from sandbox.data_plane.node import DataPlaneNode, Result
from sandbox.data_plane.ports import Ports
from sandbox.data_plane.redis_servers import NoRedis, RedisServers
from sandbox.data_plane.upstreams import Upstreams
from sandbox.sockets import HOST
from sandbox.store import Store

LOOK_INTERVAL = 0.25
"""Seconds between two looks at the configuration and at the Redis servers."""
SAVE_EVERY = 8
"""Looks after which the metrics are saved."""
SAMPLE_EVERY = 40
"""Looks after which the managed caches are looked at: ten seconds."""

_log = logging.getLogger(__name__)


@dataclass
class _Gateway:
    """A node with its server."""

    node: DataPlaneNode
    group: Group
    listener: socket.socket
    url: str
    server: uvicorn.Server
    task: asyncio.Task[None]


class Supervisor:
    """The gateways and Redis servers of a sandbox. Use it in one event loop."""

    def __init__(self, store: Store, folder: Path, on_use: Callable[[], None]) -> None:
        """``folder`` gets ports and logs. ``on_use`` is called with each request."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = store
        self._on_use = on_use
        self._configurations = Configurations(store)
        self._ports = Ports(folder / "ports.json")
        self._redis = RedisServers(folder, self._ports)
        self._upstreams = Upstreams()
        self.metrics = Metrics()
        self._gateways: dict[str, _Gateway] = {}
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="data-plane-store")
        self._problem = ""
        self._looking = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start what should run, and follow from now on."""
        await self.look()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop the gateways, save the metrics and kill the Redis servers."""
        self._stopping.set()
        if self._following is not None:
            await self._following  # a gateway that is just starting is stopped with all others
        async with self._looking, AsyncExitStack() as rest:  # a step that fails keeps none running
            rest.callback(self._reader.shutdown)
            rest.push_async_callback(self._upstreams.close)
            rest.push_async_callback(self._in_reader, self._redis.stop)
            rest.push_async_callback(self._in_reader, self._save)
            await asyncio.gather(*(self._stop_gateway(name) for name in list(self._gateways)))

    async def look(self) -> None:
        """Start, change and stop gateways and Redis servers as the configuration is now."""
        async with self._looking:
            groups = await self._in_reader(self._configurations.read)
            caches = {group.cache for group in groups if group.cache is not None}
            paths = {p.server for group in groups for p in group.redis_paths.values() if p.server}
            try:
                await self._in_reader(partial(self._redis.keep, sorted(caches | paths)))
                self._problem = ""
            except NoRedis as error:
                self._problem = str(error)
            wanted = {name: group for group in groups for name in group.nodes}
            unwanted = set(self._gateways) - set(wanted)
            await asyncio.gather(*(self._stop_gateway(name) for name in unwanted))
            for name, group in wanted.items():
                if name not in self._gateways:
                    await self._start_gateway(name, group)
                gateway = self._gateways[name]
                gateway.group = group
                gateway.node.configure(group)

    async def hold_redis(self, key: str, *, down: bool) -> bool:
        """Kill a Redis and keep it down, or start it again. False when there is no such server."""
        async with self._looking:
            server = self._redis.find(key)
            if server is None:
                return False
            await self._in_reader(server.hold_down if down else server.release)
            return True

    def map_upstreams(self, mapped: dict[str, str]) -> None:
        """Replace the addresses on loopback that stand for hosts of upstreams."""
        self._upstreams.mapped = dict(mapped)

    def shown(self) -> dict[str, Any]:
        """The gateways and Redis servers that run."""
        return {
            "running": True,
            "gateways": [_shown(gateway) for gateway in list(self._gateways.values())],
            "redis": self._redis.shown(),
            "upstreams": self._upstreams.mapped,
            "problem": self._problem,
        }

    async def save_metrics(self) -> None:
        """Put what was counted so far into the store."""
        await self._in_reader(self._save)

    def sample_caches(self) -> None:
        """Note what is in the managed caches now. It may be called in any thread."""
        groups = [gateway.group for gateway in list(self._gateways.values())]
        caches = {group.cache: group for group in groups if group.cache is not None}
        self.metrics.sample(caches, self._port_of, time.time())

    async def _follow(self) -> None:
        looks = 0
        while not await self._stops_within(LOOK_INTERVAL):
            looks += 1
            try:
                await self.look()
                if looks % SAMPLE_EVERY == 0:
                    await self._in_reader(self.sample_caches)
                if looks % SAVE_EVERY == 0:
                    await self.save_metrics()
            except Exception:
                _log.exception("the gateways could not follow the configuration")

    async def _stops_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _save(self) -> None:
        with self._store.transaction():
            self.metrics.save(self._store)

    async def _in_reader(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work)

    def _port_of(self, key: str) -> int | None:
        server = self._redis.find(key)
        return None if server is None else server.port

    async def _start_gateway(self, name: str, group: Group) -> None:
        node = DataPlaneNode(name, group, self._upstreams, self._port_of)

        def served(result: Result) -> None:
            self._on_use()
            self.metrics.count(node, result)

        listener = self._ports.bound(f"gateway {name}")
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(
                application(node, served),
                log_level="critical",
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=2,
            )
        )
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():
            await asyncio.sleep(0.005)
        self._gateways[name] = _Gateway(node, group, listener, url, server, task)

    async def _stop_gateway(self, name: str) -> None:
        gateway = self._gateways.pop(name)
        gateway.server.should_exit = True
        await asyncio.gather(gateway.task, return_exceptions=True)
        gateway.listener.close()
        await gateway.node.close()


def _shown(gateway: _Gateway) -> dict[str, Any]:
    group = gateway.group
    return {
        "name": gateway.node.name,
        "url": gateway.url,
        "control_plane_id": group.plane["id"],
        "control_plane": group.plane["name"],
        "data_plane_group_id": group.body["id"],
        "provider": group.body["provider"],
        "region": group.body["region"],
        "redis": _servers(group),
    }


def _servers(group: Group) -> Sequence[str]:
    """The keys of the Redis servers that a group uses."""
    others = {path.server for path in group.redis_paths.values() if path.server}
    return sorted(others | ({group.cache} if group.cache else set()))
