"""The metrics, dimensions and filters of each datasource, as the published documents have them.

Sources: Konnect Metrics Endpoint 4.2.3 and Konnect Dashboards 2.0.0. Dashboards know two of the
four datasources, and not all of their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Names = frozenset[str]

TIME = "time"

LATENCIES = ("kong_internal_latency", "kong_latency", "response_latency", "upstream_latency")
SIZES = ("request_size", "response_size")
PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Vocabulary:
    """What a datasource can be asked for. ``default`` is the metric without others."""

    metrics: Names
    dimensions: Names
    filters: Names
    default: str


def _spread(*measures: str) -> Names:
    return frozenset(f"{name}_{part}" for name in measures for part in ("average", *PERCENTILES))


_REQUESTS = (
    _spread(*LATENCIES, *SIZES)
    | {f"{name}_sum" for name in SIZES}
    | {"cache_hit_rate", "error_rate", "request_count", "request_per_minute"}
)
_REQUEST_FILTERS = frozenset(
    {
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
        "upstream_status_code",
        "upstream_status_code_grouped",
    }
)
_AGENTS = frozenset(
    {
        "a2a_context_id",
        "a2a_error",
        "a2a_method",
        "a2a_task_id",
        "mcp_error",
        "mcp_method",
        "mcp_session_id",
        "mcp_tool_name",
    }
)
_LLM = frozenset(
    {
        "ai_request_count",
        "completion_tokens",
        "cost",
        "error_rate",
        "llm_cache_embeddings_latency_average",
        "llm_cache_fetch_latency_average",
        "llm_embeddings_cost",
        "llm_embeddings_tokens",
        "llm_latency_average",
        "prompt_tokens",
        "total_tokens",
    }
)
_LLM_FILTERS = frozenset(
    {
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
        "principal",
        "realm",
        "route",
        "status_code",
        "status_code_grouped",
    }
)
_CACHE_FILTERS = frozenset(
    {
        "control_plane",
        "data_plane_group",
        "managed_cache",
        "network",
        "provider",
        "provider_region",
    }
)

METRICS: Mapping[str, Vocabulary] = {
    "api_usage": Vocabulary(
        _REQUESTS, _REQUEST_FILTERS | {TIME}, _REQUEST_FILTERS, "request_count"
    ),
    "llm_usage": Vocabulary(_LLM, _LLM_FILTERS | {TIME}, _LLM_FILTERS, "ai_request_count"),
    "agentic_usage": Vocabulary(
        _REQUESTS | {"a2a_latency_average", "a2a_response_size_sum", "mcp_response_size_sum"},
        _REQUEST_FILTERS | _AGENTS | {TIME},
        _REQUEST_FILTERS | _AGENTS,
        "request_count",
    ),
    "managed_cache_usage": Vocabulary(
        frozenset(
            {
                "cache_eviction_rate",
                "cache_expiration_rate",
                "cache_items_average",
                "cache_memory_utilization_max",
            }
        ),
        _CACHE_FILTERS | {TIME},
        _CACHE_FILTERS,
        "cache_memory_utilization_max",
    ),
}
"""Datasource -> what ``POST /metrics`` takes."""

_NOT_ON_DASHBOARDS = frozenset(
    {"api_package", "cache_status", "country_code", "principal", "cache_hit_rate", "error_rate"}
) | {name for name in _REQUESTS if name.startswith("kong_internal_latency")}


def _of_dashboards(of: Vocabulary) -> Vocabulary:
    filters = of.filters - _NOT_ON_DASHBOARDS
    return Vocabulary(of.metrics - _NOT_ON_DASHBOARDS, filters | {TIME}, filters, of.default)


_API = _of_dashboards(METRICS["api_usage"])

DASHBOARDS: Mapping[str, Vocabulary] = {
    # Dashboards filter by realm, and do not group requests by it.
    "api_usage": Vocabulary(_API.metrics, _API.dimensions - {"realm"}, _API.filters, _API.default),
    "llm_usage": _of_dashboards(METRICS["llm_usage"]),
}
"""Datasource -> what the query of a tile takes."""
