"""The gate: what the figures of Konnect analytics allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.release import Gate, ReleaseRefused
from components.release import gate as gates
from components.release.gate import Figures, Watched, gate_problems
from providers.base.errors import TransportError
from providers.konnect.analytics.metrics import MetricsAnswer, MetricsQuery, MetricsRow
from providers.konnect.client import Client
from tests.components.release.stage import Stage
from tests.components.release.test_canary import canary

NOW = datetime.now(UTC)
STABLE, NEW = {"a": "10.0.1.10"}, {"b": "10.0.2.10"}
SHARED = Watched("aws", "orders", "plane:service", 10.0)
EXACT = Watched("aws", "orders-green", "plane:service", 100.0)


def said(watched: Watched, figures: Figures, **gate: Any) -> list[str]:
    return list(gate_problems(Gate(**gate), "v2", [watched], {watched.id: figures}))


def test_a_version_with_a_service_of_its_own_is_judged_by_its_exact_figures() -> None:
    assert said(EXACT, Figures(512, 5)) == []
    (problem,) = said(EXACT, Figures(512, 60))
    assert problem == (
        "control plane aws: 11.7 % of 512 requests to version 'v2' in the last 15m were answered "
        "5xx, at most 1 % are allowed"
    )


def test_every_error_of_a_shared_service_counts_as_one_of_the_new_version() -> None:
    (problem,) = said(SHARED, Figures(2000, 20))
    assert "10.0 % of about 200 requests to version 'v2'" in problem
    assert "20 of 2000 requests of service 'orders' were answered 5xx" in problem
    assert "Konnect has no figures of targets" in problem


def test_errors_below_the_baseline_of_the_stable_version_do_not_count() -> None:
    assert said(SHARED, Figures(2000, 20), baseline_error_rate=1.2) == []
    (problem,) = said(SHARED, Figures(2000, 25), baseline_error_rate=1.0)
    assert "3.5 % of about 200 requests" in problem


def test_too_few_requests_are_a_reason_to_refuse() -> None:
    (problem,) = said(SHARED, Figures(500, 0))
    assert "answered about 50 requests" in problem
    assert "at least 100 are needed" in problem
    assert said(SHARED, Figures(500, 0), min_requests=50) == []


def test_the_slowest_percent_of_a_shared_service_is_held_against_the_limit() -> None:
    figures = Figures(2000, 0, p95_ms=900, p99_ms=1500)
    assert said(SHARED, figures) == []
    (problem,) = said(SHARED, figures, max_p95_ms=1000)
    assert "99 % of the responses of service 'orders', which the versions share" in problem
    assert "up to 1500 ms" in problem
    assert said(EXACT, figures, max_p95_ms=1000) == []
    (problem,) = said(EXACT, figures, max_p95_ms=800)
    assert "95 % of the responses of version 'v2' took up to 900 ms" in problem


def test_a_control_plane_with_errors_is_not_hidden_by_another_with_more_requests() -> None:
    big = Watched("aws", "orders", "1:1", 10.0)
    small = Watched("gcp", "orders", "2:2", 10.0)
    figures = {"1:1": Figures(100_000, 0), "2:2": Figures(100, 10)}
    (problem,) = gate_problems(Gate(), "v2", [big, small], figures)
    assert problem.startswith("control plane gcp: 100.0 % of about 10 requests")


class Analytics:
    """Answers of Konnect analytics: requests and errors of the last minutes, by service."""

    def __init__(self, requests: int, errors: int, at: datetime = NOW) -> None:
        self.requests, self.errors, self.at = requests, errors, at
        self.queries: list[MetricsQuery] = []

    async def __call__(
        self, client: Client, query: MetricsQuery, *, now: Callable[[], datetime]
    ) -> MetricsAnswer:
        self.queries.append(query)
        errors = any(one.field == "status_code_grouped" for one in query.filters)
        (services,) = (one.value for one in query.filters if one.field == "gateway_service")
        count = self.errors if errors else self.requests
        rows = [self._row(query.dimensions, str(service), count) for service in services]
        start = self.at - timedelta(minutes=15)
        return MetricsAnswer(rows, start, self.at, timedelta(seconds=10), truncated=False)

    def _row(self, dimensions: Sequence[str], service: str, count: int) -> MetricsRow:
        event: dict[str, str | float | None] = {"gateway_service": service, "request_count": count}
        event |= {"upstream_latency_p95": 20.0, "upstream_latency_p99": 30.0}
        return MetricsRow(self.at, event, {"gateway_service": "orders"})


@pytest.fixture
def analytics(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Analytics]:
    """Put figures into the place of Konnect's."""

    def use(requests: int, errors: int, at: datetime = NOW) -> Analytics:
        found = Analytics(requests, errors, at)
        monkeypatch.setattr(gates, "query_metrics", found)
        return found

    return use


