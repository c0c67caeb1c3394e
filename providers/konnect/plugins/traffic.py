"""Traffic plugins: IP addresses, bots, sizes, CORS, request ids, caching, canaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.plugins.arguments import (
    ConsumerArgs,
    ConsumerGroupArgs,
    RouteArgs,
    Texts,
    links_to,
    plugin,
)

HttpMethod = Literal["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]


def ip_restriction(
    resource_name: str,
    *,
    allow: Texts | None = None,
    deny: Texts | None = None,
    status: pulumi.Input[float] | None = None,
    message: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Allow or deny clients by IP address or CIDR range.

    Give at least one of ``allow`` and ``deny``. ``status`` (HTTP) and ``message`` are the
    response to a refused client. Source: `ip-restriction`.
    """
    written = {"allow": allow, "deny": deny, "status": status, "message": message}
    return plugin(resource_name, "ip-restriction", written, config, **common)


def request_size_limiting(
    resource_name: str,
    *,
    allowed_payload_size: pulumi.Input[int] | None = None,
    size_unit: pulumi.Input[Literal["bytes", "kilobytes", "megabytes"]] | None = None,
    require_content_length: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Refuse requests whose body is larger than ``allowed_payload_size``.

    The size is in ``size_unit``. The default is 128 megabytes. A megabyte is 1,048,576 bytes and a
    kilobyte 1,024 in Kong's code, although the schema's description says 1,000,000.
    Source: `request-size-limiting`, and its ``handler.lua`` in https://github.com/Kong/kong.
    """
    written = {
        "allowed_payload_size": allowed_payload_size,
        "size_unit": size_unit,
        "require_content_length": require_content_length,
    }
    return plugin(resource_name, "request-size-limiting", written, config, **common)


def cors(
    resource_name: str,
    *,
    origins: Texts | None = None,
    methods: pulumi.Input[Sequence[pulumi.Input[HttpMethod]]] | None = None,
    headers: Texts | None = None,
    exposed_headers: Texts | None = None,
    credentials: pulumi.Input[bool] | None = None,
    max_age: pulumi.Input[float] | None = None,
    preflight_continue: pulumi.Input[bool] | None = None,
    private_network: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Allow browsers to call the API from pages of other origins (CORS).

    ``origins`` are URLs, regular expressions, or the single item ``*``. ``max_age`` is how long
    a browser caches the preflight response, in seconds. Source: `cors`.
    """
    written = {
        "origins": origins,
        "methods": methods,
        "headers": headers,
        "exposed_headers": exposed_headers,
        "credentials": credentials,
        "max_age": max_age,
        "preflight_continue": preflight_continue,
        "private_network": private_network,
    }
    return plugin(resource_name, "cors", written, config, **common)


def correlation_id(
    resource_name: str,
    *,
    header_name: pulumi.Input[str] | None = None,
    generator: pulumi.Input[Literal["tracker", "uuid", "uuid#counter"]] | None = None,
    echo_downstream: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerArgs],
) -> GatewayPlugin:
    """Add a unique id to each request, in the header ``header_name``.

    The default header is ``Kong-Request-ID``. With ``echo_downstream`` the response to the
    client has the id too. Source: `correlation-id`.
    """
    written = {
        "header_name": header_name,
        "generator": generator,
        "echo_downstream": echo_downstream,
    }
    return plugin(resource_name, "correlation-id", written, config, **common)


