"""The cost ceiling."""

from __future__ import annotations

from typing import Any

from policies import types
from policies.rules.cloud_stack_monthly_cost import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run


def plane(name: str, cloud_gateway: Any = True) -> Resource:
    return resource(types.CONTROL_PLANE, name, {"cloud_gateway": cloud_gateway})


PLANES = [plane(f"plane-{number}") for number in range(4)]
CACHE = resource(types.ADDON, "cache", {"config": {"kind": "managed-cache.v0"}})


def test_a_compliant_environment_costs_no_more_than_its_ceiling() -> None:
    outcome = run(policy, PLANES, {"ceiling": 2000})
    assert outcome.violations == []
    assert outcome.unknown is None


def test_a_cost_above_the_ceiling_is_a_violation_of_the_stack_that_names_the_dearest() -> None:
    outcome = run(policy, [*PLANES, CACHE], {"ceiling": 1999.99})
    assert [violation.urn for violation in outcome.violations] == [""]
    assert "costs 2000.00 USD a month, and at most 1999.99 USD are allowed" in outcome.messages
    assert outcome.messages.count("plane-") == 3
    assert "of plane-0 (500.00 USD)" in outcome.messages
    assert "not counted, because no price is known: Managed cache, " in outcome.messages


def test_a_missing_setting_leaves_the_default_ceiling() -> None:
    many = [plane(f"plane-{number}") for number in range(21)]
    assert run(policy, many[:20]).violations == []
    assert len(run(policy, many).violations) == 1


def test_what_is_unknown_is_said_and_hides_no_violation() -> None:
    outcome = run(policy, [plane("later", UNKNOWN), *PLANES], {"ceiling": 1000})
    assert "costs 2000.00 USD" in outcome.messages
    assert "later .cost (Control plane)" in str(outcome.unknown)


def test_an_exception_for_a_resource_leaves_its_cost_in_the_sum() -> None:
    exceptions = [{"resource": "plane-*", "reason": "the ceiling is of the whole"}]
    outcome = run(policy, PLANES, {"ceiling": 1000, "exceptions": exceptions})
    assert len(outcome.violations) == 1
