"""Walks a connection hop by hop: the request to its destination, and the reply back.

At each network and hub table the route with the longest prefix is used. A peering is not
transitive. Stateful filters let replies pass; stateless ones and routes are asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Final

from reachability.filters import Packet, permission, refusal
from reachability.graph import (
    Attachment,
    Condition,
    Direction,
    Drop,
    Element,
    Endpoint,
    Filter,
    Graph,
    HubTable,
    Network,
    Peering,
    Route,
    Subnet,
    Unseen,
)
from reachability.routes import best, routes_of, table_routes
from reachability.sources import sources

_REPLY_PORTS: Final = (1024, 65535)
"""The lowest and highest port that a client uses. Source: Amazon VPC, "Ephemeral ports"."""
_ATTACHMENT: Final = "pulumi-python:dynamic/konnect:CloudGatewayTransitGateway"
_ROUTE_TYPES: Final = {"aws": "aws:ec2/route:Route"}
"""By cloud: what leads packets to the gateway. Azure and GCP make such routes by themselves."""


@dataclass(frozen=True)
class Hop:
    """One hop of a walk."""

    at: Element
    words: str


@dataclass(frozen=True)
class Stop:
    """Where a walk ends before its destination."""

    at: Element
    """The resource to correct, or the one that lacks another."""
    problem: str
    remedy: str
    wanted: str = ""
    """The type token of what is missing, if something may be. Empty: a resource is wrong."""
    reply: bool = False
    """Whether the request arrives and the reply does not."""


@dataclass(frozen=True)
class Walk:
    """A connection from a gateway to an address and port."""

    gateway: str
    """The key of the gateway's region."""
    target: str
    """The address or the endpoint, for messages."""
    port: int
    hops: tuple[Hop, ...]
    stop: Stop | None
    assumptions: tuple[str, ...] = ()
    """What the graph does not show."""

    @property
    def reaches(self) -> bool:
        """Whether the request arrives and the reply comes back."""
        return self.stop is None


class _Stopped(Exception):
    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.problem)
        self.stop = stop


def _stopped(at: Element, problem: str, remedy: str, wanted: str = "") -> _Stopped:
    return _Stopped(Stop(at, problem, remedy, wanted))


@dataclass
class _Trip:
    """A walk under way."""

    graph: Graph
    gateway: Network
    source: IPv4Address
    """The gateway's address."""
    port: int
    protocol: str
    hops: list[Hop] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    def hop(self, at: Element, words: str) -> None:
        self.hops.append(Hop(at, words))


def walk(
    graph: Graph,
    gateway: str,
    target: IPv4Address | Endpoint,
    port: int,
    protocol: str = "tcp",
) -> Walk:
    """Walk from a gateway (``aws-us-east-2``) to an address or an endpoint of the graph.

    The gateway's packets come from any address of its block: each part of the block that a route
    or rule treats differently is walked. Raises KeyError for a gateway that is not in the graph.
    """
    network = graph.gateways[gateway]
    trip = None
    name = str(target) if isinstance(target, IPv4Address) else str(target.at)
    for source in sources(graph, network):
        trip = _Trip(graph, network, source, port, protocol)
        try:
            _walk(trip, target)
        except _Stopped as stopped:
            return Walk(
                gateway, name, port, tuple(trip.hops), stopped.stop, tuple(trip.assumptions)
            )
    assert trip is not None
    return Walk(gateway, name, port, tuple(trip.hops), None, tuple(trip.assumptions))


def _walk(trip: _Trip, target: IPv4Address | Endpoint) -> None:
    endpoint = target if isinstance(target, Endpoint) else _endpoint_at(trip.graph, target)
    if isinstance(target, IPv4Address):
        address = target
    else:
        _require(target.conditions)
        address = target.address or target.prefix.network_address + 4
    arrived = _travel(trip, trip.gateway, None, address)
    if arrived.foreign:
        trip.assumptions.append(
            f"the blocks, routes and filters of the network behind {arrived.at} are another "
            "stack's and are not checked"
        )
        trip.hop(arrived.at, f"{address} is in a network of another stack")
        return
    subnet = _deliver(trip, arrived, endpoint, address)
    _reply(trip, arrived, subnet, address)


