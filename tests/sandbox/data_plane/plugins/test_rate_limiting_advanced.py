from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from redis import Redis

from sandbox.data_plane.counting import Sharing, synchronise
from sandbox.data_plane.plugins.rate_limiting_advanced import NAME, access
from sandbox.store import Body
from tests.sandbox.data_plane.plugins.conftest import RedisServer
from tests.sandbox.data_plane.plugins.nodes import Clock, TestNode, config_of, exchange

pytestmark = pytest.mark.anyio


def limits(**settings: Any) -> Body:
    base = {"limit": [5], "window_size": [60], "namespace": "n", "window_type": "fixed"}
    return config_of(NAME, **{**base, **settings})


def shared(server: RedisServer, *, sync_rate: float = 0, **settings: Any) -> Body:
    return limits(strategy="redis", sync_rate=sync_rate, redis=server.config, **settings)


async def send(node: TestNode, config: Body, times: int = 1, **request: Any) -> list[int]:
    """The status of each of some requests: 200 if it passes."""
    statuses = []
    for _ in range(times):
        refusal = await access(exchange(node, **request), config)
        statuses.append(refusal.status if refusal else 200)
    return statuses


async def test_a_limit_of_five_lets_five_through_at_two_nodes_with_one_redis(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer
) -> None:
    config = shared(redis_server)
    passed = []
    for turn in range(10):
        passed += await send(nodes[turn % 2], config)
    assert passed == [200] * 5 + [429] * 5


async def test_nodes_without_redis_let_five_through_each(
    nodes: tuple[TestNode, TestNode],
) -> None:
    config = limits()
    for node in nodes:
        assert await send(node, config, 6) == [200] * 5 + [429]


async def test_requests_at_the_same_moment_are_counted_one_by_one(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer
) -> None:
    config = shared(redis_server)
    answers = await asyncio.gather(*(send(nodes[turn % 2], config) for turn in range(20)))
    assert sorted(answers) == [[200]] * 5 + [[429]] * 15


async def test_a_fixed_window_starts_anew_when_it_ends(node: TestNode, clock: Clock) -> None:
    config = limits()
    clock.advance(59)
    assert await send(node, config, 6) == [200] * 5 + [429]
    clock.advance(1)
    assert await send(node, config, 6) == [200] * 5 + [429]


async def test_a_sliding_window_remembers_the_window_before(node: TestNode, clock: Clock) -> None:
    config = limits(limit=[10], window_type="sliding")
    assert await send(node, config, 10) == [200] * 10
    clock.advance(60)
    assert await send(node, config) == [429]
    clock.advance(30)
    # Five of the first ten are still within a minute, and the refused request counts.
    assert await send(node, config, 5) == [200] * 4 + [429]


async def test_a_client_that_does_not_slow_down_stays_refused_in_a_sliding_window(
    node: TestNode, clock: Clock
) -> None:
    config = limits(limit=[10], window_type="sliding")
    await send(node, config, 24)
    clock.advance(60)
    assert await send(node, config, 12) == [429] * 12


async def test_refused_requests_do_not_count_without_a_penalty(
    node: TestNode, clock: Clock
) -> None:
    config = limits(limit=[10], window_type="sliding", disable_penalty=True)
    assert await send(node, config, 24) == [200] * 10 + [429] * 14
    clock.advance(60 + 30)
    assert await send(node, config, 6) == [200] * 5 + [429]


async def test_each_of_several_limits_holds(node: TestNode, clock: Clock) -> None:
    config = limits(limit=[2, 3], window_size=[1, 60])
    assert await send(node, config, 3) == [200, 200, 429]
    clock.advance(1)
    # The refused request counts in the minute, too.
    assert await send(node, config) == [429]
    clock.advance(59)
    assert await send(node, config) == [200]


async def test_headers_tell_limits_and_what_remains(node: TestNode, clock: Clock) -> None:
    config = limits(limit=[2, 10, 100], window_size=[60, 3600, 90])
    clock.advance(20)
    request = exchange(node)
    assert await access(request, config) is None
    assert dict(request.response_headers) == {
        "x-ratelimit-limit-minute": "2",
        "x-ratelimit-remaining-minute": "1",
        "x-ratelimit-limit-hour": "10",
        "x-ratelimit-remaining-hour": "9",
        "x-ratelimit-limit-90": "100",
        "x-ratelimit-remaining-90": "99",
        "ratelimit-limit": "2",
        "ratelimit-remaining": "1",
        "ratelimit-reset": "40",
    }


