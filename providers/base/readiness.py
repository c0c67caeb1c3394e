"""Waiting for objects: judges decide what is ready, the driver decides when to poll.

A gateway network takes 30-40 minutes and a dynamic provider serves four calls at once, so
`create` does not wait. The wait is an async function in the program. All waits run at the same
time, and one list call serves all objects of a kind.
"""

from __future__ import annotations

import asyncio
import textwrap
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

import pulumi

from providers.base.errors import (
    DeadlineError,
    FailedStateError,
    RateLimitedError,
    ResponseError,
    ServerError,
    TransportError,
    WaitError,
)
from providers.base.http import Json

T = TypeVar("T")

INTERVAL_MIN: Final = 0.25
INTERVAL_MAX: Final = 15.0
"""Limits of the polling interval, in seconds."""
INTERVAL_SHARE: Final = 0.04
"""The interval as a share of the time waited so far: a wait ends about 4 % late."""
GATHER: Final = 0.2
"""Seconds before a poll, so that waits that begin together share one call."""
MISSING_GRACE: Final = 30.0
"""Seconds that a list may lag behind a POST."""


def interval(waited: float) -> float:
    """Seconds until the next poll, after ``waited`` seconds."""
    return min(INTERVAL_MAX, max(INTERVAL_MIN, waited * INTERVAL_SHARE))


@dataclass(frozen=True)
class Ready(Generic[T]):
    """The object is ready. ``value`` is the result of the wait."""

    value: T


@dataclass(frozen=True)
class Waiting:
    """The object is not ready yet. ``state`` and ``reason`` are the service's own words."""

    state: str
    reason: str = ""


@dataclass(frozen=True)
class Failed:
    """The object cannot become ready: ``state`` is terminal."""

    state: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.state} ({self.reason})" if self.reason else self.state


Verdict = Ready[T] | Waiting | Failed
Judge = Callable[[Json], Verdict[T]]


