"""Queues of plugins that send what they log to a server, in batches, as Kong's queues do.

An entry waits until there is a batch, or until the oldest has waited for its delay. A server that
cannot be reached, or answers with an error, loses the batch: Kong would try again for a minute.
Source: https://developer.konghq.com/gateway/entities/plugin/#queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.data_plane.exchange import Node
from sandbox.store import Body

Send = Callable[[Sequence[Any]], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass
class Queue:
    """The entries of one plugin on one node that wait to be sent."""

    send: Send
    batch: int
    delay: float
    """Seconds."""
    most: int
    entries: list[Any] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def put(self, entry: Any) -> None:
        """Add an entry. The oldest one is lost if the queue is full."""
        self.entries = [*self.entries[-self.most + 1 :], entry] if self.most > 1 else [entry]
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self.entries:
            if len(self.entries) < self.batch:
                await asyncio.sleep(self.delay)
            await self.flush()

    async def flush(self) -> None:
        """Send a batch now."""
        batch, self.entries = self.entries[: self.batch], self.entries[self.batch :]
        if not batch:
            return
        try:
            await self.send(batch)
        except httpx.HTTPError as error:
            _log.warning("%d log entries were not delivered: %s", len(batch), error)


def queue_of(node: Node, key: tuple[str, ...], config: Body, send: Send) -> Queue:
    """The queue of a plugin on a node. ``config`` is the plugin's ``queue``.

    ``key`` names the plugin and where it sends to. The newest ``send`` and settings count.
    """
    queue: Queue | None = node.memory.get(key)
    if queue is None:
        queue = node.memory[key] = Queue(send, 1, 0, 1)
    queue.send = send
    queue.batch = int(config["max_batch_size"])
    queue.delay = float(config["max_coalescing_delay"])
    queue.most = int(config["max_entries"])
    return queue


async def stop(node: Node) -> None:
    """Send what waits on a node, once, and end its queues."""
    queues = [one for one in node.memory.values() if isinstance(one, Queue)]
    for queue in queues:
        if queue.task is not None:
            queue.task.cancel()
            await asyncio.gather(queue.task, return_exceptions=True)
        await queue.flush()
