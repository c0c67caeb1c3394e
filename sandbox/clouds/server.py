"""The gRPC servers of the clouds: one per provider package, on the loopback interface."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.clouds import life
from sandbox.clouds.aws import AWS
from sandbox.clouds.azure import AZURE
from sandbox.clouds.declare import Cloud
from sandbox.clouds.gcp import GCP
from sandbox.clouds.operations import Operations
from sandbox.clouds.servicer import CloudServicer
from sandbox.clouds.world import World
from sandbox.store import Store

CLOUDS: tuple[Cloud, ...] = (AWS, AZURE, GCP)
"""The simulated clouds."""

_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit for one message."""
_WORKERS = 256
"""Requests that a cloud serves at once. A worker waits as long as its operation takes: with fewer
than the engine has operations at once, all other requests would wait for slow ones."""


@dataclass(frozen=True)
class CloudServers:
    """Running servers. ``ports`` are by package name, for PULUMI_DEBUG_PROVIDERS."""

    ports: dict[str, int]
    _servers: tuple[grpc.Server, ...]

    @property
    def debug_providers(self) -> str:
        """The value of PULUMI_DEBUG_PROVIDERS that makes the engine use these servers."""
        return ",".join(f"{name}:{port}" for name, port in self.ports.items())

    def stop(self) -> None:
        """Accept no more requests. Running ones get at most two seconds to end."""
        for done in [server.stop(grace=2) for server in self._servers]:
            done.wait()


def serve_clouds(
    store: Store,
    host: str = "127.0.0.1",
    ports: dict[str, int] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> CloudServers:
    """Serve AWS, Azure and GCP from ``store``.

    ``ports`` are by package name (``aws``, ``azure-native``, ``gcp``); a package without one
    gets a free port. ``pause`` waits for some real seconds while an operation runs.
    Raises RuntimeError when a port is in use.
    """
    chosen = ports or {}
    bound: dict[str, int] = {}
    servers: list[grpc.Server] = []
    for cloud in CLOUDS:
        store.on_due(cloud.name, partial(_step, cloud))
        server = _server(cloud, store, pause)
        servers.append(server)
        try:
            port = chosen.get(cloud.package, 0)
            bound[cloud.package] = server.add_insecure_port(f"{host}:{port}")
        except RuntimeError:
            for opened in servers:
                opened.stop(grace=None)
            raise
    for server in servers:
        server.start()
    return CloudServers(bound, tuple(servers))


def _step(cloud: Cloud, view: Store, kind: str, id_: str, at: float) -> None:
    """Apply the transition of an object of ``cloud`` that was due at ``at``."""
    life.step(World(cloud, view.root, view.tenant, view.place), kind, id_, at)


def _server(cloud: Cloud, store: Store, pause: Callable[[float], None]) -> grpc.Server:
    """Create the server of one cloud. A second server on its port is an error."""
    server = grpc.server(
        ThreadPoolExecutor(_WORKERS, thread_name_prefix=cloud.package),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ],
    )
    servicer = CloudServicer(cloud, store, Operations(store.clock, pause))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    return server
