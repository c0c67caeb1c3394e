"""Secrets that are written down."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_secret_referenced import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

CANARY = "s3cr3t-canary"
VAULT = "{vault://prod/redis/password}"
REDIS = resource(types.GCP_REDIS, "redis", {"authString": CANARY})


def partial(name: str, config: Any, *, source: str | None = None) -> Resource:
    props = {"type": "redis-ee", "config": config}
    dependencies = {"config": [source]} if source else {}
    return resource(types.PARTIAL, name, props, dependencies=dependencies)


def plugin(name: str, config: Any, kind: str = "any") -> Resource:
    return resource(types.PLUGIN, name, {"name": kind, "config": config})


@pytest.mark.parametrize(
    "config",
    [
        {"password": VAULT, "host": "redis.internal"},
        {"password": None},
        {"password": ""},
        {"username": "kong", "aws_role_session_name": "kong", "azure_client_id": "app"},
        {"token_endpoint": "https://idp.example.com", "hide_credentials": True},
        {"redis": {"port": 6379, "ssl": True}},
    ],
)
def test_compliant_configs_hold_references_or_no_secret(config: dict[str, Any]) -> None:
    outcome = run(policy, [partial("p", config), plugin("q", config)])
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"password": CANARY}, "config.password"),
        ({"password": f"{VAULT}{CANARY}"}, "config.password"),
        ({"password": f"{CANARY}{VAULT}"}, "config.password"),
        ({"redis": {"sentinel_password": CANARY}}, "config.redis.sentinel_password"),
        ({"auth": {"header_value": CANARY}}, "config.auth.header_value"),
        ({"targets": [{"auth": {"param_value": CANARY}}]}, "config.targets.0.auth.param_value"),
        ({"client_secret": [VAULT, CANARY]}, "config.client_secret.1"),
        ({"client_jwk": [{"kty": "EC", "d": CANARY}]}, "config.client_jwk.0.d"),
        ({"headers": {"Authorization": CANARY}}, "config.headers.Authorization"),
        ({"acme": {"api-key": CANARY}}, "config.acme.api-key"),
        ({"client": {"http_proxy_authorization": CANARY}}, "client.http_proxy_authorization"),
    ],
)
def test_a_written_secret_is_a_violation_that_names_its_place_and_not_its_value(
    config: dict[str, Any], path: str
) -> None:
    outcome = run(policy, [plugin("bad", config)])
    assert outcome.names == ["bad"]
    assert f"{path} is written in clear" in outcome.messages
    assert CANARY not in outcome.messages


@pytest.mark.parametrize(
    ("kind", "config", "path"),
    [
        ("loggly", {"key": CANARY}, "config.key"),
        ("session", {"secret": CANARY}, "config.secret"),
        ("acme", {"eab_hmac_key": CANARY}, "config.eab_hmac_key"),
        ("ai-mcp-proxy", {"server": {"session": {"client": {"secrets": [CANARY]}}}}, "secrets.0"),
        ("key-auth", {"key": CANARY, "http_endpoint": "https://logs"}, None),
        ("http-log", {"http_endpoint": "https://logs", "headers": {"x-team": "orders"}}, None),
        ("kafka-log", {"authentication": {"user": "kong"}}, None),
    ],
)
def test_what_kongs_schema_of_a_plugin_marks_as_a_secret_may_not_be_written(
    kind: str, config: dict[str, Any], path: str | None
) -> None:
    outcome = run(policy, [plugin("bad", config, kind)])
    assert outcome.names == (["bad"] if path else [])
    assert f"{path} is written in clear" in outcome.messages if path else not outcome.messages


def test_a_written_key_of_a_certificate_and_token_of_a_vault_are_violations() -> None:
    certificate = resource(types.CERTIFICATE, "cert", {"cert": "public", "key": CANARY})
    vault = resource(types.VAULT, "vault", {"name": "hcv", "config": {"token": CANARY}})
    assert run(policy, [certificate, vault]).names == ["cert", "vault"]


def test_a_missing_config_holds_no_secret() -> None:
    assert run(policy, [resource(types.PLUGIN, "q", {"name": "key-auth"})]).violations == []


def test_what_another_resource_makes_is_not_written() -> None:
    for password in (CANARY, UNKNOWN):
        outcome = run(policy, [REDIS, partial("p", {"password": password}, source="redis")])
        assert outcome.violations == []
        assert outcome.unknown is None


@pytest.mark.parametrize("config", [UNKNOWN, {"password": UNKNOWN}, {"redis": {"token": UNKNOWN}}])
def test_what_is_unknown_is_said_and_hides_no_other_violation(config: Any) -> None:
    outcome = run(policy, [partial("later", config), partial("bad", {"password": CANARY})])
    assert outcome.names == ["bad"]
    assert "later .config" in str(outcome.unknown)


def test_an_unknown_beside_it_hides_no_secret_and_is_not_worth_saying() -> None:
    outcome = run(policy, [partial("bad", {"host": UNKNOWN, "password": CANARY})])
    assert outcome.names == ["bad"]
    assert outcome.unknown is None


def test_an_excepted_partial_may_be_written() -> None:
    config = {"exceptions": [{"resource": "lab", "reason": "thrown away at night"}]}
    stack = [partial(name, {"password": CANARY}) for name in ("lab", "bad")]
    assert run(policy, stack, config).names == ["bad"]
