"""Warnings about the cache: a tier or sync rate under Kong's sizing table, and local counters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from components.cache.choice import RedisKind
from components.cache.sizing import (
    FAST_SYNC_CONSUMERS,
    FAST_SYNC_TIER,
    INACCURATE_SYNC_RATE,
    SYNC_RATE,
    Load,
    SizingError,
    size,
)
from components.regions import MANAGED_CACHE_CLOUDS
from stacks.errors import Path, Problem
from stacks.models import Settings
from stacks.models.settings import Cache

_TIER: Path = ("cache", "tier")
_SYNC: Path = ("rate_limit", "sync_rate")


def cache_warnings(settings: Settings) -> Iterator[Problem]:
    """Warn about a tier and a sync rate that Kong's table advises against."""
    limit, cache = settings.rate_limit, settings.cache
    rate = limit.sync_rate if limit and "sync_rate" in limit.model_fields_set else None
    if cache is None:
        if rate is not None:
            wrong = "has no effect: without a cache each data plane has counters of its own"
            yield Problem(_SYNC, wrong, "add cache, or delete sync_rate", rate)
        elif limit is not None:
            wrong = (
                "does not hold over a region: without a cache each gateway counts for itself, and "
                f"a client may send {limit.limit} requests to each"
            )
            yield Problem(("rate_limit",), wrong, "add cache")
        return
    load = _known_load(settings, cache)
    if rate is not None:
        if fault := _sync_rate_fault(cache, load, rate):
            # The tier is then judged at the advised rate: that is the simpler remedy.
            yield Problem(_SYNC, fault, f"write sync_rate: {SYNC_RATE}", rate)
        else:
            load = replace(load, sync_rate=rate)
    yield from _too_small(cache, load)
    yield from _local(settings, cache)


def _local(settings: Settings, cache: Cache) -> Iterator[Problem]:
    """Warn about regions whose data planes count for themselves."""
    regions = [one.key for one in settings.regions if one.cloud not in MANAGED_CACHE_CLOUDS]
    if regions and cache.gcp is RedisKind.LOCAL:
        wrong = (
            f"gives {', '.join(regions)} no Redis: each data plane there counts for itself, and a "
            "limit is exceeded as many times as there are data planes"
        )
        remedy = "write gcp: forwarded, or accept that limits are per data plane"
        yield Problem(("cache", "gcp"), wrong, remedy, cache.gcp.value)


def _known_load(settings: Settings, cache: Cache) -> Load:
    """The load as far as the settings say it. Each region has a cache of its own.

    ``autoscale.base_rps`` is for one data-plane group, which is what one cache serves.
    """
    expected = cache.expected
    if expected is None:
        return Load(rps=settings.autoscale.base_rps)
    return Load(
        consumers=expected.consumers or 1,
        routes=expected.routes or 1,
        windows=expected.windows,
        rps=expected.rps or settings.autoscale.base_rps,
    )


def _sync_rate_fault(cache: Cache, load: Load, rate: float) -> str | None:
    """What is wrong with a sync rate for the tier; None if nothing is."""
    if rate >= INACCURATE_SYNC_RATE:
        return (
            "makes limits less accurate: with many counters Kong measured 57 to 60 % refused "
            "instead of about 99 %"
        )
    few = cache.expected is not None and cache.expected.consumers is not None
    few = few and load.consumers <= FAST_SYNC_CONSUMERS
    if rate < SYNC_RATE and cache.tier.rank < FAST_SYNC_TIER.rank and not few:
        return (
            f"is too short for a {cache.tier} cache: Kong advises {SYNC_RATE} seconds or more for "
            f"tiers below {FAST_SYNC_TIER}"
        )
    return None


def _too_small(cache: Cache, load: Load) -> Iterator[Problem]:
    command = (
        f"python -m components.cache.sizing --consumers {load.consumers} --routes {load.routes} "
        f"--windows {load.windows} --rps {load.rps} --sync-rate {load.sync_rate:g}"
    )
    try:
        sizing = size(load)
    except SizingError as error:
        yield Problem(("cache", "expected"), "is too much for one cache", str(error))
        return
    if not sizing.accepts(cache.tier):
        words = f"is smaller than Kong advises for {load.rps:,} requests per second"
        if load.counters > 1:
            words += f" and {load.counters:,} counters"
        yield Problem(_TIER, words, f"write tier: {sizing.tier} (why: `{command}`)", cache.tier)
