"""An empty store for each test, and the small API of a stranger over it, on a port of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from sandbox.clock import VirtualClock
from sandbox.store import Store
from tests.sandbox.http.api import SANDBOX_TOKEN, TOKEN, zoo


class Served:
    """An application on a loopback port, in a thread of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def client(self, token: str = TOKEN) -> httpx.Client:
        """A client with a token; close it."""
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{self.port}"
        return httpx.Client(base_url=url, headers=headers, timeout=10)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Store, Served]]:
    """A store and the small API that serves it, of all tests of a module."""
    store = Store(":memory:", VirtualClock(speed=0))
    served = Served(zoo(store, largest_body=1000, unknown_path="no such place"))
    yield store, served
    served.stop()
    store.close()


@pytest.fixture
def store(shared: tuple[Store, Served]) -> Iterator[Store]:
    """The store, empty."""
    yield shared[0]
    shared[0].reset()


@pytest.fixture
def served(shared: tuple[Store, Served], store: Store) -> Served:
    """The small API over the empty store."""
    return shared[1]


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    """A client with the token of the API."""
    with served.client() as client:
        yield client


@pytest.fixture
def admin(served: Served) -> Iterator[httpx.Client]:
    """A client with the token of the sandbox."""
    with served.client(SANDBOX_TOKEN) as client:
        yield client
