"""Listeners of gateways."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_configuration_private_access import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

PRIVATE = {"allowed": ["private"]}


def configuration(access: Any, name: str = "configuration") -> Resource:
    return resource(types.CONFIGURATION, name, {"api_access": access})


def test_a_compliant_configuration_passes() -> None:
    assert run(policy, [configuration("private")], PRIVATE).violations == []


@pytest.mark.parametrize("access", ["public", "private+public"])
def test_a_public_listener_is_a_violation_where_only_private_ones_may_be(access: str) -> None:
    outcome = run(policy, [configuration(access)], PRIVATE)
    assert outcome.names == ["configuration"]
    assert f"api_access is {access}; allowed is private" in outcome.messages
    assert run(policy, [configuration(access)]).violations == []


def test_a_missing_access_is_konnects_default_which_is_public() -> None:
    assert run(policy, [configuration(None)], PRIVATE).names == ["configuration"]
    assert run(policy, [resource(types.CONFIGURATION, "bare", {})], PRIVATE).names == ["bare"]


def test_an_unknown_access_is_said_and_hides_no_other_violation() -> None:
    stack = [configuration(UNKNOWN, "later"), configuration("public", "bad")]
    outcome = run(policy, stack, PRIVATE)
    assert outcome.names == ["bad"]
    assert "later .api_access" in str(outcome.unknown)


def test_an_excepted_configuration_may_be_public() -> None:
    config = PRIVATE | {"exceptions": [{"resource": "edge", "reason": "is the edge"}]}
    stack = [configuration("public", "edge"), configuration("public", "bad")]
    assert run(policy, stack, config).names == ["bad"]
