"""What the Terraform provider does not see and this one does, through the real engine.

Each object is changed at Konnect behind the program's back; a refresh sees it, the preview
names it and `up` mends it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from providers.konnect.ownership import without_label
from tests.integration.conftest import World
from tests.integration.test_changes import konnect

MakeWorld = Callable[..., World]
GATEWAYS = "/v2/cloud-gateways"

PROGRAM = """
import pulumi
from providers import konnect

opts = pulumi.ResourceOptions(provider=(provider := konnect.Provider("konnect")))
plane = konnect.GatewayControlPlane("plane", name="plane", cloud_gateway=True, opts=opts)
group = konnect.GatewayControlPlane(
    "group", name="group", cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP", opts=opts
)
members = [
    konnect.GatewayControlPlane(f"member-{n}", name=f"member-{n}", opts=opts) for n in range(2)
]
konnect.GatewayControlPlaneMembership(
    "membership",
    control_plane_group_id=group.id,
    members=[{"id": member.id} for member in members],
    opts=opts,
)
network = konnect.CloudGatewayNetwork(
    "network",
    name="network",
    cloud_gateway_provider_account_id=konnect.get_provider_account_output("aws", provider).apply(
        lambda account: account.id
    ),
    region="us-east-2",
    availability_zones=["use2-az2", "use2-az1"],
    cidr_block="10.0.0.0/20",
    opts=opts,
)
configuration = konnect.CloudGatewayConfiguration(
    "configuration",
    control_plane_id=plane.id,
    control_plane_geo="us",
    version="3.13",
    dataplane_groups=[
        {
            "provider": "aws",
            "region": "us-east-2",
            "cloud_gateway_network_id": network.id,
            "autoscale": {"kind": "autopilot", "base_rps": 100},
        }
    ],
    opts=opts,
)
konnect.CloudGatewayAddon(
    "cache",
    name="cache",
    owner={
        "kind": "control-plane",
        "control_plane_id": configuration.ready.apply(lambda ready: ready.control_plane_id),
        "control_plane_geo": "us",
    },
    config={
        "kind": "managed-cache.v0",
        "capacity_config": {"kind": "tiered", "tier": pulumi.Config().get("tier") or "small"},
    },
    opts=opts,
)
redis = konnect.GatewayPartial(
    "redis",
    control_plane_id=plane.id,
    name="redis",
    type="redis-ee",
    config={"host": "redis.internal"},
    opts=opts,
)
konnect.GatewayPlugin(
    "limit",
    control_plane_id=plane.id,
    name="rate-limiting-advanced",
    config={"limit": [100], "window_size": [60], "strategy": "redis", "sync_rate": 0.5},
    partials=[{"id": redis.id}],
    opts=opts,
)
pulumi.export("network", network.ready.apply(lambda ready: ready.id))
"""


@pytest.fixture(scope="module")
def world(make_shared_world: MakeWorld) -> World:
    """A world in which the program is up. The test that breaks an object for good is the last."""
    world = make_shared_world(speed=2000, program=PROGRAM)
    world.init("dev")
    world.up("dev")
    return world


def only(world: World, collection: str, **fields: Any) -> dict[str, Any]:
    """The one object of a collection that has these fields."""
    found = world.sandbox.konnect(collection).values()
    (item,) = [o for o in found if all(o.get(k) == v for k, v in fields.items())]
    return item


def current(world: World) -> dict[str, Any]:
    """The current configuration: Konnect keeps the superseded ones."""
    found = world.sandbox.konnect("configurations").values()
    return max(found, key=lambda item: item["entity_version"])


def test_every_change_behind_the_programs_back_is_seen_by_refresh_named_and_mended(
    world: World,
) -> None:
    plane = only(world, "control-planes", name="plane")
    group = only(world, "control-planes", name="group")
    member = only(world, "control-planes", name="member-0")
    cache = only(world, "add-ons")
    plugin = only(world, "plugins")
    before = current(world)

    wanted = {k: before[k] for k in ("control_plane_id", "control_plane_geo", "version")}
    groups = before["dataplane_group_config"]
    groups[0]["autoscale"] = {"kind": "autopilot", "base_rps": 777}
    entities = f"/v2/control-planes/{plane['id']}/core-entities"
    memberships = f"/v2/control-planes/{group['id']}/group-memberships"
    capacity = {"kind": "tiered", "tier": "medium"}
    limit = {**plugin["config"], "limit": [5]}
    for method, path, body in (
        ("PATCH", f"/v2/control-planes/{plane['id']}", {"labels": {"team": "somebody"}}),
        ("POST", f"{memberships}/remove", {"members": [{"id": member["id"]}]}),
        ("PUT", f"{GATEWAYS}/configurations", {**wanted, "dataplane_groups": groups}),
        (
            "PATCH",
            f"{GATEWAYS}/add-ons/{cache['id']}",
            {"config": {"kind": "managed-cache.v0", "capacity_config": capacity}},
        ),
        (
            "PUT",
            f"{entities}/plugins/{plugin['id']}",
            {"name": plugin["name"], "config": limit, "partials": plugin["partials"]},
        ),
    ):
        konnect(world, method, path, body)

    refreshed = world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    refused = world.run("preview", "--stack", "dev")
    # A cache never shrinks: what was made larger stays so, and the program says it.
    world.project.ok("config", "set", "tier", "medium", "--stack", "dev")
    shown = world.project.ok("preview", "--stack", "dev", "--diff")

    assert "~ 5 updated" in refreshed
    assert refused.code != 0
    assert "cannot be lowered from medium to small: write tier medium" in refused.output
    for word in ("somebody", member["id"], "777", "limit"):
        assert word in shown, word
    assert "~ 4 to update" in shown

    world.up("dev")
    assert without_label(only(world, "control-planes", name="plane")["labels"]) == {}
    members = konnect(world, "GET", memberships)["data"]
    assert member["id"] in {item["id"] for item in members}
    assert current(world)["dataplane_group_config"][0]["autoscale"]["base_rps"] == 100
    living = {o["config"]["capacity_config"]["tier"] for o in caches(world)}
    assert living == {"medium"}
    assert only(world, "plugins")["config"]["limit"] == [100]
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")


def caches(world: World) -> list[dict[str, Any]]:
    """The add-ons that are not on their way out."""
    found = world.sandbox.konnect("add-ons").values()
    return [item for item in found if item["state"] != "terminating"]


def test_a_failed_object_is_said_by_refresh_by_the_preview_and_by_up(world: World) -> None:
    network = only(world, "networks")
    reason = {"reason": "no addresses left"}
    world.sandbox.admin("POST", f"fail/networks/{network['id']}", json=reason)

    said = "has failed: initializing (INVALID: no addresses left)"
    refreshed = world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    assert f"cloud gateway network {network['id']} {said}" in refreshed
    shown = world.project.ok("preview", "--stack", "dev")
    assert f"cloud gateway network network ({network['id']}) {said}" in shown
    done = world.run("up", "--yes", "--skip-preview", "--stack", "dev")
    assert done.code != 0
    assert "Reason: INVALID: no addresses left" in done.output
    assert "Traceback" not in done.output


def test_two_configurations_of_one_control_plane_are_refused_at_preview(
    make_world: MakeWorld,
) -> None:
    program = """
import pulumi
from providers import konnect

opts = pulumi.ResourceOptions(provider=konnect.Provider("konnect"))
plane = konnect.GatewayControlPlane("plane", name="plane", cloud_gateway=True, opts=opts)
for name in ("one", "two"):
    konnect.CloudGatewayConfiguration(
        name,
        control_plane_id=plane.id,
        control_plane_geo="us",
        version="3.13",
        dataplane_groups=[],
        opts=opts,
    )
"""
    world = make_world(program=program)
    world.init("dev")

    done = world.run("preview", "--stack", "dev")

    assert done.code != 0
    assert "'one' and 'two' configure the same control plane" in done.output
    assert "Traceback" not in done.output
    assert world.sandbox.writes() == []
