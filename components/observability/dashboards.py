"""The dashboards of an environment, as data: what each tile asks of Konnect Analytics.

Konnect's figures of requests have no dimension for a region or a cloud. Tiles are by control plane,
and by data-plane node, whose hostname has the region in it. Dashboards have no figures of managed
caches and no ratio of cache hits: these are figures of `/v2/metrics` only.
Source: `/v2/dashboards`, schemas `AdvancedQuery` and `LLMQuery`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

import pulumi

DashboardKind = Literal["traffic", "ai"]

_HALF: Final = 3
_FULL: Final = 6
_HEIGHT: Final = 2


@dataclass(frozen=True)
class _Tile:
    """A chart with its title, and what it asks."""

    title: str
    chart: str
    query: Mapping[str, Any]
    cols: int = _HALF


def _api(*metrics: str, by: Sequence[str] = (), only: Mapping[str, Any] | None = None) -> Any:
    query: dict[str, Any] = {"datasource": "api_usage", "metrics": list(metrics)}
    return _completed(query, by, only)


def _llm(*metrics: str, by: Sequence[str] = ()) -> Any:
    return _completed({"datasource": "llm_usage", "metrics": list(metrics)}, by, None)


def _completed(query: dict[str, Any], by: Sequence[str], only: Mapping[str, Any] | None) -> Any:
    if by:
        query["dimensions"] = list(by)
    if only is not None:
        query["filters"] = [
            {"field": name, "operator": "in", "value": values} for name, values in only.items()
        ]
    return query


_ERRORS: Final = {"status_code_grouped": ["5XX"]}
_LIMITED: Final = {"status_code": [429]}
_SUCCESSES: Final = {"status_code_grouped": ["2XX", "3XX"]}

_TRAFFIC: Final = (
    _Tile(
        "Requests by control plane",
        "timeseries_bar",
        _api("request_count", by=["time", "control_plane"]),
    ),
    _Tile(
        "Requests by data-plane node, whose name has the region",
        "horizontal_bar",
        _api("request_count", by=["data_plane_node"]),
    ),
    _Tile(
        "Latency of responses in milliseconds: p50, p95, p99",
        "timeseries_line",
        _api("response_latency_p50", "response_latency_p95", "response_latency_p99", by=["time"]),
    ),
    _Tile(
        "p95 latency by control plane",
        "timeseries_line",
        _api("response_latency_p95", by=["time", "control_plane"]),
    ),
    _Tile(
        "p95 latency of Kong and of upstreams",
        "timeseries_line",
        _api("kong_latency_p95", "upstream_latency_p95", by=["time"]),
    ),
    _Tile(
        "p95 latency by data-plane node",
        "horizontal_bar",
        _api("response_latency_p95", by=["data_plane_node"]),
    ),
    _Tile(
        "Responses by status: errors are 5XX",
        "timeseries_bar",
        _api("request_count", by=["time", "status_code_grouped"]),
    ),
    _Tile(
        "Errors (5XX) by control plane",
        "timeseries_bar",
        _api("request_count", by=["time", "control_plane"], only=_ERRORS),
    ),
    _Tile(
        "Errors (5XX) by data-plane node",
        "horizontal_bar",
        _api("request_count", by=["data_plane_node"], only=_ERRORS),
    ),
    _Tile(
        "Errors (5XX) by service",
        "horizontal_bar",
        _api("request_count", by=["gateway_service"], only=_ERRORS),
    ),
    _Tile(
        "Rate-limit violations (429) by control plane",
        "timeseries_bar",
        _api("request_count", by=["time", "control_plane"], only=_LIMITED),
    ),
    _Tile(
        "Rate-limit violations (429) by consumer",
        "horizontal_bar",
        _api("request_count", by=["consumer"], only=_LIMITED),
    ),
    _Tile(
        "Successes by source: what Kong answers itself comes from its cache",
        "timeseries_bar",
        _api("request_count", by=["time", "response_source"], only=_SUCCESSES),
        _FULL,
    ),
)

_AI: Final = (
    _Tile(
        "Tokens: prompt and completion",
        "timeseries_bar",
        _llm("prompt_tokens", "completion_tokens", by=["time"]),
    ),
    _Tile(
        "Tokens by consumer",
        "horizontal_bar",
        _llm("total_tokens", by=["consumer"]),
    ),
    _Tile(
        "Cost by model",
        "timeseries_bar",
        _llm("cost", by=["time", "ai_response_model"]),
    ),
    _Tile(
        "Cost by provider and model",
        "horizontal_bar",
        _llm("cost", by=["ai_provider", "ai_response_model"]),
    ),
    _Tile(
        "Requests by control plane",
        "timeseries_bar",
        _llm("ai_request_count", by=["time", "control_plane"]),
    ),
    _Tile(
        "Latency of models in milliseconds",
        "timeseries_line",
        _llm("llm_latency_average", by=["time", "ai_response_model"]),
    ),
    _Tile(
        "Semantic cache: hits and misses",
        "donut",
        _llm("ai_request_count", by=["llm_cache_status"]),
    ),
    _Tile(
        "Responses by status",
        "horizontal_bar",
        _llm("ai_request_count", by=["status_code_grouped"]),
    ),
)

DASHBOARDS: Final[Mapping[DashboardKind, tuple[_Tile, ...]]] = MappingProxyType(
    {"traffic": _TRAFFIC, "ai": _AI}
)
"""The tiles of each dashboard, from left to right and from top to bottom."""


def dashboard_definition(
    kind: DashboardKind, control_plane_ids: Sequence[pulumi.Input[str]]
) -> dict[str, Any]:
    """The definition of a dashboard, whose tiles are of these control planes only."""
    tiles: list[dict[str, Any]] = []
    row = col = 0
    for one in DASHBOARDS[kind]:
        if col + one.cols > _FULL:
            row, col = row + _HEIGHT, 0
        tiles.append(_placed(one, row, col))
        col += one.cols
    preset = {"field": "control_plane", "operator": "in", "value": list(control_plane_ids)}
    return {"tiles": tiles, "preset_filters": [preset]}


def _placed(tile: _Tile, row: int, col: int) -> dict[str, Any]:
    chart: dict[str, Any] = {"type": tile.chart, "chart_title": tile.title}
    if tile.chart == "timeseries_bar":
        chart["stacked"] = True
    return {
        "type": "chart",
        "layout": {
            "position": {"col": col, "row": row},
            "size": {"cols": tile.cols, "rows": _HEIGHT},
        },
        "definition": {"query": dict(tile.query), "chart": chart},
    }
