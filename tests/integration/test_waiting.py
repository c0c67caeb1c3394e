"""Readiness through the real engine: side by side, interrupted, killed, never given up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from components.links.azure_vnet_peering import PEERING_ACTIONS
from sandbox.accounts import KONG_AZURE_PRINCIPAL
from tests.engine_fixture import PYTHON_RUNTIME, Project
from tests.integration.conftest import World, kill_group

MakeWorld = Callable[..., World]

NETWORKS = """
import pulumi
from providers import konnect

provider = konnect.Provider("konnect")
opts = pulumi.ResourceOptions(provider=provider)
account = konnect.get_provider_account_output("aws", provider)
ready = {{}}
for index in range({count}):
    network = konnect.CloudGatewayNetwork(
        f"network-{{index}}",
        name=provider.own_name(f"network-{{index}}"),
        cloud_gateway_provider_account_id=account.apply(lambda a: a.id),
        region="us-east-2",
        availability_zones=["use2-az1", "use2-az2"],
        cidr_block=f"10.{{index}}.0.0/20",
        opts=opts,
    )
    ready[f"network-{{index}}"] = network.ready.apply(lambda n: n.state)
pulumi.export("ready", ready)
"""


def seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def test_thirty_networks_are_ready_in_the_time_of_one(make_world: MakeWorld) -> None:
    world = make_world(speed=300, program=NETWORKS.format(count=30))
    world.init("dev")
    began = world.sandbox.virtual_time()
    wall = time.monotonic()

    world.up("dev")

    networks = list(world.sandbox.konnect("networks").values())
    assert len(networks) == 30
    assert {n["state"] for n in networks} == {"ready"}
    created = [seconds(n["created_at"]) for n in networks]
    took = max(seconds(n["updated_at"]) for n in networks) - min(created)
    one = 35 * 60
    # All POSTs together may take a few real seconds, which the clock multiplies by 300.
    spread = max(created) - min(created)
    assert took <= one + spread + 1
    assert spread < one / 2, "the networks were not created side by side"
    assert began < min(created)
    assert time.monotonic() - wall < 60


@pytest.mark.parametrize("after", [0.0, 3.0])
def test_a_killed_up_is_finished_by_the_next_without_duplicate_or_orphan(
    make_world: MakeWorld, after: float
) -> None:
    world = make_world(speed=60)
    world.init("dev")

    running = world.start("up", "--yes", "--skip-preview", "--stack", "dev")
    running.wait_for("CloudGatewayNetwork gateway-dev-aws-us-east-2 created", limit=90)
    # What the clouds' own providers were making at that instant would be theirs to lose.
    quiet(world)
    time.sleep(after)
    kill_group(running)
    before = world.sandbox.konnect("networks")
    assert {network["state"] for network in before.values()} == {"initializing"}
    world.sandbox.admin("POST", "clock", json={"speed": 2000})
    world.unlock("dev")

    world.up("dev")

    everything_once(world)
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def test_a_kill_while_objects_are_being_created_in_konnect_makes_none_twice(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=60, program=NETWORKS.format(count=12))
    world.init("dev")

    running = world.start("up", "--yes", "--skip-preview", "--stack", "dev")
    running.wait_for("CloudGatewayNetwork network-", limit=60)
    while not world.sandbox.konnect("networks"):
        time.sleep(0.02)
    kill_group(running)
    made = set(world.sandbox.konnect("networks"))
    world.sandbox.admin("POST", "clock", json={"speed": 2000})
    world.unlock("dev")

    world.up("dev")

    networks = world.sandbox.konnect("networks")
    assert made <= set(networks)
    assert sorted(n["name"].rpartition("-")[0] for n in networks.values()) == sorted(
        f"network-{index}" for index in range(12)
    )


def quiet(world: World, seconds: float = 1.0) -> None:
    """Wait until the clouds have not been asked for anything for a while."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < seconds:
        now = sum(len(world.sandbox.requests(cloud)) for cloud in ("aws", "azure", "gcp"))
        if now != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.1)


def everything_once(world: World) -> None:
    """What Konnect has is what the state has, each once, and all ready."""
    resources = world.project.resources(stack="dev")
    kinds = {
        "CloudGatewayNetwork": "networks",
        "CloudGatewayTransitGateway": "transit-gateways",
        "CloudGatewayAddon": "add-ons",
        "GatewayControlPlane": "control-planes",
        "GatewayPlugin": "plugins",
    }
    for type_name, kind in kinds.items():
        in_state = {r["id"] for r in resources if r["type"].endswith(f"konnect:{type_name}")}
        objects: dict[str, Any] = world.sandbox.konnect(kind)
        assert set(objects) == in_state, kind
        assert {o.get("state", "ready") for o in objects.values()} == {"ready"}, kind


