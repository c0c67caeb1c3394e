"""Plugins and the partials that fill a part of their configuration."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.client import Json, Konnect, entities

NOBODY = "00000000-0000-4000-8000-000000000000"
LIMITS = {"limit": [5], "window_size": [60]}
REDIS = {**LIMITS, "strategy": "redis", "sync_rate": 0.5}
ADVANCED = "rate-limiting-advanced"
MODEL = {"model": {"name": "m", "provider": "openai"}}
PARAMETER = {"in": "query", "name": "page", "required": True}
PROVIDER: Json = {"name": "openai", **LIMITS}
TARGET = {**MODEL, "route_type": "llm/v1/chat"}
VECTORS = {"strategy": "redis", "dimensions": 8, "distance_metric": "cosine"}


@pytest.fixture
def plane(konnect: Konnect) -> str:
    return konnect.plane()


def partial(konnect: Konnect, plane: str, type_: str = "redis-ee", **config: Any) -> Json:
    body = {"name": f"{type_}", "type": type_, "config": {"host": "redis.internal", **config}}
    answer = konnect.post(entities(plane, "partials"), body)
    assert answer.status == 201, answer.body
    made: Json = answer.body
    return made


def post(konnect: Konnect, plane: str, name: str = ADVANCED, **fields: Any) -> Any:
    return konnect.post(entities(plane, "plugins"), {"name": name, **fields})


def test_a_plugin_gets_defaults_that_nobody_wrote(konnect: Konnect, plane: str) -> None:
    plugin = post(konnect, plane, config=LIMITS).body
    assert plugin["enabled"] is True
    assert plugin["protocols"] == ["grpc", "grpcs", "http", "https"]
    assert plugin["config"]["window_type"] == "sliding"
    assert len(plugin["config"]["namespace"]) == 32


@pytest.mark.parametrize(
    ("name", "config", "field"),
    [
        ("rate-limiting-extreme", {}, "name"),
        ("oauth2", {}, "name"),
        (ADVANCED, {}, "config.limit"),
        (ADVANCED, {"limit": [5]}, "config.window_size"),
        (ADVANCED, {"limit": [5, 6], "window_size": [60]}, "config.window_size"),
        (ADVANCED, {"limit": ["5"], "window_size": [60]}, "config.limit.0"),
        (ADVANCED, {**LIMITS, "strategy": "cluster", "sync_rate": 1}, "config.strategy"),
        (ADVANCED, {**LIMITS, "strategy": "redis"}, "config.sync_rate"),
        (ADVANCED, {**LIMITS, "sync_rate": 1}, "config.sync_rate"),
        (ADVANCED, {**REDIS, "sync_rate": 0.01}, "config.sync_rate"),
        (ADVANCED, {**REDIS, "sync_rate": "1"}, "config.sync_rate"),
        ("rate-limiting", {}, "config.second"),
        ("rate-limiting", {"minute": "abc"}, "config.minute"),
        ("rate-limiting", {"minute": 5, "policy": "redis"}, "config.redis.host"),
        ("rate-limiting", {"minute": 5, "limit_by": "header"}, "config.header_name"),
        ("acl", {}, "config.allow"),
        ("acl", {"allow": ["a"], "deny": ["b"]}, "config.deny"),
        ("ip-restriction", {"status": 403}, "config.allow"),
        ("acl", {"allow": []}, "config.allow"),
        ("mtls-auth", {"ca_certificates": []}, "config.ca_certificates"),
        (
            "mtls-auth",
            {"ca_certificates": [NOBODY], "https_proxy_port": 443},
            "config.https_proxy_host",
        ),
        ("jwt", {"maximum_expiration": 60}, "config.claims_to_verify"),
        ("rate-limiting", {"minute": 0}, "config.minute"),
        ("rate-limiting", {"minute": 9, "day": 5}, "config.day"),
        ("response-ratelimiting", {"limits": {"sms": {}}}, "config.limits.sms"),
        (
            "response-ratelimiting",
            {"limits": {"sms": {"minute": 9, "hour": 5}}},
            "config.limits.sms.hour",
        ),
        (
            "response-ratelimiting",
            {"limits": {"sms": {"minute": 9}}, "policy": "redis"},
            "config.redis.host",
        ),
        (ADVANCED, {**LIMITS, "identifier": "header"}, "config.header_name"),
        (ADVANCED, {**LIMITS, "identifier": "path"}, "config.path"),
        (ADVANCED, {**LIMITS, "error_code": 0}, "config.error_code"),
        ("graphql-rate-limiting-advanced", {**LIMITS, "sync_rate": 1}, "config.strategy"),
        ("proxy-cache-advanced", {"strategy": "memory", "cache_ttl": 0}, "config.cache_ttl"),
        ("opentelemetry", {}, "config.traces_endpoint"),
        ("request-termination", {"message": "no", "body": "no"}, "config.body"),
        ("request-termination", {"content_type": "text/plain"}, "config.body"),
        ("request-termination", {"echo": True, "body": "no"}, "config.body"),
        ("request-validator", {}, "config.body_schema"),
        ("request-validator", {"body_schema": "{"}, "config.body_schema"),
        (
            "request-validator",
            {"parameter_schema": [{**PARAMETER, "style": "form", "explode": True}]},
            "config.parameter_schema.0.schema",
        ),
        ("canary", {"percentage": 10}, "config.upstream_uri"),
        ("canary", {"upstream_host": "new", "hash": "header"}, "config.hash_header"),
        ("canary", {"upstream_port": 80, "upstream_fallback": True}, "config.upstream_host"),
        ("canary", {"upstream_host": "new", "steps": 1}, "config.steps"),
        ("ai-prompt-guard", {}, "config.allow_patterns"),
        (
            "ai-prompt-guard",
            {
                "deny_patterns": ["x"],
                "match_all_roles": True,
                "allow_all_conversation_history": True,
            },
            "config.allow_all_conversation_history",
        ),
        ("ai-prompt-decorator", {"prompts": {}}, "config.prompts.prepend"),
        ("ai-rate-limiting-advanced", {"sync_rate": 1}, "config.sync_rate"),
        (
            "ai-rate-limiting-advanced",
            {"llm_providers": [PROVIDER, PROVIDER]},
            "config.llm_providers.1.name",
        ),
        (
            "ai-rate-limiting-advanced",
            {"llm_providers": [{**PROVIDER, "limit": [1, 2]}]},
            "config.llm_providers.0.window_size",
        ),
        (
            "ai-rate-limiting-advanced",
            {"llm_providers": [{**PROVIDER, "name": "requestPrompt"}]},
            "config.request_prompt_count_function",
        ),
        (
            "ai-proxy-advanced",
            {"targets": [TARGET], "balancer": {"algorithm": "semantic"}},
            "config.embeddings",
        ),
        ("openid-connect", {}, "config.issuer"),
        ("http-log", {}, "config.http_endpoint"),
    ],
)
def test_a_bad_plugin_is_a_400(
    konnect: Konnect, plane: str, name: str, config: Json, field: str
) -> None:
    answer = post(konnect, plane, name, config=config)
    assert answer.status == 400
    assert answer.body["details"][0]["field"] == field


def test_a_custom_plugin_is_known_once_it_is_uploaded(konnect: Konnect, plane: str) -> None:
    assert post(konnect, plane, "our-own").status == 400
    code = {"name": "our-own", "handler": "return {}", "schema": "return {}"}
    assert konnect.post(entities(plane, "custom-plugins"), code).status == 201
    made = post(konnect, plane, "our-own", config={"anything": {"goes": True}}).body
    assert made["config"] == {"anything": {"goes": True}}
    assert made["protocols"] == ["grpc", "grpcs", "http", "https"]


def test_a_plugin_is_unique_where_it_is(konnect: Konnect, plane: str) -> None:
    service = konnect.post(entities(plane, "services"), {"host": "h"}).body
    scope: Json = {"service": {"id": service["id"]}}
    assert post(konnect, plane, config=LIMITS).status == 201
    assert post(konnect, plane, config=LIMITS).status == 400
    first = post(konnect, plane, config=LIMITS, **scope)
    assert first.status == 201
    assert post(konnect, plane, config=LIMITS, **scope).status == 400
    path = f"{entities(plane, 'plugins')}/{first.body['id']}"
    body = {"name": ADVANCED, "config": {**LIMITS, "limit": [9]}, **scope}
    assert konnect.put(path, body).body["config"]["limit"] == [9]
    assert post(konnect, plane, "cors", service={"id": NOBODY}).status == 400


def test_a_partial_fills_its_place_and_shows_when_asked(konnect: Konnect, plane: str) -> None:
    shared = partial(konnect, plane)
    plugin = post(konnect, plane, config=REDIS, partials=[{"id": shared["id"]}]).body
    assert plugin["partials"] == [{"id": shared["id"], "name": "redis-ee", "path": "config.redis"}]
    path = f"{entities(plane, 'plugins')}/{plugin['id']}"
    assert "redis" not in konnect.read(path)["config"]
    expanded = konnect.get(path, expand_partials="true").body
    assert expanded["config"]["redis"] == shared["config"]
    oauth = post(
        konnect,
        plane,
        "upstream-oauth",
        config={
            "oauth": {"token_endpoint": "https://idp.example/token"},
            "cache": {"strategy": "redis"},
        },
        partials=[{"id": shared["id"], "path": "config.cache.redis"}],
    ).body
    path = f"{entities(plane, 'plugins')}/{oauth['id']}"
    cache = konnect.get(path, expand_partials="true").body["config"]["cache"]
    assert cache["strategy"] == "redis"
    assert cache["redis"] == shared["config"]


def test_a_partial_must_suit_the_plugin(konnect: Konnect, plane: str) -> None:
    ee, ce = partial(konnect, plane), partial(konnect, plane, "redis-ce")
    ce_link, ee_link = [{"id": ce["id"]}], [{"id": ee["id"]}]
    assert post(konnect, plane, config=REDIS, partials=ce_link).status == 400
    assert post(konnect, plane, "rate-limiting", partials=ee_link).status == 400
    assert post(konnect, plane, "cors", partials=ee_link).status == 400
    assert post(konnect, plane, config=REDIS, partials=[{"id": NOBODY}]).status == 400
    elsewhere = [{"id": ee["id"], "path": "config.cache"}]
    assert post(konnect, plane, config=REDIS, partials=elsewhere).status == 400
    inline = {**REDIS, "redis": {"host": "h"}}
    answer = post(konnect, plane, config=inline, partials=ee_link)
    assert answer.body["details"][0]["field"] == "config.redis"
    config = {"minute": 5, "policy": "redis"}
    assert post(konnect, plane, "rate-limiting", config=config, partials=ce_link).status == 201


def test_embeddings_and_vectors_fill_what_would_be_required(konnect: Konnect, plane: str) -> None:
    made = [
        konnect.post(entities(plane, "partials"), body).body["id"]
        for body in (
            {
                "type": "embeddings",
                "config": {"model": {"name": "m", "provider": "openai"}},
            },
            {
                "type": "vectordb",
                "config": {"strategy": "redis", "dimensions": 8, "distance_metric": "cosine"},
            },
        )
    ]
    links = [{"id": id_} for id_ in made]
    assert post(konnect, plane, "ai-semantic-cache", partials=links).status == 201
    assert post(konnect, konnect.plane(), "ai-semantic-cache").status == 400


def test_a_model_is_one_more_of_the_targets_or_the_only_one(konnect: Konnect, plane: str) -> None:
    config = {"model": {"name": "gpt", "provider": "openai"}, "route_type": "llm/v1/chat"}
    body = {"type": "model", "config": config}
    made = konnect.post(entities(plane, "partials"), body).body
    assert made["config"]["weight"] == 100
    balanced = post(konnect, plane, "ai-proxy-advanced", partials=[{"id": made["id"]}]).body
    assert balanced["partials"][0]["path"] == "config.targets[]"
    path = f"{entities(plane, 'plugins')}/{balanced['id']}"
    assert konnect.get(path, expand_partials="true").body["config"]["targets"] == [made["config"]]
    judge = post(konnect, plane, "ai-llm-as-judge", partials=[{"id": made["id"]}]).body
    assert judge["partials"][0]["path"] == "config.llm"


def test_a_partial_in_use_stays_and_keeps_its_type(konnect: Konnect, plane: str) -> None:
    shared = partial(konnect, plane)
    path = f"{entities(plane, 'partials')}/{shared['id']}"
    assert konnect.read(f"{path}/links") == {"count": 0, "data": []}
    plugin = post(
        konnect, plane, config=REDIS, partials=[{"id": shared["id"]}], instance_name="limits"
    ).body
    assert konnect.read(f"{path}/links") == {
        "count": 1,
        "data": [{"id": plugin["id"], "name": ADVANCED, "instance_name": "limits"}],
    }
    refused = konnect.delete(path)
    assert refused.status == 400
    assert plugin["id"] in refused.body["details"][0]["messages"][0]
    other_type = {"name": "x", "type": "redis-ce", "config": {}}
    assert konnect.put(path, other_type).status == 400
    konnect.delete(f"{entities(plane, 'plugins')}/{plugin['id']}")
    assert konnect.delete(path).status == 204


def test_a_redis_partial_takes_vault_references_for_numbers_and_choices(
    konnect: Konnect, plane: str
) -> None:
    port = "{vault://env/REDIS_PORT}"
    authentication = {"auth_provider": "{vault://env/PROVIDER}"}
    made = partial(konnect, plane, port=port, cloud_authentication=authentication)
    assert made["config"]["port"] == port
    assert made["config"]["cloud_authentication"] == {
        "auth_provider": "{vault://env/PROVIDER}",
        "aws_is_serverless": True,
    }
    assert made["config"]["keepalive_pool_size"] == 256


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"config": {}}, "type"),
        ({"type": "redis", "config": {}}, "type"),
        ({"type": "redis-ce"}, "config"),
        ({"type": "redis-ce", "config": {"port": "6379"}}, "config.port"),
        ({"type": "redis-ce", "config": {"read_timeout": 1}}, "config.read_timeout"),
        ({"type": "redis-ee", "config": {"cluster_nodes": []}}, "config.cluster_nodes"),
        (
            {"type": "vectordb", "config": {**VECTORS, "pgvector": {"port": ""}}},
            "config.pgvector.port",
        ),
        (
            {"type": "vectordb", "config": {**VECTORS, "redis": {"timeout": 1}}},
            "config.redis.timeout",
        ),
        ({"type": "embeddings", "config": {"model": {"name": "m"}}}, "config.model.provider"),
        ({"type": "embeddings", "config": {**MODEL, "weight": 1}}, "config.weight"),
        ({"type": "model", "config": MODEL}, "config.route_type"),
        ({"type": "model", "config": {**MODEL, "route_type": "chat"}}, "config.route_type"),
    ],
)
def test_a_bad_partial_is_a_400(konnect: Konnect, plane: str, body: Json, field: str) -> None:
    answer = konnect.post(entities(plane, "partials"), body)
    assert answer.status == 400
    assert answer.body["details"][0]["field"] == field
