"""Every kind of link through the real engine: up, nothing to do, mended, changed in place, gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.regions import cloud_of
from sandbox.accounts import KONG_AWS_ACCOUNT
from tests.integration.conftest import World
from tests.integration.test_changes import only_aws
from tests.integration.test_environments import leaves_nothing
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider

Settings = dict[str, Any]
MakeWorld = Callable[..., World]

EXAMPLE = Path(__file__).parents[2] / "examples" / "links" / "gateway.yaml"
SECOND_AWS = "222233334444"
SECOND_AZURE = "0f39574d-d756-48cf-b622-0e27a6943bd2"


@dataclass(frozen=True)
class Deleted:
    """An object that somebody deletes in a cloud behind the program's back."""

    token: str
    account: str = ""
    """Another account than the ambient one."""
    where: Callable[[dict[str, Any]], bool] = lambda body: True


@dataclass(frozen=True)
class Case:
    """The links of one cloud, in two accounts."""

    links: dict[str, list[str]]
    """The kinds of links by region, in the contract's order."""
    deleted: list[Deleted]
    change: Callable[[list[dict[str, Any]]], None]
    """Changes every mutable setting of the links of these regions."""


def change_aws(regions: list[dict[str, Any]]) -> None:
    ohio, ireland = regions
    ohio["landing"] |= {"reach": ["10.128.0.0/16", "10.129.0.0/16"], "ports": [443, 8443]}
    resources = ohio["links"]["backends"]["resources"]
    resources["orders"]["ip_address"] = "10.65.1.21"
    resources["billing"]["ports"] = [9443]
    resources["stock"] = {"domain_name": "stock.acme.internal", "ip_address": "10.65.1.22"}
    ireland["landing"] = {"cidr": ireland["landing"], "ports": [8443]}


def change_ports(regions: list[dict[str, Any]]) -> None:
    for region in regions:
        region["landing"] = {"cidr": region["landing"], "ports": [443, 8443]}


CASES = {
    "aws": Case(
        {
            "aws-us-east-2": ["transit-gateway", "resource-endpoint"],
            "aws-eu-west-1": ["vpc-peering", "resource-endpoint"],
        },
        [
            Deleted(tokens.ROUTE, where=lambda body: "transitGatewayId" in body),
            Deleted(tokens.ROUTE, SECOND_AWS, lambda body: "vpcPeeringConnectionId" in body),
            Deleted(tokens.INGRESS_RULE, where=lambda body: "cidrIpv4" in body),
            Deleted(
                tokens.RESOURCE_CONFIGURATION, where=lambda body: body.get("portRanges") == ["8443"]
            ),
        ],
        change_aws,
    ),
    "azure": Case(
        {
            "azure-eastus2": ["vnet-peering", "virtual-hub"],
            "azure-northeurope": ["virtual-hub"],
        },
        [
            Deleted(tokens.SECURITY_RULE, where=lambda body: body["priority"] == 100),
            Deleted(tokens.SECURITY_RULE, SECOND_AZURE, lambda body: body["access"] == "Deny"),
            Deleted(tokens.HUB_CONNECTION, where=lambda body: "azure-eastus2-vnet" in str(body)),
        ],
        change_ports,
    ),
    "gcp": Case(
        {"gcp-us-central1": ["vpc-peering"], "gcp-europe-west1": ["vpc-peering"]},
        [Deleted(tokens.GCP_FIREWALL, where=lambda body: "targetTags" not in body)],
        change_ports,
    ),
}


def of_cloud(world: World, cloud: str, change: Callable[[Settings], None]) -> None:
    """Write the settings of the example with the regions of one cloud."""
    content = yaml.safe_load(EXAMPLE.read_text())["config"]["multicloud-gateway:gateway"]
    content["regions"] = [one for one in content["regions"] if cloud_of(one["region"]) == cloud]
    used = {region.get("account") for region in content["regions"]}
    content["accounts"] = {key: one for key, one in content["accounts"].items() if key in used}
    change(content)

    def written(settings: Settings) -> None:
        settings.clear()
        settings |= content

    world.settings("dev", written)


def delete(world: World, cloud: str, deleted: Deleted) -> None:
    """Delete the first such object, as its owner."""
    package = {"azure": "azure-native"}.get(cloud, cloud)
    config: dict[str, Any] = {}
    if cloud == "aws":
        config["region"] = "eu-west-1" if deleted.account else "us-east-2"
    if deleted.account and cloud == "aws":
        role = {"roleArn": f"arn:aws:iam::{deleted.account}:role/somebody"}
        config["assumeRoles"] = json.dumps([role])
    if deleted.account and cloud == "azure":
        config["subscriptionId"] = deleted.account
    place = f"{cloud}/{deleted.account}" if deleted.account else cloud
    objects = world.sandbox.state()[place][deleted.token].items()
    id_, body = next((id_, body) for id_, body in objects if deleted.where(body))
    provider = Provider(world.sandbox.endpoint["debug_providers"][package], config)
    provider.delete(Made(deleted.token, "it", id_, {}, {}, body))
    provider.close()
    assert id_ not in world.sandbox.state()[place].get(deleted.token, {})


def attachments(world: World) -> Iterator[tuple[str, str, str]]:
    """(region, kind, state) of each attachment, from the contract."""
    for key, region in world.outputs("dev")["regions"].items():
        for one in region["attachments"].values():
            yield key, one["kind"], one["state"]


