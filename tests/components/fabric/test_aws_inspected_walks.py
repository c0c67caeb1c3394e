"""Walks over two hubs in AWS whose packets are inspected: there and back, through firewalls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pulumi
import pytest

from components.fabric.model import InspectionArgs, InspectionKind
from components.fabric.plan import fabric_plan
from components.gateway import MultiCloudGateway
from providers import konnect
from reachability.build import graph_of
from reachability.graph import Graph
from reachability.records import Records
from reachability.walk import walk
from tests.components import gateways as plain
from tests.components.fabric import gateways
from tests.components.gateway_mocks import run_program, unmocked
from tests.reachability.stacks import recorded

REGIONS = (plain.AWS, gateways.AWS_EU)
FIREWALLS: Mapping[InspectionKind, str] = {
    InspectionKind.NATIVE: "inspection-firewall",
    InspectionKind.THIRD_PARTY: "inspection-attachment",
}
"""By kind: how the name of what leads to the firewall ends."""


@cache
def graph(kind: InspectionKind) -> Graph:
    """The graph of a gateway with a fabric of two regions in AWS."""
    asked = gateways.fabric_of(REGIONS)
    services = {
        hub.key: f"com.amazonaws.vpce.{hub.region}.vpce-svc-0123456789abcdef0" for hub in asked.hubs
    }
    third_party = kind is InspectionKind.THIRD_PARTY
    plan = fabric_plan(
        replace(
            asked,
            spokes={key: one for key, one in asked.spokes.items() if one.hub.startswith("aws-")},
            inspection=InspectionArgs(kind, services if third_party else {}),
        )
    )

    def make(provider: konnect.Provider) -> Any:
        opts = pulumi.ResourceOptions(providers=[provider])
        MultiCloudGateway("gw", plain.args(*REGIONS, fabric=plan), opts)
        return {}

    world, _ = run_program(make)
    unmocked()
    return graph_of(Records(recorded(world, preview=False)))


def crossed(kind: InspectionKind, gateway: str, block: IPv4Network) -> Sequence[str]:
    """The names of the firewalls that a walk to the block's third address crosses, in order."""
    found = walk(graph(kind), gateway, block[3], 443)
    assert found.stop is None
    return [hop.at.name for hop in found.hops if hop.at.name.endswith(FIREWALLS[kind])]


def host(block: IPv4Network) -> IPv4Network:
    """The workload subnet of the first zone in a VPC."""
    return list(block.subnets(prefixlen_diff=3))[1]


@pytest.mark.parametrize("kind", FIREWALLS)
def test_a_packet_and_its_reply_cross_the_firewall_of_each_hub_once(kind: InspectionKind) -> None:
    near, far = (f"gw-fabric-{region.key}-{FIREWALLS[kind]}" for region in REGIONS)
    for landing in (host(one.customer_cidr) for one in REGIONS):
        remote = landing.subnet_of(REGIONS[1].customer_cidr)
        there = [near, far] if remote else [near]
        assert crossed(kind, REGIONS[0].key, landing) == [*there, *reversed(there)]


@pytest.mark.parametrize("kind", FIREWALLS)
def test_a_walk_says_whether_the_rules_of_the_firewalls_are_read(kind: InspectionKind) -> None:
    landing = host(REGIONS[0].customer_cidr)
    found = walk(graph(kind), REGIONS[0].key, landing[3], 443)
    endpoints = "gw-fabric-aws-us-east-2-inspection-"
    if kind is InspectionKind.NATIVE:
        assert found.assumptions == ()
    else:
        (said,) = found.assumptions
        assert said.startswith(f"the rules of the firewalls behind {endpoints}")
        assert said.endswith(" are not in the stack and are not checked")


@pytest.mark.parametrize("kind", FIREWALLS)
def test_a_segment_without_gateways_stays_closed_behind_a_firewall(kind: InspectionKind) -> None:
    lab = host(gateways.SPOKES["lab"].cidr)
    for region in REGIONS:
        found = walk(graph(kind), region.key, IPv4Address(lab[3]), 443)
        assert found.stop is not None
        assert found.stop.at.name == f"gw-fabric-{region.key}-gateways-to-closed"
