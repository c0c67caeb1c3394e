"""A walk under way: its hops so far, and how it stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from reachability.elements import Condition, Element
from reachability.graph import Graph, Network


@dataclass(frozen=True)
class Hop:
    """One hop of a walk."""

    at: Element
    words: str


@dataclass(frozen=True)
class Stop:
    """Where a walk ends before its destination."""

    at: Element
    """The resource to correct, or the one that lacks another."""
    problem: str
    remedy: str
    wanted: str = ""
    """The type token of what is missing, if something may be. Empty: a resource is wrong."""
    reply: bool = False
    """Whether the request arrives and the reply does not."""


class Stopped(Exception):
    """Ends a walk before its destination."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.problem)
        self.stop = stop


def stopped(at: Element, problem: str, remedy: str, wanted: str = "") -> Stopped:
    """The end of a walk at a resource."""
    return Stopped(Stop(at, problem, remedy, wanted))


def require(conditions: Iterable[Condition]) -> None:
    """Stop the walk at the first condition that is not met. Raises Stopped."""
    for one in conditions:
        if not one.met:
            raise stopped(one.at, one.problem, one.remedy, one.wanted)


@dataclass
class Ways:
    """Which of several equal routes a walk takes at each fork. It is repeated until all are."""

    taken: list[tuple[int, int]] = field(default_factory=list)
    """At each fork: the number of the route, and how many there are."""
    passed: int = 0
    """How many forks the walk passed."""

    def choose(self, count: int) -> int:
        """The number of the route to take, of so many."""
        if self.passed == len(self.taken):
            self.taken.append((0, count))
        self.passed += 1
        return self.taken[self.passed - 1][0]

    def turn(self) -> bool:
        """Turn to the next way, for another walk. False: all were taken."""
        self.passed = 0
        while self.taken and self.taken[-1][0] + 1 == self.taken[-1][1]:
            self.taken.pop()
        if not self.taken:
            return False
        number, count = self.taken[-1]
        self.taken[-1] = (number + 1, count)
        return True


@dataclass
class Trip:
    """A walk under way."""

    graph: Graph
    gateway: Network
    source: IPv4Address
    """The gateway's address."""
    port: int
    protocol: str
    target: IPv4Address
    ways: Ways = field(default_factory=Ways)
    hops: list[Hop] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    """What the walk takes for granted, because the graph does not show it."""
    inspected: list[str] = field(default_factory=list)
    """Keys of the firewalls that the request passed, in order."""
    inspected_back: list[str] = field(default_factory=list)
    """Keys of the firewalls that the reply passed."""
    replying: bool = False

    def hop(self, at: Element, words: str) -> None:
        """Add a hop."""
        self.hops.append(Hop(at, words))

    def assume(self, words: str) -> None:
        """Add something that the walk takes for granted, once."""
        if words not in self.assumptions:
            self.assumptions.append(words)
