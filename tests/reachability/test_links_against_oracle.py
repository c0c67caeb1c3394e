"""Walks over several hubs against a plain breadth-first search on small random graphs.

Each hub has one table and one network. A hub tells its neighbours of all networks that it knows,
over links that work. The oracle is a search over hubs: it knows nothing of announcements, AS paths
or prefixes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from reachability.elements import Condition
from reachability.graph import Attachment, Graph, HubTable, Link, LinkEnd, Network, Route, Subnet
from reachability.walk import walk
from tests.reachability.test_walk_against_oracle import address, at, block

Edge = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """A small world of hubs by number. The network of hub 0 is the gateway's."""

    hubs: int
    links: tuple[Edge, ...]
    """Pairs of hubs, some more than once: tunnels of one VPN."""
    works: frozenset[int]
    """Places of the links whose two ends agree."""
    takes: frozenset[tuple[int, int]]
    """(place of a link, hub): the hub's table takes what the link teaches."""
    announced: frozenset[int]
    """Hubs whose network propagates to their table."""


def graph_of_plan(plan: Plan) -> Graph:
    numbers = range(plan.hubs)
    return Graph(
        {f"n{one}": _network(plan, one) for one in numbers},
        attachments={
            f"a{one}": Attachment(f"a{one}", at(f"a{one}"), f"h{one}", f"n{one}", table=f"t{one}")
            for one in numbers
        },
        tables={f"t{one}": _table(plan, one) for one in numbers},
        links={
            f"l{place}": Link(
                f"l{place}",
                at(f"l{place}"),
                (_end(place, pair[0]), _end(place, pair[1])),
                (Condition(place in plan.works, at("key"), "its key differs", "correct it"),),
            )
            for place, pair in enumerate(plan.links)
        },
    )


def _network(plan: Plan, number: int) -> Network:
    routes = tuple(
        Route(at(f"r{number}-{to}"), block(to), f"h{number}")
        for to in range(plan.hubs)
        if to != number
    )
    subnet = Subnet(at(f"s{number}"), block(number))
    return Network(
        f"n{number}",
        at(f"n{number}"),
        "aws",
        (block(number),),
        () if number == 0 else (subnet,),
        routes,
        gateway="" if number else "aws-us-east-2",
    )


def _end(place: int, hub: int) -> LinkEnd:
    key = f"l{place}-{hub}"
    return LinkEnd(at(key), f"h{hub}", key, f"t{hub}", asn=64513 + hub)


def _table(plan: Plan, number: int) -> HubTable:
    own = (f"a{number}",) if number in plan.announced else ()
    taken = tuple(f"l{place}-{hub}" for place, hub in sorted(plan.takes) if hub == number)
    return HubTable(f"t{number}", at(f"t{number}"), f"h{number}", propagated=(*own, *taken))


def knows(plan: Plan, hub: int, network: int) -> bool:
    """Whether a hub learns of the network of another: a search over links that work."""
    if network not in plan.announced:
        return False
    seen, waiting = {network}, deque([network])
    while waiting:
        here = waiting.popleft()
        for place, pair in enumerate(plan.links):
            if place in plan.works and here in pair:
                there = pair[1] if pair[0] == here else pair[0]
                if there not in seen and (place, there) in plan.takes:
                    seen.add(there)
                    waiting.append(there)
    return hub in seen


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Worlds of two to six hubs; most links work and most tables take what they teach."""
    hubs = draw(st.integers(2, 6))
    pairs = [(one, other) for one in range(hubs) for other in range(one + 1, hubs)]
    links = tuple(draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=9)))
    places = range(len(links))
    ends = [(place, hub) for place in places for hub in links[place]]
    broken = draw(st.frozensets(st.sampled_from(places), max_size=3))
    deaf = draw(st.frozensets(st.sampled_from(ends), max_size=4))
    silent = draw(st.frozensets(st.integers(0, hubs - 1), max_size=1))
    return Plan(
        hubs,
        links,
        frozenset(places) - broken,
        frozenset(ends) - deaf,
        frozenset(range(hubs)) - silent,
    )


@settings(max_examples=300, deadline=None)
@given(plans())
def test_a_walk_over_hubs_reaches_what_a_search_over_working_links_reaches(plan: Plan) -> None:
    graph = graph_of_plan(plan)
    for to in range(1, plan.hubs):
        found = walk(graph, "aws-us-east-2", address(to), 443)
        due = knows(plan, 0, to) and knows(plan, to, 0)
        assert found.reaches == due, found.stop


def test_the_search_finds_ways_and_their_absence() -> None:
    ends = frozenset({(0, 0), (0, 1), (1, 1), (1, 2)})
    plan = Plan(3, ((0, 1), (1, 2)), frozenset({0, 1}), ends, frozenset({0, 1, 2}))
    assert knows(plan, 0, 2)
    assert knows(plan, 2, 0)
    assert not knows(Plan(3, plan.links, frozenset({0}), ends, plan.announced), 0, 2)
    assert not knows(Plan(3, plan.links, plan.works, ends - {(0, 0)}, plan.announced), 0, 2)
