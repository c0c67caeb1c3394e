"""Where plugins count."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_plugin_cache_local import policy
from tests.policies.rules.control_planes import (
    addon,
    configuration,
    control_plane,
    membership,
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


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("rate-limiting-advanced", IN_REDIS),
        ("rate-limiting", {"policy": "redis"}),
        ("openid-connect", {"session_storage": "redis"}),
        ("upstream-oauth", {"cache": {"strategy": "redis"}}),
        ("my-own-plugin", IN_REDIS),
    ],
)
def test_a_partial_of_another_control_plane_is_a_violation(
    kind: str, config: dict[str, Any]
) -> None:
    bad = plugin("bad", "main", kind=kind, config=config, partials=LINK, caches=["gcp-redis"])
    outcome = run(policy, [*BASELINE, bad])
    assert outcome.names == ["bad"]
    assert "is in control plane main, and uses gcp-redis of control plane gcp" in outcome.messages


def test_a_managed_cache_of_another_control_plane_is_a_violation() -> None:
    bad = plugin("bad", "gcp", config=IN_REDIS, partials=LINK, caches=["cache"])
    assert run(policy, [*BASELINE, bad]).names == ["bad"]


@pytest.mark.parametrize("type_", ["redis-ce", "vectordb"])
def test_every_type_of_partial_of_a_cache_belongs_to_its_control_plane(type_: str) -> None:
    far = partial("far", "gcp", type=type_, redis=["memorystore"])
    bad = plugin("bad", "main", kind="ai-semantic-cache", config={}, partials=LINK, caches=["far"])
    good = plugin("good", "gcp", kind="ai-semantic-cache", config={}, partials=LINK, caches=["far"])
    assert run(policy, [*BASELINE, far, good, bad]).names == ["bad"]


def test_a_partial_that_leads_to_no_cache_is_not_judged_here() -> None:
    model = partial("model", "gcp", type="embeddings")
    user = plugin("user", "main", kind="ai-proxy", config={}, partials=LINK, caches=["model"])
    assert run(policy, [*BASELINE, model, user]).violations == []


@pytest.mark.parametrize(("owner", "names"), [("main", []), ("gcp", ["ce"])])
def test_a_partial_refers_to_the_managed_cache_of_its_control_plane(
    owner: str, names: list[str]
) -> None:
    ce = partial("ce", owner, type="redis-ce", redis=["cache"])
    assert run(policy, [*BASELINE, ce]).names == names


@pytest.mark.parametrize(("owner", "names"), [("main", []), ("gcp", ["callout"])])
def test_references_in_a_config_are_those_of_the_cache_of_the_control_plane(
    owner: str, names: list[str]
) -> None:
    config = {"cache": {"strategy": "redis", "redis": {"host": UNKNOWN}}}
    callout = plugin("callout", owner, kind="request-callout", config=config, redis=["cache"])
    assert run(policy, [*BASELINE, callout]).names == names


def test_a_config_with_a_regional_redis_is_a_violation_where_another_region_is_served() -> None:
    config = {"cache": {"strategy": "redis", "redis": {"host": UNKNOWN}}}
    callout = plugin("callout", "main", kind="request-callout", config=config, redis=["far"])
    far = resource(types.AWS_REDIS, "far", {"region": "us-east-2"})
    outcome = run(policy, [*BASELINE, far, callout])
    assert outcome.names == ["callout"]
    assert (
        "leads to a Redis in us-east-2, and control plane main also serves from azure eastus2"
        in (outcome.messages)
    )


def test_a_redis_whose_region_is_its_providers_is_not_judged() -> None:
    near = resource(types.AWS_REDIS, "near", {"host": UNKNOWN})
    assert run(policy, [*BASELINE, near, partial("p", "main", redis=["near"])]).violations == []


GROUP = [
    *(control_plane(name) for name in ("shared", "orders", "carts", "stranger")),
    configuration("shared-configuration", "shared", ("aws", "us-east-2")),
    addon("shared-cache", "shared-configuration", kind="control-plane-group"),
    partial("orders-redis", "orders", redis=["shared-cache"]),
    plugin("orders-limit", "orders", config=IN_REDIS, partials=LINK, caches=["orders-redis"]),
]
MEMBERSHIP = membership("members", "shared", "orders", "carts")


@pytest.mark.parametrize("memberships", [[MEMBERSHIP], []])
def test_a_member_uses_its_own_partial_of_the_cache_of_its_group(
    memberships: list[Resource],
) -> None:
    assert run(policy, [*GROUP, *memberships]).violations == []


def test_a_member_that_uses_the_partial_of_another_member_is_a_violation() -> None:
    bad = plugin("bad", "carts", config=IN_REDIS, partials=LINK, caches=["orders-redis"])
    assert run(policy, [*GROUP, MEMBERSHIP, bad]).names == ["bad"]


def test_a_control_plane_outside_of_a_group_that_uses_its_cache_is_a_violation() -> None:
    outsider = partial("outsider", "stranger", redis=["shared-cache"])
    assert run(policy, [*GROUP, MEMBERSHIP, outsider]).names == ["outsider"]
    assert run(policy, [*GROUP, outsider]).violations == []


@pytest.mark.parametrize("partials", [None, []])
def test_a_missing_partial_is_a_violation_of_what_counts_in_redis(partials: object) -> None:
    config = {**IN_REDIS, "redis": {"host": "redis.example.com"}}
    bad = plugin("bad", "main", config=config, partials=partials)
    assert run(policy, [*BASELINE, bad]).names == ["bad"]


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("openid-connect", {"session_storage": "redis"}),
        ("basic-auth", {"brute_force_protection": {"strategy": "redis"}}),
    ],
)
def test_every_switch_of_a_plugin_with_a_partial_needs_one(
    kind: str, config: dict[str, Any]
) -> None:
    assert run(policy, [*BASELINE, plugin("bad", "main", kind=kind, config=config)]).names == [
        "bad"
    ]


@pytest.mark.parametrize("config", [{"strategy": "local"}, {"policy": "cluster"}, {}, None])
def test_what_does_not_count_in_redis_needs_no_partial(config: object) -> None:
    assert run(policy, [*BASELINE, plugin("calm", "main", config=config)]).violations == []


def test_a_custom_plugin_needs_no_partial_because_konnect_gives_it_none() -> None:
    own = plugin("own", "main", kind="my-own-plugin", config=IN_REDIS)
    assert run(policy, [*BASELINE, own]).violations == []


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
