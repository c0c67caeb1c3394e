"""AI plugins for models and agents: model routing, token limits, MCP and A2A."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.plugins.arguments import (
    ConsumerGroupArgs,
    GenaiCategory,
    LlmFormat,
    RouteArgs,
    WindowType,
    counting,
    links_to,
    plugin,
    semantic_links,
)

Objects = pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]]


def ai_proxy_advanced(
    resource_name: str,
    *,
    targets: Objects,
    balancer: pulumi.Input[Mapping[str, Any]] | None = None,
    llm_format: pulumi.Input[LlmFormat] | None = None,
    genai_category: pulumi.Input[GenaiCategory] | None = None,
    response_streaming: pulumi.Input[Literal["allow", "always", "deny"]] | None = None,
    model_name_header: pulumi.Input[bool] | None = None,
    max_request_body_size: pulumi.Input[int] | None = None,
    embeddings: pulumi.Input[str] | None = None,
    vectordb: pulumi.Input[str] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Route requests to one or more language models.

    Each of ``targets`` is a mapping with at least ``model`` (its ``provider`` and ``name``) and
    ``route_type`` (such as ``llm/v1/chat``). ``balancer`` is a mapping with the ``algorithm``.
    ``embeddings`` and ``vectordb`` are ids of partials of these types; a semantic balancer needs
    them. ``max_request_body_size`` is in bytes. Source: `ai-proxy-advanced`.
    """
    written = {
        "targets": targets,
        "balancer": balancer,
        "llm_format": llm_format,
        "genai_category": genai_category,
        "response_streaming": response_streaming,
        "model_name_header": model_name_header,
        "max_request_body_size": max_request_body_size,
    }
    links = semantic_links("ai-proxy-advanced", embeddings, vectordb)
    return plugin(resource_name, "ai-proxy-advanced", written, config, links, **common)


def ai_rate_limiting_advanced(
    resource_name: str,
    *,
    llm_providers: Objects | None = None,
    policies: Objects | None = None,
    tokens_count_strategy: pulumi.Input[
        Literal["completion_tokens", "cost", "prompt_tokens", "total_tokens"]
    ]
    | None = None,
    window_type: pulumi.Input[WindowType] | None = None,
    identifier: pulumi.Input[
        Literal["consumer", "consumer-group", "credential", "header", "ip", "path", "service"]
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
    """Limit the number of language model tokens per time window.

    Give either ``llm_providers`` or ``policies``. ``llm_providers`` are mappings with ``name``,
    ``limit`` (tokens) and ``window_size`` (seconds); the last two are lists of the same length.
    ``policies`` are mappings with ``match`` and ``limits``. ``sync_rate`` is as in
    `rate_limiting_advanced`. Source: `ai-rate-limiting-advanced`.
    """
    written = {
        "llm_providers": llm_providers,
        "policies": policies,
        "tokens_count_strategy": tokens_count_strategy,
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
    return plugin(resource_name, "ai-rate-limiting-advanced", written, config, links, **common)


def ai_mcp_proxy(
    resource_name: str,
    *,
    mode: pulumi.Input[
        Literal["conversion-listener", "conversion-only", "listener", "passthrough-listener"]
    ],
    tools: Objects | None = None,
    server: pulumi.Input[Mapping[str, Any]] | None = None,
    default_acl: Objects | None = None,
    consumer_identifier: pulumi.Input[Literal["consumer_id", "custom_id", "username"]]
    | None = None,
    include_consumer_groups: pulumi.Input[bool] | None = None,
    logging: pulumi.Input[Mapping[str, Any]] | None = None,
    max_request_body_size: pulumi.Input[int] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Offer an API as MCP tools, or pass MCP requests on to an MCP server.

    ``mode`` ``passthrough-listener`` passes MCP on; ``conversion-listener`` offers the route's API
    as ``tools``; ``conversion-only`` declares tools that a ``listener`` elsewhere offers, found by
    its ``server`` ``tag``. Each of ``tools`` is a mapping with ``description``, and ``method``,
    ``path``, ``parameters`` and so on. ``default_acl`` are mappings with ``scope``, ``allow`` and
    ``deny``. ``max_request_body_size`` is in bytes. Gateway 3.14 adds ``acl_attribute_type`` and
    ``access_token_claim_field``, in ``config``. Source: `ai-mcp-proxy`.
    """
    written = {
        "mode": mode,
        "tools": tools,
        "server": server,
        "default_acl": default_acl,
        "consumer_identifier": consumer_identifier,
        "include_consumer_groups": include_consumer_groups,
        "logging": logging,
        "max_request_body_size": max_request_body_size,
    }
    return plugin(resource_name, "ai-mcp-proxy", written, config, **common)


def ai_a2a_proxy(
    resource_name: str,
    *,
    logging: pulumi.Input[Mapping[str, Any]] | None = None,
    max_request_body_size: pulumi.Input[int] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[RouteArgs],
) -> GatewayPlugin:
    """Pass on requests between agents (A2A) and record them.

    Needs gateway 3.14 or later. ``logging`` is a mapping with ``log_statistics``,
    ``log_payloads`` and ``max_payload_size`` (bytes). ``max_request_body_size`` is in bytes.
    Source: `ai-a2a-proxy`.
    """
    written = {"logging": logging, "max_request_body_size": max_request_body_size}
    return plugin(resource_name, "ai-a2a-proxy", written, config, **common)
