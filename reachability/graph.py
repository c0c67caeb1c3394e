"""The graph: networks, tables, peerings, hubs and their links, endpoints and DNS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from reachability.elements import Condition, Element
from reachability.filters import Filter


class Drop(StrEnum):
    """The next hop of a route that drops packets."""

    DROP = "drop"


class Unseen(StrEnum):
    """The next hop of a route to what the graph lacks: an appliance, a VPN, another stack's hub."""

    UNSEEN = "unseen"


@dataclass(frozen=True)
class Route:
    """A route of a table. ``via`` is the key of a peering, attachment, hub, link or firewall."""

    at: Element
    prefix: IPv4Network
    via: str | Drop | Unseen
    rank: int = 0
    """Of two routes with the same prefix, the lower rank is used. Static routes have 0. In AWS,
    those of a prefix list have 0, and others -1."""
    path: tuple[int, ...] = ()
    """The AS path of a route that BGP learned. Of equal ranks, the shorter path is used."""
    region: str = ""
    """GCP: the only region in which the route is used. Empty: all."""


@dataclass(frozen=True)
class Zone:
    """An availability zone of AWS. What is not known is empty."""

    id: str = ""
    """``use2-az1``."""
    name: str = ""
    """``us-east-2a``: another zone in each account."""

    def may_be(self, other: Zone) -> bool:
        """Whether it may be the same zone: both ids or both names must be known to tell."""
        if self.id and other.id:
            return self.id == other.id
        return not (self.name and other.name) or self.name == other.name


@dataclass(frozen=True)
class Subnet:
    """A block of a network, with its routes and packet filters."""

    at: Element
    prefix: IPv4Network
    routes: tuple[Route, ...] = ()
    table: Element | None = None
    """The route table, for messages. None: it has only the routes of the network."""
    filters: tuple[Filter, ...] = ()
    zone: Zone = Zone()
    region: str = ""
    """GCP: the region of the subnetwork."""


@dataclass(frozen=True)
class Network:
    """A VPC, a VNet, a VPC network, or a gateway network of Kong's."""

    key: str
    at: Element
    cloud: str
    prefixes: tuple[IPv4Network, ...]
    subnets: tuple[Subnet, ...] = ()
    routes: tuple[Route, ...] = ()
    """Routes of all its subnets."""
    host_filters: tuple[Filter, ...] = ()
    """Filters of hosts that are not in the graph: one of them must let a packet in."""
    host_filter_type: str = ""
    """The type token of such a filter, if hosts need one. Empty: they do not."""
    gateway: str = ""
    """The key of the gateway's region, ``aws-us-east-2``. Empty: a customer's network."""
    foreign: bool = False
    """Whether another stack owns it: its subnets and filters are not in the graph."""

    def contains(self, address: IPv4Address) -> bool:
        """Whether an address is in one of the network's blocks."""
        return any(address in prefix for prefix in self.prefixes)

    def subnet_of(self, address: IPv4Address) -> Subnet | None:
        """The subnet that an address is in."""
        return next((one for one in self.subnets if address in one.prefix), None)


@dataclass(frozen=True)
class Peering:
    """A peering of two networks. It is not transitive: each reaches only the other's blocks."""

    key: str
    at: Element
    networks: tuple[str, str]
    """Keys of the two networks."""
    conditions: tuple[Condition, ...] = ()
    automatic: bool = False
    """Whether each network gets routes to the other's blocks without a resource: Azure and GCP."""
    exporter: str = ""
    """GCP: the network that gives the other one its dynamic routes: custom routes are exported."""
    export_at: Element | None = None
    """The resource that exports them."""

    def other(self, network: str) -> str:
        """The network at the other end."""
        first, second = self.networks
        return second if network == first else first


