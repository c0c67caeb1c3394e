"""Starts and stops the data plane of a sandbox on demand.

A sandbox whose gateways nobody asks for runs none, and imports nothing that they need.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sandbox.store import Store

if TYPE_CHECKING:
    from sandbox.data_plane.supervisor import Supervisor

_Result = TypeVar("_Result")


class DataPlane:
    """The data plane of one sandbox: an event loop in a thread, while it is started."""

    def __init__(self, store: Store, folder: Path, on_use: Callable[[], None]) -> None:
        """``folder`` gets ports and logs; ``on_use`` is called with each request."""
        self._store = store
        self._folder = folder
        self._on_use = on_use
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._supervisor: Supervisor | None = None

    @property
    def supervisor(self) -> Supervisor | None:
        """What runs the gateways, or None while they are not started."""
        return self._supervisor

    def start(self) -> None:
        """Start the gateways and wait until all listen; without effect when they run."""
        with self._lock:
            if self._supervisor is not None:
                return
            from sandbox.data_plane.supervisor import Supervisor  # takes a second

            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="data-plane", daemon=True
            )
            self._thread.start()
            try:
                supervisor = self.run(self._started(Supervisor))
            except BaseException:
                self._end_loop()
                raise
            self._supervisor = supervisor

    async def _started(self, create: Callable[..., Supervisor]) -> Supervisor:
        supervisor = create(self._store, self._folder, self._on_use)
        try:
            await supervisor.start()
        except BaseException:
            await supervisor.stop()
            raise
        return supervisor

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine in the loop of the gateways, and wait for its result."""
        return self.submit(work).result()

    def submit(self, work: Coroutine[Any, Any, _Result]) -> Future[_Result]:
        """Run a coroutine in the loop of the gateways."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        """Stop the gateways and their Redis servers, if they run."""
        with self._lock:
            if self._supervisor is None:
                return
            supervisor, self._supervisor = self._supervisor, None
            try:
                self.run(supervisor.stop())
            finally:
                self._end_loop()

    def _end_loop(self) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self.run(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None


async def _end_tasks() -> None:
    """Cancel what else runs in the loop, so that nobody waits for it for ever."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
