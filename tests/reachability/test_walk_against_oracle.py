"""The walk against a plain breadth-first search on small random graphs.

The oracle knows nothing of routes by prefix: each network has one address and each route leads to
one network, so that a connection is a path of permitted edges.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given, settings
from hypothesis import strategies as st

from reachability.elements import Condition, Element
from reachability.filters import Direction, Filter, Rule
from reachability.graph import Attachment, Graph, HubTable, Network, Peering, Route, Subnet
from reachability.walk import walk

GATEWAY = "n0"
PORTS = (443, 8443)


@dataclass(frozen=True)
class Plan:
    """A small world: edges as pairs of numbers of networks. Network 0 is the gateway's."""

    networks: int
    peered: frozenset[tuple[int, int]]
    works: frozenset[tuple[int, int]]
    """Peerings whose conditions are met."""
    attached: frozenset[int]
    associated: frozenset[int]
    """Attached networks with a table: each has one of its own."""
    propagated: frozenset[tuple[int, int]]
    """(attached network, network whose table it is propagated to)."""
    routed: frozenset[tuple[int, int]]
    """(network, network that it has a route to, over a peering or over the hub)."""
    open: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """(network, port) that lets the gateway in."""
    detours: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """Routes that lead over the peering with a third network, if there is one."""


def block(number: int) -> IPv4Network:
    return IPv4Network((0x0A000000 + number * 0x10000, 16))


def address(number: int) -> IPv4Address:
    return block(number).network_address + 10


def at(name: str) -> Element:
    return Element("t", name, name)


def graph_of_plan(plan: Plan) -> Graph:
    """The graph of a plan."""
    networks = {}
    for number in range(plan.networks):
        key = f"n{number}"
        routes = tuple(
            Route(at(f"r{number}-{to}"), block(to), _via(plan, number, to))
            for start, to in sorted(plan.routed)
            if start == number
        )
        rules = tuple(
            Rule(at(f"open-{port}"), Direction.IN, True, 0, "tcp", ((port, port),), (block(0),))
            for network, port in sorted(plan.open)
            if network == number
        )
        none = {Direction.IN: False, Direction.OUT: False}
        filter_ = Filter(at(f"f{number}"), f"f{number}", True, rules, none, "rule")
        gateway = number == 0
        networks[key] = Network(
            key,
            at(key),
            "aws",
            (block(number),),
            () if gateway else (Subnet(at(f"s{number}"), block(number), routes, at(f"t{number}")),),
            routes if gateway else (),
            () if gateway else (filter_,),
            gateway="aws-us-east-2" if gateway else "",
        )
    attachments = {
        f"a{number}": Attachment(
            f"a{number}",
            at(f"a{number}"),
            "hub",
            f"n{number}",
            table=f"table{number}" if number in plan.associated else None,
        )
        for number in plan.attached
    }
    tables = {
        f"table{number}": HubTable(
            f"table{number}",
            at(f"table{number}"),
            "hub",
            propagated=tuple(f"a{one}" for one, to in sorted(plan.propagated) if to == number),
        )
        for number in plan.attached
    }
    peerings = {
        f"p{one}-{other}": Peering(
            f"p{one}-{other}",
            at(f"p{one}-{other}"),
            (f"n{one}", f"n{other}"),
            (Condition((one, other) in plan.works, at("condition"), "not accepted", "accept"),),
        )
        for one, other in plan.peered
    }
    return Graph(networks, peerings, attachments, tables)


def _via(plan: Plan, start: int, to: int) -> str:
    """A route leads over the peering if there is one, and over the hub otherwise."""
    third = _detour(plan, start, to)
    if third is not None:
        return f"p{third[0]}-{third[1]}"
    for pair in ((start, to), (to, start)):
        if pair in plan.peered:
            return f"p{pair[0]}-{pair[1]}"
    return "hub"


def _detour(plan: Plan, start: int, to: int) -> tuple[int, int] | None:
    """The peering with a third network that a detour leads over."""
    if (start, to) not in plan.detours:
        return None
    return next((pair for pair in sorted(plan.peered) if start in pair and to not in pair), None)


def one_way(plan: Plan, start: int, end: int) -> bool:
    """Breadth-first search for a path of permitted edges from one network to another.

    Places are networks, ``("in", n)`` for the hub as network n enters it, and the end.
    """
    edges: dict[object, set[object]] = {}

    def edge(one: object, other: object) -> None:
        edges.setdefault(one, set()).add(other)

    for first, to in plan.routed:
        if to != end:
            continue  # a route to another block carries no packet for this one
        if _detour(plan, first, to) is not None:
            continue  # a third network does not pass packets of its peers on
        pair = next((p for p in ((first, to), (to, first)) if p in plan.peered), None)
        if pair is not None:
            if pair in plan.works:
                edge(first, to)
        elif first in plan.attached:
            edge(first, ("in", first))
    for number in plan.associated & plan.attached:
        for source, table in plan.propagated:
            if table == number and source == end and source in plan.attached:
                edge(("in", number), source)
    seen: set[object] = {start}
    waiting: deque[object] = deque([start])
    while waiting:
        for following in edges.get(waiting.popleft(), ()):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return end in seen


def expected(plan: Plan, to: int, port: int) -> bool:
    return one_way(plan, 0, to) and (to, port) in plan.open and one_way(plan, to, 0)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(2, 4))
    numbers = range(count)
    pairs = [(a, b) for a in numbers for b in numbers if a < b]
    directed = [(a, b) for a in numbers for b in numbers if a != b]

    def some(items: list[tuple[int, int]], most: bool = True) -> frozenset[tuple[int, int]]:
        if not items:
            return frozenset()
        # Mostly everything is there, so that many connections exist.
        missing = draw(st.sets(st.sampled_from(items), max_size=2 if most else len(items)))
        return frozenset(items) - missing

    attached = frozenset(draw(st.sets(st.sampled_from(list(numbers)), min_size=count - 1)))
    every = [(a, b) for a in attached for b in attached if a != b]
    return Plan(
        count,
        peered := some(pairs, most=False),
        some(sorted(peered)),
        attached,
        attached - draw(st.sets(st.sampled_from(sorted(attached) or [0]), max_size=1)),
        some(every),
        some(directed),
        some([(number, port) for number in numbers for port in PORTS]),
        draw(st.frozensets(st.sampled_from(directed), max_size=2)),
    )


@settings(max_examples=300, deadline=None)
@given(plans())
def test_a_walk_reaches_what_a_breadth_first_search_reaches(plan: Plan) -> None:
    graph = graph_of_plan(plan)
    for to in range(1, plan.networks):
        for port in PORTS:
            walked = walk(graph, "aws-us-east-2", address(to), port)
            assert walked.reaches == expected(plan, to, port), walked.stop


def test_the_random_graphs_have_connections_that_exist_and_that_do_not() -> None:
    numbers = (0, 1, 2)
    directed = frozenset((a, b) for a in numbers for b in numbers if a != b)
    opened = frozenset((number, 443) for number in numbers)
    plan = Plan(
        3,
        frozenset({(0, 1)}),
        frozenset({(0, 1)}),
        frozenset(numbers),
        frozenset(numbers),
        directed,
        directed,
        opened,
    )
    assert [expected(plan, to, 443) for to in (1, 2)] == [True, True]
    assert not expected(plan, 1, 8443)
