"""Every plugin that can use Redis is connected to a cache by its name alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
import pytest

from components.cache.references import RedisReferences
from components.cache.wiring import RedisCache, wire
from multicloudgateway import published
from multicloudgateway.published import RedisType, redis_places
from tests.components.cache.minimal import minimal
from tests.event_loops import run_and_close

HOST = "{vault://env/ADDON_MANAGED_CACHE_HOST}"
LIMIT = {"limit": [5], "window_size": [60]}


class Cache:
    """A cache whose partials have plain ids, so that a configuration can be checked."""

    partial_id: Any = "redis-ee-id"
    env = RedisReferences(
        host=HOST,
        port="{vault://env/ADDON_MANAGED_CACHE_PORT}",
        username="{vault://env/ADDON_MANAGED_CACHE_USERNAME}",
        server_name="{vault://env/ADDON_MANAGED_CACHE_SERVER_NAME}",
        cloud_authentication={"auth_provider": "aws", "aws_is_serverless": False},
    )

    def __init__(self) -> None:
        self.databases: list[Mapping[str, Any]] = []

    def partial_of(self, type_: RedisType) -> Any:
        return f"{type_}-id"

    def vectordb(self, **settings: Any) -> Any:
        self.databases.append(settings)
        return "vectordb-id"


@pytest.fixture
def cache() -> Cache:
    return Cache()


def _all_capable() -> Iterator[Any]:
    for version in published.VERSIONS:
        for name in sorted(published.plugin_names(version)):
            if redis_places(name, version):
                yield pytest.param(name, version, id=f"{name}-{version}")


def _all_semantic() -> Iterator[Any]:
    for version in published.VERSIONS:
        for name in sorted(published.plugin_names(version)):
            schema = published.plugin(name, version)
            if schema is not None and "vectordb" in schema.partials:
                yield pytest.param(name, version, id=f"{name}-{version}")


CAPABLE = list(_all_capable())
SEMANTIC = list(_all_semantic())

ITEM = {"strategy_id": "2b4d1a44-9b0e-4a0e-9c57-3a0e0f3b1c11"}
WRITTEN: Mapping[str, Mapping[str, Any]] = {
    "konnect-application-auth": {
        "v2_strategies": {"openid_connect": [{**ITEM, "config": {"issuer": "https://idp.example"}}]}
    }
}
"""What a caller must write before a plugin has a place for Redis settings."""

PARTIALS = {
    "ace": ("redis-ee", "config.rate_limiting.redis"),
    "acme": ("redis-ce", "config.storage_config.redis"),
    "ai-rate-limiting-advanced": ("redis-ee", "config.redis"),
    "basic-auth": ("redis-ce", "config.brute_force_protection.redis"),
    "datakit": ("redis-ee", "config.resources.cache.redis"),
    "graphql-proxy-cache-advanced": ("redis-ee", "config.redis"),
    "graphql-rate-limiting-advanced": ("redis-ee", "config.redis"),
    "openid-connect": ("redis-ee", "config.redis"),
    "proxy-cache-advanced": ("redis-ee", "config.redis"),
    "rate-limiting": ("redis-ce", "config.redis"),
    "rate-limiting-advanced": ("redis-ee", "config.redis"),
    "response-ratelimiting": ("redis-ce", "config.redis"),
    "saml": ("redis-ee", "config.redis"),
    "service-protection": ("redis-ee", "config.redis"),
    "upstream-oauth": ("redis-ee", "config.cache.redis"),
}
"""Kong's documented type of partial and its place, by plugin."""

SWITCHES = {
    "ace": (),
    "acme": ("storage",),
    "ai-mcp-proxy": ("server.session.strategy",),
    "ai-rate-limiting-advanced": ("strategy",),
    "basic-auth": ("brute_force_protection.strategy",),
    "datakit": ("resources.cache.strategy",),
    "graphql-proxy-cache-advanced": ("strategy",),
    "graphql-rate-limiting-advanced": ("strategy",),
    "konnect-application-auth": (
        "v2_strategies.openid_connect.0.config.cluster_cache_strategy",
        "v2_strategies.openid_connect.0.config.session_storage",
    ),
    "openid-connect": ("cluster_cache_strategy", "session_storage"),
    "proxy-cache-advanced": ("strategy",),
    "rate-limiting": ("policy",),
    "rate-limiting-advanced": ("strategy",),
    "request-callout": ("cache.strategy",),
    "response-ratelimiting": ("policy",),
    "saml": ("session_storage",),
    "service-protection": ("strategy",),
    "upstream-oauth": ("cache.strategy",),
}
"""Kong's documented setting that turns Redis on, by plugin."""

