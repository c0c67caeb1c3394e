"""Gateway versions."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_configuration_minimum_version import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run


def configuration(version: Any, name: str = "configuration", **more: Any) -> Resource:
    return resource(types.CONFIGURATION, name, {"version": version, **more})


@pytest.mark.parametrize("version", ["3.13", "3.13.0", "3.13.0.2", "3.14", "4.0"])
def test_a_compliant_version_passes(version: str) -> None:
    assert run(policy, [configuration(version)]).violations == []


@pytest.mark.parametrize("version", ["3.12", "3.9", "2.99", "3.12.9"])
def test_an_older_version_is_a_violation(version: str) -> None:
    outcome = run(policy, [configuration(version)])
    assert outcome.names == ["configuration"]
    assert f"gateway version {version} is older than 3.13" in outcome.messages


def test_an_environment_says_what_is_too_old() -> None:
    assert run(policy, [configuration("3.9")], {"min_version": "3.8"}).violations == []
    assert run(policy, [configuration("3.13")], {"min_version": "3.14"}).names == ["configuration"]


def test_a_missing_version_is_a_violation_except_of_serverless_gateways() -> None:
    assert run(policy, [configuration(None)]).names == ["configuration"]
    assert run(policy, [configuration(None, kind="dedicated.v0")]).names == ["configuration"]
    assert run(policy, [configuration(None, kind="serverless.v1")]).violations == []


def test_an_unknown_version_is_said_and_hides_no_other_violation() -> None:
    outcome = run(policy, [configuration(UNKNOWN, "later"), configuration("3.9", "bad")])
    assert outcome.names == ["bad"]
    assert "later .version" in str(outcome.unknown)


def test_an_excepted_configuration_may_be_older() -> None:
    config = {"exceptions": [{"resource": "old", "reason": "plugin needs 3.9"}]}
    stack = [configuration("3.9", "old"), configuration("3.9", "bad")]
    assert run(policy, stack, config).names == ["bad"]
