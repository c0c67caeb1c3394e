"""Changing an environment through the real engine: replacement, drift, rotation, adoption."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

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


@pytest.fixture(scope="module")
def aws_only(make_shared_world: MakeWorld) -> World:
    """A world in which dev is up in AWS alone. Each test that changes it brings it up again."""
    world = make_shared_world(speed=2000)
    world.settings("dev", only_aws)
    world.init("dev")
    world.up("dev")
    return world


def test_a_replaced_network_is_created_before_the_old_one_goes_and_other_regions_keep_serving(
    make_world: MakeWorld,
) -> None:
    """In each cloud: the new network has its own link before the old one loses its."""
    world = make_world(speed=2000)

    def add_a_region(settings: Settings) -> None:
        settings["regions"].append(
            {"region": "us-west-2", "cidr": "10.68.64.0/20", "landing": "10.70.0.0/16"}
        )

    world.settings("staging", add_a_region)
    world.init("staging")
    world.up("staging")
    before = world.outputs("staging")["regions"]
    moved_regions = ("aws-us-east-2", "azure-eastus2", "gcp-us-central1")

    def move(settings: Settings) -> None:
        for region, cidr in zip(
            settings["regions"], ("10.68.16.0/20", "10.84.16.0/20", "10.104.16.0/20"), strict=False
        ):
            region["cidr"] = cidr

    world.settings("staging", move)
    output = world.up("staging")

    assert "replaced" in output
    after = world.outputs("staging")["regions"]
    assert after["aws-us-west-2"] == before["aws-us-west-2"]
    writes = [(e["method"], e["target"]) for e in world.sandbox.writes()]
    created = max(i for i, (m, t) in enumerate(writes) if m == "POST" and t.endswith("/networks"))
    moved = max(i for i, (m, t) in enumerate(writes) if t.endswith("/configurations"))
    linked = max(
        i for i, (m, t) in enumerate(writes) if m == "POST" and t.endswith("/transit-gateways")
    )
    for key in moved_regions:
        gone = before[key]["network_id"]
        assert after[key]["network_id"] != gone
        assert [one["state"] for one in after[key]["attachments"].values()] == ["ready"]
        assert after[key]["landing"] == before[key]["landing"]
        assert world.sandbox.settled(
            lambda _, id_=gone: id_ not in world.sandbox.konnect("networks")
        )
        # The gateway's own writes: the new network before the configuration moved, and only
        # then the old one's end.
        ended = [i for i, (m, t) in enumerate(writes) if m == "DELETE" and gone in t]
        assert max(created, moved, linked) < min(ended)
    world.project.ok("preview", "--stack", "staging", "--expect-no-changes")


def test_what_a_live_environment_cannot_follow_is_refused_in_the_preview_all_at_once(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000)
    world.init("dev")
    world.up("dev")
    before = world.sandbox.state()["konnect"]
    writes = len(world.sandbox.writes())

    def break_everything(settings: Settings) -> None:
        settings["regions"][0]["zones"] = ["use2-az1", "use2-az2"]
        settings["control_planes"] = "per-region"
        settings["cache"] = {"tier": "micro"}

    world.settings("dev", break_everything)
    refused = world.run("preview", "--stack", "dev")

    assert refused.code != 0
    told = " ".join(refused.output.split())
    for said in (
        'gateway.regions[0].zones: ["use2-az1", "use2-az2"] are not [use2-az1, use2-az2, use2-az3]',
        "or also write cidr: 10.64.",
        'gateway.control_planes: "per-region" would move a live region: aws-us-east-2 is live on',
        'gateway.cache.tier: "micro" is smaller than small, the live cache of main',
    ):
        assert said in told, told
    assert "Traceback" not in told

    def move_abroad(settings: Settings) -> None:
        settings["regions"][0].pop("zones")
        settings["geo"] = "eu"
        for key in ("control_planes", "cache"):
            settings.pop(key)

    world.settings("dev", move_abroad)
    refused = world.run("up", "--yes", "--skip-preview", "--stack", "dev")
    assert refused.code != 0
    assert 'gateway.geo: "eu" is another geo than us' in " ".join(refused.output.split())

    def without_a_cache(settings: Settings) -> None:
        settings["geo"] = "us"
        settings["cache"] = None

    world.settings("dev", without_a_cache)
    preview = world.project.ok("preview", "--stack", "dev")
    assert "replace" not in preview.rsplit("Resources:", 1)[1]
    assert len(world.sandbox.writes()) == writes
    assert world.sandbox.state()["konnect"].keys() == before.keys()


def test_a_changed_configuration_is_one_update_of_konnect_and_no_replacement(
    aws_only: World,
) -> None:
    """The cache waits for the configuration, and its owner can never change."""
    world = aws_only

    def grow(settings: Settings) -> None:
        settings["autoscale"] = {"base_rps": 500}

    world.settings("dev", grow)
    shown = world.project.ok("preview", "--stack", "dev")
    assert "~ 2 to update" in shown  # The gateway, whose inputs changed, and its configuration.
    assert "replace" not in shown
    world.up("dev")
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_what_was_changed_in_konnect_is_seen_by_refresh_and_mended_by_up(
    aws_only: World,
) -> None:
    world = aws_only
    (plane,) = world.sandbox.konnect("control-planes")
    region = world.outputs("dev")["regions"]["aws-us-east-2"]
    attachment = (
        f"/v2/cloud-gateways/networks/{region['network_id']}"
        f"/transit-gateways/{region['attachment']['id']}"
    )
    konnect(world, "PATCH", f"/v2/control-planes/{plane}", {"labels": {"team": "somebody"}})
    konnect(world, "PATCH", attachment, {"cidr_blocks": ["10.200.0.0/16"]})

    world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
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

    world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    world.up("dev")

    assert world.outputs("dev")["state"] == "ready"
    assert world.sandbox.settled(lambda _: lost not in world.sandbox.konnect("networks"))
    assert len(world.sandbox.konnect("networks")) == 1


def test_a_token_that_moves_into_the_configuration_changes_the_provider_and_nothing_else(
    aws_only: World,
) -> None:
    world = aws_only
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

opts = pulumi.ResourceOptions(provider=konnect.Provider("konnect"))
for name in ("as-wanted", "different"):
    plane = konnect.GatewayControlPlane(
        name,
        name=name,
        description="mine",
        cloud_gateway=True,
        adopt_existing_id=pulumi.Config().require(name),
        opts=opts,
    )
    pulumi.export(name, plane.id)
"""


def test_objects_of_someone_else_are_adopted_without_a_write_and_then_the_preview_says_what_differs(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000, program=ADOPTING)
    world.init("dev")
    made = {}
    for name, description in (("as-wanted", "mine"), ("different", "theirs")):
        body = {"name": name, "cloud_gateway": True, "description": description}
        made[name] = konnect(world, "POST", "/v2/control-planes", body)["id"]
        world.project.ok("config", "set", name, made[name], "--stack", "dev")
    writes = len(world.sandbox.writes())

    world.up("dev")

    assert world.outputs("dev") == made
    assert len(world.sandbox.writes()) == writes
    shown = world.project.ok("preview", "--stack", "dev")
    assert 'description is "theirs" in Konnect and "mine" here' in shown
    assert "~ 1 to update" in shown
    world.up("dev")
    assert world.sandbox.konnect("control-planes")[made["different"]]["description"] == "mine"
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
