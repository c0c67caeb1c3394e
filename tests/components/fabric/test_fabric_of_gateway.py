"""The fabric of a gateway under Pulumi's mocks: what is wired to what."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pulumi_gcp as gcp
import pytest

from components.fabric.model import (
    FabricLinkKind,
    InspectionArgs,
    InspectionKind,
    SegmentArgs,
    SpokeArgs,
)
from components.fabric.plan import fabric_plan
from components.gateway import MultiCloudGatewayArgs, RegionArgs
from components.regions import Cloud
from tests.components import gateways as plain
from tests.components.fabric import gateways
from tests.components.gateways import Build

RECORDED = Path(__file__).parents[1] / "urns" / "fabric.txt"


def test_the_urns_of_a_fabric_are_those_in_the_state_of_its_stack(build: Build) -> None:
    world, _ = build(gateways.gateway())
    built = "\n".join(sorted(world.urns)) + "\n"
    if os.environ.get("RECORD"):
        RECORDED.write_text(built)
    assert built == RECORDED.read_text(), "a resource of another URN is replaced"
    assert len(world.urns) == len({*world.urns})


def test_a_fabric_adds_to_what_a_gateway_creates_and_moves_nothing(build: Build) -> None:
    """Only the second virtual WAN is not there: the hubs of a fabric share one."""
    without, _ = build(replace(gateways.gateway(), fabric=None))
    with_fabric, _ = build(gateways.gateway())
    gone = {*without.urns} - {*with_fabric.urns}
    assert [urn.rpartition("::")[2] for urn in gone] == ["gw-azure-northeurope-hub-wan"]
    added = {*with_fabric.urns} - {*without.urns}
    assert all("$multicloudgateway:index:TransitFabric" in urn for urn in added)


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_the_fabric_is_exported_with_its_hubs_links_and_spokes(build: Build, preview: bool) -> None:
    plan = fabric_plan(gateways.fabric_of(gateways.REGIONS))
    _, exported = build(gateways.gateway(), preview=preview)
    fabric = exported["fabric"]
    assert fabric["driver"] == "native"
    assert sorted(fabric["hubs"]) == sorted(plan.hubs)
    kinds = {key: link["kind"] for key, link in fabric["links"].items()}
    assert kinds == {key: link.kind.value for key, link in plan.links.items()}
    spokes = {name: (one["hub"], one["segment"]) for name, one in fabric["spokes"].items()}
    assert spokes == {name: (one.hub, one.segment) for name, one in plan.spokes.items()}


def test_the_record_says_how_hubs_in_azure_are_routed(build: Build) -> None:
    """So that a preview refuses to change tables of segments for routing intent."""
    regions = [gateways.AZURE, gateways.AZURE_EU]
    books = SpokeArgs("azure-northeurope", IPv4Network("10.85.0.0/20"), "lab")
    segments = {"lab": SegmentArgs(gateways=False)}
    closed = replace(gateways.fabric_of(regions), segments=segments, spokes={"books": books})
    for kind, tables, intents in (
        (InspectionKind.NONE, {"azure-northeurope": ["lab"]}, []),
        (InspectionKind.NATIVE, {}, ["azure-eastus2", "azure-northeurope"]),
    ):
        plan = fabric_plan(replace(closed, inspection=InspectionArgs(kind)))
        world, _ = build(gateways.gateway(*regions, plan=plan))
        record = world.one("multicloudgateway:FabricRecord").inputs
        assert (record["segment_tables"], record["routing_intents"]) == (tables, intents)


def test_the_connections_of_a_hub_in_azure_wait_for_that_of_the_landing(build: Build) -> None:
    world, _ = build(gateways.gateway())
    found = {one.name: one for one in world.of("network:HubVirtualNetworkConnection")}
    landing = found["gw-azure-northeurope-spoke-connection"]
    assert landing.urn in found["gw-fabric-azure-northeurope-orders-connection"].depends_on


def test_an_ipsec_link_has_as_many_addresses_at_each_end_as_tunnels(build: Build) -> None:
    plan = fabric_plan(gateways.fabric_of(gateways.REGIONS))
    _, exported = build(gateways.gateway())
    for key, link in exported["fabric"]["links"].items():
        tunnels = len(plan.links[key].tunnels)
        assert (len(link["near_addresses"]), len(link["far_addresses"])) == (tunnels, tunnels), key
    near = exported["fabric"]["links"]["aws-us-east-2-gcp-us-central1"]["near_addresses"]
    assert len({*near}) == 4


def _keys_of(inputs: dict[str, Any]) -> list[str]:
    """The pre-shared keys among the inputs of a resource, at any depth."""
    found = []
    for name, value in inputs.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found += _keys_of(item)
            elif name.lower() in ("sharedsecret", "sharedkey") or "presharedkey" in name.lower():
                found.append(item)
    return found


def test_both_ends_of_a_tunnel_have_the_key_of_that_tunnel(build: Build) -> None:
    plan = fabric_plan(gateways.fabric_of(gateways.REGIONS))
    world, _ = build(gateways.gateway())
    users: dict[str, list[str]] = defaultdict(list)
    for resource in world.resources:
        for key in _keys_of(resource.inputs):
            users[key].append(resource.name)
    links = [*plan.links.values(), *(one.link for one in plan.spokes.values() if one.link)]
    expected = {
        f"gw-fabric-{link.key}-{tunnel.key}-key" for link in links for tunnel in link.tunnels
    }
    assert {*users} == expected
    assert {key: len(names) for key, names in users.items()} == dict.fromkeys(expected, 2)


def test_all_hubs_in_azure_are_in_the_virtual_wan_of_the_core(build: Build) -> None:
    later_first = (gateways.AZURE_EU, *gateways.REGIONS[:3], *gateways.REGIONS[4:])
    recorded = fabric_plan(gateways.fabric_of(gateways.REGIONS)).numbers
    assert recorded.cores[Cloud.AZURE] == "azure-eastus2"
    plan = fabric_plan(replace(gateways.fabric_of(later_first), numbers=recorded))
    world, _ = build(gateways.gateway(*later_first, plan=plan))
    assert world.one("network:VirtualWan").name == "gw-azure-eastus2-hub-wan"
    wans = [one.inputs["virtualWan"]["id"] for one in world.of("network:VirtualHub")]
    assert wans == ["gw-azure-eastus2-hub-wan-id"] * 2


def test_konnect_routes_the_blocks_of_the_other_clouds_to_the_attachment(build: Build) -> None:
    world, _ = build(gateways.gateway())
    attachments = {
        one.name.removeprefix("gw-").partition("-transit-gateway")[0]: one.inputs["cidr_blocks"]
        for one in world.of("konnect:CloudGatewayTransitGateway")
        if one.inputs["transit_gateway_attachment_config"]["kind"].startswith("aws")
    }
    plan = fabric_plan(gateways.fabric_of(gateways.REGIONS))
    assert sorted(attachments) == ["aws-eu-west-1", "aws-us-east-2"]
    for key, blocks in attachments.items():
        assert {"10.80.0.0/12", "10.96.0.0/12"} <= {*blocks}, key
        assert {str(block) for block in plan.hubs[key].gateway_reach} <= {*blocks}, key


def test_each_end_of_a_link_uses_the_providers_of_its_own_region(build: Build) -> None:
    def in_accounts() -> MultiCloudGatewayArgs:
        own = {
            "eu-west-1": [aws.Provider("second", region="eu-west-1")],
            "europe-west1": [gcp.Provider("host", project="host")],
        }
        regions = [replace(one, providers=own.get(one.region, ())) for one in gateways.REGIONS]
        return gateways.gateway(*regions, plan=fabric_plan(gateways.fabric_of(gateways.REGIONS)))

    world, _ = build(in_accounts)
    of_fabric = [one for one in world.resources if "TransitFabric$" in one.urn and one.provider]
    for hub, provider, package in (
        ("aws-eu-west-1", "second", "aws"),
        ("gcp-europe-west1", "host", "gcp"),
    ):
        children = [
            one
            for one in of_fabric
            if one.type.startswith(f"{package}:") and one.name.startswith(f"gw-fabric-{hub}")
        ]
        assert children
        assert {one.provider.split("::")[3] for one in children} == {provider}, hub
    accepters = world.of("PeeringAttachmentAccepter")
    assert [one.name for one in accepters] == ["gw-fabric-aws-eu-west-1-aws-us-east-2-accepter"]


@pytest.mark.parametrize(
    ("kind", "order"),
    [(InspectionKind.NATIVE, "BEFORE_CLASSIC_FIREWALL"), (InspectionKind.NONE, None)],
)
def test_firewall_policies_come_first_in_a_landing_that_firewalls_inspect(
    build: Build, kind: InspectionKind, order: str | None
) -> None:
    inspection = InspectionArgs(kind, organization="123456789012")
    wanted = replace(gateways.fabric_of([plain.GCP]), spokes={}, segments={}, inspection=inspection)
    world, _ = build(gateways.gateway(plain.GCP, plan=fabric_plan(wanted)))
    network = world.one("compute/network:Network").inputs
    assert network.get("networkFirewallPolicyEnforcementOrder") == order
    policies = world.of("networkFirewallPolicy:NetworkFirewallPolicy")
    assert len(policies) == (0 if order is None else 1)


def test_hubs_keep_what_a_deleted_fabric_gave_them(build: Build) -> None:
    """Their ASN and virtual WAN. A live hub could not take another one."""
    given = {"transitGateway:TransitGateway": "amazonSideAsn", "network:VirtualHub": "virtualWan"}
    with_fabric, _ = build(gateways.gateway())
    without, _ = build(replace(gateways.gateway(), fabric=None))
    for token, name in given.items():
        assert {one.ignored for one in without.of(token)} == {(name,)}
    assert {one.ignored for one in with_fabric.of("transitGateway:TransitGateway")} == {()}
    assert {one.ignored for one in with_fabric.of("network:VirtualHub")} == {("virtualWan",)}


def test_a_gateway_without_a_fabric_exports_none(build: Build) -> None:
    _, exported = build(plain.args(plain.AWS))
    assert exported["fabric"] is None


def test_hubs_of_one_virtual_wan_are_a_link_without_an_object() -> None:
    plan = fabric_plan(gateways.fabric_of(gateways.REGIONS))
    kind = plan.links["azure-eastus2-azure-northeurope"].kind
    assert kind is FabricLinkKind.VIRTUAL_WAN


@pytest.mark.parametrize(
    ("regions", "links"),
    [
        ([plain.AWS], {}),
        ([gateways.AZURE], {}),
        ([plain.GCP], {}),
        (
            [plain.AWS, gateways.AWS_EU],
            {"aws-us-east-2-aws-eu-west-1": "transit-gateway-peering"},
        ),
        (
            [gateways.AZURE, gateways.AZURE_EU],
            {"azure-eastus2-azure-northeurope": "virtual-wan"},
        ),
        ([plain.GCP, plain.GCP_EU], {"gcp-us-central1-gcp-europe-west1": "ipsec"}),
    ],
    ids=lambda value: "-".join(one.key for one in value) if isinstance(value, list) else "",
)
def test_a_fabric_may_have_one_cloud_or_one_region(
    build: Build, regions: list[RegionArgs], links: dict[str, str]
) -> None:
    """Only hubs with links by IPsec have a VPN gateway."""
    plan = fabric_plan(replace(gateways.fabric_of(regions), segments={}, spokes={}))
    world, exported = build(gateways.gateway(*regions, plan=plan))
    fabric = exported["fabric"]
    assert sorted(fabric["hubs"]) == sorted(region.key for region in regions)
    assert {key: link["kind"] for key, link in fabric["links"].items()} == links
    speakers = len(regions) if "ipsec" in links.values() else 0
    made = [*world.of("haVpnGateway:HaVpnGateway"), *world.of("network:VpnGateway")]
    assert len(made) == speakers