INLINE = {
    "ai-mcp-proxy": ("server.session.redis",),
    "konnect-application-auth": (
        "v2_strategies.openid_connect.0.config.cluster_cache_redis",
        "v2_strategies.openid_connect.0.config.redis",
    ),
    "openid-connect": ("cluster_cache_redis",),
    "request-callout": ("cache.redis",),
}
"""Redis settings that no partial fills, by plugin."""


def _at(config: Any, path: str) -> Any:
    for key in path.split("."):
        config = config[int(key)] if isinstance(config, list) else config[key]
    return config


def _minimal(name: str, version: str) -> dict[str, Any]:
    schema = published.plugin(name, version)
    assert schema is not None
    smallest = {**minimal(schema.config), **WRITTEN.get(name, {})}
    return {key: value for key, value in smallest.items() if key not in SWITCHES.get(name, ())}


def _problems(name: str, version: str, config: Mapping[str, Any], filled: list[str]) -> Any:
    schema = published.plugin(name, version)
    assert schema is not None
    return published.problems(schema.config, config, filled=filled)


@pytest.mark.parametrize(("name", "version"), CAPABLE)
def test_a_plugin_that_can_use_redis_uses_the_cache(
    name: str, version: str, cache: RedisCache
) -> None:
    wired = wire(name, _minimal(name, version), cache, version=version)
    switches = {path: _at(wired.config, path) for path in SWITCHES[name]}
    assert switches == dict.fromkeys(SWITCHES[name], "redis")
    for path in INLINE.get(name, ()):
        assert _at(wired.config, path)["host"] == HOST
    type_, place = PARTIALS.get(name, ("", ""))
    assert list(wired.partials) == ([{"id": f"{type_}-id"}] if type_ else [])
    assert _problems(name, version, wired.config, [place]) == []


@pytest.mark.parametrize(("name", "version"), CAPABLE)
def test_a_plugin_has_no_address_of_a_redis_beside_its_partial(
    name: str, version: str, cache: RedisCache
) -> None:
    wired = wire(name, _minimal(name, version), cache, version=version)
    if name in PARTIALS:
        record = wired.config
        for key in PARTIALS[name][1].split(".")[1:]:
            record = record.get(key, {})
        assert record == {}


@pytest.mark.parametrize(("name", "version"), SEMANTIC)
def test_a_plugin_with_a_vector_database_uses_that_of_the_cache(
    name: str, version: str, cache: Cache
) -> None:
    written = {"dimensions": 1536, "distance_metric": "cosine", "threshold": 0.1}
    config = {**_minimal(name, version), "vectordb": written}
    wired = wire(name, config, cache, version=version)
    assert wired.partials == [{"id": "vectordb-id", "path": "config.vectordb"}]
    assert cache.databases == [written]
    assert "vectordb" not in wired.config
    assert _problems(name, version, wired.config, ["config.vectordb"]) == []


def test_the_tables_have_every_plugin_of_the_schemas_and_no_other() -> None:
    capable = {param.values[0] for param in CAPABLE}
    assert capable == SWITCHES.keys()
    assert capable == PARTIALS.keys() | INLINE.keys()


def test_counters_are_synchronised_at_the_recommended_interval(cache: RedisCache) -> None:
    assert wire("rate-limiting-advanced", LIMIT, cache).config["sync_rate"] == 0.5
    own = wire("rate-limiting-advanced", {**LIMIT, "sync_rate": 1}, cache)
    assert own.config["sync_rate"] == 1


