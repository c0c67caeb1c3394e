"""Telemetry plugins: traces, metrics and logs for collectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.plugins.arguments import ConsumerArgs, plugin

SamplingStrategy = Literal["parent_drop_probability_fallback", "parent_probability_fallback"]


def opentelemetry(
    resource_name: str,
    *,
    traces_endpoint: pulumi.Input[str] | None = None,
    logs_endpoint: pulumi.Input[str] | None = None,
    headers: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    resource_attributes: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    sampling_rate: pulumi.Input[float] | None = None,
    sampling_strategy: pulumi.Input[SamplingStrategy] | None = None,
    metrics: pulumi.Input[Mapping[str, Any]] | None = None,
    propagation: pulumi.Input[Mapping[str, Any]] | None = None,
    queue: pulumi.Input[Mapping[str, Any]] | None = None,
    connect_timeout: pulumi.Input[int] | None = None,
    send_timeout: pulumi.Input[int] | None = None,
    read_timeout: pulumi.Input[int] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Send traces, logs and metrics to an OTLP/HTTP collector.

    Endpoints are URLs. ``headers`` are sent to the endpoints; they are secrets, since they hold
    the collector's token. ``sampling_rate`` is 0 to 1. ``sampling_strategy`` is what the decision
    of a caller counts for. There are no traces unless the data planes have the environment variable
    ``KONG_TRACING_INSTRUMENTATIONS``. Timeouts are in milliseconds.
    ``metrics``, ``propagation`` and ``queue`` are mappings, as in the plugin's schema.
    Source: `opentelemetry`.
    """
    written = {
        "traces_endpoint": traces_endpoint,
        "logs_endpoint": logs_endpoint,
        "headers": headers,
        "resource_attributes": resource_attributes,
        "sampling_rate": sampling_rate,
        "sampling_strategy": sampling_strategy,
        "metrics": metrics,
        "propagation": propagation,
        "queue": queue,
        "connect_timeout": connect_timeout,
        "send_timeout": send_timeout,
        "read_timeout": read_timeout,
    }
    return plugin(resource_name, "opentelemetry", written, config, **common)


def http_log(
    resource_name: str,
    *,
    http_endpoint: pulumi.Input[str],
    method: pulumi.Input[Literal["PATCH", "POST", "PUT"]] | None = None,
    headers: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    custom_fields_by_lua: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    queue: pulumi.Input[Mapping[str, Any]] | None = None,
    timeout: pulumi.Input[float] | None = None,
    keepalive: pulumi.Input[float] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Send a log entry for each request to an HTTP server, as JSON.

    ``http_endpoint`` is a URL. ``headers`` are secrets, since they hold the server's token.
    ``custom_fields_by_lua`` maps a field of the entry to Lua code: ``return "prod"``. Without
    ``queue`` each entry is a request of its own. ``timeout`` and ``keepalive`` are in milliseconds.
    Source: `http-log`.
    """
    written = {
        "http_endpoint": http_endpoint,
        "method": method,
        "headers": headers,
        "custom_fields_by_lua": custom_fields_by_lua,
        "queue": queue,
        "timeout": timeout,
        "keepalive": keepalive,
    }
    return plugin(resource_name, "http-log", written, config, **common)
