from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane.plugins.ip_restriction import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("settings", "address", "passes"),
    [
        ({"allow": ["192.0.2.0/24"]}, "192.0.2.7", True),
        ({"allow": ["192.0.2.0/24"]}, "198.51.100.7", False),
        ({"allow": ["192.0.2.7"]}, "192.0.2.7", True),
        ({"deny": ["192.0.2.7"]}, "192.0.2.7", False),
        ({"deny": ["192.0.2.7"]}, "192.0.2.8", True),
        ({"allow": ["192.0.2.0/24"], "deny": ["192.0.2.7"]}, "192.0.2.7", False),
        ({"allow": ["192.0.2.0/24"], "deny": ["192.0.2.7"]}, "192.0.2.8", True),
        ({"allow": ["2001:db8::/32"]}, "2001:db8::1", True),
        ({"allow": ["192.0.2.0/24"]}, "2001:db8::1", False),
    ],
)
async def test_an_address_passes_or_is_refused(
    settings: dict[str, Any], address: str, passes: bool
) -> None:
    refusal = await access(exchange(TestNode(), client_ip=address), config_of(NAME, **settings))
    assert (refusal is None) == passes
    if refusal is not None:
        assert refusal.status == 403
        assert b"Your IP address is not allowed" in refusal.body


async def test_a_refusal_has_the_status_and_message_of_the_configuration() -> None:
    config = config_of(NAME, deny=["192.0.2.1"], status=404, message="nothing here")
    refusal = await access(exchange(TestNode()), config)
    assert refusal is not None
    assert refusal.status == 404
    assert refusal.body == b'{"message": "nothing here"}'
