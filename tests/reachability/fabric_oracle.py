"""What depends on each resource of a fabric, by its name and the shape of the fabric.

It knows the hubs, the cores and the spokes, the blocks of prefix lists, and nothing of other
properties, of references or of the graph.
Cores are connected to each other, so a link of two cores is redundant; so is each tunnel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from reachability.records import Record
from reachability.services import Service


@dataclass(frozen=True)
class Destination:
    """A host that gateways call, in a subnet of a landing or of a spoke."""

    hub: str
    spoke: str
    """The name of the spoke; empty for a landing."""
    place: str
    """The zone in AWS; empty elsewhere."""
    service: Service
    """What is called there."""
    segment: str = ""
    declared: bool = False
    """Whether the settings declare the service."""

    @property
    def address(self) -> IPv4Address:
        """The address of the service."""
        assert self.service.address is not None
        return self.service.address


@dataclass(frozen=True)
class Call:
    """A gateway that calls a destination."""

    gateway: str
    block: IPv4Network
    """The gateway's."""
    to: Destination
    path: tuple[str, ...]
    """Hubs on the way; a spoke in GCP is at the end, because it has a VPN to its hub."""

    def __str__(self) -> str:
        return f"{self.gateway} -> {self.to.service.key}"

    @property
    def own_landing(self) -> bool:
        """Whether it is the landing of the gateway's own region."""
        return self.to.hub == self.gateway and not self.to.spoke

    @property
    def imports_routes(self) -> bool:
        """Whether it needs routes that Kong's side of a peering in GCP imports."""
        return self.gateway.startswith("gcp-") and not self.own_landing

    def crosses(self, one: str, other: str) -> bool:
        """Whether it goes over the link of two hubs."""
        pairs = list(zip(self.path, self.path[1:], strict=False))
        return (one, other) in pairs or (other, one) in pairs

    def between(self, hub: str) -> bool:
        """Whether a hub is neither the first nor the last on the way."""
        return hub in self.path[1:-1]


def path_of(gateway: str, to: Destination, cores: Mapping[str, str]) -> tuple[str, ...]:
    """The hubs between a gateway and a destination."""
    near, far = (hub.partition("-")[0] for hub in (gateway, to.hub))
    hubs = [gateway, to.hub]
    if near != far:
        hubs = [gateway, cores[near], cores[far], to.hub]
    elif near != "azure":
        hubs = [gateway, cores[near], to.hub] if gateway != to.hub else [gateway]
    if to.spoke and far == "gcp":
        hubs.append(to.spoke)
    return tuple(dict.fromkeys(hubs))


def blocks_of(prefix_list: Record) -> list[IPv4Network]:
    """The entries of a prefix list."""
    return [IPv4Network(block) for block in prefix_list.values("entries.*.cidr")]


Depends = Callable[[Call, str, re.Match[str]], bool]


def _gateway(call: Call, hub: str, _: re.Match[str]) -> bool:
    return call.gateway == hub


def _landing(call: Call, hub: str, _: re.Match[str]) -> bool:
    return call.to.hub == hub and not call.to.spoke


def _in_zone(call: Call, hub: str, found: re.Match[str]) -> bool:
    return _landing(call, hub, found) and call.to.place == found["zone"]


def _own(call: Call, hub: str, _: re.Match[str]) -> bool:
    return call.own_landing and call.gateway == hub


def _hub(call: Call, hub: str, _: re.Match[str]) -> bool:
    return hub in call.path


def _linked(call: Call, hub: str, _: re.Match[str]) -> bool:
    return hub in call.path and len(call.path) > 1


def _crossing(call: Call, hub: str, found: re.Match[str]) -> bool:
    return call.crosses(hub, found["other"])


def _from_elsewhere(call: Call, hub: str, found: re.Match[str]) -> bool:
    return _landing(call, hub, found) and call.gateway != hub


def _to_elsewhere(call: Call, hub: str, _: re.Match[str]) -> bool:
    return call.gateway == hub and call.to.hub != hub


def _spoke(call: Call, hub: str, found: re.Match[str]) -> bool:
    return call.to.hub == hub and call.to.spoke == found["spoke"]


def _spoke_zone(call: Call, hub: str, found: re.Match[str]) -> bool:
    return _spoke(call, hub, found) and call.to.place == found["zone"]


