"""What hubs in AWS connect and keep apart by their routes alone, without any packet filter.

Every segment has a spoke at the core in AWS, at another hub in AWS, and in the other clouds. A
connection exists if routes lead its packets there and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import permutations
from typing import Any, Final

import pulumi
import pytest

from components.fabric.model import FabricPlan, InspectionArgs, InspectionKind, SpokeArgs
from components.fabric.plan import fabric_plan
from components.gateway import MultiCloudGateway
from components.regions import Cloud
from providers import konnect
from reachability.build import graph_of
from reachability.explain import owner_of
from reachability.forward import travel
from reachability.graph import Graph, Network
from reachability.records import Record, Records
from reachability.trip import Stopped, Trip
from reachability.walk import walk
from tests.components import gateways as plain
from tests.components.fabric import gateways
from tests.components.gateway_mocks import run_program, unmocked
from tests.reachability.stacks import recorded

FIRST_BLOCKS: Final = {
    "aws-us-east-2": IPv4Address("10.64.32.0"),
    "aws-eu-west-1": IPv4Address("10.68.0.0"),
    "azure-northeurope": IPv4Address("10.86.0.0"),
    "gcp-us-central1": IPv4Address("10.101.0.0"),
}
"""By hub: the block of its first spoke. At the core in AWS it is beside the block of the gateway:
routes around that one are as long as a spoke's block."""
SPOKES: Final = {
    f"{segment}-{hub.partition('-')[2]}": SpokeArgs(
        hub, IPv4Network((first + 4096 * place, 20)), segment
    )
    for hub, first in FIRST_BLOCKS.items()
    for place, segment in enumerate(gateways.SEGMENTS)
}
"""A spoke of each segment at each of these hubs."""
REGIONS: Final = (plain.AWS, gateways.AWS_EU, gateways.AZURE_EU, plain.GCP)
LINKS: Final = [("aws-eu-west-1", "gcp-us-central1")]
VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "a VPN at the core": {},
    "VPNs at both hubs": {
        "links": LINKS,
        # Azure has none, so each of its blocks is routed.
        "summaries": {cloud: gateways.SUMMARIES[cloud] for cloud in (Cloud.AWS, Cloud.GCP)},
    },
    "firewalls": {"inspection": InspectionArgs(InspectionKind.NATIVE, organization="123456789012")},
}


@cache
def plan(variant: str) -> FabricPlan:
    """A fabric with all the spokes."""
    asked = gateways.fabric_of(REGIONS)
    return fabric_plan(replace(asked, spokes=SPOKES, **VARIANTS[variant]))


@cache
def records(variant: str) -> Sequence[Record]:
    """The resources of a gateway with the fabric."""

    def make(provider: konnect.Provider) -> Any:
        opts = pulumi.ResourceOptions(providers=[provider])
        MultiCloudGateway("gw", gateways.gateway(*REGIONS, plan=plan(variant)), opts)
        return {}

    world, _ = run_program(make)
    unmocked()
    return recorded(world, preview=False)


@cache
def graph(variant: str) -> Graph:
    return graph_of(Records(records(variant)))


def connects(found: Graph, source: IPv4Network, target: IPv4Network) -> bool:
    """Whether routes lead packets from a host of one network to one of another, and back."""
    (here, caller), (there, called) = (_host(found, one) for one in (source, target))
    trip = Trip(found, here, caller, 443, "tcp", called)
    try:
        if travel(trip, here, here.subnet_of(caller), called) is not there:
            return False
        trip.replying = True
        return travel(trip, there, there.subnet_of(called), caller) is here
    except Stopped:
        return False


def _host(found: Graph, block: IPv4Network) -> tuple[Network, IPv4Address]:
    """The network with a block, and the address of a host in it."""
    network = owner_of(found, block[1])
    assert network is not None
    workload = [one for one in network.subnets if not one.at.name.endswith("-transit")]
    return network, (workload[0].prefix if workload else block)[10]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_spoke_connects_to_the_spokes_that_it_may_reach_and_to_no_other(variant: str) -> None:
    """Between other clouds packet filters keep spokes apart, so one end is in AWS here."""
    segments = plan(variant).segments
    for (name, one), (other, to) in permutations(SPOKES.items(), 2):
        if "aws" in (one.hub[:3], to.hub[:3]):
            may = to.segment in {one.segment, *segments[one.segment].connected}
            assert connects(graph(variant), one.cidr, to.cidr) is may, f"{name} to {other}"


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_gateway_connects_to_the_spokes_of_open_segments_and_to_no_other(variant: str) -> None:
    for hub in plan(variant).hubs.values():
        for name, to in SPOKES.items():
            if "aws" in (hub.key[:3], to.hub[:3]):
                may = plan(variant).segments[to.segment].gateways
                assert connects(graph(variant), hub.gateway, to.cidr) is may, f"{hub.key} to {name}"


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_landing_connects_to_gateways_and_to_no_spoke(variant: str) -> None:
    for hub in plan(variant).hubs.values():
        for other in plan(variant).hubs.values():
            if "aws" in (hub.key[:3], other.key[:3]):
                assert connects(graph(variant), hub.landing, other.gateway)
        for name, to in SPOKES.items():
            if "aws" in (hub.key[:3], to.hub[:3]):
                assert not connects(graph(variant), hub.landing, to.cidr), f"{hub.key} to {name}"


def test_a_further_link_is_taken_while_it_is_up_and_the_core_otherwise() -> None:
    """The routes to the core stay with the first VPN, so nothing waits for its BGP."""
    found = records("VPNs at both hubs")
    tunnel, peering = "gcp-us-central1-aws-eu-west-1-tunnel-0", "aws-eu-west-1-peering"
    down = [one for one in found if "gcp-us-central1-aws-eu-west-1-peer-" not in one.name]
    assert len(found) - len(down) == 4
    for gateway, landing in ((gateways.AWS_EU, plain.GCP), (plain.GCP, gateways.AWS_EU)):
        for resources, link in ((found, tunnel), (down, peering)):
            walked = graph_of(Records(resources))
            _, host = _host(walked, landing.customer_cidr)
            one = walk(walked, gateway.key, host, 443)
            assert one.stop is None
            links = {hop.at.name for hop in one.hops if hop.at.name.endswith((tunnel, peering))}
            assert {name.endswith(link) for name in links} == {True}
