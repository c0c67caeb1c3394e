"""A sandbox to measure in, with copies of the project and the memory that it takes."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import yaml

from tools.engine import CHECKOUT
from tools.environment import for_local_backend, with_parallel
from tools.processes import watch
from tools.sandbox_process import Sandbox

Json = dict[str, Any]

COMMAND_LIMIT: Final = 3600.0
"""Limit of one engine command, in seconds."""
RSS_INTERVAL: Final = 0.2
"""Seconds between two measurements of the sandbox's memory."""


@dataclass
class Memory:
    """Measures the peak of a process's resident memory, in a thread of its own."""

    pid: int
    peak: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def mib(self) -> float:
        """The peak so far, in MiB."""
        return self.peak / 2**20

    @contextmanager
    def watched(self) -> Iterator[Memory]:
        """Measure until the block ends."""
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()

    def _look(self) -> None:
        process = psutil.Process(self.pid)
        with suppress(psutil.NoSuchProcess):
            while not self._ended.wait(RSS_INTERVAL):
                self.peak = max(self.peak, process.memory_info().rss)


@dataclass(frozen=True)
class Project:
    """A copy of the project, with a program and a stack of its own."""

    folder: Path
    pulumi: Path
    env: Mapping[str, str]
    stack: str

    def configure(self, config: Json) -> None:
        """Set the stack's configuration."""
        file = self.folder / "stacks" / f"Pulumi.{self.stack}.yaml"
        written = yaml.safe_load(file.read_text()) or {}
        file.write_text(yaml.safe_dump({**written, "config": config}))

    def run(self, *arguments: str, events: Path | None = None) -> float:
        """Run an engine command, which must succeed. Returns its wall time in seconds.

        With ``events`` the engine also writes its event log to that file.
        """
        command = [str(self.pulumi), *arguments, "--stack", self.stack, "--non-interactive"]
        env = self.env
        if events is not None:
            command += ["--event-log", str(events)]
            env = {**env, "PULUMI_DEBUG_COMMANDS": "true"}
        began = time.perf_counter()
        watch(command, limit=COMMAND_LIMIT, cwd=self.folder, env=env)
        return time.perf_counter() - began

    def resources(self) -> list[Json]:
        """The resources in the state."""
        file = self.folder / "state.json"
        self.run("stack", "export", "--file", str(file))
        found: list[Json] = json.loads(file.read_text())["deployment"]["resources"]
        return found


@dataclass(frozen=True)
class World:
    """A sandbox, with the engine and the environment to use it."""

    folder: Path
    pulumi: Path
    env: Mapping[str, str]
    memory: Memory

    def project(self, stack: str, program: str) -> Project:
        """Copy the project, replace its program, and create a stack in it."""
        folder = self.folder / stack
        for room in ("components", "providers", "stacks"):
            # Copies, not links: an edit of a file during the measurement must change nothing.
            shutil.copytree(CHECKOUT / room, folder / room)
        described = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
        described["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(described))
        (folder / "__main__.py").write_text(program)
        project = Project(folder, self.pulumi, self.env, stack)
        project.run("stack", "init")
        return project

    def get(self, path: str) -> Json:
        """Send a GET request to the sandbox: to its Konnect API, or to its own."""
        answer = httpx.get(
            self.env["KONNECT_SERVER_URL"] + path,
            params={"page[size]": "100"} if path.startswith("/v2/") else None,
            headers={"Authorization": f"Bearer {self.env['KONNECT_TOKEN']}"},
            timeout=60,
        )
        found: Json = answer.raise_for_status().json()
        return found

    def requests(self) -> list[Json]:
        """All requests to Konnect so far, except probes of its address."""
        logged = self.get("/_sandbox/requests?cloud=konnect")["requests"]
        return [entry for entry in logged if entry["target"].startswith("/v2/")]


@contextmanager
def new_world(folder: Path, pulumi: Path, speed: float) -> Iterator[World]:
    """Start a sandbox in a folder, and stop it when the block ends."""
    box = Sandbox(CHECKOUT, folder / "sandbox")
    with box.during(speed=speed) as endpoint:
        env = for_local_backend(
            pulumi, os.environ, state=folder / "state", home=folder / "home", passphrase="bench"
        )
        with Memory(endpoint.pid).watched() as memory:
            yield World(folder, pulumi, with_parallel(env | box.variables()), memory)
