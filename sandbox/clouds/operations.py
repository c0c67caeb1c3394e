"""Operations of a cloud that take time and lock objects.

When an object is locked, a request of another provider instance is refused, as in the cloud. A
request of the same instance waits, because a provider plugin locks within its own process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.clock import VirtualClock
from sandbox.clouds.model import Call, CloudError, Operation
from sandbox.clouds.wire import Values


@dataclass(frozen=True)
class Request:
    """One request for an object, with the provider instance that sent it."""

    call: Call
    owner: str
    values: Values
    """The inputs, or for a delete the stored object."""


class Operations:
    """The running operations of one cloud, by the name of each locked object."""

    def __init__(self, clock: VirtualClock, pause: Callable[[float], None] = time.sleep) -> None:
        """``pause`` waits for some real seconds; with a stopped clock nothing waits."""
        self._clock = clock
        self._pause = pause
        self._changed = threading.Condition()
        self._owners: dict[str, str] = {}

    @contextmanager
    def run(self, operation: Operation | None, request: Request) -> Iterator[None]:
        """Run the block with the lock, and keep the lock until the operation has ended.

        Raises CloudError when another provider instance has the lock.
        """
        if operation is None:
            yield
            return
        names = set(operation.locks(request.call, request.values))
        self._lock(names, request.owner, operation.busy)
        try:
            yield
            if self._clock.speed > 0:
                self._pause(operation.seconds / self._clock.speed)
        finally:
            with self._changed:
                for name in names:
                    del self._owners[name]
                self._changed.notify_all()

    def _lock(self, names: Iterable[str], owner: str, busy: Callable[[], CloudError]) -> None:
        with self._changed:
            while owners := {self._owners[name] for name in names if name in self._owners}:
                if owners != {owner}:
                    raise busy()
                self._changed.wait()
            self._owners.update(dict.fromkeys(names, owner))