def elapsed(seconds: float) -> str:
    """A duration for messages: ``48s``, ``3m20s``, ``1h02m``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


class Log(Protocol):
    """Show a progress message for a resource that is awaited."""

    def __call__(self, message: str) -> None: ...


@dataclass
class Wait(Generic[T]):
    """A wait for one object.

    ``label`` names the object in messages. ``timeout`` is in seconds. ``advice`` is the next step
    if the wait fails. ``began`` is clock time in seconds.
    """

    id: str
    label: str
    judge: Judge[T]
    timeout: float
    advice: str
    log: Log
    began: float
    done: asyncio.Future[T]
    history: list[tuple[float, str]] = field(default_factory=list)

    def look(self, item: Json | None, now: float) -> None:
        """Judge the object as listed (None: not listed). End the wait if it is ready or failed."""
        if self.done.done():
            return
        try:
            self._judge(item, now - self.began)
        except Exception as error:
            # End only this wait. Raised further, it would end the driver and all waits would hang.
            said = textwrap.shorten(f"{type(error).__name__}: {error}", 300)
            self.done.set_exception(
                WaitError(f"{self.label} ({self.id}) cannot be followed: {said}")
            )

    def _judge(self, item: Json | None, waited: float) -> None:
        if item is None:
            if waited > MISSING_GRACE:
                self._fail(FailedStateError, "missing", waited, "there is no such object")
            return
        verdict = self.judge(item)
        if isinstance(verdict, Ready):
            self.done.set_result(verdict.value)
            return
        if not self.history or self.history[-1][1] != verdict.state:
            self.history.append((waited, verdict.state))
        if isinstance(verdict, Failed):
            self._fail(FailedStateError, verdict.state, waited, verdict.reason)
        elif waited > self.timeout:
            self._fail(DeadlineError, verdict.state, waited, verdict.reason)
        else:
            since = elapsed(waited - self.history[-1][0])
            reason = f" ({verdict.reason})" if verdict.reason else ""
            self.log(f"{verdict.state} for {since}{reason}")

    def fault(self, error: Exception, now: float) -> None:
        """Handle a failed poll: tolerate an outage until the timeout, else end the wait."""
        if self.done.done():
            return
        transient = isinstance(error, TransportError | ServerError | RateLimitedError)
        if transient and now - self.began <= self.timeout:
            with suppress(Exception):  # The wait continues without a display.
                self.log(f"asking again: {error}")
        else:
            self.done.set_exception(error)

    def _fail(
        self, cls: type[FailedStateError | DeadlineError], state: str, waited: float, reason: str
    ) -> None:
        seen = ", ".join(f"{word} after {elapsed(at)}" for at, word in self.history)
        text = f"{self.label} ({self.id}) is {state}, not ready, {elapsed(waited)} into the wait"
        text += f" (seen: {seen})" if seen else ""
        text += f". Reason: {reason}" if reason else ""
        next_step = (
            "The object is kept in state: run `pulumi up` again to go on waiting"
            if cls is DeadlineError
            else "Run `pulumi refresh`, mend the cause and run `pulumi up` again"
        )
        advice = f" {self.advice}." if self.advice else ""
        self.done.set_exception(cls(f"{text}.{advice} {next_step}."))


class Collection:
    """The objects of one kind, and all waits for them.

    ``fetch`` lists all objects. It blocks and runs in a thread. ``key`` is an object's id.
    ``clock`` returns monotonic seconds. ``sleep`` awaits seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Sequence[Json]],
        key: Callable[[Json], str],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._fetch = fetch
        self._key = key
        self._clock = clock
        self._sleep = sleep
        self._waits: list[Wait[Any]] = []
        self._snapshot: asyncio.Future[dict[str, Json]] | None = None
        self._driver: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()

    async def wait(
        self, id_: str, label: str, judge: Judge[T], timeout: float, advice: str, log: Log
    ) -> T:
        """Wait until the object is ready and return the judge's value. ``timeout`` is in seconds.

        Raises FailedStateError, DeadlineError, WaitError (the judge raised an error), or the error
        of a failed poll.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        wait = Wait(id_, label, judge, timeout, advice, log, self._clock(), done)
        self._waits.append(wait)
        self._start()
        return await done

    async def look(self, id_: str) -> Json | None:
        """The object from the first list call, or None. A preview lists each kind once."""
        return (await self._looked()).get(id_)

    async def listed(self) -> list[Json]:
        """All objects from the first list call."""
        return list((await self._looked()).values())

    async def _looked(self) -> dict[str, Json]:
        if self._snapshot is None:
            self._snapshot = asyncio.ensure_future(self._list())
        # Shielded, so that a cancelled caller does not cancel the list call of the others.
        return await asyncio.shield(self._snapshot)

    def _start(self) -> None:
        self._arrived.set()
        if self._driver is None or self._driver.done():
            self._driver = asyncio.ensure_future(self._drive())

    async def _drive(self) -> None:
        while self._open():
            await self._sleep(GATHER)
            self._arrived.clear()
            waits = self._open()
            try:
                found = await self._list()
            except Exception as error:
                for wait in waits:
                    wait.fault(error, self._clock())
                pause = INTERVAL_MAX
            else:
                now = self._clock()
                for wait in waits:
                    wait.look(found.get(wait.id), now)
                pause = interval(min((now - wait.began for wait in self._open()), default=0.0))
            if self._open():
                await self._pause(pause)

    async def _list(self) -> dict[str, Json]:
        items = await asyncio.to_thread(self._fetch)
        try:
            return {self._key(item): item for item in items}
        except (KeyError, TypeError) as error:
            said = f"{type(error).__name__}: {error}"
            raise ResponseError(f"the list cannot be read: {said}") from None

    def _open(self) -> list[Wait[Any]]:
        """The waits that have not ended. Those that have are forgotten."""
        self._waits = [wait for wait in self._waits if not wait.done.done()]
        return list(self._waits)

    async def _pause(self, seconds: float) -> None:
        """Sleep until ``seconds`` pass or a new wait begins: its object may be ready already."""
        arrival = asyncio.ensure_future(self._arrived.wait())
        pause = asyncio.ensure_future(self._sleep(seconds))
        _, pending = await asyncio.wait({arrival, pause}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()


def progress(resource: pulumi.Resource) -> Log:
    """A log that shows messages on the resource's line of Pulumi's display."""

    def log(message: str) -> None:
        pulumi.log.info(message, resource, ephemeral=True)

    return log


def until(
    finished: Callable[[], str | None],
    what: str,
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Block until ``finished`` returns None. Until then it returns the obstacle as text.

    Only deletes use it: `destroy` does not run the program, so an async wait is not possible.
    Raises DeadlineError with the last obstacle after ``timeout`` seconds.
    """
    began = clock()
    while (obstacle := finished()) is not None:
        waited = clock() - began
        if waited > timeout:
            raise DeadlineError(
                f"{what} is not done after {elapsed(waited)}: {obstacle}. "
                "It is still in state: run the command again to continue."
            )
        sleep(interval(waited))
