"""Warnings about the cache: a tier or sync rate under Kong's sizing table, and local counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

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
from components.governance import PluginDeclaration
from components.governance.presets import RATE_LIMIT
from components.regions import MANAGED_CACHE_CLOUDS
from multicloudgateway.published import VECTORDB
from stacks.errors import Path, Problem
from stacks.governance import all_plugins
from stacks.models import Settings
from stacks.models.governance import GovernanceSettings
from stacks.models.settings import Cache, ExpectedLoad

_LIMITS: Final = frozenset(
    {"ai-rate-limiting-advanced", "graphql-rate-limiting-advanced", "rate-limiting"}
    | {"rate-limiting-advanced", "response-ratelimiting", "service-protection"}
)
"""Plugins that count requests or tokens."""
_TIER: Path = ("cache", "tier")
_SYNC: Path = ("rate_limit", "sync_rate")


def cache_warnings(settings: Settings) -> Iterator[Problem]:
    """Warn about a tier and a sync rate that Kong's table advises against."""
    limit, cache = settings.rate_limit, settings.cache
    if cache is None:
        rate = limit.sync_rate if limit and "sync_rate" in limit.model_fields_set else None
        if rate is not None:
            wrong = "has no effect: without a cache each data plane has counters of its own"
            yield Problem(_SYNC, wrong, "add cache, or delete sync_rate", rate)
        elif limit is not None:
            wrong = (
                "does not hold over a region: without a cache each gateway counts for itself, and "
                f"a client may send {limit.limit} requests to each"
            )
            yield Problem(("rate_limit",), wrong, "add cache")
        yield from _limits_without_cache(settings)
        return
    yield from _local(settings, cache)
    if not _has_sized_cache(settings, cache):
        return
    declared = _enabled_plugins(settings)
    load = _known_load(settings, cache, declared)
    accepted = [SYNC_RATE]
    for path, rate in _written_sync_rates(settings, declared):
        if fault := _sync_rate_fault(cache, load, rate):
            # The tier is then judged at the advised rate: that is the simpler remedy.
            yield Problem(path, fault, f"write sync_rate: {SYNC_RATE}", rate)
        else:
            accepted.append(rate)
    yield from _too_small(cache, replace(load, sync_rate=min(accepted)))


def _limits_without_cache(settings: Settings) -> Iterator[Problem]:
    """Warn about declared limits that each data plane counts for itself, without asking for it."""
    governance = settings.governance or GovernanceSettings()
    declared = all_plugins(governance, settings.rate_limit, cache=False)
    keys = [
        key
        for key, one in declared.items()
        if one.enabled
        and one.plugin in _LIMITS
        and not (key == RATE_LIMIT and settings.rate_limit)
        and not _chooses_where(one.config)
    ]
    if keys:
        wrong = (
            f"declares limits that do not hold over a region: {', '.join(keys)}; without a cache "
            "each data plane counts for itself"
        )
        yield Problem(("governance",), wrong, "add cache, or write local where that is meant")


def _chooses_where(config: Mapping[str, Any]) -> bool:
    """Whether a limit says that it counts locally, or names a Redis of its own."""
    redis = config.get("redis")
    own = isinstance(redis, Mapping) and redis.get("host") is not None
    return own or "local" in (config.get("strategy"), config.get("policy"))


def _has_sized_cache(settings: Settings, cache: Cache) -> bool:
    """Whether a region has a cache of the tier: a managed one, or a Memorystore."""
    managed = any(one.cloud in MANAGED_CACHE_CLOUDS for one in settings.regions)
    return managed or cache.gcp is RedisKind.FORWARDED


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


def _enabled_plugins(settings: Settings) -> Mapping[str, PluginDeclaration]:
    """The plugins that the environment declares, with that of ``rate_limit``, by key."""
    governance = settings.governance or GovernanceSettings()
    declared = all_plugins(governance, settings.rate_limit, cache=True)
    return {key: one for key, one in declared.items() if one.enabled}


def _known_load(
    settings: Settings, cache: Cache, declared: Mapping[str, PluginDeclaration]
) -> Load:
    """The load as far as the settings say it. Each region has a cache of its own.

    ``autoscale.base_rps`` is for one data-plane group, which is what one cache serves.
    """
    expected = cache.expected or ExpectedLoad()
    windows = sum(_windows(one.config) for one in declared.values())
    return Load(
        consumers=expected.consumers or 1,
        routes=expected.routes or 1,
        windows=expected.windows or max(1, windows),
        rps=expected.rps or settings.autoscale.base_rps,
        vector_search=any(_searches_vectors(one.config) for one in declared.values()),
    )


def _windows(config: object) -> int:
    """The number of windows in a plugin's config, at any depth."""
    if isinstance(config, Mapping):
        own = config.get("window_size")
        below = sum(_windows(value) for key, value in config.items() if key != "window_size")
        return below + (len(own) if isinstance(own, list | tuple) else 0)
    if isinstance(config, list | tuple):
        return sum(_windows(item) for item in config)
    return 0


def _searches_vectors(config: Mapping[str, Any]) -> bool:
    """Whether a plugin has the cache as its vector database: it names no other."""
    written = config.get(VECTORDB)
    if not isinstance(written, Mapping) or written.get("strategy", "redis") != "redis":
        return False
    redis = written.get("redis")
    return not (isinstance(redis, Mapping) and redis.get("host"))


def _written_sync_rates(
    settings: Settings, declared: Mapping[str, PluginDeclaration]
) -> Iterator[tuple[Path, float]]:
    """(path, value) of each sync rate in the settings. 0 and -1 are no intervals."""
    limit = settings.rate_limit
    if limit is not None and "sync_rate" in limit.model_fields_set:
        yield _SYNC, limit.sync_rate
    written = settings.governance.plugins if settings.governance else {}
    for key, one in written.items():
        rate = one.config.get("sync_rate") if one is not None and key in declared else None
        if isinstance(rate, int | float) and not isinstance(rate, bool) and rate > 0:
            yield ("governance", "plugins", key, "config", "sync_rate"), float(rate)


def _sync_rate_fault(cache: Cache, load: Load, rate: float) -> str | None:
    """What is wrong with a sync rate for the tier; None if nothing is."""
    if rate >= INACCURATE_SYNC_RATE:
        return (
            "makes limits less accurate: with many counters Kong measured 57 to 60 % refused "
            "instead of about 99 %"
        )
    known = cache.expected is not None and cache.expected.consumers is not None
    few = known and load.consumers <= FAST_SYNC_CONSUMERS
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
        f"{' --vector-search' if load.vector_search else ''}"
    )
    try:
        sizing = size(load)
    except SizingError as error:
        yield Problem(("cache", "expected"), "is too much for one cache", str(error))
        return
    if not sizing.accepts(cache.tier):
        carried = [f"{load.rps:,} requests per second"]
        carried += [f"{load.counters:,} counters"] if load.counters > load.windows else []
        carried += ["vector search"] if load.vector_search else []
        words = f"is smaller than Kong advises for {' and '.join(carried)}"
        yield Problem(_TIER, words, f"write tier: {sizing.tier} (why: `{command}`)", cache.tier)
