"""Protection of networks, control planes and configurations."""

from __future__ import annotations

import pytest

from policies import types
from policies.rules.konnect_gateway_protected import policy
from tests.policies.runner import UNKNOWN, resource, run

REQUIRED = {"required": True}
KINDS = pytest.mark.parametrize("kind", [types.NETWORK, types.CONTROL_PLANE, types.CONFIGURATION])


@KINDS
def test_a_compliant_resource_is_protected(kind: str) -> None:
    assert run(policy, [resource(kind, "it", {}, protect=True)], REQUIRED).violations == []


@KINDS
def test_an_unprotected_resource_is_a_violation_where_protection_is_required(kind: str) -> None:
    assert run(policy, [resource(kind, "it", {})], REQUIRED).names == ["it"]


@KINDS
def test_a_missing_setting_requires_no_protection(kind: str) -> None:
    assert run(policy, [resource(kind, "it", {})]).violations == []


def test_what_can_be_made_again_needs_no_protection() -> None:
    assert run(policy, [resource(types.PLUGIN, "it", {})], REQUIRED).violations == []


def test_unknown_properties_hide_no_violation_because_protection_is_always_known() -> None:
    outcome = run(policy, [resource(types.NETWORK, "it", {"cidr_block": UNKNOWN})], REQUIRED)
    assert outcome.names == ["it"]
    assert outcome.unknown is None


def test_an_excepted_resource_may_be_unprotected() -> None:
    config = REQUIRED | {"exceptions": [{"resource": "lab*", "reason": "is replaced daily"}]}
    stack = [resource(types.NETWORK, "lab-1", {}), resource(types.NETWORK, "bad", {})]
    assert run(policy, stack, config).names == ["bad"]
