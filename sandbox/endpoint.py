"""Where a sandbox is found: ``endpoint.json`` in its state directory, and who holds its lock."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

ENDPOINT = "endpoint.json"
OWNER_FOLDER = 0o700
OWNER_FILE = 0o600
_LOCK = "lock"


class AlreadyRunning(Exception):
    """A sandbox runs in this state directory."""


def endpoint_of(state_dir: Path) -> dict[str, Any] | None:
    """What ``endpoint.json`` says of a sandbox that runs, or None."""
    found = read(state_dir / ENDPOINT)
    if not found:
        return None
    try:
        lock(state_dir).close()
    except AlreadyRunning:
        return found
    return None


def lock(state_dir: Path) -> IO[str]:
    """The lock of a state directory; the kernel lets go of it however the process ends."""
    held = os.fdopen(os.open(state_dir / _LOCK, os.O_RDWR | os.O_CREAT, OWNER_FILE), "w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise AlreadyRunning(f"a sandbox is running in {state_dir}") from None
    return held


def read(path: Path) -> dict[str, Any]:
    """A JSON object from a file; an empty one when there is none, or something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, value: Mapping[str, Any]) -> None:
    """Write a file as a whole or not at all, for its owner's eyes only."""
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=2) + "\n")
    temporary.replace(path)


def prepare(state_dir: Path) -> None:
    """Make a state directory that only its owner can enter.

    One that is there is closed to others when it is a sandbox's or empty. Any other folder
    keeps its permissions: it is not the sandbox's to lock.
    """
    state_dir.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    if (state_dir / _LOCK).exists() or not any(state_dir.iterdir()):
        state_dir.chmod(OWNER_FOLDER)
