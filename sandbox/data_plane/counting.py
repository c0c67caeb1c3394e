"""Counters of the rate limits: windows, and counters of a node that are shared through Redis.

A counter belongs to a namespace. Plugins with the same namespace share their counters. With a
``sync_rate`` of 0 each request counts in Redis before it is judged. With a higher one a node
counts by itself, and pushes and pulls every ``sync_rate`` seconds. When Redis cannot be reached,
the node counts by itself and pushes what it counted as soon as Redis is there again.

Sources: https://developer.konghq.com/gateway/rate-limiting/window-types/ and
https://developer.konghq.com/plugins/rate-limiting-advanced/ ("Strategies", "Fallback from
Redis").
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from sandbox.data_plane.exchange import Exchange, Node, Unreachable
from sandbox.store import Body

FAILURES = (RedisError, Unreachable, OSError, TimeoutError)
"""What a command to Redis raises when Redis cannot be reached."""

_UNITS = {
    1: "Second",
    60: "Minute",
    3600: "Hour",
    86400: "Day",
    2592000: "Month",
    31536000: "Year",
}

_MEMORY = "rate-limit-counters"
"""The first part of the key of counters in a node's memory."""


def window_name(size: int) -> str:
    """The part of a header's name for a window: ``Minute`` for 60 seconds, ``90`` for 90."""
    return _UNITS.get(size, str(size))


@dataclass(frozen=True)
class Bucket:
    """A counter of one key in one window. ``start`` is in seconds since the epoch."""

    key: str
    size: int
    start: int

    @property
    def previous(self) -> Bucket:
        """The counter of the same key in the window before."""
        return Bucket(self.key, self.size, self.start - self.size)

    def matters(self, now: float) -> bool:
        """Whether a rate may depend on it: the window is the one of ``now``, or the one before."""
        return self.start + 2 * self.size > now

    def hash_name(self, namespace: str) -> str:
        """The name of the Redis hash. Its fields are the keys of the counters."""
        return f"{self.start}:{self.size}:{namespace}"


def bucket(key: str, size: int, now: float) -> Bucket:
    """The counter of a key at a time. Windows begin at multiples of their size."""
    return Bucket(key, size, math.floor(now / size) * size)


@dataclass(frozen=True)
class Usage:
    """What is used of one limit at a time.

    ``current`` is counted in the window of ``now``, ``previous`` in the window before. A sliding
    window adds the part of ``previous`` that is not older than ``size`` seconds.
    """

    limit: float
    size: int
    now: float
    current: float
    previous: float
    sliding: bool

    @property
    def used(self) -> float:
        """The requests, or tokens, that count against the limit."""
        return self.current + self.previous * (self._rest / self.size)

    @property
    def exceeded(self) -> bool:
        """Whether more is used than the limit allows."""
        return self.used > self.limit

    @property
    def exhausted(self) -> bool:
        """Whether all of the limit is used, so that the next one exceeds it."""
        return self.used >= self.limit

    @property
    def remaining(self) -> int:
        """What can still be used, in whole numbers."""
        return max(0, math.floor(self.limit - self.used))

    @property
    def reset(self) -> int:
        """Seconds until one more request fits, if all is used. Else until the window ends."""
        rest = self.size - self.now % self.size
        if not self.sliding or self.used + 1 <= self.limit:
            return max(1, math.ceil(rest))
        room = self.limit - self.current - 1
        if room >= 0:
            return max(1, math.ceil(rest - self.size * room / self.previous))
        earlier = self.size * max(0.0, self.limit - 1) / self.current if self.current else 0.0
        return max(1, math.ceil(rest + self.size - earlier))

    @property
    def _rest(self) -> float:
        """Seconds of the window before that are still within ``size`` seconds of now."""
        return self.size - self.now % self.size if self.sliding else 0.0


