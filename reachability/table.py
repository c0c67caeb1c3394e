"""Everything that each gateway reaches, for a security review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from reachability.filters import ANY, PORTS, Filter
from reachability.graph import Endpoint, Graph, Network
from reachability.walk import walk

_PROTOCOLS: Final = ("tcp", "udp")


@dataclass(frozen=True)
class Reached:
    """A destination that a gateway's block reaches."""

    gateway: str
    destination: str
    """A block, an address or a name."""
    ports: str
    """``tcp 443, udp 53``."""
    at: str
    """The subnet, load balancer or service."""


def reached(graph: Graph, gateway: str) -> Iterator[Reached]:
    """Everything that a gateway reaches in private, with the ports that let it in.

    Hosts that the graph does not contain are asked for by one address of their subnet. Raises
    KeyError for a gateway that is not in the graph.
    """
    own = graph.gateways[gateway]
    for network in graph.networks.values():
        if network.gateway:
            continue
        if network.foreign:
            yield from _foreign(graph, own, network)
            continue
        for subnet in network.subnets:
            target = subnet.prefix.network_address + 4
            ports = _ports(graph, gateway, target, (*subnet.filters, *network.host_filters))
            if ports:
                yield Reached(gateway, str(subnet.prefix), ports, str(subnet.at))
    for endpoint in graph.endpoints.values():
        listening = [one for one in _ports_of(graph, gateway, endpoint) if one]
        if listening:
            destination = str(endpoint.address or endpoint.prefix)
            yield Reached(gateway, destination, ", ".join(listening), str(endpoint.at))
    for service in graph.service_endpoints:
        if service.gateway == own.key and all(one.met for one in service.conditions):
            listed = ", ".join(f"tcp {_range(*one)}" for one in service.ports)
            yield Reached(gateway, service.domain, listed, str(service.at))


def _foreign(graph: Graph, own: Network, network: Network) -> Iterator[Reached]:
    ends = {own.key, network.key}
    if any(ends == set(one.networks) for one in graph.peerings.values()):
        for prefix in network.prefixes:
            block = "all blocks" if prefix == ANY else str(prefix)
            yield Reached(own.gateway, block, "not known here", f"behind {network.at}")


def _ports(graph: Graph, gateway: str, target: IPv4Address, filters: Sequence[Filter]) -> str:
    """The ports on which a target is reached: filters change only at the ends of their ranges."""
    listed = []
    for protocol in _PROTOCOLS:
        starts = sorted(
            {PORTS[0]}
            | {low for low, _ in _ranges(filters)}
            | {high + 1 for _, high in _ranges(filters) if high < PORTS[1]}
        )
        spans: list[tuple[int, int]] = []
        for low, after in zip(starts, [*starts[1:], PORTS[1] + 1], strict=True):
            if walk(graph, gateway, target, low, protocol).reaches:
                if spans and spans[-1][1] == low - 1:
                    spans[-1] = (spans[-1][0], after - 1)
                else:
                    spans.append((low, after - 1))
        listed += [f"{protocol} {_range(*one)}" for one in spans]
    return ", ".join(listed)


def _ports_of(graph: Graph, gateway: str, endpoint: Endpoint) -> Iterator[str]:
    for port in endpoint.ports:
        for protocol in _PROTOCOLS:
            if walk(graph, gateway, endpoint, port, protocol).reaches:
                yield f"{protocol} {port}"


def _ranges(filters: Iterable[Filter]) -> set[tuple[int, int]]:
    return {span for filter_ in filters for rule in filter_.rules for span in rule.ports}


def _range(low: int, high: int) -> str:
    if (low, high) == PORTS:
        return "all"
    return str(low) if low == high else f"{low}-{high}"
