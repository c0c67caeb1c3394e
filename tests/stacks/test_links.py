"""Links of regions: the settings, and a live region whose link would change."""

from __future__ import annotations

import copy
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.links.kinds import EndpointResource, LinkChoice, LinkKind, VirtualHubChoice
from stacks import settings
from stacks.arguments import gateway_args
from stacks.live import Live, LiveNetwork
from stacks.live_attachments import account_problems, link_problems, link_warnings
from tests.stacks.baseline import BASELINE, lines_of

PEERING = LinkChoice("vpc-peering", LinkKind.VPC_PEERING)


def document(links: object, region: int = 0, reach: bool = False) -> dict[str, Any]:
    """The baseline with the links of a region."""
    changed = copy.deepcopy(BASELINE)
    changed["regions"][region]["links"] = links
    if not reach:
        changed["regions"][0]["landing"].pop("reach")
    return changed


def test_a_region_has_the_default_link_of_its_cloud() -> None:
    loaded = settings.load("test", BASELINE)
    links = [link for one in loaded.regions for link in one.chosen_links]
    assert [(link.key, link.kind) for link in links] == [
        ("transit-gateway", LinkKind.TRANSIT_GATEWAY),
        ("vnet-peering", LinkKind.VNET_PEERING),
        ("vpc-peering", LinkKind.VPC_PEERING),
    ]
    assert [region.links for region in gateway_args(loaded).regions] == [(), (), ()]


@pytest.mark.parametrize(
    ("links", "link"),
    [
        ({"vpc-peering": {}}, PEERING),
        ({"private": {"kind": "vpc-peering"}}, LinkChoice("private", LinkKind.VPC_PEERING)),
        (
            {"transit-gateway": {}},
            LinkChoice("transit-gateway", LinkKind.TRANSIT_GATEWAY),
        ),
    ],
)
def test_the_kind_of_a_link_is_written_or_is_its_key(links: object, link: LinkChoice) -> None:
    loaded = settings.load("test", document(links))
    assert loaded.regions[0].chosen_links == [link]
    assert gateway_args(loaded).regions[0].links == [link]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            document({"vpc-pering": {}}),
            'gateway.regions[0].links.vpc-pering: "vpc-pering" is not a kind of link in aws; '
            "did you mean vpc-peering?",
        ),
        (
            document({"main": {"kind": "vnet-peering"}}),
            'gateway.regions[0].links.main.kind: "vnet-peering" is not a kind of link in aws; '
            "did you mean vpc-peering?",
        ),
        (
            document({"transit-gateway": {}}, region=1),
            'gateway.regions[1].links.transit-gateway: "transit-gateway" is not a kind of link in '
            "azure; use one of virtual-hub, vnet-peering",
        ),
        (
            document({"vpc-peering": {}}, reach=True),
            'gateway.regions[0].landing.reach: ["10.128.0.0/16"] needs a link over a hub, and the '
            "region has vpc-peering: a peering is not transitive; write links: {transit-gateway: "
            "{}}, or delete reach",
        ),
        (
            document({"transit-gateway": {}, "vpc-peering": {}}),
            "gateway.regions[0].links.vpc-peering: {} cannot be beside transit-gateway: a route "
            "table takes one route to the gateway; delete one of the two",
        ),
    ],
)
def test_a_link_that_cannot_be_is_one_error_with_the_way_out(value: object, said: str) -> None:
    assert said in lines_of(value)


ORDERS = {"domain_name": "orders.acme.internal", "ip_address": "10.65.1.20"}


def endpoint(**resources: object) -> dict[str, Any]:
    """The baseline with a resource endpoint beside its transit gateway."""
    links = {"transit-gateway": {}, "backends": {"kind": "resource-endpoint"}}
    if resources:
        links["backends"]["resources"] = resources
    return document(links)


