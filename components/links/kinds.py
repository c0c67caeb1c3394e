"""The kinds of links that a region can have, by cloud.

Loads no cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Final

from components.regions import Cloud


class LinkKind(StrEnum):
    """How a gateway network is connected to the customer's network."""

    TRANSIT_GATEWAY = "transit-gateway"
    """AWS: over a Transit Gateway. It also reaches networks behind the hub."""
    VPC_PEERING = "vpc-peering"
    """AWS and GCP: a peering of the two VPCs. It reaches that one network only."""
    RESOURCE_ENDPOINT = "resource-endpoint"
    """AWS: single services over VPC Lattice. One-way: the gateway calls them."""
    VNET_PEERING = "vnet-peering"
    """Azure: a peering of the two VNets. It reaches that one network only."""
    VIRTUAL_HUB = "virtual-hub"
    """Azure: over a hub of a Virtual WAN. It also reaches networks behind the hub."""


@dataclass(frozen=True)
class EndpointResource:
    """A service that a resource endpoint gives access to: an address or a name, and ports."""

    domain_name: str
    """The name by which the gateway calls it, of your choice. It need not exist in AWS."""
    ip_address: str | None = None
    """Its private address. None: it has a ``dns_name``."""
    dns_name: str | None = None
    """Its name, which the VPC can resolve. None: it has an ``ip_address``."""
    ports: Sequence[int] = (443,)
    """TCP ports."""


@dataclass(frozen=True)
class VirtualHubChoice:
    """The virtual hub of a link: a given one, or one that is created with a block."""

    hub_id: str | None = None
    """The resource id of a hub. None: a hub is created, in a virtual WAN of its own."""
    address_prefix: IPv4Network | None = None
    """The block of a hub that is created, at least a /24. It can never change."""
    landing_connected: bool = False
    """Whether the customer's VNet is connected to the hub already. Else a connection is created."""


@dataclass(frozen=True)
class LinkChoice:
    """One link of a region."""

    key: str
    """Names the link's objects, so it never changes. By default the kind."""
    kind: LinkKind
    resources: Mapping[str, EndpointResource] = field(default_factory=dict)
    """Of a resource endpoint: its services, by keys that never change; at least one."""
    hub: VirtualHubChoice | None = None
    """Of a virtual hub: which one."""

    @classmethod
    def default(cls, cloud: Cloud) -> LinkChoice:
        """The link of a region that names none."""
        kind = KINDS[cloud][0]
        return cls(kind.value, kind)

    def conflict(self, other: LinkChoice) -> str | None:
        """Why a region cannot have both links at the same time; None if it can."""
        reason = _ONCE.get(self.kind)
        return reason if reason == _ONCE.get(other.kind) else None


def links_of(cloud: Cloud, named: Iterable[LinkChoice]) -> Sequence[LinkChoice]:
    """The links of a region: those that it names, else the default of its cloud.

    They are in the order of the cloud's kinds, then of their keys. So the first one does not depend
    on the order in which they are written.
    """
    order = KINDS[cloud]
    return sorted(named, key=lambda link: (order.index(link.kind), link.key)) or [
        LinkChoice.default(cloud)
    ]


KINDS: Final[Mapping[Cloud, tuple[LinkKind, ...]]] = {
    Cloud.AWS: (LinkKind.TRANSIT_GATEWAY, LinkKind.VPC_PEERING, LinkKind.RESOURCE_ENDPOINT),
    Cloud.AZURE: (LinkKind.VNET_PEERING, LinkKind.VIRTUAL_HUB),
    Cloud.GCP: (LinkKind.VPC_PEERING,),
}
"""By cloud: the kinds that it has. The first is the default."""

OVER_A_HUB: Final = frozenset({LinkKind.TRANSIT_GATEWAY, LinkKind.VIRTUAL_HUB})
"""Kinds that reach networks behind a hub. The others reach the landing only."""

ONE_WAY: Final = frozenset({LinkKind.RESOURCE_ENDPOINT})
"""Kinds that route nothing: the gateway calls single services, each on its own ports."""

_ONCE: Final[Mapping[LinkKind, str]] = {
    LinkKind.TRANSIT_GATEWAY: "a route table takes one route to the gateway",
    LinkKind.VPC_PEERING: "a route table takes one route to the gateway",
    LinkKind.VNET_PEERING: "two networks are peered once",
    LinkKind.VIRTUAL_HUB: "a VNet is connected to one hub",
}
"""Why a region has a kind of link only once. Kinds with the same reason exclude each other."""
