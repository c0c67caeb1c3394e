"""CIDR blocks: how they are read and compared, and the error about one that is not possible."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Interface, IPv4Network
from typing import NamedTuple


class AddressError(ValueError):
    """An address plan that is not possible: the value, what is wrong with it, and the remedy."""

    def __init__(self, value: str, wrong: str, remedy: str) -> None:
        """Keep the three parts, so that a caller can write a message of its own."""
        super().__init__(f"{value} {wrong}; {remedy}")
        self.value = value
        self.wrong = wrong
        self.remedy = remedy


class Prefixes(NamedTuple):
    """The prefix lengths a block may have, from the largest block to the smallest."""

    largest: int
    smallest: int

    def __str__(self) -> str:
        """Format as ``/16 to /23``."""
        return f"/{self.largest} to /{self.smallest}"

    def accepts(self, network: IPv4Network) -> bool:
        """Whether the length of a block is in this range."""
        return self.largest <= network.prefixlen <= self.smallest


def parse(text: str) -> IPv4Network:
    """Parse a CIDR block: the network address, a slash, the prefix length.

    Kong's own documentation has a sample with host bits set (``10.99.98.0/21``). The error for
    that mistake names the network that was probably meant. Raises ``AddressError``.
    """
    try:
        network = IPv4Interface(text).network
    except ValueError:
        wrong = "is not an IPv4 CIDR block"
        raise AddressError(text, wrong, "write it like 10.64.0.0/20") from None
    if text == str(network):
        return network
    address, _, length = text.partition("/")
    if not length:
        raise AddressError(text, "has no prefix length", f"write it like {address}/20")
    if address != str(network.network_address):
        wrong = f"has host bits; the network is {network}"
    else:
        wrong = "is not written as an address and a prefix length"
    raise AddressError(text, wrong, f"write {network}")


def listed(blocks: Iterable[IPv4Network]) -> str:
    """Blocks as a list for a message."""
    return ", ".join(map(str, blocks))


def resized(block: IPv4Network, prefixes: Prefixes) -> IPv4Network:
    """The block at the same address with the nearest prefix length in ``prefixes``."""
    prefix = min(max(block.prefixlen, prefixes.largest), prefixes.smallest)
    return IPv4Network((int(block.network_address), prefix), strict=False)