async def test_a_refusal_says_when_to_try_again(node: TestNode, clock: Clock) -> None:
    config = limits(limit=[1], error_code=503, error_message="slow down", retry_after_jitter_max=10)
    clock.advance(20)
    await send(node, config)
    request = exchange(node)
    refusal = await access(request, config, lambda: 0.5)
    assert refusal is not None
    assert refusal.status == 503
    assert refusal.body == b'{"message": "slow down"}'
    assert request.response_headers["Retry-After"] == "45"
    assert request.response_headers["RateLimit-Reset"] == "40"


async def test_hidden_limits_leave_only_the_time_of_the_next_try(node: TestNode) -> None:
    config = limits(limit=[1], hide_client_headers=True)
    first, second = exchange(node), exchange(node)
    await access(first, config)
    await access(second, config)
    assert dict(first.response_headers) == {}
    assert set(second.response_headers) == {"ratelimit-reset", "retry-after"}


ANNA: Body = {"id": "c-1", "username": "anna", "custom_id": "4711"}
KEY: Body = {"id": "k-1"}
ROUTE: Body = {"id": "r-1"}
SERVICE: Body = {"id": "s-1"}


@pytest.mark.parametrize(
    ("settings", "one", "other", "together"),
    [
        ({}, {"consumer": ANNA}, {"consumer": {"id": "c-2"}}, False),
        ({}, {"consumer": ANNA}, {"consumer": ANNA, "client_ip": "192.0.2.9"}, True),
        ({}, {}, {"client_ip": "192.0.2.9"}, False),
        ({}, {}, {"path": "/other"}, True),
        ({"identifier": "ip"}, {"consumer": ANNA}, {"consumer": {"id": "c-2"}}, True),
        ({"identifier": "credential"}, {"credential": KEY}, {"credential": {"id": "k"}}, False),
        ({"identifier": "service"}, {"service": SERVICE}, {"client_ip": "192.0.2.9"}, False),
        (
            {"identifier": "service"},
            {"service": SERVICE},
            {"service": SERVICE, "client_ip": "192.0.2.9"},
            True,
        ),
        ({"identifier": "route"}, {"route": ROUTE}, {"route": {"id": "r-2"}}, False),
        (
            {"identifier": "header", "header_name": "X-Team"},
            {"headers": {"x-team": "a"}},
            {"headers": {"x-team": "b"}},
            False,
        ),
        ({"identifier": "path", "path": "/pay"}, {"path": "/pay"}, {"path": "/other"}, False),
        ({"identifier": "consumer-group"}, {"consumer": ANNA}, {"consumer": {"id": "c-2"}}, True),
        (
            {"counter_key": "consumer.custom_id"},
            {"consumer": ANNA},
            {"consumer": {"id": "c-2", "custom_id": "4711"}},
            True,
        ),
        (
            {"compound_identifier": ["consumer", "ip"]},
            {"consumer": ANNA},
            {"consumer": ANNA, "client_ip": "192.0.2.9"},
            False,
        ),
    ],
)
async def test_requests_with_one_identifier_share_a_limit(
    node: TestNode,
    settings: dict[str, Any],
    one: dict[str, Any],
    other: dict[str, Any],
    together: bool,
) -> None:
    config = limits(limit=[1], **settings)
    assert await send(node, config, **one) == [200]
    assert await send(node, config, **other) == [429 if together else 200]


async def test_plugins_share_counters_if_they_have_one_namespace(node: TestNode) -> None:
    assert await send(node, limits(limit=[1])) == [200]
    assert await send(node, limits(limit=[1], namespace="other")) == [200]
    assert await send(node, limits(limit=[1])) == [429]


