from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane import caching
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.data_plane.plugins.proxy_cache_advanced import NAME, access, response
from sandbox.store import Body
from tests.sandbox.data_plane.plugins import nodes as made
from tests.sandbox.data_plane.plugins.conftest import RedisServer
from tests.sandbox.data_plane.plugins.nodes import Clock, TestNode, config_of, exchange

pytestmark = pytest.mark.anyio


def cache(**settings: Any) -> Body:
    return config_of(NAME, **{"strategy": "memory", **settings})


def shared(server: RedisServer, **settings: Any) -> Body:
    return cache(strategy="redis", redis=server.config, **settings)


async def ask(
    node: TestNode, config: Body, upstream: Answer | None = None, **request: Any
) -> tuple[Exchange, Answer]:
    """A request through the cache, to an upstream if the cache does not answer."""
    x = exchange(node, **request)
    x.answer = await access(x, config) or upstream or made.response(b"fresh")
    await response(x, config)
    return x, x.answer


async def status(node: TestNode, config: Body, *args: Any, **request: Any) -> str:
    x, _ = await ask(node, config, *args, **request)
    return str(x.response_headers.get("X-Cache-Status"))


async def test_a_response_is_served_again_until_it_is_too_old(node: TestNode, clock: Clock) -> None:
    config = cache(cache_ttl=60)
    first, _ = await ask(node, config, made.response(b"one", X_Kept="yes", Connection="close"))
    clock.advance(30)
    again, answer = await ask(node, config)
    assert first.response_headers["X-Cache-Status"] == "Miss"
    assert again.response_headers["X-Cache-Status"] == "Hit"
    assert again.facts["cache"] == "Hit"
    assert first.response_headers["X-Cache-Key"] == again.response_headers["X-Cache-Key"]
    assert answer.body == b"one"
    assert answer.headers["Age"] == "30"
    assert answer.headers["X-Kept"] == "yes"
    assert "Connection" not in answer.headers
    clock.advance(31)
    assert await status(node, config) == "Miss"


async def test_a_response_that_is_kept_longer_than_it_is_fresh_is_refreshed(
    node: TestNode, clock: Clock
) -> None:
    config = cache(cache_ttl=60, storage_ttl=3600)
    await ask(node, config)
    clock.advance(61)
    assert await status(node, config) == "Refresh"
    assert await status(node, config) == "Hit"


async def test_a_response_of_one_node_is_served_by_another_with_the_same_redis(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer
) -> None:
    config = shared(redis_server)
    body = bytes(range(256))
    await ask(nodes[0], config, made.response(body))
    x, answer = await ask(nodes[1], config)
    assert x.response_headers["X-Cache-Status"] == "Hit"
    assert answer.body == body


async def test_a_full_memory_loses_the_response_that_was_unused_the_longest(
    node: TestNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "LARGEST_MEMORY", 3500)
    for path in ("/1", "/2", "/3"):
        assert await status(node, cache(), made.response(b"x" * 1000), path=path) == "Miss"
    assert await status(node, cache(), path="/1") == "Hit"
    await ask(node, cache(), made.response(b"x" * 1000), path="/4")
    await ask(node, cache(), made.response(b"x" * 5000), path="/5")
    kept = [
        await status(node, cache(), made.response(status=500), path=f"/{n}") for n in range(1, 6)
    ]
    assert kept == ["Hit", "Bypass", "Hit", "Hit", "Bypass"]


async def test_nodes_do_not_share_what_is_in_memory(nodes: tuple[TestNode, TestNode]) -> None:
    assert [await status(node, cache()) for node in nodes] == ["Miss", "Miss"]


@pytest.mark.parametrize(
    ("settings", "one", "other", "same"),
    [
        ({}, {}, {}, True),
        ({}, {"path": "/a"}, {"path": "/b"}, False),
        ({}, {"path": "/a"}, {"path": "/A"}, False),
        ({"ignore_uri_case": True}, {"path": "/a"}, {"path": "/A"}, True),
        ({}, {"query": [("a", "1")]}, {"query": [("a", "2")]}, False),
        ({}, {"query": [("a", "1"), ("b", "2")]}, {"query": [("b", "2"), ("a", "1")]}, True),
        ({"vary_query_params": ["a"]}, {"query": [("b", "1")]}, {"query": [("b", "2")]}, True),
        ({"vary_query_params": ["a"]}, {"query": [("a", "1")]}, {"query": [("a", "2")]}, False),
        ({}, {"headers": {"x-team": "1"}}, {"headers": {"x-team": "2"}}, True),
        (
            {"vary_headers": ["X-Team"]},
            {"headers": {"x-team": "1"}},
            {"headers": {"x-team": "2"}},
            False,
        ),
        ({}, {"method": "HEAD"}, {"method": "GET"}, False),
        ({}, {"consumer": {"id": "c-1"}}, {"consumer": {"id": "c-2"}}, False),
        ({}, {"route": {"id": "r-1"}}, {"route": {"id": "r-2"}}, False),
    ],
)
async def test_requests_share_a_response_if_their_keys_are_the_same(
    node: TestNode,
    settings: dict[str, Any],
    one: dict[str, Any],
    other: dict[str, Any],
    same: bool,
) -> None:
    config = cache(**settings)
    assert await status(node, config, **one) == "Miss"
    assert await status(node, config, **other) == ("Hit" if same else "Miss")


