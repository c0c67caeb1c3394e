"""Reads a topology from resources: the networks of the graph, the hubs, and what joins them.

A resource of a spoke belongs to the region of the spoke's hub. Any other one belongs to the region
whose key is first in its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reachability.answer import sentence
from reachability.build import graph_of
from reachability.doubts import doubt
from reachability.graph import Graph, Link, Network, Redis
from reachability.records import Record, Records
from reachability.services import Verdict, declared_services, verdicts
from tools.topology.model import (
    GatewayLink,
    HubBox,
    HubLine,
    NetworkBox,
    RegionBox,
    Topology,
    Walked,
)

_FABRIC_HUB: Final = "FabricHub"
"""The last part of the types of the components that build a fabric's hubs."""
_FABRIC_SPOKE: Final = "FabricSpoke"
"""The last part of the types of the components that build a fabric's spokes."""
_AVIATRIX_PEERING: Final = "pulumi-python:dynamic/aviatrix:TransitGatewayPeering"
_TRANSIT: Final = "AviatrixFabricHub$"
"""A part of the URN of a network for a transit gateway of Aviatrix, and of all in it."""
_AVIATRIX: Final = "pulumi-python:dynamic/aviatrix:TransitGateway"
_HUBS: Final = {
    "aws:ec2transitgateway/transitGateway:TransitGateway": "Transit Gateway",
    "azure-native:network:VirtualHub": "virtual hub",
    "gcp:compute/haVpnGateway:HaVpnGateway": "HA VPN gateway",
    _AVIATRIX: "Aviatrix transit",
}
"""What joins the networks of a region with other regions, by type."""
_FIRENET: Final = "pulumi-python:dynamic/aviatrix:FirewallInstance"
"""A firewall at a transit gateway of Aviatrix. All others are at the cloud's own hub."""
_FIREWALLS: Final = {
    "aws:networkfirewall/firewall:Firewall": "Network Firewall",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "firewall endpoint",
    "azure-native:network:AzureFirewall": "Azure Firewall",
    "gcp:networksecurity/firewallEndpoint:FirewallEndpoint": "Cloud NGFW",
    _FIRENET: "FireNet firewall",
}
"""What inspects at a hub, by type."""
_LINKS: Final = {
    "aws-transit-gateway-attachment": "Transit Gateway",
    "aws-vpc-peering-attachment": "VPC peering",
    "aws-resource-endpoint-attachment": "resource endpoint",
    "azure-vnet-peering-attachment": "VNet peering",
    "azure-vhub-peering-attachment": "virtual hub",
    "gcp-vpc-peering-attachment": "VPC peering",
}
LANDING: Final = "landing"
"""The title of a landing."""
TRANSIT: Final = "transit"
"""The title of a network for a transit gateway of Aviatrix."""
_ATTACHMENT: Final = "pulumi-python:dynamic/konnect:CloudGatewayTransitGateway"


def topology_of(stack: str, records: Records) -> Topology:
    """The topology of a stack, with what walks to its declared services found.

    A connection that stops is marked only if that is certain.
    """
    graph = graph_of(records)
    found = verdicts(graph, declared_services(records))
    return _Scene(stack, records, graph, found).topology()


@dataclass(frozen=True)
class _Spoke:
    """A spoke as its component was given it."""

    name: str
    hub: str
    """The key of the region whose hub it is on."""
    segment: str


