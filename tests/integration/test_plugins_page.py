"""The first example of docs/plugins.md, through the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.integration.conftest import World

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
PROGRAM = PAGE.partition("```python\n")[2].partition("```")[0]


def post(world: World, path: str, body: dict[str, Any]) -> str:
    """Create an object in Konnect, which the program uses; returns its id."""
    url = f"{world.sandbox.endpoint['konnect_url']}/v2/{path}"
    headers = {"Authorization": f"Bearer {world.sandbox.token}"}
    answer = httpx.post(url, json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])


def test_the_example_of_the_page_is_created_stays_as_it_is_and_goes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000, program=PROGRAM)
    plane = post(world, "control-planes", {"name": "orders", "cloud_gateway": True})
    redis = {"type": "redis-ee", "name": "shared", "config": {"host": "redis.internal"}}
    partial = post(world, f"control-planes/{plane}/core-entities/partials", redis)
    world.init("dev")
    for key, value in (("control_plane", plane), ("redis", partial)):
        world.project.ok("config", "set", key, value, "--stack", "dev")
    world.up("dev", preview=True)

    (upstream,) = world.sandbox.konnect("upstreams").values()
    assert upstream["healthchecks"]["passive"]["unhealthy"]["http_failures"] == 5
    assert upstream["healthchecks"]["active"]["unhealthy"]["interval"] == 10
    plugins = {one["name"]: one for one in world.sandbox.konnect("plugins").values()}
    assert plugins.keys() == {"key-auth", "rate-limiting-advanced"}
    limit = plugins["rate-limiting-advanced"]
    assert (limit["config"]["strategy"], limit["config"]["sync_rate"]) == ("redis", 0.5)
    assert [(one["id"], one["path"]) for one in limit["partials"]] == [(partial, "config.redis")]

    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert not world.sandbox.konnect("plugins")
    assert not world.sandbox.konnect("upstreams")
