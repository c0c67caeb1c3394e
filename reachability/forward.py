"""Carries a packet from a network to the network of its destination.

It goes from network to network over peerings, hubs, links between hubs, and firewalls. At each
network and table the route with the longest prefix is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from reachability.elements import Element
from reachability.filters import Direction, Packet, decide
from reachability.graph import (
    Attachment,
    Drop,
    Firewall,
    Graph,
    HubTable,
    Link,
    LinkEnd,
    Network,
    Peering,
    Route,
    Subnet,
    Unseen,
)
from reachability.routes import routes_of, routes_of_table
from reachability.stops import (
    SUBNETS,
    led_back,
    loop,
    no_route_in_network,
    no_route_in_table,
)
from reachability.trip import Stopped, Trip, require, stopped

_ASSOCIATION: Final = {
    "aws": "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation",
    "azure": "azure-native:network:HubRouteTable",
}


@dataclass(frozen=True)
class _InNetwork:
    """A packet in a network."""

    network: Network
    subnet: Subnet | None = None
    """The subnet that it starts in. None: it comes from elsewhere."""
    over: Link | Peering | None = None
    """What it came in by."""


@dataclass(frozen=True)
class _AtTable:
    """A packet that a hub has, and the table that decides where it goes."""

    table: str | None
    hub: str
    came: Element
    """What it came in by."""
    by: Element | None
    """What associates it with the table."""
    key: str = ""
    """The key of the attachment or link that it came in by."""


_Place = _InNetwork | _AtTable


def travel(trip: Trip, network: Network, subnet: Subnet | None, to: IPv4Address) -> Network:
    """Follow routes from a network until the network of an address.

    A network that the graph does not contain is ``foreign``. Raises Stopped.
    """
    place: _Place = _InNetwork(network, subnet)
    seen: dict[tuple[str, str], None] = {}
    while True:
        if isinstance(place, _InNetwork):
            if place.network.foreign or place.network.contains(to):
                return place.network
            here = ("network", place.network.key)
            at = place.network.at
            following = _from_network(trip, place, to)
        else:
            here = ("table", f"{place.table}")
            at = place.came
            following = _from_table(trip, place, to)
        if here in seen:
            circle = list(seen)[list(seen).index(here) :]
            raise loop(trip, at, [key for kind, key in circle if kind == "table"], to)
        seen[here] = None
        place = following


def _elsewhere(at: Element, cloud: str) -> _InNetwork:
    """A network of another stack, of which nothing is known: ``at`` leads there."""
    return _InNetwork(Network(f"behind:{at.urn}", at, cloud, (), foreign=True))


def _from_network(trip: Trip, place: _InNetwork, to: IPv4Address) -> _Place:
    graph, network, subnet = trip.graph, place.network, place.subnet
    equal = routes_of(graph, network, subnet).equal(to)
    if not equal:
        hub = _hub_with_more(graph, network, to)
        if hub is None:
            raise no_route_in_network(trip, network, subnet, to)
        require(hub.conditions)
        return _elsewhere(hub.at, network.cloud)
    route = _taken(trip, network.key, _handed_on(graph, place, equal))
    if route.via is Unseen.UNSEEN:
        return _elsewhere(route.at, network.cloud)
    if route.via is Drop.DROP:
        raise _dropped(route, "")
    peering = graph.peerings.get(route.via)
    link = graph.links.get(route.via)
    if link is not None:
        _require_transfer(graph, place, link, to)
    trip.hop(route.at, f"{network.at.name} routes {route.prefix} to {_name(graph, route)}")
    if peering is not None:
        return _over_peering(trip, place, peering, to)
    if link is not None:
        return _over_link(trip, link, network.key)
    attachment = _own_attachment(trip, network, route)
    if subnet is not None:
        _require_zone(attachment, subnet)
    require(attachment.conditions)
    return _AtTable(
        attachment.table, attachment.hub, attachment.at, attachment.association, key=attachment.key
    )


def _taken(trip: Trip, near: str, equal: Sequence[Route]) -> Route:
    """One of the routes that share packets. Those to the same place, as tunnels are, are one."""
    if len(equal) == 1:
        return equal[0]
    ahead: dict[object, Route] = {}
    for route in equal:
        link = trip.graph.links.get(route.via)
        far = None if link is None else link.ends[1 - link.end_at(near)]
        place = route.via if far is None else (far.hub, far.table, far.transfer, far.region)
        ahead.setdefault(place, route)
    ways = list(ahead.values())
    return ways[0] if len(ways) == 1 else ways[trip.ways.choose(len(ways))]


def _handed_on(graph: Graph, place: _InNetwork, equal: Sequence[Route]) -> Sequence[Route]:
    """Of equal routes: those over which a Cloud Router hands on what came in by a VPN, if any."""
    if len(equal) == 1 or not isinstance(place.over, Link):
        return equal
    links = [graph.links.get(route.via) for route in equal]
    kept = [
        route
        for route, link in zip(equal, links, strict=True)
        if link is not None and _transfers(place.network, place.over, link)
    ]
    return kept or equal


def _transfers(network: Network, came: Link, link: Link) -> bool:
    """Whether a hub of Network Connectivity Center hands on from one link to another."""
    entered, left = came.ends[came.end_at(network.key)], link.ends[link.end_at(network.key)]
    return entered.transfers_to(left)


def _dropped(route: Route, where: str) -> Stopped:
    return stopped(
        route.at,
        f"the route to {route.prefix}{where} drops the packets",
        "delete the route; in a fabric, end the isolation of the gateway or open the segment",
    )


def _hub_with_more(graph: Graph, network: Network, to: IPv4Address) -> Attachment | None:
    """The virtual hub that an address may be behind: another stack may connect networks to it."""
    if graph.owns(to):
        return None
    hubs = (one for one in graph.attachments.values() if one.network == network.key)
    return next((one for one in hubs if one.automatic), None)


def _require_transfer(graph: Graph, place: _InNetwork, link: Link, to: IPv4Address) -> None:
    """A Cloud Router hands packets of one VPN on to another only by Network Connectivity Center."""
    network, came = place.network, place.over
    if not isinstance(came, Link):
        return
    if {end.hub for end in came.ends} == {end.hub for end in link.ends}:
        raise led_back(graph, network, link, to)
    if _transfers(network, came, link):
        return
    raise stopped(
        link.at,
        f"packets of {came.at.name} do not go on over it: {network.at.name} has no hub of Network "
        "Connectivity Center with both as hybrid spokes that transfer data site to site",
        "add a spoke with siteToSiteDataTransfer for each of them",
        "gcp:networkconnectivity/spoke:Spoke",
    )


def _over_peering(trip: Trip, place: _InNetwork, peering: Peering, to: IPv4Address) -> _Place:
    require(peering.conditions)
    if isinstance(place.over, Peering):
        raise stopped(
            peering.at,
            f"packets of {place.over.at.name} do not go on over it: a peering is not transitive",
            "link the gateway to the network with the address, or over a hub",
        )
    other = trip.graph.networks[peering.other(place.network.key)]
    trip.hop(peering.at, f"the peering leads to {other.at.name}")
    there = other.foreign or other.contains(to)
    # Only dynamic routes that the other side exports lead on from it.
    leads_on = (
        peering.exporter == other.key and routes_of(trip.graph, other, None).best(to) is not None
    )
    if leads_on and not there:
        trip.assume(
            f"Kong's side of {peering.at.name} imports the routes that {other.at.name} learned: "
            "Konnect does not document it"
        )
    if not (there or leads_on):
        raise stopped(
            peering.at,
            f"{to} is not in {other.at.name}, and a peering is not transitive: it leads to the "
            "blocks of the peer only",
            "link the gateway to the network with the address, or over a hub",
        )
    if other.foreign and not other.contains(to):
        raise stopped(
            peering.at,
            f"{to} is not in {other.at.name}",
            "link the gateway to the network with the address",
        )
    return _InNetwork(other, None, peering)


def _over_link(trip: Trip, link: Link, near: str) -> _Place:
    """Cross a link from the hub or network ``near`` to its other end."""
    require(link.conditions)
    end = link.ends[1 - link.end_at(near)]
    trip.hop(link.at, f"{link.at.name} leads to {_hub_name(trip.graph, end)}")
    network = trip.graph.networks.get(end.hub)
    if network is not None:
        return _InNetwork(network, None, link)
    return _AtTable(end.table, end.hub, end.at, end.association, key=link.key)


def _hub_name(graph: Graph, end: LinkEnd) -> str:
    network = graph.networks.get(end.hub)
    return end.hub.rpartition("::")[2] if network is None else network.at.name


def _own_attachment(trip: Trip, network: Network, route: Route) -> Attachment:
    found = trip.graph.attachments.get(str(route.via))
    if found is not None:
        return found
    for attachment in trip.graph.attachments.values():
        if attachment.hub == route.via and attachment.network == network.key:
            return attachment
    raise stopped(
        route.at,
        f"{network.at.name} is not attached to the hub that the route leads to",
        "attach the network to the hub",
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment" if network.cloud == "aws" else "",
    )


def _require_zone(attachment: Attachment, subnet: Subnet) -> None:
    """A Transit Gateway takes packets from zones in which the attachment has a subnet only."""
    zone = subnet.zone
    if attachment.zones and not any(zone.may_be(one) for one in attachment.zones):
        raise stopped(
            attachment.at,
            f"it has no subnet in zone {zone.id or zone.name}, so packets from {subnet.at.name} "
            "do not enter the hub",
            "give it a subnet in this zone",
            SUBNETS["aws"],
        )


def _from_table(trip: Trip, place: _AtTable, to: IPv4Address) -> _Place:
    graph = trip.graph
    table = graph.tables.get(place.table or "")
    if table is None or table.hub != place.hub:
        raise stopped(
            place.came,
            f"{place.came.name} is associated with no route table of the hub",
            "associate it with a route table",
            _ASSOCIATION["azure" if place.came.type.startswith("azure") else "aws"],
        )
    trip.hop(table.at, f"{place.came.name} is associated with {table.at.name}")
    equal = routes_of_table(graph, table).equal(to)
    if not equal:
        if graph.owns(to):
            raise no_route_in_table(trip, place.came, place.by, table, to)
        return _elsewhere(table.at, "")
    route = _taken(trip, table.hub, equal)
    if route.via is Drop.DROP:
        raise _dropped(route, f" in {table.at.name}")
    if route.via in graph.firewalls:
        return _through(trip, graph.firewalls[route.via], table, route)
    link = _link_of(graph, table, route)
    leaves_by = str(route.via) if link is None else link.key
    _inspect(trip, table, {_attachment_of(graph, table, key) for key in (place.key, leaves_by)})
    if link is not None:
        trip.hop(route.at, f"{table.at.name} routes {route.prefix} to {link.at.name}")
        return _over_link(trip, link, table.hub)
    out = graph.attachments.get(route.via)
    if out is None:
        return _elsewhere(route.at, "")
    require(out.conditions)
    network = graph.networks[out.network]
    trip.hop(out.at, f"{table.at.name} routes {route.prefix} to {network.at.name}")
    if not network.contains(to):
        raise stopped(
            route.at, f"{to} is not in {network.at.name}", "route it to the network that has it"
        )
    return _InNetwork(network)


def _link_of(graph: Graph, table: HubTable, route: Route) -> Link | None:
    """The link that a route leads over. A static route names an attachment of several tunnels."""
    if route.via in graph.links:
        return graph.links[route.via]
    tunnels = [
        one
        for one in graph.links.values()
        for end in one.ends
        if end.attachment == route.via and end.hub == table.hub
    ]
    working = [one for one in tunnels if all(each.met for each in one.conditions)]
    return next(iter(working or tunnels), None)


def _attachment_of(graph: Graph, table: HubTable, key: str) -> str:
    """The key of the attachment at a hub that an attachment or link has."""
    link = graph.links.get(key)
    return key if link is None else link.ends[link.end_at(table.hub)].attachment


def _inspect(trip: Trip, table: HubTable, attachments: set[str]) -> None:
    """Pass a firewall beside a hub, if it sees what comes and leaves by these attachments."""
    graph = trip.graph
    inspection = graph.inspections.get(table.hub)
    if inspection is None or not inspection.inspected & attachments:
        return
    if any(one in block for block in inspection.bypass for one in (trip.source, trip.target)):
        return
    firewalls = [graph.firewalls[key] for key in inspection.firewalls if key in graph.firewalls]
    if not firewalls:
        raise stopped(
            inspection.at,
            "it inspects the packets and has no firewall in the traffic, so it drops them",
            "attach a firewall to it, or delete the inspection policy",
            inspection.wanted,
        )
    _pass(trip, firewalls[0])
    trip.hop(firewalls[0].at, f"{inspection.at.name} inspects it in {firewalls[0].at.name}")


def _through(trip: Trip, firewall: Firewall, table: HubTable, route: Route) -> _Place:
    """Pass a firewall that a table leads to."""
    _pass(trip, firewall)
    trip.hop(firewall.at, f"{table.at.name} routes {route.prefix} through {firewall.at.name}")
    return _AtTable(firewall.table, firewall.hub, firewall.at, None, key=firewall.key)


def _pass(trip: Trip, firewall: Firewall) -> None:
    """Pass a firewall. It is stateful: it lets replies pass if it saw the request."""
    require(firewall.conditions)
    if trip.replying:
        if firewall.key not in trip.inspected:
            raise stopped(
                firewall.at,
                "it drops the reply: it did not see the request, and it is stateful",
                "lead both directions through it, or neither",
            )
        trip.inspected_back.append(firewall.key)
    else:
        packet = Packet(Direction.OUT, trip.source, trip.target, trip.port, trip.protocol)
        allowed, rule = decide(firewall.filter, packet)
        if not allowed:
            what = f"{trip.protocol} from {trip.source} to {trip.target} on port {trip.port}"
            raise stopped(
                firewall.filter.at if rule is None else rule.at,
                f"no rule of {firewall.at.name} allows {what}"
                if rule is None
                else f"the rule of {firewall.at.name} denies {what}",
                "allow it in the firewall's policy",
                firewall.filter.wanted,
            )
        trip.inspected.append(firewall.key)
        if firewall.unread:
            trip.assumptions.append(
                f"the rules of {firewall.unread} are not in the stack and are not checked"
            )


def _name(graph: Graph, route: Route) -> str:
    via = str(route.via)
    known = graph.peerings.get(via) or graph.attachments.get(via) or graph.links.get(via)
    if known is not None:
        return known.at.name
    return via.rpartition("::")[2]
