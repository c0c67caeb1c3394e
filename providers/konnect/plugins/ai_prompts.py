"""AI plugins for prompts and answers: guards, semantic cache, decoration, personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import pulumi

from providers.konnect.core_entities.plugin import GatewayPlugin
from providers.konnect.plugins.arguments import (
    ConsumerGroupArgs,
    GenaiCategory,
    LlmFormat,
    Texts,
    plugin,
    semantic_links,
)


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


def ai_semantic_prompt_guard(
    resource_name: str,
    *,
    embeddings: pulumi.Input[str] | None = None,
    vectordb: pulumi.Input[str] | None = None,
    rules: pulumi.Input[Mapping[str, Any]] | None = None,
    search: pulumi.Input[Mapping[str, Any]] | None = None,
    llm_format: pulumi.Input[LlmFormat] | None = None,
    genai_category: pulumi.Input[GenaiCategory] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Allow or deny prompts by their meaning.

    ``embeddings`` and ``vectordb`` are ids of partials of these types; both are needed, here or as
    mappings in ``config``. ``rules`` is a mapping with at least one of ``allow_prompts`` and
    ``deny_prompts``: at most 100 items of 1 to 500 characters each. ``search`` is a mapping with
    the ``threshold`` of similarity (default 0.5). Source: `ai-semantic-prompt-guard`.
    """
    written = {
        "rules": rules,
        "search": search,
        "llm_format": llm_format,
        "genai_category": genai_category,
    }
    links = semantic_links("ai-semantic-prompt-guard", embeddings, vectordb)
    return plugin(resource_name, "ai-semantic-prompt-guard", written, config, links, **common)


def ai_semantic_cache(
    resource_name: str,
    *,
    embeddings: pulumi.Input[str] | None = None,
    vectordb: pulumi.Input[str] | None = None,
    cache_ttl: pulumi.Input[int] | None = None,
    cache_control: pulumi.Input[bool] | None = None,
    exact_caching: pulumi.Input[bool] | None = None,
    message_countback: pulumi.Input[float] | None = None,
    ignore_system_prompts: pulumi.Input[bool] | None = None,
    ignore_assistant_prompts: pulumi.Input[bool] | None = None,
    ignore_tool_prompts: pulumi.Input[bool] | None = None,
    stop_on_failure: pulumi.Input[bool] | None = None,
    llm_format: pulumi.Input[LlmFormat] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Answer a prompt from the cache when one of the same meaning was answered before.

    ``embeddings`` and ``vectordb`` are ids of partials of these types; both are needed, here or as
    mappings in ``config``. ``cache_ttl`` is in seconds, greater than 0 (default 300).
    ``message_countback`` is how many messages of the chat are compared: 1 to 1000 (default 1).
    With ``stop_on_failure`` a request fails when the cache does. Source: `ai-semantic-cache`.
    """
    written = {
        "cache_ttl": cache_ttl,
        "cache_control": cache_control,
        "exact_caching": exact_caching,
        "message_countback": message_countback,
        "ignore_system_prompts": ignore_system_prompts,
        "ignore_assistant_prompts": ignore_assistant_prompts,
        "ignore_tool_prompts": ignore_tool_prompts,
        "stop_on_failure": stop_on_failure,
        "llm_format": llm_format,
    }
    links = semantic_links("ai-semantic-cache", embeddings, vectordb)
    return plugin(resource_name, "ai-semantic-cache", written, config, links, **common)


def ai_prompt_decorator(
    resource_name: str,
    *,
    prompts: pulumi.Input[Mapping[str, Any]],
    llm_format: pulumi.Input[LlmFormat] | None = None,
    max_request_body_size: pulumi.Input[int] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Add messages before or after those of a chat.

    ``prompts`` is a mapping with at least one of ``prepend`` and ``append``, which are lists of
    mappings with ``role`` (system, assistant or user) and ``content``. ``max_request_body_size``
    is in bytes. Source: `ai-prompt-decorator`.
    """
    written = {
        "prompts": prompts,
        "llm_format": llm_format,
        "max_request_body_size": max_request_body_size,
    }
    return plugin(resource_name, "ai-prompt-decorator", written, config, **common)


Personal = Literal[
    "all",
    "all_and_credentials",
    "bank",
    "credentials",
    "creditcard",
    "crypto",
    "custom",
    "date",
    "domain",
    "driverlicense",
    "email",
    "general",
    "ip",
    "medical",
    "nationalid",
    "nrp",
    "passport",
    "phone",
    "ssn",
    "url",
]
"""Kinds of personal data that the sanitizer knows."""


def ai_sanitizer(
    resource_name: str,
    *,
    host: pulumi.Input[str] | None = None,
    port: pulumi.Input[float] | None = None,
    scheme: pulumi.Input[str] | None = None,
    timeout: pulumi.Input[float] | None = None,
    anonymize: pulumi.Input[Sequence[pulumi.Input[Personal]]] | None = None,
    custom_patterns: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None = None,
    redact_type: pulumi.Input[Literal["placeholder", "synthetic"]] | None = None,
    recover_redacted: pulumi.Input[bool] | None = None,
    block_if_detected: pulumi.Input[bool] | None = None,
    sanitization_mode: pulumi.Input[Literal["BOTH", "INPUT", "OUTPUT"]] | None = None,
    stop_on_error: pulumi.Input[bool] | None = None,
    config: Mapping[str, Any] | None = None,
    **common: Unpack[ConsumerGroupArgs],
) -> GatewayPlugin:
    """Remove personal data from prompts, from answers, or from both.

    ``host``, ``port`` and ``scheme`` are those of Kong's AI PII service, which a team runs itself
    (default ``http://localhost:8080``). ``custom_patterns`` are
    mappings with ``name``, ``regex`` and ``score`` (0 to 1). With ``recover_redacted`` (Kong's
    default) the answer has the removed data again; ``block_if_detected`` refuses the request
    instead. Source: `ai-sanitizer`.
    """
    written = {
        "host": host,
        "port": port,
        "scheme": scheme,
        "timeout": timeout,
        "anonymize": anonymize,
        "custom_patterns": custom_patterns,
        "redact_type": redact_type,
        "recover_redacted": recover_redacted,
        "block_if_detected": block_if_detected,
        "sanitization_mode": sanitization_mode,
        "stop_on_error": stop_on_error,
    }
    return plugin(resource_name, "ai-sanitizer", written, config, **common)
