"""Operations of a cloud that take time: locks while they run, and objects that become ready.

When an object is locked, a request of another provider instance is refused, as in the cloud. A
request of the same instance waits where the provider plugin locks within its own process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sandbox.clock import VirtualClock
from sandbox.clouds.declare import Call, CloudError, Operation
from sandbox.clouds.world import PENDING
from sandbox.store import Found, Store

_SHORTEST = 0.01
"""Real seconds between two looks at an object that is not ready yet."""


class Operations:
    """The running operations of one cloud, by the name of each locked object."""

    def __init__(self, clock: VirtualClock, pause: Callable[[float], None] = time.sleep) -> None:
        """``pause`` waits for some real seconds; with a stopped clock nothing waits."""
        self._clock = clock
        self._pause = pause
        self._changed = threading.Condition()
        self._owners: dict[str, str] = {}

    @property
    def instant(self) -> bool:
        """Whether nothing takes time: the clock is stopped."""
        return self._clock.speed == 0

    @contextmanager
    def run(self, operation: Operation | None, call: Call, owner: str) -> Iterator[None]:
        """Run the block with the lock, and keep the lock until the operation has ended.

        ``owner`` is the provider instance. Raises CloudError when another one has the lock, or for
        an operation that is not ``queued`` anyone.
        """
        if operation is None:
            yield
            return
        names = set(operation.locks(call))
        waits_for = {owner} if operation.queued else set()
        self._lock(names, owner, waits_for, lambda: call.error(operation.busy))
        try:
            yield
            if not self.instant:
                self._pause(operation.seconds / self._clock.speed)
        finally:
            with self._changed:
                for name in names:
                    del self._owners[name]
                self._changed.notify_all()

    def settle(self, store: Store, found: Found) -> Found:
        """Wait until an object is ready, as a provider plugin does. Raises CloudError."""
        view = store.within(found.tenant, found.place)
        while PENDING in found.body and not self.instant:
            left = found.body["_due"] - self._clock.now()
            self._pause(max(left / self._clock.speed, _SHORTEST))
            with store.transaction():
                body = view.get(found.cloud, found.kind, found.id)
            if body is None:
                break
            if "_failed" in body:
                raise CloudError("Failed", f"{found.id} failed: {body['_failed']}")
            found = replace(found, body=body)
        return found

    def _lock(
        self,
        names: Iterable[str],
        owner: str,
        waits_for: set[str],
        busy: Callable[[], CloudError],
    ) -> None:
        with self._changed:
            while owners := {self._owners[name] for name in names if name in self._owners}:
                if not owners <= waits_for:
                    raise busy()
                self._changed.wait()
            self._owners.update(dict.fromkeys(names, owner))
