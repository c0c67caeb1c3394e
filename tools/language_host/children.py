"""The processes a language host has started, and how they end.

A child inherits the host's process group on purpose: when the engine loses patience with a host it
kills the group, and takes the children along.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

from tools.processes import tied

GRACE = 2.0
"""Seconds between asking a child to end and killing it. The engine gives the host five in all."""


class Stopped(Exception):
    """The host has been told to stop; no further child is started."""


class Children:
    """Every running child of this host.

    Safe to use from the threads of a gRPC server: programs are started and awaited in one thread
    each, and stopped from another.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    @contextmanager
    def start(
        self,
        command: Sequence[str],
        *,
        cwd: str,
        env: Mapping[str, str],
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a child that has ended when the block is left.

        `command[0]` must be a path. Without `stdout` and `stderr` the child writes to the host's
        own, which the engine shows line by line.

        On Linux the child is killed when the host ends. A program that waits for a gateway would
        otherwise go on for up to 40 minutes. The child ignores SIGINT: when the engine closes a
        plugin, it interrupts the plugin's process group, and a Python program would print a
        traceback. The host gets the same signal and ends the program.

        Raises:
            Stopped: when the host has been told to stop.

        """
        guarded = tied(command, at_end=signal.SIGKILL, ignored=signal.SIGINT)
        with self._lock:
            if self._stopped:
                raise Stopped
            child = subprocess.Popen(
                guarded, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )
            self._running.add(child)
        try:
            yield child
        finally:
            end(child)
            with self._lock:
                self._running.discard(child)

    @property
    def stopped(self) -> bool:
        """Whether the host has been told to stop."""
        return self._stopped

    def stop(self) -> None:
        """End every child, and start none from now on."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for child in running:
            child.terminate()
        for child in running:
            end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """Ask a child to end, and kill it when it does not within the grace period."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
