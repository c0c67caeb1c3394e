"""Finds all processes that a command has started, by a mark in their environment."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field

import psutil


@dataclass(frozen=True)
class Mark:
    """A variable in the environment of a command, which all its descendants inherit."""

    name: str = field(default_factory=lambda: f"MARK_{uuid.uuid4().hex}")

    @property
    def variable(self) -> dict[str, str]:
        return {self.name: "1"}

    def processes(self) -> list[psutil.Process]:
        """The living processes with the mark."""
        return [process for process in psutil.process_iter() if self._has(process)]

    def _has(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error, OSError):
            return self.name in process.environ()
        return False

    def left(self, *, limit: float, besides: tuple[int, ...] = ()) -> list[str]:
        """The command lines of processes that do not end within `limit` seconds."""
        deadline = time.monotonic() + limit
        while left := [process for process in self.processes() if process.pid not in besides]:
            if time.monotonic() > deadline:
                return [command_line(process) for process in left]
            time.sleep(0.1)
        return []

    def kill(self) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()


def command_line(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())}"
    return f"{process.pid} (gone)"
