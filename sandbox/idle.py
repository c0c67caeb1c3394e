"""How long nobody has used the sandbox.

Use is a request to Konnect's API or a call of a cloud: what the store logs. A look whether the
sandbox runs, or at what it has built, is not use. A command starts an engine before its first
request, so it announces its use: it sets the modification time of ``endpoint.json``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandbox.clock import VirtualClock
from sandbox.store import Store


class Idle:
    """Measures the time since the last use.

    ``limit`` is in seconds; with None or 0 the sandbox is never unused. ``monotonic`` returns
    seconds.
    """

    def __init__(self, limit: float | None, monotonic: Callable[[], float]) -> None:
        """The time counts from now."""
        self.limit = limit or None
        self._monotonic = monotonic
        self._used = monotonic()
        self._modified = 0

    def use(self) -> None:
        """Note that the sandbox is being used."""
        self._used = self._monotonic()

    def announced(self, modified: int) -> None:
        """Note a use if the modification time of ``endpoint.json`` (in nanoseconds) has changed."""
        if modified != self._modified:
            self._modified = modified
            self.use()

    def over(self) -> bool:
        """Whether nobody has used the sandbox for as long as the limit."""
        return self.limit is not None and self._monotonic() - self._used >= self.limit


class UsedStore(Store):
    """A store that notes every logged request as a use."""

    def __init__(self, path: Path | str, clock: VirtualClock, idle: Idle) -> None:
        """Open or create the file, as ``Store`` does."""
        self._idle = idle
        super().__init__(path, clock)

    def log_request(self, cloud: str, method: str, target: str, status: int) -> None:
        """Log one request with its answer."""
        self._idle.use()
        super().log_request(cloud, method, target, status)