def _spoke_from_here(call: Call, hub: str, found: re.Match[str]) -> bool:
    return _spoke(call, hub, found) and call.gateway == hub


def _spoke_from_elsewhere(call: Call, hub: str, found: re.Match[str]) -> bool:
    return _spoke(call, hub, found) and call.gateway != hub


def _segment(call: Call, hub: str, found: re.Match[str]) -> bool:
    return call.to.hub == hub and call.to.segment == found["segment"]


def _segment_from_here(call: Call, hub: str, found: re.Match[str]) -> bool:
    return _segment(call, hub, found) and call.gateway == hub


def _handed_on(call: Call, hub: str, found: re.Match[str]) -> bool:
    """A hybrid spoke: packets between its link and another link."""
    return call.between(hub) and call.crosses(hub, found["other"])


def _passing(call: Call, hub: str, _: re.Match[str]) -> bool:
    return call.between(hub)


def _to_other_clouds(call: Call, hub: str, _: re.Match[str]) -> bool:
    clouds = {one.partition("-")[0] for one in call.path if one != call.to.spoke}
    return hub in call.path and len(clouds) > 1


_AWS: Final = "aws:ec2transitgateway/"
_REFERENCE: Final = "PrefixListReference"
_RULES: Final[Sequence[tuple[str, str, Depends]]] = (
    # Without a fabric: <hub>-…
    ("CloudGatewayNetwork|CloudGatewayTransitGateway|NetworkPeering", ".*", _gateway),
    ("ResourceShare|ResourceAssociation|PrincipalAssociation", ".*", _gateway),
    ("VpcAttachmentAccepter|RoleDefinition|RoleAssignment", ".*", _gateway),
    ("RouteTableAssociation", "transit-gateway-association.*", _gateway),
    ("RouteTable", "hub-gateways", _gateway),
    ("TransitGateway|VirtualHub", ".*", _hub),
    ("Network", "network", _hub),
    (
        "Vpc|VpcAttachment|SecurityGroup|VirtualNetwork|HubVirtualNetworkConnection",
        "(?!fabric-).*",
        _landing,
    ),
    ("RouteTable", "routes|hub-spokes", _landing),
    ("RouteTableAssociation", "spoke-association", _landing),
    ("RouteTableAssociation", "(?P<zone>[a-z]+[0-9]-az[0-9])-routes", _in_zone),
    ("Subnet", "(?P<zone>[a-z]+[0-9]-az[0-9])(-transit)?", _in_zone),
    ("Subnet|Subnetwork", "workload", _landing),
    (
        "Route|SecurityGroupIngressRule|Firewall|SecurityRule",
        "(?!redis)(?!.*not-from).*-(to|from)-gateway.*",
        _own,
    ),
    ("RouteTablePropagation", "(transit-gateway|spoke)-propagation.*", _own),
    # Of the fabric: fabric-<hub>-…
    ("RouteTable", "fabric-transit", _linked),
    ("RouteTable", "fabric-segment-(?P<segment>.*)", _segment),
    ("RouteTableAssociation|PeeringAttachment", "fabric-(?P<other>aws-.*)-peering.*", _crossing),
    ("PeeringAttachmentAccepter", "fabric-(?P<other>aws-.*)-accepter", _crossing),
    ("RouteTablePropagation", "fabric-gateway-to-transit", _to_elsewhere),
    ("RouteTablePropagation", "fabric-gateway-to-segment-(?P<segment>.*)", _segment_from_here),
    ("RouteTablePropagation", "fabric-landing-to-transit", _from_elsewhere),
    ("RouteTablePropagation", "fabric-spoke-(?P<spoke>.*)-to-gateways", _spoke_from_here),
    ("RouteTablePropagation", "fabric-spoke-(?P<spoke>.*)-to-transit", _spoke_from_elsewhere),
    ("RouteTableAssociation", "fabric-spoke-(?P<spoke>.*)-association", _spoke),
    ("Vpc", "fabric-spoke-(?P<spoke>.*)-vpc", _spoke),
    ("VpcAttachment", "fabric-spoke-(?P<spoke>.*)-attachment", _spoke),
    ("SecurityGroup", "fabric-spoke-(?P<spoke>.*)-from-fabric", _spoke),
    ("RouteTable", "fabric-spoke-(?P<spoke>.*)-routes", _spoke),
    ("Subnet", "fabric-spoke-(?P<spoke>[^-]*)-(?P<zone>.*-az[0-9])(-transit)?", _spoke_zone),
    ("RouteTableAssociation", "fabric-spoke-(?P<spoke>[^-]*)-(?P<zone>.*)-routes", _spoke_zone),
    ("ManagedPrefixList", "fabric-remote-gateways", _from_elsewhere),
    ("Route", "fabric-to-remote-gateways", _from_elsewhere),
    ("SecurityGroupIngressRule", "fabric-from-remote-gateways-443", _from_elsewhere),
    ("ManagedPrefixList", "fabric-spoke-(?P<spoke>[^-]*)-(callers|fabric)", _spoke),
    ("Route", "fabric-spoke-(?P<spoke>[^-]*)-to-fabric", _spoke),
    ("SecurityGroupIngressRule", "fabric-spoke-(?P<spoke>[^-]*)-from-callers-443", _spoke),
    ("VpnGateway", "fabric-vpn-gateway", _to_other_clouds),
    ("SecurityRule", "fabric-from-remote-gateways", _from_elsewhere),
    ("SecurityRule", "fabric-(?P<spoke>[^-]*)-from-callers", _spoke),
    ("HubVirtualNetworkConnection", "fabric-(?P<spoke>[^-]*)-connection", _spoke),
    ("VirtualNetwork", "fabric-(?P<spoke>[^-]*)-spoke-vnet", _spoke),
    ("Subnet", "fabric-(?P<spoke>[^-]*)-spoke-workload", _spoke),
    ("HaVpnGateway|Router", "fabric-(vpn|router)", _linked),
    ("HaVpnGateway|Router", "fabric-(?P<spoke>[^-]*)-(vpn|router)", _spoke),
    ("Spoke", "fabric-(?P<other>.*)-transfer", _handed_on),
    ("Hub", "fabric-connectivity-center", _passing),
    ("Firewall", "fabric-from-remote-gateways", _from_elsewhere),
    ("Firewall", "fabric-(?P<spoke>[^-]*)-allowed", _spoke),
    ("Network", "fabric-(?P<spoke>[^-]*)-vpc-network", _spoke),
    ("Subnetwork", "fabric-(?P<spoke>[^-]*)-vpc-workload", _spoke),
)
"""By type and name, without the gateway's name and the hub: what depends on a resource. On what is
not here nothing depends: tunnels, links of two cores, groups that let in by default."""


