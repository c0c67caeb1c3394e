"""The ways from gateways in GCP to their Redis, as the admin API shows them."""

from __future__ import annotations

from typing import Any

from sandbox.konnect import entities, records
from sandbox.konnect.redis_paths import get_redis_paths
from sandbox.store import Store
from tests.sandbox.clouds.conftest import clouds, connect, gcp, store
from tests.sandbox.clouds.gcp.test_redis_path import NETWORK_ID, PORT, Built
from tests.sandbox.clouds.harness import Provider

__all__ = ["clouds", "connect", "gcp", "store"]

PLANE = "0a1b2c3d-0000-4000-8000-0000000000aa"


def partial(store: Store, id_: str, **config: Any) -> None:
    entities.put(store, PLANE, "partials", {"id": id_, "type": "redis-ee", "config": config})


def test_each_group_in_gcp_is_shown_with_each_address_in_the_partials(
    gcp: Provider, store: Store
) -> None:
    built = Built(gcp, store)
    with store.transaction():
        records.create(store, records.CONTROL_PLANES, {"id": PLANE, "name": "gateway"})
        for provider in ("gcp", "aws"):
            group = {"provider": provider, "region": "us-east4", "_control_plane_id": PLANE}
            place = {"cloud_gateway_network_id": NETWORK_ID}
            records.create(store, records.GROUPS, {**group, **place})
        partial(store, "through", host=built.rule["ipAddress"], port=PORT)
        partial(store, "vectors", redis={"host": built.rule["ipAddress"], "port": PORT})
        partial(store, "direct", host=built.redis["host"], port=PORT)
        partial(store, "elsewhere", host="redis.shop.internal", port=PORT)
        partial(store, "managed", host="{vault://env/ADDON_MANAGED_CACHE_HOST}", port=PORT)
    found = {path["host"]: path for path in get_redis_paths(store)["paths"]}
    assert {host: (path["simulated"], bool(path["stopped"])) for host, path in found.items()} == {
        built.rule["ipAddress"]: (True, False),
        built.redis["host"]: (True, True),
        "redis.shop.internal": (False, True),
    }
    assert len(get_redis_paths(store)["paths"]) == 3, "only the group in GCP, each address once"
    assert found[built.rule["ipAddress"]]["control_plane"] == "gateway"
