"""The routes of a network and of a hub's table, and which of them is used for an address."""

from __future__ import annotations

from ipaddress import IPv4Address

from reachability.graph import Graph, HubTable, Network, Route, Subnet


def routes_of(graph: Graph, network: Network, subnet: Subnet | None) -> list[Route]:
    """The routes of a subnet, beside those to the network's own blocks."""
    own = [*(subnet.routes if subnet else ()), *network.routes]
    for peering in graph.peerings.values():
        if peering.automatic and network.key in peering.networks:
            other = graph.networks[peering.other(network.key)]
            own += [Route(peering.at, prefix, peering.key, 1) for prefix in other.prefixes]
    for attachment in graph.attachments.values():
        if attachment.automatic and attachment.network == network.key:
            table = graph.tables.get(attachment.table or "")
            if table is not None:
                own += [
                    Route(attachment.at, route.prefix, attachment.key, 1)
                    for route in table_routes(graph, table)
                    if route.via != attachment.key
                ]
    return own


def table_routes(graph: Graph, table: HubTable) -> list[Route]:
    """The static and the propagated routes of a hub's table."""
    learned = [
        Route(attachment.at, prefix, attachment.key, 1)
        for key in table.propagated
        if (attachment := graph.attachments.get(key)) is not None
        for prefix in graph.networks[attachment.network].prefixes
    ]
    return [*table.routes, *learned]


def best(routes: list[Route], to: IPv4Address) -> Route | None:
    """The route with the longest prefix; of equal ones, that with the lowest rank."""
    fitting = [route for route in routes if to in route.prefix]
    return min(fitting, key=lambda one: (-one.prefix.prefixlen, one.rank), default=None)
