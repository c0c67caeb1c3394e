"""Private DNS of regions, of every kind, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]


def attachments(world: World) -> dict[str, dict[str, Any]]:
    """Konnect's private DNS attachments by the end of their name."""
    return {
        one["name"].rsplit("-dns-", 1)[1]: one
        for one in world.sandbox.konnect("private-dns").values()
    }


def configure_aws_region(world: World) -> None:
    """Give AWS's provider a region, which the resources of a global service need."""
    file = world.config_file("dev")
    content = yaml.safe_load(file.read_text())
    content["config"]["aws:region"] = "us-east-2"
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def aws_names(settings: Settings) -> None:
    """One region in AWS that resolves a zone."""
    only_aws(settings)
    settings["regions"][0]["dns"] = {
        "internal": {
            "kind": "private-hosted-zone",
            "domain": "internal.example.com",
            "records": {"orders": {"values": ["10.65.32.10"]}},
        },
    }


def test_the_names_of_a_region_in_aws_come_up_stay_change_and_go(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", aws_names)
    configure_aws_region(world)
    world.init("dev")
    world.up("dev", preview=True)

    assert {key: one["state"] for key, one in attachments(world).items()} == {"internal": "ready"}

    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
