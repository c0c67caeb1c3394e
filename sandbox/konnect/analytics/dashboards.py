"""Dashboards, `/v2/dashboards`: tiles with a query and a chart.

Names need not be unique, and the document has no 409. Source: Konnect Dashboards 2.0.0. It limits
the tiles to 102 by `maxLength`, which has no effect on an array; the limit is kept here.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams

from sandbox.clock import rfc3339
from sandbox.http import filters
from sandbox.http.bodies import Closed, Open, is_uuid, load, parse
from sandbox.http.problems import invalid, not_found
from sandbox.http.routing import Router
from sandbox.konnect import access, paging, records, roles
from sandbox.konnect.access import Caller
from sandbox.konnect.analytics import vocabulary
from sandbox.konnect.analytics.parts import (
    Filter,
    Granularity,
    RelativeRange,
    TimeRange,
    filters_of,
    one_of,
    parse_moment,
)
from sandbox.store import Body, Store

KIND = "dashboards"
MOST_TILES = 102

_API = vocabulary.DASHBOARDS["api_usage"]
_LLM = vocabulary.DASHBOARDS["llm_usage"]


class _Query(Closed):
    """What the queries of all datasources have in common."""

    granularity: Granularity = "daily"
    time_range: TimeRange = RelativeRange(type="relative", time_range="1h")


class ApiUsageQuery(_Query):
    """A query of the traffic of APIs."""

    datasource: Literal["api_usage"]
    metrics: list[Annotated[str, one_of(_API.metrics)]] = []
    dimensions: Annotated[list[Annotated[str, one_of(_API.dimensions)]], Field(max_length=2)] = []
    filters: list[Annotated[Filter, filters_of(_API.filters)]] = []


class LlmUsageQuery(_Query):
    """A query of the traffic of AI models."""

    datasource: Literal["llm_usage"]
    metrics: list[Annotated[str, one_of(_LLM.metrics)]] = []
    dimensions: Annotated[list[Annotated[str, one_of(_LLM.dimensions)]], Field(max_length=2)] = []
    filters: list[Annotated[Filter, filters_of(_LLM.filters)]] = []


class _Chart(Closed):
    chart_title: str = ""


class Donut(_Chart):
    """A hollow circle of one dimension."""

    type: Literal["donut"]


class Timeseries(_Chart):
    """Lines or bars over time."""

    type: Literal["timeseries_line", "timeseries_bar"]
    stacked: bool = False


class Bars(_Chart):
    """Bars of up to two dimensions."""

    type: Literal["horizontal_bar", "vertical_bar"]
    stacked: bool = False


class SingleValue(_Chart):
    """One number."""

    type: Literal["single_value"]
    decimal_points: float = 0


class Definition(Closed):
    """The query of a tile and its chart. A chart whose query does not fit it shows nothing."""

    query: Annotated[ApiUsageQuery | LlmUsageQuery, Field(discriminator="datasource")]
    chart: Annotated[Donut | Timeseries | Bars | SingleValue, Field(discriminator="type")]


class Position(Closed):
    """Column and row of a tile, from 0. There are six columns."""

    col: Annotated[int, Field(ge=0, le=5)]
    row: Annotated[int, Field(ge=0)]


class Size(Closed):
    """Columns and rows of a tile."""

    cols: Annotated[int, Field(ge=1, le=6)]
    rows: Annotated[int, Field(ge=1)]


class Layout(Closed):
    """Where a tile is."""

    position: Position
    size: Size


class Tile(Closed):
    """A chart on a dashboard."""

    layout: Layout
    type: Literal["chart"]
    definition: Definition


class Dashboard(Closed):
    """The definition of a dashboard."""

    tiles: Annotated[list[Tile], Field(max_length=MOST_TILES)]
    preset_filters: list[Annotated[Filter, filters_of(_API.filters | _LLM.filters)]] = []


_RESERVED = re.compile("(kong|konnect|mesh|kic|_).*", re.DOTALL)


def _label_key(value: str) -> str:
    if not 1 <= len(value) <= 63 or _RESERVED.fullmatch(value):
        raise PydanticCustomError("is_label", "must be a label key that is not reserved")
    return value


Labels = Annotated[
    dict[
        Annotated[str, AfterValidator(_label_key)],
        Annotated[
            str,
            Field(
                min_length=1,
                max_length=63,
                pattern=r"^[a-z0-9A-Z]{1}([a-z0-9A-Z\-._]*[a-z0-9A-Z]+)?$",
            ),
        ],
    ],
    Field(max_length=50),
]


class UpdateRequest(Open):
    """Body of ``dashboards-create`` and of ``dashboards-update``, whose schema is not closed."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    definition: Dashboard
    labels: Labels = {}


router = Router()

