"""Pairs the two ends of each IPsec tunnel, and tells whether they agree.

Each cloud describes only its own end. Two ends belong together if they have the same inside block
and name each other's gateways. In a preview addresses are unknown: then the resources that a
property comes from are compared.

Sources: AWS Site-to-Site VPN, "Tunnel options"; Google Cloud, "HA VPN topologies"; Microsoft, "BGP
with Azure VPN Gateway".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from reachability.elements import Condition, Element
from reachability.graph import Link, LinkEnd


@dataclass(frozen=True)
class Half:
    """One end of a tunnel. What is not known is None or empty."""

    key: str
    at: Element
    end: LinkEnd
    conditions: tuple[Condition, ...]
    """What this end needs by itself."""
    gateway: str
    """The URN of the resource that has its public address."""
    address: str | None
    """Its public address."""
    peer_at: Element
    """The resource that says what the other end is."""
    peer_gateways: frozenset[str]
    """URNs of the resources that the other end's public address comes from."""
    peer_address: str | None
    peer_asn: int | None
    inside: IPv4Network | None
    """The block of the BGP session."""
    bgp_address: str | None
    peer_bgp_address: str | None
    keys: frozenset[str]
    """URNs of the resources that the pre-shared key comes from."""
    key_value: str | None = field(default=None, repr=False)
    interface: str = ""
    """The interface of the gateway. Two gateways of Google connect equal interfaces."""


def links_of(halves: Sequence[Half]) -> Iterator[Link]:
    """The tunnels that two ends make. An end without another makes none."""
    scored = [
        (score, one.key, other.key, one, other)
        for number, one in enumerate(halves)
        for other in halves[number + 1 :]
        if (score := _score(one, other)) >= _ENOUGH
    ]
    paired: set[str] = set()
    for _, _, _, one, other in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
        if not paired & {one.key, other.key}:
            paired |= {one.key, other.key}
            yield _link(one, other)


_ENOUGH = 3
"""An end that names the other's gateway is not enough: a gateway has several tunnels."""


def _score(one: Half, other: Half) -> int:
    if one.end.hub == other.end.hub:
        return 0
    same_block = one.inside is not None and one.inside == other.inside
    return (
        3 * same_block
        + _names(one, other)
        + _names(other, one)
        + (one.interface == other.interface)
        + bool(one.keys & other.keys)
    )


def _names(one: Half, other: Half) -> int:
    """Whether an end has the other's gateway as its peer: 2 by address, 1 by reference."""
    if one.peer_address is not None and other.address is not None:
        return 2 * (one.peer_address == other.address)
    return int(other.gateway in one.peer_gateways)


def _link(one: Half, other: Half) -> Link:
    conditions = (
        *one.conditions,
        *other.conditions,
        *_agreed(one, other),
        *_agreed(other, one),
        _same_key(one, other),
        Condition(
            one.inside is None or other.inside is None or one.inside == other.inside,
            other.at,
            f"its inside block {other.inside} is not that of {one.at.name}: {one.inside}",
            "give both ends the same inside block",
        ),
    )
    # The end that says more about the other one stands for the tunnel: it is one of a kind.
    at = other.at if one.at.type.startswith("aws") else one.at
    return Link(f"{one.key}|{other.key}", at, (one.end, other.end), conditions)


def _agreed(one: Half, other: Half) -> Iterator[Condition]:
    """What one end has of the other must be what the other is."""
    known = one.peer_address is not None and other.address is not None
    fits = bool(_names(one, other)) or not (known or one.peer_gateways)
    yield Condition(
        fits,
        one.peer_at,
        f"it expects the address {one.peer_address}, and {other.at.name} has {other.address}"
        if known
        else f"the address that it expects is not that of {other.at.name}",
        "give it the public address of the other end's tunnel",
    )
    yield Condition(
        one.peer_asn is None or other.end.asn is None or one.peer_asn == other.end.asn,
        one.peer_at,
        f"it expects the ASN {one.peer_asn}, and {(other.end.speaker or other.at).name} has "
        f"{other.end.asn}",
        "give it the ASN of the other end",
    )
    same = one.peer_bgp_address == other.bgp_address
    yield Condition(
        same or one.peer_bgp_address is None or other.bgp_address is None,
        one.peer_at,
        f"it expects the BGP address {one.peer_bgp_address}, and {other.at.name} has "
        f"{other.bgp_address}",
        "give it the BGP address of the other end",
    )


def _same_key(one: Half, other: Half) -> Condition:
    if one.key_value is not None and other.key_value is not None:
        same = one.key_value == other.key_value
    else:
        same = bool(one.keys & other.keys) or not (one.keys and other.keys)
    return Condition(
        same,
        other.at,
        f"its pre-shared key is not that of {one.at.name}",
        "give both ends the same secret",
    )
