"""What an environment costs: known prices, unknown ones with their reason, and no guess."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy.proxy import unknown_checking_proxy

from stacks.costs import Estimate, estimate

TESTS = Path(__file__).parents[1]
KONNECT = "pulumi-python:dynamic/konnect:"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
VPC_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"


@dataclass(frozen=True)
class Resource:
    resource_type: str
    props: Mapping[str, Any] = field(default_factory=dict)
    name: str = "it"

    @property
    def urn(self) -> str:
        return f"urn:pulumi:prod::multicloud-gateway::{self.resource_type}::{self.name}"


def cost(resource_type: str, **props: Any) -> Estimate:
    return estimate([Resource(resource_type, props)])


@pytest.mark.parametrize(
    ("props", "monthly"),
    [
        ({"cloud_gateway": True, "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE"}, "500"),
        ({"cloud_gateway": False, "cluster_type": "CLUSTER_TYPE_CONTROL_PLANE"}, "200"),
        ({}, "200"),
        ({"cluster_type": "CLUSTER_TYPE_SERVERLESS"}, "25"),
    ],
)
def test_a_control_plane_costs_what_kong_prints_for_its_kind(
    props: dict[str, Any], monthly: str
) -> None:
    found = cost(f"{KONNECT}GatewayControlPlane", **props)
    assert found.total == Decimal(monthly)
    assert [line.why for line in found.unknown] == [
        "200 USD per million requests, and a plan does not know the traffic"
    ]


@pytest.mark.parametrize(
    "props",
    [
        {"cloud_gateway": UNKNOWN_STRING},
        unknown_checking_proxy({"cloud_gateway": UNKNOWN_STRING}),
        unknown_checking_proxy({"cluster_type": UNKNOWN_STRING}),
    ],
)
def test_a_control_plane_of_unknown_kind_has_an_unknown_price(props: Mapping[str, Any]) -> None:
    found = estimate([Resource(f"{KONNECT}GatewayControlPlane", props)])
    assert found.lines == ()
    assert found.unknown[0].why == "its kind is not known yet"


def test_a_control_plane_of_a_kind_without_a_printed_price_is_unknown() -> None:
    found = cost(f"{KONNECT}GatewayControlPlane", cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    assert found.lines == ()
    assert "no price is published" in found.unknown[0].why


def test_an_hour_is_a_730th_of_a_month() -> None:
    found = cost(VPC_ATTACHMENT, region="us-east-2")
    assert found.total == Decimal("36.50")
    assert found.lines[0].quantity == "730 h at 0.05"
    assert found.lines[0].source.as_of == "2026-09-20"


def test_a_price_of_another_region_says_so() -> None:
    found = cost(VPC_ATTACHMENT, region="eu-west-1")
    assert found.lines[0].quantity == "730 h at 0.05 (price of us-east-2)"


def test_scale_units_multiply_their_price() -> None:
    vpn = cost("azure-native:network:VpnGateway", vpnGatewayScaleUnit=2.0)
    assert vpn.total == Decimal("527.06")
    assert vpn.lines[0].quantity == "2 x 730 h at 0.361"
    bounds = {"bounds": {"min": 3}}
    route = cost("azure-native:network:ExpressRouteGateway", autoScaleConfiguration=bounds)
    assert route.total == Decimal("919.80")


@pytest.mark.parametrize(
    "props",
    [
        {},
        {"vpnGatewayScaleUnit": "3eeb2bf0-c639-47a8-9e75-3b44932eb421"},
        unknown_checking_proxy({"vpnGatewayScaleUnit": "3eeb2bf0-c639-47a8-9e75-3b44932eb421"}),
    ],
)
def test_scale_units_that_are_not_known_make_the_price_unknown(props: Mapping[str, Any]) -> None:
    found = estimate([Resource("azure-native:network:VpnGateway", props)])
    assert (found.total, len(found.lines)) == (0, 0)
    assert found.unknown[0].why == "the scale units are not known yet"


def test_instances_and_the_managed_cache_have_no_price_in_a_plan() -> None:
    groups = [{"provider": "aws"}, {"provider": "azure"}]
    found = estimate(
        [
            Resource(f"{KONNECT}CloudGatewayConfiguration", {"dataplane_groups": groups}),
            Resource(
                f"{KONNECT}CloudGatewayAddon",
                unknown_checking_proxy(
                    {
                        "owner": {"control_plane_id": UNKNOWN_STRING},
                        "config": {"capacity_config": {"tier": "large"}},
                    }
                ),
            ),
        ]
    )
    assert found.lines == ()
    assert [(line.item, line.quantity) for line in found.unknown] == [
        ("Gateway instances", "2 data plane groups"),
        ("Data that leaves the gateways", ""),
        ("Managed cache", "tier large"),
    ]
    assert all(line.why for line in found.unknown)


def test_groups_that_are_not_known_are_not_counted() -> None:
    props = unknown_checking_proxy({"dataplane_groups": UNKNOWN_STRING})
    found = estimate([Resource(f"{KONNECT}CloudGatewayConfiguration", props)])
    assert found.unknown[0].quantity == ""


def test_both_ends_of_a_peering_of_transit_gateways_are_billed() -> None:
    peering = "aws:ec2transitgateway/peeringAttachment"
    ends = (f"{peering}:PeeringAttachment", f"{peering}Accepter:PeeringAttachmentAccepter")
    assert [cost(token).total for token in ends] == [Decimal("36.50")] * 2


def test_a_vpn_connection_of_a_transit_gateway_is_an_attachment_too() -> None:
    token = "aws:ec2/vpnConnection:VpnConnection"
    assert cost(token, transitGatewayId=UNKNOWN_STRING).total == Decimal("36.50")
    alone = cost(token, vpnGatewayId="vgw-1")
    assert alone.lines == ()
    assert [line.item for line in alone.unknown] == ["VPN connection"]


def test_an_azure_attachment_also_pays_for_what_passes_the_peering() -> None:
    kind = {"kind": "azure-vnet-peering-attachment"}
    found = cost(f"{KONNECT}CloudGatewayTransitGateway", transit_gateway_attachment_config=kind)
    assert [line.item for line in found.unknown] == [
        "Kong's side of the attachment",
        "Data through VNet peering",
    ]


def test_the_vms_of_an_instance_group_are_listed_without_a_price() -> None:
    token = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
    (line,) = cost(token, targetSize=2).unknown
    assert (line.item, line.quantity) == ("VMs of an instance group", "2 VMs")


@pytest.mark.parametrize(
    ("token", "item"),
    [
        ("aws:elasticache/replicationGroup:ReplicationGroup", "Nodes of an ElastiCache"),
        ("azure-native:redisenterprise:RedisEnterprise", "Azure Managed Redis"),
        ("azure-native:network:PrivateEndpoint", "Private endpoint"),
        ("azure-native:privatedns:PrivateZone", "Azure DNS zone"),
    ],
)
def test_a_redis_of_ours_is_listed_without_a_price(token: str, item: str) -> None:
    (line,) = cost(token).unknown
    assert line.item == item
    assert line.why.startswith("the list price is not on record")


@pytest.mark.parametrize(
    "token",
    [
        "pulumi:pulumi:Stack",
        "multicloudgateway:index:AwsLanding",
        f"{KONNECT}CloudGatewayNetwork",
        f"{KONNECT}GatewayRoute",
        "aws:ec2/vpc:Vpc",
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        "aws:elasticache/userGroup:UserGroup",
        "azure-native:network:Subnet",
        "azure-native:privatedns:VirtualNetworkLink",
        "azure-native:redisenterprise:Database",
        "gcp:compute/subnetwork:Subnetwork",
        "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
    ],
)
def test_what_is_not_billed_by_itself_has_no_line(token: str) -> None:
    assert cost(token) == Estimate((), ())


def test_a_type_that_nobody_priced_is_unknown_and_not_free() -> None:
    found = cost("aws:rds/instance:Instance", instanceClass="db.r7g.16xlarge")
    assert [line.why for line in found.unknown] == [
        "no price of aws:rds/instance:Instance is on record in stacks/prices.json"
    ]


def test_the_dearest_line_comes_first_and_the_total_is_their_sum() -> None:
    found = estimate(
        [
            Resource("aws:ec2/natGateway:NatGateway", name="nat"),
            Resource(f"{KONNECT}GatewayControlPlane", {"cloud_gateway": True}, name="plane"),
            Resource(VPC_ATTACHMENT, name="attachment"),
        ]
    )
    assert [(line.name, line.monthly) for line in found.lines] == [
        ("plane", Decimal("500.00")),
        ("attachment", Decimal("36.50")),
        ("nat", Decimal("32.85")),
    ]
    assert found.total == Decimal("569.35")


def test_an_error_that_is_not_about_unknown_values_is_not_hidden() -> None:
    class Broken(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise RuntimeError("not readable")

    with pytest.raises(RuntimeError, match="not readable"):
        estimate([Resource(f"{KONNECT}GatewayControlPlane", Broken())])


def test_importing_it_loads_no_sdk() -> None:
    code = "import sys, stacks.costs; print([m for m in sys.modules if m.startswith('pulumi')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_type_of_a_fabric_is_on_record() -> None:
    urns = (TESTS / "components" / "urns" / "fabric.txt").read_text().splitlines()
    types = {urn.split("::")[2].rpartition("$")[2] for urn in urns}
    found = estimate([Resource(token) for token in sorted(types)])
    assert [line.why for line in found.unknown if line.item == "Not on record"] == []
    priced = {line.urn.split("::")[2] for line in (*found.lines, *found.unknown)}
    assert priced > {
        "aws:ec2/vpnConnection:VpnConnection",
        "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
        "azure-native:network:VirtualHub",
        "azure-native:network:VpnConnection",
        "azure-native:network:VpnGateway",
        "gcp:compute/vPNTunnel:VPNTunnel",
        "gcp:networkconnectivity/spoke:Spoke",
    }
