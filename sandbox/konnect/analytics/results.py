"""The answer of a query: its groups, their metrics, and the limit of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.konnect.analytics.figures import Figures, Labels
from sandbox.konnect.analytics.names import OTHER
from sandbox.konnect.analytics.parts import Filter
from sandbox.konnect.analytics.ranges import Span
from sandbox.konnect.analytics.vocabulary import LATENCIES, SIZES, TIME

_GROUPED = {
    "status_code_grouped": "status_code",
    "upstream_status_code_grouped": "upstream_status_code",
}

Key = tuple[float | str | None, ...]
"""The values of the dimensions of a group: seconds since the epoch for the time."""


def value_of(labels: Labels, dimension: str) -> str | int | None:
    """The value of a dimension or a filter, or None. The sandbox has no value of many of them."""
    if dimension in _GROUPED:
        code = labels.get(_GROUPED[dimension])
        return None if code is None else f"{int(code) // 100}XX"
    return labels.get(dimension)


def passes(labels: Labels, tests: Iterable[Filter]) -> bool:
    """Whether a series passes all filters."""
    return all(_passes(value_of(labels, one.field), one) for one in tests)


def _passes(value: str | int | None, one: Filter) -> bool:
    if one.operator in ("empty", "not_empty"):
        return (value is None) == (one.operator == "empty")
    values = one.value or []
    wanted = [v.upper() for v in values] if one.field in _GROUPED else values
    return (value in wanted) == (one.operator == "in")


@dataclass
class Groups:
    """The figures of each group. ``truncated`` says that the limit left groups out."""

    dimensions: Sequence[str]
    found: dict[Key, Figures] = field(default_factory=dict)
    truncated: bool = False

    def add(self, moment: float, labels: Labels, figures: Figures) -> None:
        """Add a series to its group; ``moment`` is the beginning of its bucket."""
        key = tuple(
            moment if name == TIME else _text(value_of(labels, name)) for name in self.dimensions
        )
        self.found.setdefault(key, Figures()).merge(figures)

    def limit(self, most: int, metric: str, span: Span) -> None:
        """Keep the largest groups by a metric.

        Of the first dimension the others are left out. Of the second they become OTHER.
        """
        for place, name in enumerate(self.dimensions):
            if name != TIME:
                self._limit(place, most, metric, span)

    def _limit(self, place: int, most: int, metric: str, span: Span) -> None:
        totals: dict[float | str | None, Figures] = {}
        for key, figures in self.found.items():
            totals.setdefault(key[place], Figures()).merge(figures)
        if len(totals) <= most:
            return
        minutes = span.minutes(span.start)

        def size(value: float | str | None) -> float:
            return compute(metric, totals[value], minutes) or 0.0

        kept = set(sorted(totals, key=size, reverse=True)[:most])
        self.truncated = True
        limited: dict[Key, Figures] = {}
        for key, figures in self.found.items():
            if key[place] in kept:
                limited[key] = figures
            elif place == 1:
                other = (*key[:place], OTHER, *key[place + 1 :])
                limited.setdefault(other, Figures()).merge(figures)
        self.found = limited


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def unit(metric: str) -> str:
    """The unit of a metric: the document has `ms`, `count` and `bytes`."""
    if "latency" in metric:
        return "ms"
    return "bytes" if "_size_" in metric else "count"


_RATIOS: Mapping[str, tuple[str, str]] = {
    "error_rate": ("errors", "requests"),
    "cache_hit_rate": ("cache_hits", "cache_lookups"),
    "cache_items_average": ("items", "samples"),
}
_PER_MINUTE = {
    "request_per_minute": "requests",
    "cache_eviction_rate": "evicted_keys",
    "cache_expiration_rate": "expired_keys",
}
_SUMS = {
    "request_count": "requests",
    "ai_request_count": "ai_requests",
    "total_tokens": "total_tokens",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "cost": "cost",
    "request_size_sum": "request_size",
    "response_size_sum": "response_size",
}


def compute(metric: str, figures: Figures, minutes: float) -> float | None:
    """The value of a metric, or None where nothing was measured.

    Rates of errors and cache hits, and the use of memory, are shares from 0 to 1. Evictions and
    expirations are keys a minute.
    """
    if metric in _SUMS:
        return _number(figures.sums.get(_SUMS[metric], 0))
    if metric in _PER_MINUTE:
        return _number(figures.sums.get(_PER_MINUTE[metric], 0) / minutes)
    if metric in _RATIOS:
        share, whole = (figures.sums.get(name, 0) for name in _RATIOS[metric])
        return _number(share / whole) if whole else None
    if metric == "cache_memory_utilization_max":
        return figures.maxima.get("memory")
    measure, _, part = metric.rpartition("_")
    if measure not in (*LATENCIES, *SIZES, "llm_latency"):
        return None  # nothing of the kind passes the sandbox: embeddings, agents
    if part == "average":
        value = figures.average(measure)
    else:
        value = figures.percentile(measure, float(part.removeprefix("p")))
    return None if value is None else _number(value)


def _number(value: float) -> float:
    """A number without the noise of sums; whole numbers are integers."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded
