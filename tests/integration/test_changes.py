"""Changing an environment through the real engine: replacement, drift, rotation, adoption."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.integration.conftest import World

MakeWorld = Callable[..., World]
Settings = dict[str, Any]


def konnect(world: World, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Someone else's change at Konnect."""
    headers = {"Authorization": f"Bearer {world.sandbox.token}"}
    url = world.sandbox.endpoint["konnect_url"] + path
    answer = httpx.request(method, url, json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def only_aws(settings: Settings) -> None:
    settings["regions"] = settings["regions"][:1]
    del settings["azure"]


def test_a_replaced_network_is_created_before_the_old_one_goes_and_other_regions_keep_serving(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000)
    world.init("dev")
    world.up("dev")
    before = world.outputs("dev")["regions"]

    def move(settings: Settings) -> None:
        settings["regions"][0]["cidr"] = "10.64.16.0/20"

    world.settings("dev", move)
    output = world.up("dev")

    assert "replaced" in output
    after = world.outputs("dev")["regions"]
    assert after["aws-us-east-2"]["network_id"] != before["aws-us-east-2"]["network_id"]
    assert after["azure-eastus2"] == before["azure-eastus2"]
    gone = before["aws-us-east-2"]["network_id"]
    assert world.sandbox.settled(lambda _: gone not in world.sandbox.konnect("networks"))
    # The gateway's own writes: the new network before the configuration moved, and only
    # then the old one's end.
    writes = [(e["method"], e["target"]) for e in world.sandbox.writes()]
    created = max(i for i, (m, t) in enumerate(writes) if m == "POST" and t.endswith("/networks"))
    moved = max(i for i, (m, t) in enumerate(writes) if t.endswith("/configurations"))
    removed = next(i for i, (m, t) in enumerate(writes) if m == "DELETE" and t.endswith(gone))
    assert created < moved < removed
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_a_changed_configuration_is_one_update_and_shows_no_replacement(
    make_world: MakeWorld,
) -> None:
    """The cache waits for the configuration, and its owner can never change."""
    world = make_world(speed=2000)
    world.settings("dev", only_aws)
    world.init("dev")
    world.up("dev")

    def grow(settings: Settings) -> None:
        settings["autoscale"] = {"base_rps": 500}

    world.settings("dev", grow)
    shown = world.project.ok("preview", "--stack", "dev")
    assert "~ 1 to update" in shown
    assert "replace" not in shown
    world.up("dev")
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_what_was_changed_in_konnect_is_seen_by_refresh_and_mended_by_up(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", only_aws)
    world.init("dev")
    world.up("dev")
    (plane,) = world.sandbox.konnect("control-planes")
    region = world.outputs("dev")["regions"]["aws-us-east-2"]
    attachment = (
        f"/v2/cloud-gateways/networks/{region['network_id']}"
        f"/transit-gateways/{region['attachment']['id']}"
    )
    konnect(world, "PATCH", f"/v2/control-planes/{plane}", {"labels": {"team": "somebody"}})
    konnect(world, "PATCH", attachment, {"cidr_blocks": ["10.200.0.0/16"]})

    world.project.ok("refresh", "--yes", "--stack", "dev")
    seen = world.project.ok("preview", "--stack", "dev", "--diff")
    assert "somebody" in seen
    assert "10.200.0.0/16" in seen
    world.up("dev")

    assert world.sandbox.konnect("control-planes")[plane]["labels"]["team"] == "platform"
    mended = world.sandbox.konnect("transit-gateways")[region["attachment"]["id"]]
    assert mended["cidr_blocks"] == ["10.65.0.0/16"]
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_a_network_that_vanished_is_made_again(make_world: MakeWorld) -> None:
    program = """
import pulumi
from providers import konnect

provider = konnect.Provider("konnect")
network = konnect.CloudGatewayNetwork(
    "network",
    name="network",
    cloud_gateway_provider_account_id=konnect.get_provider_account_output("aws", provider).apply(
        lambda account: account.id
    ),
    region="us-east-2",
    availability_zones=["use2-az2", "use2-az1"],
    cidr_block="10.0.0.0/20",
    opts=pulumi.ResourceOptions(provider=provider),
)
pulumi.export("state", network.ready.apply(lambda ready: ready.state))
"""
    world = make_world(speed=2000, program=program)
    world.init("dev")
    world.up("dev")
    (lost,) = world.sandbox.konnect("networks")
    konnect(world, "DELETE", f"/v2/cloud-gateways/networks/{lost}")

    world.project.ok("refresh", "--yes", "--stack", "dev")
    world.up("dev")

    assert world.outputs("dev")["state"] == "ready"
    assert world.sandbox.settled(lambda _: lost not in world.sandbox.konnect("networks"))
    assert len(world.sandbox.konnect("networks")) == 1


def test_a_token_that_moves_into_the_configuration_changes_the_provider_and_nothing_else(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", only_aws)
    world.init("dev")
    world.up("dev")
    world.project.ok(
        "config", "set", "--secret", "konnect:token", world.sandbox.token, "--stack", "dev"
    )
    writes = len(world.sandbox.writes())

    output = world.project.ok(
        "up", "--yes", "--skip-preview", "--stack", "dev", env={"KONNECT_TOKEN": ""}
    )

    summary = output.rsplit("Resources:", 1)[1]
    assert "~ 1 updated" in summary, summary
    assert "created" not in summary
    assert len(world.sandbox.writes()) == writes
    for name, text in world.everything_written():
        assert world.sandbox.token not in text, name


ADOPTING = """
import pulumi
from providers import konnect

provider = konnect.Provider("konnect")
plane = konnect.GatewayControlPlane(
    "plane",
    name="made by hand",
    description="mine",
    cloud_gateway=True,
    adopt_existing_id=pulumi.Config().require("plane"),
    opts=pulumi.ResourceOptions(provider=provider),
)
pulumi.export("id", plane.id)
"""


def test_an_object_that_someone_else_made_is_adopted_without_a_write(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000, program=ADOPTING)
    world.init("dev")
    body = {"name": "made by hand", "cloud_gateway": True, "description": "mine"}
    made = konnect(world, "POST", "/v2/control-planes", body)["id"]
    world.project.ok("config", "set", "plane", made, "--stack", "dev")
    writes = len(world.sandbox.writes())

    world.up("dev")

    assert world.outputs("dev")["id"] == made
    assert len(world.sandbox.writes()) == writes
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_what_an_adopted_object_differs_in_is_named_by_the_next_preview(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000, program=ADOPTING)
    world.init("dev")
    body = {"name": "made by hand", "cloud_gateway": True, "description": "theirs"}
    made = konnect(world, "POST", "/v2/control-planes", body)["id"]
    world.project.ok("config", "set", "plane", made, "--stack", "dev")
    world.up("dev")

    shown = world.project.ok("preview", "--stack", "dev")

    assert 'description is "theirs" in Konnect and "mine" here' in shown
    assert "~ 1 to update" in shown
    world.up("dev")
    assert world.sandbox.konnect("control-planes")[made]["description"] == "mine"
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
