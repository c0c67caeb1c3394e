"""The kinds of links that are not a cloud's default, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.accounts import KONG_AWS_ACCOUNT
from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]


def peered(settings: Settings) -> None:
    """One region in AWS, linked by a peering."""
    only_aws(settings)
    settings["regions"][0]["links"] = {"vpc-peering": {}}


def test_a_vpc_peering_comes_up_without_a_hub_stays_and_goes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", peered)
    world.init("dev")
    world.up("dev", preview=True)

    region = world.outputs("dev")["regions"]["aws-us-east-2"]
    assert {key: one["state"] for key, one in region["attachments"].items()} == {
        "vpc-peering": "ready"
    }
    assert region["landing"]["account"] == "111122223333"
    assert region["landing"].get("hub_id") is None
    aws = world.sandbox.state()["aws"]
    assert "aws:ec2transitgateway/transitGateway:TransitGateway" not in aws
    kong = world.sandbox.state()[f"aws/{KONG_AWS_ACCOUNT}"]  # it requested the peering
    peerings = kong["aws:ec2/vpcPeeringConnection:VpcPeeringConnection"]
    ((id_, peering),) = [
        (id_, one) for id_, one in peerings.items() if one["peerVpcId"] == region["landing"]["id"]
    ]
    assert peering["acceptStatus"] == "active"
    routes = aws["aws:ec2/route:Route"].values()
    assert [one["vpcPeeringConnectionId"] for one in routes] == [id_]

    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)

    world.settings("dev", lambda settings: settings["regions"][0].pop("links"))
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert "would change aws-us-east-2 from vpc-peering, over which it is live" in refused.output

    world.settings("dev", lambda settings: settings["regions"][0].update(links={"vpc-peering": {}}))
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
