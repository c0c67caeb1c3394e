"""The load balancer of a private gateway in AWS, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]
CERTIFICATE = "arn:aws:acm:us-east-2:111122223333:certificate/0a1b2c3d"


def private(settings: Settings) -> None:
    """One private region in AWS, with a network load balancer."""
    only_aws(settings)
    settings["api_access"] = "private"
    settings["regions"][0]["load_balancer"] = {}


def changes(world: World) -> dict[str, int]:
    """What an update would do, by kind of step."""
    shown = world.project.ok("preview", "--stack", "dev", "--json")
    found: dict[str, int] = json.loads(shown)["changeSummary"]
    return {step: count for step, count in found.items() if step not in ("same", "read")}


def aws(world: World, kind: str) -> list[dict[str, Any]]:
    """The objects of a type in the customer's account."""
    return list(world.sandbox.state()["aws"].get(kind, {}).values())


def addresses(world: World) -> set[str]:
    """The gateway's private addresses."""
    return {*world.outputs("dev")["regions"]["aws-us-east-2"]["private_ip_addresses"]}


def targets(world: World) -> set[str]:
    """The addresses that the load balancer leads to."""
    found = aws(world, "aws:lb/targetGroupAttachment:TargetGroupAttachment")
    assert {one["availabilityZone"] for one in found} == {"all"}
    return {one["targetId"] for one in found}


def test_a_private_gateway_is_behind_a_load_balancer_from_up_to_destroy(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", private)
    world.init("dev")
    world.up("dev", preview=True)

    assert targets(world) == addresses(world)
    (balancer,) = aws(world, "aws:lb/loadBalancer:LoadBalancer")
    assert (balancer["loadBalancerType"], balancer["internal"]) == ("network", True)
    assert len(balancer["subnets"]) == 3
    region = world.outputs("dev")["regions"]["aws-us-east-2"]
    assert region["load_balancer"]["name"] == balancer["dnsName"]
    (listener,) = aws(world, "aws:lb/listener:Listener")
    assert (listener["port"], listener["protocol"]) == (443, "TCP")
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)

    # Konnect has a new configuration after this update, and the preview still knows the targets.
    world.settings("dev", lambda settings: settings.update(autoscale={"base_rps": 20}))
    assert changes(world).keys() == {"update"}

    to_application = {"kind": "application", "certificate_arn": CERTIFICATE}
    world.settings(
        "dev", lambda settings: settings["regions"][0].update(load_balancer=to_application)
    )
    world.up("dev")
    (balancer,) = aws(world, "aws:lb/loadBalancer:LoadBalancer")
    assert balancer["loadBalancerType"] == "application"
    assert targets(world) == addresses(world)

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
