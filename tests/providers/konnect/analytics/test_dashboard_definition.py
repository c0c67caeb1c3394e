"""The checks of a dashboard: what its queries may ask, and what its charts can show."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pulumi.output import Unknown

from providers.base.model import check
from providers.konnect.analytics.dashboard import DashboardInputs
from tests.providers.konnect.example import PLANE, Props

SERVICE = f"{PLANE}:{PLANE}"


def tile(query: Props | None = None, chart: Props | None = None, **layout: int) -> Props:
    """A tile of requests over time, with other parts."""
    place = {"col": 0, "row": 0, "cols": 3, "rows": 1, **layout}
    return {
        "type": "chart",
        "layout": {
            "position": {"col": place["col"], "row": place["row"]},
            "size": {"cols": place["cols"], "rows": place["rows"]},
        },
        "definition": {
            "query": {"datasource": "api_usage", "dimensions": ["time"], **(query or {})},
            "chart": {"type": "timeseries_line", **(chart or {})},
        },
    }


def problems(*tiles: Props, **more: Any) -> list[str]:
    """What is wrong with a dashboard."""
    definition = {"tiles": list(tiles), **more.pop("definition", {})}
    given = {"name": "orders", "definition": definition, **more}
    return [reason for _, reason in check(DashboardInputs, given).failures]


BAR = {"type": "horizontal_bar"}
VALID = [
    tile(),
    tile({"metrics": ["response_latency_p99", "response_latency_p50"]}),
    tile({"dimensions": ["time", "gateway_service"], "granularity": "minutely"}),
    tile({"dimensions": ["consumer", "status_code"]}, BAR | {"stacked": True}),
    tile({"dimensions": []}, {"type": "vertical_bar", "chart_title": "All"}),
    tile({"dimensions": ["response_source"]}, {"type": "donut"}),
    tile({"dimensions": []}, {"type": "single_value", "decimal_points": 2}),
    tile({"datasource": "llm_usage", "metrics": ["total_tokens", "cost"]}),
    tile({"time_range": {"type": "relative", "time_range": "7d"}, "granularity": "daily"}),
    tile({"time_range": {"type": "absolute", "start": "2026-01-01T00:00:00Z"}}),
    tile({"filters": [{"field": "route", "operator": "not_empty"}]}),
    tile({"filters": [{"field": "gateway_service", "operator": "in", "value": [SERVICE]}]}),
    tile({"filters": [{"field": "status_code", "operator": "not_in", "value": [429, 503]}]}),
    tile({"filters": [{"field": "status_code_grouped", "operator": "in", "value": ["5xx"]}]}),
]


@pytest.mark.parametrize("valid", VALID)
def test_a_tile_of_the_published_document_is_taken(valid: Props) -> None:
    assert problems(valid) == []


INVALID = [
    (tile({"metrics": ["cache_hit_rate"]}), "metrics.0: Input should be 'kong_latency_average'"),
    (tile({"datasource": "managed_cache_usage"}), "'managed_cache_usage' found using 'datasource'"),
    (tile({"datasource": "llm_usage", "dimensions": ["portal"]}, BAR), "dimensions.0"),
    (tile({"dimensions": ["time", "route", "consumer"]}), "at most 2 items"),
    (tile({"dimensions": ["route"]}), "chart 'timeseries_line' needs the dimension time"),
    (
        tile({"dimensions": ["time", "route"], "metrics": ["request_count", "request_size_sum"]}),
        "needs the dimension time, with several metrics or with one more dimension",
    ),
    (tile({}, BAR), "chart 'horizontal_bar' needs dimensions without time"),
    (tile({}, {"type": "donut"}), "chart 'donut' needs one dimension, which is not time"),
    (tile({}, {"type": "single_value"}), "needs one metric and no dimension"),
    (tile({}, {"type": "gauge"}), "'gauge' found using 'type'"),
    (tile({"granularity": "daily", "dimensions": []}, BAR), "no effect without the dimension"),
    (
        tile({"granularity": "weekly", "time_range": {"type": "relative", "time_range": "15m"}}),
        "'weekly' does not fit the time range; use one of tenSecondly",
    ),
    (
        tile({"filters": [{"field": "route", "operator": "in", "value": [PLANE]}]}),
        "must be <control plane id>:<id>",
    ),
    (
        tile({"filters": [{"field": "control_plane", "operator": "in", "value": ["main"]}]}),
        "control_plane: value 'main' must be the id of an object, a UUID",
    ),
    (
        tile({"filters": [{"field": "status_code", "operator": "in", "value": ["5XX"]}]}),
        "must be a number from 0 to 999",
    ),
    (
        tile({"filters": [{"field": "route", "operator": "in"}]}),
        "route: in needs value, a list",
    ),
    (
        tile({"filters": [{"field": "route", "operator": "empty", "value": [SERVICE]}]}),
        "route: empty takes no value; delete value",
    ),
    (tile({"filters": [{"field": "ai_plugin", "operator": "empty"}]}), "filters.0.field"),
    (tile(col=4), "column 4 and 3 columns are wider than the dashboard, which has 6"),
    (tile(col=6), "less than 6"),
    (tile(rows=0), "greater than or equal to 1"),
]


@pytest.mark.parametrize(("invalid", "reason"), INVALID)
def test_a_tile_that_konnect_could_not_show_is_refused_with_the_reason(
    invalid: Props, reason: str
) -> None:
    (problem,) = problems(invalid)
    assert reason in problem


def test_a_preset_filter_may_be_of_any_data_source() -> None:
    presets = [
        {"field": "control_plane", "operator": "in", "value": [PLANE]},
        {"field": "ai_request_model", "operator": "in", "value": ["gpt-4"]},
    ]
    assert problems(tile(), definition={"preset_filters": presets}) == []


def test_a_dashboard_has_at_most_102_tiles() -> None:
    assert problems(*[tile(row=row) for row in range(102)]) == []
    (problem,) = problems(*[tile(row=row) for row in range(103)])
    assert "at most 102 items" in problem


def test_labels_leave_room_for_the_mark_of_the_stack() -> None:
    many = {f"label{number}": "x" for number in range(50)}
    assert problems(tile(), labels=many) == ["has 50 labels, and at most 49 are accepted"]
    (reserved,) = problems(tile(), labels={"pulumi": "x"})
    assert "marks the stack that created the dashboard" in reserved


def test_the_default_time_range_is_the_same_as_none() -> None:
    written = tile({"time_range": {"type": "relative", "time_range": "1h"}})
    given = {"name": "orders", "definition": {"tiles": [written]}}
    bare = copy.deepcopy(given)
    del bare["definition"]["tiles"][0]["definition"]["query"]["time_range"]
    assert check(DashboardInputs, given).inputs == check(DashboardInputs, bare).inputs


def test_ids_that_are_not_known_yet_pass_in_a_preview() -> None:
    unknown = tile(
        {"filters": [{"field": "control_plane", "operator": "in", "value": [Unknown()]}]}
    )
    assert problems(unknown) == []
