"""Upstreams of APIs in the stack, and what carries services."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from reachability import konnect
from reachability.build import graph_of
from reachability.losses import carriers
from reachability.records import Records
from reachability.services import Service, verdicts
from reachability.upstreams import SERVICE, TARGET, UPSTREAM, declared_upstreams
from tests.reachability.by_hand import HOSTS, Hand, fabric


def api(**properties: Any) -> list[Service]:
    """The upstreams of one API on the gateway of us-east-2."""
    hand = Hand(records=fabric())
    named = {one.name: one for one in hand.records}
    plane = hand.add(konnect.CONTROL_PLANE, "plane", {})
    configuration = named["aws-us-east-2-configuration"]
    hand.records.remove(configuration)
    groups = [{"provider": "aws", "region": "us-east-2", "cloud_gateway_network_id": "n"}]
    hand.add(
        konnect.CONFIGURATION,
        "configuration",
        {"dataplane_groups": groups},
        dataplane_groups=named["aws-us-east-2-kong"],
        control_plane_id=plane,
    )
    upstream = hand.add(UPSTREAM, "upstream", {"name": "orders"}, control_plane_id=plane)
    for number, host in enumerate((HOSTS["gcp-us-central1"], HOSTS["aws-us-east-2"])):
        hand.add(TARGET, f"t{number}", {"target": f"{host}:443"}, upstream_id=upstream)
    drained = {"target": f"{HOSTS['aws-eu-west-1']}:443", "weight": 0.0}
    hand.add(TARGET, "drained", drained, upstream_id=upstream)
    hand.add(SERVICE, "api", {"name": "orders", **properties}, control_plane_id=plane)
    records = Records(hand.records)
    return list(declared_upstreams(records, graph_of(records)))


def test_the_targets_of_an_upstream_are_what_the_gateways_of_its_control_plane_must_reach() -> None:
    found = api(host="orders", port=80.0)
    assert [(str(one.address), one.port, one.gateways) for one in found] == [
        (HOSTS["gcp-us-central1"], 443, ("aws-us-east-2",)),
        (HOSTS["aws-us-east-2"], 443, ("aws-us-east-2",)),
    ]
    graph = graph_of(Records(fabric()))
    assert all(one.reaches for one in verdicts(graph, found))


def test_a_service_may_have_an_address_itself_and_public_hosts_are_not_walked() -> None:
    (found,) = api(host=HOSTS["aws-eu-west-1"], port=8443.0)
    assert (str(found.address), found.port) == (HOSTS["aws-eu-west-1"], 8443)
    assert api(host="orders.example.com") == []
    assert api(host="8.8.8.8") == []
    assert api(host="orders", enabled=False) == []


def lost(*hosts: str) -> Mapping[str, tuple[int, int]]:
    graph = graph_of(Records(fabric()))
    services = [
        Service(host, 443, IPv4Address(HOSTS[host]), gateways=("aws-eu-west-1",)) for host in hosts
    ]
    found = carriers(graph, verdicts(graph, services))
    return {one.at.name: (one.services, one.lost) for one in found}


def test_what_carries_services_is_told_with_those_that_are_lost_without_it() -> None:
    found = lost("gcp-us-central1", "aws-us-east-2")
    assert found["peering"] == (2, 2)
    assert found["aws-us-east-2-vpc-attachment"] == (1, 1)
    assert found["gcp-us-central1-to-aws-0"] == (1, 0)