async def test_nodes_exchange_their_counts_at_the_sync_rate(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer, clock: Clock
) -> None:
    config = shared(redis_server, sync_rate=10)
    first, second = nodes
    # Each asks Redis at its first request, and counts by itself afterwards.
    assert await send(first, config, 4) == [200] * 4
    assert await send(second, config, 4) == [200] * 4
    clock.advance(10)
    # Now the first pushes its three, the second pulls them with the five of both.
    assert await send(first, config) == [429]
    assert await send(second, config) == [429]


def _counts(client: Redis) -> list[float]:
    """The counts that a Redis has."""
    keys = list(client.scan_iter())
    return [float(count) for key in keys for count in client.execute_command("HVALS", key)]


async def test_a_node_pushes_its_counts_when_no_more_requests_come(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer
) -> None:
    config = shared(redis_server, sync_rate=0.05)
    assert await send(nodes[0], config, 5) == [200] * 5
    with Redis(port=redis_server.port) as client:
        async with asyncio.timeout(30):
            while _counts(client) != [5]:
                await asyncio.sleep(0.05)
    assert await send(nodes[1], config) == [429]


async def test_a_sync_rate_of_minus_one_never_asks_redis(
    node: TestNode, redis_server: RedisServer
) -> None:
    config = shared(redis_server, sync_rate=-1)
    assert await send(node, config, 6) == [200] * 5 + [429]
    with Redis(port=redis_server.port) as client:
        assert client.keys() == []


async def test_without_redis_a_node_counts_by_itself_and_loses_nothing_when_it_is_back(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer
) -> None:
    config = shared(redis_server, limit=[10])
    assert await send(nodes[0], config, 2) == [200] * 2
    redis_server.kill()
    assert await send(nodes[0], config, 4) == [200] * 4
    assert await send(nodes[1], config, 3) == [200] * 3
    redis_server.start()
    # The Redis is empty after its restart; the nodes push what they counted meanwhile.
    assert await send(nodes[0], config) == [200]
    assert await send(nodes[1], config) == [200]
    assert await send(nodes[0], config, 2) == [200, 429]


async def test_requests_wait_for_a_redis_that_hangs_only_as_long_as_its_timeout(
    node: TestNode, redis_server: RedisServer
) -> None:
    redis = {**redis_server.config, "read_timeout": 200}
    config = limits(strategy="redis", sync_rate=0, redis=redis)
    assert await send(node, config, 2) == [200] * 2
    with redis_server.hanging():
        began = time.monotonic()
        answers = await asyncio.gather(*(send(node, config) for _ in range(20)))
        assert time.monotonic() - began < 3  # one after another they would take four seconds
    assert sorted(answers) == [[200]] * 3 + [[429]] * 17
    assert await send(node, config) == [429]


async def test_a_request_that_is_given_up_stays_counted(
    node: TestNode, redis_server: RedisServer
) -> None:
    config = limits(strategy="redis", sync_rate=0, redis=redis_server.config)
    with redis_server.hanging():
        request = asyncio.create_task(send(node, config))
        await asyncio.sleep(0.05)
        request.cancel()
    await asyncio.wait([request])
    (counters,) = node.memory.values()
    assert list(counters.pending.values()) == [1]
    assert counters.sent == {}


async def test_requests_at_the_same_moment_are_counted_while_redis_is_down(
    node: TestNode, redis_server: RedisServer
) -> None:
    config = shared(redis_server)
    redis_server.kill()
    answers = await asyncio.gather(*(send(node, config) for _ in range(20)))
    assert sorted(answers) == [[200]] * 5 + [[429]] * 15


async def test_a_node_that_reaches_no_redis_still_limits(
    node: TestNode, redis_server: RedisServer
) -> None:
    config = shared(redis_server)
    node.reachable = False
    assert await send(node, config, 6) == [200] * 5 + [429]
    assert not await synchronise(node, Sharing.of(config))
    node.reachable = True
    assert await synchronise(node, Sharing.of(config))
    with Redis(port=redis_server.port) as client:
        (name,) = client.keys()
        assert [float(value) for value in client.hvals(name)] == [6]


async def test_counters_of_old_windows_are_forgotten(node: TestNode, clock: Clock) -> None:
    config = limits()
    await send(node, config, 2)
    for _ in range(5):
        clock.advance(60)
        await send(node, config)
    (counters,) = node.memory.values()
    assert len(counters.pending) <= 2
