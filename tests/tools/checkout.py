"""A copy of what the project's commands consist of, with a program of a test's own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import yaml

from tests.engine_fixture import Done, Running
from tools.engine import CHECKOUT


@dataclass
class Checkout:
    """A copy of what the commands consist of, with a small program."""

    folder: Path
    pulumi: Path
    running: list[Running] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / ".cache" / "state"

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.pulumi.parent}:{os.environ['PATH']}"}

    def start(self, *arguments: str, module: str = "tools.run", **env: str) -> Running:
        return self._start([sys.executable, "-m", module, *arguments], env)

    def make(self, *arguments: str, **env: str) -> Running:
        """Start a target of the Makefile, without the virtual environment that it makes first."""
        return self._start(["make", "PYTHON=true", *arguments], env)

    def _start(self, command: list[str], env: dict[str, str]) -> Running:
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(Running(process))
        return self.running[-1]

    def run(self, *arguments: str, **env: str) -> Done:
        return self.start(*arguments, **env).finish()

    def ok(self, *arguments: str, **env: str) -> str:
        done = self.run(*arguments, **env)
        assert done.code == 0, done.output
        return done.output

    def configure(self, stack: str = "dev", **settings: object) -> None:
        path = self.folder / "stacks" / f"Pulumi.{stack}.yaml"
        path.write_text(yaml.safe_dump(settings))

    def contents(self) -> dict[str, str]:
        """Return a digest of every file that git would see."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            if path.is_file() and not {".cache", "__pycache__"} & set(path.parts)
        }

    def lock(self, *, pid: int, hostname: str | None = None) -> Path:
        """Write the lock file of an update."""
        lock = self.state / ".pulumi/locks/organization/multicloud-gateway/dev/1234.json"
        lock.parent.mkdir(parents=True, exist_ok=True)
        holder = {
            "pid": pid,
            "username": "someone",
            "hostname": hostname or socket.gethostname(),
            "timestamp": datetime.now(UTC).isoformat(),
        }
        lock.write_text(json.dumps(holder))
        return lock


@pytest.fixture
def make_checkout(engine: Path, tmp_path: Path) -> Iterator[Callable[[str], Checkout]]:
    """Return a function that copies the checkout around a program; the sandbox is a stand-in."""
    made: list[Checkout] = []

    def make(program: str) -> Checkout:
        folder = tmp_path / "a checkout"  # paths with a space are common enough
        shutil.copytree(
            CHECKOUT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ("Pulumi.yaml", "requirements.txt"):
            shutil.copy(CHECKOUT / name, folder / name)
        for name in ("stacks", "sandbox", ".cache"):
            (folder / name).mkdir()
        shutil.copy(CHECKOUT / "stacks" / "environments.py", folder / "stacks")
        (folder / ".cache" / "venv").symlink_to(sys.prefix)
        stand_in = Path(__file__).with_name("stand_in_sandbox.py")
        shutil.copy(stand_in, folder / "sandbox" / "__main__.py")
        # A regular package: the installed one, further down the path, would come before a folder.
        (folder / "sandbox" / "__init__.py").touch()
        (folder / "__main__.py").write_text(program)
        made.append(Checkout(folder, engine))
        return made[-1]

    yield make
    for checkout in made:
        for running in checkout.running:
            running.end()
        endpoint = checkout.folder / ".cache" / "sandbox" / "endpoint.json"
        if endpoint.exists():
            pid = json.loads(endpoint.read_text())["pid"]
            if psutil.pid_exists(pid):
                psutil.Process(pid).kill()
