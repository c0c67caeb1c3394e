from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane.exchange import Exchange
from sandbox.data_plane.plugins.canary import NAME, access
from tests.sandbox.data_plane.plugins.nodes import START, Clock, TestNode, config_of, exchange

TARGET = {"upstream_host": "new.example", "upstream_port": 8080}
SERVICE = {"id": "s-1", "protocol": "http", "host": "old.example", "port": 80}

pytestmark = pytest.mark.anyio


async def send(node: TestNode, settings: dict[str, Any], **request: Any) -> Exchange:
    x = exchange(node, **{"service": SERVICE, **request})
    assert await access(x, config_of(NAME, **{**TARGET, **settings})) is None
    return x


async def share(node: TestNode, settings: dict[str, Any], times: int = 200) -> float:
    """The part of requests of different clients that goes to the canary."""
    new = 0
    for number in range(times):
        x = await send(node, settings, client_ip=f"192.0.{number // 250}.{number % 250}")
        new += x.upstream is not None
    return new / times


@pytest.mark.parametrize("percentage", [0, 10, 50, 100])
async def test_a_percentage_of_requests_goes_to_the_canary_in_turn(percentage: int) -> None:
    settings = {"hash": "none", "percentage": percentage, "steps": 100}
    assert await share(TestNode(), settings) == percentage / 100


async def test_requests_in_turn_alternate_instead_of_coming_in_blocks() -> None:
    node = TestNode()
    settings = {"hash": "none", "percentage": 50, "steps": 1000}
    assert 0.4 <= await share(node, settings, 20) <= 0.6


@pytest.mark.parametrize(
    ("passed", "expected"), [(-10, 0), (0, 0), (900, 0.25), (1799, 0.25), (1800, 0.5), (9999, 1)]
)
async def test_more_and_more_requests_go_to_the_canary_over_a_time(
    passed: float, expected: float
) -> None:
    node = TestNode(clock=Clock(START + passed))
    settings = {"hash": "none", "start": START, "duration": 3600, "steps": 4}
    assert await share(node, settings) == expected


@pytest.mark.parametrize(
    ("hash_", "one", "same"),
    [
        ("ip", {}, {"consumer": {"id": "c-1"}}),
        ("consumer", {"consumer": {"id": "c-1"}}, {"client_ip": "192.0.2.9"}),
        ("consumer", {}, {"headers": {"x-team": "a"}}),
        ("header", {"headers": {"x-team": "a"}}, {"client_ip": "192.0.2.9"}),
        ("header", {"consumer": {"id": "c-1"}}, {"client_ip": "192.0.2.9"}),
    ],
)
async def test_a_client_stays_where_it_is(
    hash_: str, one: dict[str, Any], same: dict[str, Any]
) -> None:
    node = TestNode()
    for percentage in range(0, 101, 5):
        settings = {"hash": hash_, "hash_header": "X-Team", "percentage": percentage}
        first = await send(node, settings, **one)
        second = await send(node, settings, **{**one, **same})
        assert first.upstream == second.upstream


async def test_clients_are_spread_over_the_buckets() -> None:
    assert 0.2 < await share(TestNode(), {"hash": "ip", "percentage": 30}, 500) < 0.4


@pytest.mark.parametrize(
    ("hash_", "group", "new"),
    [("allow", "beta", True), ("allow", "x", False), ("deny", "beta", False), ("deny", "x", True)],
)
async def test_groups_are_allowed_or_denied_the_canary(hash_: str, group: str, new: bool) -> None:
    node = TestNode(collections={"acls": [{"group": group, "consumer": {"id": "c-1"}}]})
    settings = {"hash": hash_, "groups": ["beta"]}
    x = await send(node, settings, consumer={"id": "c-1"})
    assert (x.upstream is not None) == new


@pytest.mark.parametrize(
    ("value", "percentage", "new"), [("always", 0, True), ("never", 100, False)]
)
async def test_a_client_may_choose_with_a_header(value: str, percentage: int, new: bool) -> None:
    settings = {"canary_by_header_name": "X-Canary", "percentage": percentage}
    x = await send(TestNode(), settings, headers={"X-Canary": value})
    assert (x.upstream is not None) == new
    assert x.facts["canary"] is new


@pytest.mark.parametrize(
    ("settings", "upstream", "path"),
    [
        ({}, "http://new.example:8080", "/a"),
        ({"upstream_port": None}, "http://new.example:80", "/a"),
        ({"upstream_host": None}, "http://old.example:8080", "/a"),
        ({"upstream_host": None, "upstream_port": None, "upstream_uri": "/v2"}, None, "/v2"),
    ],
)
async def test_the_canary_has_a_host_a_port_or_a_path_of_its_own(
    settings: dict[str, Any], upstream: str | None, path: str
) -> None:
    x = await send(TestNode(), {"percentage": 100, **settings}, path="/a")
    assert (x.upstream, x.path) == (upstream, path)