@dataclass(frozen=True)
class Sharing:
    """How counters of a namespace are shared, from a plugin's configuration.

    ``redis`` is the plugin's ``config.redis``, or None if each node counts by itself.
    ``sync_rate`` is in seconds; 0 is synchronous.
    """

    namespace: str
    redis: Mapping[str, Any] | None = None
    sync_rate: float = 0

    @staticmethod
    def of(config: Mapping[str, Any]) -> Sharing:
        """The sharing that ``strategy``, ``sync_rate``, ``namespace`` and ``redis`` configure."""
        rate = config.get("sync_rate")
        namespace = str(config.get("namespace") or "")
        if config.get("strategy") != "redis" or rate is None or rate < 0:
            return Sharing(namespace)
        return Sharing(namespace, config["redis"], float(rate))


@dataclass
class Counters:
    """The counters of one namespace on one node.

    ``shared`` is what Redis had at the last exchange. ``pending`` is counted here and not sent
    yet, ``sent`` is on its way to Redis.
    """

    sharing: Sharing
    shared: dict[Bucket, float] = field(default_factory=dict)
    pending: dict[Bucket, float] = field(default_factory=dict)
    sent: dict[Bucket, float] = field(default_factory=dict)
    began: float = -math.inf
    swept: float = -math.inf
    task: asyncio.Task[None] | None = None

    def value(self, one: Bucket) -> float:
        """The count, as far as this node knows it."""
        return sum(counts.get(one, 0) for counts in (self.shared, self.pending, self.sent))

    def add(self, amounts: Mapping[Bucket, float]) -> None:
        """Count, to be sent with the next exchange."""
        for one, amount in amounts.items():
            self.pending[one] = self.pending.get(one, 0) + amount

    def send(self) -> dict[Bucket, float]:
        """Take what is pending, for an exchange."""
        taken = {one: amount for one, amount in self.pending.items() if amount}
        self.pending.clear()
        for one, amount in taken.items():
            self.sent[one] = self.sent.get(one, 0) + amount
        return taken

    def end(self, taken: Mapping[Bucket, float]) -> None:
        """An exchange has ended: what it took is no longer on its way."""
        for one, amount in taken.items():
            self.sent[one] -= amount
            if not self.sent[one]:
                del self.sent[one]

    def drop_old(self, now: float) -> None:
        """Forget the windows that no rate depends on any more, once a second at most."""
        if 0 <= now - self.swept < 1:
            return
        self.swept = now
        for counts in (self.shared, self.pending):
            for one in [one for one in counts if not one.matters(now)]:
                del counts[one]


def counters(node: Node, sharing: Sharing) -> Counters:
    """The counters of a namespace in a node's memory, made when first asked for."""
    place = (_MEMORY, sharing.namespace)
    known: Counters = node.memory.setdefault(place, Counters(sharing))
    known.sharing = sharing
    return known


async def count(
    node: Node,
    sharing: Sharing,
    key: str,
    limits: Sequence[tuple[float, int]],
    amount: float,
    *,
    sliding: bool,
) -> list[Usage]:
    """Add to the counters of a key in the current windows; return what is used of each limit.

    ``limits`` are pairs of a limit and a window size in seconds. An ``amount`` of 0 only reads.
    """
    known = counters(node, sharing)
    now = node.now()
    buckets = [bucket(key, size, now) for _, size in limits]
    wanted = [*buckets, *(one.previous for one in buckets)]
    known.drop_old(now)
    known.add(dict.fromkeys(buckets, amount))
    # What this request is judged by if Redis does not answer: the count at its turn.
    values: Mapping[Bucket, float] = {one: known.value(one) for one in wanted}
    if sharing.redis is not None:
        if sharing.sync_rate == 0:
            values = await _exchange(node, known, wanted) or values
        elif now - known.began >= sharing.sync_rate:
            values = await _exchange(node, known, _all(known, wanted, now)) or values
        if sharing.sync_rate > 0:
            _schedule(node, known)
    return [
        Usage(limit, size, now, values[one], values[one.previous], sliding)
        for (limit, size), one in zip(limits, buckets, strict=True)
    ]


