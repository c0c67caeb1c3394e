"""Warnings about a tier and a sync rate that Kong's sizing table advises against."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.settings import load, warnings
from tests.stacks.baseline import BASELINE, FILE, lines_of


def told(
    cache: dict[str, Any],
    sync_rate: float | None = None,
    base_rps: int = 100,
    plugins: dict[str, Any] | None = None,
) -> list[str]:
    """The warnings of the baseline with this cache, without the file's name."""
    limit = {"limit": 1000, "window_size": 60}
    limit |= {} if sync_rate is None else {"sync_rate": sync_rate}
    settings = {
        **BASELINE,
        "cache": cache,
        "rate_limit": limit,
        "autoscale": {"base_rps": base_rps},
        "governance": {"plugins": plugins or {}},
    }
    return [line.removeprefix(f"{FILE}: ") for line in warnings(load("test", settings))]


LARGE = {"consumers": 5000, "routes": 300, "windows": 3, "rps": 8000}


@pytest.mark.parametrize(
    ("cache", "sync_rate", "base_rps"),
    [
        ({"tier": "micro"}, None, 1000),
        ({"tier": "small"}, 0.5, 1000),
        ({"tier": "medium"}, None, 10_000),
        ({"tier": "xlarge", "expected": LARGE}, 0.5, 100),
        ({"tier": "2xlarge", "expected": LARGE}, 0.1, 100),
        ({"tier": "medium", "expected": {"consumers": 100, "routes": 10}}, 0.1, 100),
        ({"tier": "small", "expected": {"rps": 500}}, None, 100_000),
        ({"tier": "small", "expected": {}}, None, 1000),
    ],
)
def test_a_tier_that_kongs_table_allows_gives_no_warning(
    cache: dict[str, Any], sync_rate: float | None, base_rps: int
) -> None:
    assert told(cache, sync_rate, base_rps) == []


def test_a_tier_too_small_for_the_requests_of_a_region_is_reported_with_the_right_one() -> None:
    assert told({"tier": "small"}, base_rps=10_001) == [
        'gateway.cache.tier: "small" is smaller than Kong advises for 10,001 requests per second'
        "; write tier: 2xlarge (why: `python -m components.cache.sizing --consumers 1 "
        "--routes 1 --windows 1 --rps 10001 --sync-rate 0.5`)"
    ]


def test_a_tier_too_small_for_the_expected_counters_is_reported() -> None:
    (warning,) = told({"tier": "large", "expected": LARGE})
    assert '"large" is smaller than Kong advises for 8,000 requests' in warning
    assert "4,500,000 counters; write tier: xlarge" in warning


def test_a_short_sync_rate_is_reported_before_a_larger_tier_is_asked_for() -> None:
    sync, tier = told({"tier": "small", "expected": LARGE}, 0.1)
    assert sync.startswith("gateway.rate_limit.sync_rate: 0.1 is too short for a small cache")
    assert "write tier: xlarge" in tier
    (tier,) = told({"tier": "xlarge", "expected": LARGE}, 0.1)
    assert "write tier: 2xlarge" in tier


def test_a_long_sync_rate_makes_limits_less_accurate() -> None:
    (warning,) = told({"tier": "small"}, 1.0)
    assert "makes limits less accurate" in warning
    assert warning.endswith("write sync_rate: 0.5")


def test_a_load_that_no_tier_carries_is_reported_at_the_expected_load() -> None:
    expected = {"consumers": 1_000_000, "routes": 3000, "windows": 3}
    (warning,) = told({"tier": "24xlarge", "expected": expected})
    assert warning.startswith("gateway.cache.expected: is too much for one cache")


def test_a_wrong_expected_load_is_refused_value_by_value() -> None:
    expected = {"consumers": 0, "routes": "many", "users": 1}
    lines = lines_of({**BASELINE, "cache": {"tier": "small", "expected": expected}})
    assert [line.partition(": ")[0] for line in lines] == [
        "gateway.cache.expected.consumers",
        "gateway.cache.expected.routes",
        "gateway.cache.expected.users",
    ]


HOURLY = {
    "plugin": "rate-limiting-advanced",
    "service": "orders",
    "config": {"limit": [10, 100], "window_size": [60, 3600], "sync_rate": 0.5},
}
SEMANTIC = {
    "config": {
        "embeddings": {"model": {"provider": "openai", "name": "text-embedding-3-small"}},
        "vectordb": {"dimensions": 1536, "distance_metric": "cosine", "threshold": 0.1},
    }
}


