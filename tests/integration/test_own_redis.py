"""A Redis for hybrid data planes in a VPC and in a VNet: the program of docs/own-redis.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.conftest import World
from tests.sandbox.clouds import tokens

PAGE = (Path(__file__).parents[2] / "docs" / "own-redis.md").read_text()
PROGRAM = PAGE.partition("```python\n")[2].partition("```")[0]
PRINCIPAL = "0a1b2c3d-0000-4000-8000-0000000000e1"


def only(world: World, token: str) -> dict[str, Any]:
    """The only object of a type in the clouds."""
    (found,) = world.sandbox.state()[token.partition("-")[0].partition(":")[0]][token].values()
    return found


def sizes(world: World) -> tuple[str, str]:
    """The node type in AWS, and the SKU in Azure."""
    sku = only(world, tokens.REDIS_CLUSTER)["sku"]["name"]
    return only(world, tokens.REPLICATION_GROUP)["nodeType"], sku


def test_a_redis_of_each_cloud_serves_its_control_plane_grows_in_place_and_goes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000, program=PROGRAM)
    world.init("dev")
    for key in ("principal_id", "client_id", "tenant_id"):
        world.project.ok("config", "set", key, PRINCIPAL, "--stack", "dev")
    world.up("dev", preview=True)

    aws, azure = only(world, tokens.REPLICATION_GROUP), only(world, tokens.REDIS_CLUSTER)
    configs = {one["name"]: one["config"] for one in world.sandbox.konnect("partials").values()}
    in_aws, in_azure = configs["shop-aws-cache-redis"], configs["shop-azure-cache-redis"]
    assert in_aws["host"] == in_aws["server_name"] == aws["primaryEndpointAddress"]
    assert in_aws["cloud_authentication"]["aws_cache_name"] == aws["replicationGroupId"]
    assert in_aws["cloud_authentication"]["aws_is_serverless"] is False
    assert in_azure["host"] == in_azure["server_name"] == azure["hostName"]
    assert in_azure["username"] == PRINCIPAL
    assert {one["ssl_verify"] for one in (in_aws, in_azure)} == {True}
    names = only(world, tokens.PRIVATE_ZONE_GROUP)["privateDnsZoneConfigs"][0]["recordSets"][0]
    assert names["ipAddresses"] == ["10.81.0.4"]
    assert names["fqdn"] == azure["hostName"].replace(".redis.", ".privatelink.redis.")
    assert sizes(world) == ("cache.t4g.small", "Balanced_B1")

    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)

    world.project.ok("config", "set", "tier", "large", "--stack", "dev")
    summary = world.up("dev").rsplit("Resources:", 1)[1]
    assert "~ 4 updated" in summary, summary  # Two caches, and the components that they are in.
    assert not {"created", "replaced", "deleted"} & set(summary.split()), summary
    assert sizes(world) == ("cache.m6g.large", "Balanced_B5")
    world.project.ok(*refreshed)

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    left = world.sandbox.settled(lambda state: not state.get("aws") and not state.get("azure"))
    assert left, json.dumps(world.sandbox.state(), indent=1)
    assert world.sandbox.konnect("partials") == {}
