"""CAA records of custom domains."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_custom_domain_caa import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

CHECKED = {"caa_checked": ["example.com", "api.example.org"]}


def domain(written: Any, name: str = "domain") -> Resource:
    return resource(types.CUSTOM_DOMAIN, name, {"domain": written})


@pytest.mark.parametrize(
    "written", ["example.com", "api.example.com", "a.b.EXAMPLE.com", "v1.api.example.org"]
)
def test_a_compliant_domain_is_one_that_was_looked_at_or_below_it(written: str) -> None:
    assert run(policy, [domain(written)], CHECKED).violations == []


@pytest.mark.parametrize("written", ["example.org", "myexample.com", "example.com.evil.net"])
def test_a_domain_that_nobody_looked_at_is_a_violation(written: str) -> None:
    outcome = run(policy, [domain(written)], CHECKED)
    assert outcome.names == ["domain"]
    assert f"domain {written!r} is not in or below" in outcome.messages


def test_a_missing_list_is_one_of_no_domains() -> None:
    assert run(policy, [domain("example.com")]).names == ["domain"]


def test_a_missing_domain_is_a_violation() -> None:
    outcome = run(policy, [domain(None)], CHECKED)
    assert (outcome.names, outcome.messages) == (["domain"], "has no domain")


def test_an_unknown_domain_is_said_and_hides_no_other_violation() -> None:
    outcome = run(policy, [domain(UNKNOWN, "later"), domain("example.net", "bad")], CHECKED)
    assert outcome.names == ["bad"]
    assert "later .domain" in str(outcome.unknown)


def test_an_excepted_domain_passes() -> None:
    config = {"exceptions": [{"resource": "partner", "reason": "partner's zone"}]}
    stack = [domain("example.net", "partner"), domain("example.net", "bad")]
    assert run(policy, stack, config).names == ["bad"]
