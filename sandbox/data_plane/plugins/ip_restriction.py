"""ip-restriction: lets requests pass, or refuses them, by the client's address.

Source: https://developer.konghq.com/plugins/ip-restriction/.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from sandbox.data_plane.exchange import Answer, Exchange, refused
from sandbox.store import Body

NAME = "ip-restriction"
PRIORITY = 990
FIELDS = frozenset({"allow", "deny", "message", "status"})


async def access(x: Exchange, config: Body) -> Answer | None:
    """Status 403, or ``status``, for an address in ``deny``, or outside of ``allow``."""
    allowed, denied = config.get("allow"), config.get("deny")
    if (denied and _is_in(x.client_ip, denied)) or (allowed and not _is_in(x.client_ip, allowed)):
        message = str(config.get("message") or "Your IP address is not allowed")
        return refused(int(config.get("status") or 403), message)
    return None


def _is_in(address: str, ranges: Iterable[str]) -> bool:
    client = ip_address(address)
    return any(client in ip_network(one, strict=False) for one in ranges)
