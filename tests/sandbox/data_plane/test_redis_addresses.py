"""Redis addresses in plugins' settings, and the way to a Memorystore from a group in GCP."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane.redis_addresses import RedisPath, addresses, paths
from sandbox.store import Store
from tests.sandbox.clouds.conftest import clouds, connect, gcp, store
from tests.sandbox.clouds.gcp.test_redis_path import NETWORK_ID, PORT, Built
from tests.sandbox.clouds.harness import Provider

__all__ = ["clouds", "connect", "gcp", "store"]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"redis": {"host": "10.0.0.1", "port": 6378}}, {("10.0.0.1", 6378)}),
        ({"redis": {"host": "10.0.0.1"}}, {("10.0.0.1", 6379)}),
        ({"redis": {"host": "{vault://env/ADDON_MANAGED_CACHE_HOST}"}}, set()),
        ({"redis": {"host": "127.0.0.1"}}, set()),
        ({"redis": {"host": None}}, set()),
        ({"vectordb": {"redis": {"host": "10.0.0.2"}}}, {("10.0.0.2", 6379)}),
        ({"upstream": {"host": "10.0.0.3"}}, set()),
    ],
)
def test_addresses_are_found_wherever_a_plugin_has_them(
    config: dict[str, Any], found: set[tuple[str, int]]
) -> None:
    assert addresses([{"config": config}]) == found


def test_a_group_in_gcp_reaches_a_memorystore_through_forwarders(
    gcp: Provider, store: Store
) -> None:
    built = Built(gcp, store)
    group = {"provider": "gcp", "cloud_gateway_network_id": NETWORK_ID}
    through, itself = built.rule["ipAddress"], built.redis["host"]
    found = paths(store, group, [(through, PORT), (itself, PORT)])
    assert found[through, PORT] == RedisPath(built.redis.id)
    assert found[itself, PORT].server is None
    assert "peering is not transitive" in found[itself, PORT].reason
    assert paths(store, {**group, "provider": "aws"}, [(through, PORT)]) == {}
