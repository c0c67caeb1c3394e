"""Firewalls of a fabric in GCP, created in the simulated cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from components.fabric.model import FabricArgs, InspectionArgs, InspectionKind
from components.fabric.plan import fabric_plan
from components.regions import Cloud
from tests.components.fabric.fabrics import hub, prod_args, spoke
from tests.components.fabric.gcp_fabric import connect_gcp, gcp_hub
from tests.components.fabric.sandbox_program import CloudWorld, cloud_world
from tests.sandbox.clouds.harness import Made

CORE = "gcp-us-central1"
NAME = f"gw-fabric-{CORE}-inspection"
ORGANIZATION = "123456789012"
SERVICE = "com.amazonaws.vpce.us-east-2.vpce-svc-0123456789abcdef0"
GROUP = "projects/acme-firewalls/locations/global/interceptEndpointGroups/palo"


@pytest.fixture
def world() -> Iterator[CloudWorld]:
    with cloud_world() as world:
        yield world


def inspected(kind: InspectionKind, *bypass: str, isolated: bool = False) -> FabricArgs:
    """A fabric of one hub in GCP with one spoke, and a hub in AWS."""
    hubs = [replace(hub(Cloud.GCP, 0), isolated=isolated), hub(Cloud.AWS, 0)]
    endpoints = {}
    if kind is InspectionKind.THIRD_PARTY:
        endpoints = {CORE: GROUP, "aws-us-east-2": SERVICE}
    return replace(
        prod_args(),
        hubs=hubs,
        spokes={"ledger": spoke(Cloud.GCP, 0, "shop")},
        inspection=InspectionArgs(
            kind, endpoints, [IPv4Network(block) for block in bypass], ORGANIZATION
        ),
    )


def built(world: CloudWorld, args: FabricArgs) -> None:
    world.run(lambda: connect_gcp(fabric_plan(args), policies_first=True) and None)


def rules(world: CloudWorld, name: str) -> list[Made]:
    """The rules of a network's policy, first those with the lowest priority."""
    found = [
        made
        for (token, _), made in world.objects.items()
        if token.endswith("NetworkFirewallPolicyRule") and made.name.startswith(f"{NAME}-{name}")
    ]
    return sorted(found, key=lambda made: int(made["priority"]))


def test_cloud_ngfw_has_an_endpoint_in_each_zone(world: CloudWorld) -> None:
    built(world, inspected(InspectionKind.NATIVE))

    for letter in "abcf":
        zone = f"us-central1-{letter}"
        endpoint = world.made(f"{NAME}-{zone}")
        assert endpoint["parent"] == f"organizations/{ORGANIZATION}"
        for network in ("landing", "spoke-ledger"):
            association = world.made(f"{NAME}-{network}-{zone}")
            assert association["firewallEndpoint"] == endpoint.id
            assert association["location"] == zone
    assert world.made(f"{NAME}-profile")["type"] == "THREAT_PREVENTION"


def test_what_a_network_lets_in_is_inspected(world: CloudWorld) -> None:
    args = inspected(InspectionKind.NATIVE)
    built(world, args)

    plan = fabric_plan(args)
    of_hub = plan.hubs[CORE]
    sources = {
        "landing": [of_hub.gateway, *of_hub.remote_gateways],
        "spoke-ledger": plan.spokes["ledger"].allowed,
    }
    group = world.made(f"{NAME}-group")
    for network, blocks in sources.items():
        (rule,) = rules(world, network)
        assert rule["action"] == "apply_security_profile_group"
        assert rule["securityProfileGroup"].endswith(group.id)
        assert rule["match"] == {
            "srcIpRanges": [str(block) for block in blocks],
            "layer4Configs": [{"ipProtocol": "tcp", "ports": ["443"]}],
        }
    # A firewall rule of the network would let the packets in before a policy sees them.
    for name in (f"gw-{CORE}-network", f"gw-fabric-{CORE}-ledger-vpc-network"):
        order = world.made(name)["networkFirewallPolicyEnforcementOrder"]
        assert order == "BEFORE_CLASSIC_FIREWALL"


def test_blocks_of_the_bypass_are_left_to_the_rules_of_the_network(world: CloudWorld) -> None:
    built(world, inspected(InspectionKind.NATIVE, "10.104.0.0/20"))

    first, second, last = rules(world, "landing")
    assert [first["action"], second["action"]] == ["goto_next", "goto_next"]
    assert first["match"]["srcIpRanges"] == ["10.104.0.0/20"]
    assert second["match"]["destIpRanges"] == ["10.104.0.0/20"]
    assert last["action"] == "apply_security_profile_group"


