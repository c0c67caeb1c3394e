"""Queries of analytics, `POST /v2/metrics`, of the traffic of the sandbox's gateways.

Times are real times: the gateways run in real time, while Konnect's clock is faster.
Source: Konnect Metrics Endpoint 4.2.3.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, RootModel

from sandbox.http.application import ADMIN
from sandbox.http.bodies import Closed, load, parse, parse_value
from sandbox.http.problems import Refusal, invalid
from sandbox.http.routing import Router
from sandbox.konnect import records
from sandbox.konnect.access import Caller
from sandbox.konnect.analytics import figures, names
from sandbox.konnect.analytics.parts import (
    Filter,
    Granularity,
    RelativeRange,
    TimeRange,
    filters_of,
    one_of,
)
from sandbox.konnect.analytics.ranges import Span, span_of, stamp
from sandbox.konnect.analytics.results import Groups, compute, passes, unit
from sandbox.konnect.analytics.vocabulary import METRICS, TIME
from sandbox.store import Body, Store

if TYPE_CHECKING:
    from sandbox.data_plane.control import DataPlane

DEFAULT_LIMIT = 50
MOST_GROUPS = 1000
QUERIES_PER_MINUTE = 10
"""Queries of one user in a minute of real time. The admin API changes it."""

_RATE = "analytics/queries-per-minute"
_MINUTE = 60.0


class _Query(Closed):
    """What the queries of all datasources have in common."""

    granularity: Granularity = "daily"
    time_range: TimeRange = RelativeRange(type="relative", time_range="1h")
    limit: Annotated[float, Field(ge=1, le=MOST_GROUPS)] = DEFAULT_LIMIT


_API, _LLM = METRICS["api_usage"], METRICS["llm_usage"]
_AGENTS, _CACHES = METRICS["agentic_usage"], METRICS["managed_cache_usage"]


class ApiUsageQuery(_Query):
    """A query of requests."""

    datasource: Literal["api_usage"] = "api_usage"
    metrics: Annotated[list[Annotated[str, one_of(_API.metrics)]], Field(max_length=3)]
    dimensions: Annotated[list[Annotated[str, one_of(_API.dimensions)]], Field(max_length=2)] = []
    filters: list[Annotated[Filter, filters_of(_API.filters)]] = []


class LlmUsageQuery(_Query):
    """A query of requests to AI models."""

    datasource: Literal["llm_usage"]
    metrics: Annotated[list[Annotated[str, one_of(_LLM.metrics)]], Field(max_length=3)]
    dimensions: Annotated[list[Annotated[str, one_of(_LLM.dimensions)]], Field(max_length=2)] = []
    filters: list[Annotated[Filter, filters_of(_LLM.filters)]] = []


class AgenticUsageQuery(_Query):
    """A query of requests of agents. None passes the sandbox, so the answer has no groups."""

    datasource: Literal["agentic_usage"]
    metrics: Annotated[list[Annotated[str, one_of(_AGENTS.metrics)]], Field(max_length=3)]
    dimensions: Annotated[
        list[Annotated[str, one_of(_AGENTS.dimensions)]], Field(max_length=2)
    ] = []
    filters: list[Annotated[Filter, filters_of(_AGENTS.filters)]] = []


class ManagedCacheUsageQuery(_Query):
    """A query of managed caches."""

    datasource: Literal["managed_cache_usage"]
    metrics: Annotated[list[Annotated[str, one_of(_CACHES.metrics)]], Field(max_length=3)]
    dimensions: Annotated[
        list[Annotated[str, one_of(_CACHES.dimensions)]], Field(max_length=2)
    ] = []
    filters: list[Annotated[Filter, filters_of(_CACHES.filters)]] = []


Query = ApiUsageQuery | LlmUsageQuery | AgenticUsageQuery | ManagedCacheUsageQuery


class _AnyQuery(RootModel[Annotated[Query, Field(discriminator="datasource")]]):
    """Body of ``metrics``."""


class Analytics:
    """What queries need beside the store: counts in memory, real time, and the rate limit.

    ``now`` is the real time in seconds since the epoch.
    """

    def __init__(
        self, data_plane: DataPlane | None = None, now: Callable[[], float] = time.time
    ) -> None:
        """Start with no queries counted against the rate limit."""
        self.now = now
        self._data_plane = data_plane
        self._asked: dict[str, deque[float]] = {}

    def admit(self, caller: Caller, most: int) -> None:
        """Count a query of a user. Raises a 429 when the last minute had ``most`` queries."""
        user = f"{caller.organization['id']}/{caller.account_id}"
        asked, now = self._asked.setdefault(user, deque()), self.now()
        while asked and asked[0] <= now - _MINUTE:
            asked.popleft()
        if len(asked) >= most:
            wait = math.ceil(asked[0] + _MINUTE - now) if asked else int(_MINUTE)
            detail = f"At most {most} queries are allowed in a minute."
            raise Refusal(429, detail, headers={"Retry-After": str(wait)})
        asked.append(now)

    def save(self, store: Store, *, caches: bool) -> None:
        """Put the counts into the store; with ``caches``, sample the managed caches first."""
        supervisor = None if self._data_plane is None else self._data_plane.supervisor
        if supervisor is None:
            return
        if caches:
            supervisor.sample_caches()
        supervisor.metrics.save(store)


router = Router()
admin_router = Router()


@router.post("/metrics")
def query_metrics(
    store: Store, caller: Caller, geo: str | None, analytics: Analytics, raw: bytes
) -> Body:
    """``metrics``: of the control planes in the request's geo."""
    analytics.admit(caller, _queries_per_minute(store))
    query = _parsed(raw)
    dimensions = list(dict.fromkeys(query.dimensions))
    now = analytics.now()
    span = span_of(
        query.time_range,
        query.granularity if "granularity" in query.model_fields_set else None,
        has_time=TIME in dimensions,
        datasource=query.datasource,
        now=now,
    )
    is_caches = query.datasource == "managed_cache_usage"
    analytics.save(store, caches=is_caches)  # nothing below refuses, which would undo this
    metrics = list(dict.fromkeys(query.metrics)) or [METRICS[query.datasource].default]
    groups = Groups(dimensions)
    kind = figures.CACHES if is_caches else figures.TRAFFIC
    until = span.end + 1 if span.end >= now else span.end  # the bucket that begins now counts
    reads = figures.read(store, kind, span.start, until)
    for begins, labels, found in reads:
        is_here = geo is None or labels.get("geo") in (None, geo)
        if is_here and _is_of(query.datasource, labels) and passes(labels, query.filters):
            groups.add(span.bucket(begins), labels, found)
    limit = int(query.limit)
    groups.limit(limit, metrics[0], span)
    return {
        "data": _rows(groups, metrics, span),
        "meta": _meta(store, groups, metrics, span, limit),
    }


