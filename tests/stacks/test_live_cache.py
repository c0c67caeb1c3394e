"""A live Redis that settings delete or replace: others who use it, and what is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from providers.konnect.core_entities.partial import MANAGED_TAG
from stacks import settings
from stacks.live import Live, LivePlane
from stacks.live_cache import (
    LiveCaches,
    cache_live_problems,
    cache_live_warnings,
    planes_with_own_redis,
    planes_without_redis,
)
from stacks.live_governance import LivePlugins
from stacks.models import Settings
from tests.stacks.baseline import with_change

GATEWAY = "gateway-test"
GCP = "gcp-us-central1"
LIVE = Live(
    planes={
        "main": LivePlane("main", "main-id", cache_name=f"{GATEWAY}-cache"),
        GCP: LivePlane(GCP, f"{GCP}-id"),
    },
    control_planes={"aws-us-east-2": "main", "azure-eastus2": "main", GCP: GCP},
)
OURS = "pulumi:multicloud-gateway:test:0a1b2c3d"
THEIRS = "pulumi:orders:test:0a1b2c3d"
PARTIALS: dict[str, list[dict[str, Any]]] = {
    "main": [
        {"id": "managed", "name": "konnect-managed-1", "tags": [MANAGED_TAG], "config": {}},
        {"id": "other", "name": "orders-redis", "tags": [THEIRS], "config": {}},
    ],
    GCP: [
        {
            "id": "regional",
            "name": f"{GATEWAY}-{GCP}-cache-redis",
            "tags": [OURS],
            "config": {"host": "10.97.130.2", "port": 6378},
        },
        {"id": "theirs", "name": f"{GATEWAY}-{GCP}-cache-x", "tags": [THEIRS], "config": {}},
    ],
}


def load(cache: object) -> Settings:
    return settings.load("test", with_change("cache", to=cache))


def plugin(partial: str, tag: str | None = THEIRS, name: str = "orders-limit") -> dict[str, Any]:
    """A plugin as Konnect lists it, linked to a partial."""
    return {
        "id": f"{name}-id",
        "name": "rate-limiting-advanced",
        "instance_name": name,
        "tags": [tag] if tag else None,
        "partials": [{"id": partial, "path": "config.redis"}],
    }


def there(**plugins: list[dict[str, Any]]) -> LiveCaches:
    """The live caches, with plugins by their control plane: ``main`` or ``gcp``."""
    by_plane = {"main": plugins.get("main", []), GCP: plugins.get("gcp", [])}
    return LiveCaches(GATEWAY, "multicloud-gateway", "test", LivePlugins(by_plane), PARTIALS)


def problems(cache: object, found: LiveCaches, live: Live = LIVE) -> list[str]:
    given = load(cache)
    lines = cache_live_problems(given, live, found)
    return [one.line("f").removeprefix("f: gateway.") for one in lines]


def warnings(cache: object, found: LiveCaches, live: Live = LIVE) -> list[str]:
    given = load(cache)
    lines = cache_live_warnings(given, live, found)
    return [one.line("f").removeprefix("f: gateway.") for one in lines]


def test_a_cache_is_not_deleted_while_plugins_of_others_use_it() -> None:
    found = there(main=[plugin("managed")], gcp=[plugin("regional", None, "by-hand")])
    assert problems(None, found) == [
        "cache: null would delete a Redis that plugins of others use: rate-limiting-advanced "
        f"(orders-limit) of orders/test on main, rate-limiting-advanced (by-hand) on {GCP}; "
        "Konnect refuses that at the end of the update; keep the cache until their owners have "
        "deleted its partial from these plugins, and run `pulumi up`"
    ]


def test_plugins_of_this_stack_and_of_another_redis_do_not_hold_a_cache() -> None:
    limit = plugin("managed", None, f"{GATEWAY}-rate-limit")
    found = there(main=[plugin("managed", OURS), limit, plugin("other")], gcp=[plugin("theirs")])
    assert problems(None, found) == []


def test_a_managed_cache_that_others_created_stays() -> None:
    theirs = replace(LIVE, planes={"main": LivePlane("main", "main-id", cache_name="orders-cache")})
    found = there(main=[plugin("managed")])
    assert problems(None, found, theirs) == []
    assert warnings(None, found, theirs) == []


def test_local_counters_in_gcp_delete_the_redis_of_gcp_only() -> None:
    local = {"tier": "small", "gcp": "local"}
    assert problems(local, there(main=[plugin("managed")])) == []
    (line,) = problems(local, there(gcp=[plugin("regional")]))
    assert line.startswith('cache.gcp: "local" would delete a Redis that plugins of others use')
    (line,) = warnings(local, there())
    assert f"deletes the Redis of {GCP} with its counters, cached responses and sessions" in line


def test_what_is_lost_with_a_cache_is_a_warning() -> None:
    (line,) = warnings(None, there())
    assert line.startswith(f"cache: null deletes the Redis of main, {GCP} with its counters")
    assert warnings(None, LiveCaches(GATEWAY, "multicloud-gateway", "test")) == []


def test_another_redis_of_the_team_is_a_warning_that_nothing_is_copied() -> None:
    def external(host: str) -> dict[str, Any]:
        return {"tier": "small", "gcp": "external", "external": {GCP: {"host": host}}}

    (line,) = warnings(external("redis.shop.internal"), there())
    assert line == (
        f'cache.external.{GCP}.host: "redis.shop.internal" replaces 10.97.130.2, which plugins of '
        f"{GCP} use now: counters, cached responses and sessions are not copied, and a "
        "Memorystore that was created here is deleted; make sure first that Kong's network "
        "reaches the new one"
    )
    assert warnings(external("10.97.130.2"), there()) == []
    assert problems(external("redis.shop.internal"), there(gcp=[plugin("regional")])) == []


@pytest.mark.parametrize(
    ("cache", "without", "own"),
    [
        (None, ["main", GCP], []),
        ({"tier": "small"}, [], []),
        ({"tier": "small", "gcp": "local"}, [GCP], []),
        ({"tier": "small", "gcp": "external", "external": {GCP: {"host": "r"}}}, [], [GCP]),
    ],
)
def test_partials_are_read_only_where_a_redis_may_be_deleted_or_replaced(
    cache: object, without: list[str], own: list[str]
) -> None:
    given = load(cache)
    assert planes_without_redis(given, LIVE) == without
    assert planes_with_own_redis(given, LIVE) == own