def test_a_resource_endpoint_is_beside_another_link_and_comes_last() -> None:
    loaded = settings.load("test", endpoint(orders=ORDERS))
    transit, backends = gateway_args(loaded).regions[0].links
    assert transit.key == "transit-gateway"
    assert backends.kind is LinkKind.RESOURCE_ENDPOINT
    orders = EndpointResource("orders.acme.internal", ip_address="10.65.1.20")
    assert backends.resources == {"orders": orders}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (endpoint(), "links.backends.resources: is missing: it names the services; add for"),
        (
            endpoint(orders={"domain_name": "orders.acme.internal"}),
            "links.backends.resources.orders: has no target; write one of ip_address and dns_name",
        ),
        (
            endpoint(orders={**ORDERS, "dns_name": "orders.example.com"}),
            "resources.orders: has both an ip_address and a dns_name; write one of",
        ),
        (
            endpoint(orders=ORDERS, again=ORDERS),
            'resources.again.domain_name: "orders.acme.internal" is the name of '
            "gateway.regions[0].links.backends.resources.orders too; give each service a name",
        ),
        (
            document({"transit-gateway": {"resources": {"orders": ORDERS}}}),
            "links.transit-gateway.resources: is for a resource-endpoint only, and this link is a "
            "transit-gateway; delete resources",
        ),
    ],
)
def test_a_resource_endpoint_needs_services_with_one_target_and_one_name_each(
    value: object, said: str
) -> None:
    (line,) = [line for line in lines_of(value) if said in line]
    assert line.startswith("gateway.regions[0].links.")


HUB = (
    "/subscriptions/0a1b2c3d-0000-4000-8000-00000000bbbb/resourceGroups/network/providers/"
    "Microsoft.Network/virtualHubs/eastus2"
)


def test_a_virtual_hub_is_beside_the_peering_and_is_given_or_created() -> None:
    created = {"vnet-peering": {}, "virtual-hub": {"address_prefix": "10.95.0.0/23"}}
    peering, hub = gateway_args(settings.load("test", document(created, 1))).regions[1].links
    assert peering.kind is LinkKind.VNET_PEERING
    assert hub.hub == VirtualHubChoice(address_prefix=IPv4Network("10.95.0.0/23"))
    given = {"hub": {"kind": "virtual-hub", "hub_id": HUB, "landing_connected": True}}
    (hub,) = gateway_args(settings.load("test", document(given, 1))).regions[1].links
    assert hub.hub == VirtualHubChoice(HUB, landing_connected=True)


def test_what_is_behind_a_virtual_hub_can_be_reached() -> None:
    value = document({"virtual-hub": {"hub_id": HUB}}, 1)
    value["regions"][1]["landing"]["reach"] = ["10.130.0.0/16"]
    assert settings.load("test", value).regions[1].landing.reach


@pytest.mark.parametrize(
    ("hub", "said"),
    [
        ({}, "links.virtual-hub: {} names no hub; add hub_id, or for example address_prefix"),
        (
            {"hub_id": HUB, "address_prefix": "10.95.0.0/23"},
            'address_prefix: "10.95.0.0/23" is for a hub that is created here, and hub_id names',
        ),
        (
            {"address_prefix": "10.95.0.0/25"},
            'address_prefix: "10.95.0.0/25" is too small for a virtual hub; write a block of /24',
        ),
        (
            {"address_prefix": "10.81.0.0/23"},
            'address_prefix: "10.81.0.0/23" overlaps 10.81.0.0/16 of gateway.regions[1].landing',
        ),
        (
            {"address_prefix": "10.95.0.0/23", "landing_connected": True},
            "landing_connected: true is for a hub that exists, and a hub that is created here has",
        ),
    ],
)
def test_a_virtual_hub_that_cannot_be_is_one_error(hub: object, said: str) -> None:
    (line,) = lines_of(document({"virtual-hub": hub}, 1))
    assert said in line


def test_ports_of_the_landing_mean_nothing_to_a_resource_endpoint() -> None:
    value = document({"backends": {"kind": "resource-endpoint", "resources": {"orders": ORDERS}}})
    value["regions"][0]["landing"]["ports"] = [443]
    assert lines_of(value) == [
        "gateway.regions[0].landing.ports: [443] has no effect: the region has only "
        "resource-endpoint, and each service has its own ports; delete ports"
    ]


