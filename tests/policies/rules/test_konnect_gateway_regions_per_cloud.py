"""Regions per cloud, over all control planes."""

from __future__ import annotations

from typing import Any

from policies import types
from policies.rules.konnect_gateway_regions_per_cloud import policy
from tests.policies.runner import UNKNOWN, Resource, resource, run

TWO = {"min_regions": 2}


def configuration(name: str, *places: tuple[Any, Any]) -> Resource:
    groups = [{"provider": cloud, "region": region} for cloud, region in places]
    return resource(types.CONFIGURATION, name, {"dataplane_groups": groups})


def test_a_compliant_environment_counts_regions_over_control_planes() -> None:
    outcome = run(
        policy,
        [
            configuration("main", ("aws", "us-east-2"), ("aws", "eu-west-1")),
            configuration("gcp-1", ("gcp", "us-central1")),
            configuration("gcp-2", ("gcp", "us-east1")),
        ],
        TWO,
    )
    assert outcome.violations == []
    assert outcome.unknown is None


def test_one_region_of_a_cloud_is_a_violation_of_the_configuration_that_has_it() -> None:
    places = [("aws", "us-east-2"), ("aws", "eu-west-1"), ("azure", "eastus2")]
    outcome = run(
        policy, [configuration("gcp", ("gcp", "us-east1")), configuration("main", *places)], TWO
    )
    assert outcome.names == ["gcp", "main"]
    assert "azure serves from eastus2 only, and needs 2 regions" in outcome.messages
    assert "aws" not in outcome.messages


def test_the_same_region_twice_is_one_region() -> None:
    same = [configuration(name, ("gcp", "us-east1")) for name in ("one", "two")]
    assert run(policy, same, TWO).names == ["one"]


def test_one_region_is_enough_where_nothing_else_is_written() -> None:
    assert run(policy, [configuration("main", ("aws", "us-east-2"))]).violations == []


def test_missing_groups_are_no_cloud_that_serves() -> None:
    assert run(policy, [configuration("main")], TWO).violations == []
    assert run(policy, [resource(types.CONFIGURATION, "main", {})], TWO).violations == []


def test_an_unknown_region_is_said_and_hides_no_violation_of_another_cloud() -> None:
    places = [("aws", "us-east-2"), ("aws", UNKNOWN), ("azure", "eastus2")]
    outcome = run(policy, [configuration("main", *places)], TWO)
    assert "azure serves from eastus2 only" in outcome.messages
    assert outcome.names == ["main"]
    assert "main .dataplane_groups.1.region" in str(outcome.unknown)


def test_while_groups_are_unknown_no_region_is_missing_yet() -> None:
    later = resource(types.CONFIGURATION, "later", {"dataplane_groups": UNKNOWN})
    outcome = run(policy, [later, configuration("main", ("aws", "us-east-2"))], TWO)
    assert outcome.violations == []
    assert "later .dataplane_groups" in str(outcome.unknown)


def test_an_excepted_configuration_may_have_one_region() -> None:
    config = TWO | {"exceptions": [{"resource": "gcp", "reason": "second one is ordered"}]}
    stack = [configuration("gcp", ("gcp", "us-east1")), configuration("main", ("aws", "us-east-2"))]
    assert run(policy, stack, config).names == ["main"]
