"""Runs child processes that end with this one, and holds lock files.

`watch` and `run` give a command no terminal and return its output. `run_in_foreground` gives it
this process's terminal. `tied` is for a process that runs in the background. Commands call
`exit_on_signals` first, so that a signal ends them through their `finally` blocks.

Standard library only: `tools/bootstrap.py` uses it before anything is installed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from tools.guard import end_with_parent

_GUARD = Path(__file__).with_name("guard.py")
_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_TAIL = 15  # lines of output shown in an error message

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""The signals that ask a process to end."""

GRACE = 5.0
"""Seconds between interrupting a command and killing it."""

REPEATED = 1.0
"""Seconds in which a second signal is the same request: `timeout` and make send one twice."""


class ProcessFailed(Exception):
    """A child process failed or took too long. The text ends with the last lines of its output."""


class Busy(Exception):
    """Another process held a lock longer than the limit."""


def exit_on_signals() -> None:
    """Let SIGHUP, SIGINT and SIGTERM end this process through its `finally` blocks.

    The exit code is 128 and the signal's number. Only the first signal counts, so that a second one
    does not stop the first one's cleanup. Signals that the caller ignores stay ignored (`nohup`).

    Under make, the process also ends when make is killed, on Linux.
    """
    numbers = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]

    def leave(signum: int, frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, lambda *_: None)
        sys.exit(128 + signum)

    for number in numbers:
        signal.signal(number, leave)
    if "MAKELEVEL" in os.environ:
        end_with_parent(signal.SIGTERM)


def watch(
    command: Sequence[str],
    *,
    limit: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run a command that must succeed, as `run` does, and return its output.

    Raises:
        ProcessFailed: if the command cannot be started, has another exit code than 0, or reaches
            the limit.

    """
    name = " ".join(command[:2])
    search = os.environ.get("PATH") if env is None else env.get("PATH")
    if shutil.which(command[0], path=search) is None:
        raise ProcessFailed(f"`{name}` cannot be started: there is no executable {command[0]}")
    code, printed = run(command, limit=limit, cwd=cwd, env=env, on_line=on_line)
    if code is None:
        raise ProcessFailed(_failure(f"`{name}` took longer than {limit:.0f} s", printed))
    if code != 0:
        raise ProcessFailed(_failure(f"`{name}` exited with code {code}", printed))
    return printed


def _failure(what: str, printed: str) -> str:
    return "\n".join([what, *printed.splitlines()[-_TAIL:]])


def run(
    command: Sequence[str],
    *,
    limit: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> tuple[int | None, str]:
    """Run a command to its end. Return its exit code, and its output (stdout and stderr).

    The command runs in a session of its own. If it reaches the limit (seconds), or this process
    ends for any reason, the command and all of its child processes end too. At the limit the exit
    code is None.
    """
    printed: list[str] = []
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_SUPERVISOR), *command],
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            printed.append(line.rstrip())
            if on_line is not None:
                on_line(line.rstrip())

    reader = threading.Thread(target=read, daemon=True)
    code: int | None = None
    try:
        reader.start()
        with suppress(subprocess.TimeoutExpired):
            code = child.wait(limit)
    finally:
        _end_group(child)
        reader.join(5)
        assert child.stdin is not None
        child.stdin.close()
        if child.stdout is not None and not reader.is_alive():
            child.stdout.close()
    return code, "\n".join(printed)


def _end_group(child: subprocess.Popen[str]) -> None:
    """End a child that leads a process group, with its group: interrupt it, then kill the rest.

    pip and the engine delete their temporary files and locks when they are interrupted.
    """
    has_ended = (ProcessLookupError, PermissionError)
    if child.poll() is None:
        with suppress(subprocess.TimeoutExpired, *has_ended):
            os.killpg(child.pid, signal.SIGINT)
            child.wait(GRACE)
    with suppress(*has_ended):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def tied(command: Sequence[str], *, at_end: signal.Signals, ignored: signal.Signals) -> list[str]:
    """Return the command that runs `command` tied to this process.

    Args:
        command: its first item is the path of an executable.
        at_end: on Linux, the signal that it gets when this process ends for any reason. Elsewhere
            it goes on.
        ignored: a signal that it ignores.

    """
    guard = [sys.executable, "-I", "-S", str(_GUARD)]
    return [*guard, str(os.getpid()), at_end.name, ignored.name, *command]


def run_in_foreground(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> int:
    """Run a command in this process's terminal to its end, and return its exit code.

    A signal to this process asks the command to end, by SIGTERM. Then this process waits for it and
    ends too. A second signal, a second or more later, is passed on again. In the foreground of a
    terminal, Ctrl-C reaches the command directly, so this process does not pass SIGINT on.

    When this process is killed, the command gets SIGTERM on Linux, and goes on elsewhere.

    Raises:
        SystemExit: after a signal, with 128 and its number.

    """
    has_terminal = _foreground_group() is not None
    received: list[int] = []
    passed_on = float("-inf")
    child: subprocess.Popen[bytes] | None = None

    def pass_on() -> None:
        nonlocal passed_on
        now = time.monotonic()
        if child is not None and now - passed_on >= REPEATED:
            passed_on = now
            child.terminate()

    def receive(signum: int, frame: FrameType | None) -> None:
        received.append(signum)
        if signum != signal.SIGINT or _foreground_group() != os.getpgrp():
            pass_on()

    with _handled_by(receive):
        child = subprocess.Popen(
            tied(command, at_end=signal.SIGTERM, ignored=signal.SIGHUP),
            cwd=cwd,
            env=env,
            # Only one process group may use a terminal. Without one, a group of its own makes sure
            # that a signal to this process's group reaches the command once.
            process_group=None if has_terminal else 0,
        )
        if received:  # while it was being started
            pass_on()
        code = child.wait()
    if received:
        sys.exit(128 + received[0])
    return code


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let a handler have the signals to end while the block runs, except ignored ones."""
    numbers = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


def _foreground_group() -> int | None:
    """The process group in the foreground of this process's terminal. None without a terminal.

    Ctrl-C at the terminal reaches all processes of that group.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.tcgetpgrp(terminal)
    finally:
        os.close(terminal)


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
