"""Scaling of data plane groups."""

from __future__ import annotations

from typing import Any

from policies import types
from policies.rules.konnect_configuration_autopilot import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

AUTOPILOT = {"kind": "autopilot", "base_rps": 10}
STATIC = {"kind": "static", "instance_type": "small", "requested_instances": 2}


def configuration(name: str, *scaling: Any) -> Resource:
    groups = [
        {"provider": "aws", "region": f"us-east-{i}", "autoscale": a}
        for i, a in enumerate(scaling, 1)
    ]
    return resource(types.CONFIGURATION, name, {"dataplane_groups": groups})


def test_a_compliant_configuration_passes() -> None:
    assert run(policy, [configuration("main", AUTOPILOT, AUTOPILOT)]).violations == []


def test_a_static_group_is_a_violation_that_names_its_region() -> None:
    outcome = run(policy, [configuration("main", AUTOPILOT, STATIC)])
    assert outcome.names == ["main"]
    assert "autoscale of aws us-east-2 is static" in outcome.messages


def test_missing_groups_or_scaling_are_not_static() -> None:
    # Serverless groups have no scaling, and Konnect refuses dedicated ones without.
    bare = resource(types.CONFIGURATION, "bare", {})
    assert run(policy, [bare, configuration("main", None)]).violations == []


def test_unknown_scaling_is_said_and_hides_no_other_violation() -> None:
    outcome = run(policy, [configuration("later", UNKNOWN), configuration("bad", STATIC)])
    assert outcome.names == ["bad"]
    assert "later .dataplane_groups.0.autoscale" in str(outcome.unknown)


def test_an_excepted_configuration_may_be_static() -> None:
    config = {"exceptions": [{"resource": "old", "reason": "moves in spring"}]}
    stack = [configuration("old", STATIC), configuration("bad", STATIC)]
    assert run(policy, stack, config).names == ["bad"]
