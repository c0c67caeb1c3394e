"""The tier of a managed cache for a load, by Kong's published table.

``python -m components.cache.sizing`` prints it. ``KONG`` is the page with the table. Kong does not
publish the memory of a counter: that is from ``REDIS``, Redis' own questions and answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from components.regions import CacheTier

KONG: Final = "https://developer.konghq.com/dedicated-cloud-gateways/managed-cache/"
REDIS: Final = "https://redis.io/docs/latest/develop/get-started/faq/"

SYNC_RATE: Final = 0.5
"""Seconds. Kong's recommended sync rate: stable on every tier."""
INACCURATE_SYNC_RATE: Final = 1.0
"""Seconds. From here on Kong measured that limits let requests through."""
FAST_SYNC_TIER: Final = CacheTier.XLARGE
"""The smallest tier for a sync rate below 0.5 with more than 1,000 consumers."""
FAST_SYNC_CONSUMERS: Final = 1_000
USABLE_SHARE: Final = (0.70, 0.75)
"""The share of a tier's memory that holds data. The service keeps the rest."""
_BYTES_PER_COUNTER: Final = 160
_GIB: Final = 2**30

_BY_COUNTERS: Final = (
    (100 * 100 * 1, CacheTier.SMALL),
    (1_000 * 100 * 3, CacheTier.MEDIUM),
    (5_000 * 3_000 * 3, CacheTier.XLARGE),
)
_MORE_COUNTERS: Final = CacheTier.X4LARGE
_BY_RPS: Final = (
    (1_000, CacheTier.SMALL),
    (10_000, CacheTier.MEDIUM),
    (20_000, CacheTier.X2LARGE),
    (65_000, CacheTier.X4LARGE),
)
_MORE_RPS: Final = CacheTier.X8LARGE
_SMALL_BROKEN: Final = (
    "micro is burstable, so its performance varies; Kong accepts it for this load, and measured "
    "that small carries 1,000 requests per second cleanly"
)


class SizingError(ValueError):
    """The load has wrong values, or no tier is large enough. One problem in each line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Load:
    """What one cache has to carry: that of the busiest region, since each region has its own.

    Raises ``SizingError`` with every wrong value.
    """

    consumers: int = 1
    """Consumers, or other things that a limit counts by, at least 1."""
    routes: int = 1
    """Routes on which requests are counted separately, at least 1."""
    windows: int = 1
    """Windows of all rate limits together, at least 1. A limit per minute and per hour has two."""
    rps: int = 1
    """Requests per second, at least 1."""
    nodes: int = 1
    """Data-plane nodes, at least 1. They raise the number of keys, but Kong's table has no column
    for them: they never raise the tier."""
    sync_rate: float = SYNC_RATE
    """Seconds between two exchanges of counters, at least 0.02."""
    data_gib: float = 0
    """GiB of other data: cached responses, sessions, vectors. At least 0."""
    vector_search: bool = False
    """Whether AI plugins search vectors in the cache."""

    def __post_init__(self) -> None:
        problems = [
            f"{one.name}: {value:g} is too small; give {least:g} or more"
            for one in fields(self)
            if (value := getattr(self, one.name)) < (least := _least(one.name))
        ]
        if problems:
            raise SizingError(problems)

    @property
    def counters(self) -> int:
        """Counters in one cycle of the windows, as Kong's table counts them."""
        return self.consumers * self.routes * self.windows

    @property
    def keys(self) -> int:
        """Kong's key count, with which it measures the pressure on the cache."""
        return self.counters * self.nodes


def _least(name: str) -> float:
    return {"sync_rate": 0.02, "data_gib": 0, "vector_search": 0}.get(name, 1)


@dataclass(frozen=True)
class Reason:
    """One rule, and the smallest tier that it allows."""

    tier: CacheTier
    rule: str
    broken: str
    """What happens on a smaller tier."""
    source: str = KONG


@dataclass(frozen=True)
class Sizing:
    """The tier for a load, and why."""

    load: Load
    tier: CacheTier
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]

    def accepts(self, tier: CacheTier) -> bool:
        """Whether a tier is large enough. Where ``small`` is, Kong accepts ``micro`` too."""
        return tier.rank >= self.tier.rank or self.tier is CacheTier.SMALL

    @property
    def smaller(self) -> CacheTier | None:
        """The next smaller tier; None below ``micro``."""
        return list(CacheTier)[self.tier.rank - 1] if self.tier.rank else None

    def broken_by(self, tier: CacheTier) -> list[str]:
        """What happens to the load on a tier: one sentence for each broken rule."""
        return [one.broken for one in self.reasons if one.tier.rank > tier.rank]


def size(load: Load) -> Sizing:
    """Return the smallest tier that satisfies every rule. Raises ``SizingError`` if none does.

    A bigger load never gets a smaller tier.
    """
    reasons = tuple(_reasons(load))
    tier = max((one.tier for one in reasons), key=lambda one: one.rank)
    return Sizing(load, tier, reasons, tuple(_notes(load, tier)))


