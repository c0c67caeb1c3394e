"""What a cancelled or killed command leaves running: nothing. Slow programs stand for Go and pip.

With the engine: `test_signals_with_engine.py`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.tools.leftovers import Mark
from tools.engine import CHECKOUT

ENDINGS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a killed make")

SLOW = """#!/bin/sh
# Starts a child that does not listen to SIGINT, as all background children of sh, and never ends.
sleep 600 &
touch "{started}"
while true; do sleep 1; done
"""


@dataclass
class Place:
    """A checkout in which the engine is still to be built, by a `go` that never ends."""

    folder: Path
    mark: Mark = field(default_factory=Mark)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def slow(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SLOW.format(started=self.folder / "slow-started"))
        path.chmod(0o755)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command, and wait until it has started its slow child."""
        own = {"MCG_ENGINE": "build", "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **own, **self.mark.variable},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started.append(process)
        deadline = time.monotonic() + 60
        while not (self.folder / "slow-started").exists():
            assert process.poll() is None, f"{command} ended"
            assert time.monotonic() < deadline, "the slow child was not started"
            time.sleep(0.05)
        return process


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "a checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "tools", made.folder / "tools", ignore=ignored)
    for name in ("Makefile", "Pulumi.yaml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(CHECKOUT / name, made.folder / name)
    (made.folder / "stacks").mkdir()
    for name in ("environments.py", "Pulumi.dev.yaml"):
        shutil.copy(CHECKOUT / "stacks" / name, made.folder / "stacks" / name)
    made.slow(made.folder / "bin" / "go")
    yield made
    made.mark.kill()
    for process in made.started:
        process.wait(30)


def build_engine(place: Place) -> subprocess.Popen[bytes]:
    return place.start(sys.executable, "-m", "tools.engine", "--ensure")


def install_packages(place: Place) -> subprocess.Popen[bytes]:
    """Start what makes the virtual environment, with a `pip` that never ends."""
    python = place.folder / ".cache" / "venv" / "bin" / "python"
    place.slow(python)
    text = python.read_text()
    python.write_text(text.replace("\n", '\n[ "$3" = --version ] && exit 0\n', 1))
    return place.start(sys.executable, "-I", "tools/bootstrap.py")


def make_up(place: Place) -> subprocess.Popen[bytes]:
    (place.folder / ".cache").mkdir()
    (place.folder / ".cache" / "venv").symlink_to(sys.prefix)
    return place.start("make", "PYTHON=true", "up")


@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("start", [build_engine, install_packages])
def test_a_cancelled_or_killed_build_leaves_nothing_running(
    place: Place, start: Callable[[Place], subprocess.Popen[bytes]], number: signal.Signals
) -> None:
    process = start(place)
    process.send_signal(number)
    assert place.mark.left(limit=20) == []
    assert process.wait(20) != 0


@pytest.mark.parametrize("number", ENDINGS)
def test_what_make_runs_can_be_cancelled_or_killed(place: Place, number: signal.Signals) -> None:
    make = make_up(place)
    (command,) = psutil.Process(make.pid).children()
    command.send_signal(number)
    assert place.mark.left(limit=20) == []
    assert make.wait(20) != 0


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGKILL, marks=linux_only)])
def test_make_itself_can_be_cancelled_or_killed(place: Place, number: signal.Signals) -> None:
    make = make_up(place)
    make.send_signal(number)
    assert place.mark.left(limit=20) == []


def test_a_second_signal_does_not_stop_the_first_one_s_work(place: Place) -> None:
    process = build_engine(place)
    for _ in range(5):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
    assert place.mark.left(limit=20) == []


def test_a_signal_that_the_caller_ignores_stays_ignored(place: Place) -> None:
    """`nohup make up` goes on when the terminal is closed."""
    process = place.start("nohup", sys.executable, "-m", "tools.engine", "--ensure")
    process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert process.poll() is None
    process.terminate()
    assert place.mark.left(limit=20) == []
