"""Whether a gateway in GCP reaches the Redis of a partial."""

from __future__ import annotations

from typing import Any

import pytest

from policies import types
from policies.rules.konnect_partial_redis_reachable import policy
from tests.policies.rules.control_planes import addon, configuration, control_plane, plugin
from tests.policies.runner import UNKNOWN, Resource, resource, run

MEMORYSTORE, FRONT = "10.0.0.3", "10.97.130.2"


def redis(host: Any = UNKNOWN) -> Resource:
    return resource(types.GCP_REDIS, "memorystore", {"region": "us-central1", "host": host})


def front(host: Any = UNKNOWN) -> Resource:
    return resource(types.GCP_FORWARDING_RULE, "front", {"ipAddress": host})


def partial(
    name: str, host: Any, *causes: str, type_: Any = "redis-ee", plane: str = "gcp"
) -> Resource:
    props = {"control_plane_id": UNKNOWN, "type": type_, "config": {"host": host}}
    dependencies = {"control_plane_id": [plane], "config": list(causes)}
    return resource(types.PARTIAL, name, props, dependencies=dependencies)


BASELINE = [
    control_plane("main"),
    configuration("main-configuration", "main", ("aws", "us-east-2")),
    addon("cache", "main-configuration"),
    control_plane("gcp"),
    configuration("gcp-configuration", "gcp", ("gcp", "us-central1")),
]


@pytest.mark.parametrize(("host", "address"), [(UNKNOWN, UNKNOWN), (MEMORYSTORE, FRONT)])
def test_a_partial_of_a_load_balancer_is_compliant(host: str, address: str) -> None:
    forwarded = partial("forwarded", address, "memorystore", "front")
    outcome = run(policy, [*BASELINE, redis(host), front(address), forwarded])
    assert outcome.violations == []
    assert outcome.unknown is None


@pytest.mark.parametrize("host", [UNKNOWN, MEMORYSTORE])
@pytest.mark.parametrize("type_", ["redis-ee", "redis-ce"])
def test_the_address_of_a_memorystore_is_a_violation(host: str, type_: str) -> None:
    direct = partial("direct", host, "memorystore", type_=type_)
    outcome = run(policy, [*BASELINE, redis(host), direct])
    assert outcome.names == ["direct"]
    assert "peering is not transitive" in outcome.messages


@pytest.mark.parametrize("host", [UNKNOWN, MEMORYSTORE])
def test_the_vector_database_of_a_memorystore_is_a_violation(host: str) -> None:
    props = {
        "control_plane_id": UNKNOWN,
        "type": "vectordb",
        "config": {"strategy": "redis", "redis": {"host": host}},
    }
    dependencies = {"control_plane_id": ["gcp"], "config": ["memorystore"]}
    vectors = resource(types.PARTIAL, "vectors", props, dependencies=dependencies)
    assert run(policy, [*BASELINE, redis(host), vectors]).names == ["vectors"]


@pytest.mark.parametrize("host", [UNKNOWN, MEMORYSTORE])
def test_a_plugin_that_takes_no_partial_and_has_the_address_of_a_memorystore_is_a_violation(
    host: Any,
) -> None:
    config = {"cache": {"strategy": "redis", "redis": {"host": host}}}
    direct = plugin("direct", "gcp", kind="request-callout", config=config, redis=["memorystore"])
    assert run(policy, [*BASELINE, redis(host), direct]).names == ["direct"]
    config = {"cache": {"strategy": "redis", "redis": {"host": FRONT}}}
    through = plugin("through", "gcp", kind="request-callout", config=config, redis=["front"])
    known = [*BASELINE, redis(MEMORYSTORE), front(FRONT), through]
    assert run(policy, known).violations == []


def test_a_custom_plugin_with_the_address_of_a_memorystore_is_a_violation() -> None:
    direct = plugin("direct", "gcp", kind="seen-before", config={"host": MEMORYSTORE})
    assert run(policy, [*BASELINE, redis(MEMORYSTORE), direct]).names == ["direct"]


def test_a_plugin_without_an_address_is_compliant() -> None:
    calm = plugin("calm", "gcp", config=None, partials=[{"id": UNKNOWN}], caches=["memorystore"])
    assert run(policy, [*BASELINE, redis(), calm]).violations == []


def test_a_known_address_counts_more_than_what_the_partial_depends_on() -> None:
    direct = partial("direct", MEMORYSTORE, "memorystore", "front")
    assert run(policy, [*BASELINE, redis(MEMORYSTORE), front(FRONT), direct]).names == ["direct"]


def test_what_does_not_concern_gateways_in_gcp_is_compliant() -> None:
    others = [
        partial("in-aws", UNKNOWN, "memorystore", plane="main"),
        partial("embeddings", UNKNOWN, "memorystore", type_="embeddings"),
        partial("external", "redis.shop.internal"),
    ]
    assert run(policy, [*BASELINE, redis(), *others]).violations == []


def test_without_a_redis_nothing_is_missing() -> None:
    assert run(policy, BASELINE).violations == []


def test_an_unknown_type_is_told_and_not_refused() -> None:
    unclear = partial("unclear", UNKNOWN, "memorystore", type_=UNKNOWN)
    outcome = run(policy, [*BASELINE, redis(), unclear])
    assert outcome.violations == []
    assert outcome.unknown is not None


def test_an_exception_lets_a_partial_be() -> None:
    direct = partial("direct", MEMORYSTORE, "memorystore")
    reason = "A router appliance leads there."
    config = {"exceptions": [{"resource": "direct", "reason": reason}]}
    assert run(policy, [*BASELINE, redis(MEMORYSTORE), direct], config).violations == []
