"""Runs coroutines of Pulumi programs and closes every event loop that the run has opened."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_and_close(program: Coroutine[Any, Any, T]) -> T:
    """Like `asyncio.run`, for programs under Pulumi's mocks.

    The mocks run in worker threads. Each thread needs an event loop, and Pulumi makes one where
    there is none but never closes it. So the threads are given theirs here.
    """
    opened: list[asyncio.AbstractEventLoop] = []

    def open_one() -> None:
        loop = asyncio.new_event_loop()
        opened.append(loop)
        asyncio.set_event_loop(loop)

    async def with_workers() -> T:
        workers = ThreadPoolExecutor(initializer=open_one)
        asyncio.get_running_loop().set_default_executor(workers)
        return await program

    try:
        return asyncio.run(with_workers())
    finally:
        for loop in opened:
            loop.close()
