"""Where a sandbox is found: ``endpoint.json`` in its state directory, and who holds its lock."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

ENDPOINT = "endpoint.json"
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
    held = (state_dir / _LOCK).open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise AlreadyRunning(f"a sandbox is running in {state_dir}") from None
    return held


def read(path: Path) -> dict[str, Any]:
    """A JSON object from a file; an empty one when there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found


def write(path: Path, value: Mapping[str, Any]) -> None:
    """Write a file as a whole or not at all."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