async def stop(node: Node) -> None:
    """End the exchanges with Redis that a node does by itself."""
    known = [one for one in node.memory.values() if isinstance(one, Counters)]
    tasks = [one.task for one in known if one.task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def synchronise(node: Node, sharing: Sharing) -> bool:
    """Push and pull the counters of a namespace now. False if Redis cannot be reached."""
    known = counters(node, sharing)
    return await _exchange(node, known, _all(known, (), node.now())) is not None


def _all(known: Counters, wanted: Iterable[Bucket], now: float) -> list[Bucket]:
    """The counters that a node knows and those that it wants, with the windows before."""
    found = {*known.shared, *known.pending, *wanted}
    return [one for one in found | {one.previous for one in found} if one.matters(now)]


async def _exchange(
    node: Node, known: Counters, asked: Sequence[Bucket]
) -> Mapping[Bucket, float] | None:
    """Push what is pending, pull what is asked for. None if Redis cannot be reached.

    What could not be pushed is pending again.
    """
    known.began = node.now()
    taken = known.send()
    totals: Mapping[Bucket, float] | None = None
    try:
        with contextlib.suppress(*FAILURES):
            totals = await _commands(node, known.sharing, taken, asked)
    finally:
        known.end(taken)
        if totals is None:
            known.add(taken)
    known.shared.update(totals or {})
    return totals


async def _commands(
    node: Node, sharing: Sharing, pushed: Mapping[Bucket, float], asked: Sequence[Bucket]
) -> Mapping[Bucket, float]:
    """Add to the counters and read them, in one transaction."""
    if sharing.redis is None:
        raise Unreachable("the counters are not shared")
    client = node.redis(sharing.redis)
    async with client.pipeline(transaction=True) as pipe:
        for one, amount in pushed.items():
            pipe.hincrbyfloat(one.hash_name(sharing.namespace), one.key, amount)
            pipe.expire(one.hash_name(sharing.namespace), 2 * one.size)
        for one in asked:
            pipe.hget(one.hash_name(sharing.namespace), one.key)
        answers = await pipe.execute()
    values = answers[2 * len(pushed) :]
    return {one: float(value or 0) for one, value in zip(asked, values, strict=True)}


def _schedule(node: Node, known: Counters) -> None:
    """Synchronise after ``sync_rate`` seconds too, when no more requests come."""
    if known.task is None or known.task.done():
        known.task = asyncio.get_running_loop().create_task(_later(node, known))


async def _later(node: Node, known: Counters) -> None:
    """Synchronise every ``sync_rate`` seconds while something is counted here."""
    while known.pending:
        await asyncio.sleep(known.sharing.sync_rate)
        known.drop_old(node.now())
        await _exchange(node, known, _all(known, (), node.now()))


def counter_key(x: Exchange, config: Body) -> str:
    """What the request is counted under: ``identifier``, or all of ``compound_identifier``.

    An identifier that the request does not have falls back to the client's address.
    """
    names = config.get("compound_identifier") or [config["identifier"]]
    return ":".join(_identify(x, config, name) or x.client_ip for name in names)


def _identify(x: Exchange, config: Body, name: str) -> str | None:
    """The value of one identifier, or None if the request does not have it."""
    if name == "consumer":
        return _consumer(x, config)
    if name == "credential":
        return str(x.credential["id"]) if x.credential else None
    if name == "header":
        return str(x.headers.get(str(config.get("header_name")), "")) or None
    if name == "path":
        path = x.client_path or x.path
        return path if path == config.get("path") else None
    if name == "consumer-group":
        # The plugin is on a consumer group, so all requests that it sees are the group's.
        return name
    entity = {"service": x.service, "route": x.route}.get(name)
    return str(entity["id"]) if entity else None


def _consumer(x: Exchange, config: Body) -> str | None:
    """The consumer, or the credential of a login without a consumer."""
    if x.consumer is None:
        return str(x.credential["id"]) if x.credential else None
    field = str(config.get("counter_key") or "consumer.id").removeprefix("consumer.")
    return str(x.consumer.get(field) or x.consumer["id"])
