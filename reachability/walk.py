"""Walks a connection hop by hop: the request to its destination, and the reply back.

Packets are carried by `forward`. Stateful filters let replies pass; stateless ones and routes are
asked again. A firewall must see both directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Final

from reachability.elements import Element
from reachability.filters import Direction, Filter, Packet, Rule, permission, refusal
from reachability.forward import travel
from reachability.graph import Endpoint, Graph, Network, Subnet
from reachability.sources import sources
from reachability.stops import SUBNETS
from reachability.trip import Hop, Stop, Stopped, Trip, Ways, require, stopped

_REPLY_PORTS: Final = range(1024, 65536)
"""The ports that clients use. Source: Amazon VPC, "Ephemeral ports"."""


@dataclass(frozen=True)
class Walk:
    """A connection from a gateway to an address and port."""

    gateway: str
    """The key of the gateway's region."""
    target: str
    """The address or the endpoint, for messages."""
    port: int
    hops: tuple[Hop, ...]
    """Of equal routes, those of the first, or of the one that stops."""
    stop: Stop | None
    assumptions: tuple[str, ...] = ()
    """What the graph does not show."""

    @property
    def reaches(self) -> bool:
        """Whether the request arrives and the reply comes back."""
        return self.stop is None


def walk(
    graph: Graph,
    gateway: str,
    target: IPv4Address | Endpoint,
    port: int,
    protocol: str = "tcp",
) -> Walk:
    """Walk from a gateway (``aws-us-east-2``) to an address or an endpoint of the graph.

    The gateway's packets come from any address of its block: each part of the block that a route
    or rule treats differently is walked. So is each of several equal routes, among which clouds
    share packets. Raises KeyError for a gateway that is not in the graph.
    """
    network = graph.gateways[gateway]
    if isinstance(target, IPv4Address):
        name, address = str(target), target
    else:
        name, address = str(target.at), target.address or target.prefix.network_address + 4
    assumptions: dict[str, None] = {}  # Those of every part, in order.
    hops: tuple[Hop, ...] = ()
    for source in sources(graph, network):
        ways, more, first = Ways(), True, True
        while more:
            trip = Trip(graph, network, source, port, protocol, address, ways)
            stop = None
            try:
                _walk(trip, target)
            except Stopped as one:
                stop = _on_one_way(one.stop) if ways.taken else one.stop
            if first or stop is not None:
                hops = tuple(trip.hops)
            assumptions |= dict.fromkeys(trip.assumptions)
            if stop is not None:
                return Walk(gateway, name, port, hops, stop, tuple(assumptions))
            more, first = ways.turn(), False
    return Walk(gateway, name, port, hops, None, tuple(assumptions))


def _on_one_way(stop: Stop) -> Stop:
    problem = f"{stop.problem}, on one of several equal routes that share the packets"
    return replace(stop, problem=problem)


def _walk(trip: Trip, target: IPv4Address | Endpoint) -> None:
    endpoint = target if isinstance(target, Endpoint) else _endpoint_at(trip.graph, target)
    if isinstance(target, Endpoint):
        require(target.conditions)
    arrived = travel(trip, trip.gateway, None, trip.target)
    if arrived.foreign:
        trip.assume(
            f"the blocks, routes and filters of the network behind {arrived.at} are another "
            "stack's and are not checked"
        )
        trip.hop(arrived.at, f"{trip.target} is in a network of another stack")
        return
    subnet = _deliver(trip, arrived, endpoint, trip.target)
    _reply(trip, arrived, subnet, trip.target)


def _endpoint_at(graph: Graph, address: IPv4Address) -> Endpoint | None:
    if "endpoints" not in graph.cache:
        graph.cache["endpoints"] = {
            one.address: one for one in reversed(list(graph.endpoints.values())) if one.address
        }
    found: Endpoint | None = graph.cache["endpoints"].get(address)
    return found


