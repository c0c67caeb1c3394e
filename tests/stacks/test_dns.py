"""Private DNS of regions: the settings, and what cannot be."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.dns.kinds import DnsKind, DnsRecord, OutboundResolver, PrivateZone
from stacks import settings
from stacks.arguments import gateway_args
from tests.stacks.baseline import lines_of, with_change

AWS, AZURE, GCP = range(3)
ZONE = {"kind": "private-hosted-zone", "domain": "internal.example.com"}
AZURE_ZONE_ID = (
    "/subscriptions/0f39574d-d756-48cf-b622-0e27a6943bd2/resourceGroups/names/providers/"
    "Microsoft.Network/privateDnsZones/internal.example.com"
)


def document(dns: object, region: int = AWS) -> dict[str, Any]:
    """The baseline with the private DNS of a region."""
    return with_change("regions", region, "dns", to=dns)


def forwarded(**domains: object) -> dict[str, Any]:
    """An outbound resolver for subdomains of ``example.com``."""
    of_example = {f"{name}.example.com": servers for name, servers in domains.items()}
    return {"kind": "outbound-resolver", "domains": of_example}


def test_a_region_resolves_no_private_names_unless_it_says_so() -> None:
    loaded = settings.load("test", document({}))
    assert [region.dns for region in gateway_args(loaded).regions] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("region", "dns", "declared"),
    [
        (
            AWS,
            {"internal": {**ZONE, "records": {"orders": {"values": ["10.65.32.10"], "ttl": 60}}}},
            {
                "internal": PrivateZone(
                    DnsKind.PRIVATE_HOSTED_ZONE,
                    "internal.example.com",
                    records={"orders": DnsRecord(("10.65.32.10",), "A", 60)},
                )
            },
        ),
        (
            AWS,
            {"shared": {**ZONE, "zone_id": "Z0123456789", "authorize": False}},
            {
                "shared": PrivateZone(
                    DnsKind.PRIVATE_HOSTED_ZONE,
                    "internal.example.com",
                    "Z0123456789",
                    authorize=False,
                )
            },
        ),
        (
            AWS,
            {"corp": forwarded(a={"addresses": ["10.128.0.2", "10.65.0.2"]}, b={})},
            {
                "corp": OutboundResolver(
                    {"a.example.com": ("10.128.0.2", "10.65.0.2"), "b.example.com": ()}
                )
            },
        ),
        (
            AZURE,
            {"private-dns-zone": {"domain": "internal.example.com", "zone_id": AZURE_ZONE_ID}},
            {
                "private-dns-zone": PrivateZone(
                    DnsKind.PRIVATE_DNS_ZONE, "internal.example.com", AZURE_ZONE_ID
                )
            },
        ),
        (
            GCP,
            {"dns-peering": {"domain": "internal.example.com", "zone_id": "internal"}},
            {"dns-peering": PrivateZone(DnsKind.DNS_PEERING, "internal.example.com", "internal")},
        ),
    ],
)
def test_the_settings_become_the_declarations_of_the_component(
    region: int, dns: object, declared: object
) -> None:
    loaded = settings.load("test", document(dns, region))
    assert gateway_args(loaded).regions[region].dns == declared


DNS = "gateway.regions[0].dns"


@pytest.mark.parametrize(
    ("dns", "region", "said"),
    [
        (
            {"private-hosted-zon": {"domain": "internal.example.com"}},
            AWS,
            f'{DNS}.private-hosted-zon: "private-hosted-zon" is not a kind of private DNS in aws; '
            "did you mean private-hosted-zone?",
        ),
        (
            {"internal": {"kind": "dns-peering", "domain": "internal.example.com"}},
            AWS,
            f'{DNS}.internal.kind: "dns-peering" is not a kind of private DNS in aws; use one of '
            "outbound-resolver, private-hosted-zone",
        ),
        (
            {"outbound-resolver": {"domains": {"a.example.com": {}}}},
            GCP,
            'gateway.regions[2].dns.outbound-resolver: "outbound-resolver" is not a kind of '
            "private DNS in gcp; use one of dns-peering",
        ),
        (
            {"private-hosted-zone": {}},
            AWS,
            f"{DNS}.private-hosted-zone.domain: is missing; kind private-hosted-zone needs it; add "
            "for example domain: internal.example.com",
        ),
        (
            {"outbound-resolver": {"domain": "a.example.com"}},
            AWS,
            f'{DNS}.outbound-resolver.domain: "a.example.com" is not for kind outbound-resolver; '
            "delete domain",
        ),
        (
            {"one": ZONE, "two": {"kind": "private-hosted-zone", "domain": ZONE["domain"]}},
            AWS,
            f'{DNS}.two.domain: "internal.example.com" is in {DNS}.one.domain too; delete one of '
            "the two",
        ),
        (
            {"one": ZONE, "two": forwarded(internal={"addresses": ["10.65.0.2"]})},
            AWS,
            f'{DNS}.two.domains["internal.example.com"]: "internal.example.com" is in '
            f"{DNS}.one.domain too; delete one of the two",
        ),
        (
            {"corp": forwarded(a={"addresses": ["10.65.0.2", "10.200.0.2"]})},
            AWS,
            f'{DNS}.corp.domains["a.example.com"].addresses[1]: "10.200.0.2" is out of reach: the '
            "links of the region lead to 10.65.0.0/16, 10.128.0.0/16 only; write the address of a "
            "server in there, or add its range to landing.reach",
        ),
        (
            {"corp": forwarded(a={"addresses": ["10.65.0.2"]})},
            AZURE,
            'gateway.regions[1].dns.corp.domains["a.example.com"].addresses[0]: "10.65.0.2" is out '
            "of reach: the links of the region lead to 10.81.0.0/16 only; write the address of a "
            "server in there",
        ),
        (
            {"one": forwarded(a={}), "two": forwarded(b={})},
            AWS,
            f'{DNS}.two.domains["b.example.com"].addresses: is missing, and one has the inbound '
            "endpoint of the region already; move the domain to one, or write the addresses of the "
            "DNS servers",
        ),
        (
            {"internal": {**ZONE, "zone_id": "/hostedzone/Z01"}},
            AWS,
            f'{DNS}.internal.zone_id: "/hostedzone/Z01" is not a hosted zone id; write the id that '
            "`aws route53 list-hosted-zones` prints, without /hostedzone/",
        ),
        (
            {"private-dns-zone": {"domain": "other.example.com", "zone_id": AZURE_ZONE_ID}},
            AZURE,
            "is the zone internal.example.com, and domain is other.example.com; write domain: "
            "internal.example.com, or another zone_id",
        ),
        (
            {"internal": {**ZONE, "zone_id": "Z01", "records": {"a": {"values": ["10.65.0.9"]}}}},
            AWS,
            "are for a zone that is made here, and zone_id names an existing one; delete records, "
            "or delete zone_id",
        ),
        (
            {"internal": {**ZONE, "records": {"a": {"values": ["orders.example.com"]}}}},
            AWS,
            f'{DNS}.internal.records.a.values[0]: "orders.example.com" is not an IPv4 address; '
            "write an address, or type: CNAME",
        ),
        (
            {"internal": {**ZONE, "records": {"@": {"type": "CNAME", "values": ["a.b"]}}}},
            AWS,
            "is a CNAME at the name of the zone, which DNS does not allow",
        ),
        (
            {"internal": {**ZONE, "records": {"a": {"type": "CNAME", "values": ["a.b", "c.d"]}}}},
            AWS,
            "has several values, and a CNAME has one; keep one of them",
        ),
        (
            {"corp": forwarded(a={"addresses": [f"10.65.0.{n}" for n in range(2, 9)]})},
            AWS,
            "should have at most 6 items after validation, not 7",
        ),
    ],
)
def test_names_that_cannot_be_resolved_are_an_error_with_the_way_out(
    dns: object, region: int, said: str
) -> None:
    assert any(said in line for line in lines_of(document(dns, region)))


def test_all_problems_are_told_at_once_and_a_subdomain_may_be_resolved_in_another_way() -> None:
    corp = forwarded(internal={"addresses": ["10.200.0.2"]}, sub={})
    lines = lines_of(document({"one": ZONE, "corp": corp, "x": {}}))
    assert len(lines) == 3
    below = {"kind": "private-hosted-zone", "domain": "deep.internal.example.com"}
    settings.load("test", document({"one": ZONE, "below": below}))


def test_an_endpoint_needs_two_zones_and_a_landing_that_is_made_here() -> None:
    one_zone = document({"corp": forwarded(a={})})
    one_zone["regions"][0]["zones"] = ["use2-az1"]
    (line,) = lines_of(one_zone)
    assert "an inbound endpoint needs two zones: the region has one; add a zone, or write" in line

    given = document({"corp": forwarded(a={})})
    given["regions"][0]["landing"]["network"] = "organization/network-team/test"
    (line,) = lines_of(given)
    assert "no inbound endpoint is made in a network that is given; write the addresses" in line

    small = document({"corp": forwarded(a={})})
    small["regions"][0]["landing"]["cidr"] = "10.65.0.0/22"
    (line,) = lines_of(small)
    assert "landing.cidr 10.65.0.0/22 has no room for the subnets of an inbound endpoint" in line

    reserved = document({"corp": forwarded(a={})}, AZURE)
    reserved["regions"][1]["landing"]["cidr"] = "10.0.0.0/20"
    (line,) = lines_of(reserved)
    assert "landing.cidr 10.0.0.0/20 has no room for the subnet of a DNS resolver" in line


def test_a_dns_server_is_out_of_reach_of_a_link_that_routes_nothing() -> None:
    value = document({"corp": forwarded(a={"addresses": ["10.65.0.2"]})})
    value["regions"][0]["landing"].pop("reach")
    service = {"domain_name": "orders.acme.internal", "ip_address": "10.65.1.20"}
    value["regions"][0]["links"] = {"resource-endpoint": {"resources": {"orders": service}}}
    (line,) = lines_of(value)
    assert "is out of reach: the region has only links that route nothing; add a link" in line

    value["regions"][0]["dns"] = {"one": {**ZONE, "domain": "orders.acme.internal"}}
    (line,) = lines_of(value)
    assert "links.resource-endpoint.resources.orders.domain_name too; delete one of the two" in line


PAGE = Path(__file__).parents[2] / "docs" / "private-dns.md"


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S))
def test_the_examples_of_the_page_can_be_loaded(example: str) -> None:
    found = yaml.safe_load(textwrap.dedent(example))
    if "config" in found:
        (region,) = found["config"]["multicloud-gateway:gateway"]["regions"]
        found = {"dns": region["dns"]}
    loaded = settings.load("test", document(found["dns"]))
    assert set(loaded.regions[AWS].dns) == set(found["dns"])


def test_a_dns_server_may_be_where_the_fabric_leads() -> None:
    """In the landing of another region, or in a spoke that gateways may call."""
    addresses = ["10.97.0.53", "10.66.0.53"]
    value = document({"corp": forwarded(a={"addresses": addresses})})
    assert any("10.97.0.53" in line and "is out of reach" in line for line in lines_of(value))
    value["regions"][1]["links"] = {"virtual-hub": {"address_prefix": "10.82.0.0/23"}}
    shop = {"region": "aws-us-east-2", "segment": "shop", "cidr": "10.66.0.0/20"}
    value["fabric"] = {"segments": {"shop": {}}, "spokes": {"shop": shop}}
    assert not [line for line in lines_of(value) if "is out of reach" in line]
    value["fabric"]["segments"]["shop"]["gateways"] = False
    (line,) = [line for line in lines_of(value) if "is out of reach" in line]
    assert '"10.66.0.53"' in line