def gated(share: int, **gate: Any) -> dict[str, Any]:
    return canary(STABLE, NEW, share, gate=gate)


def test_the_first_up_and_the_first_step_ask_nobody(
    stage: Stage, analytics: Callable[..., Analytics]
) -> None:
    planes = {"main": stage.plane()}
    asked = analytics(0, 0)
    for share in (0, 10, 10):
        stage.up(gated(share), planes)
    assert asked.queries == []


def test_a_version_that_answers_500_is_stopped_with_its_figures_and_the_way_back(
    stage: Stage, analytics: Callable[..., Analytics]
) -> None:
    planes = {"main": stage.plane()}
    stage.up(gated(10), planes)
    asked = analytics(requests=5120, errors=60)
    before = stage.weights(planes["main"])
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(gated(50), planes)
    assert str(refused.value).splitlines() == [
        "refused: release orders: control plane main: 11.7 % of about 512 requests to version "
        "'v2' in the last 15m were answered 5xx, at most 1 % are allowed (60 of 5120 requests of "
        "service 'orders' were answered 5xx, and the version has 10 % of them; Konnect has no "
        "figures of targets, so each 5xx above 0 % of the others counts)",
        "roll back: pulumi up --config release:rollback=orders",
    ]
    assert len(asked.queries) == 2
    assert stage.weights(planes["main"]) == before
    stage.up(gated(50), planes, config={"release:rollback": "orders"})
    assert stage.weights(planes["main"])["10.0.2.10:8000"] == 0
    assert len(asked.queries) == 2


def test_a_version_without_errors_goes_on(
    stage: Stage, analytics: Callable[..., Analytics]
) -> None:
    planes = {"main": stage.plane()}
    stage.up(gated(10), planes)
    asked = analytics(requests=5120, errors=3)
    stage.up(gated(50, max_p95_ms=50), planes)
    assert stage.weights(planes["main"]) == {"10.0.1.10:8000": 50, "10.0.2.10:8000": 50}
    assert len(asked.queries) == 3


def test_requests_before_the_last_step_say_nothing_about_the_share_of_now(
    stage: Stage, analytics: Callable[..., Analytics]
) -> None:
    planes = {"main": stage.plane()}
    stage.konnect.store.clock.continue_from(NOW.timestamp() - 60)
    stage.up(gated(10), planes)
    analytics(requests=5120, errors=0, at=NOW - timedelta(minutes=5))
    with pytest.raises(ReleaseRefused, match="answered about 0 requests"):
        stage.up(gated(50), planes)


@pytest.mark.parametrize(
    ("window", "services", "granularity"),
    [("15m", 1, "tenSecondly"), ("15m", 12, "thirtySecondly"), ("12h", 3, "fiveMinutely")],
)
def test_the_figures_of_all_control_planes_fit_into_one_answer(
    window: str, services: int, granularity: str
) -> None:
    assert gates.granularity(gates.WINDOWS[window], services) == granularity


def test_figures_that_cannot_be_read_refuse_the_step_by_name(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> MetricsAnswer:
        raise TransportError("reading analytics of api_usage: no connection")

    planes = {"main": stage.plane()}
    stage.up(gated(10), planes)
    monkeypatch.setattr(gates, "query_metrics", fails)
    with pytest.raises(ReleaseRefused) as refused:
        stage.up(gated(50), planes)
    assert "the figures of version 'v2' cannot be read: reading analytics" in str(refused.value)
    assert "write gate: none" in str(refused.value)
    stage.up({**gated(50), "gate": "none"}, planes)
    assert stage.weights(planes["main"])["10.0.2.10:8000"] == 50
