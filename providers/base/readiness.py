"""Waiting, apart from creating: what is awaited (judges) and when the service is asked (driver).

A gateway network takes 30-40 minutes and a dynamic provider serves four calls at once, so
nothing waits inside `create`. The wait is an async function in the program: any number of
objects become ready in the time of the slowest, and one list call serves all of a kind.
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
INTERVAL_SHARE: Final = 0.04
"""Of the time waited so far: a wait of 35 minutes or of 3 seconds is overshot by 4 %."""
GATHER: Final = 0.2
"""Seconds in which waits that begin together join one call."""
MISSING_GRACE: Final = 30.0
"""Seconds for which a list may lag behind a POST."""


def interval(waited: float) -> float:
    """Seconds until the next look, after ``waited`` seconds."""
    return min(INTERVAL_MAX, max(INTERVAL_MIN, waited * INTERVAL_SHARE))


@dataclass(frozen=True)
class Ready(Generic[T]):
    """What was waited for, with the value that it yields."""

    value: T


@dataclass(frozen=True)
class Waiting:
    """Not yet. ``state`` is the service's word, ``reason`` its explanation if it gave one."""

    state: str
    reason: str = ""


@dataclass(frozen=True)
class Failed:
    """Never: ``state`` is terminal and not the one awaited."""

    state: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.state} ({self.reason})" if self.reason else self.state


Verdict = Ready[T] | Waiting | Failed
Judge = Callable[[Json], Verdict[T]]


def elapsed(seconds: float) -> str:
    """A duration as people say it: ``48s``, ``3m20s``, ``1h02m``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


class Log(Protocol):
    """Shows a line beside a resource while it is awaited."""

    def __call__(self, message: str) -> None: ...


@dataclass
class Wait(Generic[T]):
    """One object that somebody waits for.

    ``label`` names it in messages, ``timeout`` is in seconds, ``advice`` is the next step
    when it is not there in time.
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
        """Judge the newest observation and end the wait if it says so."""
        if self.done.done():
            return
        try:
            self._judge(item, now - self.began)
        except Exception as error:
            # It ends this wait: out of here it would end the driver, and all waits would hang.
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
        """The service could not be asked: an outage is sat out until the deadline."""
        if self.done.done():
            return
        transient = isinstance(error, TransportError | ServerError | RateLimitedError)
        if transient and now - self.began <= self.timeout:
            with suppress(Exception):  # Without a display the wait goes on all the same.
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
    """The objects of one kind, and everybody who waits for some of them.

    ``fetch`` lists them all (blocking; it runs in a thread). ``clock`` is monotonic
    seconds, ``sleep`` awaits seconds.
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
        """The judge's value once it is ready. Raises FailedStateError or DeadlineError."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        wait = Wait(id_, label, judge, timeout, advice, log, self._clock(), done)
        self._waits.append(wait)
        self._start()
        try:
            return await done
        finally:
            self._waits.remove(wait)

    async def look(self, id_: str) -> Json | None:
        """The object as it was when the first look came: a preview reads each kind once."""
        return (await self._looked()).get(id_)

    async def listed(self) -> list[Json]:
        """All objects as they were when the first look came."""
        return list((await self._looked()).values())

    async def _looked(self) -> dict[str, Json]:
        if self._snapshot is None:
            self._snapshot = asyncio.ensure_future(self._list())
        # Shielded: a look that is given up takes the others' list away with it otherwise.
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
        return [wait for wait in self._waits if not wait.done.done()]

    async def _pause(self, seconds: float) -> None:
        """Sleep, unless a new wait arrives: it may be ready already and gets its look."""
        arrival = asyncio.ensure_future(self._arrived.wait())
        pause = asyncio.ensure_future(self._sleep(seconds))
        _, pending = await asyncio.wait({arrival, pause}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()


def progress(resource: pulumi.Resource) -> Log:
    """Shows progress on the resource's own line of the display."""

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
    """Block until ``finished`` returns None; it returns what still is in the way.

    Only deletes use it: `destroy` does not run the program, so no async wait can. Raises
    DeadlineError after ``timeout`` seconds, with the last thing in the way.
    """
    began = clock()
    while (obstacle := finished()) is not None:
        waited = clock() - began
        if waited > timeout:
            raise DeadlineError(
                f"{what} is not done after {elapsed(waited)}: {obstacle}. "
                "It is still in state: run the command again to go on."
            )
        sleep(interval(waited))
