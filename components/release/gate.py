"""The gate: error rate and latency of a new version, from Konnect analytics, against thresholds.

Konnect's metrics have no dimension for an upstream or a target. A version with a Gateway Service of
its own has exact figures. Versions that share a service have only the figures of the service; then
the errors above the stable version's baseline are divided by the new version's share of requests.
Source: `POST /v2/metrics`. It allows 10 queries a minute; a gate sends two, or three with a limit
of latency, however many control planes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from components.release.model import Gate
from providers.base.errors import ProviderError
from providers.konnect.analytics.metrics import (
    Filter,
    MetricsQuery,
    granularities_of,
    query_metrics,
)
from providers.konnect.analytics.vocabulary import GRANULARITIES, MOST_GROUPS
from providers.konnect.client import Client

WINDOWS: Final[Mapping[str, timedelta]] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "12h": timedelta(hours=12),
}
"""Lengths for which Konnect has buckets of a minute or less."""
_P95, _P99 = "upstream_latency_p95", "upstream_latency_p99"


@dataclass(frozen=True)
class Watched:
    """A Gateway Service on one control plane, and what of its requests are the new version's."""

    plane: str
    service: str
    """Its name, for messages."""
    id: str
    """``<control plane id>:<service id>``, as in analytics."""
    share: float
    """Percent of its requests that the new version gets. 100: the figures are exact."""
    since: datetime | None = None
    """The last step. Requests before it had another share. None: unknown, or not needed."""


@dataclass(frozen=True)
class Figures:
    """Requests of a Gateway Service in the window."""

    requests: int
    errors: int
    """Answered 5xx, by the version or by Kong."""
    p95_ms: float | None = None
    p99_ms: float | None = None


async def read_figures(
    client: Client, gate: Gate, watched: Sequence[Watched], *, now: Callable[[], datetime]
) -> dict[str, Figures]:
    """The figures of services by their id. Raises the errors of ``query_metrics``."""
    window = WINDOWS[gate.window]
    of_services = Filter("gateway_service", "in", [one.id for one in watched])
    since = {one.id: one.since for one in watched}

    async def counted(*filters: Filter) -> dict[str, int]:
        query = MetricsQuery(
            ["request_count"],
            dimensions=["time", "gateway_service"],
            filters=[of_services, *filters],
            window=window,
            granularity=granularity(window, len(watched)),
            limit=MOST_GROUPS,
        )
        answer = await query_metrics(client, query, now=now)
        if answer.truncated:
            raise ProviderError("the answer does not hold all figures; take a shorter gate.window")
        counts = dict.fromkeys(since, 0)
        for row in answer.rows:
            id_ = str(row.event["gateway_service"])
            begin = since.get(id_)
            if id_ in counts and (begin is None or row.time >= begin):
                counts[id_] += round(float(row.event["request_count"] or 0))
        return counts

    requests = await counted()
    errors = await counted(Filter("status_code_grouped", "in", ["5XX"]))
    latencies = await _latencies(client, gate, of_services, now)
    return {
        id_: Figures(requests[id_], errors[id_], *latencies.get(id_, (None, None))) for id_ in since
    }


def granularity(window: timedelta, services: int) -> str:
    """The finest granularity at which the buckets of all services fit into one answer."""
    offered = granularities_of(window)
    fitting = [
        one for one in offered if (window / GRANULARITIES[one] + 1) * services <= MOST_GROUPS
    ]
    return (fitting or offered[-1:])[0]


async def _latencies(
    client: Client, gate: Gate, of_services: Filter, now: Callable[[], datetime]
) -> dict[str, tuple[float | None, float | None]]:
    """(p95, p99) in milliseconds of the whole window. Percentiles of buckets cannot be added."""
    if gate.max_p95_ms is None:
        return {}
    query = MetricsQuery(
        [_P95, _P99],
        dimensions=["gateway_service"],
        filters=[of_services],
        window=WINDOWS[gate.window],
    )
    answer = await query_metrics(client, query, now=now)
    return {
        str(row.event["gateway_service"]): (_number(row.event[_P95]), _number(row.event[_P99]))
        for row in answer.rows
    }


def _number(value: str | float | None) -> float | None:
    return None if value is None else float(value)


def gate_problems(
    gate: Gate, version: str, watched: Sequence[Watched], figures: Mapping[str, Figures]
) -> Iterator[str]:
    """Why the new version may not get more requests. Each control plane is judged by itself."""
    of_version = {
        one.id: figures[one.id].requests * one.share / 100 for one in watched if one.id in figures
    }
    total = sum(of_version.values())
    if total < gate.min_requests:
        yield (
            f"version {version!r} answered {_about(total, watched)} requests in the last "
            f"{gate.window} since its last step, and at least {gate.min_requests} are needed to "
            "judge it: wait, or declare a smaller gate.min_requests"
        )
    for one in watched:
        if of_version.get(one.id):
            yield from _error_problems(gate, version, one, figures[one.id])
            yield from _latency_problems(gate, version, one, figures[one.id])


def _error_problems(gate: Gate, version: str, one: Watched, figures: Figures) -> Iterator[str]:
    requests = figures.requests * one.share / 100
    stable = figures.requests - requests
    errors = max(0.0, figures.errors - stable * gate.baseline_error_rate / 100)
    rate = min(100.0, 100 * errors / requests)
    if rate <= gate.max_error_rate:
        return
    said = (
        f"control plane {one.plane}: {rate:.1f} % of {_about(requests, [one])} requests to version "
        f"{version!r} in the last {gate.window} were answered 5xx, at most "
        f"{gate.max_error_rate:g} % are allowed"
    )
    if one.share < 100:
        said += (
            f" ({figures.errors} of {figures.requests} requests of service {one.service!r} were "
            f"answered 5xx, and the version has {one.share:.0f} % of them; Konnect has no figures "
            f"of targets, so each 5xx above {gate.baseline_error_rate:g} % of the others counts)"
        )
    yield said


def _latency_problems(gate: Gate, version: str, one: Watched, figures: Figures) -> Iterator[str]:
    """Where versions share a service, its slowest percent may be the new version's slowest 5."""
    exact = one.share >= 100
    name, found = ("95 %", figures.p95_ms) if exact else ("99 %", figures.p99_ms)
    if gate.max_p95_ms is None or found is None or found <= gate.max_p95_ms:
        return
    what = (
        f"version {version!r}" if exact else f"service {one.service!r}, which the versions share,"
    )
    yield (
        f"control plane {one.plane}: {name} of the responses of {what} took up to {found:.0f} ms "
        f"in the last {gate.window}, and gate.max_p95_ms is {gate.max_p95_ms:g}"
    )


def _about(requests: float, watched: Sequence[Watched]) -> str:
    exact = all(one.share >= 100 for one in watched)
    return f"{requests:.0f}" if exact else f"about {requests:.0f}"