def _endpoint_at(graph: Graph, address: IPv4Address) -> Endpoint | None:
    return next((one for one in graph.endpoints.values() if one.address == address), None)


def _travel(trip: _Trip, network: Network, subnet: Subnet | None, to: IPv4Address) -> Network:
    """Follow routes from a network until the network of an address."""
    if network.contains(to):
        return network
    route = best(routes_of(trip.graph, network, subnet), to)
    if route is None:
        hub = _hub_with_more(trip.graph, network, to)
        if hub is None:
            raise _no_route(trip, network, subnet, to)
        _require(hub.conditions)
        return _elsewhere(hub.at, network)
    if route.via is Unseen.UNSEEN:
        return _elsewhere(route.at, network)
    if route.via is Drop.DROP:
        raise _stopped(
            route.at,
            f"the route to {route.prefix} drops the packets",
            "delete the route, or end the isolation of the gateway",
        )
    trip.hop(route.at, f"{network.at.name} routes {route.prefix} to {_name(trip.graph, route)}")
    peering = trip.graph.peerings.get(route.via)
    if peering is not None:
        return _over_peering(trip, peering, network, to)
    attachment = _own_attachment(trip, network, route)
    if subnet is not None:
        _require_zone(attachment, subnet)
    return _over_hub(trip, attachment, to)


def _elsewhere(at: Element, near: Network) -> Network:
    """A network of another stack, of which nothing is known: ``at`` leads there."""
    return Network(f"behind:{at.urn}", at, near.cloud, (), foreign=True)


def _hub_with_more(graph: Graph, network: Network, to: IPv4Address) -> Attachment | None:
    """The virtual hub that an address may be behind: another stack may connect networks to it."""
    if graph.owns(to):
        return None
    hubs = (one for one in graph.attachments.values() if one.network == network.key)
    return next((one for one in hubs if one.automatic), None)


def _over_peering(trip: _Trip, peering: Peering, network: Network, to: IPv4Address) -> Network:
    _require(peering.conditions)
    other = trip.graph.networks[peering.other(network.key)]
    trip.hop(peering.at, f"the peering leads to {other.at.name}")
    if not other.contains(to):
        raise _stopped(
            peering.at,
            f"{to} is not in {other.at.name}, and a peering is not transitive: it leads to the "
            "blocks of the peer only",
            "link the gateway to the network with the address, or over a hub",
        )
    return other


def _own_attachment(trip: _Trip, network: Network, route: Route) -> Attachment:
    found = trip.graph.attachments.get(str(route.via))
    if found is not None:
        return found
    for attachment in trip.graph.attachments.values():
        if attachment.hub == route.via and attachment.network == network.key:
            return attachment
    raise _stopped(
        route.at,
        f"{network.at.name} is not attached to the hub that the route leads to",
        "attach the network to the hub",
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment" if network.cloud == "aws" else "",
    )


def _require_zone(attachment: Attachment, subnet: Subnet) -> None:
    """A Transit Gateway takes packets from zones in which the attachment has a subnet only."""
    zone = subnet.zone
    if attachment.zones and not any(zone.may_be(one) for one in attachment.zones):
        raise _stopped(
            attachment.at,
            f"it has no subnet in zone {zone.id or zone.name}, so packets from {subnet.at.name} "
            "do not enter the hub",
            "give it a subnet in this zone",
            _SUBNETS["aws"],
        )


