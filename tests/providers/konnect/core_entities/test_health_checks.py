"""Functions that write health checks: what Konnect makes of them, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import providers.konnect
from providers.base.errors import ProviderError
from providers.base.model import check
from providers.konnect import plugins
from providers.konnect.core_entities.health_checks import active, circuit_breaker, passive
from providers.konnect.core_entities.upstream import GatewayUpstreamInputs
from sandbox.clock import VirtualClock
from sandbox.store import Store
from tests.providers.konnect.example import PLANE, Props
from tests.sandbox.konnect.client import Konnect, entities


@pytest.fixture
def konnect() -> Iterator[Konnect]:
    """The sandbox's Konnect, in this process."""
    store = Store(":memory:", VirtualClock(speed=0))
    client = Konnect(store)
    yield client
    client.close()
    store.close()


def refusal(function: Callable[..., Any], **arguments: Any) -> str:
    """The message of the one error of a call."""
    with pytest.raises(ProviderError) as error:
        function(**arguments)
    return str(error.value)


def stored(konnect: Konnect, checks: Props) -> Props:
    """The health checks of an upstream, as Konnect has completed them."""
    inputs: Props = {"name": "orders.internal", "healthchecks": checks}
    assert check(GatewayUpstreamInputs, {"control_plane_id": PLANE, **inputs}).failures == []
    answer = konnect.post(entities(konnect.plane(), "upstreams"), inputs)
    assert answer.status == 201, answer.body
    found: Props = answer.body["healthchecks"]
    return found


def test_a_circuit_breaker_opens_on_traffic_and_closes_by_probes(konnect: Konnect) -> None:
    checks = stored(konnect, circuit_breaker(failures=5, timeouts=2, http_path="/health"))
    assert checks["passive"]["unhealthy"] == {
        "http_failures": 5,
        "tcp_failures": 5,
        "timeouts": 2,
        "http_statuses": [500, 502, 503, 504],
    }
    probes = checks["active"]
    assert (probes["healthy"]["interval"], probes["unhealthy"]["interval"]) == (10, 10)
    assert (probes["http_path"], probes["healthy"]["successes"]) == ("/health", 2)


def test_probes_take_a_target_out_too_because_konnect_may_have_no_passive_checks() -> None:
    checks = circuit_breaker(failures=5, timeouts=2)
    counted = checks["passive"]["unhealthy"]
    assert checks["active"]["unhealthy"] == {**counted, "interval": 10}
    only_requests = circuit_breaker(failures=5, probe_interval=0)["active"]
    assert (only_requests["healthy"]["interval"], only_requests["unhealthy"]) == (
        0,
        {"interval": 10},
    )


def test_a_good_response_sets_the_failures_back_to_zero() -> None:
    """With 0 successes, failures would be counted over all time: Kong ignores good responses."""
    assert circuit_breaker(failures=5, successes=3)["passive"]["healthy"] == {"successes": 3}
    assert passive(http_failures=5)["passive"]["healthy"] == {"successes": 2}


def test_timeouts_count_as_failures_unless_they_have_a_number() -> None:
    assert circuit_breaker(failures=5)["passive"]["unhealthy"]["timeouts"] == 5
    assert circuit_breaker(failures=5, timeouts=0)["passive"]["unhealthy"]["timeouts"] == 0


def test_active_and_passive_checks_are_combined(konnect: Konnect) -> None:
    probes = active(
        interval=5,
        unhealthy_interval=2.5,
        type="https",
        http_path="/ready",
        headers={"x-probe": ["kong"]},
        healthy_statuses=[200],
        https_sni="orders.internal",
    )
    checks = stored(konnect, {**probes, **passive(tcp_failures=3), "threshold": 50})
    assert checks["active"]["healthy"] == {"interval": 5, "successes": 2, "http_statuses": [200]}
    assert checks["active"]["unhealthy"]["interval"] == 2.5
    assert checks["active"]["headers"] == {"x-probe": ["kong"]}
    assert checks["passive"]["unhealthy"]["tcp_failures"] == 3
    assert checks["threshold"] == 50


def test_unhealthy_targets_are_probed_as_often_as_healthy_ones_unless_written() -> None:
    assert active(interval=7)["active"]["unhealthy"]["interval"] == 7


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (active, {"interval": -1}, ["active.healthy.interval: -1", "active.unhealthy.interval"]),
        (active, {"interval": 5, "http_path": "health"}, ["active.http_path: 'health'"]),
        (active, {"interval": 5, "type": "icmp"}, ["active.type: 'icmp'"]),
        (active, {"interval": 5, "concurrency": 0}, ["active.concurrency: 0"]),
        (active, {"interval": 0}, ["active.unhealthy.interval: 0 never brings a target back"]),
        (active, {"interval": 5, "successes": 0}, ["active.healthy.successes: 0 never brings"]),
        (
            active,
            {"interval": 5, "http_failures": 0, "tcp_failures": 0, "timeouts": 0},
            ["active.unhealthy: no failure is counted"],
        ),
        (passive, {}, ["passive.unhealthy: no failure is counted"]),
        (passive, {"http_failures": 256}, ["passive.unhealthy.http_failures: 256"]),
        (
            passive,
            {"timeouts": 1, "unhealthy_statuses": [99, 1000]},
            ["http_statuses.0: 99", "http_statuses.1: 1000"],
        ),
        (
            circuit_breaker,
            {"failures": 300, "retry_interval": -5, "http_path": "x"},
            [
                "passive.unhealthy.http_failures: 300",
                "active.unhealthy.interval: -5",
                "active.http_path: 'x'",
            ],
        ),
        (
            circuit_breaker,
            {"failures": 0, "retry_interval": 0, "successes": 0},
            ["no failure is counted", "interval: 0 never brings", "successes: 0 never brings"],
        ),
    ],
)
def test_all_that_is_wrong_is_one_error(
    function: Callable[..., Any], arguments: Props, words: list[str]
) -> None:
    message = refusal(function, **arguments)
    assert all(word in message for word in words), message
    assert message.startswith(("active health checks: ", "passive health ", "circuit breaker: "))


PAGE = (Path(__file__).parents[4] / "docs" / "plugins.md").read_text()


def test_the_page_combines_checks_that_konnect_takes(konnect: Konnect) -> None:
    (example,) = (text for text in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "**" in text)
    names: Props = {"konnect": providers.konnect}
    exec(compile(example, "docs/plugins.md", "exec"), names)
    checks = stored(konnect, names["healthchecks"])
    assert (checks["threshold"], checks["active"]["type"]) == (50, "https")


def test_the_page_shows_the_message_of_a_value_that_is_out_of_range() -> None:
    assert refusal(circuit_breaker, failures=300).split(";")[0] in PAGE


def test_the_page_has_every_typed_function() -> None:
    table = PAGE.partition("## Functions")[2].partition("## What is checked")[0]
    assert set(plugins.__all__) <= set(re.findall(r"`(\w+)`", table))
