"""What another stack owns is not known here: it is said, and never taken as unreachable."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
import yaml

from reachability import aws, azure
from reachability.build import graph_of
from reachability.records import Record, Records
from reachability.services import declared_services, verdicts
from reachability.walk import Walk, walk
from stacks import settings
from tests.reachability.stacks import CHECKOUT, records_of, stack_records

VPC = {
    "vpc_id": "vpc-0b807ff08e2cbdb01",
    "account": "111122223333",
    "route_table_ids": {"workload": "rtb-020b3e1fb75bad56b"},
    "hub": {
        "transit_gateway_arn": "arn:aws:ec2:us-east-2:111122223333:transit-gateway/tgw-0ea88b65",
        "gateway_route_table_id": "tgw-rtb-00b612bf",
        "spoke_route_table_id": "tgw-rtb-05d25f5f",
        "vpc_attachment_id": "tgw-attach-07226362",
    },
}
GROUP = "/subscriptions/0f39574d-d756-48cf-b622-0e27a6943bd2/resourceGroups/network"
HUB = f"{GROUP}/providers/Microsoft.Network/virtualHubs/eastus2"
VNET = {
    "vnet_id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/eastus2",
    "network_security_group_name": "workload",
    "workload_cidr": "10.81.0.0/17",
}
SHARED = {"id": "projects/acme-network/global/networks/shared"}
AWS = {"region": "us-east-2", "cidr": "10.64.0.0/20"}
AZURE = {"region": "eastus2", "zones": ["eastus2-az2", "eastus2-az3"], "cidr": "10.80.0.0/20"}
GCP = {"region": "us-central1", "zones": ["us-central1-a"], "cidr": "10.96.0.0/20"}


def in_aws(**landing: Any) -> dict[str, Any]:
    return {**AWS, "landing": {"cidr": "10.65.0.0/16", **landing}}


def in_azure(link: Mapping[str, Any] | None = None, **landing: Any) -> dict[str, Any]:
    links = {} if link is None else {"links": {"virtual-hub": link}}
    return {**AZURE, "landing": {"cidr": "10.81.0.0/16", **landing}, **links}


def environment(region: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The settings of dev with one region."""
    config = yaml.safe_load((CHECKOUT / settings.stack_file("dev")).read_text())["config"]
    document = {**config["multicloud-gateway:gateway"], "regions": [region], **more}
    return {key: one for key, one in document.items() if key not in ("entry", "control_planes")}


@pytest.mark.parametrize(
    ("region", "address"),
    [
        (in_aws(network=VPC), "10.65.32.10"),
        (in_aws(network=VPC, reach=["10.128.0.0/16"]), "10.128.1.10"),
        ({**in_aws(network=VPC), "links": {"vpc-peering": {}}}, "10.65.32.10"),
        (in_aws(reach=["10.128.0.0/16"]), "10.128.1.10"),
        (in_azure(network=VNET), "10.81.0.10"),
        (in_azure(network=VNET), "10.81.200.10"),
        (in_azure({"address_prefix": "10.82.0.0/23"}, network=VNET), "10.81.0.10"),
        (in_azure({"address_prefix": "10.82.0.0/23"}, reach=["10.128.0.0/16"]), "10.128.1.10"),
        (in_azure({"hub_id": HUB}), "10.81.0.10"),
        (in_azure({"hub_id": HUB}, network=VNET), "10.81.0.10"),
        ({**GCP, "landing": {"cidr": "10.97.0.0/16", "network": SHARED}}, "10.97.0.10"),
    ],
    ids=[
        "a given VPC behind its hub",
        "a VPC behind a given hub",
        "a given VPC that is peered",
        "another VPC on the stack's hub",
        "a given VNet",
        "a subnet of a given VNet that no rule of the stack is about",
        "a given VNet on the stack's hub",
        "another VNet on the stack's hub",
        "a VNet on a given hub",
        "a given VNet on a given hub",
        "a given VPC network",
    ],
)
def test_an_address_in_a_network_of_another_stack_is_not_refused_and_the_answer_says_so(
    region: Mapping[str, Any], address: str
) -> None:
    document = environment(
        region, cache={"gcp": "local"} if "us-central1" in region.values() else {}
    )
    graph = graph_of(Records(records_of(document, "dev", preview=True)))
    (gateway,) = graph.gateways
    walked = walk(graph, gateway, IPv4Address(address), 443)
    assert walked.stop is None
    assert any("not checked" in one for one in walked.assumptions)


def test_an_address_of_the_stacks_own_network_is_refused_if_the_hub_does_not_lead_there() -> None:
    without = [one for one in dev() if one.type != aws.PROPAGATION]
    stop = walked_to(without).stop
    assert stop is not None
    assert "does not propagate" in stop.problem


@functools.cache
def dev() -> tuple[Record, ...]:
    return stack_records("dev")


def walked_to(records: list[Record]) -> Walk:
    return walk(graph_of(Records(records)), "aws-us-east-2", IPv4Address("10.65.32.10"), 443)


