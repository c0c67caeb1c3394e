"""A clock that runs faster than real time, so that a 35-minute network takes seconds.

The clock never goes back. It stands still while the machine sleeps and while the sandbox is
stopped: the store saves the simulated time, and the next start continues from it.
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
    """Simulated time in seconds since the Unix epoch. A new one starts at the real time.

    ``speed`` is simulated seconds per real second, 0 or more. At 0 only ``advance`` moves
    the clock; unit tests use this. ``wall`` is the real time in seconds since the epoch.
    ``ticks`` counts real seconds, never goes back, and stands still while the machine sleeps.
    """

    speed: float = DEFAULT_SPEED
    wall: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic
    _virtual: float = field(init=False)
    _tick: float = field(init=False)

    def __post_init__(self) -> None:
        if self.speed < 0:
            raise ValueError(f"speed is simulated seconds per second, not {self.speed}")
        self._virtual, self._tick = self.wall(), self.ticks()

    def now(self) -> float:
        """The simulated time now, in seconds since the epoch."""
        return self._virtual + (self.ticks() - self._tick) * self.speed

    def advance(self, seconds: float) -> None:
        """Jump forward by ``seconds`` of simulated time."""
        self._virtual += seconds

    def continue_from(self, virtual: float) -> None:
        """Go on from a simulated time, of an earlier run."""
        self._virtual, self._tick = virtual, self.ticks()

    def set_speed(self, speed: float) -> None:
        """Change the speed from now on; the simulated time does not jump."""
        self.continue_from(self.now())
        self.speed = speed


def rfc3339(seconds: float) -> str:
    """Format ``seconds`` since the epoch as Konnect writes a timestamp."""
    stamp = datetime.fromtimestamp(seconds, tz=UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
