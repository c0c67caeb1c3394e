"""Gateways with a fabric in three clouds: what fails without each resource, and what is redundant.

The resources are those that the components declare, for the tests' gateway and for prod of
examples/fabric with its declared services. What depends on each is in `fabric_oracle`, which knows
names and the shape of the fabric only. The tests try some mutations of each type; this tries all,
and prints the redundant elements, in about a minute of processor time:

    python -m tests.reachability.test_fabric_mutation

What the Redis of a region needs is in `test_mutation`: here no call goes to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from components.fabric.model import InspectionArgs, InspectionKind
from components.fabric.plan import fabric_plan
from reachability.build import graph_of
from reachability.records import Records
from tests.components.fabric.gateways import REGIONS, fabric_of, gateway
from tests.reachability.fabric_mutation import Mutation, entries, judge, removals, spoiled
from tests.reachability.fabric_references import led_elsewhere
from tests.reachability.fabrics import Fabric, built, for_tests, prod, walked
from tests.reachability.stacks import recorded

FABRICS = pytest.mark.parametrize("fabric_of_", [for_tests, prod], ids=["tests", "prod"])
Make = Callable[[], Fabric]


@pytest.mark.parametrize("preview", [False, True])
@FABRICS
def test_every_gateway_reaches_all_that_it_may_call(fabric_of_: Make, preview: bool) -> None:
    fabric = fabric_of_()
    graph = graph_of(Records(fabric.resources(preview)))
    found = {str(call): walked(graph, call) for call in fabric.calls}
    assert len(found) == len(fabric.calls) == {"prod": 90}.get(fabric.name, 72)
    assert sum(call.to.declared for call in fabric.calls) == {"prod": 36}.get(fabric.name, 0)
    assert {name: one.stop for name, one in found.items() if one.stop} == {}
    for call in fabric.calls:
        assert bool(found[str(call)].assumptions) == call.imports_routes


def test_no_gateway_reaches_a_spoke_of_a_closed_segment() -> None:
    found = [walked(for_tests().graph, call) for call in for_tests().closed_calls]
    assert len(found) == 12
    assert not any(one.reaches for one in found)


@FABRICS
def test_all_resources_of_networking_are_read(fabric_of_: Make) -> None:
    graph = fabric_of_().graph
    assert graph.unread == ()
    assert all(one.met for link in graph.links.values() for one in link.conditions)


def test_firewalls_of_the_hubs_see_both_directions_and_let_every_call_pass() -> None:
    inspection = InspectionArgs(kind=InspectionKind.NATIVE, organization="123456789012")
    inspected = fabric_plan(replace(fabric_of(REGIONS), inspection=inspection))
    found = graph_of(Records(recorded(built(gateway(plan=inspected)), preview=False)))
    assert found.unread == ()
    assert sorted(one.at.type.rpartition(":")[2] for one in found.firewalls.values()) == [
        "AzureFirewall",
        "AzureFirewall",
        "Firewall",
        "Firewall",
    ]
    walks = [walked(found, call) for call in for_tests().calls]
    assert [one.stop for one in walks if one.stop] == []
    over = [
        any("routes" in hop.words and "through" in hop.words for hop in one.hops) for one in walks
    ]
    assert sum(over) > len(walks) // 2


def sample(mutations: Iterator[Mutation]) -> Iterator[Mutation]:
    """The first mutation of each type, and each tenth after it; of references, of each property."""
    seen: Counter[tuple[str, str]] = Counter()
    for one in mutations:
        kind = one.record.type, one.what.partition(" led to ")[0] if " led to " in one.what else ""
        if seen[kind] % 10 == 0:
            yield one
        seen[kind] += 1


@pytest.mark.parametrize(
    ("mutations", "least"),
    [
        (lambda fabric: sample(removals(fabric)), 50),
        (lambda fabric: sample(spoiled(fabric)), 12),
        (lambda fabric: sample(entries(fabric)), 0),
        (lambda fabric: sample(led_elsewhere(fabric)), 80),
    ],
    ids=["removals", "spoiled", "entries", "led elsewhere"],
)
@FABRICS
def test_exactly_the_calls_that_depend_on_a_mutated_resource_fail(
    fabric_of_: Make, mutations: Callable[[Fabric], Iterator[Mutation]], least: int
) -> None:
    fabric = fabric_of_()
    report = judge(fabric.calls, mutations(fabric))
    print(f"{fabric.name}, {len(fabric.calls)} calls: {report}")
    assert report.missed == []
    assert report.blamed == []
    assert report.unnamed == []
    assert report.tried > least
    assert report.found + len(report.redundant) == report.tried


def main() -> None:
    """Try all mutations of both fabrics."""
    for fabric in (for_tests(), prod()):
        for every in (removals, spoiled, entries, led_elsewhere):
            found = judge(fabric.calls, every(fabric))
            print(f"{fabric.name}, {len(fabric.calls)} calls, {every.__name__}: {found}")
            for line in (*found.missed, *found.blamed, *found.unnamed):
                print(f"  WRONG {line[:300]}")
            for line in found.redundant_lines() if every is removals else ():
                print(f"  redundant: {line}")


if __name__ == "__main__":
    main()
