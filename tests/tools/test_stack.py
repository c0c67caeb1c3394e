"""Whether the holder of a stack's lock may still be running."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta

import psutil

from tools.stack import Holder

NOW = timedelta()


def holder(pid: int, *, ago: timedelta = NOW, hostname: str | None = None) -> Holder:
    return Holder(pid, hostname or socket.gethostname(), datetime.now(UTC) - ago)


def test_a_process_that_runs_is_alive() -> None:
    assert holder(os.getpid()).may_be_alive()


def test_a_process_that_has_ended_is_not_alive() -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    assert not holder(ended.pid).may_be_alive()


def test_a_process_that_got_the_holder_s_pid_later_is_not_the_holder() -> None:
    assert not holder(os.getpid(), ago=timedelta(days=365)).may_be_alive()


def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen(["true"]) as zombie:
        deadline = time.monotonic() + 10
        while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not holder(zombie.pid).may_be_alive()


def test_a_process_of_another_host_may_be_alive() -> None:
    assert holder(os.getpid(), hostname="another-host").may_be_alive()
