"""Rules between the fields of a plugin's config: broken ones are named before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from providers.base.model import check
from providers.konnect.core_entities.plugin_rules import rule_problems
from sandbox.clock import VirtualClock
from sandbox.store import Store
from tests.providers.konnect.example import ENTITY, PLANE, Props
from tests.providers.konnect.examples import PLUGIN
from tests.sandbox.konnect.client import Answer, Konnect, entities

LIMITS: Props = {"limit": [5], "window_size": [60]}
REDIS: Props = {"strategy": "redis", "sync_rate": 0.5}
PROVIDER: Props = {"name": "openai", **LIMITS}
PARAMETER: Props = {"in": "query", "name": "page", "required": True}
TARGET: Props = {"model": {"name": "gpt", "provider": "openai"}, "route_type": "llm/v1/chat"}
KAFKA: Props = {"topic": "orders"}
ADVANCED = "rate-limiting-advanced"
SEMANTIC: Props = {"targets": [TARGET], "balancer": {"algorithm": "semantic"}}

BROKEN: list[tuple[str, Props, str, str]] = [
    # (plugin, config, path, a part of the reason)
    ("acl", {}, "allow", "is missing, and so is deny; add allow or deny"),
    ("acl", {"allow": []}, "allow", "is missing"),
    ("acl", {"allow": ["a"], "deny": ["b"]}, "deny", "excludes allow, which is set too"),
    ("ip-restriction", {"status": 403}, "allow", "and so is deny"),
    ("mtls-auth", {"ca_certificates": []}, "ca_certificates", "is missing; add"),
    (
        "mtls-auth",
        {"ca_certificates": [ENTITY], "http_proxy_host": "proxy"},
        "http_proxy_port",
        "and http_proxy_host needs it",
    ),
    ("jwt", {"maximum_expiration": 60}, "claims_to_verify", "does not include exp"),
    ("rate-limiting", {"policy": "local"}, "second", "and so is minute, hour"),
    ("rate-limiting", {"minute": 0}, "minute", "is 0, which is not above 0"),
    ("rate-limiting", {"minute": 9, "day": 5}, "day", "is 5, which is less than the 9 per minute"),
    ("rate-limiting", {"minute": 5, "limit_by": "header"}, "header_name", "and limit_by: header"),
    ("rate-limiting", {"minute": 5, "limit_by": "path"}, "path", "and limit_by: path"),
    ("rate-limiting", {"minute": 5, "policy": "redis"}, "redis.host", "and policy: redis"),
    (
        "response-ratelimiting",
        {"limits": {"sms": {}}},
        "limits.sms",
        "has no period; add second, minute",
    ),
    (
        "response-ratelimiting",
        {"limits": {"sms": {"minute": 9, "hour": 5}}},
        "limits.sms.hour",
        "is 5, which is less than the 9 per minute",
    ),
    (
        ADVANCED,
        {"limit": [5, 6], "window_size": [60]},
        "window_size",
        "has 1 values, and limit has 2",
    ),
    (ADVANCED, {**LIMITS, "strategy": "redis"}, "sync_rate", "and strategy: redis needs it"),
    (ADVANCED, {**LIMITS, "sync_rate": 1}, "sync_rate", "strategy: local does not take"),
    (ADVANCED, {**LIMITS, **REDIS, "sync_rate": 0.01}, "sync_rate", "between 0 and 0.02"),
    (ADVANCED, {**LIMITS, "strategy": "cluster"}, "strategy", "does not work in Konnect"),
    (ADVANCED, {**LIMITS, "identifier": "header"}, "header_name", "and identifier: header"),
    (ADVANCED, {**LIMITS, "identifier": "path"}, "path", "and identifier: path"),
    (ADVANCED, {**LIMITS, "error_code": 0}, "error_code", "not above 0"),
    (
        "service-protection",
        {"limit": [5], "window_size": []},
        "window_size",
        "has 0 values, and limit has 1",
    ),
    (
        "graphql-rate-limiting-advanced",
        {**LIMITS, "sync_rate": 1},
        "strategy",
        "does not work in Konnect",
    ),
    ("proxy-cache-advanced", {"strategy": "memory", "cache_ttl": 0}, "cache_ttl", "not above 0"),
    (
        "opentelemetry",
        {"sampling_rate": 1},
        "traces_endpoint",
        "is missing, and so is logs_endpoint, metrics.endpoint",
    ),
    ("request-termination", {"message": "no", "body": "no"}, "body", "excludes message"),
    ("request-termination", {"content_type": "text/plain"}, "body", "and content_type needs it"),
    ("request-termination", {"echo": True, "body": "no"}, "body", "excludes echo"),
    ("request-validator", {"version": "draft7"}, "body_schema", "and so is parameter_schema"),
    ("request-validator", {"body_schema": "{"}, "body_schema", "is not JSON"),
    (
        "request-validator",
        {"parameter_schema": [{**PARAMETER, "style": "form", "explode": True}]},
        "parameter_schema.0.schema",
        "and style or explode needs it",
    ),
    ("canary", {"percentage": 10}, "upstream_host", "and so is upstream_port or"),
    (
        "canary",
        {"upstream_host": "new", "hash": "header"},
        "hash_header",
        "and hash: header needs it",
    ),
    (
        "canary",
        {"upstream_port": 80, "upstream_fallback": True},
        "upstream_host",
        "and upstream_fallback: true needs it",
    ),
    ("canary", {"upstream_host": "new", "steps": 1}, "steps", "is 1, which is not above 1"),
    ("ai-prompt-guard", {}, "allow_patterns", "and so is deny_patterns"),
    (
        "ai-prompt-guard",
        {"deny_patterns": ["x"], "match_all_roles": True, "allow_all_conversation_history": True},
        "allow_all_conversation_history",
        "excludes match_all_roles",
    ),
    ("ai-prompt-decorator", {"prompts": {}}, "prompts.append", "and so is prompts.prepend"),
    (
        "ai-rate-limiting-advanced",
        {**REDIS, "sync_rate": None},
        "sync_rate",
        "strategy: redis needs it",
    ),
    (
        "ai-rate-limiting-advanced",
        {"llm_providers": [PROVIDER, PROVIDER]},
        "llm_providers.1.name",
        "is openai, which is listed before",
    ),
    (
        "ai-rate-limiting-advanced",
        {"llm_providers": [{**PROVIDER, "limit": [1, 2]}]},
        "llm_providers.0.window_size",
        "has 1 values, and limit has 2",
    ),
    (
        "ai-rate-limiting-advanced",
        {
            "llm_providers": [PROVIDER],
            "policies": [{"limits": [{"limit": 5, "window_size": 60}]}],
        },
        "policies",
        "excludes llm_providers",
    ),
    (ADVANCED, {**LIMITS, "enforce_consumer_groups": True}, "consumer_groups", "needs it"),
    ("kafka-upstream", {**KAFKA, "forward_body": False}, "forward_method", "write true for one"),
    (
        "ai-mcp-proxy",
        {"mode": "listener", "server": {"session": {"strategy": "client"}}},
        "server.session.client.secrets",
        "server.session.strategy: client needs it",
    ),
    (
        "ai-rate-limiting-advanced",
        {"llm_providers": [{**PROVIDER, "name": "requestPrompt"}]},
        "request_prompt_count_function",
        "the provider requestPrompt needs it",
    ),
]


KEPT: list[tuple[str, Props]] = [
    ("acl", {"allow": ["a"], "deny": None}),
    ("jwt", {"maximum_expiration": 60, "claims_to_verify": ["nbf", "exp"]}),
    ("rate-limiting", {"minute": 5, "day": 5}),
    ("response-ratelimiting", {"limits": {"sms": {"minute": 5, "hour": 9}}}),
    (ADVANCED, {**LIMITS, "sync_rate": -1}),
    (ADVANCED, {**LIMITS, **REDIS, "sync_rate": 0}),
    ("graphql-rate-limiting-advanced", {**LIMITS, "sync_rate": -1}),
    ("opentelemetry", {"metrics": {"endpoint": "https://otel.example/v1/metrics"}}),
    ("opentelemetry", {"access_logs": {"endpoint": "https://otel.example/v1/logs"}}),
    ("request-termination", {"body": "no", "content_type": "text/plain"}),
    ("request-termination", {"message": "no"}),
    ("request-validator", {"body_schema": "[]"}),
    ("request-validator", {"parameter_schema": [PARAMETER]}),
    ("canary", {"upstream_host": "new", "percentage": 10}),
    ("ai-prompt-guard", {"deny_patterns": ["x"], "allow_all_conversation_history": True}),
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


@pytest.mark.parametrize(("plugin", "config"), [*KEPT, ("our-own", {"minute": 0})])
def test_a_config_that_keeps_the_rules_is_accepted(plugin: str, config: Props) -> None:
    assert refused(plugin, config) == []


@pytest.fixture(scope="module")
def posted() -> Iterator[Callable[[str, Props], Answer]]:
    """A function that sends a plugin to the sandbox's Konnect."""
    store = Store(":memory:", VirtualClock(speed=0))
    konnect = Konnect(store)

    def post(plugin: str, config: Props) -> Answer:
        body = {"name": plugin, "config": config}
        return konnect.post(entities(konnect.plane(), "plugins"), body)

    yield post
    konnect.close()
    store.close()


