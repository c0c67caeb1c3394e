"""State that gateways share: a stack that is up, and real requests to its gateways."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import redis

from tests.integration.conftest import World

AWS, AZURE = "us-east-2", "eastus2"
LIMIT = 5


@dataclass
class Traffic:
    """Requests to the gateways of a world."""

    world: World
    warned: str
    """What the preview without a cache printed."""
    without_cache: int
    """Requests of twelve that passed in AWS without a cache."""

    @staticmethod
    def gateways(world: World) -> dict[str, Any]:
        """Start the gateways, or let them follow what has changed, and return what runs."""
        shown: dict[str, Any] = world.sandbox.admin("POST", "data-plane")
        return shown

    @staticmethod
    def passed(world: World, region: str, client: str, requests: int = 12) -> int:
        """How many requests of a client pass, sent to two gateways of a region in turn."""
        shown = Traffic.gateways(world)["gateways"]
        urls = [gateway["url"] for gateway in shown if gateway["region"] == region][:2]
        assert len(urls) == 2
        statuses = []
        for number in range(requests):
            url = f"{urls[number % 2]}/orders"
            statuses.append(httpx.get(url, headers={"X-Forwarded-For": client}).status_code)
            time.sleep(0.15)  # three times the sync rate
        assert set(statuses) <= {200, 429}
        return statuses.count(200)


def konnect(world: World, collection: str, body: dict[str, Any]) -> None:
    """Create a core entity in the control plane, as a team that has an API does."""
    plane = world.outputs("dev")["control_planes"]["main"]["id"]
    url = f"{world.sandbox.endpoint['konnect_url']}/v2/control-planes/{plane}/core-entities"
    headers = {"Authorization": f"Bearer {world.sandbox.token}"}
    httpx.post(f"{url}/{collection}", json=body, headers=headers).raise_for_status()


@pytest.fixture(scope="module")
def traffic(make_shared_world: Callable[..., World]) -> Traffic:
    """Dev without a cache, then with one: a limit of five requests a minute for everybody."""
    world = make_shared_world(speed=2000)

    def without(settings: dict[str, Any]) -> None:
        settings["cache"] = None
        settings["rate_limit"] = {"limit": LIMIT, "window_size": 60}

    def shared(settings: dict[str, Any]) -> None:
        del settings["cache"]
        settings["rate_limit"]["sync_rate"] = 0.05

    world.settings("dev", without)
    world.init("dev")
    warned = world.up("dev", preview=True)
    konnect(world, "services", {"name": "orders", "host": "orders.example.com"})
    konnect(world, "services/orders/routes", {"name": "orders", "paths": ["/orders"]})
    passed = Traffic.passed(world, AWS, "192.0.2.1")
    world.settings("dev", shared)
    world.up("dev")
    return Traffic(world, warned, passed)


def test_a_limit_holds_over_the_gateways_of_a_region_with_a_cache_only(traffic: Traffic) -> None:
    assert traffic.without_cache == 2 * LIMIT
    assert "rate_limit" in traffic.warned
    assert "each gateway counts for itself" in traffic.warned
    assert Traffic.passed(traffic.world, AWS, "192.0.2.2") == LIMIT


def test_the_limit_of_another_region_counts_for_itself(traffic: Traffic) -> None:
    assert Traffic.passed(traffic.world, AZURE, "192.0.2.2") == LIMIT


def test_a_cached_response_is_served_by_another_gateway_of_the_region(traffic: Traffic) -> None:
    world = traffic.world
    partial = world.outputs("dev")["control_planes"]["main"]["cache_partial_id"]
    unlimited = {"limit": [1000], "window_size": [60], "strategy": "local", "sync_rate": -1}
    content = {"strategy": "redis", "content_type": ["application/json; charset=utf-8"]}
    konnect(world, "services", {"name": "prices", "host": "prices.example.com"})
    konnect(world, "services/prices/routes", {"name": "prices", "paths": ["/prices"]})
    konnect(
        world, "services/prices/plugins", {"name": "rate-limiting-advanced", "config": unlimited}
    )
    konnect(
        world,
        "services/prices/plugins",
        {"name": "proxy-cache-advanced", "config": content, "partials": [{"id": partial}]},
    )
    shown = Traffic.gateways(world)["gateways"]
    first, second, *_ = [gateway["url"] for gateway in shown if gateway["region"] == AWS]
    miss = httpx.get(f"{first}/prices")
    assert miss.headers["X-Cache-Status"] == "Miss"
    time.sleep(0.5)
    hit = httpx.get(f"{second}/prices")
    assert (hit.headers["X-Cache-Status"], hit.json()) == ("Hit", miss.json())


def test_requests_pass_while_redis_is_down_and_it_heals(traffic: Traffic) -> None:
    world = traffic.world
    shown = Traffic.gateways(world)
    (gateway, *_) = [gateway for gateway in shown["gateways"] if gateway["region"] == AZURE]
    servers = {server["key"]: server for server in shown["redis"]}
    server = servers[gateway["redis"][0]]
    with redis.Redis(host=server["host"], port=server["port"]) as client:
        os.kill(client.info()["process_id"], signal.SIGKILL)
    assert httpx.get(f"{gateway['url']}/orders").status_code in (200, 429)
    deadline = time.monotonic() + 15
    while True:
        again = {one["key"]: one for one in Traffic.gateways(world)["redis"]}[server["key"]]
        if again["running"] and again["starts"] == server["starts"] + 1:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with redis.Redis(host=again["host"], port=again["port"]) as client:
        while not client.dbsize():
            assert httpx.get(f"{gateway['url']}/orders").status_code in (200, 429)
            assert time.monotonic() < deadline
            time.sleep(0.1)
