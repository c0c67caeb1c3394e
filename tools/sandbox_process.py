"""Starts, finds and stops a sandbox: one process per state folder.

A checkout's own sandbox is in `.cache/sandbox`. It keeps running after the command that started it,
so that several commands can use it one after the other, and ends by itself when nobody uses it.
Rehearsals and benchmarks have sandboxes in other folders, which end with them. A sandbox's state is
kept when it ends.

The state folder says whether a sandbox runs: the sandbox holds a lock on `endpoint.json` while it
listens. The kernel releases the lock when the sandbox ends for any reason.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tools.environment import secluded
from tools.processes import only_one, tied, watch
from tools.progress import say, step

START_LIMIT = 60.0
"""Limit until a new sandbox answers, in seconds."""

STOP_LIMIT = 30.0
"""Limit of a command of the sandbox, in seconds. `stop` waits for at most 15 s."""

IDLE_LIMIT = 3600.0
"""Seconds without use after which a sandbox ends that was started for a command."""


START_ERROR = 2.0
"""Seconds by which the start of a process may be wrong: it counts from the time of the boot, which
the kernel has in whole seconds."""


class SandboxError(Exception):
    """The sandbox cannot be started or stopped. The text is for the user."""


def changed_since(folder: Path, moment: float) -> bool:
    """Whether a Python file of a folder was written after a moment, in seconds of the epoch."""
    return any(file.stat().st_mtime > moment for file in folder.rglob("*.py"))


def _began(pid: int) -> float:
    """When a process had started for certain. Now, if it has just ended."""
    try:
        return psutil.Process(pid).create_time() + START_ERROR
    except psutil.NoSuchProcess:
        return time.time()


@dataclass(frozen=True)
class Endpoint:
    """The address of a running sandbox. `idle` is its limit without use, in seconds, if any."""

    pid: int
    konnect_url: str
    speed: float | None
    idle: float | None

    @classmethod
    def read(cls, path: Path) -> Endpoint | None:
        """Read the file that a sandbox writes once it listens. None if no sandbox runs.

        The shared lock is held for a moment only, and no sandbox ever waits for it: a sandbox locks
        the file before it gives it its name.
        """
        try:
            with path.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:  # the sandbox holds the lock
                    written = json.load(file)
                else:
                    return None
        except FileNotFoundError:
            return None
        return cls(
            int(written["pid"]),
            str(written["konnect_url"]),
            written.get("speed"),
            written.get("idle"),
        )


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that runs a checkout's code.

    ``directory`` holds its state, its log and the file with its addresses.
    """

    checkout: Path
    directory: Path

    @property
    def log(self) -> Path:
        """The log file, with all output of the sandbox."""
        return self.directory / "log.txt"

    @property
    def endpoint(self) -> Path:
        """The file with the sandbox's addresses. The sandbox runs if it holds the file's lock."""
        return self.directory / "endpoint.json"

    def running(self) -> Endpoint | None:
        """Return the addresses of the sandbox, or None if it is not running."""
        return Endpoint.read(self.endpoint)

    def start(self, *, speed: float | None = None, idle: float | None = None) -> Endpoint:
        """Start the sandbox if it is not running, and return its addresses.

        A sandbox that runs keeps its own limit without use, which begins again.

        Args:
            speed: simulated seconds per second; by default the sandbox's own.
            idle: seconds without use after which it ends; by default it does not end by itself.

        Raises:
            SandboxError: if it does not answer in time, or already runs at another speed.

        """
        endpoint = self._running_on()
        if endpoint is None:
            with self._alone():
                endpoint = self._running_on() or self._start(speed, idle)
        elif changed_since(self.checkout / "sandbox", _began(endpoint.pid)):
            say(
                "the sandbox's code has changed since this one started: `make sandbox-stop` ends "
                "it, and the next command starts the new one with the same state",
                style="yellow",
            )
        if speed is not None and endpoint.speed not in (None, speed):
            raise SandboxError(
                f"the sandbox runs at speed {endpoint.speed:g}; "
                f"`make sandbox-stop`, then start it at {speed:g}"
            )
        return endpoint

    @contextmanager
    def during(self, *, speed: float) -> Iterator[Endpoint]:
        """Run a sandbox of this process's own until the block ends, and yield its addresses.

        It also ends when this process is killed: at once on Linux, and elsewhere when nobody has
        used it for an hour.

        Raises:
            SandboxError: if it does not answer in time, or does not stop.

        """
        try:
            with self._alone():
                endpoint = self._start(speed, IDLE_LIMIT, is_tied=True)
            yield endpoint
        finally:
            self.stop()

    def _running_on(self) -> Endpoint | None:
        """Return the addresses of a running sandbox, which counts the time without use from now."""
        endpoint = self.running()
        if endpoint is not None:
            with suppress(FileNotFoundError):
                os.utime(self.endpoint)
        return endpoint

    def _alone(self) -> AbstractContextManager[None]:
        """Hold the lock of those that start or stop this sandbox."""
        lock = self.directory.with_name("sandbox.lock")
        return only_one(lock, limit=START_LIMIT + STOP_LIMIT)

    def _start(self, speed: float | None, idle: float | None, *, is_tied: bool = False) -> Endpoint:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.touch(mode=0o600)
        command = [sys.executable, "-m", "sandbox", "serve", "--state-dir", str(self.directory)]
        if speed is not None:
            command += ["--speed", f"{speed:g}"]
        if idle is not None:
            command += ["--idle", f"{idle:g}"]
        if is_tied:
            command = tied(command, at_end=signal.SIGTERM, ignored=signal.SIGHUP)
        with step("Starting the sandbox"), self.log.open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=self.checkout,
                env=secluded(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return self._answer(process)
            except BaseException:  # a signal to end this process, too
                process.kill()
                process.wait()
                raise

    def _answer(self, process: subprocess.Popen[bytes]) -> Endpoint:
        """Wait for a sandbox that is starting, and return its addresses."""
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            endpoint = self.running()
            if endpoint is not None:
                return endpoint
            if process.poll() is not None:
                raise SandboxError(f"the sandbox ended at once: {self._last_words()}")
            time.sleep(0.1)
        raise SandboxError(f"no answer within {START_LIMIT:.0f} s: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return "\n  ".join([f"{self.log} ends with", *lines])

    def stop(self) -> bool:
        """Stop the sandbox and keep its state. Return whether it was running.

        Raises:
            ProcessFailed: if it does not end in time.

        """
        with self._alone():
            if self.running() is None:
                return False
            with step("Stopping the sandbox"):
                self._command("stop")
            return True

    def variables(self) -> dict[str, str]:
        """Return the environment variables that make a program and its engine use the sandbox."""
        words = (shlex.split(line) for line in self._command("env").splitlines())
        exports = [line[1] for line in words if len(line) == 2 and line[0] == "export"]
        return dict(export.split("=", 1) for export in exports)

    def state(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return every object of the running sandbox: cloud -> kind -> id -> object."""
        found: dict[str, dict[str, dict[str, Any]]] = json.loads(self._command("state"))
        return found

    def redis_paths(self) -> list[dict[str, Any]]:
        """Return the way from each gateway in GCP to each address of a Redis that it is given.

        Each has the ``hops`` in words, and ``stopped``: why it leads nowhere, else empty.
        ``simulated`` says whether anything in the sandbox has the address.
        """
        found: list[dict[str, Any]] = json.loads(self._command("redis-paths"))
        return found

    def _command(self, name: str) -> str:
        return watch(
            [sys.executable, "-m", "sandbox", name, "--state-dir", str(self.directory)],
            limit=STOP_LIMIT,
            cwd=self.checkout,
            env=secluded(os.environ),
        )
