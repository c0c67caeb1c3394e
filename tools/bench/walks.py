"""Measures how long a walk over a fabric takes, with few and with many regions.

The graph has the shape of a fabric: a hub in each region, a core in each cloud that the others of
the cloud are linked to, and cores that are linked to each other.
"""

from __future__ import annotations

import time
from ipaddress import IPv4Network
from itertools import combinations
from typing import Final

from reachability.elements import Element
from reachability.graph import Attachment, Graph, HubTable, Link, LinkEnd, Network, Route, Subnet
from reachability.walk import walk
from tools.bench.figures import Measure

WALKS: Final = 10_000
"""Number of measured walks."""
REGIONS: Final = 48
FEW: Final = 6
GROWTH_BUDGET: Final = 3.0
"""Time of a walk with ``REGIONS`` / with ``FEW``. The time to compute all routes is part of it."""
_CLOUDS: Final = 3
_ALL: Final = IPv4Network("10.0.0.0/8")
_ASN: Final = 64513


def fabric(regions: int) -> Graph:
    """A graph of a fabric: in each region a hub, a gateway and a landing."""
    networks: dict[str, Network] = {}
    attachments: dict[str, Attachment] = {}
    for number in range(regions):
        for kind, second in (("gateway", 0), ("landing", 64)):
            key = f"{kind}-{number}"
            block = IPv4Network(f"10.{second + number}.0.0/16")
            networks[key] = _network(key, block, number)
            attachments[key] = Attachment(key, _at(key), f"hub-{number}", key, table=_table(number))
    made = [_link(near, far) for near, far in _pairs(regions)]
    links = {link.key: link for link in made}
    tables = {
        _table(number): HubTable(
            _table(number),
            _at(_table(number)),
            f"hub-{number}",
            propagated=(
                f"gateway-{number}",
                f"landing-{number}",
                *(key for link in links.values() for key in _learned(link, number)),
            ),
        )
        for number in range(regions)
    }
    return Graph(networks, attachments=attachments, tables=tables, links=links)


def _pairs(regions: int) -> list[tuple[int, int]]:
    """Regions are dealt to clouds in turn. The first of each cloud is its core."""
    spokes = [(number % _CLOUDS, number) for number in range(_CLOUDS, regions)]
    return [*combinations(range(_CLOUDS), 2), *spokes]


def _at(name: str) -> Element:
    return Element("bench", name, name)


def _table(number: int) -> str:
    return f"table-{number}"


def _link(near: int, far: int) -> Link:
    key = f"{near}-{far}"
    return Link(key, _at(key), (_end(near, far), _end(far, near)))


def _end(own: int, other: int) -> LinkEnd:
    key = f"{own}-to-{other}"
    return LinkEnd(_at(key), f"hub-{own}", key, _table(own), asn=_ASN + own)


def _learned(link: Link, number: int) -> list[str]:
    return [end.attachment for end in link.ends if end.hub == f"hub-{number}"]


def _network(key: str, block: IPv4Network, number: int) -> Network:
    routes = (Route(_at(f"{key}-routes"), _ALL, f"hub-{number}"),)
    if key.startswith("gateway"):
        return Network(key, _at(key), "aws", (block,), routes=routes, gateway=f"aws-{number}")
    return Network(key, _at(key), "aws", (block,), (Subnet(_at(f"{key}-subnet"), block, routes),))


def seconds_of_walks(regions: int, count: int) -> float:
    """Seconds of processor time of walks from gateways to landings, with all their routes.

    Raises ValueError if a walk does not reach its landing: then the graph is wrong.
    """
    graph = fabric(regions)
    hosts = [
        graph.networks[f"landing-{number}"].prefixes[0].network_address + 10
        for number in range(regions)
    ]
    began = time.process_time()
    for turn in range(count):
        gateway, to = turn % regions, (turn // regions) % regions
        found = walk(graph, f"aws-{gateway}", hosts[to], 443)
        if not found.reaches:
            raise ValueError(f"gateway {gateway} does not reach landing {to}: {found.stop}")
    return time.process_time() - began


def measure_walks(count: int = WALKS, regions: int = REGIONS, few: int = FEW) -> list[Measure]:
    """Measure ``count`` walks with many regions, in relation to as many with few."""
    short, long = seconds_of_walks(few, count), seconds_of_walks(regions, count)
    return [
        Measure(
            f"{count} walks over {regions} regions: time of a walk / of one over {few}",
            long / short,
            GROWTH_BUDGET,
            f"{long / count * 1e6:.0f} us / {short / count * 1e6:.0f} us of processor time",
        )
    ]