def test_the_policy_does_not_let_an_isolated_gateway_in(world: CloudWorld) -> None:
    args = inspected(InspectionKind.NATIVE, isolated=True)
    built(world, args)

    block = str(fabric_plan(args).hubs[CORE].gateway)
    found = [*rules(world, "landing"), *rules(world, "spoke-ledger")]
    assert len(found) == 2
    for rule in found:
        assert block not in rule["match"]["srcIpRanges"]


def test_third_party_firewalls_intercept_each_network(world: CloudWorld) -> None:
    built(world, inspected(InspectionKind.THIRD_PARTY))

    profile = world.made(f"{NAME}-intercept-profile")
    assert profile["type"] == "CUSTOM_INTERCEPT"
    assert profile["customInterceptProfile"] == {"interceptEndpointGroup": GROUP}
    associations = [
        made
        for (token, _), made in world.objects.items()
        if token.endswith("InterceptEndpointGroupAssociation")
    ]
    assert {made["network"].rsplit("/", 1)[-1] for made in associations} == {
        f"gw-{CORE}",
        f"gw-fabric-{CORE}-ledger-vpc",
    }
    assert {made["interceptEndpointGroup"] for made in associations} == {GROUP}
    assert not [token for token, _ in world.objects if token.endswith("FirewallEndpoint")]


def test_inspection_comes_and_goes_in_place(world: CloudWorld) -> None:
    without = replace(inspected(InspectionKind.NATIVE), inspection=InspectionArgs())
    world.run(lambda: connect_gcp(fabric_plan(without)) and None)
    built(world, inspected(InspectionKind.NATIVE))

    assert {operation for operation, _ in world.changes} == {"create", "update"}
    assert world.names("update") == {
        f"gw-{CORE}-network",
        f"gw-fabric-{CORE}-ledger-vpc-network",
    }
    world.run(lambda: connect_gcp(fabric_plan(without)) and None)
    assert {operation for operation, _ in world.changes} == {"update", "delete"}


def test_firewalls_of_others_take_the_place_of_the_own_ones_and_go_again(world: CloudWorld) -> None:
    own, others = inspected(InspectionKind.NATIVE), inspected(InspectionKind.THIRD_PARTY)
    built(world, own)
    for args, associated in (
        (others, "InterceptEndpointGroupAssociation"),
        (own, "FirewallEndpointAssociation"),
    ):
        built(world, args)

        assert {operation for operation, _ in world.changes} == {"create", "update", "delete"}
        networks = ("landing", "spoke-ledger")
        assert world.names("update") == {f"{NAME}-{network}-inspected" for network in networks}
        # A rule sends packets to firewalls after its network is connected with them.
        for network in networks:
            (rule,) = (one for one in world.resources if one.name == f"{NAME}-{network}-inspected")
            assert any(f":{associated}::{NAME}-{network}" in one for one in rule.depends_on)


def test_another_endpoint_group_is_associated_in_place_of_the_first(world: CloudWorld) -> None:
    args = inspected(InspectionKind.THIRD_PARTY)
    built(world, args)
    inspection = args.inspection
    endpoints = {**inspection.endpoints, CORE: f"{GROUP}-2"}
    built(world, replace(args, inspection=replace(inspection, endpoints=endpoints)))

    associated = {f"{NAME}-landing", f"{NAME}-spoke-ledger"}
    assert world.names("replace") == associated
    assert world.names("update") == {f"{NAME}-intercept-profile"}
    assert {
        one.name
        for one in world.resources
        if one.type.endswith("InterceptEndpointGroupAssociation") and one.delete_before_replace
    } == associated


def test_a_spoke_may_be_called_as_the_landing_is(world: CloudWorld) -> None:
    args = inspected(InspectionKind.NATIVE)
    built(world, replace(args, spokes={"landing": args.spokes["ledger"]}))

    policies = {name for token, name in world.objects if token.endswith("NetworkFirewallPolicy")}
    assert policies == {f"{NAME}-landing", f"{NAME}-spoke-landing"}


def test_firewalls_need_an_organization(world: CloudWorld) -> None:
    args = inspected(InspectionKind.NATIVE)
    plan = replace(fabric_plan(args), inspection=InspectionArgs(InspectionKind.NATIVE))

    def make() -> None:
        with pytest.raises(ValueError, match=f"hub {CORE}: has no organization"):
            gcp_hub(plan, plan.hubs[CORE])

    world.run(make)
