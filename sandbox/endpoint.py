"""The files of a state directory by which a sandbox is found: ``endpoint.json`` and ``lock``.

A sandbox holds a lock on both while it serves the directory. The kernel releases the locks when the
process ends for any reason, so neither file is ever taken for that of a running sandbox after a
crash. ``lock`` keeps a second sandbox out. ``endpoint.json`` has the addresses and the token; its
lock says that they are valid. Nobody but its sandbox ever waits for that lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

ENDPOINT = "endpoint.json"
OWNER_FOLDER = 0o700
OWNER_FILE = 0o600
_LOCK = "lock"


class AlreadyRunning(Exception):
    """Another sandbox runs in this state directory."""


def endpoint_of(state_dir: Path) -> dict[str, Any] | None:
    """The content of ``endpoint.json``, or None when no sandbox runs."""
    try:
        with (state_dir / ENDPOINT).open(encoding="utf-8") as file:
            return _object(file.read()) if is_locked(file) else None
    except FileNotFoundError:
        return None


def is_locked(file: IO[str]) -> bool:
    """Whether a sandbox holds the lock of an opened file. Any number of processes may ask at once.

    An endpoint is locked before it has its name, so asking never keeps its sandbox from locking it.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def publish(state_dir: Path, endpoint: Mapping[str, Any]) -> IO[str]:
    """Write ``endpoint.json`` with its lock held, replacing that of a crashed sandbox.

    The endpoint is valid until the returned file is closed.
    """
    return _write(state_dir / ENDPOINT, endpoint, locked=True)


def lock(state_dir: Path, *, patience: float = 0.0) -> IO[str]:
    """Lock a state directory for one sandbox, until the returned file is closed.

    ``patience`` is in seconds. For so long it waits for a sandbox without an endpoint: that one is
    ending, or has just started. Raises AlreadyRunning when another sandbox has the directory.
    """
    held = os.fdopen(os.open(state_dir / _LOCK, os.O_RDWR | os.O_CREAT, OWNER_FILE), "w")
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline or endpoint_of(state_dir) is not None:
                held.close()
                raise AlreadyRunning(f"a sandbox is running in {state_dir}") from None
            time.sleep(0.05)
        else:
            return held


def read(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file; empty when the file is missing or holds no object."""
    try:
        return _object(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file atomically; only its owner can read it."""
    _write(path, value, locked=False).close()


def _write(path: Path, value: Mapping[str, Any], *, locked: bool) -> IO[str]:
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_FILE)
    file = os.fdopen(descriptor, "w", encoding="utf-8")
    if locked:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    file.write(json.dumps(value, indent=2) + "\n")
    file.flush()
    temporary.replace(path)
    return file


def prepare(state_dir: Path) -> None:
    """Create a state directory that only its owner can enter.

    An existing directory is closed to others when it is empty or belongs to a sandbox. Any
    other directory keeps its permissions, because the sandbox does not own it.
    """
    state_dir.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    if (state_dir / _LOCK).exists() or not any(state_dir.iterdir()):
        state_dir.chmod(OWNER_FOLDER)
