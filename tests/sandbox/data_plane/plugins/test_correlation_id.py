from __future__ import annotations

import uuid

import pytest

from sandbox.data_plane.plugins.correlation_id import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

ONE = uuid.UUID(int=1)

pytestmark = pytest.mark.anyio


async def test_ids_of_a_node_count_its_requests() -> None:
    node = TestNode()
    ids = []
    for _ in range(2):
        x = exchange(node)
        await access(x, config_of(NAME), lambda: ONE)
        ids.append(x.headers["Kong-Request-ID"])
    assert ids == [f"{ONE}#1", f"{ONE}#2"]


async def test_an_id_may_be_a_uuid_alone_and_is_echoed_to_the_client() -> None:
    x = exchange(TestNode())
    config = config_of(NAME, generator="uuid", header_name="X-Id", echo_downstream=True)
    await access(x, config, lambda: ONE)
    assert x.headers["X-Id"] == x.response_headers["X-Id"] == str(ONE)


async def test_the_clients_id_stays() -> None:
    x = exchange(TestNode(), headers={"Kong-Request-ID": "mine"})
    await access(x, config_of(NAME, echo_downstream=True))
    assert x.headers["Kong-Request-ID"] == x.response_headers["Kong-Request-ID"] == "mine"


async def test_a_tracker_is_reported_as_not_played() -> None:
    x = exchange(TestNode())
    await access(x, config_of(NAME, generator="tracker"))
    assert x.unsupported == ["correlation-id.generator"]
    assert x.headers["Kong-Request-ID"]
