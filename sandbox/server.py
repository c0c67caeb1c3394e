"""The sandbox process: one store, Konnect and Aviatrix over HTTP, the clouds over gRPC, gateways.

All servers listen on the loopback interface. ``endpoint.json`` in the state directory holds
what a client needs; it exists and is locked from when all servers listen until they stop. The ports
are saved, so that a restarted sandbox has the same addresses.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import uvicorn

from sandbox.aviatrix import app as aviatrix
from sandbox.aviatrix.admin import router as aviatrix_admin
from sandbox.aviatrix.sessions import PASSWORD, USERNAME
from sandbox.clock import DEFAULT_SPEED, VirtualClock
from sandbox.clouds import CloudServers, serve_clouds
from sandbox.data_plane.control import DataPlane
from sandbox.endpoint import ENDPOINT, lock, prepare, publish, read, write
from sandbox.idle import Idle, UsedStore
from sandbox.konnect.app import create_app
from sandbox.konnect.tokens import DEFAULT_TOKEN
from sandbox.sockets import HOST, bound
from sandbox.store import Store

_PORTS = "ports.json"
_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 10.0
"""Seconds that a sandbox needs at most to end, with requests in flight."""
_LOOK_INTERVAL = 1.0
"""Seconds between two looks whether the sandbox is still needed."""


class Sandbox:
    """A sandbox in this process: ``start`` it, use ``endpoint``, ``stop`` it.

    ``port`` 0 means the port of the last run, or any free port. ``speed`` is simulated
    seconds per real second. ``idle`` is the limit of ``unused`` in seconds, real ones by the clock
    ``monotonic``; 0 and None mean no limit.
    """

    def __init__(
        self,
        state_dir: Path | str,
        *,
        port: int = 0,
        speed: float = DEFAULT_SPEED,
        token: str = DEFAULT_TOKEN,
        idle: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the settings; nothing listens before ``start``."""
        self.state_dir = Path(state_dir)
        self.endpoint: dict[str, Any] = {}
        self._port = port
        self._speed = speed
        self._token = token
        self._idle = Idle(idle, monotonic)

    def start(self) -> dict[str, Any]:
        """Start the servers; returns the content of ``endpoint.json``.

        Raises AlreadyRunning when another sandbox runs in the state directory, OSError when an
        explicit port is in use, and StoreError when the database cannot be used.
        """
        prepare(self.state_dir)
        self._lock = lock(self.state_dir, patience=_STOP_TIMEOUT)
        (self.state_dir / ENDPOINT).unlink(missing_ok=True)  # left by a killed sandbox
        listener = None
        try:
            remembered = read(self.state_dir / _PORTS)
            listener = _listener(self._port, remembered.get("konnect", 0))
            database, clock = self.state_dir / "sandbox.sqlite3", VirtualClock(speed=self._speed)
            self.store: Store = UsedStore(database, clock, self._idle)
            folder = self.state_dir / "data-plane"
            self.data_plane = DataPlane(self.store, folder, self._idle.use)
            self._server = _uvicorn(self.store, self._token, self.data_plane)
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
            "aviatrix": {
                "controller": f"http://{HOST}:{port}",
                "username": USERNAME,
                "password": PASSWORD,
            },
            "debug_providers": dict(self._clouds.ports),
            "speed": self._speed,
            "idle": self._idle.limit,
            "token": self._token,
        }
        self._published = publish(self.state_dir, self.endpoint)
        self._idle.announced(os.fstat(self._published.fileno()).st_mtime_ns)
        return self.endpoint

    def unused(self) -> bool:
        """Whether nobody needs the sandbox any more.

        Nobody has used it for the limit, or its endpoint was deleted, so that nobody can find it.
        """
        if not self._listed():
            return True
        self._idle.announced(os.fstat(self._published.fileno()).st_mtime_ns)
        return self._idle.over()

    def _listed(self) -> bool:
        """Whether ``endpoint.json`` is the one that this sandbox wrote."""
        own = os.fstat(self._published.fileno())
        try:
            return os.path.samestat((self.state_dir / ENDPOINT).stat(), own)
        except FileNotFoundError:
            return False

    def stop(self) -> None:
        """Finish the requests in flight, save the state and close the ports."""
        if self._listed():
            (self.state_dir / ENDPOINT).unlink()
        self._server.should_exit = True
        self._thread.join()
        self.data_plane.stop()
        self._clouds.stop()
        self.store.save_clock()
        self.store.close()
        self._lock.close()
        self._published.close()

    def __enter__(self) -> Sandbox:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def serve(sandbox: Sandbox) -> None:
    """Keep a started sandbox running until a signal to end or until it is unused, then stop it."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: done.set())
    while not done.wait(_LOOK_INTERVAL) and not sandbox.unused():
        pass
    sandbox.stop()


def _listener(wanted: int, remembered: int) -> socket.socket:
    if wanted == 0 and remembered:
        try:
            return bound(remembered)
        except OSError:
            return bound(0)
    return bound(wanted)


def _clouds(store: Store, remembered: Mapping[str, int]) -> CloudServers:
    """Start the cloud servers, on the ports of the last run where these are free."""
    free = {}
    for name, port in remembered.items():
        if name != "konnect":
            try:
                bound(port).close()
            except OSError:
                continue
            free[name] = port
    return serve_clouds(store, HOST, free)


def _uvicorn(store: Store, token: str, data_plane: DataPlane) -> uvicorn.Server:
    konnect = create_app(store, [token], data_plane, others={aviatrix.NAME: aviatrix_admin})
    config = uvicorn.Config(
        aviatrix.beside(aviatrix.create_app(store), konnect),
        log_level="critical",  # uvicorn logs a connection dropped by a fault as an error
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
