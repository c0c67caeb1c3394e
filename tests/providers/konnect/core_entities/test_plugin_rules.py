"""Rules between the fields of a plugin's config: broken ones are named before anything is made."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from providers.base.model import check
from providers.konnect.core_entities.plugin_rules import rule_problems
from tests.providers.konnect.example import ENTITY, PLANE, Props
from tests.providers.konnect.examples import PLUGIN

LIMITS: Props = {"limit": [5], "window_size": [60]}
REDIS: Props = {"strategy": "redis", "sync_rate": 0.5}
PROVIDER: Props = {"name": "openai", **LIMITS}
PARAMETER: Props = {"in": "query", "name": "page", "required": True}
TARGET: Props = {"model": {"name": "gpt", "provider": "openai"}, "route_type": "llm/v1/chat"}
ADVANCED = "rate-limiting-advanced"
SEMANTIC: Props = {"targets": [TARGET], "balancer": {"algorithm": "semantic"}}

BROKEN: list[tuple[str, Props, str, str]] = [
    # (plugin, config, path, a part of the reason)
    ("acl", {}, "allow", "at least one of allow, deny is required"),
    ("acl", {"allow": []}, "allow", "at least one of"),
    ("acl", {"allow": ["a"], "deny": ["b"]}, "deny", "only one of allow, deny"),
    ("ip-restriction", {"status": 403}, "allow", "at least one of allow, deny"),
    ("mtls-auth", {"ca_certificates": []}, "ca_certificates", "at least one of"),
    (
        "mtls-auth",
        {"ca_certificates": [ENTITY], "http_proxy_host": "proxy"},
        "http_proxy_port",
        "because http_proxy_host is set",
    ),
    ("jwt", {"maximum_expiration": 60}, "claims_to_verify", "must include 'exp'"),
    ("rate-limiting", {"policy": "local"}, "second", "at least one of second, minute"),
    ("rate-limiting", {"minute": 0}, "minute", "0 is not greater than 0"),
    ("rate-limiting", {"minute": 9, "day": 5}, "day", "5 per day is less than 9 per minute"),
    ("rate-limiting", {"minute": 5, "limit_by": "header"}, "header_name", "when limit_by is"),
    ("rate-limiting", {"minute": 5, "limit_by": "path"}, "path", "when limit_by is"),
    ("rate-limiting", {"minute": 5, "policy": "redis"}, "redis.host", "when policy is"),
    ("response-ratelimiting", {"limits": {"sms": {}}}, "limits.sms", "at least one of second"),
    (
        "response-ratelimiting",
        {"limits": {"sms": {"minute": 9, "hour": 5}}},
        "limits.sms.hour",
        "5 per hour is less than 9 per minute",
    ),
    (ADVANCED, {"limit": [5, 6], "window_size": [60]}, "window_size", "limit has 2 items"),
    (ADVANCED, {**LIMITS, "strategy": "redis"}, "sync_rate", "required when strategy is"),
    (ADVANCED, {**LIMITS, "sync_rate": 1}, "sync_rate", 'when strategy is "local"'),
    (ADVANCED, {**LIMITS, **REDIS, "sync_rate": 0.01}, "sync_rate", "at least 0.02"),
    (ADVANCED, {**LIMITS, "strategy": "cluster"}, "strategy", "does not work in Konnect"),
    (ADVANCED, {**LIMITS, "identifier": "header"}, "header_name", "when identifier is"),
    (ADVANCED, {**LIMITS, "identifier": "path"}, "path", "when identifier is"),
    (ADVANCED, {**LIMITS, "error_code": 0}, "error_code", "not greater than 0"),
    ("service-protection", {"limit": [5], "window_size": []}, "window_size", "0 windows"),
    ("graphql-rate-limiting-advanced", {**LIMITS, "sync_rate": 1}, "strategy", "in Konnect"),
    ("proxy-cache-advanced", {"strategy": "memory", "cache_ttl": 0}, "cache_ttl", "than 0"),
    ("opentelemetry", {"sampling_rate": 1}, "traces_endpoint", "at least one of"),
    ("request-termination", {"message": "no", "body": "no"}, "body", "not allowed with message"),
    ("request-termination", {"content_type": "text/plain"}, "body", "when content_type is set"),
    ("request-termination", {"echo": True, "body": "no"}, "body", "not allowed with echo"),
    ("request-validator", {"version": "draft7"}, "body_schema", "at least one of"),
    ("request-validator", {"body_schema": "{"}, "body_schema", "is not JSON"),
    (
        "request-validator",
        {"parameter_schema": [{**PARAMETER, "style": "form", "explode": True}]},
        "parameter_schema.0.schema",
        "are set together",
    ),
    ("canary", {"percentage": 10}, "upstream_host", "at least one of upstream_host, upstream_"),
    (
        "canary",
        {"upstream_host": "new", "hash": "header"},
        "hash_header",
        'required when hash is "header"',
    ),
    (
        "canary",
        {"upstream_port": 80, "upstream_fallback": True},
        "upstream_host",
        "required when upstream_fallback is true",
    ),
    ("canary", {"upstream_host": "new", "steps": 1}, "steps", "1 is not greater than 1"),
    ("ai-prompt-guard", {}, "allow_patterns", "at least one of"),
    (
        "ai-prompt-guard",
        {"deny_patterns": ["x"], "match_all_roles": True, "allow_all_conversation_history": True},
        "allow_all_conversation_history",
        "not allowed with match_all_roles",
    ),
    ("ai-prompt-decorator", {"prompts": {}}, "prompts.append", "at least one of"),
    ("ai-rate-limiting-advanced", {**REDIS, "sync_rate": None}, "sync_rate", "required when"),
    (
        "ai-rate-limiting-advanced",
        {"llm_providers": [PROVIDER, PROVIDER]},
        "llm_providers.1.name",
        "'openai' is listed twice",
    ),
    (
        "ai-rate-limiting-advanced",
        {"llm_providers": [{**PROVIDER, "limit": [1, 2]}]},
        "llm_providers.0.window_size",
        "limit has 2 items",
    ),
    (
        "ai-rate-limiting-advanced",
        {"llm_providers": [{**PROVIDER, "name": "requestPrompt"}]},
        "request_prompt_count_function",
        "required by the provider 'requestPrompt'",
    ),
]


def refused(plugin: str, config: Props, **more: Any) -> list[str]:
    """What check says of a plugin."""
    inputs = {"control_plane_id": PLANE, "name": plugin, "config": config, **more}
    return [reason for _, reason in check(PLUGIN.inputs, inputs).failures]


@pytest.mark.parametrize(("plugin", "config", "path", "reason"), BROKEN)
def test_a_broken_rule_is_refused_at_preview_with_its_field(
    plugin: str, config: Props, path: str, reason: str
) -> None:
    (text,) = refused(plugin, config)
    assert text.startswith(f"plugin {plugin!r}: config.{path}: ")
    assert reason in text


@pytest.mark.parametrize(
    ("plugin", "config"),
    [
        ("acl", {"allow": ["a"], "deny": None}),
        ("jwt", {"maximum_expiration": 60, "claims_to_verify": ["nbf", "exp"]}),
        ("rate-limiting", {"minute": 5, "day": 5}),
        ("response-ratelimiting", {"limits": {"sms": {"minute": 5, "hour": 9}}}),
        (ADVANCED, {**LIMITS, "sync_rate": -1}),
        (ADVANCED, {**LIMITS, **REDIS, "sync_rate": 0}),
        ("graphql-rate-limiting-advanced", {**LIMITS, "sync_rate": -1}),
        ("opentelemetry", {"metrics": {"endpoint": "https://otel.example/v1/metrics"}}),
        ("request-termination", {"body": "no", "content_type": "text/plain"}),
        ("request-termination", {"message": "no"}),
        ("request-validator", {"body_schema": "[]"}),
        ("request-validator", {"parameter_schema": [PARAMETER]}),
        ("canary", {"upstream_host": "new", "percentage": 10}),
        ("ai-prompt-guard", {"deny_patterns": ["x"], "allow_all_conversation_history": True}),
        ("our-own", {"minute": 0}),
    ],
)
def test_a_config_that_keeps_the_rules_is_accepted(plugin: str, config: Props) -> None:
    assert refused(plugin, config) == []


@pytest.mark.parametrize(
    ("plugin", "config"),
    [
        ("acl", {"allow": UNKNOWN}),
        ("jwt", {"maximum_expiration": 60, "claims_to_verify": UNKNOWN}),
        ("jwt", {"maximum_expiration": 60, "claims_to_verify": [UNKNOWN]}),
        (ADVANCED, {"limit": UNKNOWN, "window_size": [60]}),
        (ADVANCED, {**LIMITS, "strategy": UNKNOWN, "sync_rate": 1}),
        (ADVANCED, {**LIMITS, "strategy": "redis", "sync_rate": UNKNOWN}),
        ("rate-limiting", {"minute": UNKNOWN, "limit_by": UNKNOWN, "policy": UNKNOWN}),
        ("request-validator", {"body_schema": UNKNOWN}),
        ("ai-rate-limiting-advanced", {"llm_providers": UNKNOWN}),
    ],
)
def test_a_value_that_is_not_known_yet_breaks_no_rule(plugin: str, config: Props) -> None:
    assert refused(plugin, config) == []


def test_a_redis_partial_supplies_the_server() -> None:
    config = {"minute": 5, "policy": "redis"}
    assert refused("rate-limiting", config, partials=[{"id": ENTITY}]) == []
    assert [path for path, _ in rule_problems("rate-limiting", config)] == ["config.redis.host"]
    assert [*rule_problems("rate-limiting", config, wired_redis=True)] == []


def test_a_semantic_balancer_needs_vectors_and_a_description_of_each_target() -> None:
    paths = [path for path, _ in rule_problems("ai-proxy-advanced", SEMANTIC)]
    assert paths == ["config.embeddings", "config.vectordb", "config.targets.0.description"]
    described = {**SEMANTIC, "targets": [{**TARGET, "description": "orders"}]}
    places = ("config.embeddings", "config.vectordb")
    assert [*rule_problems("ai-proxy-advanced", described, filled=places)] == []


def test_a_semantic_prompt_guard_needs_prompts_to_compare_with() -> None:
    partials = [
        {"id": ENTITY, "path": "config.embeddings"},
        {"id": ENTITY, "path": "config.vectordb"},
    ]
    (reason,) = refused("ai-semantic-prompt-guard", {}, partials=partials)
    assert "config.rules.allow_prompts: at least one of" in reason
    config = {"rules": {"deny_prompts": ["jokes"]}}
    assert refused("ai-semantic-prompt-guard", config, partials=partials) == []


def test_rules_are_checked_once_each_field_is_right() -> None:
    assert refused("rate-limiting", {"mintue": 5}) == [
        "plugin 'rate-limiting': config.mintue: unknown field; did you mean 'minute'?"
    ]