@dataclass(frozen=True)
class Attachment:
    """The attachment of a network to a hub."""

    key: str
    at: Element
    hub: str
    network: str
    conditions: tuple[Condition, ...] = ()
    table: str | None = None
    """The hub's table that decides where packets from this network go."""
    association: Element | None = None
    """What associates it with the table, if that is a resource."""
    automatic: bool = False
    """Whether the network gets routes to all that the table leads to: virtual hubs of Azure."""
    zones: tuple[Zone, ...] = ()
    """The zones from which packets enter the hub. Empty: not known, or all."""


@dataclass(frozen=True)
class HubTable:
    """A route table of a hub."""

    key: str
    at: Element
    hub: str
    routes: tuple[Route, ...] = ()
    """Static routes. ``via`` is the key of an attachment, a link or a firewall."""
    propagated: tuple[str, ...] = ()
    """Keys of attachments. The table has the blocks of their networks, or what they learn."""


@dataclass(frozen=True)
class LinkEnd:
    """One end of a link: a hub, or in GCP the network with the Cloud Router."""

    at: Element
    """The resource that stands for this end."""
    hub: str
    """The key of the hub or network."""
    attachment: str = ""
    """The key by which tables of the hub refer to it. The tunnels of a VPN of AWS share one."""
    table: str | None = None
    """The hub's table that decides where packets from the link go. GCP has none."""
    association: Element | None = None
    """What associates it with the table, if that is a resource."""
    speaker: Element | None = None
    """GCP: the Cloud Router."""
    asn: int | None = None
    """Its autonomous system. None: routes are exchanged without BGP."""
    prepends: tuple[int, ...] = ()
    """What its announcements have in their AS path beside its autonomous system."""
    announced: tuple[IPv4Network, ...] = ()
    """GCP: the blocks that the Cloud Router announces."""
    announces: str = ""
    """The table whose routes it announces, if that is not ``table``."""
    transfer: str = ""
    """GCP: the hub of Network Connectivity Center that hands on what its other links learn."""
    region: str = ""
    """GCP: the only region in which learned routes are used. Empty: all."""

    def transfers_to(self, other: LinkEnd) -> bool:
        """GCP: whether a network hands routes and packets of this end on to another of its ends.

        Both are hybrid spokes of one hub of Network Connectivity Center. Between two regions the
        network needs global dynamic routing (Google Cloud, "Route exchange with site-to-site data
        transfer").
        """
        same = (self.transfer, self.region) == (other.transfer, other.region)
        return bool(self.transfer) and same


@dataclass(frozen=True)
class Link:
    """A connection of two hubs: a peering of Transit Gateways, a tunnel, a pair of a virtual WAN.

    A VPN has one link for each of its tunnels.
    """

    key: str
    at: Element
    ends: tuple[LinkEnd, LinkEnd]
    conditions: tuple[Condition, ...] = ()
    dynamic: bool = True
    """Whether the ends tell each other their routes. Peerings of Transit Gateways do not."""
    remote: bool = False
    """Whether its routes are used only without another one: hubs of one virtual WAN."""

    def end_at(self, hub: str) -> int:
        """The number of the end at a hub, 0 or 1."""
        return 0 if self.ends[0].hub == hub else 1


@dataclass(frozen=True)
class Firewall:
    """A stateful firewall that a hub's tables lead packets through."""

    key: str
    at: Element
    hub: str
    filter: Filter
    """Rules of direction ``out``: ``locals`` are sources, ``remotes`` are destinations."""
    table: str | None = None
    """The hub's table that decides where packets go after it."""
    conditions: tuple[Condition, ...] = ()
    unread: str = ""
    """What has the rules, if the stack has none of them: then ``filter`` lets all pass."""


@dataclass(frozen=True)
class Inspection:
    """Firewalls beside a hub that see packets by what these come to the hub or leave it by."""

    at: Element
    """The resource that sends packets to them."""
    inspected: frozenset[str]
    """Keys of attachments. Packets that come or leave by one of them are seen."""
    firewalls: tuple[str, ...]
    """Keys of the firewalls. One of them sees both directions of a connection."""
    bypass: tuple[IPv4Network, ...]
    """Packets from or to these blocks are not seen."""
    wanted: str
    """The type token of what puts a firewall beside the hub."""