@pytest.mark.parametrize(("plugin", "config"), [broken[:2] for broken in BROKEN])
def test_what_a_preview_refuses_konnect_refuses_too(
    posted: Callable[[str, Props], Answer], plugin: str, config: Props
) -> None:
    answer = posted(plugin, config)
    assert answer.status == 400
    assert [detail["field"].partition(".")[0] for detail in answer.body["details"]] == ["config"]


@pytest.mark.parametrize(("plugin", "config"), KEPT)
def test_what_a_preview_accepts_konnect_accepts_too(
    posted: Callable[[str, Props], Answer], plugin: str, config: Props
) -> None:
    assert posted(plugin, config).status == 201


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
    assert [rule.path for rule in rule_problems("rate-limiting", config)] == ["config.redis.host"]
    assert [*rule_problems("rate-limiting", config, filled=["config.redis"])] == []


def test_a_semantic_balancer_needs_vectors_and_a_description_of_each_target() -> None:
    paths = [rule.path for rule in rule_problems("ai-proxy-advanced", SEMANTIC)]
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
    assert "config.rules.allow_prompts: is missing, and so is" in reason
    config = {"rules": {"deny_prompts": ["jokes"]}}
    assert refused("ai-semantic-prompt-guard", config, partials=partials) == []


def test_rules_are_checked_once_each_field_is_right() -> None:
    assert refused("rate-limiting", {"mintue": 5}) == [
        "plugin 'rate-limiting': config.mintue: unknown field; did you mean 'minute'?"
    ]