@pytest.mark.parametrize("name", ["proxy-cache-advanced", "graphql-proxy-cache-advanced"])
def test_requests_pass_a_cache_of_responses_that_fails_unless_the_caller_decides_otherwise(
    name: str, cache: RedisCache
) -> None:
    assert wire(name, {}, cache).config["bypass_on_err"] is True
    assert wire(name, {"bypass_on_err": False}, cache).config["bypass_on_err"] is False
    assert "bypass_on_err" not in wire(name, {}, None).config


def test_what_the_caller_writes_is_not_changed_in_place(cache: RedisCache) -> None:
    written: dict[str, Any] = {"cache": {"cache_ttl": 60}}
    wire("request-callout", written, cache)
    assert written == {"cache": {"cache_ttl": 60}}


def test_an_explicit_local_strategy_stays_local(cache: RedisCache) -> None:
    wired = wire("rate-limiting-advanced", {**LIMIT, "strategy": "local"}, cache)
    assert wired.config == {**LIMIT, "strategy": "local"}
    assert wired.partials == []


def test_a_partial_of_the_callers_own_is_kept_and_turned_on(cache: RedisCache) -> None:
    wired = wire("rate-limiting-advanced", LIMIT, cache, partials=[{"id": "mine"}])
    assert wired.partials == [{"id": "mine"}]
    assert wired.config["strategy"] == "redis"


def test_a_redis_of_the_callers_own_is_kept_and_turned_on(cache: RedisCache) -> None:
    wired = wire("rate-limiting", {"minute": 5, "redis": {"host": "mine.example"}}, cache)
    assert wired.partials == []
    assert wired.config["redis"] == {"host": "mine.example"}
    assert wired.config["policy"] == "redis"


def test_settings_of_the_caller_win_over_inline_settings_of_the_cache(cache: RedisCache) -> None:
    config = {"cache": {"redis": {"database": 2}}}
    redis = wire("request-callout", config, cache).config["cache"]["redis"]
    assert (redis["host"], redis["database"]) == (HOST, 2)


def test_embeddings_stay_the_callers(cache: RedisCache) -> None:
    embeddings = {"id": "embeddings-id", "path": "config.embeddings"}
    vectors = {"dimensions": 1536, "distance_metric": "cosine"}
    wired = wire("ai-semantic-cache", {"vectordb": vectors}, cache, partials=[embeddings])
    assert wired.partials == [embeddings, {"id": "vectordb-id", "path": "config.vectordb"}]


def test_a_vector_database_in_postgres_stays(cache: RedisCache) -> None:
    vectors = {"dimensions": 3, "distance_metric": "cosine", "strategy": "pgvector"}
    wired = wire("ai-semantic-cache", {"vectordb": vectors}, cache)
    assert wired.config == {"vectordb": vectors}
    assert wired.partials == []


@pytest.mark.parametrize("name", ["key-auth", "proxy-cache", "my-own-plugin"])
def test_a_plugin_without_redis_settings_stays_as_it_is(name: str, cache: RedisCache) -> None:
    wired = wire(name, {"some": "setting"}, cache)
    assert wired.config == {"some": "setting"}
    assert wired.partials == []


@pytest.mark.parametrize(
    ("name", "config", "local"),
    [
        ("rate-limiting-advanced", LIMIT, {"strategy": "local"}),
        ("rate-limiting", {"minute": 5}, {"policy": "local"}),
        ("proxy-cache-advanced", {}, {"strategy": "memory"}),
        ("openid-connect", {"issuer": "https://idp.example"}, {}),
        ("basic-auth", {}, {}),
        ("datakit", {}, {}),
    ],
)
def test_without_a_cache_a_plugin_counts_in_each_data_plane(
    name: str, config: Mapping[str, Any], local: Mapping[str, Any]
) -> None:
    wired = wire(name, config, None)
    assert wired.config == {**config, **local}
    assert wired.partials == []


