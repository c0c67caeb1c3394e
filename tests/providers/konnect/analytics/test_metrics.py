"""Queries of analytics: what is sent, what is refused before it is sent, what is read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.konnect.analytics.metrics import Filter, MetricsAnswer, MetricsQuery, query_metrics
from tests.providers.konnect.scripted import Script, answer

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
PLANE = "d5ac5d88-efed-4e10-9dfe-0b0a6646c219"
SERVICE = f"{PLANE}:bf16907c-8673-4f9d-aa83-1f2ea9215055"

ANSWER = {
    "data": [
        {
            "timestamp": "2026-03-04T11:00:00Z",
            "event": {"gateway_service": SERVICE, "status_code": "200", "request_count": 1000},
        },
        {
            "timestamp": "2026-03-04T12:00:00Z",
            "event": {"gateway_service": None, "status_code": "404", "request_count": 7},
        },
    ],
    "meta": {
        "start": "2026-03-04T11:00:00.000Z",
        "end": "2026-03-04T12:30:00.000Z",
        "display": {
            "gateway_service": {SERVICE: {"id": SERVICE, "name": "orders", "deleted": False}},
            "status_code": {"200": {"id": "200", "name": "200"}},
        },
        "metric_units": {"request_count": "count"},
        "granularity_ms": 3600000,
        "truncated": False,
        "limit": 50,
        "query_id": "q",
    },
}


def ask(script: Script, query: MetricsQuery) -> MetricsAnswer:
    return asyncio.run(query_metrics(script.client(), query, now=lambda: NOW))


def sent(query: MetricsQuery) -> Any:
    script = Script(answer(200, ANSWER))
    ask(script, query)
    return script.bodies[0]


def test_a_query_is_sent_to_the_geo_of_the_client() -> None:
    script = Script(answer(200, ANSWER))
    client = script.client("https://global.api.konghq.com", geo="eu")
    asyncio.run(query_metrics(client, MetricsQuery(["request_count"])))
    assert script.urls == ["POST https://eu.api.konghq.com/v2/metrics"]


def test_a_row_has_the_ids_of_its_group_and_their_names() -> None:
    found = ask(
        Script(answer(200, ANSWER)),
        MetricsQuery(["request_count"], ["gateway_service", "status_code"]),
    )
    first, second = found.rows
    assert first.event == {"gateway_service": SERVICE, "status_code": "200", "request_count": 1000}
    assert first.names == {"gateway_service": "orders", "status_code": "200"}
    assert second.names == {}
    assert second.time == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert (found.end - found.start, found.granularity) == (
        timedelta(minutes=90),
        timedelta(hours=1),
    )
    assert not found.truncated


def test_a_length_that_konnect_has_a_name_for_is_sent_by_it() -> None:
    body = sent(MetricsQuery(["request_count"], window=timedelta(days=1)))
    assert body["time_range"] == {"type": "relative", "time_range": "24h"}


def test_every_other_length_is_sent_with_its_beginning_and_end() -> None:
    body = sent(MetricsQuery(["request_count"], window=timedelta(minutes=10)))
    assert body["time_range"] == {
        "type": "absolute",
        "start": "2026-03-04T12:20:00+00:00",
        "end": "2026-03-04T12:30:00+00:00",
    }


def test_filters_are_sent_with_their_values_if_they_have_some() -> None:
    filters = [Filter("status_code", "in", [500, 503]), Filter("consumer", "not_empty")]
    assert sent(MetricsQuery(["request_count"], filters=filters))["filters"] == [
        {"field": "status_code", "operator": "in", "value": [500, 503]},
        {"field": "consumer", "operator": "not_empty"},
    ]


REFUSED: dict[str, tuple[MetricsQuery, str]] = {
    "a metric of another datasource": (MetricsQuery(["cost"]), "metrics cost are none of"),
    "four metrics": (MetricsQuery(["request_count"] * 4), "are more than 3"),
    "three dimensions": (MetricsQuery([], ["time", "route", "consumer"]), "are more than 2"),
    "an unknown dimension": (MetricsQuery([], ["region"]), "dimensions region are none of"),
    "a filter of another datasource": (
        MetricsQuery([], filters=[Filter("ai_plugin", "in", ["x"])]),
        "filter of ai_plugin is none of",
    ),
    "an entity without its control plane": (
        MetricsQuery([], filters=[Filter("route", "in", [PLANE])]),
        "is not <control plane id>:<entity id>",
    ),
    "a status code as text": (
        MetricsQuery([], filters=[Filter("status_code", "in", ["500"])]),
        "'500' is not a status code from 0 to 999",
    ),
    "a truth value as a status code": (
        MetricsQuery([], filters=[Filter("status_code", "in", [True])]),
        "True is not a status code from 0 to 999",
    ),
    "a filter without a value": (
        MetricsQuery([], filters=[Filter("route", "in")]),
        "operator 'in' needs a value",
    ),
    "an empty filter with a value": (
        MetricsQuery([], filters=[Filter("route", "empty", [SERVICE])]),
        "operator 'empty' takes no value",
    ),
    "too long ago": (MetricsQuery([], window=timedelta(days=33)), "is more than 32 days ago"),
    "too long ago for caches": (
        MetricsQuery([], window=timedelta(days=30), datasource="managed_cache_usage"),
        "is more than 7 days ago",
    ),
    "an end before the beginning": (
        MetricsQuery([], window=(NOW, NOW - timedelta(hours=1))),
        "is not after its beginning",
    ),
    "a window without a time zone": (
        MetricsQuery([], window=(NOW.replace(tzinfo=None), NOW.replace(tzinfo=None))),
        "need a time zone",
    ),
    "a granularity without time": (
        MetricsQuery([], granularity="hourly"),
        "add the dimension time",
    ),
    "a granularity too fine for the window": (
        MetricsQuery([], ["time"], window=timedelta(days=7), granularity="minutely"),
        "use thirtyMinutely, hourly, twoHourly, twelveHourly, daily",
    ),
    "a limit above Konnect's": (MetricsQuery([], limit=1001), "limit 1001 is not from 1 to 1000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_document_does_not_allow_is_refused_before_it_is_sent(case: str) -> None:
    query, message = REFUSED[case]
    script = Script(answer(200, ANSWER))
    with pytest.raises(ValueError, match=r".") as refused:
        ask(script, query)
    assert message in str(refused.value)
    assert script.requests == []


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"metrics x.*dimensions y.*limit 0"):
        ask(Script(answer()), MetricsQuery(["x"], ["y"], limit=0))


def test_a_query_above_the_rate_limit_is_sent_again_after_the_named_time() -> None:
    script = Script(answer(429, {}, Retry_After="0"), answer(200, ANSWER))
    assert len(ask(script, MetricsQuery(["request_count"])).rows) == 2
    assert len(script.requests) == 2


def test_a_query_whose_answer_is_lost_is_sent_again() -> None:
    script = Script(answer(503), answer(200, ANSWER))
    assert len(ask(script, MetricsQuery(["request_count"])).rows) == 2
