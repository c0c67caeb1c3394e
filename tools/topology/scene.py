"""Reads a topology from resources: the networks of the graph, the hubs, and what joins them.

A resource belongs to the region whose key is in its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from reachability.answer import sentence
from reachability.build import graph_of
from reachability.graph import Graph, Link, Network
from reachability.records import Record, Records
from reachability.services import Verdict, declared_services, redis_walks, verdicts
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
_FABRIC_SPOKE: Final = "FabricSpoke$"
"""A part of the URN of each child of a component that builds a fabric's spoke."""
_HUBS: Final = {
    "aws:ec2transitgateway/transitGateway:TransitGateway": "Transit Gateway",
    "azure-native:network:VirtualHub": "virtual hub",
    "gcp:compute/haVpnGateway:HaVpnGateway": "HA VPN gateway",
    "pulumi-python:dynamic/aviatrix:TransitGateway": "Aviatrix transit",
}
"""What joins the networks of a region with other regions, by type."""
_FIREWALLS: Final = {
    "aws:networkfirewall/firewall:Firewall": "Network Firewall",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "firewall endpoint",
    "azure-native:network:AzureFirewall": "Azure Firewall",
    "gcp:networksecurity/firewallEndpoint:FirewallEndpoint": "Cloud NGFW",
    "pulumi-python:dynamic/aviatrix:FirewallInstance": "FireNet firewall",
}
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
_ATTACHMENT: Final = "pulumi-python:dynamic/konnect:CloudGatewayTransitGateway"


def topology_of(stack: str, records: Records) -> Topology:
    """The topology of a stack, with what walks to its declared services found."""
    graph = graph_of(records)
    found = verdicts(graph, declared_services(records))
    return _Scene(stack, records, graph, found).topology()


class _Scene:
    def __init__(
        self, stack: str, records: Records, graph: Graph, found: Sequence[Verdict]
    ) -> None:
        self._stack, self._records, self._graph, self._found = stack, records, graph, found
        self._keys = sorted(graph.gateways, key=len, reverse=True)
        self._stops = {one.stop.at.urn for one in found if one.stop is not None}
        self._carries: dict[str, set[str]] = {}
        for one in found:
            for hop in one.hops if one.reaches else ():
                self._carries.setdefault(hop.at.urn, set()).add(one.service.key)
        self._spokes: dict[str, str] = {}
        self._cores: set[str] = set()
        self._asns: dict[str, str] = {}
        for record in records.all:
            if record.type.endswith(_FABRIC_HUB):
                self._read_hub(record)
        self._hubs = self._hubs_by_region()
        self._redis: dict[str, list[str]] = {}
        for gateway, redis, _ in redis_walks(graph):
            self._redis.setdefault(gateway, []).append(_redis_words(redis))

    def topology(self) -> Topology:
        lines = sorted(self._lines(), key=lambda line: (line.near, line.far))
        # A state has resources in the order of their creation, which differs from run to run.
        regions = [self._region(key) for key in sorted(self._graph.gateways)]
        failures = sorted(sentence(one) for one in self._found if not one.reaches)
        return Topology(self._stack, regions, lines, failures, len(self._found))

    def _key_of(self, name: str) -> str:
        """The region that a resource belongs to: its name contains the region's key."""
        return next((key for key in self._keys if key in name), "")

    def _hubs_by_region(self) -> Mapping[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self._records.of(*_HUBS):
            key = self._key_of(record.name)
            if not self._spoke_of(record.urn, record.name, key):
                found.setdefault(key, []).append(record)
        return found

    def _read_hub(self, hub: Record) -> None:
        """Read what a hub of a fabric was given: whether it is a core, and its spokes."""
        key, core = hub.text("plan.key"), hub.values("plan.core")
        if key and core == [True]:
            self._cores.add(key)
        if key and (asn := hub.text("plan.asn")):
            self._asns[key] = asn.removesuffix(".0")
        spokes = hub.properties.get("spokes")
        for name in spokes if isinstance(spokes, Mapping) else ():
            self._spokes[str(name)] = hub.text(f"spokes.{name}.segment") or ""

    def _region(self, key: str) -> RegionBox:
        gateway = self._graph.gateways[key]
        networks = [one for one in self._graph.networks.values() if self._in_region(one, key)]
        boxes = [self._network(one, self._title(one, key)) for one in networks]
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
        return not network.gateway and self._key_of(network.at.name) == key

    def _title(self, network: Network, key: str) -> str:
        """``landing``, or the name of a spoke."""
        return self._spoke_of(network.at.urn, network.at.name, key) or LANDING

    def _spoke_of(self, urn: str, name: str, key: str) -> str:
        """The spoke that a resource of a region belongs to; empty if it is no spoke's.

        It is a child of the spoke's component, and its name contains the name of the spoke.
        """
        if _FABRIC_SPOKE not in urn:
            return ""
        tail = f"{name.partition(key)[2]}-"
        longest_first = sorted(self._spokes, key=len, reverse=True)
        return next((one for one in longest_first if f"-{one}-" in tail), "")

    def _network(self, one: Network, title: str, caches: Sequence[str] = ()) -> NetworkBox:
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
            self._spokes.get(title, ""),
            sorted(services),
            caches,
            self._walked(urns),
        )

    def _links(self, gateway: Network) -> Iterator[GatewayLink]:
        for record in self._records.of(_ATTACHMENT):
            if self._key_of(record.name) == gateway.gateway:
                kind = record.text("transit_gateway_attachment_config.kind") or ""
                yield GatewayLink(_LINKS.get(kind, kind), self._walked({record.urn}))

    def _hub(self, record: Record, key: str) -> HubBox:
        firewalls = [
            words
            for type_, words in _FIREWALLS.items()
            for one in self._records.of(type_)
            if self._key_of(one.name) == key
        ]
        urns = {record.urn, *self._tables_of(record)}
        return HubBox(
            record.name,
            _HUBS[record.type],
            key in self._cores,
            self._asns.get(key, ""),
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
        """The links of the graph between two regions. A VPN has a link for each of its tunnels."""
        pairs: dict[tuple[str, str], list[Link]] = {}
        for link in self._graph.links.values():
            near, far = (self._key_of(end.hub.rpartition("::")[2]) for end in link.ends)
            if near and far and near != far:
                core_first = sorted((near, far), key=lambda key: (key not in self._cores, key))
                ends = (core_first[0], core_first[1])
                pairs.setdefault(ends, []).append(link)
        for ends, links in pairs.items():
            urns = {one.at.urn for link in links for one in (link, *link.ends)}
            services = {key for urn in urns for key in self._carries.get(urn, ())}
            walked = self._walked({one.at.urn for one in links})
            if walked is Walked.NO and services:
                walked = Walked.CARRIES
            yield HubLine(*ends, _kind(links), walked, len(services))


def _kind(links: Sequence[Link]) -> str:
    if not links[0].dynamic:
        return "peering"
    if links[0].remote:
        return "virtual WAN"
    return f"{len(links)} tunnels, BGP"


def _redis_words(text: str) -> str:
    return "managed cache" if "managed by Konnect" in text else "Redis in the landing"
