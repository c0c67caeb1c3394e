"""Starts, finds and stops a sandbox: one detached process per state folder.

The sandbox keeps running after the command that started it, so that several commands can use it
one after the other. Its state is kept when it stops. A checkout's own sandbox is in
`.cache/sandbox`; rehearsals and benchmarks have their own in other folders.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tools.environment import secluded
from tools.processes import only_one, watch
from tools.progress import step

START_LIMIT = 60.0
"""Limit until a new sandbox answers, in seconds."""

STOP_LIMIT = 30.0
"""Limit until a sandbox ends after it was told to stop, in seconds."""


class SandboxError(Exception):
    """The sandbox cannot be started or stopped. The text is for the user."""


@dataclass(frozen=True)
class Endpoint:
    """The addresses of a running sandbox."""

    pid: int
    konnect_url: str
    speed: float | None

    @classmethod
    def read(cls, path: Path) -> Endpoint | None:
        """Read the file that a sandbox writes once it listens. None if there is none.

        The sandbox may have ended since.
        """
        try:
            written = json.loads(path.read_text())
            return cls(int(written["pid"]), str(written["konnect_url"]), written.get("speed"))
        except (OSError, ValueError, KeyError):
            return None

    def alive(self) -> bool:
        """Whether the process exists and is a sandbox. Another process may have got its pid."""
        try:
            return "-m sandbox serve" in " ".join(psutil.Process(self.pid).cmdline())
        except psutil.Error:
            return False


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

    def running(self) -> Endpoint | None:
        """Return the addresses of the sandbox, or None if it is not running."""
        endpoint = Endpoint.read(self.directory / "endpoint.json")
        return endpoint if endpoint is not None and endpoint.alive() else None

    def start(self, *, speed: float | None = None) -> Endpoint:
        """Start the sandbox if it is not running, and return its addresses.

        Args:
            speed: simulated seconds per second; by default the sandbox's own.

        Raises:
            SandboxError: if it does not answer in time, or already runs at another speed.

        """
        with only_one(self.directory.with_name("sandbox.lock"), limit=START_LIMIT + STOP_LIMIT):
            endpoint = self.running()
            if endpoint is None:
                with step("Starting the sandbox"):
                    endpoint = self._start(speed)
            if speed is not None and endpoint.speed not in (None, speed):
                raise SandboxError(
                    f"the sandbox runs at speed {endpoint.speed:g}; "
                    f"`make sandbox-stop`, then start it at {speed:g}"
                )
            return endpoint

    def _start(self, speed: float | None) -> Endpoint:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.touch(mode=0o600)
        command = [sys.executable, "-m", "sandbox", "serve", "--state-dir", str(self.directory)]
        if speed is not None:
            command += ["--speed", f"{speed:g}"]
        with self.log.open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=self.checkout,
                env=secluded(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            endpoint = self.running()
            if endpoint is not None:
                return endpoint
            if process.poll() is not None:
                raise SandboxError(f"the sandbox ended at once: {self._last_words()}")
            time.sleep(0.1)
        process.kill()
        process.wait()
        raise SandboxError(f"no answer within {START_LIMIT:.0f} s: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return "\n  ".join([f"{self.log} ends with", *lines])

    def stop(self) -> bool:
        """Stop the sandbox and keep its state. Return whether it was running.

        Raises:
            SandboxError: if it still runs at the limit.

        """
        with only_one(self.directory.with_name("sandbox.lock"), limit=START_LIMIT + STOP_LIMIT):
            endpoint = self.running()
            if endpoint is None:
                return False
            with step("Stopping the sandbox"):
                self._command("stop")
                with suppress(psutil.NoSuchProcess):
                    try:
                        psutil.Process(endpoint.pid).wait(STOP_LIMIT)
                    except psutil.TimeoutExpired:
                        raise SandboxError(
                            f"the sandbox (pid {endpoint.pid}) has not ended after "
                            f"{STOP_LIMIT:.0f} s"
                        ) from None
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

    def _command(self, name: str) -> str:
        return watch(
            [sys.executable, "-m", "sandbox", name, "--state-dir", str(self.directory)],
            limit=STOP_LIMIT,
            cwd=self.checkout,
            env=secluded(os.environ),
        )
