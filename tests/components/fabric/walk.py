"""Walks over the hubs of a planned fabric: an oracle that knows how hubs learn routes.

It reads only what hubs announce, their links and their static routes. A Transit Gateway announces
static routes over its VPNs too, except those to summaries. A hub of a virtual WAN does not hand on
to another hub what a third one told it. A hub drops a route whose path already has its own ASN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.fabric.model import FabricLinkKind, FabricPlan, HubPlan, RouteScope

HERE = ""
"""The next hop of a block that is behind the hub itself."""


@dataclass(frozen=True)
class Learned:
    """A route of a hub."""

    path: tuple[int, ...]
    """The ASNs that it came through, the nearest first."""
    via: str
    """The next hub, or `HERE`."""
    wan: bool = False
    """Whether another hub of the virtual WAN told it."""
    silent: bool = False
    """Whether it is announced to nobody."""


Table = Mapping[IPv4Network, Learned]


def tables(plan: FabricPlan) -> dict[str, Table]:
    """The routes of each hub, after all have told each other what they know."""
    known = {key: _own(plan, hub) for key, hub in plan.hubs.items()}
    for _ in range(2 * len(plan.hubs) + 2):
        after = {key: _told(plan, hub, known) for key, hub in plan.hubs.items()}
        if after == known:
            return known
        known = after
    raise AssertionError("the hubs do not agree on routes")


def _own(plan: FabricPlan, hub: HubPlan) -> Table:
    """The routes of a hub that nobody told it: its own blocks, and static routes."""
    static = {}
    for route in hub.static_routes:
        link = plan.links[route.link]
        via = link.far if link.near == hub.key else link.near
        silent = route.scope is RouteScope.SUMMARIES
        static[route.prefix] = Learned((), via, silent=silent)
    return static | {block: Learned((), HERE) for block in hub.advertised}


def _told(plan: FabricPlan, hub: HubPlan, known: Mapping[str, Table]) -> Table:
    own = _own(plan, hub)
    best: dict[IPv4Network, Learned] = {}
    for link in plan.links_of(hub.key):
        other = plan.hubs[link.far if link.near == hub.key else link.near]
        for prefix, route in _announced(link.kind, other, known[other.key]):
            if route.via == hub.key or hub.asn in route.path:
                continue
            rival = best.get(prefix)
            if rival is None or _rank(route, other.key) < _rank(rival, rival.via):
                best[prefix] = Learned(route.path, other.key, route.wan)
    return best | own


def _rank(route: Learned, via: str) -> tuple[int, bool, str]:
    return len(route.path), route.wan, via


def _announced(
    kind: FabricLinkKind, speaker: HubPlan, table: Table
) -> Iterator[tuple[IPv4Network, Learned]]:
    """What a hub tells the other end of a link."""
    for prefix, route in table.items():
        if route.silent:
            continue
        if kind is FabricLinkKind.IPSEC:
            yield prefix, Learned((speaker.asn, *route.path), route.via)
        elif kind is FabricLinkKind.VIRTUAL_WAN and not route.wan:
            yield prefix, Learned(route.path, route.via, wan=True)


def walked(routes: Mapping[str, Table], start: str, block: IPv4Network) -> list[str]:
    """The hubs that a packet from a hub to a block passes, the first one included.

    It ends where no route leads on, or where a hub comes a second time.
    """
    passed = [start]
    while True:
        covering = [prefix for prefix in routes[passed[-1]] if block.subnet_of(prefix)]
        if not covering:
            return [*passed, "no route"]
        longest = max(covering, key=lambda prefix: prefix.prefixlen)
        via = routes[passed[-1]][longest].via
        if via == HERE:
            return passed
        if via in passed:
            return [*passed, f"{via} again"]
        passed.append(via)
