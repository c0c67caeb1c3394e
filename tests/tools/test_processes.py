"""Child processes with a limit, and locks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tools.processes import Busy, ProcessFailed, only_one, watch


def test_what_a_command_prints_is_returned_and_passed_on_line_by_line() -> None:
    seen: list[str] = []
    printed = watch(["sh", "-c", "echo one; echo two >&2"], limit=10, on_line=seen.append)
    assert sorted(printed.splitlines()) == ["one", "two"]
    assert sorted(seen) == ["one", "two"]


def test_a_failed_command_is_an_error_with_the_last_lines_it_printed() -> None:
    with pytest.raises(ProcessFailed) as caught:
        watch(["sh", "-c", "seq 100; echo no such module >&2; exit 3"], limit=10)
    lines = str(caught.value).splitlines()
    assert lines[0] == "`sh -c` exited with code 3"
    assert lines[-1] == "no such module"
    assert len(lines) < 20


def test_a_command_that_cannot_be_started_is_an_error_that_names_it() -> None:
    with pytest.raises(ProcessFailed, match="`/nowhere/go build` cannot be started"):
        watch(["/nowhere/go", "build"], limit=10)


def test_at_the_limit_a_command_ends_with_all_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(ProcessFailed, match="took longer than 1 s"):
        watch(["sh", "-c", f"sleep 60 & echo $! > {pid}; wait"], limit=1)
    child = int(pid.read_text())
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(child)


def test_a_lock_is_held_by_one_process_and_released_when_that_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    hold = (
        "import sys, time; from pathlib import Path; from tools.processes import only_one\n"
        f"with only_one(Path({str(lock)!r}), limit=5): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Busy, match="another process has held"), only_one(lock, limit=0.3):
            pass
        holder.kill()
    with only_one(lock, limit=5):
        pass