@dataclass(frozen=True)
class Endpoint:
    """A host or load balancer that is in the graph: its address may be unknown in a preview."""

    key: str
    at: Element
    network: str
    prefix: IPv4Network
    """The block that its address is in."""
    address: IPv4Address | None
    ports: tuple[int, ...]
    filters: tuple[Filter, ...] = ()
    """Filters of the hosts behind the address: one of them must let a packet in."""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class ServiceEndpoint:
    """A service that a gateway calls by name, without a route: a resource endpoint of AWS.

    Packets come from the interfaces of the resource gateway. It is one-way.
    """

    at: Element
    gateway: str
    """The key of the gateway network."""
    domain: str
    network: str
    address: IPv4Address | None
    """The address of the service. None: it is found by a name in the network."""
    ports: tuple[tuple[int, int], ...]
    filters: tuple[Filter, ...]
    """The filters of the resource gateway: packets leave through them."""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Resolution:
    """Names of a domain that a gateway resolves in private."""

    at: Element
    gateway: str
    """The key of the gateway network."""
    domain: str
    conditions: tuple[Condition, ...] = ()
    records: Mapping[str, tuple[IPv4Address, ...]] | None = None
    """Addresses by full name. None: the zone is not in the stack."""
    servers: tuple[IPv4Address, ...] = ()
    """DNS servers that queries are forwarded to."""
    endpoints: tuple[str, ...] = ()
    """Keys of endpoints that queries are forwarded to."""

    def covers(self, name: str) -> bool:
        """Whether a name is the domain or below it."""
        return name == self.domain or name.endswith(f".{self.domain}")


@dataclass(frozen=True)
class Redis:
    """The Redis that the plugins of a gateway count in."""

    at: Element
    gateway: str
    """The key of the gateway network."""
    endpoint: str | None = None
    """The key of an endpoint of the graph."""
    host: str | None = None
    """An address or a name, if it is not in the graph."""
    port: int = 6379
    managed: bool = False
    """Whether it is Konnect's managed cache, which is in Kong's network."""


@dataclass(frozen=True)
class Graph:
    """All of a stack."""

    networks: Mapping[str, Network] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    tables: Mapping[str, HubTable] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    service_endpoints: tuple[ServiceEndpoint, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    redis: tuple[Redis, ...] = ()
    unread: tuple[Element, ...] = ()
    """Resources that may matter and are not part of the graph."""
    blocks: Mapping[IPv4Network, Element] = field(default_factory=dict)
    """Blocks of all networks and subnets that the stack creates, linked or not."""
    links: Mapping[str, Link] = field(default_factory=dict)
    firewalls: Mapping[str, Firewall] = field(default_factory=dict)
    inspections: Mapping[str, Inspection] = field(default_factory=dict)
    """By hub: what firewalls beside it see. Tables do not lead there."""
    unattached: Mapping[str, Condition] = field(default_factory=dict)
    """By network: what keeps it from its hub. Empty key: of an attachment without a network."""
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was computed from the graph, for the next walk."""

    def owns(self, address: IPv4Address) -> bool:
        """Whether an address is in a network that the stack creates.

        Any other address may be in a network of another stack.
        """
        own = [one for one in self.networks.values() if not one.foreign]
        return any(one.contains(address) or one.subnet_of(address) for one in own) or any(
            address in block for block in self.blocks
        )

    @property
    def gateways(self) -> Mapping[str, Network]:
        """The gateway networks, by the key of their region: ``aws-us-east-2``."""
        if "gateways" not in self.cache:
            self.cache["gateways"] = {
                one.gateway: one for one in self.networks.values() if one.gateway
            }
        found: Mapping[str, Network] = self.cache["gateways"]
        return found
