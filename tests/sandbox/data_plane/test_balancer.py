"""The balancer of an upstream: weights, hashing, and targets that are taken out and come back."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from sandbox.data_plane.balancer import TCP_FAILURE, TIMEOUT, Balancer

PASSIVE = {
    "healthy": {"http_statuses": [200], "successes": 2},
    "unhealthy": {"http_statuses": [500], "http_failures": 3, "tcp_failures": 1, "timeouts": 2},
}


def balancer(*weights: int, **upstream: Any) -> Balancer:
    targets = [{"target": f"10.0.0.{n}:80", "weight": w} for n, w in enumerate(weights, 1)]
    return Balancer(upstream, targets)


def chosen(of: Balancer, hashed: str | None = None) -> str:
    target = of.choose(hashed)
    assert target is not None
    return target.address


def test_targets_are_chosen_by_weight() -> None:
    of = balancer(300, 100, 0)
    assert Counter(chosen(of) for _ in range(40)) == {"10.0.0.1:80": 30, "10.0.0.2:80": 10}


def test_equal_values_go_to_one_target_and_different_ones_spread_by_weight() -> None:
    of = balancer(300, 100, algorithm="consistent-hashing", hash_on="ip")
    spread = Counter(chosen(of, f"10.1.{n}.1") for n in range(250))
    assert len({chosen(of, "10.1.1.1") for _ in range(10)}) == 1
    assert 2 < spread["10.0.0.1:80"] / spread["10.0.0.2:80"] < 4.5


def test_a_target_that_is_taken_out_moves_only_its_own_values() -> None:
    of = balancer(100, 100, 100, algorithm="consistent-hashing", hash_on="ip")
    before = {n: chosen(of, str(n)) for n in range(60)}
    of.targets[0].healthy = False
    moved = {n for n in before if chosen(of, str(n)) != before[n]}
    assert moved == {n for n, address in before.items() if address == "10.0.0.1:80"}


def test_least_connections_prefers_the_target_with_less_in_flight() -> None:
    of = balancer(100, 100, algorithm="least-connections")
    of.targets[0].open = 3
    assert chosen(of) == "10.0.0.2:80"


@pytest.mark.parametrize(
    ("results", "healthy"),
    [
        ([500, 500], True),
        ([500, 500, 500], False),
        ([500, 500, 200, 500], True),
        ([404, 404, 404], True),
        ([TCP_FAILURE], False),
        ([TIMEOUT], True),
        ([TIMEOUT, TIMEOUT], False),
        ([TCP_FAILURE, 200], False),
        ([TCP_FAILURE, 200, 200], True),
    ],
)
def test_a_target_is_taken_out_and_comes_back_at_the_thresholds(
    results: list[int | str], healthy: bool
) -> None:
    of = balancer(100, 100, healthchecks={"passive": PASSIVE})
    for result in results:
        of.report(of.targets[0], result)
    assert of.targets[0].healthy is healthy


def test_a_threshold_of_0_switches_a_check_off() -> None:
    of = balancer(100, healthchecks={"passive": {"unhealthy": {"http_statuses": [500]}}})
    for _ in range(50):
        of.report(of.targets[0], 500)
    assert of.healthy()


def test_successes_that_are_not_counted_do_not_end_a_row_of_failures() -> None:
    passive = {
        "healthy": {"http_statuses": [200], "successes": 0},
        "unhealthy": {"http_statuses": [500], "http_failures": 2},
    }
    of = balancer(100, healthchecks={"passive": passive})
    for result in (500, 200, 500):
        of.report(of.targets[0], result)
    assert not of.healthy()


def test_an_upstream_with_too_little_healthy_weight_has_no_target() -> None:
    of = balancer(100, 100, 100, healthchecks={"threshold": 50})
    of.targets[0].healthy = False
    assert of.choose(None) is not None
    of.targets[1].healthy = False
    assert of.choose(None) is None


def test_failover_targets_are_used_only_when_no_other_is_healthy() -> None:
    targets: list[dict[str, Any]] = [{"target": "10.0.0.1:80"}, {"target": "10.0.0.2:80"}]
    of = Balancer({}, [targets[0], {**targets[1], "failover": True}])
    assert {chosen(of) for _ in range(5)} == {"10.0.0.1:80"}
    of.targets[0].healthy = False
    assert chosen(of) == "10.0.0.2:80"


@pytest.mark.parametrize(
    ("upstream", "named"),
    [
        ({"algorithm": "least-connections", "use_srv_name": False}, []),
        ({"algorithm": "latency"}, ["upstream.algorithm"]),
        ({"use_srv_name": True}, ["upstream.use_srv_name"]),
        (
            {"healthchecks": {"active": {"healthy": {"interval": 5}, "headers": {"a": ["b"]}}}},
            ["upstream.healthchecks.active.headers"],
        ),
        ({"healthchecks": {"active": {"headers": {"a": ["b"]}}}}, []),
        (
            {"healthchecks": {"active": {"unhealthy": {"interval": 5}, "type": "grpc"}}},
            ["upstream.healthchecks.active.type"],
        ),
    ],
)
def test_settings_that_are_not_played_are_named(upstream: dict[str, Any], named: list[str]) -> None:
    assert Balancer(upstream, []).unplayed == named


def test_a_target_without_a_port_has_kongs_default() -> None:
    assert (
        Balancer({}, [{"target": "orders.internal"}]).targets[0].address == "orders.internal:8000"
    )


def test_active_checks_probe_the_healthy_and_the_unhealthy_at_their_intervals() -> None:
    active = {
        "type": "http",
        "http_path": "/alive",
        "healthy": {"interval": 5, "http_statuses": [200], "successes": 1},
        "unhealthy": {"interval": 1, "http_statuses": [500], "http_failures": 1},
    }
    of = balancer(100, healthchecks={"active": active})
    probed: list[str] = []
    slept: list[float] = []
    status = [500, 200]

    async def probe(kind: str, url: str, timeout: float) -> int | str:
        probed.append(f"{kind} {url}")
        return status.pop(0) if status else 200

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)
        if len(slept) > 4:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(of.probe(probe, sleep=sleep))
    assert set(probed) == {"http http://10.0.0.1:80/alive"}
    assert set(slept) == {5, 1}
    assert of.targets[0].healthy