def _over_hub(trip: _Trip, attachment: Attachment, to: IPv4Address) -> Network:
    _require(attachment.conditions)
    table = trip.graph.tables.get(attachment.table or "")
    if table is None or table.hub != attachment.hub:
        raise _stopped(
            attachment.at,
            "the attachment is associated with no route table of the hub",
            "associate it with a route table",
            "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation",
        )
    trip.hop(table.at, f"{attachment.at.name} is associated with {table.at.name}")
    route = best(table_routes(trip.graph, table), to)
    source = trip.graph.networks[attachment.network]
    if route is None:
        if trip.graph.owns(to):
            raise _not_propagated(trip, attachment, table, to)
        return _elsewhere(table.at, source)
    if route.via is Drop.DROP:
        raise _stopped(
            route.at,
            f"the route to {route.prefix} in {table.at.name} drops the packets",
            "delete the route, or end the isolation of the gateway",
        )
    out = trip.graph.attachments.get(route.via)
    if out is None:
        return _elsewhere(route.at, source)
    _require(out.conditions)
    network = trip.graph.networks[out.network]
    trip.hop(out.at, f"{table.at.name} routes {route.prefix} to {network.at.name}")
    if not network.contains(to):
        raise _stopped(
            route.at, f"{to} is not in {network.at.name}", "route it to the network that has it"
        )
    return network


def _not_propagated(trip: _Trip, source: Attachment, table: HubTable, to: IPv4Address) -> _Stopped:
    by = "" if source.association is None else f" by {source.association.name}"
    problem = f"{source.at.name} is associated{by} with a table without a route to {to}"
    for attachment in trip.graph.attachments.values():
        network = trip.graph.networks[attachment.network]
        if attachment.hub == table.hub and network.contains(to):
            return _stopped(
                table.at,
                f"{problem}: {attachment.at.name} does not propagate to it",
                f"propagate {attachment.at.name} to {table.at.name}, or associate another table",
                "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
            )
    attached = [
        trip.graph.networks[one.network]
        for one in trip.graph.attachments.values()
        if one.hub == table.hub
    ]
    return _stopped(
        table.at,
        f"{problem}: no attached network has it, only {_blocks_of(attached)}",
        "attach the network with the address to the hub, or correct the address",
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    )


def _require(conditions: tuple[Condition, ...]) -> None:
    for one in conditions:
        if not one.met:
            raise _stopped(one.at, one.problem, one.remedy, one.wanted)


def _no_route(trip: _Trip, network: Network, subnet: Subnet | None, to: IPv4Address) -> _Stopped:
    if network.gateway:
        return _no_attachment(trip, network, to)
    at = network.at if subnet is None else subnet.table or subnet.at
    if subnet is not None and subnet.table is None and network.cloud == "aws":
        return _stopped(
            at,
            f"{at.name} is associated with no route table of its VPC, so replies do not reach the "
            "gateway",
            "associate the subnet with the route table that has the route to the gateway",
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
        )
    return _stopped(
        at,
        f"{at.name} has no route to {to}, so replies do not reach the gateway",
        f"add a route to {trip.gateway.prefixes[0]}",
        _ROUTE_TYPES.get(network.cloud, _ATTACHMENT),
    )


def _no_attachment(trip: _Trip, gateway: Network, to: IPv4Address) -> _Stopped:
    links = [
        one for one in trip.graph.peerings.values() if one.automatic and gateway.key in one.networks
    ]
    peers = [trip.graph.networks[one.other(gateway.key)] for one in links]
    if peers:
        by = ", ".join(one.at.name for one in links)
        return _stopped(
            peers[0].at,
            f"the gateway network has no route to {to}: {by} leads to {_blocks_of(peers)}",
            "link the region to the network with the address, or correct the address",
            _SUBNETS.get(gateway.cloud, ""),
        )
    return _stopped(
        gateway.at,
        f"the gateway network has no route to {to}: no attachment leads there",
        "link the region to the network with the address"
        + (", and write its block as reach" if gateway.cloud == "aws" else ""),
        _ATTACHMENT,
    )


def _blocks_of(networks: list[Network]) -> str:
    return ", ".join(
        f"{one.at.name} ({', '.join(map(str, one.prefixes)) or 'no block'})" for one in networks
    )


def _name(graph: Graph, route: Route) -> str:
    known = graph.peerings.get(route.via) or graph.attachments.get(route.via)
    if known is not None:
        return known.at.name
    return route.via.rpartition("::")[2]


