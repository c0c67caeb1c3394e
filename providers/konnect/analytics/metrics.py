"""Queries of Konnect's analytics. Source: `POST /v2/metrics`, document version 4.2.3.

    answer = await query_metrics(
        client, MetricsQuery(["request_count", "error_rate"], dimensions=["gateway_service"])
    )
    for row in answer.rows:
        print(row.names["gateway_service"], row.event["request_count"])

Konnect allows 10 queries a minute for each user. It answers further ones with 429, which the client
retries after the time that the answer names. So ask for three metrics and two dimensions at once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from providers.base.http import Json, ambiguous_attempts
from providers.konnect.analytics.vocabulary import (
    DATASOURCES,
    FILTER_VALUES,
    GRANULARITIES,
    MOST_DIMENSIONS,
    MOST_GROUPS,
    MOST_METRICS,
    OPERATORS,
    RANGE_GRANULARITIES,
    RELATIVE_RANGES,
    VOCABULARIES,
    Datasource,
    Operator,
    Vocabulary,
)
from providers.konnect.client import Client

PATH = "/v2/metrics"

Window = timedelta | tuple[datetime, datetime]


@dataclass(frozen=True)
class Filter:
    """A condition on a dimension.

    ``value`` holds the accepted values of `in` and `not_in`. `empty` and `not_empty` have none.
    Ids of entities are ``<control plane id>:<entity id>``, and status codes are integers.
    """

    field: str
    operator: Operator = "in"
    value: Sequence[str | int] = ()


@dataclass(frozen=True)
class MetricsQuery:
    """One query of a datasource.

    ``metrics``: at most 3; ``dimensions``: at most 2; every filter must hold. ``window`` is a
    length of time until now, or a beginning and an end with their time zones. It begins at most
    32 days ago, for ``managed_cache_usage`` 7. ``granularity`` needs the dimension ``time``; which
    ones there are depends on the window. ``limit`` is the most groups of the answer, up to 1000.

    Konnect has names for windows of 15 minutes, 1, 6, 12 and 24 hours, 7 and 30 days until now.
    Every other window is sent with its beginning and end, and Konnect groups its times by day.
    """

    metrics: Sequence[str]
    dimensions: Sequence[str] = ()
    filters: Sequence[Filter] = ()
    window: Window = timedelta(hours=1)
    granularity: str | None = None
    datasource: Datasource = "api_usage"
    limit: int = 50


@dataclass(frozen=True)
class MetricsRow:
    """The figures of one group.

    ``time`` is the beginning of its bucket: of the whole window, unless ``time`` is a dimension.
    ``event`` has the metrics and the dimensions by name. Ids of services, routes, consumers and
    nodes are ``<control plane id>:<entity id>``. Latencies are in milliseconds and sizes in bytes.
    The document gives no scale for the rates of errors, cache hits and memory: the sandbox has
    shares from 0 to 1. Where it matters, count by ``status_code_grouped`` or ``cache_status``. None
    is a request without the dimension, and a metric of which nothing was measured. ``names`` has
    the display name of each dimension's id.
    """

    time: datetime
    event: Mapping[str, str | float | None]
    names: Mapping[str, str]


@dataclass(frozen=True)
class MetricsAnswer:
    """The rows of a query, and what they cover.

    ``start`` and ``end`` may lie outside the window that was asked for: Konnect widens it to whole
    buckets. ``granularity`` is the width of a bucket, without the dimension ``time`` that of the
    whole window. ``truncated`` says that there are more groups than the query's limit.
    """

    rows: Sequence[MetricsRow]
    start: datetime
    end: datetime
    granularity: timedelta
    truncated: bool


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def query_metrics(
    client: Client, query: MetricsQuery, *, now: Callable[[], datetime] = _utc_now
) -> MetricsAnswer:
    """Send a query to the client's geo, without blocking the event loop.

    Raises ValueError that names everything in the query that the document does not allow, before
    anything is sent; else the errors of ``HttpClient.request``.
    """
    at = now()
    problems = list(_problems(query, at))
    if problems:
        raise ValueError(f"a query of {query.datasource}: " + "; ".join(problems))
    found = await asyncio.to_thread(_post, client, _body(query, at))
    return _answer(found, query.dimensions)


def _post(client: Client, body: Json) -> Json:
    # A query changes nothing, so a lost answer is asked for again.
    action = f"reading analytics of {body['datasource']}"
    for attempt in ambiguous_attempts():
        with attempt:
            return client.post(PATH, action, body, regional=True)
    raise AssertionError("the retry loop ends by return or raise")


# The query


def _problems(query: MetricsQuery, now: datetime) -> Iterator[str]:
    if query.datasource not in DATASOURCES:
        yield f"datasource {query.datasource!r} is none of {', '.join(DATASOURCES)}"
        return
    known = VOCABULARIES[query.datasource]
    yield from _unknown("metrics", query.metrics, known.metrics, MOST_METRICS)
    yield from _unknown("dimensions", query.dimensions, known.dimensions, MOST_DIMENSIONS)
    for one in query.filters:
        yield from _filter_problems(one, known)
    if not 1 <= query.limit <= MOST_GROUPS:
        yield f"limit {query.limit} is not from 1 to {MOST_GROUPS}"
    yield from _window_problems(query.window, known, now)
    yield from _granularity_problems(query)


def _unknown(kind: str, given: Sequence[str], known: frozenset[str], most: int) -> Iterator[str]:
    unknown = [name for name in given if name not in known]
    if unknown:
        yield f"{kind} {', '.join(unknown)} are none of {', '.join(sorted(known))}"
    if len(given) > most:
        yield f"{len(given)} {kind} ({', '.join(given)}) are more than {most}"


def _filter_problems(one: Filter, known: Vocabulary) -> Iterator[str]:
    where = f"filter of {one.field}"
    if one.field not in known.filters:
        yield f"{where} is none of {', '.join(sorted(known.filters))}"
        return
    if one.operator not in OPERATORS:
        yield f"{where}: operator {one.operator!r} is none of {', '.join(OPERATORS)}"
        return
    takes_values = one.operator in ("in", "not_in")
    if takes_values and not one.value:
        yield f"{where}: operator {one.operator!r} needs a value"
    if not takes_values and one.value:
        yield f"{where}: operator {one.operator!r} takes no value"
    wanted = FILTER_VALUES[one.field]
    for value in one.value:
        if wanted.integer:
            fits = type(value) is int and 0 <= value <= 999
        else:
            fits = isinstance(value, str) and (
                wanted.pattern is None or re.fullmatch(wanted.pattern, value) is not None
            )
        if not fits:
            yield f"{where}: value {value!r} is not {wanted.example}"


def _window_problems(window: Window, known: Vocabulary, now: datetime) -> Iterator[str]:
    if isinstance(window, tuple) and any(moment.tzinfo is None for moment in window):
        yield "window: its beginning and its end need a time zone"
        return
    start, end = _bounds(window, now)
    if start >= end:
        yield f"window: its end {end.isoformat()} is not after its beginning {start.isoformat()}"
    if start < now - timedelta(days=known.days):
        yield f"window: its beginning {start.isoformat()} is more than {known.days} days ago"


def _granularity_problems(query: MetricsQuery) -> Iterator[str]:
    wanted = query.granularity
    if wanted is None:
        return
    if wanted not in GRANULARITIES:
        yield f"granularity {wanted!r} is none of {', '.join(GRANULARITIES)}"
    elif "time" not in query.dimensions:
        yield f"granularity {wanted!r} has no effect: add the dimension time"
    elif wanted not in (possible := granularities_of(query.window)):
        yield f"granularity {wanted!r} is not offered for the window: use {', '.join(possible)}"


def granularities_of(window: Window) -> tuple[str, ...]:
    """The granularities of a window, from the finest."""
    if isinstance(window, tuple) or window not in RELATIVE_RANGES:
        return ("daily",)
    names = list(GRANULARITIES)
    finest, coarsest = RANGE_GRANULARITIES[window]
    return tuple(names[names.index(finest) : names.index(coarsest) + 1])


def _bounds(window: Window, now: datetime) -> tuple[datetime, datetime]:
    return window if isinstance(window, tuple) else (now - window, now)


def _body(query: MetricsQuery, now: datetime) -> Json:
    body: Json = {
        "datasource": query.datasource,
        "metrics": list(query.metrics),
        "dimensions": list(query.dimensions),
        "filters": [_filter(one) for one in query.filters],
        "time_range": _time_range(query.window, now),
        "limit": query.limit,
    }
    if query.granularity is not None:
        body["granularity"] = query.granularity
    return body


def _filter(one: Filter) -> Json:
    body: Json = {"field": one.field, "operator": one.operator}
    return {**body, "value": list(one.value)} if one.value else body


def _time_range(window: Window, now: datetime) -> Json:
    if isinstance(window, timedelta) and window in RELATIVE_RANGES:
        return {"type": "relative", "time_range": RELATIVE_RANGES[window]}
    start, end = (moment.astimezone(UTC).isoformat() for moment in _bounds(window, now))
    return {"type": "absolute", "start": start, "end": end}


# The answer


def _answer(found: Json, dimensions: Sequence[str]) -> MetricsAnswer:
    meta = found["meta"]
    display = meta["display"]
    shown = [name for name in dimensions if name != "time"]
    rows = []
    for row in found["data"]:
        event = dict(row["event"])
        names = {
            name: entry["name"]
            for name in shown
            if (entry := display.get(name, {}).get(str(event.get(name)))) is not None
        }
        rows.append(MetricsRow(datetime.fromisoformat(row["timestamp"]), event, names))
    return MetricsAnswer(
        rows,
        datetime.fromisoformat(meta["start"]),
        datetime.fromisoformat(meta["end"]),
        timedelta(milliseconds=meta["granularity_ms"]),
        bool(meta["truncated"]),
    )
