"""Which addresses are private: those that are not routed on the internet.

`ipaddress.is_private` is not suitable: it calls 0.0.0.0/0 private, because the first and the last
address of the block are.
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
        "100.64.0.0/10",  # shared address space: carriers, and clouds internally (RFC 6598)
        "127.0.0.0/8",  # no packet arrives from it: the source of a rule that lets nobody in
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)


def is_private(block: str) -> bool:
    """Whether all of an address or CIDR block is private. False for other text (``Internet``)."""
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return False
    return any(_lies_in(network, private) for private in _PRIVATE)


def _lies_in(block: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    # The versions are equal when `subnet_of` is called, but the type checker cannot know it.
    return block.version == other.version and block.subnet_of(other)  # type: ignore[arg-type]