def test_a_live_link_that_would_be_deleted_is_a_warning_when_another_can_take_its_place() -> None:
    loaded = settings.load("test", document({"transit-gateway": {}}))
    live = Live({"aws-us-east-2": [LiveNetwork("network", "10.64.0.0/20", frozenset())]})
    attachment = {
        "name": "gateway-test-aws-us-east-2-backends",
        "transit_gateway_attachment_config": {"kind": "aws-resource-endpoint-attachment"},
    }
    attachments = {"network": [attachment]}
    assert list(link_problems("gateway-test", loaded, live, attachments)) == []
    (warning,) = link_warnings("gateway-test", loaded, live, attachments)
    assert warning.line("file") == (
        "file: gateway.regions[0].links: would delete backends (resource-endpoint), over which "
        "aws-us-east-2 is live; make sure that transit-gateway reaches everything that the gateway "
        "calls, or write it again: {backends: {kind: resource-endpoint}}"
    )


@pytest.mark.parametrize(
    ("links", "name", "kind", "said"),
    [
        ({}, "transit-gateway", "aws-transit-gateway-attachment", None),
        ({"vpc-peering": {}}, "vpc-peering", "aws-vpc-peering-attachment", None),
        ({}, "by-hand", "aws-resource-endpoint-attachment", None),
        (
            {"vpc-peering": {}},
            "transit-gateway",
            "aws-transit-gateway-attachment",
            "would change aws-us-east-2 from transit-gateway, over which it is live, to "
            "vpc-peering; a route table takes one route to the gateway; write links: "
            "{transit-gateway: {}}, or delete the region",
        ),
        (
            {},
            "private",
            "aws-vpc-peering-attachment",
            "write links: {private: {kind: vpc-peering}}, or delete the region",
        ),
        (
            {"main": {"kind": "vpc-peering"}},
            "main",
            "aws-transit-gateway-attachment",
            "would change aws-us-east-2 from main (transit-gateway), over which it is live, to "
            "main (vpc-peering); a link keeps its kind; write links: {main: {kind: "
            "transit-gateway}}, or delete the region",
        ),
    ],
)
def test_the_link_of_a_live_region_never_changes(
    links: object, name: str, kind: str, said: str | None
) -> None:
    loaded = settings.load("test", document(links))
    live = Live({"aws-us-east-2": [LiveNetwork("network", "10.64.0.0/20", frozenset())]})
    attachment = {
        "name": f"gateway-test-aws-us-east-2-{name}",
        "transit_gateway_attachment_config": {"kind": kind},
    }
    found = list(link_problems("gateway-test", loaded, live, {"network": [attachment]}))
    if said is None:
        assert found == []
    else:
        (problem,) = found
        assert problem.path == ("regions", 0, "links")
        assert said in problem.line("file")


def test_a_given_hub_in_another_subscription_does_not_move_the_region() -> None:
    value = document({"virtual-hub": {"hub_id": HUB}}, 1)
    value["accounts"] = {
        "landing": {"subscription_id": "0f39574d-d756-48cf-b622-0e27a6943bd2"},
    }
    value["regions"][1]["account"] = "landing"
    loaded = settings.load("test", value)
    live = Live({"azure-eastus2": [LiveNetwork("network", "10.80.0.0/20", frozenset())]})
    config = {
        "kind": "azure-vhub-peering-attachment",
        "subscription_id": "0a1b2c3d-0000-4000-8000-00000000bbbb",
    }
    attachment = {
        "name": "gateway-test-azure-eastus2-virtual-hub",
        "transit_gateway_attachment_config": config,
    }
    attachments = {"network": [attachment]}
    assert list(account_problems("gateway-test", loaded, live, attachments)) == []
    assert list(link_problems("gateway-test", loaded, live, attachments)) == []
