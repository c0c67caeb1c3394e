"""The graph while the adapters build it, and what they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Final

from reachability.elements import Condition, Element
from reachability.graph import (
    Attachment,
    Endpoint,
    Firewall,
    HubTable,
    Inspection,
    Link,
    Network,
    Peering,
    Redis,
    Resolution,
    Route,
    ServiceEndpoint,
)
from reachability.records import Record, Records
from reachability.tunnels import Half


@dataclass
class Parts:
    """What the adapters have read so far, by key. A key is a URN unless the part has none."""

    records: Records
    networks: dict[str, Network] = field(default_factory=dict)
    gateway_routes: dict[str, list[Route]] = field(default_factory=lambda: defaultdict(list))
    """Routes in Kong's networks, by the key of the network."""
    peerings: dict[str, Peering] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    tables: dict[str, HubTable] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    firewalls: dict[str, Firewall] = field(default_factory=dict)
    inspections: dict[str, Inspection] = field(default_factory=dict)
    halves: list[Half] = field(default_factory=list)
    """The ends of IPsec tunnels, of all clouds."""
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    service_endpoints: list[ServiceEndpoint] = field(default_factory=list)
    resolutions: list[Resolution] = field(default_factory=list)
    redis: list[Redis] = field(default_factory=list)
    unattached: dict[str, Condition] = field(default_factory=dict)


def element(record: Record) -> Element:
    """The element of a resource."""
    return Element(record.type, record.name, record.urn)


@lru_cache(maxsize=4096)
def block(text: str | None) -> IPv4Network | None:
    """A block; an address is a /32. None: absent, unknown, or not IPv4."""
    try:
        return None if text is None else IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None


def blocks(texts: Iterable[object]) -> tuple[IPv4Network, ...]:
    """The IPv4 blocks in a list."""
    return tuple(one for text in texts if (one := block(str(text))) is not None)


def address(text: str | None) -> IPv4Address | None:
    """An address. None: absent, unknown, or not IPv4."""
    try:
        return None if text is None else IPv4Address(text)
    except AddressValueError:
        return None


def number(text: str | None) -> int | None:
    """A whole number. None: absent, unknown, or not a number. The engine has floats only."""
    try:
        return None if text is None else int(float(text))
    except ValueError:
        return None


def port_ranges(texts: Iterable[object]) -> tuple[tuple[int, int], ...]:
    """Port ranges written as ``443``, ``8000-8100`` or ``*``."""
    found = []
    for text in texts:
        low, _, high = str(text).partition("-")
        if str(text) == "*":
            found.append((0, 65535))
        elif low.isdigit():
            found.append((int(low), int(high or low)))
    return tuple(found)


_PROTOCOLS: Final = {"*": "all", "-1": "all", "1": "icmp", "6": "tcp", "17": "udp"}
"""IANA's numbers of protocols, and how AWS and Azure write all of them."""


def protocol(text: object) -> str:
    """A protocol as rules have it: ``tcp``, ``udp``, ``icmp``, another number, or ``all``."""
    given = str(text).lower()
    return _PROTOCOLS.get(given, given)


def exists(found: bool, at: Record | Element, wanted: str, problem: str, remedy: str) -> Condition:
    """The condition that a resource of the type ``wanted`` exists."""
    where = element(at) if isinstance(at, Record) else at
    return Condition(found, where, problem, remedy, wanted)


def foreign_network(parts: Parts, at: Record, cloud: str, prefixes: Iterable[object]) -> str:
    """Add the network of another stack that an attachment leads to, and return its key."""
    key = f"foreign:{at.urn}"
    parts.networks[key] = Network(key, element(at), cloud, blocks(prefixes), foreign=True)
    return key