@pytest.mark.parametrize(
    ("settings", "request_", "upstream"),
    [
        ({}, {"method": "POST"}, made.response()),
        ({}, {}, made.response(status=500)),
        ({}, {}, made.response(Content_Type="text/html")),
        ({}, {}, made.response(Content_Type="application/json; charset=utf-8")),
        ({"cache_control": True}, {"headers": {"cache-control": "no-store"}}, made.response()),
        ({"cache_control": True}, {"headers": {"authorization": "Basic"}}, made.response()),
        ({"cache_control": True}, {}, made.response()),
        ({"cache_control": True}, {}, made.response(Cache_Control="private, max-age=60")),
        ({"cache_control": True}, {}, made.response(Cache_Control="public, max-age=0")),
    ],
)
async def test_what_may_not_be_cached_bypasses_the_cache(
    node: TestNode, settings: dict[str, Any], request_: dict[str, Any], upstream: Answer
) -> None:
    config = cache(**settings)
    assert await status(node, config, upstream, **request_) == "Bypass"
    assert await status(node, config, upstream, **request_) == "Bypass"


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("application/json; charset=utf-8", "application/json;charset=UTF-8"),
        ("text/*", "text/html"),
        ("*/*", "image/png"),
    ],
)
async def test_a_content_type_may_have_parameters_and_wildcards(
    node: TestNode, wanted: str, given: str
) -> None:
    config = cache(content_type=[wanted])
    assert await status(node, config, made.response(Content_Type=given)) == "Miss"


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("", "Hit"),
        ("max-age=10", "Refresh"),
        ("max-age=40", "Hit"),
        ("min-fresh=40", "Refresh"),
        ("min-fresh=20", "Hit"),
    ],
)
async def test_a_client_says_how_old_a_response_may_be(
    node: TestNode, clock: Clock, control: str, expected: str
) -> None:
    config = cache(cache_control=True)
    upstream = made.response(Cache_Control="public, max-age=60")
    await ask(node, config, upstream)
    clock.advance(30)
    assert await status(node, config, upstream, headers={"cache-control": control}) == expected


async def test_a_stale_response_is_served_to_a_client_that_takes_it(
    node: TestNode, clock: Clock
) -> None:
    config = cache(cache_control=True, storage_ttl=3600)
    upstream = made.response(Cache_Control="public, max-age=60")
    await ask(node, config, upstream)
    clock.advance(90)
    patient, impatient = {"cache-control": "max-stale=60"}, {"cache-control": "max-stale=10"}
    assert await status(node, config, upstream, headers=patient) == "Hit"
    assert await status(node, config, upstream, headers=impatient) == "Refresh"


async def test_a_client_that_wants_only_cached_responses_gets_504_without_one(
    node: TestNode,
) -> None:
    headers = {"cache-control": "only-if-cached"}
    _, answer = await ask(node, cache(cache_control=True), headers=headers)
    assert answer.status == 504


async def test_headers_of_the_cache_can_be_turned_off(node: TestNode) -> None:
    off = {"X-Cache-Key": False, "X-Cache-Status": False, "age": False}
    config = cache(response_headers=off)
    await ask(node, config)
    x, answer = await ask(node, config)
    assert dict(x.response_headers) == {}
    assert "Age" not in answer.headers
    assert x.facts["cache"] == "Hit"


async def test_requests_pass_while_redis_is_down_and_are_cached_when_it_is_back(
    node: TestNode, redis_server: RedisServer
) -> None:
    config = shared(redis_server, bypass_on_err=True)
    assert await status(node, config) == "Miss"
    redis_server.kill()
    assert await status(node, config) == "Bypass"
    redis_server.start()
    assert await status(node, config) == "Miss"
    assert await status(node, config) == "Hit"


async def test_without_bypass_on_err_a_request_fails_while_redis_is_down(
    node: TestNode, redis_server: RedisServer
) -> None:
    node.reachable = False
    _, answer = await ask(node, shared(redis_server))
    assert answer.status == 500


async def test_a_response_reaches_the_client_if_redis_fails_meanwhile(
    node: TestNode, redis_server: RedisServer
) -> None:
    config = shared(redis_server, bypass_on_err=True)
    x = exchange(node)
    assert await access(x, config) is None
    node.reachable = False
    x.answer = made.response(b"fresh")
    await response(x, config)
    assert x.answer.body == b"fresh"
