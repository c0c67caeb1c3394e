"""Verification of whom the gateway speaks TLS with."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_tls_verification import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

WRITTEN = {"require_written": True}


def service(name: str, **props: Any) -> Resource:
    return resource(types.SERVICE, name, {"host": "orders.internal", "protocol": "https", **props})


def plugin(name: str, config: Any) -> Resource:
    return resource(types.PLUGIN, name, {"name": "any", "config": config})


@pytest.mark.parametrize(
    "one",
    [
        service("s", tls_verify=True),
        service("s", protocol="http"),
        plugin("p", {"redis": {"ssl": True, "ssl_verify": True}}),
        plugin("p", {"redis": {"ssl": False, "ssl_verify": False}}),
        plugin("p", {"ssl_verify": True}),
        plugin("p", {"verify_signature": False}),
    ],
)
def test_a_compliant_resource_verifies_or_speaks_no_tls(one: Resource) -> None:
    outcome = run(policy, [one], WRITTEN)
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize(
    ("one", "path"),
    [
        (service("bad", tls_verify=False), "tls_verify"),
        (plugin("bad", {"redis": {"ssl": True, "ssl_verify": False}}), "config.redis.ssl_verify"),
        (plugin("bad", {"ssl_verify": False}), "config.ssl_verify"),
        (plugin("bad", {"tls_client_auth_ssl_verify": False}), "config.tls_client_auth_ssl_verify"),
        (plugin("bad", {"client": {"ssl_verify": False}}), "config.client.ssl_verify"),
        (
            resource(types.PARTIAL, "bad", {"config": {"ssl": True, "ssl_verify": False}}),
            "config.ssl_verify",
        ),
        (
            resource(
                types.UPSTREAM,
                "bad",
                {"healthchecks": {"active": {"https_verify_certificate": False}}},
            ),
            "healthchecks.active.https_verify_certificate",
        ),
    ],
)
def test_verification_that_is_switched_off_is_a_violation(one: Resource, path: str) -> None:
    outcome = run(policy, [one])
    assert outcome.names == ["bad"]
    assert f"{path} is false" in outcome.messages


@pytest.mark.parametrize(
    "one", [service("bad"), service("bad", protocol="grpcs"), plugin("bad", {"r": {"ssl": True}})]
)
def test_a_missing_word_is_a_violation_where_it_must_be_written(one: Resource) -> None:
    assert run(policy, [one]).violations == []
    outcome = run(policy, [one], WRITTEN)
    assert outcome.names == ["bad"]
    assert "is not set" in outcome.messages


@pytest.mark.parametrize(
    "later",
    [
        service("later", tls_verify=UNKNOWN),
        plugin("later", UNKNOWN),
        plugin("later", {"redis": UNKNOWN}),
        plugin("later", {"redis": {"ssl": True, "ssl_verify": UNKNOWN}}),
    ],
)
def test_what_is_unknown_is_said_and_hides_no_other_violation(later: Resource) -> None:
    outcome = run(policy, [later, service("bad", tls_verify=False)])
    assert outcome.names == ["bad"]
    assert "later ." in str(outcome.unknown)


def test_an_unknown_beside_it_hides_no_violation_and_is_not_worth_saying() -> None:
    outcome = run(policy, [plugin("bad", {"redis": {"host": UNKNOWN, "ssl_verify": False}})])
    assert outcome.names == ["bad"]
    assert outcome.unknown is None


def test_an_excepted_redis_is_believed() -> None:
    config = {"exceptions": [{"resource": "gcp-*", "reason": "its CA is unknown to the nodes"}]}
    stack = [plugin(name, {"ssl_verify": False}) for name in ("gcp-redis", "bad")]
    assert run(policy, stack, config).names == ["bad"]
