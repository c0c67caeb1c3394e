"""The sandbox process: one store, Konnect over HTTP, the clouds over gRPC.

Everything listens on the loopback interface. What a client needs to know stands in
``endpoint.json`` in the state directory from the moment all of it listens until it stops;
ports are remembered, so a restarted sandbox is found where it was.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn

from sandbox.clock import DEFAULT_SPEED, VirtualClock
from sandbox.clouds import CloudServers, serve_clouds
from sandbox.endpoint import ENDPOINT, lock, prepare, read, write
from sandbox.konnect.app import create_app
from sandbox.konnect.tokens import DEFAULT_TOKEN
from sandbox.store import Store

HOST = "127.0.0.1"
_PORTS = "ports.json"
_START_TIMEOUT = 30.0


class Sandbox:
    """A sandbox in this process: ``start`` it, use ``endpoint``, ``stop`` it.

    ``port`` 0 takes the port of last time, or any free one. ``speed`` is simulated seconds
    per real second.
    """

    def __init__(
        self,
        state_dir: Path | str,
        *,
        port: int = 0,
        speed: float = DEFAULT_SPEED,
        token: str = DEFAULT_TOKEN,
    ) -> None:
        """Nothing listens before ``start``."""
        self.state_dir = Path(state_dir)
        self.endpoint: dict[str, Any] = {}
        self._port = port
        self._speed = speed
        self._token = token

    def start(self) -> dict[str, Any]:
        """Serve from now on; returns what ``endpoint.json`` holds.

        Raises AlreadyRunning, OSError when an explicit port is taken, or StoreError when the
        database in the state directory cannot be used.
        """
        prepare(self.state_dir)
        self._lock = lock(self.state_dir)
        (self.state_dir / ENDPOINT).unlink(missing_ok=True)  # of one that was killed
        listener = None
        try:
            remembered = read(self.state_dir / _PORTS)
            listener = _listener(self._port, remembered.get("konnect", 0))
            self.store = Store(self.state_dir / "sandbox.sqlite3", VirtualClock(speed=self._speed))
            self._server = _uvicorn(self.store, self._token)
            self._clouds = _clouds(self.store, remembered)
        except BaseException:
            if listener is not None:
                listener.close()
            self._lock.close()
            raise
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="konnect", daemon=True
        )
        self._thread.start()
        _await_started(self._server, self._thread)
        port = listener.getsockname()[1]
        write(self.state_dir / _PORTS, {"konnect": port, **self._clouds.ports})
        self.endpoint = {
            "pid": os.getpid(),
            "konnect_url": f"http://{HOST}:{port}",
            "debug_providers": dict(self._clouds.ports),
            "speed": self._speed,
            "token": self._token,
        }
        write(self.state_dir / ENDPOINT, self.endpoint)
        return self.endpoint

    def stop(self) -> None:
        """Finish the requests in flight, keep the state, let go of the ports."""
        (self.state_dir / ENDPOINT).unlink(missing_ok=True)
        self._server.should_exit = True
        self._thread.join()
        self._clouds.stop()
        self.store.save_clock()
        self.store.close()
        self._lock.close()

    def __enter__(self) -> Sandbox:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def serve(sandbox: Sandbox) -> None:
    """Run a sandbox that was started until SIGTERM or SIGINT."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    done.wait()
    sandbox.stop()


def _listener(wanted: int, remembered: int) -> socket.socket:
    if wanted == 0 and remembered:
        try:
            return _bound(remembered)
        except OSError:
            return _bound(0)
    return _bound(wanted)


def _bound(port: int) -> socket.socket:
    # The protocol is named because asyncio turns off Nagle's algorithm only then: 40 ms a request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def _clouds(store: Store, remembered: Mapping[str, int]) -> CloudServers:
    """The cloud servers, at the ports of last time as far as they are free."""
    free = {}
    for name, port in remembered.items():
        if name != "konnect":
            try:
                _bound(port).close()
            except OSError:
                continue
            free[name] = port
    return serve_clouds(store, HOST, free)


def _uvicorn(store: Store, token: str) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(store, [token]),
        log_level="critical",  # a dropped connection, asked for, is an error to uvicorn
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def _await_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the simulated Konnect did not start")
        time.sleep(0.01)