def _deliver(trip: _Trip, network: Network, endpoint: Endpoint | None, to: IPv4Address) -> Subnet:
    """Let the request in, in the network of its destination."""
    subnet = network.subnet_of(to)
    if subnet is None:
        raise _stopped(
            network.at,
            f"{network.at.name} has no subnet with {to}",
            "create the subnet, or correct the address of the service",
            _SUBNETS.get(network.cloud, ""),
        )
    packet = Packet(Direction.IN, to, trip.source, trip.port, trip.protocol)
    refused = refusal(subnet.filters, packet)
    if refused is not None:
        raise _refused(refused[0], refused[1].at if refused[1] else None, packet)
    for filter_ in subnet.filters:
        if filter_.rules:
            words = f"{filter_.at.name} lets in {trip.source} on port {trip.port}"
            trip.hop(filter_.at, words)
    if endpoint is not None:
        _require(endpoint.conditions)
        if endpoint.ports and trip.port not in endpoint.ports:
            raise _stopped(
                endpoint.at,
                f"it does not listen on port {trip.port}, but on "
                + ", ".join(str(port) for port in endpoint.ports),
                "correct the port of the service, or of the endpoint",
            )
    filters = network.host_filters if endpoint is None else endpoint.filters
    if filters or (endpoint is None and network.host_filter_type):
        _let_in(trip, network, filters, packet)
    trip.hop(subnet.at, f"{to}:{trip.port} is in {subnet.at.name}")
    return subnet


def _let_in(trip: _Trip, network: Network, filters: tuple[Filter, ...], packet: Packet) -> None:
    if not filters:
        raise _stopped(
            network.at,
            "no packet filter lets the gateway in to hosts",
            "create a security group that allows the gateway's block",
            network.host_filter_type,
        )
    chosen = permission(filters, packet)
    if chosen is None:
        refused = refusal(filters, packet)
        assert refused is not None
        raise _refused(refused[0], refused[1].at if refused[1] else None, packet)
    trip.hop(chosen.at, f"{chosen.at.name} lets in {packet.remote} on port {packet.port}")


def _refused(filter_: Filter, rule: Element | None, packet: Packet) -> _Stopped:
    way = "from" if packet.direction is Direction.IN else "to"
    what = f"{packet.protocol} {way} {packet.remote} on port {packet.port}"
    if rule is None:
        return _stopped(
            filter_.at,
            f"no rule of {filter_.at.name} allows {what}",
            "add a rule that allows the gateway's block on this port",
            filter_.wanted,
        )
    return _stopped(
        rule,
        f"the rule denies {what}",
        "put a rule that allows before it, or delete it",
        filter_.wanted,
    )


def _reply(trip: _Trip, network: Network, subnet: Subnet, address: IPv4Address) -> None:
    """Carry the reply back to the gateway's network."""
    try:
        for port in _REPLY_PORTS:
            packet = Packet(Direction.OUT, address, trip.source, port, trip.protocol)
            stateless = [one for one in subnet.filters if not one.stateful]
            refused = refusal(stateless, packet)
            if refused is not None:
                raise _refused(refused[0], refused[1].at if refused[1] else None, packet)
        arrived = _travel(trip, network, subnet, trip.source)
    except _Stopped as stopped:
        one = stopped.stop
        raise _Stopped(Stop(one.at, one.problem, one.remedy, one.wanted, reply=True)) from None
    if arrived.foreign:
        trip.assumptions.append(
            f"replies to {trip.source} leave over {arrived.at}, whose next hop is not in the "
            "stack and is not checked"
        )
        return
    if arrived.key != trip.gateway.key:
        raise _Stopped(
            Stop(
                arrived.at,
                f"replies to {trip.source} go to {arrived.at.name}, not to the gateway network",
                "give the networks blocks that do not overlap",
                reply=True,
            )
        )
    trip.hop(trip.gateway.at, "the reply arrives at the gateway")


_SUBNETS: Final = {
    "aws": "aws:ec2/subnet:Subnet",
    "azure": "azure-native:network:Subnet",
    "gcp": "gcp:compute/subnetwork:Subnetwork",
}
