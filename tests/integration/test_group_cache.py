"""The managed cache of a control plane group, by the program on its page in docs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.integration.conftest import World

PAGE = (Path(__file__).parents[2] / "docs" / "cache.md").read_text()
PROGRAM = "\n".join(
    block
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    if "import pulumi\n" in block or "GatewayCustomPluginStreaming(" in block
)
"""The page's example of a group, and that of a custom plugin, which goes on from there."""


def _program(*members: str, tier: str = "SMALL") -> str:
    program = PROGRAM.replace('MEMBERS = ["orders", "carts"]', f"MEMBERS = {list(members)}")
    program = program.replace("TIER = CacheTier.SMALL", f"TIER = CacheTier.{tier}")
    assert f"MEMBERS = {list(members)}" in program
    assert f"TIER = CacheTier.{tier}" in program
    return program + 'pulumi.export("group", group.id)\n'


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
    plugins = {body["name"]: body for body in world.sandbox.konnect("plugins").values()}
    custom = plugins["seen-before"]["config"]
    assert custom["host"] == "{vault://env/ADDON_MANAGED_CACHE_HOST}"
    assert custom["cloud_authentication"]["aws_is_serverless"] is False
    bodies = world.sandbox.konnect("plugins").values()
    linked = [body["partials"] for body in bodies if body["name"] != "seen-before"]
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

    world.project.write("__main__.py", _program("orders", "carts", "returns", tier="MEDIUM"))
    assert _changes(world).get("update") == 2  # the add-on and its component, and no partial

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(lambda _: not world.sandbox.konnect("networks"))
    for collection in ("control-planes", "add-ons", "partials", "plugins", "configurations"):
        assert world.sandbox.konnect(collection) == {}, collection
