"""Runs child processes with a time limit, and holds lock files."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_TAIL = 15  # lines of output shown in an error message


class ProcessFailed(Exception):
    """A child process failed or took too long. The text ends with the last lines of its output."""


class Busy(Exception):
    """Another process held a lock longer than the limit."""


def watch(
    command: Sequence[str],
    *,
    limit: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run a command to its end and return its output (stdout and stderr).

    The command runs in a session of its own. If it reaches the limit (seconds), or this process is
    interrupted, the command is killed with all of its child processes.

    Raises:
        ProcessFailed: if the command cannot be started, has another exit code than 0, or reaches
            the limit.

    """
    name = " ".join(command[:2])
    printed: list[str] = []
    try:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ProcessFailed(f"`{name}` cannot be started: {error}") from error

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            printed.append(line.rstrip())
            if on_line is not None:
                on_line(line.rstrip())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        code = child.wait(limit)
    except subprocess.TimeoutExpired:
        raise ProcessFailed(_failure(f"`{name}` took longer than {limit:.0f} s", printed)) from None
    finally:
        with suppress(ProcessLookupError, PermissionError):  # it has already ended
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        reader.join(5)
        if child.stdout is not None and not reader.is_alive():
            child.stdout.close()
    if code != 0:
        raise ProcessFailed(_failure(f"`{name}` exited with code {code}", printed))
    return "\n".join(printed)


def _failure(what: str, printed: list[str]) -> str:
    return "\n".join([what, *printed[-_TAIL:]])


@contextmanager
def only_one(lock: Path, *, limit: float) -> Iterator[None]:
    """Hold a lock file while the block runs. Wait up to `limit` seconds for another holder.

    The kernel releases the lock when its holder ends for any reason, so it is never stale.

    Raises:
        Busy: if another process still holds the lock at the limit.

    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + limit
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Busy(
                        f"another process has held {lock} for {limit:.0f} s; end it and try again"
                    ) from None
                time.sleep(0.2)
        yield