def proxy_cache_advanced(
    resource_name: str,
    *,
    cache_ttl: pulumi.Input[int] | None = None,
    storage_ttl: pulumi.Input[int] | None = None,
    request_method: pulumi.Input[
        Sequence[pulumi.Input[Literal["GET", "HEAD", "PATCH", "POST", "PUT"]]]
    ]
    | None = None,
    response_code: pulumi.Input[Sequence[pulumi.Input[int]]] | None = None,
    content_type: Texts | None = None,
    vary_headers: Texts | None = None,
    vary_query_params: Texts | None = None,
    cache_control: pulumi.Input[bool] | None = None,
    ignore_uri_case: pulumi.Input[bool] | None = None,
    bypass_on_err: pulumi.Input[bool] | None = None,
    redis: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Cache responses in Redis or, without ``redis``, in the memory of each data plane.

    For a Redis of your own write ``config={"strategy": "redis", "redis": {"host": ...}}`` instead.
    ``cache_ttl`` (default 300) and ``storage_ttl`` are in seconds. ``response_code`` are HTTP
    statuses from 100 to 900. With ``bypass_on_err`` a request goes to the service when the cache
    fails; Kong's default is false. Source: `proxy-cache-advanced`.
    """
    memory = None if "strategy" in (config or {}) else "memory"
    written = {
        "strategy": memory if redis is None else "redis",
        "cache_ttl": cache_ttl,
        "storage_ttl": storage_ttl,
        "request_method": request_method,
        "response_code": response_code,
        "content_type": content_type,
        "vary_headers": vary_headers,
        "vary_query_params": vary_query_params,
        "cache_control": cache_control,
        "ignore_uri_case": ignore_uri_case,
        "bypass_on_err": bypass_on_err,
    }
    links = links_to(redis)
    return plugin(resource_name, "proxy-cache-advanced", written, config, links, **common)


def bot_detection(
    resource_name: str,
    *,
    allow: Texts | None = None,
    deny: Texts | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Refuse known bots, by the ``User-Agent`` header.

    ``allow`` and ``deny`` are regular expressions beside Kong's own list of bots.
    Source: `bot-detection`.
    """
    return plugin(resource_name, "bot-detection", {"allow": allow, "deny": deny}, config, **common)


def request_termination(
    resource_name: str,
    *,
    status_code: pulumi.Input[int] | None = None,
    message: pulumi.Input[str] | None = None,
    body: pulumi.Input[str] | None = None,
    content_type: pulumi.Input[str] | None = None,
    echo: pulumi.Input[bool] | None = None,
    trigger: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Answer each request without the service: for maintenance, or to switch a route off.

    ``status_code`` is from 100 to 599 (default 503). Give ``message``, or ``body`` with its
    ``content_type``. With ``trigger``, only requests that have this header or query argument are
    answered. ``echo`` answers with a copy of the request. Source: `request-termination`.
    """
    written = {
        "status_code": status_code,
        "message": message,
        "body": body,
        "content_type": content_type,
        "echo": echo,
        "trigger": trigger,
    }
    return plugin(resource_name, "request-termination", written, config, **common)


def canary(
    resource_name: str,
    *,
    upstream_host: pulumi.Input[str] | None = None,
    upstream_port: pulumi.Input[int] | None = None,
    upstream_uri: pulumi.Input[str] | None = None,
    percentage: pulumi.Input[float] | None = None,
    start: pulumi.Input[float] | None = None,
    duration: pulumi.Input[float] | None = None,
    steps: pulumi.Input[float] | None = None,
    hash: pulumi.Input[Literal["allow", "consumer", "deny", "header", "ip", "none"]] | None = None,
    hash_header: pulumi.Input[str] | None = None,
    groups: Texts | None = None,
    canary_by_header_name: pulumi.Input[str] | None = None,
    upstream_fallback: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Send a part of the requests to another upstream.

    Give at least one of ``upstream_host``, ``upstream_port`` and ``upstream_uri``. The part is
    ``percentage`` (0 to 100), or grows from 0 to 100 from ``start`` (seconds since 1970) over
    ``duration`` (seconds, greater than 0; default 3600) in ``steps`` (greater than 1). With
    ``hash`` consumer, ip or header a client stays on its side; ``header`` needs ``hash_header``.
    With ``none`` each request is assigned anew. With ``allow`` and ``deny``, the ACL ``groups``
    decide. ``upstream_fallback`` goes back to the first upstream if the canary fails; it needs
    ``upstream_host``. Source: `canary`.
    """
    written = {
        "upstream_host": upstream_host,
        "upstream_port": upstream_port,
        "upstream_uri": upstream_uri,
        "percentage": percentage,
        "start": start,
        "duration": duration,
        "steps": steps,
        "hash": hash,
        "hash_header": hash_header,
        "groups": groups,
        "canary_by_header_name": canary_by_header_name,
        "upstream_fallback": upstream_fallback,
    }
    return plugin(resource_name, "canary", written, config, **common)