_PATH = "/dashboards"
_ONE = _PATH + "/{dashboard_id}"
_FILTERS = {
    "id": filters.Filter(filters.UUID.operators, bare=True, uuid=True),
    "name": filters.Filter(filters.TEXT.operators, bare=True),
}
_LABEL = filters.Filter(filters.TEXT.operators, bare=True)
_LABEL_KEY = re.compile(r"filter\[(labels\.[^\[\]]+)\](?:\[[^\[\]]*\])?")
_TIME_KEY = re.compile(r"filter\[(created_at|updated_at)\](?:\[(eq|lt|lte|gt|gte)\])?")
_SORTED_BY = ("name", "created_at", "updated_at")
_COMPARED: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


@router.get(_PATH)
def list_dashboards(store: Store, caller: Caller, geo: str | None, query: QueryParams) -> Body:
    """``dashboards-list``: those in the request's geo that the caller may read."""
    found = [
        records.public(one)
        for one in _visible(store, geo)
        if caller.holds(access.DASHBOARD_READERS, access.DASHBOARDS, one["id"], one["_geo"] or geo)
    ]
    rest = []
    for key, value in query.multi_items():
        if (label := _LABEL_KEY.fullmatch(key)) is not None:
            found = filters.select(found, filters.read([(key, value)], {label[1]: _LABEL}))
        elif (time := _TIME_KEY.fullmatch(key)) is not None:
            found = _at_times(found, time[1], time[2] or "eq", key, value)
        else:
            rest.append((key, value))
    found = filters.select(found, filters.read(rest, _FILTERS))
    return paging.numbered(query, _sorted(found, query.get("sort", "")))


def _at_times(found: list[Body], field: str, operator_: str, key: str, value: str) -> list[Body]:
    """The dashboards whose time compares like this with a time in the query."""
    try:
        wanted = parse_moment(value)
    except ValueError:
        reason = f'"{key}" must be a valid date in ISO format'
        raise invalid(key, "is_date_time", reason, source="query") from None
    compare = _COMPARED[operator_]
    return [one for one in found if compare(parse_moment(one[field]), wanted)]


def _sorted(found: list[Body], sort: str) -> list[Body]:
    for criterion in reversed([part.strip() for part in sort.split(",") if part.strip()]):
        field, _, order = criterion.partition(" ")
        if field not in _SORTED_BY or order not in ("", "asc", "desc"):
            reason = f"sort must be one of {', '.join(_SORTED_BY)}, with asc or desc"
            raise invalid("sort", "invalid", reason, source="query")
        found = sorted(found, key=lambda one: str(one[field]), reverse=order == "desc")
    return found


@router.post(_PATH, status=201)
def create_dashboard(store: Store, caller: Caller, geo: str | None, raw: bytes) -> Body:
    """``dashboards-create``: the caller gets the Admin role for it."""
    fields = _fields(raw)
    stamp = rfc3339(store.clock.now())
    dashboard = {
        "id": records.new_id(store, KIND),
        **fields,
        "created_by": caller.account_id or records.fixed_id("owner"),
        "created_at": stamp,
        "updated_at": stamp,
        "_geo": geo,
    }
    records.save(store, KIND, dashboard)
    roles.make_admin(store, caller, access.DASHBOARDS, dashboard["id"], geo)
    return records.public(dashboard)


@router.get(_ONE)
def get_dashboard(store: Store, geo: str | None, dashboard_id: str) -> Body:
    """``dashboards-get``."""
    return records.public(_found(store, geo, dashboard_id))


@router.put(_ONE)
def update_dashboard(store: Store, geo: str | None, dashboard_id: str, raw: bytes) -> Body:
    """``dashboards-update``: replaces the name, the definition and the labels."""
    dashboard = _found(store, geo, dashboard_id)
    dashboard.update(_fields(raw), updated_at=rfc3339(store.clock.now()))
    records.save(store, KIND, dashboard)
    return records.public(dashboard)


@router.delete(_ONE)
def delete_dashboard(store: Store, geo: str | None, dashboard_id: str) -> None:
    """``dashboards-delete``."""
    records.remove(store, KIND, _found(store, geo, dashboard_id))


def _fields(raw: bytes) -> Body:
    """The properties of a valid body. The definition is kept as it was sent, without defaults."""
    body = parse(UpdateRequest, raw)
    return {"name": body.name, "definition": load(raw)["definition"], "labels": body.labels}


def _visible(store: Store, geo: str | None) -> list[Body]:
    found = records.every(store, KIND)
    return [one for one in found if geo is None or one["_geo"] in (None, geo)]


def _found(store: Store, geo: str | None, id_: str) -> Body:
    if is_uuid(id_):
        for one in _visible(store, geo):
            if one["id"] == id_.lower():
                return one
    raise not_found()
