"""A managed cache of a control plane group, with the plugins of its members."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.integration.conftest import World

PROGRAM = """
import pulumi
from components.cache.managed import ManagedCache, ManagedCacheArgs
from components.cache.wiring import wire
from components.regions import CacheTier
from providers import konnect

MEMBERS = %r
TIER = CacheTier(%r)
PLUGINS = {
    "rate-limiting-advanced": {"limit": [5], "window_size": [60], "namespace": "shared"},
    "rate-limiting": {"minute": 5},
}

provider = konnect.Provider("konnect", geo="us")
opts = pulumi.ResourceOptions(provider=provider)
group = konnect.GatewayControlPlane(
    "shared",
    name="shared",
    cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP",
    cloud_gateway=True,
    opts=opts,
)
members = {}
for key in MEMBERS:
    members[key] = konnect.GatewayControlPlane(key, name=key, opts=opts).id
    konnect.GatewayControlPlaneMembership(
        f"{key}-in-shared",
        control_plane_group_id=group.id,
        members=[{"id": members[key]}],
        opts=opts,
    )
network = konnect.CloudGatewayNetwork(
    "shared",
    name="shared",
    cloud_gateway_provider_account_id=konnect.get_provider_account_output(
        konnect.Cloud.AWS, provider
    ).apply(lambda account: account.id),
    region="us-east-2",
    availability_zones=["use2-az1", "use2-az2"],
    cidr_block="10.4.0.0/20",
    opts=opts,
)
configuration = konnect.CloudGatewayConfiguration(
    "shared",
    control_plane_id=group.id,
    control_plane_geo="us",
    version="3.13",
    dataplane_groups=[
        {
            "provider": "aws",
            "region": "us-east-2",
            "cloud_gateway_network_id": network.ready.apply(lambda ready: ready.id),
            "autoscale": {"kind": "autopilot", "base_rps": 1},
        }
    ],
    opts=opts,
)
args = ManagedCacheArgs(TIER, group.id, "us", configuration, members)
cache = ManagedCache("shared-cache", args, pulumi.ResourceOptions(providers=[provider]))
for key, plane_id in members.items():
    for name, config in PLUGINS.items():
        wired = wire(name, config, cache.members[key])
        konnect.GatewayPlugin(
            f"{key}-{name}",
            control_plane_id=plane_id,
            name=name,
            config=wired.config,
            partials=wired.partials,
            opts=opts,
        )
pulumi.export("group", group.id)
pulumi.export("members", members)
pulumi.export(
    "groups",
    cache.groups.apply(lambda groups: [f"{g.provider} {g.region} {g.state}" for g in groups]),
)
"""


def _program(*members: str, tier: str = "small") -> str:
    return PROGRAM % (members, tier)


def _changes(world: World) -> dict[str, int]:
    """How many resources a preview leaves, creates and updates."""
    preview = world.project.ok("preview", "--stack", "dev", "--json")
    changes: dict[str, int] = json.loads(preview)["changeSummary"]
    return changes


def _partials(world: World) -> dict[str, dict[str, Any]]:
    return {body["name"]: body for body in world.sandbox.konnect("partials").values()}


def _conflicts(world: World, group: str) -> tuple[str, list[Any]]:
    url = f"{world.sandbox.endpoint['konnect_url']}/v2/control-planes/{group}/group-status"
    headers = {"Authorization": f"Bearer {world.sandbox.token}"}
    item = httpx.get(url, headers=headers, timeout=30).raise_for_status().json()["item"]
    return item["state"], item["conflicts"]


def test_every_member_of_a_group_has_a_partial_of_the_shared_cache(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=4000, program=_program("orders", "carts"))
    world.init("dev")
    world.up("dev")
    outputs = world.outputs("dev")

    assert outputs["groups"] == ["aws us-east-2 ready"]
    partials = _partials(world)
    assert {name: one["type"] for name, one in partials.items()} == {
        f"shared-cache-{member}-{type_}": type_
        for member in ("orders", "carts")
        for type_ in ("redis-ee", "redis-ce")
    }
    assert {one["config"]["host"] for one in partials.values()} == {
        "{vault://env/ADDON_MANAGED_CACHE_HOST}"
    }
    assert _conflicts(world, outputs["group"]) == ("OK", [])
    linked = [body["partials"] for body in world.sandbox.konnect("plugins").values()]
    assert sorted(link["id"] for (link,) in linked) == sorted(
        one["id"] for one in partials.values()
    )
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.project.write("__main__.py", _program("orders", "carts", "returns"))
    assert set(_changes(world)) == {"same", "create"}
    world.up("dev")
    assert {"shared-cache-returns-redis-ee", "shared-cache-returns-redis-ce"} <= set(
        _partials(world)
    )
    assert _conflicts(world, outputs["group"]) == ("OK", [])

    world.project.write("__main__.py", _program("orders", "carts", "returns", tier="medium"))
    assert _changes(world).get("update") == 2  # the add-on and its component, and no partial

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(lambda _: not world.sandbox.konnect("networks"))
    for collection in ("control-planes", "add-ons", "partials", "plugins", "configurations"):
        assert world.sandbox.konnect(collection) == {}, collection
