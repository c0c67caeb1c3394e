"""How a walk chooses routes and filters, and that an isolated gateway reaches nothing."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from reachability import aws
from reachability.build import graph_of
from reachability.filters import Direction, Filter, Rule
from reachability.graph import (
    Attachment,
    Drop,
    Graph,
    HubTable,
    Link,
    LinkEnd,
    Network,
    Peering,
    Route,
    Subnet,
)
from reachability.records import UNKNOWN, Record, Records, records_of_state
from reachability.walk import Walk, walk
from tests import shipped
from tests.reachability.stacks import records_of, stack_records
from tests.reachability.test_walk_against_oracle import at

KONG, OURS, BEHIND = (IPv4Network(f"10.{number}.0.0/16") for number in (1, 2, 3))
HOST = OURS.network_address + 10
BOTH = {Direction.IN: True, Direction.OUT: True}


def peered(*routes: Route, filters: tuple[Filter, ...] = ()) -> Graph:
    """A gateway that is peered with our network, which is peered with a third one."""
    back = Route(at("back"), KONG, "p")
    subnet = Subnet(at("subnet"), OURS, (back, *routes), at("table"), filters)
    out = (Route(at("out"), OURS, "p"), Route(at("far"), BEHIND, "p"))
    return Graph(
        {
            "kong": Network("kong", at("kong"), "aws", (KONG,), routes=out, gateway="aws-x"),
            "ours": Network("ours", at("ours"), "aws", (OURS,), (subnet,)),
            "third": Network(
                "third", at("third"), "aws", (BEHIND,), (Subnet(at("third-subnet"), BEHIND),)
            ),
        },
        {
            "p": Peering("p", at("p"), ("kong", "ours")),
            "q": Peering("q", at("q"), ("ours", "third")),
        },
    )


def to(graph: Graph, address: IPv4Address = HOST, port: int = 443) -> Walk:
    return walk(graph, "aws-x", address, port)


def test_a_peering_is_not_transitive() -> None:
    assert to(peered()).reaches
    stop = to(peered(), BEHIND.network_address + 10).stop
    assert stop is not None
    assert "a peering is not transitive" in stop.problem


@pytest.mark.parametrize("prefix", [KONG, IPv4Network("10.1.0.0/24")])
def test_a_dynamic_route_within_the_block_of_a_peer_is_not_used(prefix: IPv4Network) -> None:
    """Whatever a VPN teaches, replies take the peering."""
    ends = (
        LinkEnd(at("tunnel"), "ours", "tunnel", asn=64513),
        LinkEnd(at("far"), "elsewhere", "far", asn=64514, announced=(prefix,)),
    )
    graph = peered()
    peering = replace(graph.peerings["p"], automatic=True)
    subnet = Subnet(at("subnet"), OURS)
    networks = {**graph.networks, "ours": Network("ours", at("ours"), "gcp", (OURS,), (subnet,))}
    links = {"vpn": Link("vpn", at("vpn"), ends)}
    found = replace(graph, networks=networks, peerings={"p": peering}, links=links, cache={})
    assert to(found).reaches


def test_a_prefix_list_whose_entries_are_not_known_yet_is_undecided() -> None:
    known = Record(aws.PREFIX_LIST, "u::known", {"entries": [{"cidr": "10.0.0.0/8"}]})
    unknown = Record(aws.PREFIX_LIST, "u::unknown", {"entries": [{"cidr": UNKNOWN}]})
    assert Records([known, unknown]).undecided("aws") == [(unknown, "entries")]


def test_exported_routes_do_not_lead_from_one_peering_to_another() -> None:
    graph = peered()
    peerings = {
        "p": replace(graph.peerings["p"], exporter="ours"),
        "q": replace(graph.peerings["q"], automatic=True),
    }
    stop = to(replace(graph, peerings=peerings, cache={}), BEHIND.network_address + 10).stop
    assert stop is not None
    assert (stop.at.name, stop.reply) == ("q", False)
    assert "a peering is not transitive" in stop.problem


def forked(second: str, length: int) -> Walk:
    """A walk from a hub with two routes of one prefix: to the hub of the address by an AS path of
    length 1, and to ``second`` by one of ``length``."""
    hosts = {"near": KONG, "far": OURS, "other": BEHIND}
    networks = {
        key: Network(
            key,
            at(key),
            "aws",
            (block,),
            () if key == "near" else (Subnet(at(f"{key}-subnet"), block),),
            tuple(Route(at(f"{key}-route"), one, f"hub-{key}") for one in hosts.values()),
            gateway="aws-x" if key == "near" else "",
        )
        for key, block in hosts.items()
    }
    links = {
        key: Link(key, at(key), tuple(LinkEnd(at(key), f"hub-{one}", key, one) for one in ends))
        for key, ends in {"l0": ("near", "far"), "l1": ("near", second)}.items()
    }
    out = (Route(at("r0"), OURS, "l0", 2, (1,)), Route(at("r1"), OURS, "l1", 2, (1,) * length))
    tables = {
        key: HubTable(key, at(key), f"hub-{key}", routes, propagated=(f"a-{key}",))
        for key, routes in {
            "near": out,
            "far": (Route(at("back"), KONG, "l0"),),
            "other": (),
        }.items()
    }
    attachments = {
        f"a-{key}": Attachment(f"a-{key}", at(f"a-{key}"), f"hub-{key}", key, table=key)
        for key in hosts
    }
    return to(Graph(networks, attachments=attachments, tables=tables, links=links))


def test_each_of_several_equal_routes_must_lead_to_the_destination() -> None:
    stop = forked("other", 1).stop
    assert stop is not None
    assert "one of several equal routes" in stop.problem
    assert forked("other", 2).reaches


def test_equal_routes_over_tunnels_to_one_hub_are_one_way() -> None:
    found = forked("far", 1)
    assert found.reaches
    assert sum(hop.at.name == "l0" for hop in found.hops) == 2


def test_the_route_with_the_longest_prefix_is_used_for_each_part_of_the_gateways_block() -> None:
    half = IPv4Network("10.1.128.0/17")
    stop = to(peered(Route(at("half"), half, Drop.DROP))).stop
    assert stop is not None
    assert (stop.at.name, stop.reply) == ("half", True)
    assert to(peered(Route(at("all"), IPv4Network("0.0.0.0/0"), Drop.DROP))).reaches


@pytest.mark.parametrize(("direction", "reply"), [(Direction.IN, False), (Direction.OUT, True)])
def test_a_stateless_filter_is_asked_for_the_reply_too(direction: Direction, reply: bool) -> None:
    denial = Rule(at("denial"), direction, False, 1, remotes=(KONG,))
    stop = to(peered(filters=(Filter(at("acl"), "acl", False, (denial,), BOTH, "rule"),))).stop
    assert stop is not None
    assert (stop.at.name, stop.reply) == ("denial", reply)
    stateful = Filter(at("nsg"), "nsg", True, (denial,), BOTH, "rule")
    assert to(peered(filters=(stateful,))).reaches == reply


def test_a_reply_may_go_to_any_port_of_a_client() -> None:
    """A stateless filter that lets out the lowest and the highest ports only drops the others."""
    allowed = Rule(at("out"), Direction.OUT, True, 1, ports=((0, 2000), (60000, 65535)))
    default = {Direction.IN: True, Direction.OUT: False}
    stop = to(peered(filters=(Filter(at("acl"), "acl", False, (allowed,), default, "rule"),))).stop
    assert stop is not None
    assert "on port 2001" in stop.problem


def test_the_rule_with_the_lowest_priority_decides_and_of_equal_ones_the_denial() -> None:
    def decided(*rules: tuple[bool, int]) -> bool:
        listed = tuple(Rule(at("rule"), Direction.IN, *rule) for rule in rules)
        return to(peered(filters=(Filter(at("f"), "f", True, listed, BOTH, "rule"),))).reaches

    assert decided((True, 1), (False, 2))
    assert not decided((True, 2), (False, 1))
    assert not decided((True, 1), (False, 1))


def test_a_static_route_of_a_hub_is_before_a_propagated_one() -> None:
    records = stack_records("dev")
    table = next(one for one in records if one.name.endswith("hub-gateways"))
    hole = Record(
        "aws:ec2transitgateway/route:Route",
        "urn:pulumi:s::p::aws:ec2transitgateway/route:Route::hole",
        {"destinationCidrBlock": "10.65.0.0/16", "blackhole": True},
        dependencies={"transitGatewayRouteTableId": [table.urn]},
    )
    stop = walk(
        graph_of(Records([*records, hole])), "aws-us-east-2", IPv4Address("10.65.32.10"), 443
    ).stop
    assert stop is not None
    assert stop.at.name == "hole"


@pytest.mark.parametrize(
    ("gateway", "address"),
    [
        ("aws-us-east-2", "10.73.32.10"),
        ("azure-eastus2", "10.89.0.10"),
        ("gcp-us-central1", "10.109.0.10"),
    ],
)
def test_an_isolated_gateway_reaches_nothing_and_others_stay(gateway: str, address: str) -> None:
    document = shipped.document_of("prod")
    for region in document["regions"]:
        region["isolated"] = gateway.endswith(region["region"])
    graph = graph_of(Records(records_of(document, "prod", preview=False)))
    assert not walk(graph, gateway, IPv4Address(address), 443).reaches
    assert walk(graph, "aws-eu-west-1", IPv4Address("10.74.32.10"), 443).reaches


def placed(**zone: str) -> Walk:
    """A walk to a host of dev whose subnet has another zone."""

    def moved(one: Record) -> Record:
        if one.properties.get("cidrBlock") != "10.65.32.0/19":
            return one
        known = {"availabilityZoneId": None, "availabilityZone": None, **zone}
        return replace(one, properties={**one.properties, **known})

    records = [moved(one) for one in stack_records("dev")]
    return walk(graph_of(Records(records)), "aws-us-east-2", IPv4Address("10.65.32.10"), 443)


def test_replies_enter_a_transit_gateway_in_zones_with_a_subnet_of_the_attachment_only() -> None:
    assert placed(availabilityZoneId="use2-az1").reaches
    stop = placed(availabilityZoneId="use2-az4").stop
    assert stop is not None
    assert "it has no subnet in zone use2-az4" in stop.problem
    assert stop.reply


@pytest.mark.parametrize(
    "zone", [{}, {"availabilityZone": "us-east-2c"}, {"availabilityZoneId": "use2-chi1-az1"}]
)
def test_a_zone_that_cannot_be_compared_is_not_refused(zone: dict[str, str]) -> None:
    assert placed(**zone).reaches


def test_an_attachment_with_subnets_of_another_stack_may_have_every_zone() -> None:
    def given(one: Record) -> Record:
        if not one.type.endswith(":VpcAttachment"):
            return one
        ids = [*one.properties["subnetIds"], "subnet-0ae32356bb9b2d9fe"]
        return replace(one, properties={**one.properties, "subnetIds": ids})

    without = [
        given(one)
        for one in stack_records("dev")
        if not one.name.endswith("use2-az1-transit") or not one.type.endswith(":Subnet")
    ]
    graph = graph_of(Records(without))
    assert walk(graph, "aws-us-east-2", IPv4Address("10.65.32.10"), 443).reaches


def test_a_type_of_networking_that_is_not_read_is_reported() -> None:
    records = stack_records("dev")
    assert graph_of(Records(records)).unread == ()
    vpn = replace(records[0], type="aws:ec2/vpnGateway:VpnGateway")
    (unread,) = graph_of(Records([*records, vpn])).unread
    assert unread.type == vpn.type


def test_a_state_is_read_without_what_is_being_deleted_and_without_marks_of_secrets() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    resources = [
        {"type": "t", "urn": "u::a", "inputs": {"x": {**secret, "value": ["y"]}}, "id": "i"},
        {"type": "t", "urn": "u::b", "delete": True},
        {"type": "t", "urn": "u::c", "outputs": {"x": {**secret, "ciphertext": "v1:"}}},
    ]
    kept, sealed = records_of_state(resources).all
    assert (kept.name, kept.values("x.*"), kept.id) == ("a", ["y"], "i")
    assert sealed.is_unknown("x")
