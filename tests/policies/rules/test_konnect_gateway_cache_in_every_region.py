"""Caches of gateways."""

from __future__ import annotations

import pytest

from policies import types
from policies.rules.konnect_gateway_cache_in_every_region import policy
from tests.policies.rules.control_planes import addon, configuration, control_plane, partial
from tests.policies.runner import UNKNOWN, Resource, resource, run

REQUIRED = {"required": True}

MAIN = [control_plane("main"), configuration("main-configuration", "main", ("aws", "us-east-2"))]
GCP = [control_plane("gcp"), configuration("gcp-configuration", "gcp", ("gcp", "us-east1"))]


def test_a_compliant_gateway_has_a_managed_cache_or_a_partial() -> None:
    stack = [*MAIN, addon("cache", "main-configuration"), *GCP, partial("redis", "gcp")]
    outcome = run(policy, stack, REQUIRED)
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize(
    "elsewhere", [[], [addon("cache", "gcp")], [partial("redis", "main", type="vectordb")]]
)
def test_a_control_plane_without_a_cache_of_its_own_is_a_violation(
    elsewhere: list[Resource],
) -> None:
    stack = [*MAIN, *GCP, partial("gcp-redis", "gcp"), *elsewhere]
    outcome = run(policy, stack, REQUIRED)
    assert outcome.names == ["main-configuration"]
    assert "control plane main has neither" in outcome.messages


def test_a_missing_setting_requires_no_cache() -> None:
    assert run(policy, MAIN).violations == []


def test_a_cache_by_the_id_of_its_control_plane_counts() -> None:
    known = configuration("main-configuration", "main", id="id-1")
    stack = [control_plane("main"), known, partial("redis", None, id="id-1", type="redis-ce")]
    assert run(policy, stack, REQUIRED).violations == []


def test_the_owner_of_a_cache_is_found_beside_a_network_that_was_waited_for() -> None:
    network = resource(types.NETWORK, "network", {"cidr_block": "10.64.0.0/20"})
    waits = {"owner": ["network", "main-configuration"]}
    owner = {"kind": "control-plane", "control_plane_id": UNKNOWN}
    cache = resource(types.ADDON, "cache", {"owner": owner}, dependencies=waits)
    outcome = run(policy, [*MAIN, network, cache], REQUIRED)
    assert outcome.violations == []
    assert outcome.unknown is None


def test_an_unknown_control_plane_is_said_and_hides_no_other_violation() -> None:
    outcome = run(policy, [configuration("later", None), *MAIN], REQUIRED)
    assert outcome.names == ["main-configuration"]
    assert "later .control_plane_id" in str(outcome.unknown)


@pytest.mark.parametrize("cache", [addon("later", None), partial("later", "gcp", type=UNKNOWN)])
def test_while_a_cache_is_unknown_it_may_be_anyones(cache: Resource) -> None:
    outcome = run(policy, [*MAIN, *GCP, cache], REQUIRED)
    assert outcome.violations == []
    assert "later ." in str(outcome.unknown)


def test_an_excepted_configuration_needs_no_cache() -> None:
    config = REQUIRED | {"exceptions": [{"resource": "gcp-*", "reason": "has no limits"}]}
    assert run(policy, [*MAIN, *GCP], config).names == ["main-configuration"]
