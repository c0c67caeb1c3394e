"""AI plugins: model routing, token limits, prompt guards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.core_entities.plugin_facts import partial_places
from providers.konnect.plugins.arguments import (
    ConsumerGroupArgs,
    Texts,
    WindowType,
    counting,
    links_to,
    plugin,
)

Objects = pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]]

LlmFormat = Literal["anthropic", "bedrock", "cohere", "gemini", "huggingface", "openai"]

GenaiCategory = Literal[
    "audio/speech",
    "audio/transcription",
    "image/generation",
    "realtime/generation",
    "text/embeddings",
    "text/generation",
    "video/generation",
]


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
    places = partial_places("ai-proxy-advanced")
    links = [
        {"id": id_, "path": places[type_]}
        for type_, id_ in (("embeddings", embeddings), ("vectordb", vectordb))
        if id_ is not None
    ]
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


def ai_prompt_guard(
    resource_name: str,
    *,
    allow_patterns: Texts | None = None,
    deny_patterns: Texts | None = None,
    allow_all_conversation_history: pulumi.Input[bool] | None = None,
    match_all_roles: pulumi.Input[bool] | None = None,
    llm_format: pulumi.Input[LlmFormat] | None = None,
    genai_category: pulumi.Input[GenaiCategory] | None = None,
    max_request_body_size: pulumi.Input[int] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Allow or deny prompts by regular expressions.

    ``allow_patterns`` and ``deny_patterns`` have at most 10 items of 1 to 500 characters each.
    ``max_request_body_size`` is in bytes; 0 means no limit. Source: `ai-prompt-guard`.
    """
    written = {
        "allow_patterns": allow_patterns,
        "deny_patterns": deny_patterns,
        "allow_all_conversation_history": allow_all_conversation_history,
        "match_all_roles": match_all_roles,
        "llm_format": llm_format,
        "genai_category": genai_category,
        "max_request_body_size": max_request_body_size,
    }
    return plugin(resource_name, "ai-prompt-guard", written, config, **common)
