"""The whole through the real engine: the project's own program against a sandbox of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from tests.engine_fixture import Done, Project, Running
from tools.environment import for_local_backend
from tools.stack import drop_empty_attributes

CHECKOUT = Path(__file__).parents[2]
CANARY = "kpat_canary9d2f7a41c0b84e6f8a53"
"""The token of these tests: it must be nowhere in clear."""


@dataclass
class Sandbox:
    """A sandbox process with its state in a folder of its own."""

    directory: Path
    speed: float
    token: str = CANARY
    process: subprocess.Popen[bytes] | None = None
    endpoint: dict[str, Any] = field(default_factory=dict)

    def start(self) -> Sandbox:
        """Start it and wait until it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        flags = ["--state-dir", str(self.directory), "--speed", str(self.speed)]
        with (self.directory / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", "serve", *flags, "--token", self.token],
                cwd=CHECKOUT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        written = self.directory / "endpoint.json"
        deadline = time.monotonic() + 60
        while not written.exists():
            assert self.process.poll() is None, (self.directory / "log.txt").read_text()
            assert time.monotonic() < deadline, "the sandbox does not answer"
            time.sleep(0.1)
        self.endpoint = json.loads(written.read_text())
        return self

    def stop(self) -> None:
        """End it; its state stays."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    @property
    def env(self) -> dict[str, str]:
        """What leads an engine and its programs here."""
        ports = self.endpoint["debug_providers"]
        return {
            "KONNECT_SERVER_URL": self.endpoint["konnect_url"],
            "KONNECT_TOKEN": self.token,
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
            "AVIATRIX_CONTROLLER_IP": self.endpoint["aviatrix"]["controller"],
            "AVIATRIX_USERNAME": self.endpoint["aviatrix"]["username"],
            "AVIATRIX_PASSWORD": self.endpoint["aviatrix"]["password"],
        }

    def admin(self, method: str, path: str, **kwargs: Any) -> Any:
        """Call one of the sandbox's own endpoints."""
        url = f"{self.endpoint['konnect_url']}/_sandbox/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.request(method, url, timeout=30, headers=headers, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def state(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Every object: cloud -> kind -> id -> object."""
        found: dict[str, dict[str, dict[str, Any]]] = self.admin("GET", "state")
        return found

    def konnect(self, collection: str) -> dict[str, dict[str, Any]]:
        """The Konnect objects of a collection (``networks``, ``plugins``), of all parents."""
        return {
            id_: body
            for kind, objects in self.state().get("konnect", {}).items()
            if kind.rsplit("/", 1)[-1] == collection
            for id_, body in objects.items()
        }

    def requests(self, cloud: str = "konnect") -> list[dict[str, Any]]:
        """The logged requests to a cloud; of Konnect's, those to its API."""
        log: list[dict[str, Any]] = self.admin("GET", "requests", params={"cloud": cloud})[
            "requests"
        ]
        return [e for e in log if cloud != "konnect" or e["target"].startswith("/v2/")]

    def writes(self) -> list[dict[str, Any]]:
        """The logged Konnect requests that change something. A query of analytics is a POST."""
        return [
            entry
            for entry in self.requests()
            if entry["method"] != "GET" and not entry["target"].startswith("/v2/metrics")
        ]

    def virtual_time(self) -> float:
        """The sandbox's clock, in seconds since the epoch."""
        return float(self.admin("GET", "clock")["epoch"])

    def settled(self, is_settled: Callable[[dict[str, Any]], bool], limit: float = 20.0) -> bool:
        """Whether the state gets there within ``limit`` seconds: removals take a while."""
        deadline = time.monotonic() + limit
        while not is_settled(self.state()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True


@dataclass
class World:
    """A copy of the project, a backend, an engine and a sandbox, for one test."""

    project: Project
    sandbox: Sandbox

    def config_file(self, stack: str) -> Path:
        """A stack's file in the copy."""
        return self.project.folder / "stacks" / f"Pulumi.{stack}.yaml"

    def settings(self, stack: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit the settings of a stack in the copy."""
        file = self.config_file(stack)
        content = yaml.safe_load(file.read_text())
        change(content["config"]["multicloud-gateway:gateway"])
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def init(self, stack: str) -> None:
        """Create the stack in the backend."""
        self.project.ok("stack", "init", stack)

    def up(self, stack: str, *, preview: bool = False) -> str:
        """`pulumi up`, which must succeed; with the preview before it, or straight away."""
        flags = [] if preview else ["--skip-preview"]
        return self.project.ok("up", "--yes", "--stack", stack, *flags)

    def run(self, *arguments: str) -> Done:
        """Any engine command, whatever comes of it."""
        return self.project.run(*arguments)

    def unlock(self, stack: str) -> None:
        """Clear away what a killed engine left behind, as `make up` does."""
        # First, because `cancel` reads the checkpoint and fails on an empty file beside it.
        drop_empty_attributes(self.backend, "multicloud-gateway", stack)
        self.project.ok("cancel", "--yes", "--stack", stack)

    def start(self, *arguments: str) -> Running:
        """Start an engine command."""
        return self.project.start(*arguments)

    def outputs(self, stack: str) -> dict[str, Any]:
        """The stack's outputs."""
        return self.project.outputs(stack=stack)

    @property
    def backend(self) -> Path:
        """The folder that holds the state."""
        return Path(self.project.env["PULUMI_BACKEND_URL"].removeprefix("file://"))

    def everything_written(self) -> Iterator[tuple[str, str]]:
        """(name, text) of every file of the backend and of the copy."""
        home = Path(self.project.env["PULUMI_HOME"])
        for folder in (self.project.folder, self.backend, home):
            for file in folder.rglob("*"):
                if file.is_file() and not file.is_symlink() and "__pycache__" not in file.parts:
                    yield str(file), file.read_bytes().decode("utf-8", "replace")


def kill_group(running: Running) -> None:
    """SIGKILL to the engine's process group, and to the plugins that outlive it elsewhere."""
    below = psutil.Process(running.process.pid).children(recursive=True)
    os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait(30)
    for process in below:
        with suppress(psutil.NoSuchProcess):
            process.kill()


@contextmanager
def worlds_in(engine: Path, place: Path) -> Iterator[Callable[..., World]]:
    """Yield a function that makes a world; ``program`` replaces the project's own."""
    worlds: list[World] = []

    def make(speed: float = 1200.0, program: str | None = None) -> World:
        base = place / f"world-{len(worlds)}"
        folder = base / "project"
        folder.mkdir(parents=True)
        # The settings alone: a copy of a package would be another one than state refers to.
        (folder / "stacks").mkdir()
        for file in (CHECKOUT / "stacks").glob("Pulumi.*.yaml"):
            shutil.copy(file, folder / "stacks")
        description = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
        description["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(description))
        main = program or (CHECKOUT / "__main__.py").read_text()
        (folder / "__main__.py").write_text(main)
        sandbox = Sandbox(base / "sandbox", speed).start()
        env = for_local_backend(
            engine, os.environ, state=base / "state", home=base / "home", passphrase="test"
        )
        env |= {"PYTHONPATH": str(CHECKOUT)}
        worlds.append(World(Project(folder, engine, env | sandbox.env), sandbox))
        return worlds[-1]

    try:
        yield make
    finally:
        for world in worlds:
            for running in world.project.running:
                running.end()
            world.sandbox.stop()


@pytest.fixture
def make_world(engine: Path, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a function that makes a world for one test."""
    with worlds_in(engine, tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def make_shared_world(
    engine: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., World]]:
    """Return a function that makes a world for all tests of a module."""
    with worlds_in(engine, tmp_path_factory.mktemp("shared")) as make:
        yield make
