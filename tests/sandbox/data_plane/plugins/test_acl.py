from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane.plugins.acl import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

ANNA = {"id": "c-1", "username": "anna"}
BERT = {"id": "c-2", "username": "bert"}
GOLD = {"id": "g-1", "name": "gold"}
COLLECTIONS = {
    "acls": [
        {"group": "dev", "consumer": {"id": "c-1"}},
        {"group": "ops", "consumer": {"id": "c-1"}},
        {"group": "guests", "consumer": {"id": "c-2"}},
    ]
}

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("settings", "request_", "status"),
    [
        ({"allow": ["dev"]}, {"consumer": ANNA}, None),
        ({"allow": ["dev", "guests"]}, {"consumer": BERT}, None),
        ({"allow": ["dev"]}, {"consumer": BERT}, 403),
        ({"deny": ["guests"]}, {"consumer": ANNA}, None),
        ({"deny": ["guests"]}, {"consumer": BERT}, 403),
        ({"allow": ["dev"]}, {}, 401),
        ({"allow": ["dev"]}, {"credential": {"id": "k"}}, 403),
        ({"allow": ["gold"]}, {"consumer": BERT, "consumer_groups": [GOLD]}, 403),
        (
            {"allow": ["gold"], "include_consumer_groups": True},
            {"consumer": BERT, "consumer_groups": [GOLD]},
            None,
        ),
        (
            {"deny": ["gold"], "include_consumer_groups": True},
            {"consumer": ANNA, "consumer_groups": [GOLD]},
            403,
        ),
    ],
)
async def test_only_consumers_of_the_right_groups_pass(
    settings: dict[str, Any], request_: dict[str, Any], status: int | None
) -> None:
    x = exchange(TestNode(collections=COLLECTIONS), **request_)
    refusal = await access(x, config_of(NAME, **settings))
    assert (refusal and refusal.status) == status


@pytest.mark.parametrize(("hidden", "header"), [(False, "dev, ops"), (True, None)])
async def test_the_upstream_is_told_the_groups_of_the_consumer(
    hidden: bool, header: str | None
) -> None:
    x = exchange(TestNode(collections=COLLECTIONS), consumer=ANNA)
    assert await access(x, config_of(NAME, allow=["dev"], hide_groups_header=hidden)) is None
    assert x.headers.get("X-Consumer-Groups") == header
