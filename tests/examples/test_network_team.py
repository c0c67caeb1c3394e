"""A network team's VPC, hub and VNet, and a gateway of another team that is attached to them."""

from __future__ import annotations

import re
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
        # The forwarders to the region's Redis are in the network team's subnetwork.
        place = "projects/acme-gateway-landing/regions/us-central1/subnetworks"
        settings["cache"] = {
            "tier": "small",
            "subnetworks": {"gcp-us-central1": f"{place}/network-dev-us-central1"},
        }

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

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert owned(world) == OWNED
    team.ok("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    team.ok("state", "unprotect", "--all", "--yes", "--stack", "dev")
    team.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert owned(world) == dict.fromkeys(OWNED, 0)


HUB = "aws:ec2transitgateway"


def kong_attachment(world: World) -> str:
    accepted = objects(world, "aws", f"{HUB}/vpcAttachmentAccepter:VpcAttachmentAccepter")
    (found,) = accepted.values()
    attachment_id: str = found["transitGatewayAttachmentId"]
    return attachment_id


def in_tables(world: World, kind: str = "Association") -> set[tuple[str, str]]:
    """(table, attachment) of each association, or propagation, in a hub."""
    found = objects(world, "aws", f"{HUB}/routeTable{kind}:RouteTable{kind}").values()
    return {(r["transitGatewayRouteTableId"], r["transitGatewayAttachmentId"]) for r in found}


def hub_has_the_ways_of_both(world: World, network: dict[str, Any]) -> None:
    """Kong's attachment and the VPC's are each in one table, and each in the other's routes."""
    kong, vpc = kong_attachment(world), network["vpc_attachment_id"]
    gateways, vpcs = network["gateway_route_table_id"], network["spoke_route_table_id"]
    assert in_tables(world) == {(gateways, kong), (vpcs, vpc)}
    assert in_tables(world, "Propagation") == {(gateways, vpc), (vpcs, kong)}


def test_wrong_networks_are_told_in_the_preview_and_one_deleted_too_early_does_not_block(
    network_team: tuple[World, Project],
) -> None:
    world, team = network_team
    # A hub with a single table: the team exports it as the table of gateways and of VPCs.
    in_aws = team.folder / "in_aws.py"
    in_aws.write_text(in_aws.read_text().replace("=vpcs.id", "=gateways.id"))
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
        f'gateway.regions[2].landing.network: "{NETWORKS}" exports no network gcp-us-central1, '
        "only: aws-us-east-2, azure-eastus2, gcp-europe-west1; "
    ) in told
    assert "Traceback" not in wrong.output

    def corrected(settings: dict[str, Any]) -> None:
        in_aws, _, in_gcp = settings["regions"]
        in_aws["landing"]["cidr"] = "10.66.0.0/16"
        in_gcp |= {"region": "europe-west1", "zones": ["europe-west1-b"]}
        settings["cache"] = {"tier": "small", "gcp": "local"}

    world.settings("dev", corrected)
    world.up("dev")
    states = {r["attachment"]["state"] for r in world.outputs("dev")["regions"].values()}
    assert states == {"ready"}
    hub_has_the_ways_of_both(world, team.outputs()["networks"]["aws-us-east-2"])

    nothing_of_the_networks_is_left_after_a_destroy_in_the_wrong_order(world, team)


def nothing_of_the_networks_is_left_after_a_destroy_in_the_wrong_order(
    world: World, team: Project
) -> None:
    """Partly protected, the rest is deleted; unprotected, the clouds refuse at the end."""
    vpc = {attachment_id for _, attachment_id in in_tables(world)} - {kong_attachment(world)}
    kinds = {kind for _, kind in OWNED}
    for resource in team.resources():
        if resource.get("protect") and resource["type"] not in kinds:
            team.ok("state", "unprotect", resource["urn"], "--yes", "--stack", "dev")
    refused = team.run("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert refused.code != 0
    assert "because it is protected" in refused.output
    assert owned(world) == OWNED
    assert len(vpc) == 1
    assert {attachment_id for _, attachment_id in in_tables(world)} == {kong_attachment(world)}

    team.ok("state", "unprotect", "--all", "--yes", "--stack", "dev")
    refused = team.run(
        "destroy", "--yes", "--skip-preview", "--continue-on-error", "--stack", "dev"
    )
    assert refused.code != 0
    # Kong's attachment is associated with the hub's only table, and propagates to it too.
    for reason in ("InUseVirtualNetworkCannotBeDeleted", "has (associated|propagating) attachment"):
        assert re.search(reason, refused.output)
    gone = {
        ("aws", "aws:ec2/subnet:Subnet"): 0,
        ("azure", "azure-native:network:NetworkSecurityGroup"): 0,
        ("gcp", "gcp:compute/subnetwork:Subnetwork"): 0,
    }
    assert owned(world) == OWNED | gone

    world.project.ok("destroy", "--yes", "--refresh", "--stack", "dev")
    team.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert owned(world) == dict.fromkeys(OWNED, 0)
