"""What a cancelled or killed command leaves running, through the real engine: nothing of the run.

The sandbox of `make up` goes on, because other commands use it. A rehearsal's sandbox ends.
"""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.engine_fixture import Running
from tests.tools.checkout import Checkout
from tests.tools.leftovers import Mark, command_line
from tools.engine import CHECKOUT

ENDINGS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a killed one")

PROGRAM = """
import asyncio
import os
import pulumi
from thing import Thing

async def wait(value):
    while not os.path.exists("go"):
        await asyncio.sleep(0.1)
    return value

Thing("thing")
pulumi.export("waited", pulumi.Output.from_input(1).apply(wait))
"""
THING = """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class ThingProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("thing", props)

class Thing(Resource):
    def __init__(self, name):
        super().__init__(ThingProvider(), name, {})
"""
PARTS = ("pulumi", "tools.language_host", "pulumi-language-python-exec", "pulumi.dynamic")
"""Parts of the command lines of all that must run before a test cancels: the last starts last."""


@dataclass
class World:
    """A checkout whose program has a dynamic provider and waits until it is cancelled."""

    checkout: Checkout
    mark: Mark

    def start(self, *command: str) -> Running:
        """Start a make target, and wait until the engine and all that it starts run."""
        make = self.checkout.make(*command, **self.mark.variable)
        deadline = time.monotonic() + 60
        while missing := [part for part in PARTS if not self.runs(part)]:
            assert make.process.poll() is None, "".join(make.lines)
            assert time.monotonic() < deadline, f"{missing}: {''.join(make.lines)}"
            time.sleep(0.1)
        return make

    def runs(self, part: str) -> bool:
        return any(part in command_line(process) for process in self.mark.processes())

    @property
    def sandbox(self) -> int:
        """The process id of the sandbox of `make up`."""
        endpoint = self.checkout.folder / ".cache" / "sandbox" / "endpoint.json"
        return int(json.loads(endpoint.read_text())["pid"])

    def locks(self) -> list[Path]:
        return list(self.checkout.state.glob(".pulumi/locks/**/*.json"))


@pytest.fixture
def world(make_checkout: Callable[[str], Checkout]) -> Iterator[World]:
    checkout = make_checkout(PROGRAM)
    (checkout.folder / "thing.py").write_text(THING)
    shutil.copy(CHECKOUT / "Makefile", checkout.folder)
    checkout.configure(config={})
    made = World(checkout, Mark())
    yield made
    made.mark.kill()


def child(make: Running) -> psutil.Process:
    """The process that make runs."""
    (process,) = psutil.Process(make.process.pid).children()
    return process


UP = ("up", "ARGS=--skip-preview")
SECOND = "received; terminating"
"""What the engine says to a second signal. It then ends at once, and its state may lack objects."""


def test_make_up_can_be_cancelled(world: World) -> None:
    make = world.start(*UP)
    make.process.send_signal(signal.SIGTERM)
    assert world.mark.left(limit=30, besides=(world.sandbox,)) == []
    assert make.finish().code != 0
    assert psutil.pid_exists(world.sandbox)
    assert world.locks() == []


@pytest.mark.parametrize("number", ENDINGS)
def test_what_make_up_runs_can_be_cancelled(world: World, number: signal.Signals) -> None:
    make = world.start(*UP)
    child(make).send_signal(number)
    assert world.mark.left(limit=30, besides=(world.sandbox,)) == []
    done = make.finish()
    assert f"Error {128 + number}" in done.output
    assert "update canceled" in done.output
    assert "Traceback" not in done.output
    assert world.locks() == []


@linux_only
@pytest.mark.parametrize("target", ["make", "child"])
def test_when_make_up_is_killed_the_engine_ends_in_order(world: World, target: str) -> None:
    make = world.start(*UP)
    (make.process if target == "make" else child(make)).kill()
    assert world.mark.left(limit=30, besides=(world.sandbox,)) == []
    assert world.locks() == []


def test_a_signal_to_the_whole_group_cancels_once(world: World) -> None:
    """`timeout` sends it to make, make to the command, and then `timeout` to all of the group."""
    make = world.start(*UP)
    os.killpg(make.process.pid, signal.SIGTERM)
    done = make.finish(limit=30)
    # The program gets the signal too. If it ends first, the engine has nothing left to cancel.
    assert "SIGTERM received; cancelling" in done.output
    assert done.code != 0
    assert SECOND not in done.output
    assert world.mark.left(limit=10, besides=(world.sandbox,)) == []


def test_when_the_engine_is_killed_its_plugins_end(world: World) -> None:
    make = world.start(*UP)
    (engine,) = (found for found in child(make).children() if found.name() == "pulumi")
    engine.kill()
    assert world.mark.left(limit=30, besides=(world.sandbox,)) == []
    assert make.finish().code != 0


def test_ctrl_c_at_a_terminal_cancels_once(world: World) -> None:
    folder = world.checkout.folder
    command = ["make", "PYTHON=true", *UP]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, {**world.checkout.env, **world.mark.variable})
    shown = b""
    deadline = time.monotonic() + 60
    while not all(world.runs(part) for part in PARTS):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.write(terminal, b"\x03")
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:  # the terminal's last process has ended
        pass
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) != 0
    assert b"update canceled" in shown
    assert SECOND.encode() not in shown
    assert b"Traceback" not in shown
    assert world.mark.left(limit=10, besides=(world.sandbox,)) == []
    assert world.locks() == []


@pytest.fixture
def with_sandbox(world: World) -> World:
    """The same with the real sandbox instead of the stand-in."""
    shutil.rmtree(world.checkout.folder / "sandbox")
    (world.checkout.folder / "sandbox").symlink_to(CHECKOUT / "sandbox")
    return world


@pytest.mark.parametrize("target", ["make", "child"])
def test_a_cancelled_rehearsal_leaves_neither_processes_nor_files(
    with_sandbox: World, target: str
) -> None:
    make = with_sandbox.start("rehearse")
    assert with_sandbox.runs("-m sandbox serve")
    (make.process if target == "make" else child(make)).send_signal(signal.SIGTERM)
    assert with_sandbox.mark.left(limit=40) == []
    assert make.finish().code != 0
    assert not list((with_sandbox.checkout.folder / ".cache" / "rehearsal").iterdir())


@linux_only
@pytest.mark.parametrize("target", ["make", "child"])
def test_a_killed_rehearsal_leaves_no_processes(with_sandbox: World, target: str) -> None:
    make = with_sandbox.start("rehearse")
    (make.process if target == "make" else child(make)).kill()
    assert with_sandbox.mark.left(limit=40) == []
