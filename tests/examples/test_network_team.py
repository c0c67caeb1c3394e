"""A network team's VPC, hub and VNet, and a gateway of another team that is attached to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine_fixture import Project
from tests.examples.conftest import MakeExample, MakeWorld, World

NETWORKS = "organization/network-team/dev"
OWNED = {
    ("aws", "aws:ec2/vpc:Vpc"): 1,
    ("aws", "aws:ec2/subnet:Subnet"): 4,
    ("aws", "aws:ec2transitgateway/transitGateway:TransitGateway"): 1,
    ("azure", "azure-native:network:VirtualNetwork"): 1,
    ("azure", "azure-native:network:NetworkSecurityGroup"): 1,
    ("gcp", "gcp:compute/network:Network"): 1,
    ("gcp", "gcp:compute/subnetwork:Subnetwork"): 1,
}
"""What the network team has: how many of a kind, and nobody makes more of them."""


def objects(world: World, cloud: str, kind: str) -> dict[str, dict[str, Any]]:
    return world.sandbox.state().get(cloud, {}).get(kind, {})


def owned(world: World) -> dict[tuple[str, str], int]:
    return {key: len(objects(world, *key)) for key in OWNED}


@pytest.fixture
def network_team(make_world: MakeWorld, make_example: MakeExample) -> tuple[World, Project]:
    """A gateway's world in which the networks of three clouds are another stack's."""
    world = make_world()
    team = make_example(world, "network-team")
    team.ok("stack", "init", "dev")
    gcp = {"region": "us-central1", "cidr": "10.97.0.0/16"}
    for key, value in gcp.items():
        team.ok("config", "set", "--path", f"gcp.{key}", value)

    def referring(settings: dict[str, Any]) -> None:
        settings["regions"].append(
            {
                "cloud": "gcp",
                "region": "us-central1",
                "zones": ["us-central1-a"],
                "cidr": "10.96.0.0/20",
                "landing": gcp["cidr"],
            }
        )
        for region in settings["regions"]:
            landing = region["landing"]
            cidr = landing if isinstance(landing, str) else landing["cidr"]
            region["landing"] = {"cidr": cidr, "network": NETWORKS}

    world.settings("dev", referring)
    world.init("dev")
    return world, team


def test_a_gateway_is_attached_to_the_networks_of_another_team_and_leaves_them(
    network_team: tuple[World, Project],
) -> None:
    world, team = network_team
    team.ok("up", "--yes", "--skip-preview", "--stack", "dev")
    exported = team.outputs()["networks"]

    world.up("dev", preview=True)

    states = {k: r["attachment"]["state"] for k, r in world.outputs("dev")["regions"].items()}
    assert states == dict.fromkeys(exported, "ready")
    assert owned(world) == OWNED
    routes = objects(world, "aws", "aws:ec2/route:Route").values()
    assert [(r["routeTableId"], r["destinationCidrBlock"]) for r in routes] == [
        (exported["aws-us-east-2"]["route_table_ids"]["workload"], "10.64.0.0/20")
    ]
    hub_has_the_ways_of_both(world, exported["aws-us-east-2"])
    rules = objects(world, "azure", "azure-native:network:SecurityRule")
    for rule_id in rules:
        assert rule_id.startswith(exported["azure-eastus2"]["resource_group_id"])
        assert "/network-dev-eastus2-workload/" in rule_id
    assert sorted(
        (rule["priority"], rule["access"], rule["destinationAddressPrefix"])
        for rule in rules.values()
    ) == [(200, "Allow", "10.81.0.0/17"), (201, "Deny", "*")]
    (peering,) = objects(world, "gcp", "gcp:compute/networkPeering:NetworkPeering").values()
    assert peering["state"] == "ACTIVE"

    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    team.ok("preview", "--stack", "dev", "--expect-no-changes")

    before = world.sandbox.state()
    refused = team.run("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert refused.code != 0
    assert "because it is protected" in refused.output
    assert world.sandbox.state() == before

    world.project.ok("destroy", "--yes", "--stack", "dev")
    assert owned(world) == OWNED
    team.ok("refresh", "--yes", "--stack", "dev", "--expect-no-changes")
    team.ok("state", "unprotect", "--all", "--yes", "--stack", "dev")
    team.ok("destroy", "--yes", "--stack", "dev")
    assert owned(world) == dict.fromkeys(OWNED, 0)


def hub_has_the_ways_of_both(world: World, network: dict[str, Any]) -> None:
    """Kong's attachment and the VPC's are each in one table, and each in the other's routes."""
    hub = "aws:ec2transitgateway"
    accepted = objects(world, "aws", f"{hub}/vpcAttachmentAccepter:VpcAttachmentAccepter")
    (kong,) = (a["transitGatewayAttachmentId"] for a in accepted.values())
    vpc = network["vpc_attachment_id"]
    gateways, vpcs = network["gateway_route_table_id"], network["spoke_route_table_id"]

    def links(kind: str) -> set[tuple[str, str]]:
        found = objects(world, "aws", f"{hub}/{kind}").values()
        return {(r["transitGatewayRouteTableId"], r["transitGatewayAttachmentId"]) for r in found}

    assert links("routeTableAssociation:RouteTableAssociation") == {(gateways, kong), (vpcs, vpc)}
    assert links("routeTablePropagation:RouteTablePropagation") == {(gateways, vpc), (vpcs, kong)}


def test_a_network_that_is_not_what_the_settings_say_is_told_in_the_preview(
    network_team: tuple[World, Project],
) -> None:
    world, team = network_team
    for key, value in {"gcp.region": "europe-west1", "aws.cidr": "10.66.0.0/16"}.items():
        team.ok("config", "set", "--path", key, value)

    missing = world.run("preview", "--stack", "dev")
    assert missing.code != 0
    assert NETWORKS in missing.output

    team.ok("up", "--yes", "--skip-preview", "--stack", "dev")
    wrong = world.run("preview", "--stack", "dev")
    assert wrong.code != 0
    told = " ".join(wrong.output.split())
    assert (
        'gateway.regions[0].landing.cidr: "10.65.0.0/16" is not the block of '
        f"{NETWORKS}'s network aws-us-east-2, which is 10.66.0.0/16; write cidr: 10.66.0.0/16"
    ) in told
    assert (
        f'gateway.regions[2].landing.network: "{NETWORKS}" has no network gcp-us-central1, only '
        "aws-us-east-2, azure-eastus2, gcp-europe-west1; "
    ) in told
    assert "Traceback" not in wrong.output