@pytest.mark.parametrize("cloud", CASES)
def test_all_links_of_a_cloud_come_up_are_mended_change_in_place_and_go(
    make_world: MakeWorld, cloud: str
) -> None:
    case = CASES[cloud]
    ready = sorted((key, kind, "ready") for key, kinds in case.links.items() for kind in kinds)
    world = make_world(speed=2000)
    of_cloud(world, cloud, lambda settings: None)
    world.init("dev")
    world.up("dev", preview=True)
    assert sorted(attachments(world)) == ready
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    for deleted in case.deleted:
        delete(world, cloud, deleted)
    world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    mended = world.up("dev")
    assert f"+ {len(case.deleted)} created" in mended
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)

    of_cloud(world, cloud, lambda settings: case.change(settings["regions"]))
    changed = world.up("dev")
    assert "replaced" not in changed
    assert sorted(attachments(world)) == ready
    CHANGED[cloud](world)
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    if cloud == "aws":
        a_deleted_link_is_said_and_goes_alone(world, case)
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def a_deleted_link_is_said_and_goes_alone(world: World, case: Case) -> None:
    def without(settings: Settings) -> None:
        case.change(settings["regions"])
        del settings["regions"][0]["links"]["backends"]

    of_cloud(world, "aws", without)
    deleted = world.up("dev")
    assert "would delete backends (resource-endpoint), over which aws-us-east-2 is live" in deleted
    assert "replaced" not in deleted
    assert ("aws-us-east-2", "transit-gateway", "ready") in attachments(world)
    assert tokens.RESOURCE_GATEWAY not in {
        token for token, objects in world.sandbox.state()["aws"].items() if objects
    }


def aws_changed(world: World) -> None:
    state = world.sandbox.state()
    found = world.sandbox.konnect("transit-gateways").values()
    config = {one["name"]: one["transit_gateway_attachment_config"] for one in found}
    (hub,) = [one for one in found if one["name"].endswith("transit-gateway")]
    assert sorted(hub["cidr_blocks"]) == ["10.128.0.0/15", "10.65.0.0/16"]
    backends = config["gateway-dev-aws-us-east-2-backends"]["resource_config"]
    assert {one["domain_name"]: one["state"] for one in backends} == dict.fromkeys(
        ["billing.acme.internal", "orders.acme.internal", "stock.acme.internal"], "ready"
    )
    resources = state["aws"][tokens.RESOURCE_CONFIGURATION].values()
    children = [one for one in resources if one["type"] == "CHILD"]
    targets = [str(one["resourceConfigurationDefinition"]) for one in children]
    assert sum("10.65.1.21" in target for target in targets) == 1
    rules = state[f"aws/{SECOND_AWS}"][tokens.INGRESS_RULE].values()
    assert {one["fromPort"] for one in rules if "cidrIpv4" in one} == {8443}


def azure_changed(world: World) -> None:
    for place in ("azure", f"azure/{SECOND_AZURE}"):
        rules = world.sandbox.state()[place][tokens.SECURITY_RULE].values()
        allowed = [one["destinationPortRanges"] for one in rules if one["access"] == "Allow"]
        assert allowed == [["443", "8443"]] * (2 if place == "azure" else 1)


def gcp_changed(world: World) -> None:
    for place in ("gcp", "gcp/acme-europe"):
        rules = world.sandbox.state()[place][tokens.GCP_FIREWALL].values()
        (rule,) = (one for one in rules if "targetTags" not in one)
        assert rule["allows"] == [{"protocol": "tcp", "ports": ["443", "8443"]}]


CHANGED = {"aws": aws_changed, "azure": azure_changed, "gcp": gcp_changed}
"""What the sandbox holds after the changes."""


def peered(settings: Settings) -> None:
    """One region in AWS, linked by a peering."""
    only_aws(settings)
    settings["regions"][0]["links"] = {"vpc-peering": {}}


def test_a_vpc_peering_comes_up_without_a_hub_stays_and_goes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", peered)
    world.init("dev")
    world.up("dev", preview=True)

    region = world.outputs("dev")["regions"]["aws-us-east-2"]
    assert {key: one["state"] for key, one in region["attachments"].items()} == {
        "vpc-peering": "ready"
    }
    assert region["landing"]["account"] == "111122223333"
    assert region["landing"].get("hub_id") is None
    aws = world.sandbox.state()["aws"]
    assert "aws:ec2transitgateway/transitGateway:TransitGateway" not in aws
    kong = world.sandbox.state()[f"aws/{KONG_AWS_ACCOUNT}"]  # it requested the peering
    peerings = kong["aws:ec2/vpcPeeringConnection:VpcPeeringConnection"]
    ((id_, peering),) = [
        (id_, one) for id_, one in peerings.items() if one["peerVpcId"] == region["landing"]["id"]
    ]
    assert peering["acceptStatus"] == "active"
    routes = aws["aws:ec2/route:Route"].values()
    assert [one["vpcPeeringConnectionId"] for one in routes] == [id_]

    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)

    world.settings("dev", lambda settings: settings["regions"][0].pop("links"))
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    assert "would change aws-us-east-2 from vpc-peering, over which it is live" in refused.output

    world.settings("dev", lambda settings: settings["regions"][0].update(links={"vpc-peering": {}}))
    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
