"""Finds what keeps a hub from learning the way to an address.

The links are followed from the hub of the address, as announcements go, whether they work or not.
The first hub that lacks the route has the fault before it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from reachability.bgp import announced, learned_of
from reachability.elements import Element
from reachability.graph import Drop, Graph, HubTable, Link, LinkEnd, Network
from reachability.routes import routes_of, routes_of_table

_ATTACHMENTS: Final = {
    "aws": "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    "azure": "azure-native:network:HubVirtualNetworkConnection",
    "gcp": "gcp:compute/vPNTunnel:VPNTunnel",
}
"""By cloud: what attaches a network to a hub."""
_LINKS: Final = {
    "aws": "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
    "azure": "azure-native:network:VpnConnection",
    "gcp": "gcp:compute/vPNTunnel:VPNTunnel",
}
"""By cloud: what connects its hubs to others."""
_AVIATRIX: Final = "pulumi-python:dynamic/aviatrix:"
_TRANSIT: Final = f"{_AVIATRIX}TransitGateway"
_NO_DOMAIN: Final = "#"
"""How the key of the table of attachments without a network domain ends."""
_TRANSIT_PEERING: Final = f"{_AVIATRIX}TransitGatewayPeering"
_CONNECTION: Final = f"{_AVIATRIX}TransitExternalDeviceConn"
_SETTINGS: Final = f"{_AVIATRIX}TransitGatewaySettings"
_ASSOCIATION: Final = f"{_AVIATRIX}SegmentationNetworkDomainAssociation"
_POLICY: Final = f"{_AVIATRIX}SegmentationNetworkDomainConnectionPolicy"
_HUB_LIST: Final = "aws:ec2transitgateway/prefixListReference:PrefixListReference"


@dataclass(frozen=True)
class Fault:
    """What keeps a hub from learning a route."""

    at: Element
    problem: str
    remedy: str
    wanted: str = ""


def fault_on_the_way(
    graph: Graph, hub: str, table: HubTable | None, to: IPv4Address
) -> Fault | None:
    """Why a hub, or a network in GCP, has no route to an address in a network of the graph.

    None: no links lead there.
    """
    if not graph.links:
        return None
    owner = owner_of(graph, to)
    if owner is None:
        return _without_network(graph, to)
    homes = _homes(graph, owner)
    if not owner.gateway and homes == [owner.key] and owner.key not in learned_of(graph).by_hub:
        cause = graph.unattached.get(owner.key) or graph.unattached.get("")
        if cause is not None:
            problem = f"{owner.at.name}, which has it, is attached to no hub: {cause.at.name}: "
            return Fault(cause.at, problem + cause.problem, cause.remedy, cause.wanted)
        return Fault(
            owner.at,
            f"{owner.at.name}, which has it, is attached to no hub",
            "attach it to the hub of its region",
            _ATTACHMENTS.get(owner.cloud, ""),
        )
    for start in homes:
        way = _way(graph, start, hub)
        if way:
            return _first_fault(graph, way, table, to)
    alone = homes == [owner.key] and owner.key not in learned_of(graph).by_hub
    if not hub or hub in homes or alone:
        return None
    return Fault(
        owner.at,
        f"no link between hubs leads to {owner.at.name}, which has it",
        "connect the hubs",
        _missing_link(graph, hub, homes, owner.cloud),
    )


def _missing_link(graph: Graph, hub: str, homes: list[str], cloud: str) -> str:
    """The type of a link that is missing: that of the side with fewer hubs."""
    here, there = _linked(graph, [hub]), _linked(graph, homes)
    transits = _of_transits(graph)
    if transits:
        return _TRANSIT_PEERING if transits & here and transits & there else _CONNECTION
    if len(here) >= len(there):
        return _LINKS.get(cloud, "")
    of_hub = {one.cloud for one in graph.networks.values() if one.key == hub}
    of_hub |= {
        graph.networks[one.network].cloud for one in graph.attachments.values() if one.hub == hub
    }
    return _LINKS.get(min(of_hub, default=""), "")


def _of_transits(graph: Graph) -> set[str]:
    """The transit gateways of Aviatrix."""
    return {table.hub for table in graph.tables.values() if table.at.type == _TRANSIT}


def _linked(graph: Graph, starts: list[str]) -> set[str]:
    """The hubs that links lead to from some hubs, with these."""
    seen, waiting = set(starts), deque(starts)
    while waiting:
        for key, number in learned_of(graph).by_hub.get(waiting.popleft(), ()):
            there = graph.links[key].ends[1 - number].hub
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return seen


def owner_of(graph: Graph, to: IPv4Address) -> Network | None:
    """The network that an address is in."""
    return next((one for one in graph.networks.values() if one.contains(to)), None)


def _without_network(graph: Graph, to: IPv4Address) -> Fault | None:
    """An address in the block of a subnet whose network is not in the stack."""
    for prefix, at in graph.blocks.items():
        if to in prefix:
            return Fault(
                at,
                f"{at.name}, which has it, is in no network of the stack",
                "create its network, or correct the address",
            )
    return None


def _homes(graph: Graph, owner: Network) -> list[str]:
    """The hubs that a network is attached to, and the networks that it is peered with."""
    hubs = [one.hub for one in graph.attachments.values() if one.network == owner.key]
    peers = [one.other(owner.key) for one in graph.peerings.values() if owner.key in one.networks]
    return [*hubs, owner.key, *peers]


def _way(graph: Graph, start: str, end: str) -> list[tuple[Link, int]]:
    """The shortest chain of links from one hub to another: each link and the number of its end
    that hears the announcement."""
    came: dict[str, tuple[str, Link, int]] = {}
    waiting, seen = deque([start]), {start}
    while waiting:
        here = waiting.popleft()
        for key, number in learned_of(graph).by_hub.get(here, ()):
            link = graph.links[key]
            there = link.ends[1 - number].hub
            if there not in seen:
                seen.add(there)
                came[there] = (here, link, 1 - number)
                waiting.append(there)
    way: list[tuple[Link, int]] = []
    while end in came:
        before, link, number = came[end]
        way.append((link, number))
        end = before
    return list(reversed(way)) if end == start else []


def _parallel(graph: Graph, link: Link) -> list[Link]:
    """The links between the same hubs."""
    hubs = {end.hub for end in link.ends}
    return [one for one in graph.links.values() if {end.hub for end in one.ends} == hubs]


def _first_fault(
    graph: Graph, way: list[tuple[Link, int]], table: HubTable | None, to: IPv4Address
) -> Fault | None:
    """The first link on the way that does not teach the route, or the table that does not take
    it."""
    for place, (link, number) in enumerate(way):
        hears = link.ends[number].hub
        parallel = _parallel(graph, link)
        failing = [one for one in parallel if not all(each.met for each in one.conditions)]
        if len(failing) == len(parallel):
            unmet = next(each for each in failing[0].conditions if not each.met)
            return Fault(unmet.at, f"{link.at.name}: {unmet.problem}", unmet.remedy, unmet.wanted)
        if not link.dynamic:
            tables = _asked(graph, way[place + 1 :], hears, table)
            fault = _no_static_route(graph, link, tables or [link.ends[number].table], to)
        else:
            fault = _not_learned(graph, parallel, hears, to)
        if fault is not None:
            return fault
    link, number = way[-1]
    if table is not None and table.at.type == _TRANSIT:
        return _in_domains(graph, table, to)
    if table is not None:
        return Fault(
            table.at,
            f"{link.ends[number].at.name} does not propagate to {table.at.name}",
            f"propagate {link.ends[number].at.name} to {table.at.name}",
            "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
        )
    return None


def _asked(
    graph: Graph, rest: list[tuple[Link, int]], hears: str, table: HubTable | None
) -> list[str | None]:
    """The keys of the tables of a hub that need the route: what announces it further on, if the
    way goes on, and the table of the walk at its end."""
    if not rest:
        return [] if table is None else [table.key]
    link, _ = rest[0]
    ends = [one.ends[one.end_at(hears)] for one in _parallel(graph, link)]
    return [end.announces or end.table for end in ends]


def _no_static_route(
    graph: Graph, link: Link, asked: list[str | None], to: IPv4Address
) -> Fault | None:
    """A peering of Transit Gateways needs a static route in a table of the hub that hears."""
    wanted = [graph.tables[key] for key in asked if key is not None and key in graph.tables]
    for one in wanted:
        if routes_of_table(graph, one).best(to) is not None:
            return None
    at = wanted[0].at if wanted else link.at
    return Fault(
        at,
        f"{at.name} has no static route over {link.at.name}, and a peering of Transit Gateways "
        "teaches none",
        f"add a static route over {link.at.name}, or the block to a prefix list that leads there",
        _HUB_LIST if _has_lists(graph) else "aws:ec2transitgateway/route:Route",
    )


def _has_lists(graph: Graph) -> bool:
    """Whether some Transit Gateway leads prefix lists over its links."""
    tables = graph.tables.values()
    return any(route.at.type == _HUB_LIST for table in tables for route in table.routes)


def _not_learned(graph: Graph, parallel: list[Link], hears: str, to: IPv4Address) -> Fault | None:
    """Why none of the links between two hubs teaches a route to an address."""
    learned = learned_of(graph)
    for link in parallel:
        number = link.end_at(hears)
        if any(to in prefix for prefix in learned.paths.get((link.key, number), {})):
            return None
    link = parallel[0]
    number = link.end_at(hears)
    teller = link.ends[1 - number]
    told = [
        path for prefix, path in announced(graph, learned, {}, link, 1 - number) if to in prefix
    ]
    if told:
        listed = [link.ends[number], *(end for one in graph.links.values() for end in one.ends)]
        origin = next((end for end in listed if end.asn == told[0][-1]), None)
        wrong = None if origin is None else _wrong_announcement(graph, origin, teller, to)
        if wrong is not None:
            return wrong
        return Fault(
            link.ends[number].at,
            f"it drops the announcement of {teller.at.name}: the AS path "
            f"{' '.join(map(str, told[0]))} contains its own {link.ends[number].asn}",
            "give each hub its own autonomous system, or connect the hubs directly",
        )
    table = graph.tables.get(teller.announces or teller.table or "")
    if table is None and teller.hub not in graph.networks:
        return Fault(
            teller.at,
            f"{teller.at.name} is associated with no route table, so it announces nothing",
            "associate it with a route table",
            "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation",
        )
    if table is not None and table.at.type == _TRANSIT:
        return _in_domains(graph, table, to)
    dropping = None if table is None else routes_of_table(graph, table).best(to)
    if dropping is not None and dropping.via is Drop.DROP:
        return Fault(
            dropping.at,
            f"it drops packets to {dropping.prefix}, so no route to it is announced to "
            f"{link.ends[number].at.name}",
            "correct its next hop, or delete it",
        )
    at = teller.speaker or teller.at if table is None else table.at
    network = graph.networks.get(teller.hub)
    but = ""
    if network is not None and (subnet := network.subnet_of(to)) is not None:
        but = f", though {subnet.at.name} of its network has it"
    elif network is not None and routes_of(graph, network, None).best(to) is not None:
        but = ", though its network has a route there"
    return Fault(
        at,
        f"{at.name} does not announce a block with {to} to {link.ends[number].at.name}{but}",
        "announce the block, or hand it on: advertisedIpRanges of the Cloud Router, a hybrid spoke "
        "of Network Connectivity Center for each VPN"
        if table is None
        else f"propagate the network with the address to {table.at.name}",
        "gcp:networkconnectivity/spoke:Spoke"
        if table is None
        else "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
    )


def _wrong_announcement(
    graph: Graph, end: LinkEnd, teller: LinkEnd, to: IPv4Address
) -> Fault | None:
    """What makes a hub announce an address that another one has. None: it has the address."""
    table = graph.tables.get(end.announces or end.table or "")
    route = None if table is None else routes_of_table(graph, table).best(to)
    home = None if route is None else graph.attachments.get(route.via)
    if home is not None and graph.networks[home.network].contains(to):
        return None
    if table is not None and route is not None:
        return Fault(
            route.at,
            f"{table.at.name} routes {route.prefix} by it and announces that, which hides what "
            f"{teller.at.name} announces",
            "delete the route, or lead it to the network with the address",
        )
    owner = owner_of(graph, to)
    subnet = None if owner is None else owner.subnet_of(to)
    announces = any(to in block for block in end.announced)
    if owner is None or subnet is None or not announces or owner.key == end.hub:
        return None
    return Fault(
        end.speaker or end.at,
        f"it announces a block with {to}, which hides what {teller.at.name} announces: "
        f"{subnet.at.name} is in {owner.at.name}",
        "announce blocks of its own network only, or correct the network of the subnet",
    )


def _in_domains(graph: Graph, table: HubTable, to: IPv4Address) -> Fault:
    """Why a network domain knows no route at a transit gateway of Aviatrix."""
    knowing = [
        other
        for other in graph.tables.values()
        if other.hub == table.hub and routes_of_table(graph, other).best(to) is not None
    ]
    if not knowing:
        return Fault(
            table.at,
            f"none of its peers tells {table.at.name} of it",
            "peer the transit gateways, or set connected_transit: true where a transit gateway is "
            "between them",
            _SETTINGS,
        )
    if any(table.key == f"{one.key}#own" for one in knowing):
        return Fault(
            table.at,
            f"{table.at.name} learned it from a peer, and does not tell other peers",
            "set connected_transit: true",
            _SETTINGS,
        )
    alone = any(one.key.endswith(_NO_DOMAIN) for one in (table, *knowing))
    return Fault(
        table.at,
        f"{table.at.name} knows it in another network domain than that of the caller, or in none",
        "associate the attachment with its network domain"
        if alone
        else "connect the two network domains by a connection policy",
        _ASSOCIATION if alone else _POLICY,
    )
