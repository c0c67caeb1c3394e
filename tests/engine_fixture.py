"""Fixtures for tests that run programs through the real engine, each in a world of its own.

`engine` is the engine's executable, got once per session. A test that uses it, directly or through
another fixture, is marked `engine` (see `tests/conftest.py`). `pulumi_env` gives one test an
environment with its own state and nothing of the outside world. `make_project` gives it projects.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools import engine as tools_engine
from tools.environment import for_local_backend

COMMAND_LIMIT = 300.0
"""Seconds for one engine command in a test."""

PYTHON_RUNTIME = {"name": "python", "options": {"virtualenv": sys.prefix}}
"""The `runtime` of a test's project: the Python that runs the tests."""


@dataclass(frozen=True)
class Done:
    """A finished engine command."""

    code: int
    output: str


@dataclass
class Running:
    """An engine command that is under way, in a session of its own (as a terminal gives it)."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for line in stdout:
                self.lines.append(line)

    def wait_for(self, text: str, *, limit: float = 60.0) -> None:
        """Wait until the command has printed `text`."""
        deadline = time.monotonic() + limit
        while text not in "".join(self.lines):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was not printed:\n{''.join(self.lines)}")
            time.sleep(0.05)

    def interrupt(self) -> None:
        """Send what Ctrl-C sends: SIGINT to the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def finish(self, *, limit: float = COMMAND_LIMIT) -> Done:
        """Wait for the end of the command."""
        code = self.process.wait(limit)
        self._reader.join(limit)
        return Done(code, "".join(self.lines))

    def end(self) -> None:
        """Kill the command if it still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Project:
    """A Pulumi project in a temporary folder, with one engine and one environment."""

    folder: Path
    pulumi: Path
    env: Mapping[str, str]
    running: list[Running] = field(default_factory=list)

    def write(self, name: str, text: str) -> None:
        """Write one of the project's files."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> Running:
        """Start an engine command in the project's folder."""
        process = subprocess.Popen(
            [self.pulumi, *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(Running(process))
        return self.running[-1]

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Done:
        """Run an engine command to its end, whatever its exit code."""
        return self.start(*arguments, env=env).finish()

    def ok(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run an engine command that must succeed, and return what it printed."""
        done = self.run(*arguments, env=env)
        assert done.code == 0, done.output
        return done.output

    def outputs(self, *, stack: str = "dev", show_secrets: bool = False) -> dict[str, Any]:
        """Return the stack's outputs."""
        flags = ["--show-secrets"] if show_secrets else []
        text = self.ok("stack", "output", "--json", "--stack", stack, *flags)
        outputs: dict[str, Any] = json.loads(text)
        return outputs

    def resources(self, *, stack: str = "dev") -> list[dict[str, Any]]:
        """Return the resources in the stack's state, secrets in clear."""
        text = self.ok("stack", "export", "--show-secrets", "--stack", stack)
        resources: list[dict[str, Any]] = json.loads(text)["deployment"].get("resources", [])
        return resources


@pytest.fixture(scope="session")
def engine_executable() -> Path:
    """Get the engine, which is built first when there is none. Tests use it as `engine`.

    The marker goes by this name, which no other fixture has: the tests of the providers call a
    stand-in of theirs `engine`, too.
    """
    return tools_engine.ensure()


@pytest.fixture(scope="session")
def engine(engine_executable: Path) -> Path:
    """Return the engine's executable."""
    return engine_executable


@pytest.fixture
def pulumi_env(engine: Path, tmp_path: Path) -> dict[str, str]:
    """Return an environment for the engine in which a test has its own state, and no account."""
    return for_local_backend(
        engine, os.environ, state=tmp_path / "state", home=tmp_path / "home", passphrase="test"
    )


@pytest.fixture
def make_project(
    engine: Path, pulumi_env: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., Project]]:
    """Return a function that makes a project with one stack, `dev`; all share the test's state."""
    projects: list[Project] = []

    def make(program: str, *, name: str = "probe", **files: str) -> Project:
        folder = tmp_path / name
        folder.mkdir()
        project = Project(folder, engine, pulumi_env)
        projects.append(project)
        project.write("Pulumi.yaml", json.dumps({"name": name, "runtime": PYTHON_RUNTIME}))
        project.write("__main__.py", program)
        for module, text in files.items():
            project.write(f"{module}.py", text)
        project.ok("stack", "init", "dev")
        return project

    yield make
    for project in projects:
        for running in project.running:
            running.end()
