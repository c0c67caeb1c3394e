"""A gateway with a fabric of Aviatrix in three clouds: what is reached, and what fails without it.

The resources are those that the components declare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from components.fabric.plan import fabric_plan
from reachability import aviatrix
from reachability.build import graph_of
from reachability.graph import Graph
from reachability.records import Record, Records
from tests.reachability.aviatrix_mocks import FORTINET, fabric_args, resources
from tests.reachability.fabric_mutation import Mutation, judge
from tests.reachability.fabric_oracle import Call
from tests.reachability.fabrics import for_tests, walked

AVIATRIX = "pulumi-python:dynamic/aviatrix:"
STEM = "gateway-prod-fabric-"


@cache
def graph(preview: bool = False, inspected: bool = False) -> Graph:
    return graph_of(Records(resources(preview, inspected)))


@pytest.mark.parametrize("preview", [False, True])
def test_every_gateway_reaches_every_landing_and_every_spoke_of_an_open_segment(
    preview: bool,
) -> None:
    found = {str(call): walked(graph(preview), call) for call in for_tests().calls}
    assert {name: one.stop for name, one in found.items() if one.stop} == {}
    for call in for_tests().calls:
        assert bool(found[str(call)].assumptions) == call.imports_routes


@pytest.mark.parametrize("preview", [False, True])
def test_a_walk_names_the_firewalls_of_each_transit_gateway_that_inspects_it(
    preview: bool,
) -> None:
    for call in for_tests().calls:
        found = walked(graph(preview, inspected=True), call)
        assert found.stop is None, call
        crossed = {
            hop.at.name.removeprefix(STEM).removesuffix("-transit-gateway")
            for hop in found.hops
            if hop.at.type == aviatrix.TRANSIT
        }
        ends = crossed & {call.gateway, call.to.hub}
        said = [
            f"the rules of {_firewall(hub, '')} and {_firewall(hub, 'ha-')} are not in the stack "
            "and are not checked"
            for hub in sorted(ends)
            if not hub.startswith("gcp")
        ]
        of_firewalls = [one for one in found.assumptions if one.startswith("the rules of ")]
        assert sorted(of_firewalls) == said, call


def _firewall(hub: str, prefix: str) -> str:
    return f"{STEM}{hub}-transit-{prefix}firewall ({FORTINET})"


def test_no_gateway_reaches_a_spoke_of_a_closed_segment() -> None:
    assert not any(walked(graph(), call).reaches for call in for_tests().closed_calls)


def test_all_resources_of_networking_are_read_and_all_tunnels_agree() -> None:
    assert graph().unread == ()
    assert [
        one.problem for link in graph().links.values() for one in link.conditions if not one.met
    ] == []


def depending(record: Record) -> set[Call]:
    """The calls that do not work without a resource of the controller, by its name."""
    kind, name = record.type.removeprefix(AVIATRIX), record.name.removeprefix(STEM)
    return {
        call for call in for_tests().calls if _cut(call, kind, name) or not _way(call, kind, name)
    }


def _cut(call: Call, kind: str, name: str) -> bool:
    """Whether the spoke of a call needs a resource. Landings are all in one domain, or in none."""
    spoke = call.to.spoke
    needed = {
        ("SpokeGateway", f"{spoke}-gateway"),
        ("SpokeTransitAttachment", f"{spoke}-attachment"),
        ("SegmentationNetworkDomain", "domain-gateways"),
        ("SegmentationNetworkDomain", f"domain-{call.to.segment}"),
        ("SegmentationNetworkDomainAssociation", f"{spoke}-domain"),
        ("SegmentationNetworkDomainConnectionPolicy", f"gateways-to-{call.to.segment}"),
    }
    return bool(spoke) and (kind, name) in needed


def _way(call: Call, kind: str, name: str) -> bool:
    """Whether some way leads from the gateway's hub to that of a landing or spoke.

    The virtual WAN connects the hubs in Azure, with transit gateways or without. A transit gateway
    that is not connected does not hand on from one peer to another, and prefers a peer's route to a
    spoke to that of the virtual WAN.
    """
    kept = [one for one in _edges() if (kind, name) not in one.needs]
    alone = name.removesuffix("-transit-gateway-settings")
    ends = f"T {call.to.hub}" if call.to.spoke else f"N {call.to.hub}"
    waiting, seen = [(f"N {call.gateway}", "")], set()
    while waiting:
        here, before = waiting.pop()
        if here == ends:
            return True
        for edge in kept:
            for near, far in (edge.ends, edge.ends[::-1]):
                handed_on = far[:1] == "T" or bool(call.to.spoke)
                stops = here == f"T {alone}" and before[:1] == "T" and handed_on
                if near == here and far != before and not stops and (far, here) not in seen:
                    seen.add((far, here))
                    waiting.append((far, here))
    return False


@dataclass(frozen=True)
class Edge:
    """Two neighbours: native hubs (``N``) and transit gateways (``T``)."""

    ends: tuple[str, str]
    needs: frozenset[tuple[str, str]]
    """The types and names of resources without which they are none."""


@cache
def _edges() -> list[Edge]:
    plan = fabric_plan(fabric_args())
    gateways = {hub: ("TransitGateway", f"{hub}-transit-gateway") for hub in plan.hubs}
    found = [Edge(("N azure-eastus2", "N azure-northeurope"), frozenset())]
    for hub, gateway in gateways.items():
        for place in range(1 if hub.startswith("gcp") else 2):
            needs = {
                gateway,
                ("TransitExternalDeviceConn", f"{hub}-transit-{place}"),
                ("SegmentationNetworkDomainAssociation", f"{hub}-{place}-domain"),
            }
            found.append(Edge((f"N {hub}", f"T {hub}"), frozenset(needs)))
    for key, link in plan.links.items():
        needs = {gateways[link.near], gateways[link.far], ("TransitGatewayPeering", key)}
        found.append(Edge((f"T {link.near}", f"T {link.far}"), frozenset(needs)))
    return found


def mutations() -> Iterator[Mutation]:
    """Without each resource of the controller; and each transit gateway without its settings."""
    for one in resources():
        if one.type == aviatrix.SETTINGS:
            wrong = replace(one, properties={**one.properties, "connected_transit": False})
            rest = [wrong if other is one else other for other in resources()]
            yield Mutation("not connected", one, rest, depending(one))
        elif one.type.startswith(AVIATRIX):
            rest = [other for other in resources() if other is not one]
            yield Mutation("without", one, rest, depending(one))


def test_exactly_the_calls_that_depend_on_a_resource_of_the_controller_fail() -> None:
    report = judge(for_tests().calls, mutations())
    print(f"{len(for_tests().calls)} calls, Aviatrix: {report}")
    assert report.missed == []
    assert report.blamed == []
    assert report.unnamed == []
    assert report.tried > 60