def _reasons(load: Load) -> Iterator[Reason]:
    by_counters = _counters(load)
    yield by_counters
    yield _requests(load)
    yield _memory(load)
    if load.sync_rate < SYNC_RATE:
        yield from _fast_sync(load, by_counters.tier)
    if load.vector_search:
        yield Reason(
            CacheTier.MEDIUM,
            "vector search needs medium or larger",
            "vector search does not work: micro and small have none",
        )


def _counters(load: Load) -> Reason:
    counted = (
        f"{_many(load.counters, 'counter')} ({_many(load.consumers, 'consumer')} x "
        f"{_many(load.routes, 'route')} x {_many(load.windows, 'window')})"
    )
    for most, tier in _BY_COUNTERS:
        if load.counters <= most:
            return Reason(
                tier,
                f"{counted}: {_name(tier)} is the minimum for up to {most:,}",
                _SMALL_BROKEN if tier is CacheTier.SMALL else _counters_broken(tier),
            )
    tier, most = _MORE_COUNTERS, _BY_COUNTERS[-1][0]
    rule = f"{counted}: {tier} is the minimum for more than {most:,}"
    return Reason(tier, rule, _counters_broken(tier))


def _counters_broken(tier: CacheTier) -> str:
    return (
        f"the counters are more than Kong advises below {tier}: counters that are evicted before "
        "their window ends start again at 0, and requests pass that a limit should refuse"
    )


def _many(count: int, noun: str) -> str:
    """``1 window``, ``3 windows``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _name(tier: CacheTier) -> str:
    """The tier as Kong's table names it."""
    return "micro or small" if tier is CacheTier.SMALL else tier.value


def _requests(load: Load) -> Reason:
    counted = f"{_many(load.rps, 'request')} per second"
    for most, tier in _BY_RPS:
        if load.rps <= most:
            broken = (
                _SMALL_BROKEN
                if tier is CacheTier.SMALL
                else f"the cache is too slow for {counted}: Redis times out, and plugins then use "
                "the counters of their own node"
            )
            return Reason(
                tier, f"{counted}: {_name(tier)} is the minimum for up to {most:,}", broken
            )
    most = _BY_RPS[-1][0]
    return Reason(
        _MORE_RPS,
        f"{counted}: Kong publishes no tier for more than {most:,}; {_MORE_RPS} is the next after "
        "the largest of its table: test it under this load",
        f"Kong's table gives no smaller tier more than {most:,} requests per second",
    )


def _memory(load: Load) -> Reason:
    needed = load.counters * _BYTES_PER_COUNTER / _GIB + load.data_gib
    words = "less than 0.01 GiB of data" if needed < 0.01 else f"{needed:.2f} GiB of data"
    for tier in CacheTier:
        if needed <= usable_gib(tier):
            return Reason(
                tier,
                f"{words} ({_many(load.counters, 'counter')} of about {_BYTES_PER_COUNTER} bytes, "
                f"and {load.data_gib:g} GiB of other data): {tier} has {usable_gib(tier):g} GiB "
                "for data, 70 % of its memory",
                f"{words} do not fit: Redis evicts keys, and limits count again from 0",
                f"{KONG} (70 %), {REDIS} (bytes)",
            )
    largest = list(CacheTier)[-1]
    raise SizingError(
        [
            f"the load needs {words}, and the largest tier, {largest}, holds "
            f"{usable_gib(largest):g}; spread the APIs over several control planes, or cache less"
        ]
    )


def usable_gib(tier: CacheTier) -> float:
    """The memory of a tier in GiB that is sure to hold data."""
    return round(tier.gib * USABLE_SHARE[0], 2)


def _fast_sync(load: Load, by_counters: CacheTier) -> Iterator[Reason]:
    rate = f"sync_rate {load.sync_rate:g}"
    broken = (
        f"{rate} overloads it: the cache's CPU is saturated, Redis times out, and data-plane "
        "nodes restart"
    )
    above = list(CacheTier)[by_counters.rank + 1]
    yield Reason(above, f"{rate} is below {SYNC_RATE}: one tier above that of the counters", broken)
    if load.consumers > FAST_SYNC_CONSUMERS:
        yield Reason(
            FAST_SYNC_TIER,
            f"{rate} is below {SYNC_RATE}: {FAST_SYNC_TIER} is the minimum for more than "
            f"{FAST_SYNC_CONSUMERS:,} consumers",
            broken,
        )


def _notes(load: Load, tier: CacheTier) -> Iterator[str]:
    if tier is CacheTier.SMALL:
        yield "micro and small are for development and tests: they are burstable"
    if load.sync_rate < SYNC_RATE:
        yield (
            f"sync_rate {load.sync_rate:g}: {SYNC_RATE} is recommended, and may do with a smaller "
            "tier"
        )
    if load.sync_rate >= INACCURATE_SYNC_RATE:
        yield (
            f"sync_rate {load.sync_rate:g}: limits are less accurate; with many counters Kong "
            f"measured 57 to 60 % refused instead of about 99 %; {SYNC_RATE} is recommended"
        )
    yield (
        f"Kong's key count is {load.keys:,}: the counters x "
        f"{_many(load.nodes, 'data-plane node')}. Its table has no column for nodes"
    )
    yield "Kong must enable a tier for your organisation before it is created or raised"
