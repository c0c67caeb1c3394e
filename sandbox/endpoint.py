"""The files of a state directory by which a sandbox is found: ``endpoint.json`` and the lock."""

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
    """Another sandbox runs in this state directory."""


def endpoint_of(state_dir: Path) -> dict[str, Any] | None:
    """The content of ``endpoint.json``, or None when no sandbox runs."""
    found = read(state_dir / ENDPOINT)
    if not found:
        return None
    try:
        lock(state_dir).close()
    except AlreadyRunning:
        return found
    return None


def lock(state_dir: Path) -> IO[str]:
    """Lock a state directory; the kernel releases the lock however the process ends."""
    held = os.fdopen(os.open(state_dir / _LOCK, os.O_RDWR | os.O_CREAT, OWNER_FILE), "w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise AlreadyRunning(f"a sandbox is running in {state_dir}") from None
    return held


def read(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file; empty when the file is missing or holds no object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file atomically; only its owner can read it."""
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=2) + "\n")
    temporary.replace(path)


def prepare(state_dir: Path) -> None:
    """Create a state directory that only its owner can enter.

    An existing directory is closed to others when it is empty or belongs to a sandbox. Any
    other directory keeps its permissions, because the sandbox does not own it.
    """
    state_dir.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    if (state_dir / _LOCK).exists() or not any(state_dir.iterdir()):
        state_dir.chmod(OWNER_FOLDER)
