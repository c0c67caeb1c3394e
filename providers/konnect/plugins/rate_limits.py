"""Rate limits: of requests, of a service as a whole, and of what services report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.plugins.arguments import (
    ConsumerArgs,
    ConsumerGroupArgs,
    ServiceArgs,
    WindowType,
    counting,
    links_to,
    plugin,
)

Numbers = pulumi.Input[Sequence[pulumi.Input[float]]]


def rate_limiting_advanced(
    resource_name: str,
    *,
    limit: Numbers,
    window_size: Numbers,
    window_type: pulumi.Input[WindowType] | None = None,
    identifier: pulumi.Input[
        Literal[
            "consumer", "consumer-group", "credential", "header", "ip", "path", "route", "service"
        ]
    ]
    | None = None,
    header_name: pulumi.Input[str] | None = None,
    path: pulumi.Input[str] | None = None,
    namespace: pulumi.Input[str] | None = None,
    sync_rate: pulumi.Input[float] | None = None,
    hide_client_headers: pulumi.Input[bool] | None = None,
    error_code: pulumi.Input[float] | None = None,
    error_message: pulumi.Input[str] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Limit the number of requests per time window.

    ``limit`` and ``window_size`` (seconds) are lists of the same length: each limit applies to
    the window at the same position. Requests are counted per consumer unless ``identifier`` is
    set. ``header_name`` and ``path`` are for the identifiers ``header`` and ``path``. Plugins
    with the same ``namespace`` share their counters. ``sync_rate`` is in seconds: at least 0.02;
    0 synchronizes on each request, -1 never. With ``redis`` its default is 0.5.
    Source: `rate-limiting-advanced`.
    """
    written = {
        "limit": limit,
        "window_size": window_size,
        "window_type": window_type,
        "identifier": identifier,
        "header_name": header_name,
        "path": path,
        "namespace": namespace,
        "hide_client_headers": hide_client_headers,
        "error_code": error_code,
        "error_message": error_message,
        **counting(redis, sync_rate),
    }
    links = links_to(redis)
    return plugin(resource_name, "rate-limiting-advanced", written, config, links, **common)


def service_protection(
    resource_name: str,
    *,
    limit: Numbers,
    window_size: Numbers,
    window_type: pulumi.Input[WindowType] | None = None,
    namespace: pulumi.Input[str] | None = None,
    sync_rate: pulumi.Input[float] | None = None,
    hide_client_headers: pulumi.Input[bool] | None = None,
    error_code: pulumi.Input[float] | None = None,
    error_message: pulumi.Input[str] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ServiceArgs],
) -> GatewayPlugin:
    """Limit the number of requests to a service per time window, over all consumers.

    ``limit``, ``window_size`` (seconds) and ``sync_rate`` are as in `rate_limiting_advanced`.
    Source: `service-protection`.
    """
    written = {
        "limit": limit,
        "window_size": window_size,
        "window_type": window_type,
        "namespace": namespace,
        "hide_client_headers": hide_client_headers,
        "error_code": error_code,
        "error_message": error_message,
        **counting(redis, sync_rate),
    }
    return plugin(resource_name, "service-protection", written, config, links_to(redis), **common)


def rate_limiting(
    resource_name: str,
    *,
    second: pulumi.Input[float] | None = None,
    minute: pulumi.Input[float] | None = None,
    hour: pulumi.Input[float] | None = None,
    day: pulumi.Input[float] | None = None,
    month: pulumi.Input[float] | None = None,
    year: pulumi.Input[float] | None = None,
    limit_by: pulumi.Input[
        Literal["consumer", "consumer-group", "credential", "header", "ip", "path", "service"]
    ]
    | None = None,
    header_name: pulumi.Input[str] | None = None,
    path: pulumi.Input[str] | None = None,
    sync_rate: pulumi.Input[float] | None = None,
    fault_tolerant: pulumi.Input[bool] | None = None,
    hide_client_headers: pulumi.Input[bool] | None = None,
    error_code: pulumi.Input[float] | None = None,
    error_message: pulumi.Input[str] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Limit the number of requests per second, minute, hour, day, month or year.

    Give at least one period; each number is greater than 0, and a longer period has no lower one.
    ``header_name`` and ``path`` are for ``limit_by`` ``header`` and ``path``. ``sync_rate`` is in
    seconds; -1 (Kong's default) synchronizes on each request. With ``fault_tolerant`` (Kong's
    default) requests pass while Redis cannot be reached. ``redis`` is the id of a partial of type
    redis-ce; `rate_limiting_advanced` takes redis-ee. Source: `rate-limiting`.
    """
    written = {
        "second": second,
        "minute": minute,
        "hour": hour,
        "day": day,
        "month": month,
        "year": year,
        "limit_by": limit_by,
        "header_name": header_name,
        "path": path,
        "sync_rate": sync_rate,
        "fault_tolerant": fault_tolerant,
        "hide_client_headers": hide_client_headers,
        "error_code": error_code,
        "error_message": error_message,
        "policy": None if redis is None else "redis",
    }
    return plugin(resource_name, "rate-limiting", written, config, links_to(redis), **common)


def response_ratelimiting(
    resource_name: str,
    *,
    limits: pulumi.Input[Mapping[str, Any]],
    header_name: pulumi.Input[str] | None = None,
    limit_by: pulumi.Input[Literal["consumer", "credential", "ip"]] | None = None,
    block_on_first_violation: pulumi.Input[bool] | None = None,
    fault_tolerant: pulumi.Input[bool] | None = None,
    hide_client_headers: pulumi.Input[bool] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Limit what services report in a response header, such as messages sent or rows read.

    ``limits`` is a mapping from a name to numbers by period: ``{"sms": {"minute": 5}}``, at least
    one name and one period each. A service reports ``sms=1`` in ``header_name`` (Kong's default is
    ``x-kong-limit``). ``redis`` is the id of a partial of type redis-ce.
    Source: `response-ratelimiting`.
    """
    written = {
        "limits": limits,
        "header_name": header_name,
        "limit_by": limit_by,
        "block_on_first_violation": block_on_first_violation,
        "fault_tolerant": fault_tolerant,
        "hide_client_headers": hide_client_headers,
        "policy": None if redis is None else "redis",
    }
    links = links_to(redis)
    return plugin(resource_name, "response-ratelimiting", written, config, links, **common)
