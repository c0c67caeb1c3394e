"""A recorded address plan through the real engine: blocks come from it, and live ones stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tools.addresses import write

Settings = dict[str, Any]


def without_blocks(settings: Settings) -> None:
    """One region in AWS, whose blocks are in the plan."""
    only_aws(settings)
    for key in ("cidr", "landing"):
        settings["regions"][0].pop(key)


def test_blocks_come_from_the_recorded_plan_and_a_live_one_moves_only_with_consent(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", without_blocks)
    project = world.project.folder
    write(project, "dev")
    world.init("dev")
    world.up("dev")
    (network,) = world.sandbox.konnect("networks").values()
    plan = yaml.safe_load((project / "stacks" / "dev.addresses.yaml").read_text())
    blocks = plan["aws"]["regions"]["us-east-2"]
    assert network["cidr_block"] == blocks["gateway"]
    vpcs = world.sandbox.state()["aws"]["aws:ec2/vpc:Vpc"].values()
    assert blocks["landing"] in [vpc["cidrBlock"] for vpc in vpcs]
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    # A new region gets no block in a preview, but the command that records one.
    world.settings("dev", lambda settings: settings["regions"].append({"region": "eu-west-1"}))
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert "gateway.regions[1].cidr: is missing, and stacks/dev.addresses.yaml" in refused.output
    assert "run `make addresses STACK=dev" in refused.output
    world.settings("dev", lambda settings: settings["regions"].pop())

    # A pin is recorded, and the live network still keeps its block until a person consents.
    world.settings("dev", lambda settings: settings["regions"][0].update(cidr="10.65.0.0/20"))
    write(project, "dev")
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert f"would move the gateway of aws-us-east-2 from {blocks['gateway']}" in refused.output
    write(project, "dev", release=["aws-us-east-2"])
    shown = world.project.ok("preview", "--stack", "dev")
    assert "konnect:CloudGatewayNetwork gateway-dev-aws-us-east-2 replace" in " ".join(
        shown.split()
    )
