"""The report of reachability: the table, one walk, and targets that make no sense."""

from __future__ import annotations

import re
from functools import cache
from ipaddress import IPv4Network

import pytest

from reachability.records import Records
from reachability.services import Service, Verdict, declared_services, verdicts
from tests.reachability.test_services import graph, resolving
from tools.reach import one_walk, report, service_rows
from tools.stack import StackError


@cache
def lines(*without: str) -> list[str]:
    listed = [one for one in resolving() if one.type not in without]
    found = graph(*without)
    return list(report(found, verdicts(found, declared_services(Records(listed)))))


def test_the_report_has_services_redis_all_destinations_and_what_carries_services() -> None:
    text = "\n".join(lines())
    for title in ("SERVICE", "REDIS", "DESTINATION", "ATTACHMENT OR LINK"):
        assert title in text
    (row,) = (line for line in lines() if "10.73.32.0/19" in line)
    assert row.split()[:4] == ["aws-us-east-2", "10.73.32.0/19", "tcp", "443"]
    # The subnet of a resolver in Azure has no security group: the default rules let peers in.
    (open_,) = (line for line in lines() if "10.90.129.0/28" in line and "all" in line)
    assert "tcp all, udp all" in open_


def test_a_service_that_is_not_reached_is_told_with_the_hop_and_the_remedy() -> None:
    (row,) = (line for line in lines("aws:ec2/route:Route") if line.startswith("orders-aws-us"))
    assert "the reply stops at RouteTable" in row
    assert "add a route to 10.72.0.0/20" in row


def test_what_was_not_checked_is_a_note_below_the_table_that_many_rows_share() -> None:
    first = Verdict(Service("b", 443), "gcp-1", (), None, ("Kong imports routes",))
    second = Verdict(Service("a", 443), "gcp-1", (), None, ("Kong imports routes", "zone x"))
    notes: list[str] = []
    rows = service_rows([first, second, Verdict(Service("a", 443), "aws-1", (), None)], notes)
    assert [(service.partition(" ")[0], *more) for service, *more in rows] == [
        ("a", "aws-1", "reached"),
        ("a", "gcp-1", "reached as far as the stack shows (1, 2)"),
        ("b", "gcp-1", "reached as far as the stack shows (1)"),
    ]
    assert notes == ["Kong imports routes", "zone x"]
    shown = list(report(graph(), [first]))
    assert shown[1].endswith("reached as far as the stack shows (1)")
    assert shown[3:5] == ["(1) Kong imports routes", ""]


def test_what_is_reached_is_in_the_order_of_gateways_and_addresses() -> None:
    rows = [line.split() for line in lines() if re.match(r"(aws|azure|gcp)\S+ +[0-9.]+/", line)]
    found = [(gateway, IPv4Network(block)) for gateway, block, *_ in rows]
    assert len(found) > 20
    assert found == sorted(found)


def test_one_walk_goes_hop_by_hop_to_an_address_or_a_name() -> None:
    walked = one_walk(graph(), "aws-us-east-2", "10.73.32.10:443")
    assert [hop.at.type.rpartition(":")[2] for hop in walked.hops] == [
        "CloudGatewayTransitGateway",
        "RouteTable",
        "VpcAttachment",
        "SecurityGroup",
        "Subnet",
        "Route",
        "RouteTable",
        "CloudGatewayTransitGateway",
        "CloudGatewayNetwork",
    ]
    assert one_walk(graph(), "aws-us-east-2", "orders.a.acme.internal:443").reaches
    assert not one_walk(graph(), "aws-us-east-2", "10.73.32.10:8443").reaches


@pytest.mark.parametrize(
    ("gateway", "target", "said"),
    [
        (
            "aws-mars",
            "10.73.32.10:443",
            "FROM=aws-mars: there is no such gateway; write one of",
        ),
        ("aws-us-east-2", "10.73.32.10", "TO=10.73.32.10: is not an address or name with a"),
        ("aws-us-east-2", ":443", "TO=:443"),
        ("aws-us-east-2", "10.73.32.10:0", "TO=10.73.32.10:0: is not an address or name with a"),
        ("aws-us-east-2", "10.73.32.10:65536", "TO=10.73.32.10:65536"),
        ("aws-us-east-2", "10.73.32.10:²", "TO=10.73.32.10:²"),
        ("aws-us-east-2", "10.73.32.300:443", "TO=10.73.32.300:443"),
        ("aws-us-east-2", "https://orders.internal:443", "TO=https://orders.internal:443"),
        ("aws-mars", "orders", "(?s)FROM=aws-mars: .*\nTO=orders: is not an address or name"),
    ],
)
def test_a_walk_that_makes_no_sense_says_what_to_write(
    gateway: str, target: str, said: str
) -> None:
    with pytest.raises(StackError, match=said):
        one_walk(graph(), gateway, target)
