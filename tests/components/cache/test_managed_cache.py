"""The managed cache of a control plane and of a control plane group, and its partials."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
import pytest

from components.cache.managed import ManagedCache, ManagedCacheArgs
from components.cache.wiring import wire
from components.regions import CacheTier
from multicloudgateway import published
from providers import konnect
from tests.components.gateway_mocks import World, run_program, unmocked

ENV = "{vault://env/ADDON_MANAGED_CACHE_%s}"
LOGIN = {
    "auth_provider": ENV % "AUTH_PROVIDER",
    "aws_cache_name": ENV % "AWS_CACHE_NAME",
    "aws_region": ENV % "AWS_REGION",
    "aws_assume_role_arn": ENV % "AWS_ASSUME_ROLE_ARN",
    "aws_is_serverless": False,
}
DOCUMENTED = {
    "host": ENV % "HOST",
    "port": ENV % "PORT",
    "username": ENV % "USERNAME",
    "server_name": ENV % "SERVER_NAME",
    "ssl": True,
    "ssl_verify": True,
    "database": 0,
    "connect_timeout": 2000,
    "read_timeout": 5000,
    "send_timeout": 2000,
    "keepalive_pool_size": 256,
    "keepalive_backlog": 512,
    "connection_is_proxied": False,
    "cloud_authentication": LOGIN,
}
"""The partial that Kong documents for a member of a control plane group, in AWS."""


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    unmocked()


def _run(
    use: Callable[[ManagedCache], Any],
    members: Mapping[str, str] | None = None,
    *,
    preview: bool = False,
) -> tuple[World, Any]:
    def make(provider: konnect.Provider) -> Any:
        configuration = konnect.CloudGatewayConfiguration(
            "configuration",
            control_plane_id="owner-id",
            control_plane_geo="us",
            version="3.13",
            dataplane_groups=[],
            opts=pulumi.ResourceOptions(provider=provider),
        )
        args = ManagedCacheArgs(CacheTier.SMALL, "owner-id", "us", configuration, members)
        return use(ManagedCache("cache", args, pulumi.ResourceOptions(providers=[provider])))

    return run_program(make, preview=preview)


def _partials(world: World) -> dict[str, dict[str, Any]]:
    return {one.inputs["name"]: one.inputs for one in world.of("konnect:GatewayPartial")}


def test_the_cache_of_a_group_has_a_documented_partial_of_its_own_name_on_every_member() -> None:
    world, _ = _run(lambda cache: None, {"orders": "orders-id", "carts": "carts-id"})
    partials = _partials(world)
    assert {name: one["control_plane_id"] for name, one in partials.items()} == {
        "cache-orders-redis-ee": "orders-id",
        "cache-carts-redis-ee": "carts-id",
    }
    for one in partials.values():
        assert (one["type"], one["config"]) == ("redis-ee", DOCUMENTED)


def test_a_group_is_the_owner_of_its_cache() -> None:
    world, _ = _run(lambda cache: None, {"orders": "orders-id"})
    assert world.one("konnect:CloudGatewayAddon").inputs["owner"] == {
        "kind": "control-plane-group",
        "control_plane_group_id": "owner-id",
        "control_plane_group_geo": "us",
    }


def test_a_group_without_members_yet_has_a_cache_without_partials() -> None:
    world, _ = _run(lambda cache: None, {})
    assert _partials(world) == {}
    owner = world.one("konnect:CloudGatewayAddon").inputs["owner"]
    assert owner["kind"] == "control-plane-group"


def test_each_member_has_the_id_of_its_partial() -> None:
    def use(cache: ManagedCache) -> Any:
        ids = {key: member.partial_id for key, member in cache.members.items()}
        return pulumi.Output.from_input(ids)

    _, ids = _run(use, {"orders": "orders-id", "carts": "carts-id"})
    assert ids == {"orders": "cache-orders-redis-ee-id", "carts": "cache-carts-redis-ee-id"}


def test_a_group_itself_has_no_partial_for_plugins() -> None:
    with pytest.raises(ValueError, match=r"cache cache is of a control plane group, .*members"):
        _run(lambda cache: cache.partial_id, {"orders": "orders-id"})


def test_konnect_makes_the_partial_of_a_control_plane() -> None:
    world, partial_id = _run(lambda cache: cache.partial_id)
    assert partial_id == "managed-partial"
    assert _partials(world) == {}


def test_a_redis_ce_partial_is_created_once_and_only_when_it_is_asked_for() -> None:
    def use(cache: ManagedCache) -> Any:
        return [cache.partial_of("redis-ce"), cache.partial_of("redis-ce")]

    world, ids = _run(use)
    assert ids == ["cache-redis-ce-id"] * 2
    partials = _partials(world)
    assert list(partials) == ["cache-redis-ce"]
    config = partials["cache-redis-ce"]["config"]
    assert config["timeout"] == 2000
    assert {key: config[key] for key in config if key != "timeout"} == {
        key: value
        for key, value in DOCUMENTED.items()
        if not key.startswith(("connect", "read_", "send_", "keepalive"))
    }
    schema = published.partial("redis-ce")
    assert schema is not None
    assert published.problems(schema, config) == []


def test_a_vector_database_is_created_once_for_each_combination_of_settings() -> None:
    def use(cache: ManagedCache) -> Any:
        return [
            cache.vectordb(dimensions=1536, distance_metric="cosine"),
            cache.vectordb(dimensions=1536, distance_metric="cosine"),
            cache.vectordb(dimensions=1536, distance_metric="cosine", threshold=0.1),
        ]

    world, ids = _run(use)
    assert ids[0] == ids[1] != ids[2]
    for one in _partials(world).values():
        assert one["type"] == "vectordb"
        assert one["config"]["redis"] == DOCUMENTED
        schema = published.partial("vectordb")
        assert schema is not None
        assert published.problems(schema, one["config"]) == []


def test_plugins_of_a_member_are_wired_to_its_partial() -> None:
    def use(cache: ManagedCache) -> Any:
        config = {"limit": [5], "window_size": [60]}
        wired = wire("rate-limiting-advanced", config, cache.members["orders"])
        return pulumi.Output.from_input({"config": wired.config, "partials": wired.partials})

    _, wired = _run(use, {"orders": "orders-id"})
    assert wired["partials"] == [{"id": "cache-orders-redis-ee-id"}]
    assert wired["config"]["strategy"] == "redis"


def test_a_custom_plugin_gets_the_connection_as_values() -> None:
    _, values = _run(
        lambda cache: pulumi.Output.from_input([cache.env.host, cache.env.cloud_authentication])
    )
    assert values == [DOCUMENTED["host"], LOGIN]


@pytest.mark.parametrize("preview", [True, False])
def test_the_state_of_each_data_plane_group_is_known(preview: bool) -> None:
    _, groups = _run(lambda cache: cache.groups, preview=preview)
    shown = [(one.provider, one.region, one.state, one.error_reason) for one in groups]
    assert shown == [("aws", "us-east-2", "ready", "")]
