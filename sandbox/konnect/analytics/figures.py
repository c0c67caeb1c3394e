"""The stored figures of traffic and of managed caches: series in buckets of real time.

A series is one combination of labels, with sums, maxima and histograms. Recent buckets are ten
seconds long. Older ones are merged, up to the finest granularity of queries of their age.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.store import Store

TRAFFIC = "traffic"
CACHES = "managed-caches"

STEP = 1.1
"""The upper bound of a histogram's bucket over its lower bound."""
LOWEST = 0.1
"""The upper bound of the lowest bucket: milliseconds, or bytes."""

FINEST = 10
"""Seconds of a new bucket."""
_HOUR, _DAY = 3600, 86400
_MARGIN = 1800
"""Seconds that buckets are kept longer than queries may ask for them, which begin earlier."""
AGES = ((_HOUR, 10), (6 * _HOUR, 30), (12 * _HOUR, 60), (_DAY, 300), (7 * _DAY, 1800))
"""(age in seconds, width of buckets up to that age). Older ones are an hour long."""
OLDEST_WIDTH = _HOUR
KEPT = 65 * _DAY
"""Seconds that anything is kept: the month before this one, and more than a month of days."""

Labels = Mapping[str, str | int]


def width_at(age: float) -> int:
    """The width of the buckets, in seconds, that are as old as this."""
    return next((width for limit, width in AGES if age <= limit), OLDEST_WIDTH)


@dataclass
class Figures:
    """Sums, maxima and histograms of one series. Histograms are bucket -> number of values."""

    sums: dict[str, float] = field(default_factory=dict)
    maxima: dict[str, float] = field(default_factory=dict)
    histograms: dict[str, dict[int, int]] = field(default_factory=dict)

    def add(self, **values: float) -> None:
        """Add to sums."""
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0) + value

    def measure(self, **values: float) -> None:
        """Add values to their histograms and sums."""
        self.add(**values)
        for name, value in values.items():
            bucket = bucket_of(value)
            histogram = self.histograms.setdefault(name, {})
            histogram[bucket] = histogram.get(bucket, 0) + 1

    def raise_to(self, **values: float) -> None:
        """Raise maxima."""
        for name, value in values.items():
            self.maxima[name] = max(self.maxima.get(name, value), value)

    def merge(self, other: Figures) -> None:
        """Add the figures of another series."""
        self.add(**other.sums)
        self.raise_to(**other.maxima)
        for name, histogram in other.histograms.items():
            own = self.histograms.setdefault(name, {})
            for bucket, count in histogram.items():
                own[bucket] = own.get(bucket, 0) + count

    def average(self, name: str) -> float | None:
        """The average of what was measured, or None without a value."""
        count = sum(self.histograms.get(name, {}).values())
        return self.sums[name] / count if count else None

    def percentile(self, name: str, percent: float) -> float | None:
        """A percentile of what was measured, within five per cent, or None without a value."""
        histogram = self.histograms.get(name, {})
        rank = math.ceil(sum(histogram.values()) * percent / 100)
        for bucket in sorted(histogram):
            rank -= histogram[bucket]
            if rank <= 0:
                return middle_of(bucket)
        return None


def bucket_of(value: float) -> int:
    """The number of the bucket of a value: 0 up to LOWEST, then one for each STEP."""
    return 0 if value <= LOWEST else math.ceil(math.log(value / LOWEST, STEP) - 1e-9)


def middle_of(bucket: int) -> float:
    """The value in the middle of a bucket."""
    return 0.0 if bucket == 0 else LOWEST * STEP ** (bucket - 0.5)


Series = dict[str, Figures]
"""Labels as JSON -> figures, of one bucket of time."""


def key_of(labels: Mapping[str, str | int | None]) -> str:
    """The key of a series: its labels that have a value."""
    return json.dumps({k: v for k, v in labels.items() if v is not None}, sort_keys=True)


def save(store: Store, kind: str, counted: Mapping[int, Series]) -> None:
    """Add series to the store; ``counted`` has the beginning of each bucket of FINEST seconds."""
    for start, series in counted.items():
        _merge(store, kind, FINEST, start, series)


def _merge(store: Store, kind: str, width: int, start: int, series: Series) -> None:
    known = _read(store.figures(kind, width, start, start + 1).get(start))
    for key, figures in series.items():
        known.setdefault(key, Figures()).merge(figures)
    written = [[key, one.sums, one.maxima, one.histograms] for key, one in known.items()]
    store.put_figures(kind, width, start, written)


def _read(written: Any) -> Series:
    """Series from their JSON, which has texts as keys. None has no series."""
    found: Series = {}
    for key, sums, maxima, histograms in written or ():
        numbered = {
            name: {int(bucket): count for bucket, count in histogram.items()}
            for name, histogram in histograms.items()
        }
        found[key] = Figures(sums, maxima, numbered)
    return found


def compact(store: Store, kind: str, now: float) -> None:
    """Merge what is older than buckets of its width are needed, and delete what is too old."""
    widths = [width for _, width in AGES]
    for (age, width), coarser in zip(AGES, [*widths[1:], OLDEST_WIDTH], strict=True):
        before = int(now - age - _MARGIN) // coarser * coarser
        for start, written in store.figures(kind, width, 0, before).items():
            _merge(store, kind, coarser, start // coarser * coarser, _read(written))
        store.delete_figures(kind, width, before)
    store.delete_figures(kind, OLDEST_WIDTH, int(now - KEPT))


def read(
    store: Store, kind: str, start: float, end: float
) -> Iterator[tuple[int, Labels, Figures]]:
    """(beginning of its bucket, labels, figures) of each series that begins within these times."""
    for width in (*(width for _, width in AGES), OLDEST_WIDTH):
        for begins, written in store.figures(kind, width, math.ceil(start), math.ceil(end)).items():
            for key, figures in _read(written).items():
                yield begins, json.loads(key), figures
