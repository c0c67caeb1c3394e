from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane.plugins.request_size_limiting import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

BYTES = {"allowed_payload_size": 4, "size_unit": "bytes"}

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("settings", "request_", "status"),
    [
        (BYTES, {"body": b"1234"}, None),
        (BYTES, {"body": b"12345"}, 413),
        (BYTES, {"headers": {"content-length": "4"}}, None),
        (BYTES, {"headers": {"content-length": "5"}}, 413),
        (BYTES, {"headers": {"content-length": "5", "expect": "100-continue"}}, 417),
        ({"allowed_payload_size": 1}, {"headers": {"content-length": "1048576"}}, None),
        ({"allowed_payload_size": 1}, {"headers": {"content-length": "1048577"}}, 413),
        (
            {"allowed_payload_size": 1, "size_unit": "kilobytes"},
            {"headers": {"content-length": "1025"}},
            413,
        ),
        ({"require_content_length": True}, {}, 411),
        ({"require_content_length": True}, {"headers": {"transfer-encoding": "chunked"}}, None),
        ({"require_content_length": True}, {"headers": {"content-length": "0"}}, None),
    ],
)
async def test_a_body_that_is_too_large_is_refused(
    settings: dict[str, Any], request_: dict[str, Any], status: int | None
) -> None:
    refusal = await access(exchange(TestNode(), "POST", **request_), config_of(NAME, **settings))
    assert (refusal and refusal.status) == status
