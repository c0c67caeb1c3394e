"""Checks of a plugin's config before anything is created: what no gateway version takes."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from providers.base.model import check
from tests.providers.konnect.example import ENTITY, PLANE, Props
from tests.providers.konnect.examples import PLUGIN

CANARY = "canary-7f3a9c"
VAULTED = "{vault://env/CANARY}"
EMBEDDINGS: Props = {"model": {"name": "text-embedding-3-small", "provider": "openai"}}
MODEL: Props = {"model": {"name": "gpt", "provider": "openai"}, "route_type": "llm/v1/chat"}


def refused(name: Any, config: Any, **more: Any) -> list[str]:
    """What check says of a plugin's config."""
    inputs = {"control_plane_id": PLANE, "name": name, "config": config, **more}
    found = check(PLUGIN.inputs, inputs)
    assert {field for field, _ in found.failures} <= {"config"}
    return [reason for _, reason in found.failures]


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        ("rate-limiting", {"minute": "abc"}, 'config.minute: expected a number, got "abc"'),
        ("rate-limiting", {"mintue": 5}, "config.mintue: unknown field; did you mean 'minute'?"),
        ("rate-limiting", {"redis": {"prot": 1}}, "config.redis.prot: unknown field; did you mean"),
        ("rate-limiting", {"policy": "x"}, "config.policy: expected one of: cluster, local, redis"),
        ("rate-limiting", {"error_code": "x"}, "config.error_code: expected a number, got"),
        ("rate-limiting", {"redis": {"port": 65536}}, "config.redis.port: 65536 is not between"),
        ("key-auth", {"key_names": "apikey"}, "config.key_names: expected an array, got a string"),
        ("rate-limiting", {"fault_tolerant": VAULTED}, "config.fault_tolerant: expected a boolean"),
        ("file-log", {}, "config.path: required field missing"),
    ],
)
def test_a_config_that_no_gateway_version_takes_is_refused(
    name: str, config: Props, reason: str
) -> None:
    (said,) = refused(name, config)
    assert said.startswith(f"plugin {name!r}: {reason}")


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("rate-limiting", {"minute": 5, "hour": None, "policy": "local"}),
        ("rate-limiting", {"minute": 5, "redis": {"password": VAULTED, "port": VAULTED}}),
        ("our-own", {"minute": "abc"}),
        ("ai-proxy-advanced", {"targets": [MODEL]}),
    ],
)
def test_what_a_version_takes_and_what_no_schema_has_is_accepted(name: str, config: Props) -> None:
    assert refused(name, config) == []


def test_the_consumer_claims_of_openid_connect_have_a_name_by_gateway_version() -> None:
    """3.13 has `consumer_claim`, from 3.14 it is `consumer_claims`; no version has both."""
    least = {"issuer": "https://id.example"}
    assert refused("openid-connect", {**least, "consumer_claim": ["sub"]}) == []
    assert refused("openid-connect", {**least, "consumer_claims": [["sub"]]}) == []
    both = {**least, "consumer_claim": ["sub"], "consumer_claims": [["sub"]]}
    (reason,) = refused("openid-connect", both)
    assert "config.consumer_claim: unknown field" in reason
    assert reason.endswith("(gateway 3.15)")


@pytest.mark.parametrize(
    "config",
    [
        UNKNOWN,
        {"minute": UNKNOWN},
        {"minute": 5, "policy": UNKNOWN, "redis": UNKNOWN},
        {"hour": 5, "redis": {"password": UNKNOWN, "port": UNKNOWN}, "header_name": UNKNOWN},
    ],
)
def test_a_value_that_is_not_known_yet_is_not_judged(config: Any) -> None:
    assert refused("rate-limiting", config) == []
    assert refused(UNKNOWN, config) == []


def test_what_is_known_beside_a_value_that_is_not_known_yet_is_judged() -> None:
    (reason,) = refused("rate-limiting", {"minute": "abc", "header_name": UNKNOWN})
    assert reason == "plugin 'rate-limiting': config.minute: expected a number, got \"abc\""
    assert refused("key-auth", {"key_names": [UNKNOWN, "apikey"]}) == []


@pytest.mark.parametrize("path", [{}, {"path": "config.llm"}])
def test_a_field_that_a_partial_supplies_is_not_missing(path: Props) -> None:
    config = {"prompt": "Translate."}
    name = "ai-request-transformer"
    assert refused(name, config) == [f"plugin {name!r}: config.llm: required field missing"]
    assert refused(name, config, partials=[{"id": ENTITY, **path}]) == []
    assert refused(name, config, partials=[{"id": UNKNOWN, **path}]) == []
    assert refused(name, config, partials=UNKNOWN) == []


def test_a_partial_fills_its_own_place_alone() -> None:
    vectors = {"id": ENTITY, "path": "config.vectordb"}
    assert refused("ai-semantic-cache", {"embeddings": EMBEDDINGS}, partials=[vectors]) == []
    (reason,) = refused("ai-semantic-cache", {}, partials=[vectors])
    assert reason == "plugin 'ai-semantic-cache': config.embeddings: required field missing"


def test_items_of_a_list_that_partials_fill_are_not_judged() -> None:
    link = {"id": ENTITY, "path": "config.targets[0]"}
    assert refused("ai-proxy-advanced", {}, partials=[link]) == []
    assert refused("ai-proxy-advanced", {"targets": [{"weight": 5}]}, partials=[link]) == []


def test_no_message_shows_a_credential() -> None:
    wrong = {"issuer": "https://id.example", "client_secret": CANARY, "session_secret": [CANARY]}
    reasons = refused("openid-connect", wrong)
    assert len(reasons) == 2
    assert CANARY not in str(reasons)
    vectors = {"redis": {"password": {"value": CANARY}, "port": CANARY}}
    assert CANARY not in str(refused("rate-limiting", vectors))


def refusals(name: str, **inputs: Any) -> list[tuple[str, str]]:
    return check(PLUGIN.inputs, {"control_plane_id": PLANE, "name": name, **inputs}).failures


def test_a_scope_that_a_plugin_does_not_have_is_refused_with_those_that_it_has() -> None:
    consumer = {"consumer": {"id": ENTITY}}
    assert refusals("key-auth", **consumer) == [
        ("consumer", "'key-auth' cannot be limited to a consumer; it takes service, route")
    ]
    assert refusals("key-auth", route={"id": UNKNOWN}) == []
    assert refusals("request-termination", **consumer) == []
    assert refusals("our-own", **consumer) == []


def test_a_protocol_that_a_plugin_does_not_have_is_refused_with_those_that_it_has() -> None:
    ((field, reason),) = refusals("key-auth", protocols=["https", "tcp"])
    assert field == "protocols"
    assert reason.startswith("'key-auth' has no protocol 'tcp'; it takes grpc, grpcs, http, https")
    assert refusals("key-auth", protocols=["https", UNKNOWN]) == []
    assert refusals("our-own", protocols=["tcp"]) == []
