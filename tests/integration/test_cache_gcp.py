"""The Redis of a region in GCP, through the real engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from tests.integration.conftest import CHECKOUT, World
from tests.integration.test_edge_gcp import GCP, GCP_REGION, objects, stays
from tests.integration.test_environments import leaves_nothing

MAIN = (CHECKOUT / "__main__.py").read_text()
_DIRECTLY = """
from types import SimpleNamespace

from components.cache import gcp_redis

gcp_redis.GcpForwarders = lambda name, args, opts: SimpleNamespace(endpoint=args.redis)
"""
DIRECT = _DIRECTLY + MAIN.replace("from __future__ import annotations\n", "")
"""The program without forwarders: the partial leads to the Memorystore itself."""


def in_gcp(settings: dict[str, Any]) -> None:
    """One region in GCP with a cache."""
    settings["regions"] = [dict(GCP_REGION)]
    del settings["azure"]
    settings["cache"] = {"tier": "small"}


def local(settings: dict[str, Any]) -> None:
    settings["cache"]["gcp"] = "local"


def paths(world: World) -> list[dict[str, Any]]:
    """The ways from gateways to their Redis, as the sandbox walks them."""
    found: list[dict[str, Any]] = world.sandbox.admin("GET", "redis-paths")["paths"]
    return found


def test_a_redis_out_of_reach_gets_forwarders_in_place_or_data_planes_count_for_themselves(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000, program=DIRECT)
    world.settings("dev", in_gcp)
    world.init("dev")
    world.up("dev")
    (path,) = paths(world)
    assert "peering is not transitive" in path["stopped"]
    before = objects(world, "Instance")

    (world.project.folder / "__main__.py").write_text(MAIN)
    changed = world.up("dev", preview=True)
    assert not re.search(r"(-|\+-) \d+ (deleted|replaced)", changed), changed
    assert objects(world, "Instance") == before

    (rule,), (redis,) = objects(world, "ForwardingRule"), objects(world, "Instance")
    (path,) = paths(world)
    assert (path["region"], path["host"]) == ("us-central1", rule["ipAddress"])
    assert path["stopped"] == "", path
    assert path["hops"][-1].startswith(f"Memorystore {redis['name']}, ready")
    (subnetwork,) = [one for one in objects(world, "Subnetwork") if "forwarders" in one["name"]]
    assert ip_address(rule["ipAddress"]) in ip_network(subnetwork["ipCidrRange"])
    assert ip_network(subnetwork["ipCidrRange"]).subnet_of(ip_network(GCP_REGION["landing"]))
    assert world.outputs("dev")["control_planes"][GCP]["counters"] == "region"
    stays(world)

    world.settings("dev", local)
    assert "gives gcp-us-central1 no Redis" in world.up("dev", preview=True)
    assert paths(world) == []
    assert world.outputs("dev")["control_planes"][GCP]["counters"] == "data-plane"
    stays(world)

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
