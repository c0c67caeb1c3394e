"""Zones of gateway networks."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_network_availability_zones import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run


def network(zones: Any, name: str = "network") -> Resource:
    return resource(types.NETWORK, name, {"availability_zones": zones})


def test_a_compliant_network_passes() -> None:
    assert run(policy, [network(["use2-az1", "use2-az2"])]).violations == []


@pytest.mark.parametrize("zones", [["use2-az1"], ["use2-az1", "use2-az1"]])
def test_fewer_zones_than_wanted_are_a_violation(zones: list[str]) -> None:
    outcome = run(policy, [network(zones)])
    assert "has 1 availability zones (use2-az1); at least 2 are required" in outcome.messages


def test_an_environment_decides_how_many_zones_it_wants() -> None:
    assert not run(policy, [network(["a"])], {"min_zones": 1}).violations
    assert run(policy, [network(["a", "b"])], {"min_zones": 3}).names == ["network"]


@pytest.mark.parametrize("zones", [None, []])
def test_missing_zones_are_a_violation(zones: list[str] | None) -> None:
    assert run(policy, [network(zones)]).names == ["network"]


@pytest.mark.parametrize("zones", [UNKNOWN, ["use2-az1", UNKNOWN]])
def test_unknown_zones_are_said_and_hide_no_other_violation(zones: Any) -> None:
    outcome = run(policy, [network(zones, "later"), network(["a"], "bad")])
    assert outcome.names == ["bad"]
    assert "later .availability_zones" in str(outcome.unknown)


def test_an_excepted_network_passes() -> None:
    config = {"exceptions": [{"resource": "lab", "reason": "one zone has the hardware"}]}
    assert run(policy, [network(["a"], "lab"), network(["a"], "bad")], config).names == ["bad"]
