"""Rate limits of routes."""

from __future__ import annotations

import pytest

from policies.rules.konnect_route_rate_limit import policy
from tests.policies.rules.apis import BASE, plugin, route
from tests.policies.runner import UNKNOWN, run

AWAY = route("r", service=None, plane="id-cp")


@pytest.mark.parametrize("kind", ["rate-limiting", "rate-limiting-advanced"])
def test_a_compliant_route_has_a_limit(kind: str) -> None:
    outcome = run(policy, [*BASE, route("r"), plugin("limit", kind)])
    assert outcome.violations == []
    assert outcome.unknown is None


def test_a_limit_of_responses_only_is_a_violation() -> None:
    stack = [*BASE, route("r"), plugin("limit", "response-ratelimiting")]
    assert run(policy, stack).names == ["r"]
    assert run(policy, stack, {"plugins": ["response-ratelimiting"]}).violations == []


def test_a_missing_limit_is_a_violation_of_the_route() -> None:
    outcome = run(policy, [*BASE, route("r"), plugin("auth")])
    assert outcome.names == ["r"]
    assert "no rate limit" in outcome.messages


def test_a_route_on_a_control_plane_of_another_stack_needs_its_own_limit_or_a_setting() -> None:
    assert run(policy, [AWAY]).names == ["r"]
    assert run(policy, [AWAY], {"rate_limited_elsewhere": True}).violations == []
    own = [*BASE, route("own")]
    assert run(policy, own, {"rate_limited_elsewhere": True}).names == ["own"]


def test_what_is_unknown_is_said_and_hides_no_other_violation() -> None:
    later = plugin("later", "rate-limiting", service="orders", enabled=UNKNOWN)
    outcome = run(policy, [*BASE, later, route("r1"), route("bad", service=None)])
    assert outcome.names == ["bad"]
    assert "later .enabled" in str(outcome.unknown)

    nowhere = route("nowhere", service=None, plane=UNKNOWN)
    outcome = run(policy, [nowhere, *BASE, route("bad")], {"rate_limited_elsewhere": True})
    assert outcome.names == ["bad"]
    assert "nowhere .control_plane_id" in str(outcome.unknown)


def test_an_excepted_route_is_unlimited() -> None:
    config = {"exceptions": [{"resource": "r", "reason": "internal"}]}
    assert run(policy, [*BASE, route("r"), route("bad")], config).names == ["bad"]
