"""What analytics can be asked for: metrics, dimensions and filters of each datasource.

Source: the published document of `POST /v2/metrics`, version 4.2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal, get_args

Datasource = Literal["api_usage", "llm_usage", "agentic_usage", "managed_cache_usage"]
DATASOURCES: Final[tuple[Datasource, ...]] = get_args(Datasource)

Operator = Literal["in", "not_in", "empty", "not_empty"]
OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
"""`in` and `not_in` take values. `empty` and `not_empty` take none."""

MOST_METRICS: Final = 3
MOST_DIMENSIONS: Final = 2
MOST_GROUPS: Final = 1000
"""The most groups that one query may ask for (`limit`)."""

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@dataclass(frozen=True)
class FilterValue:
    """What a filter's values look like: ``pattern`` is a regular expression, or None for any text.

    ``example`` shows it in messages.
    """

    example: str
    pattern: str | None = None
    integer: bool = False


_ID = FilterValue("an id", _UUID)
_SCOPED_ID = FilterValue("<control plane id>:<entity id>", f"{_UUID}:{_UUID}")
_TEXT = FilterValue("a text")
_CODE = FilterValue("a status code from 0 to 999", integer=True)
_CODES = FilterValue("a group such as 5xx", r"\d[xX][xX]")

_VALUES: Final[Mapping[FilterValue, str]] = {
    _ID: """api api_package api_product api_product_version application control_plane
        control_plane_group data_plane_group managed_cache portal principal realm""",
    _SCOPED_ID: "consumer data_plane_node gateway_service route",
    _TEXT: """a2a_context_id a2a_error a2a_method a2a_task_id ai_plugin ai_provider
        ai_request_model ai_response_model cache_status country_code data_plane_node_version
        llm_cache_status llm_embeddings_model llm_embeddings_provider mcp_error mcp_method
        mcp_session_id mcp_tool_name network provider provider_region response_source""",
    _CODE: "status_code upstream_status_code",
    _CODES: "status_code_grouped upstream_status_code_grouped",
}
FILTER_VALUES: Final[Mapping[str, FilterValue]] = MappingProxyType(
    {field: value for value, fields in _VALUES.items() for field in fields.split()}
)
"""Each field that can be filtered, and what its values look like."""


@dataclass(frozen=True)
class Vocabulary:
    """The metrics and dimensions of a datasource.

    Every dimension but ``time`` is a filter too. Queries reach back ``days``.
    """

    metrics: frozenset[str]
    dimensions: frozenset[str]
    days: int = 32

    @property
    def filters(self) -> frozenset[str]:
        """The fields that can be filtered."""
        return self.dimensions - {"time"}


def _percentiles(*names: str) -> frozenset[str]:
    return frozenset(
        f"{name}_{part}" for name in names for part in ("average", "p50", "p95", "p99")
    )


_REQUEST_METRICS = _percentiles(
    "kong_internal_latency",
    "kong_latency",
    "request_size",
    "response_latency",
    "response_size",
    "upstream_latency",
) | frozenset(
    [
        "cache_hit_rate",
        "error_rate",
        "request_count",
        "request_per_minute",
        "request_size_sum",
        "response_size_sum",
    ]
)
_REQUEST_DIMENSIONS = frozenset(
    [
        "api",
        "api_package",
        "api_product",
        "api_product_version",
        "application",
        "cache_status",
        "consumer",
        "control_plane",
        "control_plane_group",
        "country_code",
        "data_plane_node",
        "data_plane_node_version",
        "gateway_service",
        "portal",
        "principal",
        "realm",
        "response_source",
        "route",
        "status_code",
        "status_code_grouped",
        "time",
        "upstream_status_code",
        "upstream_status_code_grouped",
    ]
)

VOCABULARIES: Final[Mapping[Datasource, Vocabulary]] = MappingProxyType(
    {
        "api_usage": Vocabulary(_REQUEST_METRICS, _REQUEST_DIMENSIONS),
        "llm_usage": Vocabulary(
            frozenset(
                [
                    "total_tokens",
                    "prompt_tokens",
                    "completion_tokens",
                    "ai_request_count",
                    "cost",
                    "error_rate",
                    "llm_cache_embeddings_latency_average",
                    "llm_cache_fetch_latency_average",
                    "llm_latency_average",
                    "llm_embeddings_tokens",
                    "llm_embeddings_cost",
                ]
            ),
            frozenset(
                [
                    "control_plane",
                    "control_plane_group",
                    "gateway_service",
                    "consumer",
                    "application",
                    "route",
                    "ai_provider",
                    "ai_response_model",
                    "ai_request_model",
                    "llm_cache_status",
                    "llm_embeddings_provider",
                    "llm_embeddings_model",
                    "time",
                    "principal",
                    "realm",
                    "status_code",
                    "status_code_grouped",
                    "ai_plugin",
                ]
            ),
        ),
        "agentic_usage": Vocabulary(
            _REQUEST_METRICS
            | {"a2a_latency_average", "a2a_response_size_sum", "mcp_response_size_sum"},
            _REQUEST_DIMENSIONS
            | frozenset(
                [
                    "a2a_context_id",
                    "a2a_error",
                    "a2a_method",
                    "a2a_task_id",
                    "mcp_error",
                    "mcp_method",
                    "mcp_session_id",
                    "mcp_tool_name",
                ]
            ),
        ),
        "managed_cache_usage": Vocabulary(
            frozenset(
                [
                    "cache_eviction_rate",
                    "cache_expiration_rate",
                    "cache_items_average",
                    "cache_memory_utilization_max",
                ]
            ),
            frozenset(
                [
                    "control_plane",
                    "data_plane_group",
                    "managed_cache",
                    "network",
                    "provider",
                    "provider_region",
                    "time",
                ]
            ),
            days=7,
        ),
    }
)

GRANULARITIES: Final[Mapping[str, timedelta]] = MappingProxyType(
    {
        "tenSecondly": timedelta(seconds=10),
        "thirtySecondly": timedelta(seconds=30),
        "minutely": timedelta(minutes=1),
        "fiveMinutely": timedelta(minutes=5),
        "tenMinutely": timedelta(minutes=10),
        "thirtyMinutely": timedelta(minutes=30),
        "hourly": timedelta(hours=1),
        "twoHourly": timedelta(hours=2),
        "twelveHourly": timedelta(hours=12),
        "daily": timedelta(days=1),
        "weekly": timedelta(weeks=1),
    }
)
"""The widths of a bucket of time, from the finest."""

RELATIVE_RANGES: Final[Mapping[timedelta, str]] = MappingProxyType(
    {
        timedelta(minutes=15): "15m",
        timedelta(hours=1): "1h",
        timedelta(hours=6): "6h",
        timedelta(hours=12): "12h",
        timedelta(hours=24): "24h",
        timedelta(days=7): "7d",
        timedelta(days=30): "30d",
    }
)
"""Lengths of time until now that have a name."""

RANGE_GRANULARITIES: Final[Mapping[timedelta, tuple[str, str]]] = MappingProxyType(
    {
        timedelta(minutes=15): ("tenSecondly", "minutely"),
        timedelta(hours=1): ("tenSecondly", "tenMinutely"),
        timedelta(hours=6): ("thirtySecondly", "hourly"),
        timedelta(hours=12): ("minutely", "hourly"),
        timedelta(hours=24): ("fiveMinutely", "hourly"),
        timedelta(days=7): ("thirtyMinutely", "daily"),
        timedelta(days=30): ("hourly", "weekly"),
    }
)
"""The finest and the coarsest granularity of each relative range."""
