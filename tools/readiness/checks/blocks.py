"""CIDR blocks in the properties of resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network


def block(text: object) -> IPv4Network | None:
    """A CIDR block. None for what is none, such as a tag of Azure or IPv6."""
    try:
        return IPv4Network(str(text), strict=False)
    except ValueError:
        return None


def blocks(texts: Iterable[object]) -> Iterator[IPv4Network]:
    """The CIDR blocks among some texts."""
    for text in texts:
        found = block(text)
        if found is not None:
            yield found


def covers(text: object, wanted: str) -> bool:
    """Whether a block has all addresses of another."""
    outer, inner = block(text), block(wanted)
    return outer is not None and inner is not None and inner.subnet_of(outer)


def touches(text: object, wanted: str) -> bool:
    """Whether two blocks have an address in common. Azure's ``*`` has all."""
    if text in ("*", "Any"):
        return True
    one, other = block(text), block(wanted)
    return one is not None and other is not None and one.overlaps(other)
