"""What the picture shows: clouds, regions, networks, hubs, the links between them, and services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


def counted(number: int, thing: str) -> str:
    """``1 region``, ``2 regions``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


class Walked(StrEnum):
    """What walks found at a part of the network."""

    NO = "no"
    """No declared service is reached over it."""
    CARRIES = "carries"
    """Declared services are reached over it."""
    STOPS = "stops"
    """A connection to a declared service stops here."""


@dataclass(frozen=True)
class NetworkBox:
    """A network: of a gateway, a landing, or a spoke."""

    name: str
    """The logical name of its resource."""
    title: str
    """``gateway``, ``landing``, ``transit`` (a network of Aviatrix), or the name of a spoke."""
    blocks: Sequence[str]
    segment: str = ""
    """The segment of a spoke. Empty: none."""
    services: Sequence[str] = ()
    """Declared services in it: ``orders :443``."""
    caches: Sequence[str] = ()
    """Of a gateway: where its plugins count."""
    walked: Walked = Walked.NO
    hub: str = ""
    """The logical name of the hub that a landing or spoke is on. Empty: it is on none."""


@dataclass(frozen=True)
class HubBox:
    """A hub, and the firewalls that inspect what crosses it."""

    name: str
    title: str
    """``Transit Gateway``, ``virtual hub``, ``HA VPN gateway``, ``Aviatrix transit``."""
    core: bool = False
    asn: str = ""
    firewalls: Sequence[str] = ()
    walked: Walked = Walked.NO


@dataclass(frozen=True)
class GatewayLink:
    """What connects a gateway with its landing or hub."""

    title: str
    """``Transit Gateway``, ``VPC peering``."""
    walked: Walked = Walked.NO


@dataclass(frozen=True)
class RegionBox:
    """A region of a cloud."""

    key: str
    """``aws-us-east-2``."""
    cloud: str
    region: str
    gateway: NetworkBox
    links: Sequence[GatewayLink] = ()
    hubs: Sequence[HubBox] = ()
    networks: Sequence[NetworkBox] = ()
    """The landing and the spokes."""

    @property
    def core(self) -> bool:
        """Whether one of its hubs is the core of its cloud."""
        return any(hub.core for hub in self.hubs)


@dataclass(frozen=True)
class HubLine:
    """A connection of the hubs of two regions."""

    near: str
    """The key of a region."""
    far: str
    title: str
    """``peering``, ``virtual WAN``, ``4 tunnels, BGP``, ``Aviatrix peering``."""
    walked: Walked = Walked.NO
    services: int = 0
    """How many declared services are reached over it."""


@dataclass(frozen=True)
class Topology:
    """All that the picture shows."""

    stack: str
    regions: Sequence[RegionBox]
    lines: Sequence[HubLine] = ()
    failures: Sequence[str] = ()
    """A sentence for each service that a gateway does not reach."""
    walks: int = 0
    """How many connections to declared services were walked."""
    unknown: Sequence[str] = ()
    """A sentence for each connection of which it is not known whether it exists."""

    @property
    def segments(self) -> Sequence[str]:
        """The names of the segments, each once."""
        named = (one.segment for region in self.regions for one in region.networks)
        return sorted({one for one in named if one})
