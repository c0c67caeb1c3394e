"""What a transit fabric is asked to be, and the plan that its drivers build.

A hub is a region's hub: in AWS its Transit Gateway, in Azure its virtual hub, in GCP its landing
network with an HA VPN gateway. Gateways and landings join their region's hub by the region's links.
One hub of each cloud is its core: other hubs of the cloud connect to it, and the cores of two
clouds connect to each other.

Loads neither Pulumi nor a cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from components.regions import Cloud


class FabricDriver(StrEnum):
    """What the fabric is built with."""

    NATIVE = "native"
    """The clouds' own hubs, peerings and VPNs."""
    AVIATRIX = "aviatrix"
    """Aviatrix transit gateways, with a native hub in each region that the gateway can join."""


class InspectionKind(StrEnum):
    """Which firewall inspects what crosses a hub."""

    NONE = "none"
    NATIVE = "native"
    """The cloud's own: AWS Network Firewall, Azure Firewall, Cloud NGFW. With the Aviatrix driver,
    firewall instances of FireNet."""
    THIRD_PARTY = "third-party"
    """Firewalls that exist, by the id of their endpoint in each region."""


class FabricLinkKind(StrEnum):
    """How two hubs are connected."""

    TRANSIT_GATEWAY_PEERING = "transit-gateway-peering"
    """Two Transit Gateways: static routes on both ends."""
    VIRTUAL_WAN = "virtual-wan"
    """Two hubs of one virtual WAN. It connects them by itself; there is nothing to create."""
    IPSEC = "ipsec"
    """IPsec tunnels with BGP."""
    TRANSIT_PEERING = "transit-peering"
    """Two transit gateways of Aviatrix."""


@dataclass(frozen=True)
class InspectionArgs:
    """Which firewalls inspect what crosses the hubs."""

    kind: InspectionKind = InspectionKind.NONE
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """``third-party``: by hub, the id of the firewall's endpoint. AWS: the service name of a VPC
    endpoint service (``com.amazonaws.vpce.us-east-2.vpce-svc-…``) of a Gateway Load Balancer.
    Azure: the resource id of a network virtual appliance in the hub. GCP: an intercept endpoint
    group."""
    bypass: Sequence[IPv4Network] = ()
    """Blocks whose packets are not inspected, from or to them."""
    organization: str | None = None
    """GCP: the number of the organization that firewalls and their profiles belong to."""


@dataclass(frozen=True)
class SegmentArgs:
    """A set of spokes that reach each other."""

    connected: frozenset[str] = frozenset()
    """Other segments that it reaches and is reached from. One side is enough."""
    gateways: bool = True
    """Whether gateways reach it."""


@dataclass(frozen=True)
class GivenSpoke:
    """A network that exists, and that joins the fabric as a spoke."""

    network_id: str
    """AWS: the VPC's id. Azure: the VNet's resource id. GCP: ``projects/<project>/global/networks/
    <name>``."""
    subnet_ids: Sequence[str] = ()
    """AWS: a subnet in each zone, for the interfaces of the Transit Gateway."""
    route_table_ids: Mapping[str, str] = field(default_factory=dict)
    """AWS: the route tables that get routes to the fabric, by names that never change."""


@dataclass(frozen=True)
class SpokeArgs:
    """A further customer network that joins the fabric over the hub of its region."""

    hub: str
    """The key of its region: ``aws-us-east-2``."""
    cidr: IPv4Network
    segment: str
    ports: Sequence[int] = (443,)
    """TCP ports on which gateways and the spokes of its segments may call it."""
    given: GivenSpoke | None = None
    """The network, if it exists. None: it is created."""


@dataclass(frozen=True)
class HubArgs:
    """The hub of a region."""

    cloud: Cloud
    region: str
    """The cloud's own region id: ``us-east-2``."""
    gateway: IPv4Network
    """The block of the gateway network."""
    landing: IPv4Network
    """The block of the landing."""
    zones: Sequence[str] = ()
    """Zone ids of the gateway network."""
    own: IPv4Network | None = None
    """The hub's own block: of a virtual hub in Azure, and of the transit network that a driver
    creates beside the hub. None: it has none."""
    ports: Sequence[int] = (443,)
    """TCP ports on which gateways may call upstreams in the landing."""
    reach: Sequence[IPv4Network] = ()
    """Further blocks behind the hub, which other hubs reach too."""
    isolated: bool = False
    """Whether the region's gateway is cut off: no landing and no spoke lets it in."""

    @property
    def key(self) -> str:
        """Cloud and region, ``aws-us-east-2``."""
        return f"{self.cloud.value}-{self.region}"