@pytest.mark.parametrize(
    ("name", "config", "partials", "reason"),
    [
        (
            "rate-limiting-advanced",
            {"strategy": "local"},
            [{"id": "mine"}],
            "config.strategy is 'local', but config.redis names a Redis; delete one of them",
        ),
        (
            "rate-limiting",
            {"policy": "local", "redis": {"host": "mine.example"}},
            [],
            "config.policy is 'local', but config.redis names a Redis; delete one of them",
        ),
        (
            "rate-limiting-advanced",
            {"redis": {"host": "mine.example"}},
            [{"id": "mine"}],
            "config.redis is written and filled by a partial; delete one of them",
        ),
        (
            "rate-limiting-advanced",
            {"redis": {"database": 2}},
            [],
            "config.redis has database but no host, and the partial of the cache fills all of "
            "config.redis; delete config.redis, or give it a host",
        ),
        (
            "ai-semantic-cache",
            {},
            [{"id": "mine"}],
            "a partial has no path; write config.embeddings or config.vectordb",
        ),
        (
            "ai-semantic-cache",
            {"vectordb": {"threshold": 0.1}},
            [],
            "config.vectordb has no dimensions and no distance_metric; write those of your "
            "embedding model",
        ),
        (
            "ai-semantic-cache",
            {"vectordb": {"dimensions": 3, "pgvector": {}}},
            [],
            "config.vectordb has pgvector, and the partial of the cache fills all of "
            "config.vectordb; keep dimensions, distance_metric and threshold only",
        ),
    ],
)
def test_contradictory_settings_are_an_error_by_name(
    name: str,
    config: Mapping[str, Any],
    partials: list[Mapping[str, Any]],
    reason: str,
    cache: RedisCache,
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'{name}: {reason}')}$"):
        wire(name, config, cache, partials=partials)


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        (
            "rate-limiting-advanced",
            {"strategy": "redis"},
            "config.strategy is 'redis', but there is no cache; add one, or delete it",
        ),
        (
            "graphql-rate-limiting-advanced",
            {},
            "config.strategy can only be 'redis' in Konnect; add a cache",
        ),
        (
            "ai-semantic-cache",
            {"vectordb": {"dimensions": 3, "distance_metric": "cosine"}},
            "config.vectordb needs a Redis, but there is no cache; add one, or a host",
        ),
    ],
)
def test_a_plugin_that_needs_redis_is_an_error_without_a_cache(
    name: str, config: Mapping[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'{name}: {reason}')}$"):
        wire(name, config, None)


def test_a_redis_that_is_not_known_yet_is_the_callers_own(cache: RedisCache) -> None:
    async def program() -> None:
        redis = pulumi.Output.from_input("later").apply(lambda host: {"host": host})
        wired = wire("rate-limiting", {"minute": 5, "redis": redis}, cache)
        assert wired.partials == []
        assert wired.config["redis"] is redis

    run_and_close(program())


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        (
            "request-callout",
            lambda later: {"cache": later},
            "config.cache is an Output; write a plain record around its values",
        ),
        (
            "ai-semantic-cache",
            lambda later: {"vectordb": {"dimensions": later, "distance_metric": "cosine"}},
            "config.vectordb.dimensions is an Output; it is in a name, so write a value",
        ),
    ],
)
def test_what_must_be_known_while_the_program_runs_is_an_error_by_name(
    name: str, config: Callable[[object], Mapping[str, Any]], reason: str, cache: RedisCache
) -> None:
    async def program() -> None:
        later = pulumi.Output.from_input("later")
        with pytest.raises(ValueError, match=f"^{re.escape(f'{name}: {reason}')}$"):
            wire(name, config(later), cache)

    run_and_close(program())


@pytest.mark.parametrize(
    ("name", "config"),
    [("request-callout", {"cache": 5}), ("ai-semantic-cache", {"vectordb": "here"})],
)
def test_a_value_of_a_wrong_type_is_left_for_the_check_of_the_schema(
    name: str, config: Mapping[str, Any], cache: RedisCache
) -> None:
    assert wire(name, config, cache).config == config


def test_another_stack_uses_the_partial_that_it_is_given_or_counts_locally() -> None:
    given = wire("rate-limiting-advanced", LIMIT, None, partials=[{"id": "theirs"}])
    assert given.partials == [{"id": "theirs"}]
    assert given.config == {**LIMIT, "strategy": "redis", "sync_rate": 0.5}
    without = wire("rate-limiting-advanced", LIMIT, None, partials=[])
    assert without.config == {**LIMIT, "strategy": "local"}
