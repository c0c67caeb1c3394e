"""Services by address and by name: what is checked, and what an answer says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address
from typing import Any

import pytest

from reachability import aws, aws_endpoints, dns, konnect
from reachability.answer import redis_lines
from reachability.build import graph_of
from reachability.elements import Element
from reachability.graph import Graph, Redis
from reachability.records import Record, Records
from reachability.services import (
    Service,
    Verdict,
    declared_services,
    redis_walks,
    verdict,
    verdicts,
)
from tests import shipped
from tests.reachability.stacks import records_of

ADDRESSES = {
    "aws-us-east-2": "10.73.32.10",
    "aws-eu-west-1": "10.74.32.10",
    "azure-eastus2": "10.89.0.10",
    "azure-northeurope": "10.90.0.10",
    "gcp-us-central1": "10.109.0.10",
    "gcp-europe-west1": "10.110.0.10",
}
NAMES: Mapping[str, Mapping[str, Any]] = {
    "aws-us-east-2": {
        "private-hosted-zone": {
            "domain": "a.acme.internal",
            "records": {"orders": {"values": ["10.73.32.10"]}},
        }
    },
    "aws-eu-west-1": {"outbound-resolver": {"domains": {"b.acme.internal": {}}}},
    "azure-eastus2": {
        "private-dns-zone": {
            "domain": "c.acme.internal",
            "records": {"orders": {"values": ["10.89.0.10"]}},
        }
    },
    "azure-northeurope": {"outbound-resolver": {"domains": {"d.acme.internal": {}}}},
    "gcp-us-central1": {
        "dns-peering": {
            "domain": "e.acme.internal",
            "records": {"orders": {"values": ["10.109.0.10"]}},
        }
    },
}
DOMAINS = dict(zip(NAMES, "abcde", strict=True))


@cache
def resolving(preview: bool = False) -> tuple[Record, ...]:
    """The resources of prod with private DNS, services, and one region by a resource endpoint."""
    document = shipped.document_of("prod")
    for region in document["regions"]:
        for key, declared in NAMES.items():
            if key.endswith(region["region"]):
                region["dns"] = declared
    document["regions"][1]["links"] = {
        "transit-gateway": {},
        "resource-endpoint": {
            "resources": {
                "legacy": {"domain_name": "legacy.acme.internal", "ip_address": "10.74.32.99"}
            }
        },
    }
    document["services"] = {
        f"orders-{key}": {
            "cloud": key.partition("-")[0],
            "region": key.partition("-")[2],
            "address": address,
            "gateways": [key],
        }
        for key, address in ADDRESSES.items()
    }
    return records_of(document, "prod", preview)


@cache
def graph(*without: str, preview: bool = False) -> Graph:
    """The graph of that stack, without resources of some types."""
    return graph_of(Records([one for one in resolving(preview) if one.type not in without]))


def named(key: str, name: str = "orders") -> Service:
    return Service("orders", 443, name=f"{name}.{DOMAINS[key]}.acme.internal")


def said(found: Verdict) -> str:
    assert found.stop is not None
    return f"{found.stop.at.name}: {found.stop.problem}; {found.stop.remedy}"


@pytest.mark.parametrize("preview", [False, True])
def test_every_declared_service_is_reached_from_the_gateways_that_need_it(preview: bool) -> None:
    services = declared_services(Records(resolving(preview)))
    assert {one.key: str(one.address) for one in services} == {
        f"orders-{key}": address for key, address in ADDRESSES.items()
    }
    found = verdicts(graph(preview=preview), services)
    assert {one.gateway: one.stop for one in found} == dict.fromkeys(ADDRESSES)


def test_a_service_of_another_region_is_not_reached_and_the_answer_says_why() -> None:
    services = {one.key: one for one in declared_services(Records(resolving()))}
    found = verdict(graph(), services["orders-aws-us-east-2"], "azure-eastus2")
    assert "has no route to 10.73.32.10" in said(found)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("key", NAMES)
def test_a_name_is_resolved_by_each_kind_of_private_dns(key: str, preview: bool) -> None:
    found = verdict(graph(preview=preview), named(key), key)
    assert found.stop is None
    forwarded = "outbound-resolver" in NAMES[key]
    assert any("only its resolution" in one for one in found.assumptions) == forwarded


@pytest.mark.parametrize(
    ("key", "without", "problem"),
    [
        ("aws-us-east-2", dns.AWS_AUTHORIZATION, "does not authorize the association"),
        ("aws-us-east-2", dns.AWS_RECORD, "a.acme.internal has no record orders.a.acme.internal"),
        ("aws-eu-west-1", konnect.PRIVATE_DNS, "no private DNS of the gateway covers orders.b."),
        ("aws-eu-west-1", aws.INGRESS, "allows udp from 10.72.16.4 to gateway-prod-aws-eu-west-1"),
        ("azure-eastus2", "azure-native:authorization:RoleAssignment", "is not assigned"),
        ("azure-northeurope", konnect.ATTACHMENT, "no route to"),
        ("gcp-us-central1", dns.GCP_MEMBER, "nobody grants it roles/dns.peer"),
        ("gcp-us-central1", dns.GCP_RECORD, "has no record orders.e.acme.internal"),
    ],
)
def test_a_name_without_a_resolver_path_stops_at_what_is_missing(
    key: str, without: str, problem: str
) -> None:
    assert problem in said(verdict(graph(without), named(key), key))


def test_a_name_that_no_private_dns_covers_is_not_resolved() -> None:
    service = Service("public", 443, name="orders.example.com")
    assert "covers orders.example.com" in said(verdict(graph(), service, "aws-us-east-2"))
    assert "covers" in said(verdict(graph(), service, "gcp-europe-west1"))


def test_a_resolver_that_is_reached_over_tcp_only_does_not_answer() -> None:
    def without_udp(one: Record) -> bool:
        return not (one.type == aws.INGRESS and one.properties.get("ipProtocol") == "udp")

    found = graph_of(Records([one for one in resolving() if without_udp(one)]))
    service = named("aws-eu-west-1")
    assert "allows udp from" in said(verdict(found, service, "aws-eu-west-1"))


def test_a_record_with_another_address_than_the_service_stops_it() -> None:
    service = replace(named("aws-us-east-2"), address=IPv4Address("10.73.32.11"))
    assert said(verdict(graph(), service, "aws-us-east-2")).endswith(
        "orders.a.acme.internal is 10.73.32.10 there, and the service is 10.73.32.11; correct the "
        "record, or the address of the service"
    )
    same = replace(service, address=IPv4Address("10.73.32.10"))
    assert verdict(graph(), same, "aws-us-east-2").reaches


def test_names_are_compared_in_lower_case_and_without_the_last_dot() -> None:
    service = Service("orders", 443, name="Orders.A.acme.internal.")
    assert verdict(graph(), service, "aws-us-east-2").reaches


def test_a_wildcard_covers_names_below_it_that_no_other_record_is_closer_to() -> None:
    host = (IPv4Address("10.73.32.10"),)
    records = {"*.a.acme.internal": host, "x.b.a.acme.internal": host}
    found = [
        replace(one, records=records) if one.domain == "a.acme.internal" else one
        for one in graph().resolutions
    ]
    wild = replace(graph(), resolutions=tuple(found), cache={})

    def resolves(name: str) -> bool:
        service = Service("orders", 443, name=f"{name}.a.acme.internal")
        return verdict(wild, service, "aws-us-east-2").reaches

    assert resolves("y")
    assert resolves("y.z")
    assert not resolves("y.b")


LEGACY = Service("legacy", 443, name="legacy.acme.internal")


@pytest.mark.parametrize("preview", [False, True])
def test_a_service_of_a_resource_endpoint_is_reached_one_way_by_its_domain(preview: bool) -> None:
    assert verdict(graph(preview=preview), LEGACY, "aws-eu-west-1").reaches
    assert not verdict(graph(preview=preview), LEGACY, "aws-us-east-2").reaches


@pytest.mark.parametrize(
    ("without", "problem"),
    [
        (aws.SHARE_PRINCIPAL, "it has no principal"),
        (aws.SHARE_RESOURCE, "does not contain what"),
        (aws_endpoints.GATEWAY, "no resource gateway"),
        (aws.EGRESS, "no security group of the resource gateway allows 10.74.32.99"),
        (aws.INGRESS, "no security group of upstreams lets the resource gateway in"),
    ],
)
def test_a_service_of_a_resource_endpoint_stops_at_what_is_missing(
    without: str, problem: str
) -> None:
    assert problem in said(verdict(graph(without), LEGACY, "aws-eu-west-1"))


def test_a_service_of_a_resource_endpoint_needs_a_port_of_its_configuration() -> None:
    service = Service("legacy", 8443, name="legacy.acme.internal")
    assert "has the ports 443, not 8443" in said(verdict(graph(), service, "aws-eu-west-1"))


def test_every_gateway_has_a_redis_that_it_reaches() -> None:
    found = list(redis_walks(graph()))
    assert {gateway for gateway, _, _ in found} == set(ADDRESSES)
    managed: Sequence[str] = [gateway for gateway, _, walked in found if walked is None]
    assert sorted(managed) == sorted(key for key in ADDRESSES if not key.startswith("gcp"))
    assert all(walked.reaches for _, _, walked in found if walked is not None)


@pytest.mark.parametrize(
    ("host", "result"),
    [
        ("10.73.32.10", "no rule of"),
        ("orders.a.acme.internal", "no rule of"),
        ("cache.a.acme.internal", "has no record cache.a.acme.internal"),
        ("redis.example.com", "it is taken as public"),
        (None, "its host is not known"),
    ],
)
def test_a_redis_is_an_address_a_private_name_a_public_name_or_not_known_yet(
    host: str | None, result: str
) -> None:
    gateway = graph().gateways["aws-us-east-2"].key
    redis = Redis(Element("konnect:GatewayPartial", "redis"), gateway, host=host)
    ((_, _, found),) = redis_lines(replace(graph(), redis=(redis,), cache={}))
    assert result in found