@dataclass(frozen=True)
class FabricNumbers:
    """Numbers that a fabric has used. They are recorded and never change, whatever hubs come or go.

    A number keeps its owner, also after the owner is gone.
    """

    driver: FabricDriver | None = None
    """What the fabric was recorded with. None: nothing is recorded."""
    cores: Mapping[Cloud, str] = field(default_factory=dict)
    """The key of each cloud's core hub."""
    asns: Mapping[str, int] = field(default_factory=dict)
    """By hub, or by the link of a spoke in GCP: its BGP autonomous system number. An Azure hub has
    65515 and is not here."""
    tunnels: Mapping[str, Sequence[IPv4Network]] = field(default_factory=dict)
    """By link: the inside blocks of its tunnels, a /30 each."""

    def without_hub(self, hub: str) -> FabricNumbers:
        """The numbers without those of a hub, of its links and of its spokes.

        They can be given again. A hub that is a core is none any more.
        """

        def is_of(key: str) -> bool:
            return key == hub or key.startswith(f"{hub}-") or key.endswith(f"-{hub}")

        return replace(
            self,
            cores={cloud: core for cloud, core in self.cores.items() if core != hub},
            asns={key: asn for key, asn in self.asns.items() if not is_of(key)},
            tunnels={key: blocks for key, blocks in self.tunnels.items() if not is_of(key)},
        )


GATEWAYS_DOMAIN: Final = "gateways"
"""Aviatrix: the network domain of the links to the native hubs, which lead to gateways and
landings. No segment has this name."""


@dataclass(frozen=True)
class FirewallImage:
    """A firewall of a marketplace, as the Aviatrix controller launches it."""

    image: str
    """Its name in the controller's list of images."""
    size: str
    """The size of its instance: ``c5.xlarge``."""
    version: str | None = None
    """The version of the image. None: the controller's default."""
    ssh_public_key: str | None = None
    """Azure: the public key of the first user. It is written when a firewall is launched."""


@dataclass(frozen=True)
class AviatrixArgs:
    """What the driver ``aviatrix`` needs beside the fabric itself."""

    accounts: Mapping[Cloud, str]
    """The access account of each cloud, by its name in the controller."""
    networks: Mapping[str, IPv4Network]
    """By hub: the block of the transit network, /16 to /24."""
    controller: str | None = None
    """The controller's address. None: ``AVIATRIX_CONTROLLER_IP``."""
    ca_certificate: str | None = None
    """A file with the certificates to trust."""
    sizes: Mapping[Cloud, str] = field(default_factory=dict)
    """The size of transit and spoke gateways. Without: the driver's default for the cloud."""
    firewalls: Mapping[Cloud, FirewallImage] = field(default_factory=dict)
    """With inspection: the firewalls of the hubs of a cloud."""
    firenet: bool = False
    """Whether transit gateways in AWS and Azure are ready for firewalls without having any."""


@dataclass(frozen=True)
class FabricArgs:
    """A fabric as its environment declares it."""

    hubs: Sequence[HubArgs]
    driver: FabricDriver = FabricDriver.NATIVE
    links: Sequence[tuple[str, str]] = ()
    """Further pairs of hubs to connect, beside each hub to its core and the cores to each other."""
    segments: Mapping[str, SegmentArgs] = field(default_factory=dict)
    spokes: Mapping[str, SpokeArgs] = field(default_factory=dict)
    """By a name that never changes."""
    inspection: InspectionArgs = field(default_factory=InspectionArgs)
    summaries: Mapping[Cloud, IPv4Network] = field(default_factory=dict)
    """The prefix that covers all blocks of a cloud, where there is one. It makes routes fewer, and
    a new hub or spoke changes no route elsewhere."""
    numbers: FabricNumbers = field(default_factory=FabricNumbers)
    used_asns: frozenset[int] = frozenset()
    """ASNs of other fabrics that this one may be routed to. No new router gets one of them."""
    aviatrix: AviatrixArgs | None = None
    """Needed by the driver ``aviatrix``, and only by it."""


AWS_ENDPOINTS: Final = IPv4Network("100.64.0.0/22")
"""AWS: the block of the VPC that leads to firewalls of others, unless the hub has its own block.
Nothing is routed to that VPC, so that of every hub may be equal. No other network may overlap it.
AWS accepts this range (RFC 6598) for VPCs."""

AZURE_ASN = 65515
"""The ASN of every virtual hub. Source: Microsoft, "Virtual WAN FAQ"."""


@dataclass(frozen=True)
class TunnelPlan:
    """One IPsec tunnel of a link, with a BGP session in it."""

    key: str
    """``0`` to ``3``. It is in resource names, so it never changes."""
    inside: IPv4Network
    """The /30 of the BGP session."""
    near: IPv4Address
    """The BGP address of the link's near hub: the first host of ``inside``."""
    far: IPv4Address
    """The BGP address of the link's far hub: the second host."""
    near_interface: int
    """The interface of the near hub's VPN gateway. AWS: the tunnel's place in its VPN connection, 0
    or 1."""
    far_interface: int
    """The interface of the far hub's VPN gateway. A far hub in front of AWS has one customer
    gateway for each interface."""


