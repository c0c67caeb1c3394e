"""The last hour's traffic of an environment by region, from Konnect's analytics.

Three queries, as a user may send ten a minute. Analytics knows nodes and no regions, so the figures
of nodes are summed by the region of their host name. Requests, errors and cache hits are exact
sums. Errors are counted by status, because Konnect's document has no scale for `error_rate`. A
percentile cannot be summed: the p95 of a region is the highest p95 of its nodes, which the p95 of
all its requests does not exceed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from providers.base.errors import ProviderError
from providers.konnect.analytics.metrics import Filter, MetricsQuery, MetricsRow, query_metrics
from providers.konnect.analytics.vocabulary import MOST_GROUPS
from providers.konnect.client import Connection, client_for
from tools.status.model import LiveView

WINDOW: Final = timedelta(hours=1)
OTHER: Final = "other nodes"
"""The row of nodes whose region is not known, such as those that have been deleted."""
_HIT: Final = "hit"
_LOOKED_UP: Final = frozenset({_HIT, "miss", "refresh"})
"""A request that no cache plugin sees has no cache status; one that may not be cached, `Bypass`."""
_ERRORS: Final = frozenset({"4XX", "5XX"})


@dataclass(frozen=True)
class RegionFigures:
    """The traffic of a region. ``region`` is its key, or ``OTHER``.

    ``errors`` counts responses with a status from 400 on. ``p95`` is in milliseconds, None without
    a request. ``cached`` counts the requests that a cache plugin looked up, and ``hits`` those
    of them that it answered.
    """

    region: str
    requests: int = 0
    errors: int = 0
    p95: float | None = None
    cached: int = 0
    hits: int = 0

    @property
    def error_rate(self) -> float | None:
        """The share of requests that failed, from 0 to 1. None without a request."""
        return self.errors / self.requests if self.requests else None

    @property
    def hit_rate(self) -> float | None:
        """The share of cached requests that were hits, from 0 to 1. None without any."""
        return self.hits / self.cached if self.cached else None


@dataclass(frozen=True)
class Figures:
    """The traffic by region. ``why`` says why there are no figures, and is empty if there are."""

    regions: Sequence[RegionFigures] = ()
    why: str = ""

    def of(self, region: str) -> RegionFigures | None:
        """The traffic of a region, by its key."""
        return next((one for one in self.regions if one.region == region), None)


async def read_figures(connection: Connection, view: LiveView) -> Figures:
    """Ask Konnect for the last hour's traffic. Never raises an error of Konnect's answer."""
    planes = [one.id for one in view.control_planes]
    if not planes:
        return Figures(why="there is no control plane yet")
    client = client_for(connection)
    ours = [Filter("control_plane", "in", planes)]

    async def ask(metrics: Sequence[str], *also_by: str) -> Sequence[MetricsRow]:
        by = ["data_plane_node", *also_by]
        query = MetricsQuery(metrics, by, ours, WINDOW, limit=MOST_GROUPS)
        return (await query_metrics(client, query)).rows

    try:
        traffic = await ask(["request_count", "response_latency_p95"])
        statuses = await ask(["request_count"], "status_code_grouped")
        caches = await ask(["request_count"], "cache_status")
    except ProviderError as error:
        return Figures(why=str(error))
    return figures_of(traffic, statuses, caches, view)


def figures_of(
    traffic: Iterable[MetricsRow],
    statuses: Iterable[MetricsRow],
    caches: Iterable[MetricsRow],
    view: LiveView,
) -> Figures:
    """Sum the rows of nodes by their region. Every region of the view has a row.

    ``traffic`` has a row for each node, ``statuses`` for each node and group of status codes, and
    ``caches`` for each node and cache status.
    """
    places = {node.id: node.region for node in view.nodes}
    found = {group.key: RegionFigures(group.key) for group in view.groups}
    for row in traffic:
        requests, p95 = _requests(row), row.event.get("response_latency_p95")
        if requests:
            one = RegionFigures(
                _region(row, places), requests, p95=float(p95) if p95 is not None else None
            )
            found[one.region] = _sum(found.get(one.region), one)
    for row in statuses:
        if str(row.event.get("status_code_grouped")).upper() in _ERRORS:
            one = RegionFigures(_region(row, places), errors=_requests(row))
            found[one.region] = _sum(found.get(one.region), one)
    for row in caches:
        status = str(row.event.get("cache_status")).lower()
        if status in _LOOKED_UP:
            requests = _requests(row)
            hits = requests if status == _HIT else 0
            one = RegionFigures(_region(row, places), cached=requests, hits=hits)
            found[one.region] = _sum(found.get(one.region), one)
    return Figures(sorted(found.values(), key=lambda one: (one.region == OTHER, one.region)))


def _requests(row: MetricsRow) -> int:
    return round(float(row.event.get("request_count") or 0))


def _region(row: MetricsRow, places: Mapping[str, str | None]) -> str:
    """The region of a row's node, whose id is ``<control plane id>:<node id>``."""
    node = str(row.event.get("data_plane_node")).rpartition(":")[2]
    return places.get(node) or OTHER


def _sum(one: RegionFigures | None, other: RegionFigures) -> RegionFigures:
    if one is None:
        return other
    return RegionFigures(
        one.region,
        one.requests + other.requests,
        one.errors + other.errors,
        max((p95 for p95 in (one.p95, other.p95) if p95 is not None), default=None),
        one.cached + other.cached,
        one.hits + other.hits,
    )