_OVER_PEERING: Final = re.compile("(?P<far>aws-.*)-(gateways|networks|summaries)")
"""What the names of lists end with whose blocks tables lead over a peering."""
_CLOSED: Final = "closed"
"""The name of the list that a table drops. No call that is allowed depends on it."""


class Oracle:
    """What depends on each resource of a gateway with a fabric."""

    def __init__(self, stem: str, calls: Sequence[Call], resources: Sequence[Record]) -> None:
        self._stem = f"{stem}-"
        self.calls = calls
        self._hubs = sorted({hub for call in calls for hub in call.path}, key=len, reverse=True)
        self._lists = {
            one.name: blocks_of(one) for one in resources if one.type.endswith(":ManagedPrefixList")
        }
        self._references = [
            one.name for one in resources if one.type == f"{_AWS}prefixListReference:{_REFERENCE}"
        ]

    def depending(self, record: Record) -> set[Call]:
        """The calls that do not work without a resource."""
        name = record.name.removeprefix(self._stem)
        if record.type == "azure-native:network:VirtualWan":
            return {call for call in self.calls if self._meshed(call)}
        inside = name.startswith("fabric-")
        rest = name.removeprefix("fabric-")
        hub = next((one for one in self._hubs if f"{rest}-".startswith(f"{one}-")), None)
        if hub is None:
            return set()
        part = rest.removeprefix(hub).removeprefix("-")
        kind = record.type.rpartition(":")[2]
        if kind == _REFERENCE:
            table, _, listed = part.partition("-to-")
            if listed == _CLOSED:
                return set()
            blocks = self._lists[self._list_name(hub, listed)]
            return self._without(hub, [(table, listed)], blocks)
        if kind == "ManagedPrefixList" and _OVER_PEERING.fullmatch(part):
            return self._without(hub, self._users(hub, part), blocks_of(record))
        label = f"fabric-{part}" if inside else part
        for types, pattern, depends in _RULES:
            found = re.fullmatch(pattern, label)
            if kind in types.split("|") and found:
                return {call for call in self.calls if depends(call, hub, found)} - self._detoured(
                    hub, label
                )
        return set()

    def depending_on_entry(self, record: Record, block: IPv4Network) -> set[Call]:
        """The calls that do not work without one entry of a prefix list."""
        hub = next(one for one in self._hubs if f"fabric-{one}-" in record.name)
        part = record.name.partition(f"fabric-{hub}-")[2]
        if _OVER_PEERING.fullmatch(part):
            return self._without(hub, self._users(hub, part), [block])
        return {call for call in self.depending(record) if call.block.subnet_of(block)}

    def depending_on_list(self, record: Record, listed: Record, instead: Record) -> set[Call]:
        """The calls that do not work if a route, rule or reference has another prefix list."""
        blocks = blocks_of(instead)
        if not record.type.endswith(f":{_REFERENCE}"):
            left = {call for call in self.calls if any(call.block.subnet_of(b) for b in blocks)}
            return self.depending(record) - left
        hub = next(one for one in self._hubs if f"fabric-{one}-" in record.name)
        table, _, name = record.name.partition(f"fabric-{hub}-")[2].partition("-to-")
        return {
            call
            for call in self._without(hub, [(table, name)], blocks_of(listed))
            if not any(self._wanted(call, hub, table) in block for block in blocks)
        }

    def _list_name(self, hub: str, listed: str) -> str:
        return f"{self._stem}fabric-{hub}-{listed}"

    def _users(self, hub: str, listed: str) -> list[tuple[str, str]]:
        """The tables of a hub that refer to a list, each with the list."""
        return [one for one in self._referring(hub) if one[1] == listed]

    def _referring(self, hub: str) -> list[tuple[str, str]]:
        stem = f"{self._stem}fabric-{hub}-"
        names = [one.removeprefix(stem) for one in self._references if one.startswith(stem)]
        split = (one.partition("-to-") for one in names)
        return [(table, listed) for table, _, listed in split if listed != _CLOSED]

    def _meshed(self, call: Call) -> bool:
        azure = [one for one in call.path if one.startswith("azure")]
        return len(azure) > 1

    def _detoured(self, hub: str, label: str) -> set[Call]:
        """A hub in AWS with the summary of its own cloud connects its gateway and its landing over
        its core too."""
        if "propagation" not in label:
            return set()
        to_landing = label == "spoke-propagation"
        table = "gateways" if to_landing else "spokes"
        lists = [listed for at, listed in self._referring(hub) if at == table]
        blocks = [block for one in lists for block in self._lists[self._list_name(hub, one)]]
        wanted = {
            call: call.to.address if to_landing else call.block.network_address
            for call in self.calls
        }
        return {call for call, to in wanted.items() if any(to in block for block in blocks)}

    def _without(
        self, hub: str, users: Sequence[tuple[str, str]], gone: Sequence[IPv4Network]
    ) -> set[Call]:
        """The calls that need a block of a list in a table, and that no other block there covers.

        ``users`` are the tables, each with the list that loses the blocks.
        """
        lost = set()
        for table, listed in users:
            left = [
                block
                for at, other in self._referring(hub)
                if at == table
                for block in self._lists[self._list_name(hub, other)]
                if other != listed or block not in gone
            ]
            for call in self.calls:
                wanted = self._wanted(call, hub, table)
                if wanted is None or not any(wanted in block for block in gone):
                    continue
                if not any(wanted in block for block in left):
                    lost.add(call)
        return lost

    def _wanted(self, call: Call, hub: str, table: str) -> IPv4Address | None:
        """The address that a table must have over a peering: the destination, or the gateway."""
        if hub not in call.path:
            return None
        place = call.path.index(hub)
        after = call.path[place + 1] if place + 1 < len(call.path) else ""
        before = call.path[place - 1] if place else ""
        gateway = call.block.network_address + 4
        if table == "gateways":
            return call.to.address if not before and after.startswith("aws-") else None
        if table == "spokes":
            return (
                gateway if not after and not call.to.spoke and before.startswith("aws-") else None
            )
        if table.startswith("segment-"):
            own = call.to.hub == hub and f"segment-{call.to.segment}" == table
            return gateway if own and before.startswith("aws-") else None
        if not (before and after):
            return None
        if after.startswith("aws-"):
            return call.to.address
        return gateway if before.startswith("aws-") else None
