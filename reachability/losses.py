"""What carries services, and which of them are lost without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from reachability.elements import Element
from reachability.graph import Drop, Graph, Route
from reachability.services import Verdict, verdict

_ATTACHMENTS: Final = (
    ":CloudGatewayTransitGateway",
    ":VpcAttachment",
    ":HubVirtualNetworkConnection",
)
"""The last part of the types of attachments of networks."""


@dataclass(frozen=True)
class Carrier:
    """An attachment, a link between hubs, or a firewall that services cross."""

    at: Element
    services: int
    """How many services cross it, by the routes that are used now."""
    lost: int
    """How many of them some gateway no longer reaches without it. 0: it is redundant."""


def carriers(graph: Graph, verdicts: Iterable[Verdict]) -> list[Carrier]:
    """What carries services: what takes the most of them along first."""
    elements = {link.at for link in graph.links.values()} | {
        firewall.at for firewall in graph.firewalls.values()
    }
    crossing: dict[Element, dict[tuple[str, str], Verdict]] = {}
    for one in verdicts:
        for hop in one.hops:
            if hop.at in elements or hop.at.type.endswith(_ATTACHMENTS):
                crossing.setdefault(hop.at, {})[one.service.key, one.gateway] = one
    found = [
        Carrier(at, len({key for key, _ in over}), _lost(without(graph, at), over.values()))
        for at, over in crossing.items()
    ]
    return sorted(found, key=lambda one: (-one.lost, -one.services, one.at.name))


def _lost(graph: Graph, crossing: Iterable[Verdict]) -> int:
    return len(
        {
            one.service.key
            for one in crossing
            if one.reaches and not verdict(graph, one.service, one.gateway).reaches
        }
    )


def without(graph: Graph, at: Element) -> Graph:
    """The graph without what comes from one resource."""
    known = (graph.attachments, graph.links, graph.firewalls)
    gone = {key for parts in known for key, one in parts.items() if one.at == at}
    tables = {
        key: replace(table, routes=tuple(_without(route, gone) for route in table.routes))
        for key, table in graph.tables.items()
    }
    return replace(
        graph,
        tables=tables,
        peerings={key: one for key, one in graph.peerings.items() if one.at != at},
        attachments={key: one for key, one in graph.attachments.items() if one.at != at},
        links={key: one for key, one in graph.links.items() if one.at != at},
        firewalls={key: one for key, one in graph.firewalls.items() if one.at != at},
        cache={},
    )


def _without(route: Route, gone: set[str]) -> Route:
    """A static route: if what it leads over is gone, it drops packets."""
    return replace(route, via=Drop.DROP) if route.via in gone else route
