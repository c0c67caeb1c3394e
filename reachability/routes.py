"""The routes of networks and of hubs' tables, and which of them is used for an address.

What a table learns over BGP is in `bgp`. All is computed once for each graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address

from reachability.bgp import learned_of, ranked
from reachability.graph import Graph, HubTable, Network, Peering, Route, Subnet


class RouteIndex:
    """Routes by prefix: the longest prefix decides, then the rank, then the shorter AS path.

    Clouds share packets among routes that are still equal.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        by_length: dict[int, dict[int, list[Route]]] = defaultdict(lambda: defaultdict(list))
        for route in routes:
            network = int(route.prefix.network_address)
            by_length[route.prefix.prefixlen][network].append(route)
        self._by_length = [
            (_mask(length), {at: sorted(found, key=_order_named) for at, found in listed.items()})
            for length, listed in sorted(by_length.items(), reverse=True)
        ]

    def __iter__(self) -> Iterator[Route]:
        """The routes: the longest prefixes first."""
        for _, listed in self._by_length:
            for found in listed.values():
                yield from found

    def best(self, to: IPv4Address) -> Route | None:
        """The route that is used for an address. None: no route has it."""
        return next(iter(self.equal(to)), None)

    def equal(self, to: IPv4Address) -> Sequence[Route]:
        """The routes that share the packets to an address: all are as good. Empty: none has it."""
        number = int(to)
        for mask, listed in self._by_length:
            if found := listed.get(number & mask):
                if len(found) == 1:
                    return found
                first = _order(found[0])
                return [one for one in found if _order(one) == first]
        return ()


def _mask(length: int) -> int:
    return (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF


def _order(route: Route) -> tuple[int, int]:
    return route.rank, len(route.path)


def _order_named(route: Route) -> tuple[int, int, str]:
    return *_order(route), str(route.via)


def routes_of(graph: Graph, network: Network, subnet: Subnet | None) -> RouteIndex:
    """The routes of a subnet, beside those to the network's own blocks.

    Without a subnet: the routes of the network, for what comes from other networks and hubs.
    """
    key = ("routes", network.key, None if subnet is None else subnet.at.urn or subnet.prefix)
    if key not in graph.cache:
        graph.cache[key] = RouteIndex(_routes(graph, network, subnet))
    found: RouteIndex = graph.cache[key]
    return found


def routes_of_table(graph: Graph, table: HubTable) -> RouteIndex:
    """The static and the propagated routes of a hub's table."""
    key = ("table", table.key)
    if key not in graph.cache:
        graph.cache[key] = RouteIndex(table_routes(graph, table))
    found: RouteIndex = graph.cache[key]
    return found


def _routes(graph: Graph, network: Network, subnet: Subnet | None) -> Iterator[Route]:
    if subnet is not None:
        yield from subnet.routes
    yield from network.routes
    region = network.gateway.partition("-")[2] if subnet is None else subnet.region
    peered = [
        prefix
        for peering in graph.peerings.values()
        if peering.automatic and network.key in peering.networks
        for prefix in graph.networks[peering.other(network.key)].prefixes
        if prefix.prefixlen
    ]
    for route in dynamic_routes(graph, network):
        # Source: Google Cloud, "Routes": subnet routes, of peers too, come before longer dynamic
        # ones within them.
        hidden = any(route.prefix.subnet_of(prefix) for prefix in peered)
        if not hidden and (not (region and route.region) or region == route.region):
            yield route
    for peering in graph.peerings.values():
        if peering.automatic and network.key in peering.networks:
            yield from _routes_of_peering(graph, peering, network, region)
    for attachment in graph.attachments.values():
        if attachment.automatic and attachment.network == network.key:
            table = graph.tables.get(attachment.table or "")
            if table is not None:
                yield from (
                    Route(attachment.at, route.prefix, attachment.key, 1)
                    for route in routes_of_table(graph, table)
                    if route.via != attachment.key
                )


def _routes_of_peering(
    graph: Graph, peering: Peering, network: Network, region: str
) -> Iterator[Route]:
    other = graph.networks[peering.other(network.key)]
    for prefix in other.prefixes:
        yield Route(peering.at, prefix, peering.key, 1)
    if peering.exporter == other.key:
        for route in dynamic_routes(graph, other):
            if not route.region or region == route.region:
                yield Route(peering.at, route.prefix, peering.key, 2, route.path)


def dynamic_routes(graph: Graph, network: Network) -> list[Route]:
    """The routes that the Cloud Routers of a network learn."""
    links = learned_of(graph).by_hub.get(network.key, ())
    return [route for link, end in links for route in _learned(graph, link, end)]


def table_routes(graph: Graph, table: HubTable) -> list[Route]:
    """The static and the propagated routes of a hub's table."""
    learned = learned_of(graph)
    found = [*table.routes]
    for key in table.propagated:
        attachment = graph.attachments.get(key)
        if attachment is not None:
            found += [
                Route(attachment.at, prefix, key, 1)
                for prefix in graph.networks[attachment.network].prefixes
            ]
        for link, end in learned.by_attachment.get(key, ()):
            if graph.links[link].ends[end].hub == table.hub:
                found += _learned(graph, link, end)
    return found


def _learned(graph: Graph, key: str, end: int) -> Iterator[Route]:
    link, learned = graph.links[key], learned_of(graph)
    for prefix, path in learned.paths.get((key, end), {}).items():
        at, region = link.ends[end].at, link.ends[end].region
        yield Route(at, prefix, key, ranked(link), path, region)