def test_the_windows_of_declared_limits_are_counted_unless_they_are_written() -> None:
    expected = {"consumers": 1000, "routes": 100, "rps": 900}
    assert told({"tier": "medium", "expected": expected}, plugins={"hourly": HOURLY}) == []
    many = {**HOURLY, "config": {"limit": [1] * 3, "window_size": [1, 60, 3600]}}
    cache = {"tier": "medium", "expected": expected}
    (warning,) = told(cache, plugins={"many": many})
    assert "400,000 counters; write tier: xlarge" in warning
    assert told({**cache, "expected": {**expected, "windows": 3}}, plugins={"many": many}) == []
    off = {**many, "enabled": False}
    assert told(cache, plugins={"many": off}) == []


def test_a_short_sync_rate_of_a_declared_plugin_is_reported_at_its_path() -> None:
    fast = {**HOURLY, "config": {**HOURLY["config"], "sync_rate": 0.1}}
    (warning,) = told({"tier": "small"}, plugins={"hourly": fast})
    assert warning.startswith(
        "gateway.governance.plugins.hourly.config.sync_rate: 0.1 is too short"
    )
    at_once = {**HOURLY, "config": {**HOURLY["config"], "sync_rate": 0}}
    assert told({"tier": "small"}, plugins={"hourly": at_once}) == []


def test_vector_search_in_the_cache_needs_medium_and_a_database_of_its_own_does_not() -> None:
    (warning,) = told({"tier": "small"}, plugins={"ai-semantic-cache": SEMANTIC})
    assert "for 100 requests per second and vector search; write tier: medium" in warning
    assert "--vector-search`" in warning
    assert told({"tier": "medium"}, plugins={"ai-semantic-cache": SEMANTIC}) == []
    vectordb = {**SEMANTIC["config"]["vectordb"], "redis": {"host": "redis.example.com"}}
    own = {"config": {**SEMANTIC["config"], "vectordb": vectordb}}
    assert told({"tier": "small"}, plugins={"ai-semantic-cache": own}) == []


def only_in_gcp(cache: dict[str, Any] | None, **more: Any) -> list[str]:
    """The warnings of the baseline with its region in GCP only."""
    regions = [one for one in BASELINE["regions"] if one["cloud"] == "gcp"]
    settings = {**BASELINE, "regions": regions, "cache": cache, **more}
    return [line.removeprefix(f"{FILE}: ") for line in warnings(load("test", settings))]


def test_a_tier_that_no_region_has_is_not_judged() -> None:
    busy = {"base_rps": 10_001}
    (line,) = only_in_gcp({"tier": "small", "gcp": "forwarded"}, autoscale=busy)
    assert line.startswith('gateway.cache.tier: "small" is smaller than Kong advises')
    (line,) = only_in_gcp({"tier": "small", "gcp": "local"}, autoscale=busy)
    assert line.startswith('gateway.cache.gcp: "local" gives gcp-us-central1 no Redis')
    external = {"gcp-us-central1": {"host": "redis.shop.internal"}}
    cache = {"tier": "small", "gcp": "external", "external": external}
    assert only_in_gcp(cache, autoscale=busy) == []


def test_declared_limits_without_a_cache_do_not_hold_over_a_region() -> None:
    plugins = {
        "orders": {**HOURLY, "config": {"limit": [10], "window_size": [60]}},
        "local": {
            **HOURLY,
            "route": "x",
            "config": {"limit": [10], "window_size": [60], "strategy": "local"},
        },
        "off": {
            **HOURLY,
            "route": "y",
            "enabled": False,
            "config": {"limit": [10], "window_size": [60]},
        },
        "cors": {},
    }
    assert only_in_gcp(None, rate_limit=None, governance={"plugins": plugins}) == [
        "gateway.governance: declares limits that do not hold over a region: orders; without a "
        "cache each data plane counts for itself; add cache, or write local where that is meant"
    ]
    limit = {"limit": 5, "window_size": 60}
    (line,) = only_in_gcp(None, rate_limit=limit)
    assert line.startswith("gateway.rate_limit: does not hold over a region")
