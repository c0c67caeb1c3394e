"""Metrics of what passed the gateways, in the store, for one day.

A series is one combination of node, service, route, consumer, status, cache status, whether the
request was over a limit, and AI model. Each minute of real time has its own series. A minute has at
most ``MOST_SERIES``; the requests of further ones are counted without service, route and consumer.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from sandbox.data_plane.node import DataPlaneNode, Result
from sandbox.store import Body, Store

MINUTES = 1440
"""The minutes that are kept."""
MOST_SERIES = 500
BUCKETS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)
"""Upper bounds of the latency histogram in milliseconds; a last bucket has what is above."""

_LABELS = ("node", "service", "route", "consumer", "status", "cache", "rate_limited", "model")
_SUMS = ("requests", "latency_ms", "upstream_latency_ms", "tokens", "cost", "bytes")

_Key = tuple[Any, ...]


class Metrics:
    """Counts requests in memory, until ``save`` puts them into the store.

    ``count`` may be called in one thread and ``save`` in another.
    """

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._lock = threading.Lock()
        self._minutes: dict[int, dict[_Key, Body]] = {}

    def count(self, node: DataPlaneNode, result: Result) -> None:
        """Count one request. Health probes have no exchange and are not counted."""
        x = result.exchange
        if x is None:
            return
        facts, status = x.facts, result.answer.status
        limited, model = bool(facts.get("rate_limited")), facts.get("model")
        rest = (status, facts.get("cache"), limited, model)
        key = (node.name, _name(x.service), _name(x.route), _name(x.consumer), *rest)
        minute = int(node.now() // 60)
        with self._lock:
            one = _find(self._minutes.setdefault(minute, {}), key)
            one["histogram"][bisect_left(BUCKETS, result.latency)] += 1
            used = (facts.get("tokens") or 0, facts.get("cost") or 0, len(result.answer.body))
            added = (1, result.latency, result.upstream_latency, *used)
            for name, value in zip(_SUMS, added, strict=True):
                one[name] = round(one[name] + value, 6)

    def save(self, store: Store) -> None:
        """Add what was counted to the store. Call it in a transaction."""
        with self._lock:
            counted, self._minutes = self._minutes, {}
        for minute, series in counted.items():
            kept = store.meta(_slot(minute)) or {}
            if kept.get("minute") != minute:  # the slot has a minute of a day ago
                kept = {"minute": minute, "series": []}
            known = {_key(one): one for one in kept["series"]}
            for key, one in series.items():
                _add(_find(known, key), one)
            store.set_meta(_slot(minute), {"minute": minute, "series": list(known.values())})


def read(store: Store, since: float = 0) -> Iterator[Body]:
    """The series in order of time; ``since`` is in seconds since the epoch.

    ``time`` is the beginning of the minute.
    """
    kept = (store.meta(_slot(number)) for number in range(MINUTES))
    for minute in sorted((one for one in kept if one), key=lambda one: int(one["minute"])):
        if (minute["minute"] + 1) * 60 > since:
            for series in minute["series"]:
                yield {"time": minute["minute"] * 60, **series}


def _slot(minute: int) -> str:
    return f"data-plane/metrics/{minute % MINUTES}"


def _name(entity: Body | None) -> str | None:
    """The name by which a person knows an entity."""
    if entity is None:
        return None
    return str(entity.get("name") or entity.get("username") or entity["id"])


def _find(series: dict[_Key, Body], key: _Key) -> Body:
    """The series with these labels. It is added, or its requests count as those of others."""
    if key not in series and len(series) >= MOST_SERIES:
        node, _, _, _, *rest = key
        key = (node, None, None, None, *rest)
    if key not in series:
        labels = dict(zip(_LABELS, key, strict=True))
        sums = dict.fromkeys(_SUMS, 0)
        series[key] = {**labels, **sums, "histogram": [0] * (len(BUCKETS) + 1)}
    return series[key]


def _key(series: Body) -> _Key:
    return tuple(series[label] for label in _LABELS)


def _add(to: Body, more: Body) -> None:
    for name in _SUMS:
        to[name] = round(to[name] + more[name], 6)
    to["histogram"] = [a + b for a, b in zip(to["histogram"], more["histogram"], strict=True)]