@dataclass(frozen=True)
class LinkPlan:
    """A connection of two hubs, or of a spoke in GCP to its hub.

    AWS is always the near end, because a VPN connection of AWS takes the first host of each tunnel.
    Azure is near to GCP. Of two hubs of one cloud, the core is near.
    """

    key: str
    """``<near>-<far>``. It is in resource names, so it never changes."""
    near: str
    """The key of a hub."""
    far: str
    """The key of a hub, or the name of a spoke."""
    kind: FabricLinkKind
    tunnels: Sequence[TunnelPlan] = ()
    """Of ``ipsec``: four with AWS, two otherwise."""


class RouteScope(StrEnum):
    """Which tables of a Transit Gateway have a static route. The value is in resource names."""

    GATEWAYS = "gateways"
    """All tables, except those of segments that gateways do not reach. It has a gateway's block."""
    NETWORKS = "networks"
    """All tables, except that of the landing, which reaches gateways only."""
    SUMMARIES = "summaries"
    """All tables, except that of what arrives from other hubs. AWS announces the routes of that
    table over VPNs, and a summary belongs to no single hub."""


@dataclass(frozen=True)
class StaticRoute:
    """A route that no protocol learns: over a peering of two Transit Gateways."""

    prefix: IPv4Network
    link: str
    """The key of the link that it leads over."""
    scope: RouteScope


@dataclass(frozen=True)
class SpokePlan:
    """A spoke, with what may reach it."""

    name: str
    hub: str
    cidr: IPv4Network
    segment: str
    ports: Sequence[int]
    given: GivenSpoke | None
    allowed: Sequence[IPv4Network]
    """Blocks that may call it: gateways, and the spokes of its segment and of connected ones."""
    routes: Sequence[IPv4Network]
    """Blocks that it routes to its hub: all that it may call or that may call it. A cloud's summary
    is instead of the blocks that it covers."""
    link: LinkPlan | None = None
    """GCP: the tunnels to its hub. A peering would not lead on to the gateway."""
    asn: int | None = None
    """GCP: the BGP autonomous system number of its router. Its owner is the key of ``link``."""


@dataclass(frozen=True)
class TransitPlan:
    """The transit gateway beside a hub: with the driver ``aviatrix``."""

    cidr: IPv4Network
    """The block of its network."""
    asn: int
    link: LinkPlan
    """Its tunnels to the hub, which is the near end. Interface 0 of the far end is the transit
    gateway, and 1 its HA peer."""
    firenet: bool = False
    """Whether it has FireNet, with firewalls or without. Never in GCP: FireNet needs further
    networks there."""


@dataclass(frozen=True)
class HubPlan:
    """A hub, with its routes."""

    key: str
    cloud: Cloud
    region: str
    core: bool
    asn: int
    gateway: IPv4Network
    landing: IPv4Network
    zones: Sequence[str]
    own: IPv4Network | None
    ports: Sequence[int]
    isolated: bool
    """Whether the region's gateway is cut off. Its block is ``gateway``, and no list of blocks
    that are reached has it."""
    spokes: Sequence[str]
    """Names of the spokes on it."""
    advertised: Sequence[IPv4Network]
    """Blocks behind it, which other hubs learn: gateway, landing, spokes, ``reach``. A spoke that
    joins it by VPN announces its own block."""
    static_routes: Sequence[StaticRoute]
    """AWS: the routes over peerings, to all that is behind other hubs."""
    gateway_reach: Sequence[IPv4Network]
    """Blocks beyond the landing that the region's gateway reaches over the fabric: what Konnect
    routes to the attachment. Collapsed, without the gateway's own block."""
    remote_gateways: Sequence[IPv4Network]
    """Blocks of the other regions' gateways, sorted. They are not collapsed, because each may be a
    resource. The landing routes replies to them, and lets them in on ``ports``."""
    closed_to_gateways: Sequence[IPv4Network] = ()
    """AWS: what the table of the gateway drops: the spokes of segments that gateways do not reach.
    Each block is divided until it is longer than any other route of the table to it."""
    closed_to_segments: Mapping[str, Sequence[IPv4Network]] = field(default_factory=dict)
    """AWS: the same for each segment with a spoke on the hub: other spokes, gateways, isolated ones
    too, and landings of other clouds, which it must not reach."""
    transit: TransitPlan | None = None
    """The transit gateway beside it, with the driver ``aviatrix``."""


@dataclass(frozen=True)
class FabricPlan:
    """All that a driver builds."""

    driver: FabricDriver
    hubs: Mapping[str, HubPlan]
    links: Mapping[str, LinkPlan]
    """Links between hubs, by key."""
    spokes: Mapping[str, SpokePlan]
    segments: Mapping[str, SegmentArgs]
    inspection: InspectionArgs
    numbers: FabricNumbers
    """The numbers that it uses, with all that were recorded before."""
    aviatrix: AviatrixArgs | None = None

    def links_of(self, hub: str) -> Sequence[LinkPlan]:
        """The links of a hub, in the order of their keys."""
        return [link for _, link in sorted(self.links.items()) if hub in (link.near, link.far)]
