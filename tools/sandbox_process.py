"""Starts, finds and stops a sandbox: one detached process per folder of state.

It goes on when the command that started it ends, so that a stack can be changed, looked at and
destroyed by one command after the other. Its state outlives it. A checkout's own sandbox is in
`.cache/sandbox`; rehearsals and benchmarks have theirs elsewhere.
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
"""Seconds until a new sandbox answers."""

STOP_LIMIT = 30.0
"""Seconds until a sandbox that was told to stop is gone."""


class SandboxError(Exception):
    """The sandbox does not start or stop. The text is for the user."""


@dataclass(frozen=True)
class Endpoint:
    """Where a running sandbox answers."""

    pid: int
    konnect_url: str
    speed: float | None

    @classmethod
    def read(cls, path: Path) -> Endpoint | None:
        """Return what a sandbox wrote when all of it listened, or None; it may be gone since."""
        try:
            written = json.loads(path.read_text())
            return cls(int(written["pid"]), str(written["konnect_url"]), written.get("speed"))
        except (OSError, ValueError, KeyError):
            return None

    def alive(self) -> bool:
        """Whether the process is there, and is a sandbox: a pid is given again."""
        try:
            return "-m sandbox serve" in " ".join(psutil.Process(self.pid).cmdline())
        except psutil.Error:
            return False


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that runs a checkout's code.

    ``directory`` holds its state, its log, and the address it answers at.
    """

    checkout: Path
    directory: Path

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.directory / "log.txt"

    def running(self) -> Endpoint | None:
        """Return where the sandbox answers, or None when it is not running."""
        endpoint = Endpoint.read(self.directory / "endpoint.json")
        return endpoint if endpoint is not None and endpoint.alive() else None

    def start(self, *, speed: float | None = None) -> Endpoint:
        """Start the sandbox unless it runs, and return where it answers.

        Args:
            speed: seconds of provisioning that pass in one second; by default the sandbox's own.

        Raises:
            SandboxError: when it does not answer in time, or runs at another speed.

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
        """Stop the sandbox; its state stays. Return whether it was running.

        Raises:
            SandboxError: when it is still there at the limit.

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
        """Return the variables that lead a program and its engine to the running sandbox."""
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
