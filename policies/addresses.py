"""Which addresses are private: those that no packet from the internet carries.

Not what `ipaddress` calls private: to it 0.0.0.0/0 is, since its first and its last address are.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

_PRIVATE: Final = tuple(
    ip_network(block)
    for block in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # shared by carriers, and by clouds inside (RFC 6598)
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)


def is_private(block: str) -> bool:
    """Whether an address or CIDR block is wholly private; what is neither (``Internet``) is not."""
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return False
    return any(_lies_in(network, private) for private in _PRIVATE)


def _lies_in(block: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    # Both are of one version where this is asked, which the types cannot say.
    return block.version == other.version and block.subnet_of(other)  # type: ignore[arg-type]
