"""Walks over transit gateways of Aviatrix: connections to hubs, peerings, domains, spokes."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from reachability import aviatrix, aviatrix_firenet, aws, aws_hubs
from reachability.build import graph_of
from reachability.losses import without
from reachability.records import UNKNOWN, Record, Records
from reachability.trip import Stop
from reachability.walk import Walk, walk
from tests.reachability.by_hand import KEY, Hand, associate, fabric, propagate

SPOKE = IPv4Address("10.76.0.10")
KONG = "10.72.0.0/20"


def controlled(preview: bool = False, *, segmented: bool = True) -> list[Record]:
    """A gateway on a Transit Gateway, which a transit gateway of Aviatrix has a connection to.

    That is peered with another transit gateway, which a spoke is attached to.
    """
    hand = Hand(preview, fabric(preview))
    named = {one.name: one for one in hand.records}
    near, far = (_transit(hand, name, asn) for name, asn in (("near", 64601), ("far", 64602)))
    hand.add(
        aviatrix.PEERING,
        "transit-peering",
        {"transit_gateway_name1": "near", "transit_gateway_name2": "far"},
    )
    key = hand.add(KEY, "transit-key", {})
    customer = hand.add(
        aws_hubs.CUSTOMER_GATEWAY,
        "transit-customer",
        {"bgpAsn": "64601", "ipAddress": hand.out("203.0.113.9")},
        ipAddress=near,
    )
    vpn = hand.add(
        aws_hubs.VPN,
        "transit-vpn",
        {"tunnel1InsideCidr": "169.254.50.0/30", "tunnel1PresharedKey": UNKNOWN},
        {"tunnel1Address": "198.51.100.77"},
        customerGatewayId=customer,
        transitGatewayId=named["aws-us-east-2-hub"],
        tunnel1PresharedKey=key,
    )
    tables = [named[f"aws-us-east-2-{one}"] for one in ("gateways", "spokes", "transit")]
    associate(hand, "transit-vpn", vpn, tables[2])
    propagate(hand, "transit-vpn", vpn, *tables)
    connection = hand.add(
        aviatrix.CONNECTION,
        "connection",
        {
            "connection_name": "connection",
            "gw_name": "near",
            "bgp_local_as_num": 64601.0,
            "bgp_remote_as_num": 64513.0,
            "local_tunnel_cidr": "169.254.50.2/30,169.254.50.6/30",
            "remote_tunnel_cidr": "169.254.50.1/30,169.254.50.5/30",
            "remote_gateway_ip": hand.out("198.51.100.77,198.51.100.78"),
            "pre_shared_key": UNKNOWN,
        },
        remote_gateway_ip=vpn,
        pre_shared_key=key,
    )
    _spoke(hand)
    if segmented:
        _domains(hand, connection)
    attachment = named["aws-us-east-2-attachment"]
    listed = [*attachment.properties["cidr_blocks"], "10.76.0.0/20"]
    reached = replace(attachment, properties={**attachment.properties, "cidr_blocks": listed})
    assert far.name == "far"
    return [reached if one is attachment else one for one in hand.records]


def _transit(hand: Hand, name: str, asn: int) -> Record:
    """A transit gateway in its VPC, and its settings as a resource of their own."""
    vpc = hand.add(aws.VPC, f"{name}-vpc", {"cidrBlock": f"10.79.{2 * (asn - 64600)}.0/23"})
    gateway = hand.add(aviatrix.TRANSIT, name, {"gw_name": name}, vpc_id=vpc)
    settings = {"local_as_number": float(asn), "connected_transit": True}
    hand.add(
        aviatrix.SETTINGS,
        f"{name}-settings",
        {"gw_name": UNKNOWN if hand.preview else name, **settings},
        gw_name=gateway,
    )
    return gateway


def _spoke(hand: Hand) -> None:
    """A VPC with a spoke gateway."""
    vpc = hand.add(aws.VPC, "spoke-vpc", {"cidrBlock": "10.76.0.0/20"})
    hand.add(aws.SUBNET, "spoke-subnet", {"cidrBlock": "10.76.0.0/24"}, vpcId=vpc)
    group = hand.add(aws.GROUP, "spoke-callers", {}, vpcId=vpc)
    hand.add(
        aws.INGRESS,
        "spoke-in",
        {"cidrIpv4": KONG, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443},
        securityGroupId=group,
    )
    gateway = hand.add(aviatrix.SPOKE, "spoke", {"gw_name": "spoke"}, vpc_id=vpc)
    hand.add(
        aviatrix.ATTACHMENT,
        "spoke-attachment",
        {"spoke_gw_name": "spoke", "transit_gw_name": "far"},
        spoke_gw_name=gateway,
    )


def _domains(hand: Hand, connection: Record) -> None:
    """A domain for gateways, and one for the spoke, with a policy that connects them."""
    gateways = hand.add(aviatrix.DOMAIN, "domain-gateways", {"domain_name": "gateways"})
    shop = hand.add(aviatrix.DOMAIN, "domain-shop", {"domain_name": "shop"})
    for name, domain in (("connection", gateways), ("spoke", shop)):
        hand.add(
            aviatrix.ASSOCIATION,
            f"{name}-domain",
            {"attachment_name": name, "network_domain_name": domain.text("domain_name")},
        )
    hand.add(aviatrix.POLICY, "policy", {"domain_name_1": "gateways", "domain_name_2": "shop"})
    assert connection.text("connection_name") == "connection"


def to(records: list[Record]) -> Walk:
    return walk(graph_of(Records(records)), "aws-us-east-2", SPOKE, 443)


def stop_without(name: str) -> Stop:
    kept = [one for one in controlled() if one.name != name]
    assert len(kept) + 1 == len(controlled())
    found = to(kept).stop
    assert found is not None
    return found


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("segmented", [False, True])
def test_a_gateway_reaches_a_spoke_over_two_transit_gateways(
    segmented: bool, preview: bool
) -> None:
    found = to(controlled(preview, segmented=segmented))
    assert found.stop is None
    assert found.assumptions == ()
    assert [one.at.name for one in found.hops].count("transit-peering") >= 2


@pytest.mark.parametrize(
    "name", ["transit-peering", "spoke-attachment", "policy", "connection", "transit-vpn"]
)
def test_without_a_part_of_the_way_the_spoke_is_not_reached(name: str) -> None:
    assert stop_without(name).problem


def test_a_transit_gateway_without_connected_transit_does_not_hand_routes_of_peers_on() -> None:
    hand = Hand(records=controlled(segmented=False))
    _transit(hand, "third", 64603)

    def between(one: Record) -> Record:
        if one.name == "transit-peering":
            return replace(one, properties={**one.properties, "transit_gateway_name1": "third"})
        return one

    hand.records = [between(one) for one in hand.records]
    hand.add(
        aviatrix.PEERING,
        "second-peering",
        {"transit_gateway_name1": "near", "transit_gateway_name2": "third"},
    )
    assert to(hand.records).reaches
    apart = [
        replace(one, properties={**one.properties, "connected_transit": False})
        if one.name == "third-settings"
        else one
        for one in hand.records
    ]
    assert not to(apart).reaches


def test_peers_with_the_same_number_refuse_the_routes_of_each_other() -> None:
    same = [
        replace(one, properties={**one.properties, "local_as_number": 64601.0})
        if one.name == "far-settings"
        else one
        for one in controlled()
    ]
    assert not to(same).reaches


RULES = (
    "the rules of firewall (FortiGate) and ha-firewall (FortiGate) are not in the stack and are "
    "not checked"
)


def inspected(
    preview: bool = False,
    what: str = "SPOKE:spoke",
    bypass: tuple[str, ...] = (),
    *,
    enabled: bool = True,
    attached: bool = True,
) -> list[Record]:
    """The same, with an inspection policy and two firewalls at the far transit gateway."""
    hand = Hand(preview, controlled(preview))
    named = {one.name: one for one in hand.records}
    far = named["far"]
    settings = {"excluded_cidrs": list(bypass), "inspection_enabled": enabled}
    hand.add(aviatrix_firenet.FIRENET, "firenet", settings, vpc_id=named["far-vpc"])
    for name, suffix in (("firewall", ""), ("ha-firewall", "-hagw")):
        firewall = hand.add(aviatrix_firenet.FIREWALL, name, {"firewall_image": "FortiGate"})
        hand.add(
            aviatrix_firenet.ASSOCIATION,
            f"{name}-association",
            {"attached": attached, "firenet_gw_name": hand.out(f"far{suffix}")},
            firenet_gw_name=far,
            instance_id=firewall,
        )
    hand.add(
        aviatrix_firenet.POLICY,
        "inspection",
        {
            "transit_firenet_gateway_name": hand.out("far"),
            "inspected_resource_name": hand.out(what),
        },
        transit_firenet_gateway_name=far,
        inspected_resource_name=named[what.partition(":")[2]],
    )
    return hand.records


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("what", ["SPOKE:spoke", "PEERING:near"])
def test_a_walk_through_firewalls_of_firenet_says_that_their_rules_are_not_read(
    what: str, preview: bool
) -> None:
    found = to(inspected(preview, what))
    assert found.stop is None
    assert found.assumptions == (RULES,)
    assert [one.at.name for one in found.hops].count("firewall") == 2


@pytest.mark.parametrize("what", ["SPOKE:other", "SITE2CLOUD:connection"])
def test_a_policy_about_another_attachment_inspects_nothing_here(what: str) -> None:
    hand = Hand(records=controlled())
    hand.add(aviatrix.SPOKE, "other", {"gw_name": "other"})
    kept = {one.name for one in hand.records}
    hand.records += [one for one in inspected() if one.name not in kept]
    hand.records = [
        replace(one, properties={**one.properties, "inspected_resource_name": what})
        if one.name == "inspection"
        else one
        for one in hand.records
    ]
    assert to(hand.records).assumptions == ()


@pytest.mark.parametrize("bypass", [KONG, "10.76.0.0/24"])
def test_firewalls_do_not_see_excluded_blocks(bypass: str) -> None:
    found = to(inspected(bypass=(bypass,)))
    assert (found.stop, found.assumptions) == (None, ())


def test_an_excluded_part_of_the_gateways_block_leaves_the_rest_inspected() -> None:
    assert to(inspected(bypass=("10.72.8.0/21",))).assumptions == (RULES,)
    assert to(inspected(bypass=("10.72.0.0/21",))).assumptions == (RULES,)


def test_nothing_is_inspected_where_inspection_is_off() -> None:
    assert to(inspected(enabled=False)).assumptions == ()


def test_an_inspection_without_a_firewall_in_the_traffic_drops_the_packets() -> None:
    found = to(inspected(attached=False)).stop
    assert found is not None
    assert found.at.name == "far"
    assert found.wanted == aviatrix_firenet.ASSOCIATION
    assert found.problem.startswith("it inspects the packets and has no firewall in the traffic")


def test_one_of_two_firewalls_is_enough() -> None:
    graph = graph_of(Records(inspected()))
    first, second = (one.at for one in graph.firewalls.values())
    assert walk(without(graph, first), "aws-us-east-2", SPOKE, 443).reaches
    neither = without(without(graph, first), second)
    assert not walk(neither, "aws-us-east-2", SPOKE, 443).reaches