def over(**next_hop: Any) -> list[Record]:
    """The resources of dev; replies to the gateway leave the VPC over this next hop."""

    def changed(one: Record) -> Record:
        if one.type != aws.ROUTE:
            return one
        properties = {**one.properties, "transitGatewayId": None, **next_hop}
        dependencies = {"routeTableId": one.dependencies["routeTableId"]}
        return replace(one, properties=properties, dependencies=dependencies)

    return [changed(one) for one in dev()]


@pytest.mark.parametrize(
    "next_hop",
    [
        {"transitGatewayId": "tgw-0ea88b65"},
        {"networkInterfaceId": "eni-0a1b2c3d"},
        {"gatewayId": "vgw-0a1b2c3d"},
    ],
)
def test_a_reply_over_a_next_hop_that_the_stack_does_not_have_is_not_checked(
    next_hop: Mapping[str, Any],
) -> None:
    walked = walked_to(over(**next_hop))
    assert walked.stop is None
    assert any("replies to 10.64.0.4 leave over" in one for one in walked.assumptions)


@pytest.mark.parametrize("next_hop", [{"natGatewayId": "nat-0a1b"}, {"gatewayId": "igw-0a1b"}])
def test_a_reply_to_the_internet_does_not_arrive(next_hop: Mapping[str, Any]) -> None:
    stop = walked_to(over(**next_hop)).stop
    assert stop is not None
    assert "has no route to 10.64.0.4" in stop.problem


def test_a_static_route_of_the_hub_to_an_attachment_of_another_stack_is_not_checked() -> None:
    table = next(one for one in dev() if one.name.endswith("hub-gateways"))
    route = Record(
        aws.HUB_ROUTE,
        f"urn:pulumi:s::p::{aws.HUB_ROUTE}::elsewhere",
        {
            "destinationCidrBlock": "10.65.32.0/24",
            "transitGatewayAttachmentId": "tgw-attach-07226362",
        },
        dependencies={"transitGatewayRouteTableId": [table.urn]},
    )
    walked = walked_to([*dev(), route])
    assert walked.stop is None
    assert any("elsewhere are another stack's" in one for one in walked.assumptions)


@pytest.mark.parametrize(
    ("kind", "reaches"),
    [("VirtualAppliance", True), ("VirtualNetworkGateway", True), ("None", False)],
)
def test_a_route_of_azure_to_an_appliance_is_not_checked_and_one_to_nowhere_drops(
    kind: str, reaches: bool
) -> None:
    table = Record(
        azure.TABLE,
        f"urn:pulumi:s::p::{azure.TABLE}::table",
        {"routes": [{"addressPrefix": "10.80.0.0/20", "nextHopType": kind}]},
        "table-id",
    )
    records = [table]
    for one in records_of(environment(in_azure()), "dev", preview=False):
        routed = {**one.properties, "routeTable": {"id": "table-id"}}
        records.append(replace(one, properties=routed) if one.type == azure.SUBNET else one)
    walked = walk(graph_of(Records(records)), "azure-eastus2", IPv4Address("10.81.0.10"), 443)
    assert walked.reaches == reaches


def test_an_isolated_gateway_is_not_asked_for_services_and_others_are() -> None:
    services = {"orders": {"cloud": "aws", "region": "us-east-2", "address": "10.65.32.10"}}
    other = {**AWS, "region": "us-west-2", "cidr": "10.64.16.0/20", "landing": "10.66.0.0/16"}
    document = environment({**in_aws(), "isolated": True}, services=services)
    document["regions"].append(other)
    records = Records(records_of(document, "dev", preview=False))
    found = verdicts(graph_of(records), declared_services(records))
    assert [one.gateway for one in found] == ["aws-us-west-2"]


def with_rules(type_: str, **changes: Any) -> list[Record]:
    """The resources of dev with other values in the rules of a type."""
    return [
        replace(one, properties={**one.properties, **changes}) if one.type == type_ else one
        for one in dev()
    ]


@pytest.mark.parametrize(
    "changes", [{"ipProtocol": "6"}, {"cidrIpv4": None, "prefixListId": "pl-0a1b2c3d"}]
)
def test_a_rule_with_the_number_of_a_protocol_or_a_prefix_list_lets_the_gateway_in(
    changes: Mapping[str, Any],
) -> None:
    assert walked_to(with_rules(aws.INGRESS, **changes)).reaches


def test_a_rule_for_an_application_security_group_lets_the_gateway_in() -> None:
    group = {"destinationApplicationSecurityGroups": [{"id": "group"}]}
    records = [
        replace(one, properties={**one.properties, "destinationAddressPrefix": None, **group})
        if one.properties.get("access") == "Allow"
        else one
        for one in dev()
    ]
    (address,) = (
        subnet.prefix.network_address + 10
        for network in graph_of(Records(records)).networks.values()
        if network.cloud == "azure"
        for subnet in network.subnets
    )
    assert walk(graph_of(Records(records)), "azure-eastus2", address, 443).reaches
