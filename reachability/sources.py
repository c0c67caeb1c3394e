"""Which addresses of a gateway's block routes and rules can tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from reachability.filters import Filter
from reachability.graph import Graph, Network


def sources(graph: Graph, gateway: Network) -> list[IPv4Address]:
    """One address of each part of a gateway's block that routes or rules can tell apart."""
    key = ("sources", gateway.key)
    if key not in graph.cache:
        graph.cache[key] = _sources(graph, gateway)
    found: list[IPv4Address] = graph.cache[key]
    return found


def _sources(graph: Graph, gateway: Network) -> list[IPv4Address]:
    (own,) = gateway.prefixes
    if "prefixes" not in graph.cache:
        graph.cache["prefixes"] = set(_prefixes(graph))
    inside = {one for one in graph.cache["prefixes"] if one != own and one.subnet_of(own)}
    found = {own.network_address + 4}
    for prefix in inside:
        found.add(prefix.network_address)
        after = prefix.broadcast_address + 1
        if after in own:
            found.add(after)
    return sorted(found)


def _prefixes(graph: Graph) -> Iterator[IPv4Network]:
    for network in graph.networks.values():
        yield from (route.prefix for route in network.routes)
        for filter_ in network.host_filters:
            yield from _of_filter(filter_)
        for subnet in network.subnets:
            yield from (route.prefix for route in subnet.routes)
            for filter_ in subnet.filters:
                yield from _of_filter(filter_)
    for table in graph.tables.values():
        yield from (route.prefix for route in table.routes)
    for link in graph.links.values():
        for end in link.ends:
            yield from end.announced
    for firewall in graph.firewalls.values():
        for rule in firewall.filter.rules:
            yield from rule.locals
    for inspection in graph.inspections.values():
        yield from inspection.bypass
    for endpoint in graph.endpoints.values():
        for filter_ in endpoint.filters:
            yield from _of_filter(filter_)


def _of_filter(filter_: Filter) -> Iterator[IPv4Network]:
    for rule in filter_.rules:
        yield from rule.remotes
