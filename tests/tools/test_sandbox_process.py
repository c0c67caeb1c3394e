"""Starting, finding and stopping a sandbox, for which a small program stands in."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.tools.leftovers import Mark
from tools.processes import only_one
from tools.sandbox_process import IDLE_LIMIT, Sandbox

HOLD = """
import signal, sys, time
from pathlib import Path
from tools.processes import exit_on_signals
from tools.sandbox_process import Sandbox
exit_on_signals()
box = Sandbox(Path(sys.argv[1]), Path(sys.argv[2]))
if sys.argv[3] == "during":
    with box.during(speed=60):
        Path(sys.argv[2], "held").touch()
        time.sleep(600)
box.start()
"""
pytestmark = pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")  # sandboxes go on
ENDINGS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mark]:
    """A mark of all processes that a test starts."""
    made = Mark()
    for name, value in made.variable.items():
        monkeypatch.setenv(name, value)
    yield made
    made.kill()


@pytest.fixture
def checkout(tmp_path: Path, mark: Mark) -> Path:
    folder = tmp_path / "checkout"
    (folder / "sandbox").mkdir(parents=True)
    (folder / "sandbox" / "__init__.py").touch()
    stand_in = Path(__file__).with_name("stand_in_sandbox.py")
    shutil.copy(stand_in, folder / "sandbox" / "__main__.py")
    return folder


@pytest.fixture
def box(checkout: Path, tmp_path: Path) -> Sandbox:
    return Sandbox(checkout, tmp_path / "cache" / "sandbox")


def starts(box: Sandbox) -> int:
    return (box.directory / "starts").read_text().count("one")


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} is missing"
        time.sleep(0.05)


def test_a_sandbox_is_started_once_and_found_until_it_stops(box: Sandbox) -> None:
    assert box.running() is None
    started = box.start()
    assert box.start() == box.running() == started
    assert starts(box) == 1
    assert box.stop()
    assert box.running() is None
    assert not box.stop()


def test_a_crashed_sandbox_is_noticed_at_once_and_its_endpoint_replaced(box: Sandbox) -> None:
    crashed = box.start()
    process = psutil.Process(crashed.pid)
    process.kill()
    process.wait(10)
    assert box.endpoint.exists()
    assert box.running() is None
    assert box.start().pid != crashed.pid


def test_another_sandbox_with_the_pid_of_a_crashed_one_is_not_taken_for_it(
    box: Sandbox, checkout: Path, tmp_path: Path
) -> None:
    other = Sandbox(checkout, tmp_path / "other" / "sandbox").start()
    box.directory.mkdir(parents=True)
    box.endpoint.write_text(json.dumps({"pid": other.pid, "konnect_url": "http://127.0.0.1:9"}))
    assert box.running() is None
    assert box.start().pid != other.pid


def test_a_running_sandbox_is_found_while_another_command_holds_the_lock(box: Sandbox) -> None:
    started = box.start()
    with only_one(box.directory.with_name("sandbox.lock"), limit=1):
        assert box.running() == started
        assert box.start() == started


def test_a_command_that_finds_a_sandbox_announces_its_use_and_a_look_does_not(
    box: Sandbox,
) -> None:
    box.start()
    os.utime(box.endpoint, (1, 1))
    box.running()
    assert box.endpoint.stat().st_mtime == 1
    box.start()
    assert box.endpoint.stat().st_mtime > 1


def test_a_sandbox_whose_code_has_changed_goes_on_with_a_warning(
    box: Sandbox, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    started = box.start()
    box.start()
    assert "make sandbox-stop" not in "".join(capfd.readouterr())
    later = time.time() + 60
    os.utime(checkout / "sandbox" / "__init__.py", (later, later))
    assert box.start() == started
    assert "`make sandbox-stop` ends it" in "".join(capfd.readouterr())


@pytest.mark.parametrize("idle", [None, IDLE_LIMIT])
def test_a_sandbox_gets_its_limit_without_use(box: Sandbox, idle: float | None) -> None:
    assert box.start(idle=idle).idle == idle


def hold(box: Sandbox, how: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HOLD, str(box.checkout), str(box.directory), how]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("number", ENDINGS)
def test_a_sandbox_of_a_process_ends_with_it(
    box: Sandbox, mark: Mark, number: signal.Signals
) -> None:
    with hold(box, "during") as holder:
        wait_for(box.directory / "held")
        assert box.running() is not None
        holder.send_signal(number)
        assert mark.left(limit=20) == []
        assert holder.wait() == 128 + number
    assert not box.endpoint.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends after an hour without use")
def test_a_sandbox_of_a_process_ends_when_that_is_killed(box: Sandbox, mark: Mark) -> None:
    with hold(box, "during") as holder:
        wait_for(box.directory / "held")
        holder.kill()
    assert mark.left(limit=20) == []


@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("how", ["start", "during"])
def test_a_cancelled_start_leaves_no_sandbox(
    box: Sandbox, mark: Mark, how: str, number: signal.Signals
) -> None:
    box.directory.mkdir(parents=True)
    (box.directory / "slow").touch()
    with hold(box, how) as holder:
        wait_for(box.directory / "slow-started")
        holder.send_signal(number)
        assert mark.left(limit=20) == []
