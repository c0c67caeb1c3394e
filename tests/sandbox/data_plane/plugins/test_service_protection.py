from __future__ import annotations

import pytest

from sandbox.data_plane.plugins import rate_limiting_advanced
from sandbox.data_plane.plugins.service_protection import NAME, PRIORITY, access
from tests.sandbox.data_plane.plugins.conftest import RedisServer
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

LIMITS = {"limit": [3], "window_size": [60], "window_type": "fixed", "namespace": "n"}

pytestmark = pytest.mark.anyio


async def test_all_requests_to_a_service_share_its_limit(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer
) -> None:
    shared = {"strategy": "redis", "sync_rate": 0, "redis": redis_server.config}
    config = config_of(NAME, **LIMITS, **shared)
    passed = []
    for number in range(5):
        consumer, service = {"id": f"c-{number}"}, {"id": "s-1"}
        x = exchange(nodes[number % 2], consumer=consumer, service=service)
        passed.append(await access(x, config) is None)
    assert passed == [True] * 3 + [False] * 2
    other = exchange(nodes[0], service={"id": "s-2"})
    assert await access(other, config) is None


def test_requests_that_a_rate_limit_refuses_do_not_count() -> None:
    assert PRIORITY < rate_limiting_advanced.PRIORITY
