"""Computes which blocks the ends of links learn from each other, with their AS paths.

Each end announces the routes of its table, or in GCP the ranges of its Cloud Router. The other end
drops an announcement whose path contains its own autonomous system. Rounds are repeated until
nothing changes. Links whose conditions are not met carry no session.

In GCP an end with site-to-site data transfer also announces what the other ends with it learned,
whatever ranges its Cloud Router announces: the mode of a router does not decide about these routes
(Google Cloud, "Advertised routes", under "Re-advertising NCC-imported transit dynamic routes").

Sources: RFC 4271, section 9; AWS Transit Gateways, "Route priority"; Google Cloud, "Advertised
routes" and "Site-to-site data transfer"; Microsoft, "About virtual hub routing preference".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

from reachability.graph import Drop, Graph, HubTable, Link

End = tuple[str, int]
"""The key of a link, and the number of its end."""
Path = tuple[int, ...]
Paths = Mapping[IPv4Network, Path]

_ROUNDS: Final = 64
"""A path crosses each hub once at most. Real fabrics need fewer than ten rounds."""
_STATIC, _PROPAGATED, _TOLD, _REMOTE = 0, 1, 2, 3


@dataclass
class Learned:
    """What each end of each link learned from the other end."""

    paths: dict[End, Paths] = field(default_factory=dict)
    by_hub: dict[str, list[End]] = field(default_factory=lambda: defaultdict(list))
    by_attachment: dict[str, list[End]] = field(default_factory=lambda: defaultdict(list))


def ranked(link: Link) -> int:
    """The rank of routes that a link teaches: static and propagated ones are before them."""
    return _REMOTE if link.remote else _TOLD


def works(link: Link) -> bool:
    """Whether a link carries packets, so far as its own conditions tell."""
    return all(one.met for one in link.conditions)


def learned_of(graph: Graph) -> Learned:
    """What the links of a graph teach each other. Computed once for each graph."""
    if "learned" not in graph.cache:
        graph.cache["learned"] = _converged(graph)
    found: Learned = graph.cache["learned"]
    return found


def _converged(graph: Graph) -> Learned:
    learned = Learned()
    for key, link in graph.links.items():
        for number, end in enumerate(link.ends):
            learned.by_hub[end.hub].append((key, number))
            if end.attachment:
                learned.by_attachment[end.attachment].append((key, number))
    talking = [link for link in graph.links.values() if link.dynamic and works(link)]
    for _ in range(_ROUNDS):
        tables: dict[str, dict[IPv4Network, tuple[int, int, Path]]] = {}
        told = {
            (link.key, number): _accepted(graph, learned, tables, link, number)
            for link in talking
            for number in (0, 1)
        }
        if told == learned.paths:
            break
        learned.paths = dict(told)
    return learned


def _accepted(
    graph: Graph,
    learned: Learned,
    tables: dict[str, dict[IPv4Network, tuple[int, int, Path]]],
    link: Link,
    number: int,
) -> Paths:
    """What one end accepts of the other end's announcements."""
    own = link.ends[number].asn
    return {
        prefix: path
        for prefix, path in announced(graph, learned, tables, link, 1 - number)
        if own is None or own not in path
    }


def announced(
    graph: Graph,
    learned: Learned,
    tables: dict[str, dict[IPv4Network, tuple[int, int, Path]]],
    link: Link,
    number: int,
) -> Iterator[tuple[IPv4Network, Path]]:
    """The blocks that one end of a link announces, with their AS paths."""
    end = link.ends[number]
    own = end.prepends if end.asn is None else (end.asn, *end.prepends)
    paths: dict[IPv4Network, Path] = {}
    for key, place in learned.by_hub[end.hub] if end.transfer else ():
        if (key, place) != (link.key, number) and graph.links[key].ends[place].transfers_to(end):
            for prefix, path in learned.paths.get((key, place), {}).items():
                if prefix not in paths or len(path) < len(paths[prefix]):
                    paths[prefix] = path
    paths.update(dict.fromkeys(end.announced, ()))
    table = graph.tables.get(end.announces or end.table or "")
    if table is not None:
        if table.key not in tables:
            tables[table.key] = _best(graph, learned, table)
        for prefix, (_, _, path) in tables[table.key].items():
            paths[prefix] = path
    for prefix, path in paths.items():
        yield prefix, (*own, *path)


def _best(
    graph: Graph, learned: Learned, table: HubTable
) -> dict[IPv4Network, tuple[int, int, Path]]:
    """The best path of each prefix in a table: by rank, then by the length of its path."""
    found: dict[IPv4Network, tuple[int, int, Path]] = {}

    def offer(prefix: IPv4Network, rank: int, path: Path) -> None:
        one = (rank, len(path), path)
        if prefix not in found or one < found[prefix]:
            found[prefix] = one

    dropped = {route.prefix for route in table.routes if isinstance(route.via, Drop)}
    for route in table.routes:
        offer(route.prefix, _STATIC, ())
    for key in table.propagated:
        attachment = graph.attachments.get(key)
        if attachment is not None:
            for prefix in graph.networks[attachment.network].prefixes:
                offer(prefix, _PROPAGATED, ())
        for link_key, number in learned.by_attachment.get(key, ()):
            link = graph.links[link_key]
            if link.ends[number].hub == table.hub:
                for prefix, path in learned.paths.get((link_key, number), {}).items():
                    offer(prefix, ranked(link), path)
    return {prefix: one for prefix, one in found.items() if prefix not in dropped}
