"""State that the gateways of a region share: real Redis servers, one for each region."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from typing import Any

import pytest
import redis

from tests.sandbox.data_plane.gateways import Gateways, Plane, until
from tests.sandbox.konnect.client import Konnect

LIMIT: dict[str, Any] = {"limit": [5], "window_size": [10_000_000], "window_type": "fixed"}
"""A window of 115 days, because a fixed window may end between two requests of a test."""


def limited(plane: Plane, **config: Any) -> None:
    """A limit of five in a window for all routes, counted in the managed cache."""
    settings = {**LIMIT, "strategy": "redis", "sync_rate": 0, **config}
    plane.write(
        "plugins",
        name="rate-limiting-advanced",
        config=settings,
        partials=[{"id": plane.partial(), "path": "config.redis"}],
    )


def passed(gateways: Gateways, region: str, requests: int = 12) -> int:
    """How many requests pass, sent to the gateways of a region in turn."""
    names = gateways.names(region)
    answers = [
        gateways.get("/orders", names[number % len(names)]).status_code
        for number in range(requests)
    ]
    assert set(answers) <= {200, 429}
    return answers.count(200)


def test_a_limit_in_redis_holds_over_the_gateways_of_a_region(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect, "us-east-2", cache=True)
    plane.api()
    limited(plane)
    gateways.start()
    assert passed(gateways, "us-east-2") == 5


def test_two_regions_do_not_share(konnect: Konnect, gateways: Gateways) -> None:
    plane = Plane(konnect, "us-east-2", "eu-west-1", cache=True)
    plane.api()
    limited(plane)
    gateways.start()
    assert len(gateways.shown["redis"]) == 2
    assert (passed(gateways, "us-east-2"), passed(gateways, "eu-west-1")) == (5, 5)


def test_a_limit_in_memory_does_not_hold_over_the_gateways_of_a_region(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect, "us-east-2")
    plane.api()
    plane.write("plugins", name="rate-limiting-advanced", config={**LIMIT, "strategy": "local"})
    gateways.start()
    assert gateways.shown["redis"] == []
    assert passed(gateways, "us-east-2", requests=18) == 15


def test_a_response_that_one_gateway_cached_is_served_by_another(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect, "us-east-2", cache=True)
    plane.api()
    plane.write(
        "plugins",
        name="proxy-cache-advanced",
        config={"strategy": "redis", "content_type": ["application/json; charset=utf-8"]},
        partials=[{"id": plane.partial(), "path": "config.redis"}],
    )
    gateways.start()
    first, second, *_ = gateways.names("us-east-2")
    miss = gateways.get("/orders", first)
    hit = until(
        lambda: (
            (answer := gateways.get("/orders", second)).headers["X-Cache-Status"] == "Hit"
            and answer
        )
    )
    assert (miss.headers["X-Cache-Status"], hit.json()) == ("Miss", miss.json())
    assert hit.headers["X-Sandbox-Node"] == second


def client(gateways: Gateways) -> redis.Redis:
    (server,) = gateways.shown["redis"]
    return redis.Redis(host=server["host"], port=server["port"])


def test_a_redis_that_is_killed_during_load_lets_requests_pass_and_is_back_soon(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect, "us-east-2", cache=True)
    plane.api()
    limited(plane, limit=[1000])
    gateways.start()
    with client(gateways) as server:
        pid = int(server.info()["process_id"])
    answers: list[int] = []
    ended = threading.Event()

    def load() -> None:
        while not ended.is_set():
            answers.append(gateways.get("/orders").status_code)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        until(lambda: len(answers) > 5)
        os.kill(pid, signal.SIGKILL)
        until(lambda: gateways.shown["redis"][0]["starts"] == 2)
        until(lambda: counts(gateways))
    finally:
        ended.set()
        thread.join()
    assert set(answers) == {200}


def counts(gateways: Gateways) -> bool:
    """Whether the Redis answers and has a counter."""
    with contextlib.suppress(redis.ConnectionError), client(gateways) as server:
        return bool(server.dbsize())
    return False


def test_a_redis_that_is_held_down_stays_down_until_it_is_released(
    konnect: Konnect, gateways: Gateways
) -> None:
    Plane(konnect, "us-east-2", cache=True)
    gateways.start()
    (server,) = gateways.shown["redis"]
    supervisor = gateways.plane.supervisor
    assert supervisor is not None
    assert gateways.plane.run(supervisor.hold_redis(server["key"], down=True))
    time.sleep(0.6)
    assert not gateways.shown["redis"][0]["running"]
    assert gateways.plane.run(supervisor.hold_redis(server["key"], down=False))
    again = gateways.shown["redis"][0]
    assert (again["running"], again["port"]) == (True, server["port"])
    assert not gateways.plane.run(supervisor.hold_redis("nobody", down=True))


def test_a_group_that_joins_gets_a_redis_when_its_cache_is_ready(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect, "us-east-2", cache=True)
    gateways.start()
    first = gateways.shown["redis"]
    networks = [konnect.network(region=region) for region in ("us-east-2", "eu-west-1")]
    konnect.configuration(plane.id, *(konnect.group(network) for network in networks))
    konnect.wait(11)
    until(lambda: gateways.names("eu-west-1"))
    assert len(gateways.shown["redis"]) <= len(first) + 1
    konnect.wait(16)
    until(lambda: len(gateways.shown["redis"]) >= 2)


def test_without_a_managed_cache_a_reference_leads_nowhere_and_the_limit_counts_on(
    konnect: Konnect, gateways: Gateways
) -> None:
    plane = Plane(konnect, "us-east-2")
    plane.api()
    reference = "{vault://env/ADDON_MANAGED_CACHE_HOST}"
    plane.write(
        "plugins",
        name="rate-limiting-advanced",
        config={**LIMIT, "strategy": "redis", "sync_rate": 0, "redis": {"host": reference}},
    )
    gateways.start()
    answer = gateways.get("/orders")
    assert answer.status_code == 200
    assert reference in answer.headers["X-Sandbox-Unsupported-Plugins"]


@pytest.mark.parametrize("host", ["10.9.9.9", "redis.example.com"])
def test_a_redis_at_an_address_that_no_path_leads_to_is_not_called(
    konnect: Konnect, gateways: Gateways, host: str
) -> None:
    plane = Plane(konnect, "us-east-2")
    plane.api()
    patient = {"host": host, "connect_timeout": 600_000, "read_timeout": 600_000}
    plane.write(
        "plugins",
        name="rate-limiting-advanced",
        config={**LIMIT, "strategy": "redis", "sync_rate": 0, "redis": patient},
    )
    gateways.start()
    # A call of such an address would wait for longer than the client of the test does.
    assert gateways.get("/orders").status_code == 200


def test_without_a_redis_server_on_the_machine_gateways_run_and_the_problem_is_shown(
    konnect: Konnect, gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = Plane(konnect, "us-east-2", cache=True)
    plane.api()
    limited(plane)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    gateways.start()
    assert "no redis-server or valkey-server is on PATH" in gateways.shown["problem"]
    assert gateways.get("/orders").status_code == 200
