"""Names that lead clients to gateways, and their custom domains, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]

RECORD = "aws:route53/record:Record"


def records(world: World) -> dict[str, dict[str, Any]]:
    """The record sets in Route 53 by name, and by set identifier if they have one."""
    found = world.sandbox.state()["aws"].get(RECORD, {}).values()
    return {" ".join(filter(None, [one["fqdn"], one.get("setIdentifier")])): one for one in found}


def per_cloud(settings: Settings) -> None:
    """One region in AWS, with a name of its own in a zone that the stack makes."""
    only_aws(settings)
    settings["zones"] = {"dev.example.com": {"service": "route53", "create": True}}
    settings["domains"] = {"aws.dev.example.com": {}, "old.dev.example.com": {}}
    settings["entry"] = {"strategy": "per-cloud", "names": {"aws": "aws.dev.example.com"}}


def test_a_name_for_each_cloud_comes_up_with_its_certificate_is_mended_and_goes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", per_cloud)
    world.init("dev")
    world.up("dev", preview=True)

    outputs = world.outputs("dev")
    region, main = outputs["regions"]["aws-us-east-2"], outputs["control_planes"]["main"]
    assert region["names"] == ["aws.dev.example.com"]
    assert main["domains"] == ["aws.dev.example.com", "old.dev.example.com"]
    assert {one["state"] for one in outputs["domains"].values()} == {"ready"}
    assert outputs["name_servers"]["dev.example.com"]
    assert outputs["records"] == {}
    prefix = main["endpoint"].removeprefix("https://").split(".")[0]
    acme = f"_acme-challenge.{prefix}.acme.gateways.konggateway.com"
    assert {name: (one["records"], one["ttl"]) for name, one in records(world).items()} == {
        "aws.dev.example.com": (region["hostnames"], 60),
        "_acme-challenge.aws.dev.example.com": ([acme], 300),
        "old.dev.example.com": ([f"{prefix}.gateways.konggateway.com"], 300),
        "_acme-challenge.old.dev.example.com": ([acme], 300),
    }
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
