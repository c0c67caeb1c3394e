"""A clock that runs faster than real time, so that a 35-minute network takes seconds.

The store saves the clock's anchors (virtual time, wall time). After a restart the clock
shows the time that it would show had it never stopped, because a real cloud does not stop
either.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

DEFAULT_SPEED = 600.0
"""Simulated seconds per real second: a 35-minute network is ready in 3.5 seconds."""


@dataclass
class VirtualClock:
    """Simulated time in seconds since the Unix epoch.

    ``speed`` is simulated seconds per real second, 0 or more. At 0 only ``advance`` moves
    the clock; unit tests use this.
    """

    speed: float = DEFAULT_SPEED
    wall: Callable[[], float] = time.time
    anchor_virtual: float = field(default=-1.0)
    anchor_wall: float = field(default=-1.0)

    def __post_init__(self) -> None:
        if self.speed < 0:
            raise ValueError(f"speed is simulated seconds per second, not {self.speed}")
        if self.anchor_wall < 0:
            self.anchor_wall = self.wall()
        if self.anchor_virtual < 0:
            self.anchor_virtual = self.anchor_wall

    def now(self) -> float:
        """The simulated time now, in seconds since the epoch."""
        return self.anchor_virtual + (self.wall() - self.anchor_wall) * self.speed

    def advance(self, seconds: float) -> None:
        """Jump forward by ``seconds`` of simulated time."""
        self.anchor_virtual += seconds

    def set_speed(self, speed: float) -> None:
        """Change the speed from now on; the simulated time does not jump."""
        now, wall = self.now(), self.wall()
        self.anchor_virtual, self.anchor_wall, self.speed = now, wall, speed


def rfc3339(seconds: float) -> str:
    """Format ``seconds`` since the epoch as Konnect writes a timestamp."""
    stamp = datetime.fromtimestamp(seconds, tz=UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
