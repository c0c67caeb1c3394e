"""Walks over several hubs: peerings of Transit Gateways, and VPNs of AWS and GCP with BGP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address
from typing import Any

import pytest

from reachability import aws, aws_firewalls, aws_hubs, gcp, gcp_fabric
from reachability.bgp import learned_of
from reachability.build import graph_of
from reachability.records import Record, Records
from reachability.trip import Stop
from reachability.walk import Walk, walk
from tests.reachability.by_hand import HOSTS, Hand, associate, fabric


@cache
def records(preview: bool = False) -> tuple[Record, ...]:
    return tuple(fabric(preview))


def to(found: Sequence[Record], gateway: str, host: str) -> Walk:
    return walk(graph_of(Records(found)), gateway, IPv4Address(HOSTS[host]), 443)


def without(*names: str) -> list[Record]:
    """The resources without those whose names contain one of these texts."""
    kept = [one for one in records() if not any(name in one.name for name in names)]
    assert len(kept) < len(records())
    return kept


def with_values(name: str, **changes: Any) -> list[Record]:
    """The resources; those whose names contain a text have other values."""
    changed = [
        replace(one, properties={**one.properties, **changes}) if name in one.name else one
        for one in records()
    ]
    assert changed != list(records())
    return changed


def stop(found: Walk) -> Stop:
    assert found.stop is not None
    return found.stop


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("gateway", HOSTS)
def test_every_gateway_reaches_the_landing_of_every_region(
    gateway: str, host: str, preview: bool
) -> None:
    found = to(records(preview), gateway, host)
    assert found.stop is None
    assumed = [f"Kong's side of {gateway}-attachment imports the routes that {gateway}-network"]
    beyond = gateway.startswith("gcp-") and host != gateway
    assert [one.partition(" learned")[0] for one in found.assumptions] == (
        assumed if beyond else []
    )


def test_a_walk_names_each_hub_peering_and_tunnel_that_it_crosses() -> None:
    found = to(records(), "aws-eu-west-1", "gcp-europe-west1")
    crossed = [one.at.type.rpartition(":")[2] for one in found.hops]
    assert crossed.count("PeeringAttachment") >= 2
    assert crossed.count("VPNTunnel") >= 4


@pytest.mark.parametrize(
    ("change", "gateway", "host", "at", "problem"),
    [
        (
            lambda: without("peering-accepter"),
            "aws-us-east-2",
            "aws-eu-west-1",
            "peering",
            "nobody accepts the peering",
        ),
        (
            lambda: without("peering-other-association"),
            "aws-us-east-2",
            "aws-eu-west-1",
            "peering-accepter",
            "is associated with no route table",
        ),
        (
            lambda: without("peering-core-gateways-10.74"),
            "aws-us-east-2",
            "aws-eu-west-1",
            "aws-us-east-2-gateways",
            "has no static route over peering",
        ),
        (
            lambda: without("vpn-0-propagation-0", "vpn-1-propagation-0"),
            "aws-us-east-2",
            "gcp-us-central1",
            "aws-us-east-2-gateways",
            "does not propagate to aws-us-east-2-gateways",
        ),
        (
            lambda: with_values("gcp-us-central1-peering", exportCustomRoutes=False),
            "gcp-us-central1",
            "aws-us-east-2",
            "gcp-us-central1-peering",
            "does not export custom routes",
        ),
        (
            lambda: with_values("gcp-us-central1-router", bgp={"asn": 64515}),
            "gcp-us-central1",
            "aws-us-east-2",
            "gcp-us-central1-router",
            "does not announce a block with 10.108.0.4",
        ),
        (
            lambda: without("gcp-us-central1-aws-spoke"),
            "aws-us-east-2",
            "gcp-europe-west1",
            "gcp-us-central1-router",
            "does not announce a block with 10.110.32.10",
        ),
        (
            lambda: without("gcp-us-central1-gcp-europe-west1-spoke"),
            "gcp-europe-west1",
            "aws-us-east-2",
            "gcp-us-central1-router",
            "does not announce",
        ),
        (
            lambda: with_values("customer", bgpAsn="64999"),
            "aws-us-east-2",
            "gcp-us-central1",
            "customer-0",
            "it expects the ASN 64999, and gcp-us-central1-router has 64515",
        ),
        (
            lambda: with_values("customer", ipAddress="192.0.2.1"),
            "gcp-us-central1",
            "aws-us-east-2",
            "customer-0",
            "it expects the address 192.0.2.1",
        ),
        (
            lambda: without("-interface"),
            "aws-us-east-2",
            "gcp-us-central1",
            "gcp-us-central1-to-aws-0",
            "no interface of the Cloud Router is for it",
        ),
    ],
)
def test_what_is_missing_or_wrong_stops_the_walk_and_is_named(
    change: Callable[[], list[Record]], gateway: str, host: str, at: str, problem: str
) -> None:
    found = stop(to(change(), gateway, host))
    assert problem in found.problem
    assert found.at.name == at


def test_a_peering_of_a_hub_with_itself_leads_nowhere() -> None:
    found = []
    for one in records():
        if one.name == "peering":
            near = one.dependencies["transitGatewayId"]
            values = {**one.properties, "peerTransitGatewayId": one.properties["transitGatewayId"]}
            same = {**one.dependencies, "peerTransitGatewayId": near}
            found.append(replace(one, properties=values, dependencies=same))
        else:
            found.append(one)
    assert found != list(records())
    assert not to(found, "aws-us-east-2", "aws-eu-west-1").reaches


@pytest.mark.parametrize("number", range(4))
def test_one_of_four_tunnels_may_be_down_and_all_may_not(number: int) -> None:
    down = f"to-aws-{number}-peer"
    for gateway, host in (
        ("aws-us-east-2", "gcp-us-central1"),
        ("gcp-us-central1", "aws-eu-west-1"),
    ):
        assert to(without(down), gateway, host).reaches
        assert not to(
            without("to-aws-0", "to-aws-1", "to-aws-2", "to-aws-3"), gateway, host
        ).reaches


def of_tunnel(type_: str, name: str, change: Callable[[Record], Record]) -> list[Record]:
    """The resources; those of a type whose names contain a text are changed."""
    changed = [change(one) if one.type == type_ and name in one.name else one for one in records()]
    assert changed != list(records())
    return changed


@pytest.mark.parametrize("preview", [False, True])
def test_a_tunnel_whose_ends_have_different_keys_carries_nothing(preview: bool) -> None:
    def other_key(one: Record) -> Record:
        key = one.dependencies["sharedSecret"][0]
        keys = {**one.dependencies, "sharedSecret": [key.replace("key-", "gcp-key-")]}
        return replace(one, dependencies=keys)

    changed = [
        other_key(one) if one.type == gcp_fabric.TUNNEL and "to-aws" in one.name else one
        for one in records(preview)
    ]
    found = stop(to(changed, "aws-us-east-2", "gcp-us-central1"))
    assert "its pre-shared key is not that of vpn-0" in found.problem


def test_a_session_is_only_in_a_tunnel_whose_inside_addresses_pair() -> None:
    def moved(one: Record) -> Record:
        return replace(one, properties={**one.properties, "ipRange": "169.254.99.2/30"})

    changed = of_tunnel(gcp_fabric.INTERFACE, "to-aws", moved)
    found = stop(to(changed, "aws-us-east-2", "gcp-us-central1"))
    assert "169.254.99.2" in found.problem or "169.254.99.0/30" in found.problem


def test_a_hub_drops_an_announcement_with_its_own_autonomous_system() -> None:
    def same(one: Record) -> Record:
        asn = {**one.properties["bgp"], "asn": 64515}
        return replace(one, properties={**one.properties, "bgp": asn})

    changed = of_tunnel(gcp_fabric.ROUTER, "gcp-europe-west1", same)
    changed = [
        replace(one, properties={**one.properties, "peerAsn": 64515})
        if one.type == gcp_fabric.PEER and "to-gcp-europe-west1" in one.name
        else one
        for one in changed
    ]
    found = stop(to(changed, "gcp-europe-west1", "gcp-us-central1"))
    assert "contains its own 64515" in found.problem


def test_with_regional_routing_only_the_routers_region_has_the_learned_routes() -> None:
    def regional(one: Record) -> Record:
        return replace(one, properties={**one.properties, "routingMode": "REGIONAL"})

    def elsewhere(one: Record) -> Record:
        return replace(one, properties={**one.properties, "region": "us-east4"})

    tunnels = [
        replace(one, properties={**one.properties, "region": "us-central1"})
        if one.type == gcp_fabric.TUNNEL
        else one
        for one in records()
    ]
    one = [regional(each) if each.type == gcp.NETWORK else each for each in tunnels]
    assert to(one, "aws-us-east-2", "gcp-us-central1").reaches
    moved = [elsewhere(each) if each.type == gcp.SUBNETWORK else each for each in one]
    found = stop(to(moved, "aws-us-east-2", "gcp-us-central1"))
    assert found.reply
    assert not to(moved, "aws-us-east-2", "gcp-us-central1").reaches


def told(found: Sequence[Record], hub: str) -> set[tuple[int, ...]]:
    """The AS paths over which a Transit Gateway learns the landing of europe-west1."""
    graph = graph_of(Records(found))
    learned = learned_of(graph)
    (key,) = (one.urn for one in found if one.name == f"{hub}-hub")
    return {
        learned.paths[end][prefix]
        for end in learned.by_hub[key]
        for prefix in learned.paths.get(end, {})
        if str(prefix) == "10.110.0.0/16"
    }


def test_a_router_in_custom_mode_hands_on_what_it_learned_over_a_hybrid_spoke() -> None:
    (router,) = (one for one in records() if one.name == "gcp-us-central1-router")
    ranges = [one["range"] for one in router.properties["bgp"]["advertisedIpRanges"]]
    assert router.properties["bgp"]["advertiseMode"] == "CUSTOM"
    assert "10.110.0.0/16" not in ranges
    assert told(records(), "aws-us-east-2") == {(64515, 64516)}
    assert told(without("gcp-us-central1-aws-spoke"), "aws-us-east-2") == set()


def test_a_router_hands_on_to_another_region_with_global_routing_only() -> None:
    def changed(mode: str) -> list[Record]:
        found = []
        for one in records():
            values = dict(one.properties)
            if one.name == "gcp-us-central1-network":
                values["routingMode"] = mode
            if one.type == gcp_fabric.TUNNEL and one.name.startswith("gcp-us-central1"):
                values["region"] = "us-east4" if "to-aws" in one.name else "us-central1"
            found.append(replace(one, properties=values))
        return found

    assert told(changed("GLOBAL"), "aws-us-east-2") == {(64515, 64516)}
    assert told(changed("REGIONAL"), "aws-us-east-2") == set()


def test_all_resources_of_the_fabric_are_read() -> None:
    graph = graph_of(Records(records()))
    assert graph.unread == ()
    assert len(graph.links) == 1 + 4 + 2
    assert {aws.HUB, aws_hubs.PEERING} <= {one.type for one in records()}


def inspected(**changes: Any) -> list[Record]:
    """The resources; what goes from the gateway of us-east-2 to GCP passes a firewall first.

    Its table leads packets to the firewall, whose table has the routes of the VPN.
    """
    hand = Hand(records=list(records()))
    hub = next(one for one in hand.records if one.name == "aws-us-east-2-hub")
    transit, gateways = (
        next(one for one in hand.records if one.name == f"aws-us-east-2-{name}")
        for name in ("transit", "gateways")
    )
    policy = hand.add(aws_firewalls.POLICY, "policy", {"firewallPolicy": changes})
    firewall = hand.add(
        aws_firewalls.FIREWALL, "firewall", {}, transitGatewayId=hub, firewallPolicyArn=policy
    )
    associate(hand, "firewall", firewall, transit)
    for table, block in ((gateways, "10.109.0.0/17"), (transit, "10.72.0.0/21")):
        hand.add(
            aws.HUB_ROUTE,
            f"inspect-{block}",
            {"destinationCidrBlock": block},
            transitGatewayAttachmentId=firewall,
            transitGatewayRouteTableId=table,
        )
    return hand.records


def test_a_stateful_firewall_must_see_the_reply_too() -> None:
    one_way = [one for one in inspected() if one.name != "inspect-10.72.0.0/21"]
    found = stop(to(one_way, "aws-us-east-2", "gcp-us-central1"))
    assert found.at.name == "firewall"
    assert "it saw the request and not the reply" in found.problem
    back = [one for one in inspected() if one.name != "inspect-10.109.0.0/17"]
    assert (
        "it did not see the request" in stop(to(back, "aws-us-east-2", "gcp-us-central1")).problem
    )


def test_a_firewall_that_leads_back_into_itself_is_a_loop() -> None:
    found = stop(to(inspected(), "aws-us-east-2", "gcp-us-central1"))
    assert "go round in a loop" in found.problem
