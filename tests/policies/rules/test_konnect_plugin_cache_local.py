"""Where plugins count."""

from __future__ import annotations

import pytest

from policies import types
from policies.rules.konnect_plugin_cache_local import policy
from tests.policies.rules.control_planes import (
    addon,
    configuration,
    control_plane,
    partial,
    plugin,
)
from tests.policies.runner import UNKNOWN, Resource, resource, run

IN_REDIS = {"strategy": "redis"}
LINK = [{"id": UNKNOWN}]

BASELINE = [
    control_plane("main"),
    configuration("main-configuration", "main", ("aws", "us-east-2"), ("azure", "eastus2")),
    addon("cache", "main-configuration"),
    # The look-up of the managed partial depends on the control plane as well.
    plugin("main-limit", "main", config=IN_REDIS, partials=LINK, caches=["cache", "main"]),
    control_plane("gcp"),
    configuration("gcp-configuration", "gcp", ("gcp", "us-central1")),
    resource(types.GCP_REDIS, "memorystore", {"region": "us-central1", "host": UNKNOWN}),
    partial("gcp-redis", "gcp", redis=["memorystore"]),
    plugin("gcp-limit", "gcp", config=IN_REDIS, partials=LINK, caches=["gcp-redis"]),
]


def test_a_compliant_environment_passes() -> None:
    outcome = run(policy, BASELINE)
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize("config", [IN_REDIS, {"policy": "redis"}])
def test_a_partial_of_another_control_plane_is_a_violation(config: dict[str, str]) -> None:
    bad = plugin("bad", "main", config=config, partials=LINK, caches=["gcp-redis"])
    outcome = run(policy, [*BASELINE, bad])
    assert outcome.names == ["bad"]
    assert "is in control plane main, and uses gcp-redis of control plane gcp" in outcome.messages


def test_a_managed_cache_of_another_control_plane_is_a_violation() -> None:
    bad = plugin("bad", "gcp", config=IN_REDIS, partials=LINK, caches=["cache"])
    assert run(policy, [*BASELINE, bad]).names == ["bad"]


@pytest.mark.parametrize("partials", [None, []])
def test_a_missing_partial_is_a_violation_of_what_counts_in_redis(partials: object) -> None:
    config = {**IN_REDIS, "redis": {"host": "redis.example.com"}}
    bad = plugin("bad", "main", config=config, partials=partials)
    assert run(policy, [*BASELINE, bad]).names == ["bad"]


@pytest.mark.parametrize("config", [{"strategy": "local"}, {"policy": "cluster"}, {}, None])
def test_what_does_not_count_in_redis_needs_no_partial(config: object) -> None:
    assert run(policy, [*BASELINE, plugin("calm", "main", config=config)]).violations == []


def test_a_control_plane_with_a_regional_redis_and_another_region_is_a_violation() -> None:
    stack = [one for one in BASELINE if one.name != "gcp-configuration"]
    places = [("gcp", "us-central1"), ("gcp", "us-east1")]
    outcome = run(policy, [*stack, configuration("gcp-configuration", "gcp", *places)])
    assert outcome.names == ["gcp-redis"]
    assert (
        "a Redis in us-central1, and control plane gcp also serves from gcp us-east1"
        in outcome.messages
    )


def test_a_partial_that_only_another_stack_knows_is_not_judged_here() -> None:
    consumer = plugin("limit", None, id="id-1", config=IN_REDIS, partials=[{"id": "partial-1"}])
    outcome = run(policy, [consumer])
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize(
    "later",
    [
        plugin("later", "main", config={"strategy": UNKNOWN}),
        plugin("later", "main", config=IN_REDIS, partials=UNKNOWN),
        plugin("later", None, config=IN_REDIS, partials=LINK, caches=["cache"]),
        configuration("later", None, ("gcp", "us-east1")),
    ],
)
def test_what_is_unknown_is_said_and_hides_no_other_violation(later: Resource) -> None:
    bad = plugin("bad", "main", config=IN_REDIS, partials=LINK, caches=["gcp-redis"])
    outcome = run(policy, [later, *BASELINE, bad])
    assert outcome.names == ["bad"]
    assert "later ." in str(outcome.unknown)


def test_an_excepted_plugin_may_count_elsewhere() -> None:
    config = {"exceptions": [{"resource": "batch-*", "reason": "latency does not matter"}]}
    away = [
        plugin(name, "main", config=IN_REDIS, partials=LINK, caches=["gcp-redis"])
        for name in ("batch-limit", "bad")
    ]
    assert run(policy, [*BASELINE, *away], config).names == ["bad"]