def test_an_interrupted_up_ends_cleanly_and_is_resumed(make_world: MakeWorld) -> None:
    world = make_world(speed=50, program=NETWORKS.format(count=2))
    world.init("dev")
    running = world.start("up", "--yes", "--skip-preview", "--stack", "dev")
    running.wait_for("initializing for", limit=60)

    running.interrupt()
    done = running.finish(limit=60)

    assert done.code != 0
    assert "Traceback" not in done.output, done.output
    created = set(world.sandbox.konnect("networks"))
    world.sandbox.admin("POST", "clock", json={"speed": 2000})
    world.up("dev")
    assert set(world.sandbox.konnect("networks")) == created
    assert world.outputs("dev")["ready"] == {"network-0": "ready", "network-1": "ready"}


def test_an_attachment_that_nobody_accepts_fails_at_its_deadline_and_says_what_to_do(
    make_world: MakeWorld,
) -> None:
    program = (
        NETWORKS.format(count=1)
        + """
attachment = konnect.CloudGatewayTransitGateway(
    "attachment",
    network_id=network.ready.apply(lambda n: n.id),
    name="attachment",
    cidr_blocks=["10.200.0.0/16"],
    transit_gateway_attachment_config={
        "kind": "aws-vpc-peering-attachment",
        "peer_account_id": "111122223333",
        "peer_vpc_id": "vpc-0123456789abcdef0",
        "peer_vpc_region": "us-east-2",
    },
    ready_timeout=3,
    opts=opts,
)
pulumi.export("attached", attachment.ready.apply(lambda a: a.state))
"""
    )
    world = make_world(speed=2000, program=program)
    world.init("dev")

    done = world.run("up", "--yes", "--skip-preview", "--stack", "dev")

    assert done.code != 0
    assert "transit gateway attachment" in done.output
    assert "not ready" in done.output
    assert "run `pulumi up` again" in done.output
    assert "Traceback" not in done.output, done.output


ADMINISTRATOR = """
import pulumi
from pulumi_azure_native import authorization

config = pulumi.Config()
vnet_id = config.require("vnet_id")
role = authorization.RoleDefinition(
    "role",
    role_name="Kong Cloud Gateway Peering Creator",
    role_type="CustomRole",
    scope=vnet_id.split("/providers/")[0],
    assignable_scopes=[vnet_id.split("/providers/")[0]],
    permissions=[{"actions": config.require_object("actions"), "not_actions": []}],
)
authorization.RoleAssignment(
    "assignment",
    scope=vnet_id,
    role_definition_id=role.id,
    principal_id=config.require("principal"),
    principal_type="ServicePrincipal",
)
"""


def test_with_manual_consent_a_peering_waits_for_the_role_and_goes_on(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=2000)

    def manual(settings: dict[str, Any]) -> None:
        (in_azure,) = [r for r in settings["regions"] if r["region"] == "eastus2"]
        settings |= {"azure": {"consent": "manual"}, "regions": [in_azure]}

    world.settings("dev", manual)
    world.init("dev")
    running = world.start("up", "--yes", "--skip-preview", "--stack", "dev")
    running.wait_for("pending-user-action for", limit=90)
    line = next(one for one in running.lines if "pending-user-action for" in one)
    assert "CloudGatewayTransitGateway gateway-dev-azure-eastus2-vnet-peering" in line
    assert (
        "https://login.microsoftonline.com/0a1b2c3d-0000-4000-8000-00000000aaaa/adminconsent?"
        "client_id=207b296f-cf25-4d23-9eba-9a2c41dc62ca" in line
    )
    assert "may peer with VNet gateway-dev-azure-eastus2-vnet" in line
    assert world.sandbox.state()["azure"].get("azure-native:authorization:RoleAssignment") is None

    administrator = Project(
        world.project.folder.parent / "administrator", world.project.pulumi, world.project.env
    )
    description = {"name": "administrator", "runtime": PYTHON_RUNTIME}
    administrator.write("Pulumi.yaml", json.dumps(description))
    administrator.write("__main__.py", ADMINISTRATOR)
    administrator.ok("stack", "init", "dev")
    (vnet_id,) = world.sandbox.state()["azure"]["azure-native:network:VirtualNetwork"]
    for key, value in {"vnet_id": vnet_id, "principal": KONG_AZURE_PRINCIPAL}.items():
        administrator.ok("config", "set", key, value)
    for index, action in enumerate(PEERING_ACTIONS):
        administrator.ok("config", "set", "--path", f"actions[{index}]", action)
    administrator.ok("up", "--yes", "--skip-preview", "--stack", "dev")

    done = running.finish()
    assert done.code == 0, done.output
    region = world.outputs("dev")["regions"]["azure-eastus2"]
    assert region["attachment"]["state"] == "ready"
