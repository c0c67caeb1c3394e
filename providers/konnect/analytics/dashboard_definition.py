"""The definition of a dashboard: its tiles, and in each tile a query and a chart.

The fields, values and limits are those of Konnect's document of dashboards. It has the data sources
``api_usage`` and ``llm_usage`` only. Source: `/v2/dashboards`, schema `Dashboard`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from providers.base.model import Part

COLUMNS: Final = 6
"""The width of every dashboard, in columns."""
MAX_TILES: Final = 102

ApiMetric = Literal[
    "kong_latency_average",
    "kong_latency_p50",
    "kong_latency_p95",
    "kong_latency_p99",
    "request_count",
    "request_per_minute",
    "request_size_average",
    "request_size_p50",
    "request_size_p95",
    "request_size_p99",
    "request_size_sum",
    "response_latency_average",
    "response_latency_p50",
    "response_latency_p95",
    "response_latency_p99",
    "response_size_average",
    "response_size_p50",
    "response_size_p95",
    "response_size_p99",
    "response_size_sum",
    "upstream_latency_average",
    "upstream_latency_p50",
    "upstream_latency_p95",
    "upstream_latency_p99",
]
LlmMetric = Literal[
    "ai_request_count",
    "completion_tokens",
    "cost",
    "llm_cache_embeddings_latency_average",
    "llm_cache_fetch_latency_average",
    "llm_embeddings_cost",
    "llm_embeddings_tokens",
    "llm_latency_average",
    "prompt_tokens",
    "total_tokens",
]
ApiDimension = Literal[
    "api",
    "api_product",
    "api_product_version",
    "application",
    "consumer",
    "control_plane",
    "control_plane_group",
    "data_plane_node",
    "data_plane_node_version",
    "gateway_service",
    "portal",
    "response_source",
    "route",
    "status_code",
    "status_code_grouped",
    "time",
    "upstream_status_code",
    "upstream_status_code_grouped",
]
LlmDimension = Literal[
    "ai_plugin",
    "ai_provider",
    "ai_request_model",
    "ai_response_model",
    "application",
    "consumer",
    "control_plane",
    "control_plane_group",
    "gateway_service",
    "llm_cache_status",
    "llm_embeddings_model",
    "llm_embeddings_provider",
    "realm",
    "route",
    "status_code",
    "status_code_grouped",
    "time",
]
_CommonField = Literal[
    "application",
    "consumer",
    "control_plane",
    "control_plane_group",
    "gateway_service",
    "realm",
    "route",
    "status_code",
    "status_code_grouped",
]
ApiField = Literal[
    _CommonField,
    "api",
    "api_product",
    "api_product_version",
    "data_plane_node",
    "data_plane_node_version",
    "portal",
    "response_source",
    "upstream_status_code",
    "upstream_status_code_grouped",
]
LlmField = Literal[
    _CommonField,
    "ai_plugin",
    "ai_provider",
    "ai_request_model",
    "ai_response_model",
    "llm_cache_status",
    "llm_embeddings_model",
    "llm_embeddings_provider",
]
Granularity = Literal[
    "tenSecondly",
    "thirtySecondly",
    "minutely",
    "fiveMinutely",
    "tenMinutely",
    "thirtyMinutely",
    "hourly",
    "twoHourly",
    "twelveHourly",
    "daily",
    "weekly",
]
Span = Literal[
    "15m",
    "1h",
    "6h",
    "12h",
    "24h",
    "7d",
    "30d",
    "current_week",
    "current_month",
    "previous_week",
    "previous_month",
]

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_IDS: Final = frozenset(
    {"api", "api_product", "api_product_version", "application", "control_plane"}
    | {"control_plane_group", "portal", "realm"}
)
"""Fields whose values are the ids of objects."""
_SCOPED_IDS: Final = frozenset({"consumer", "data_plane_node", "gateway_service", "route"})
"""Fields whose values are ``<id of the control plane or group>:<id>``."""
_CODES: Final = frozenset({"status_code", "upstream_status_code"})
_CODE_GROUPS: Final = frozenset({"status_code_grouped", "upstream_status_code_grouped"})
_DAYS: Final = ("thirtyMinutely", "hourly", "twoHourly", "twelveHourly", "daily")
_WEEKS: Final = ("hourly", "twoHourly", "twelveHourly", "daily", "weekly")
_GRANULARITIES: Final[dict[str, tuple[str, ...]]] = {
    "15m": ("tenSecondly", "thirtySecondly", "minutely"),
    "1h": ("tenSecondly", "thirtySecondly", "minutely", "fiveMinutely", "tenMinutely"),
    "6h": (
        *("thirtySecondly", "minutely", "fiveMinutely", "tenMinutely", "thirtyMinutely"),
        "hourly",
    ),
    "12h": ("minutely", "fiveMinutely", "tenMinutely", "thirtyMinutely", "hourly"),
    "24h": ("fiveMinutely", "tenMinutely", "thirtyMinutely", "hourly"),
    "7d": _DAYS,
    "current_week": _DAYS,
    "previous_week": _DAYS,
    "30d": _WEEKS,
    "current_month": _WEEKS,
    "previous_month": _WEEKS,
}
"""The granularities that a relative time range supports."""


class _Filter(Part):
    """A condition on a field. ``in`` and ``not_in`` have values; ``empty`` and ``not_empty`` none.

    Values are ids of objects; ``<control plane id>:<id>`` for consumers, data plane nodes, gateway
    services and routes; numbers 0 to 999 for status codes; ``5XX`` for groups of them; texts
    otherwise.
    """

    field: str
    operator: Literal["in", "not_in", "empty", "not_empty"]
    value: Annotated[list[int | str] | None, Field(min_length=1)] = None

    @model_validator(mode="after")
    def _has_values(self) -> _Filter:
        if self.operator in ("empty", "not_empty"):
            if self.value is not None:
                raise ValueError(f"{self.field}: {self.operator} takes no value; delete value")
            return self
        if self.value is None:
            raise ValueError(f"{self.field}: {self.operator} needs value, a list")
        for value in self.value:
            if (form := _form_of(self.field, value)) is not None:
                raise ValueError(f"{self.field}: value {value!r} must be {form}")
        return self


def _form_of(field: str, value: int | str) -> str | None:
    """The form that a value of a field must have, or None if it has it."""
    if field in _CODES:
        fits = isinstance(value, int) and 0 <= value <= 999
        return None if fits else "a number from 0 to 999"
    text = value if isinstance(value, str) else ""
    if field in _CODE_GROUPS:
        return None if re.fullmatch(r"\d[xX][xX]", text) else "a group of status codes, like 5XX"
    if field in _SCOPED_IDS:
        form = "<control plane id>:<id>, because ids are unique in a control plane only"
        return None if re.fullmatch(f"{_UUID}:{_UUID}", text) else form
    if field in _IDS:
        return None if re.fullmatch(_UUID, text) else "the id of an object, a UUID"
    return None if text else "a text"


class ApiFilter(_Filter):
    """A condition on the data of ``api_usage``."""

    field: ApiField


class LlmFilter(_Filter):
    """A condition on the data of ``llm_usage``."""

    field: LlmField


class PresetFilter(_Filter):
    """A condition for all tiles whose data source has the field."""

    field: Literal[ApiField, LlmField]


class RelativeTimeRange(Part):
    """The time until now, or a week or month."""

    type: Literal["relative"]
    time_range: Span = "1h"
    tz: Annotated[str, Field(min_length=1)] = "Etc/UTC"
    """Time zone, for the beginning of days, weeks and months."""


class AbsoluteTimeRange(Part):
    """The time from ``start`` to ``end``, as RFC 3339 texts. Its granularity is ``daily``."""

    type: Literal["absolute"]
    start: Annotated[str, Field(min_length=1)] | None = None
    end: Annotated[str, Field(min_length=1)] | None = None
    tz: Annotated[str, Field(min_length=1)] = "Etc/UTC"


TimeRange = Annotated[RelativeTimeRange | AbsoluteTimeRange, Field(discriminator="type")]


def _without_default(written: Any) -> Any:
    """A time range, or None for the default of one hour, which Konnect may return or leave out."""
    return None if written == RelativeTimeRange(type="relative") else written


class _Query(Part):
    """The data of a tile."""

    dimensions: Sequence[str] = ()
    granularity: Granularity | None = None
    """Length of the buckets of time. Only with the dimension ``time``."""
    time_range: Annotated[TimeRange | None, AfterValidator(_without_default)] = None
    """None: the last hour, or what the viewer chooses."""

    @model_validator(mode="after")
    def _granularity_fits(self) -> _Query:
        if self.granularity is None:
            return self
        if "time" not in self.dimensions:
            raise ValueError(
                f"granularity {self.granularity!r} has no effect without the dimension 'time'; "
                "add it, or delete granularity"
            )
        if isinstance(self.time_range, AbsoluteTimeRange):
            allowed: tuple[str, ...] = ("daily",)
        elif self.time_range is not None:
            allowed = _GRANULARITIES[self.time_range.time_range]
        else:
            return self
        if self.granularity not in allowed:
            raise ValueError(
                f"granularity {self.granularity!r} does not fit the time range; use one of "
                f"{', '.join(allowed)}"
            )
        return self


class ApiUsageQuery(_Query):
    """Requests to APIs."""

    datasource: Literal["api_usage"]
    metrics: Annotated[list[ApiMetric], Field(min_length=1)] = ["request_count"]
    dimensions: Annotated[list[ApiDimension], Field(max_length=2)] = []
    filters: list[ApiFilter] = []


class LlmUsageQuery(_Query):
    """Requests to large language models."""

    datasource: Literal["llm_usage"]
    metrics: Annotated[list[LlmMetric], Field(min_length=1)] = ["ai_request_count"]
    dimensions: Annotated[list[LlmDimension], Field(max_length=2)] = []
    filters: list[LlmFilter] = []


class DonutChart(Part):
    """Parts of a whole in a ring. One dimension, which is not ``time``."""

    type: Literal["donut"]
    chart_title: str | None = None


class TimeseriesChart(Part):
    """Values over time, as lines or bars.

    The dimension ``time`` with one or more metrics, or with one metric and one more dimension.
    """

    type: Literal["timeseries_line", "timeseries_bar"]
    chart_title: str | None = None
    stacked: bool | None = None


class BarChart(Part):
    """Values as bars. At most two dimensions, of which none is ``time``."""

    type: Literal["horizontal_bar", "vertical_bar"]
    chart_title: str | None = None
    stacked: bool | None = None


class SingleValueChart(Part):
    """One number. One metric and no dimension."""

    type: Literal["single_value"]
    chart_title: str | None = None
    decimal_points: Annotated[float, Field(ge=0)] | None = None


class TileDefinition(Part):
    """A query and the chart that shows its result."""

    query: Annotated[ApiUsageQuery | LlmUsageQuery, Field(discriminator="datasource")]
    chart: Annotated[
        DonutChart | TimeseriesChart | BarChart | SingleValueChart, Field(discriminator="type")
    ]

    @model_validator(mode="after")
    def _chart_fits_query(self) -> TileDefinition:
        kind, metrics, dimensions = self.chart.type, self.query.metrics, self.query.dimensions
        others = [name for name in dimensions if name != "time"]
        by_time = "time" in dimensions
        if kind == "single_value":
            fits, needs = len(metrics) == 1 and not dimensions, "one metric and no dimension"
        elif kind == "donut":
            fits, needs = not by_time and len(others) == 1, "one dimension, which is not time"
        elif kind in ("timeseries_line", "timeseries_bar"):
            fits = by_time and (len(metrics) == 1 or not others)
            needs = "the dimension time, with several metrics or with one more dimension"
        else:
            fits, needs = not by_time, "dimensions without time"
        if not fits:
            raise ValueError(
                f"chart {kind!r} needs {needs}; the query has metrics {', '.join(metrics)} and "
                f"dimensions {', '.join(dimensions) or 'none'}"
            )
        return self


class Position(Part):
    """The upper left corner of a tile. Numbers start at 0."""

    col: Annotated[int, Field(ge=0, lt=COLUMNS)]
    row: Annotated[int, Field(ge=0)]


class Size(Part):
    """The columns and rows of a tile."""

    cols: Annotated[int, Field(ge=1, le=COLUMNS)]
    rows: Annotated[int, Field(ge=1)]


class Layout(Part):
    """The place of a tile."""

    position: Position
    size: Size

    @model_validator(mode="after")
    def _within_the_columns(self) -> Layout:
        if self.position.col + self.size.cols > COLUMNS:
            raise ValueError(
                f"column {self.position.col} and {self.size.cols} columns are wider than the "
                f"dashboard, which has {COLUMNS}; move the tile, or make it narrower"
            )
        return self


class Tile(Part):
    """A chart on the dashboard."""

    type: Literal["chart"]
    layout: Layout
    definition: TileDefinition


class DashboardDefinition(Part):
    """Tiles on six columns, and filters for all of them."""

    tiles: Annotated[list[Tile], Field(max_length=MAX_TILES)]
    preset_filters: list[PresetFilter] = []