def _deliver(trip: Trip, network: Network, endpoint: Endpoint | None, to: IPv4Address) -> Subnet:
    """Let the request in, in the network of its destination."""
    subnet = network.subnet_of(to)
    if subnet is None:
        raise stopped(
            network.at,
            f"{network.at.name} has no subnet with {to}",
            "create the subnet, or correct the address of the service",
            SUBNETS.get(network.cloud, ""),
        )
    packet = Packet(Direction.IN, to, trip.source, trip.port, trip.protocol)
    refused = refusal(subnet.filters, packet)
    if refused is not None:
        raise _refused(*refused, packet, subnet.at)
    for filter_ in subnet.filters:
        if filter_.rules:
            words = f"{filter_.at.name} lets in {trip.source} on port {trip.port}"
            trip.hop(filter_.at, words)
    if endpoint is not None:
        require(endpoint.conditions)
        if endpoint.ports and trip.port not in endpoint.ports:
            raise stopped(
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


def _let_in(trip: Trip, network: Network, filters: tuple[Filter, ...], packet: Packet) -> None:
    if not filters:
        raise stopped(
            network.at,
            "no packet filter lets the gateway in to hosts",
            "create a security group that allows the gateway's block",
            network.host_filter_type,
        )
    chosen = permission(filters, packet)
    if chosen is None:
        refused = refusal(filters, packet)
        assert refused is not None
        raise _refused(*refused, packet, network.at)
    trip.hop(chosen.at, f"{chosen.at.name} lets in {packet.remote} on port {packet.port}")


def _refused(filter_: Filter, rule: Rule | None, packet: Packet, where: Element) -> Stopped:
    """How a filter stops a packet of hosts in a subnet or network."""
    ends = [str(packet.remote), where.name]
    source, destination = ends if packet.direction is Direction.IN else reversed(ends)
    what = f"{packet.protocol} from {source} to {destination} on port {packet.port}"
    if rule is None:
        return stopped(
            filter_.at,
            f"no rule of {filter_.at.name} allows {what}",
            "add a rule that allows the gateway's block on this port",
            filter_.wanted,
        )
    return stopped(
        rule.at,
        f"the rule denies {what}",
        "put a rule that allows before it, or delete it",
        filter_.wanted,
    )


def _reply(trip: Trip, network: Network, subnet: Subnet, address: IPv4Address) -> None:
    """Carry the reply back to the gateway's network."""
    trip.replying = True
    try:
        stateless = [one for one in subnet.filters if not one.stateful]
        for port in _reply_ports(stateless):
            packet = Packet(Direction.OUT, address, trip.source, port, trip.protocol)
            refused = refusal(stateless, packet)
            if refused is not None:
                raise _refused(*refused, packet, subnet.at)
        arrived = travel(trip, network, subnet, trip.source)
    except Stopped as end:
        one = end.stop
        raise Stopped(Stop(one.at, one.problem, one.remedy, one.wanted, reply=True)) from None
    if arrived.foreign:
        trip.assume(
            f"replies to {trip.source} leave over {arrived.at}, whose next hop is not in the "
            "stack and is not checked"
        )
        return
    if arrived.key != trip.gateway.key:
        raise Stopped(
            Stop(
                arrived.at,
                f"replies to {trip.source} go to {arrived.at.name}, not to the gateway network",
                "give the networks blocks that do not overlap",
                reply=True,
            )
        )
    _require_symmetry(trip)
    trip.hop(trip.gateway.at, "the reply arrives at the gateway")


def _reply_ports(filters: Sequence[Filter]) -> list[int]:
    """One port of each range that rules tell apart."""
    spans = [span for filter_ in filters for rule in filter_.rules for span in rule.ports]
    edges = {_REPLY_PORTS[0], *(low for low, _ in spans), *(high + 1 for _, high in spans)}
    return sorted(edge for edge in edges if edge in _REPLY_PORTS)


def _require_symmetry(trip: Trip) -> None:
    """A stateful firewall that sees the request and not the reply drops the connection."""
    for key in trip.inspected:
        if key not in trip.inspected_back:
            firewall = trip.graph.firewalls[key]
            raise Stopped(
                Stop(
                    firewall.at,
                    "it saw the request and not the reply, so it drops the connection",
                    "lead both directions through it, or neither",
                    reply=True,
                )
            )
