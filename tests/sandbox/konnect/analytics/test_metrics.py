"""Queries of analytics: groups, limits, times, names, refusals, the rate limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.konnect.analytics import figures, names
from sandbox.konnect.analytics.figures import CACHES, TRAFFIC, Figures
from sandbox.store import Store
from tests.sandbox.konnect.client import Answer, Json, Konnect, entities
from tests.sandbox.konnect.conftest import Wall
from tests.sandbox.konnect.test_access import issued, role

PATH = "/v2/metrics"
NOW = datetime(2027, 3, 3, 10, 40, 30, tzinfo=UTC)  # a Wednesday
PLANE = "d5ac5d88-efed-4e10-9dfe-0b0a6646c219"
SERVICE = f"{PLANE}:bf16907c-8673-4f9d-aa83-1f2ea9215055"


@pytest.fixture
def now(wall: Wall) -> Iterator[Wall]:
    wall.seconds = NOW.timestamp()
    return wall


@pytest.fixture
def konnect(store: Store, now: Wall) -> Iterator[Konnect]:
    konnect = Konnect(store, now=now)
    konnect.admin("PUT", "analytics", {"queries_per_minute": 1000})
    yield konnect
    konnect.close()


def traffic(
    store: Store, ago: timedelta = timedelta(0), *, requests: int = 1, **labels: Any
) -> None:
    """Requests of so long ago, each with a latency of 20 ms."""
    one = Figures()
    for _ in range(requests):
        one.measure(response_latency=20.0, request_size=100.0)
        one.add(requests=1, errors=int(labels.get("status_code", 200) >= 400))
        if "cache_status" in labels:
            one.add(cache_lookups=1, cache_hits=int(labels["cache_status"] == "Hit"))
    start = int((NOW - ago).timestamp()) // 10 * 10
    figures.save(store, TRAFFIC, {start: {figures.key_of(labels): one}})


def ask(konnect: Konnect, *metrics: str, **query: Any) -> Answer:
    return konnect.post(PATH, {"metrics": list(metrics or ["request_count"]), **query})


def events(answer: Answer) -> list[Json]:
    assert answer.status == 200, answer.body
    return [row["event"] for row in answer.body["data"]]


def relative(name: str, **more: str) -> Json:
    return {"type": "relative", "time_range": name, **more}


def absolute(start: datetime, end: datetime) -> Json:
    return {"type": "absolute", "start": start.isoformat(), "end": end.isoformat()}


def test_a_query_without_dimensions_has_one_row(konnect: Konnect, store: Store) -> None:
    traffic(store, status_code=200, cache_status="Hit", requests=3)
    traffic(store, status_code=500, cache_status="Miss")
    answer = ask(konnect, "request_count", "error_rate", "cache_hit_rate")
    assert events(answer) == [{"request_count": 4, "error_rate": 0.25, "cache_hit_rate": 0.75}]
    assert answer.body["meta"]["metric_units"]["request_count"] == "count"


def test_latencies_are_exact_averages_and_percentiles_of_the_histogram(
    konnect: Konnect, store: Store
) -> None:
    traffic(store, requests=10)
    answer = ask(konnect, "response_latency_average", "response_latency_p95", "request_size_sum")
    (event,) = events(answer)
    assert event["response_latency_average"] == 20
    assert event["response_latency_p95"] == pytest.approx(20, rel=0.05)
    assert event["request_size_sum"] == 1000
    assert answer.body["meta"]["metric_units"] == {
        "response_latency_average": "ms",
        "response_latency_p95": "ms",
        "request_size_sum": "bytes",
    }


def test_groups_are_by_dimensions_and_a_missing_one_is_null(konnect: Konnect, store: Store) -> None:
    traffic(store, status_code=200, gateway_service=SERVICE, requests=2)
    traffic(store, status_code=404)
    found = events(ask(konnect, dimensions=["gateway_service", "status_code_grouped"]))
    assert found == [
        {"gateway_service": SERVICE, "status_code_grouped": "2XX", "request_count": 2},
        {"gateway_service": None, "status_code_grouped": "4XX", "request_count": 1},
    ]


@pytest.mark.parametrize(
    ("test", "count"),
    [
        ({"field": "status_code", "operator": "in", "value": [200]}, 1),
        ({"field": "status_code", "operator": "not_in", "value": [200]}, 2),
        ({"field": "status_code_grouped", "operator": "in", "value": ["5xx"]}, 2),
        ({"field": "gateway_service", "operator": "in", "value": [SERVICE]}, 1),
        ({"field": "gateway_service", "operator": "empty"}, 2),
        ({"field": "gateway_service", "operator": "not_empty"}, 1),
        ({"field": "application", "operator": "empty"}, 3),
    ],
)
def test_filters_leave_series_out(konnect: Konnect, store: Store, test: Json, count: int) -> None:
    traffic(store, status_code=200, gateway_service=SERVICE)
    traffic(store, status_code=503, requests=2)
    assert events(ask(konnect, filters=[test])) == [{"request_count": count}]


def test_every_filter_must_hold(konnect: Konnect, store: Store) -> None:
    traffic(store, status_code=200)
    tests = [{"field": "status_code", "operator": "in", "value": [value]} for value in (200, 404)]
    assert events(ask(konnect, filters=tests)) == []


def test_a_geo_shows_the_traffic_of_its_control_planes(konnect: Konnect, store: Store) -> None:
    for geo, requests in (("eu", 2), ("us", 3)):
        traffic(store, geo=geo, requests=requests)
    body = {"metrics": ["request_count"]}
    eu = konnect.call("POST", PATH, body, headers={"host": "eu.api.konghq.com"})
    assert events(eu) == [{"request_count": 2}]
    assert events(ask(konnect)) == [{"request_count": 5}]


# Limits


def of_services(store: Store) -> None:
    for number in range(3):
        for status in range(3):
            requests = 10 - 3 * number - status
            traffic(store, status_code=200 + status, route=f"r{number}", requests=requests)


def test_the_first_dimension_is_cut_and_others_of_the_second_are_one(
    konnect: Konnect, store: Store
) -> None:
    of_services(store)
    answer = ask(konnect, dimensions=["route", "status_code"], limit=2)
    found = {(e["route"], e["status_code"]): e["request_count"] for e in events(answer)}
    assert found == {
        ("r0", "200"): 10,
        ("r0", "201"): 9,
        ("r0", names.OTHER): 8,
        ("r1", "200"): 7,
        ("r1", "201"): 6,
        ("r1", names.OTHER): 5,
    }
    meta = answer.body["meta"]
    assert (meta["truncated"], meta["limit"]) == (True, 2)
    assert meta["display"]["status_code"][names.OTHER]["is_other_group"] is True


def test_nothing_is_cut_within_the_limit(konnect: Konnect, store: Store) -> None:
    of_services(store)
    answer = ask(konnect, dimensions=["route"], limit=3)
    assert [event["request_count"] for event in events(answer)] == [27, 18, 9]
    assert answer.body["meta"]["truncated"] is False


# Time


def times(answer: Answer) -> tuple[str, str, int]:
    meta = answer.body["meta"]
    return meta["start"], meta["end"], meta["granularity_ms"]


def test_the_beginning_is_widened_to_a_whole_bucket(konnect: Konnect, store: Store) -> None:
    traffic(store, timedelta(hours=24, minutes=30))
    traffic(store)
    query = {"dimensions": ["time"], "granularity": "hourly", "time_range": relative("24h")}
    answer = ask(konnect, "request_count", "request_per_minute", **query)
    assert times(answer) == ("2027-03-02T10:00:00.000Z", "2027-03-03T10:40:30.000Z", 3_600_000)
    assert [row["timestamp"] for row in answer.body["data"]] == [
        "2027-03-02T10:00:00.000Z",
        "2027-03-03T10:00:00.000Z",
    ]
    first, last = events(answer)
    assert first["request_per_minute"] == pytest.approx(1 / 60, rel=1e-3)
    assert last["request_per_minute"] == pytest.approx(1 / 40.5, rel=1e-3)  # not complete yet


@pytest.mark.parametrize(
    ("given", "name", "milliseconds"),
    [
        ("tenSecondly", "15m", 10_000),
        ("tenSecondly", "24h", 300_000),
        ("minutely", "7d", 1_800_000),
        ("weekly", "30d", 604_800_000),
    ],
)
def test_a_granularity_finer_than_is_offered_becomes_the_finest(
    konnect: Konnect, given: str, name: str, milliseconds: int
) -> None:
    query = {"dimensions": ["time"], "granularity": given, "time_range": relative(name)}
    assert times(ask(konnect, **query))[2] == milliseconds


def test_a_granularity_coarser_than_is_offered_is_refused(konnect: Konnect) -> None:
    query = {"dimensions": ["time"], "granularity": "daily", "time_range": relative("1h")}
    assert ask(konnect, **query).invalid == {"granularity": "enum"}


def test_without_time_the_span_is_one_bucket_of_the_finest_width(
    konnect: Konnect, store: Store
) -> None:
    traffic(store, timedelta(minutes=15))
    traffic(store, timedelta(minutes=16))
    answer = ask(konnect, time_range=relative("15m"), granularity="minutely")
    assert times(answer)[:2] == ("2027-03-03T10:25:30.000Z", "2027-03-03T10:40:30.000Z")
    assert events(answer) == [{"request_count": 1}]


def test_an_absolute_range_with_time_is_in_whole_days_of_its_zone(konnect: Konnect) -> None:
    span = absolute(NOW - timedelta(hours=30), NOW - timedelta(hours=29))
    answer = ask(konnect, dimensions=["time"], time_range=span)
    assert times(answer) == ("2027-03-02T00:00:00.000Z", "2027-03-03T00:00:00.000Z", 86_400_000)
    zoned = ask(konnect, dimensions=["time"], time_range={**span, "tz": "America/New_York"})
    assert times(zoned)[0] == "2027-03-01T05:00:00.000Z"


def test_weeks_and_months_have_their_names(konnect: Konnect) -> None:
    week = times(ask(konnect, time_range=relative("previous_week")))
    assert week[:2] == ("2027-02-22T00:00:00.000Z", "2027-03-01T00:00:00.000Z")
    month = times(ask(konnect, time_range=relative("previous_month")))
    assert month[:2] == ("2027-02-01T00:00:00.000Z", "2027-03-01T00:00:00.000Z")


# Names


def test_a_deleted_service_keeps_its_name(konnect: Konnect, store: Store) -> None:
    plane = konnect.plane("orders")
    made = [konnect.post(entities(plane, "services"), {"name": n, "host": "h"}) for n in "ab"]
    ids = [f"{plane}:{answer.body['id']}" for answer in made]
    for id_, name in zip(ids, "ab", strict=True):
        traffic(store, gateway_service=id_, control_plane=plane)
        names.remember(store, {("", "gateway_service", id_): name})
    konnect.delete(entities(plane, f"services/{made[1].body['id']}"))
    display = ask(konnect, dimensions=["gateway_service", "control_plane"]).body["meta"]["display"]
    assert display == {
        "gateway_service": {
            ids[0]: {"id": ids[0], "name": "a", "deleted": False},
            ids[1]: {"id": ids[1], "name": "b", "deleted": True},
        },
        "control_plane": {plane: {"id": plane, "name": "orders", "deleted": False}},
    }


# Other datasources


def test_models_are_counted_apart_from_other_requests(konnect: Konnect, store: Store) -> None:
    traffic(store, status_code=200)
    one = Figures()
    one.add(requests=1, ai_requests=1, total_tokens=12, cost=0.25)
    one.measure(llm_latency=300.0)
    key = figures.key_of({"ai_plugin": "ai-proxy-advanced", "ai_provider": "openai"})
    figures.save(store, TRAFFIC, {int(NOW.timestamp()) // 10 * 10: {key: one}})
    answer = ask(
        konnect,
        "total_tokens",
        "cost",
        "llm_latency_average",
        datasource="llm_usage",
        dimensions=["ai_provider"],
    )
    values = {"total_tokens": 12, "cost": 0.25, "llm_latency_average": 300}
    assert events(answer) == [{"ai_provider": "openai", **values}]
    assert events(ask(konnect)) == [{"request_count": 2}]
    assert events(ask(konnect, datasource="agentic_usage")) == []


def test_a_managed_cache_has_its_memory_items_and_evictions(konnect: Konnect, store: Store) -> None:
    for memory, items in ((0.4, 10), (0.6, 30)):
        one = Figures()
        one.add(samples=1, items=items, evicted_keys=30, expired_keys=0)
        one.raise_to(memory=memory)
        key = figures.key_of({"provider": "aws"})
        figures.save(store, CACHES, {int(NOW.timestamp()) // 10 * 10: {key: one}})
    answer = ask(
        konnect,
        "cache_memory_utilization_max",
        "cache_items_average",
        "cache_eviction_rate",
        datasource="managed_cache_usage",
        dimensions=["provider"],
    )
    assert events(answer) == [
        {
            "provider": "aws",
            "cache_memory_utilization_max": 0.6,
            "cache_items_average": 20,
            "cache_eviction_rate": 1,
        }
    ]


# Refusals

REFUSED: dict[str, tuple[Json, str]] = {
    "no metrics": ({}, "metrics"),
    "a metric of another datasource": ({"metrics": ["cost"]}, "metrics.0"),
    "four metrics": ({"metrics": ["request_count"] * 4}, "metrics"),
    "three dimensions": ({"metrics": [], "dimensions": ["time"] * 3}, "dimensions"),
    "an unknown datasource": ({"metrics": [], "datasource": "x"}, "datasource"),
    "an unknown property": ({"metrics": [], "having": 1}, "having"),
    "a limit above 1000": ({"metrics": [], "limit": 1001}, "limit"),
    "a service without its control plane": (
        {
            "metrics": [],
            "filters": [{"field": "gateway_service", "operator": "in", "value": [PLANE]}],
        },
        "filters.0",
    ),
    "an absolute range without an end": (
        {"metrics": [], "time_range": {"type": "absolute", "start": NOW.isoformat()}},
        "time_range.end",
    ),
    "an absolute range with a property of relative ones": (
        {"metrics": [], "time_range": {**absolute(NOW, NOW), "time_range": "1h"}},
        "time_range.time_range",
    ),
    "more than 32 days ago": (
        {"metrics": [], "time_range": absolute(NOW - timedelta(days=33), NOW)},
        "time_range.start",
    ),
    "caches of more than 7 days ago": (
        {"metrics": [], "datasource": "managed_cache_usage", "time_range": relative("30d")},
        "time_range.time_range",
    ),
    "an unknown time zone": (
        {"metrics": [], "time_range": relative("1h", tz="X/Y")},
        "time_range.tz",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_document_does_not_allow_is_a_400_that_names_it(
    konnect: Konnect, case: str
) -> None:
    body, field = REFUSED[case]
    answer = konnect.post(PATH, body)
    assert answer.status == 400
    assert list(answer.invalid) == [field]


def test_a_token_without_a_role_of_analytics_gets_403(
    konnect: Konnect, holding: Callable[[str], Konnect]
) -> None:
    nobody = holding(issued(konnect, role("Control Planes", "Admin"))["token"])
    assert nobody.post(PATH, {"metrics": []}).status == 403
    viewer = holding(issued(konnect, role("Dashboards", "Viewer"))["token"])
    assert viewer.post(PATH, {"metrics": []}).status == 200


def test_the_eleventh_query_of_a_minute_is_refused_until_the_first_is_a_minute_old(
    store: Store, now: Wall
) -> None:
    konnect = Konnect(store, now=now)
    assert [ask(konnect).status for _ in range(10)] == [200] * 10
    now.seconds += 20
    refused = ask(konnect)
    assert (refused.status, refused.headers["retry-after"]) == (429, "40")
    other = Konnect(store, issued(konnect, role("Reports", "Viewer"))["token"], now=now)
    assert ask(other).status == 200
    now.seconds += 40
    assert ask(konnect).status == 200
    konnect.close()
    other.close()