def _parsed(raw: bytes) -> Query:
    value = load(raw)
    if isinstance(value, dict) and "datasource" not in value:
        return parse_value(ApiUsageQuery, value)  # the default
    if not isinstance(value, dict):
        raise invalid("body", "is_object", "body must be an object")
    return parse_value(_AnyQuery, value).root


def _is_of(datasource: str, labels: figures.Labels) -> bool:
    """Whether a series belongs to a datasource."""
    if datasource == "llm_usage":
        return "ai_plugin" in labels
    return datasource != "agentic_usage"


def _rows(groups: Groups, metrics: list[str], span: Span) -> list[Body]:
    """A row for each group: the earliest first, then the largest."""
    rows: list[tuple[float, float, Body]] = []
    for key, found in groups.found.items():
        shown = dict(zip(groups.dimensions, key, strict=True))
        moment = shown.pop(TIME, None)
        begins = moment if isinstance(moment, float | int) else span.start
        minutes = span.minutes(begins)
        values = {name: compute(name, found, minutes) for name in metrics}
        row = {"timestamp": stamp(begins), "event": {**shown, **values}}
        rows.append((begins, -(values[metrics[0]] or 0), row))
    rows.sort(key=lambda one: one[:2])
    return [row for _, _, row in rows]


def _meta(store: Store, groups: Groups, metrics: list[str], span: Span, limit: int) -> Body:
    display: dict[str, Any] = {}
    for place, name in enumerate(groups.dimensions):
        if name != TIME:
            ids = {str(key[place]) for key in groups.found if key[place] is not None}
            display[name] = names.display(store, name, ids)
    width = span.end - span.start if span.width is None else span.width
    return {
        "start": stamp(span.start),
        "end": stamp(span.end),
        "display": display,
        "metric_units": {name: unit(name) for name in metrics},
        "granularity_ms": int(width * 1000),
        "truncated": groups.truncated,
        "limit": limit,
        "query_id": records.new_id(store, "analytics/queries"),
    }


# The rate limit


class RateLimit(Closed):
    """Body of ``PUT analytics``."""

    queries_per_minute: Annotated[int, Field(ge=0)]


def _queries_per_minute(store: Store) -> int:
    found: int | None = store.meta(_RATE)
    return QUERIES_PER_MINUTE if found is None else found


@admin_router.put(ADMIN + "/analytics")
def put_analytics(store: Store, raw: bytes) -> Body:
    """Set how many queries a user may send in a minute."""
    given = parse(RateLimit, raw)
    store.set_meta(_RATE, given.queries_per_minute)
    return given.model_dump()