class _Scene:
    def __init__(
        self, stack: str, records: Records, graph: Graph, found: Sequence[Verdict]
    ) -> None:
        self._stack, self._records, self._graph, self._found = stack, records, graph, found
        self._keys = sorted(graph.gateways, key=len, reverse=True)
        doubts = [(one, doubt(one, graph, records)) for one in found if not one.reaches]
        self._failed = [one for one, why in doubts if not why]
        self._unknown = sorted(_unknown(one, why) for one, why in doubts if why)
        self._stops = {one.stop.at.urn for one in self._failed if one.stop is not None}
        self._carries: dict[str, set[str]] = {}
        for one in found:
            for hop in one.hops if one.reaches else ():
                self._carries.setdefault(hop.at.urn, set()).add(one.service.key)
        self._spokes: dict[str, _Spoke] = {}
        """By the name of its component, with which the names of its resources begin."""
        self._cores: set[str] = set()
        self._asns: dict[str, str] = {}
        for record in records.all:
            if record.type.endswith(_FABRIC_HUB):
                self._read_hub(record)
            elif record.type.endswith(_FABRIC_SPOKE):
                self._read_spoke(record)
        self._hubs = self._hubs_by_region()
        self._redis: dict[str, list[str]] = {}
        names = {one.key: name for name, one in graph.gateways.items()}
        for redis in graph.redis:
            self._redis.setdefault(names[redis.gateway], []).append(_redis_words(redis))

    def topology(self) -> Topology:
        lines = sorted(self._lines(), key=lambda line: (line.near, line.far, line.title))
        # A state has resources in the order of their creation, which differs from run to run.
        regions = [self._region(key) for key in sorted(self._graph.gateways)]
        failures = sorted(sentence(one) for one in self._failed)
        walks = len(self._found)
        return Topology(self._stack, regions, lines, failures, walks, self._unknown)

    def _key_of(self, urn: str) -> str:
        """The key of the region that a resource belongs to; empty if it belongs to none."""
        if (spoke := self._spoke_of(urn)) is not None:
            return spoke.hub
        name = urn.rpartition("::")[2]
        found = [(name.index(key), -len(key), key) for key in self._keys if key in name]
        return min(found)[2] if found else ""

    def _spoke_of(self, urn: str) -> _Spoke | None:
        """The spoke that a resource belongs to. It is a child of the spoke's component."""
        types, _, name = urn.rpartition("::")
        if f"{_FABRIC_SPOKE}$" not in types:
            return None
        own = [one for one in self._spokes if f"{name}-".startswith(f"{one}-")]
        return self._spokes[max(own, key=len)] if own else None

    def _hubs_by_region(self) -> Mapping[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self._records.of(*_HUBS):
            if self._spoke_of(record.urn) is None:
                found.setdefault(self._key_of(record.urn), []).append(record)
        return found

    def _read_hub(self, hub: Record) -> None:
        """Read what a hub of a fabric was given: whether it is a core, and its ASN."""
        key, core = hub.text("plan.key"), hub.values("plan.core")
        if key and core == [True]:
            self._cores.add(key)
        # A transit gateway of Aviatrix is beside the hub, and has an ASN of its own.
        owner = key or f"{self._key_of(hub.urn)}-{TRANSIT}"
        if asn := hub.text("plan.asn") or hub.text("asn"):
            self._asns[owner] = asn.removesuffix(".0")

    def _read_spoke(self, spoke: Record) -> None:
        """Read what a spoke was given. The driver Aviatrix gives it in its site."""
        for path in ("plan", "site.spoke"):
            name, hub, segment = (spoke.text(f"{path}.{one}") for one in ("name", "hub", "segment"))
            if name and hub:
                self._spokes[spoke.name] = _Spoke(name, hub, segment or "")

    def _region(self, key: str) -> RegionBox:
        gateway = self._graph.gateways[key]
        networks = [one for one in self._graph.networks.values() if self._in_region(one, key)]
        boxes = [self._home(one) for one in networks]
        return RegionBox(
            key,
            gateway.cloud,
            key.removeprefix(f"{gateway.cloud}-"),
            self._network(gateway, "gateway", self._redis.get(key, ())),
            list(self._links(gateway)),
            [self._hub(one, key) for one in self._hubs.get(key, ())],
            sorted(boxes, key=lambda box: (box.title != LANDING, box.title, box.name)),
        )

    def _in_region(self, network: Network, key: str) -> bool:
        return not network.gateway and self._key_of(network.at.urn) == key

    def _home(self, network: Network) -> NetworkBox:
        """A landing, a spoke, or the network of a transit gateway."""
        urn = network.at.urn
        if (spoke := self._spoke_of(urn)) is not None:
            box = self._network(network, spoke.name, segment=spoke.segment)
        else:
            box = self._network(network, TRANSIT if _TRANSIT in urn else LANDING)
        return replace(box, hub=self._hub_of(box, self._key_of(urn)))

    def _hub_of(self, box: NetworkBox, key: str) -> str:
        """The hub that a network is on: the cloud's own, or Aviatrix for all but landings."""
        hubs = self._hubs.get(key, ())
        on_aviatrix = [one for one in hubs if one.type == _AVIATRIX and box.title != LANDING]
        return next((one.name for one in (*on_aviatrix, *hubs)), "")

    def _network(
        self, one: Network, title: str, caches: Sequence[str] = (), segment: str = ""
    ) -> NetworkBox:
        services = {
            f"{v.service.key} :{v.service.port}"
            for v in self._found
            if v.service.address is not None and one.contains(v.service.address)
        }
        urns = {one.at.urn, one.key, *(subnet.at.urn for subnet in one.subnets)}
        return NetworkBox(
            one.at.name,
            title,
            [str(prefix) for prefix in sorted(one.prefixes)],
            segment,
            sorted(services),
            caches,
            self._walked(urns),
        )

    def _links(self, gateway: Network) -> Iterator[GatewayLink]:
        for record in self._records.of(_ATTACHMENT):
            if self._key_of(record.urn) == gateway.gateway:
                kind = record.text("transit_gateway_attachment_config.kind") or ""
                yield GatewayLink(_LINKS.get(kind, kind), self._walked({record.urn}))

    def _hub(self, record: Record, key: str) -> HubBox:
        firewalls = [
            words
            for type_, words in _FIREWALLS.items()
            for one in self._records.of(type_)
            if self._key_of(one.urn) == key and (type_ == _FIRENET) == (record.type == _AVIATRIX)
        ]
        urns = {record.urn, *self._tables_of(record)}
        return HubBox(
            record.name,
            _HUBS[record.type],
            key in self._cores,
            self._asns.get(f"{key}-{TRANSIT}" if record.type == _AVIATRIX else key, ""),
            list(dict.fromkeys(firewalls)),
            self._walked(urns),
        )

    def _tables_of(self, hub: Record) -> Iterator[str]:
        for table in self._graph.tables.values():
            if table.hub == hub.urn:
                yield table.at.urn

    def _walked(self, urns: Iterable[str]) -> Walked:
        found = set(urns)
        if found & self._stops:
            return Walked.STOPS
        return Walked.CARRIES if found & self._carries.keys() else Walked.NO

    def _lines(self) -> Iterator[HubLine]:
        """The links of the graph between two regions, by kind.

        A VPN has a link for each of its tunnels, and a peering of Aviatrix one for each segment.
        """
        pairs: dict[tuple[str, str, str], list[Link]] = {}
        for link in self._graph.links.values():
            near, far = (self._key_of(end.hub) for end in link.ends)
            if near and far and near != far:
                core_first = sorted((near, far), key=lambda key: (key not in self._cores, key))
                between = (core_first[0], core_first[1], _kind(link))
                pairs.setdefault(between, []).append(link)
        for (near, far, kind), links in pairs.items():
            urns = {one.at.urn for link in links for one in (link, *link.ends)}
            services = {key for urn in urns for key in self._carries.get(urn, ())}
            walked = self._walked({one.at.urn for one in links})
            if walked is Walked.NO and services:
                walked = Walked.CARRIES
            title = f"{len(links)} {kind}" if kind == "tunnels, BGP" else kind
            yield HubLine(near, far, title, walked, len(services))


def _unknown(one: Verdict, why: str) -> str:
    return f"service {one.service}: whether gateway {one.gateway} reaches it is {why}"


def _kind(link: Link) -> str:
    if not link.dynamic:
        return "peering"
    if link.remote:
        return "virtual WAN"
    return "Aviatrix peering" if link.at.type == _AVIATRIX_PEERING else "tunnels, BGP"


def _redis_words(redis: Redis) -> str:
    if redis.managed:
        return "managed cache"
    return "your own Redis" if redis.endpoint is None else "Redis in the landing"
