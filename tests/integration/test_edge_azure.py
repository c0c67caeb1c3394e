"""The ways in for clients in Azure, through the real engine.

Traffic Manager steers a name, Front Door is in front of the regions, and an Application Gateway is
in front of a private gateway.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider

PROGRAM = """
from ipaddress import IPv4Network

import pulumi

from components.domains.base import DnsService, ZoneArgs
from components.domains.zones import dns_zone
from components.entry.base import EntryOrigin
from components.entry.entry import EdgeChoice, Entry, EntryArgs
from components.entry.kinds import EdgeService, Strategy
from components.load_balancers.azure import AzureLoadBalancer, AzureLoadBalancerArgs
from components.load_balancers.base import LoadBalancerChoice, LoadBalancerKind, PrivateOrigin
from components.networks.azure import AzureVnet, AzureVnetArgs
from components.networks.subnets import landing_blocks
from components.addressing.roles import Role
from components.regions import Cloud

config = pulumi.Config("test")
drained = config.get("drained")
drained = [drained] if drained else []


class Team(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("test:index:Team", "team")


team = Team()
zone = dns_zone(
    "zone", ZoneArgs("acme.example", DnsService.AZURE_DNS, resource_group="dns"), team
)
REGIONS = {"azure-eastus2": (Cloud.AZURE, "eastus2"), "aws-us-west-2": (Cloud.AWS, "us-west-2")}
origins = {
    key: EntryOrigin(
        key, cloud, region, pulumi.Output.from_input(f"a1.{key}.gateways.example"), 100,
        key in drained,
    )
    for key, (cloud, region) in REGIONS.items()
}
tags = {Cloud.AZURE: {"owner": "team"}}
geo = Entry(
    "geo",
    EntryArgs(Strategy.GEO, {"api.acme.example": list(origins)}, tags=tags),
    origins,
    {"acme.example": zone},
)
edge = Entry(
    "edge",
    EntryArgs(
        Strategy.EDGE,
        {"www.acme.example": list(origins), "www.other.example": list(origins)},
        edge=EdgeChoice(EdgeService.FRONT_DOOR, waf=config.get("waf") != "off"),
        tags=tags,
    ),
    origins,
    {"acme.example": zone},
    pulumi.Output.secret("s3cr3t"),
)
block = IPv4Network("10.65.0.0/16")
vnet = AzureVnet("landing", AzureVnetArgs("eastus2", block, {"owner": "team"}))
address = config.get("address") or "10.64.0.4"
balancer = AzureLoadBalancer(
    "private",
    AzureLoadBalancerArgs(
        LoadBalancerChoice(
            LoadBalancerKind.APPLICATION,
            certificate_secret_id="https://team.vault.azure.net/secrets/api",
            identity_id="/subscriptions/s/resourceGroups/g/providers/"
            "Microsoft.ManagedIdentity/userAssignedIdentities/i",
            gateway_name="api.acme.example",
        ),
        PrivateOrigin(
            "azure-eastus2",
            "eastus2",
            IPv4Network("10.64.0.0/20"),
            pulumi.Output.from_input([address]),
        ),
        vnet.attributes,
        block,
        landing_blocks(Cloud.AZURE, block)[Role.LOAD_BALANCERS],
        tags={"owner": "team"},
    ),
)
pulumi.export("private", balancer.target.addresses)
pulumi.export("by_hand", [record.name for record in edge.records])
"""


@pytest.fixture
def azure(world: World) -> Iterator[Provider]:
    provider = Provider(
        world.sandbox.endpoint["debug_providers"]["azure-native"], {"location": "westeurope"}
    )
    yield provider
    provider.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(speed=2000, program=PROGRAM)


@pytest.fixture
def zone(azure: Provider) -> tuple[Made, Made]:
    """A public zone of the team in a group of its own: (group, zone)."""
    group = azure.create(tokens.RESOURCE_GROUP, resourceGroupName="dns", location="westeurope")
    zone = azure.create(
        tokens.DNS_ZONE, resourceGroupName="dns", zoneName="acme.example", location="global"
    )
    return group, zone


def objects(world: World, token: str) -> dict[str, dict[str, Any]]:
    """The objects of a type in the simulated Azure, by the last part of their ids."""
    found = world.sandbox.state()["azure"].get(token, {})
    return {id_.rsplit("/", 1)[-1]: body for id_, body in found.items()}


def states(world: World) -> tuple[dict[str, str], dict[str, str]]:
    """By region: the states of the endpoints of Traffic Manager, and of the origins."""
    endpoints = objects(world, tokens.TRAFFIC_ENDPOINT)
    origins = objects(world, tokens.FRONT_DOOR_ORIGIN)
    return (
        {key: one["endpointStatus"] for key, one in endpoints.items()},
        {key: one["enabledState"] for key, one in origins.items()},
    )


def test_what_is_in_front_of_gateways_comes_up_changes_in_place_and_goes(
    world: World, azure: Provider, zone: tuple[Made, Made]
) -> None:
    world.init("dev")
    world.up("dev", preview=True)

    (profile,) = objects(world, tokens.TRAFFIC_PROFILE).values()
    assert profile["trafficRoutingMethod"] == "Performance"
    assert profile["monitorConfig"]["path"] == "/___konnect/healthz"
    endpoints = objects(world, tokens.TRAFFIC_ENDPOINT)
    assert {key: one["endpointLocation"] for key, one in endpoints.items()} == {
        "azure-eastus2": "eastus2",
        "aws-us-west-2": "westus2",
    }
    (endpoint,) = objects(world, tokens.FRONT_DOOR_ENDPOINT).values()
    records = objects(world, tokens.DNS_RECORD_SET)
    assert records["api"]["cnameRecord"]["cname"] == profile["dnsConfig"]["fqdn"]
    assert records["www"]["cnameRecord"]["cname"] == endpoint["hostName"]
    (rule,) = objects(world, tokens.FRONT_DOOR_RULE).values()
    assert rule["actions"][0]["parameters"]["headerName"] == "x-origin-verify"
    assert "s3cr3t" not in world.project.ok("stack", "export", "--stack", "dev")
    assert world.outputs("dev")["by_hand"] == ["_dnsauth.www.other.example", "www.other.example"]

    (gateway,) = objects(world, tokens.APPLICATION_GATEWAY).values()
    (listener,) = gateway["httpListeners"]
    assert listener["frontendIPConfiguration"]["id"].endswith("/frontendIPConfigurations/private")
    assert world.outputs("dev")["private"] == ["10.65.128.254"]

    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev")
    world.project.ok(*refreshed)  # Front Door has found the record that proves the name.
    domains = objects(world, tokens.FRONT_DOOR_DOMAIN)
    kept = {one["urn"]: one.get("outputs", {}) for one in world.project.resources()}
    proven = {
        body["hostName"]: body["domainValidationState"]
        for body in kept.values()
        if body.get("domainValidationState")
    }
    assert proven == {"www.acme.example": "Approved", "www.other.example": "Pending"}
    assert len(domains) == 2
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed, "--expect-no-changes")

    ids = {*objects(world, tokens.FRONT_DOOR_ORIGIN), *objects(world, tokens.TRAFFIC_ENDPOINT)}
    for drained, other in (("azure-eastus2", "aws-us-west-2"), ("aws-us-west-2", "azure-eastus2")):
        world.project.ok("config", "set", "test:drained", drained, "--stack", "dev")
        said = world.up("dev")
        assert "created" not in said
        assert "deleted" not in said
        assert "replaced" not in said
        assert states(world) == ({drained: "Disabled", other: "Enabled"},) * 2
    world.project.ok("config", "set", "test:address", "10.64.0.9", "--stack", "dev")
    assert "~ 1 updated" in world.up("dev")
    (gateway,) = objects(world, tokens.APPLICATION_GATEWAY).values()
    (pool,) = gateway["backendAddressPools"]
    assert pool["backendAddresses"] == [{"ipAddress": "10.64.0.9"}]
    assert ids == {*objects(world, tokens.FRONT_DOOR_ORIGIN)}

    world.project.ok("config", "set", "test:waf", "off", "--stack", "dev")
    world.up("dev")  # Another SKU is another profile, which has the same names.
    (front_door,) = objects(world, tokens.FRONT_DOOR).values()
    assert front_door["sku"] == {"name": "Standard_AzureFrontDoor"}
    (endpoint,) = objects(world, tokens.FRONT_DOOR_ENDPOINT).values()
    assert len(objects(world, tokens.FRONT_DOOR_DOMAIN)) == 2
    records = objects(world, tokens.DNS_RECORD_SET)
    assert records["www"]["cnameRecord"]["cname"] == endpoint["hostName"]

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    for made in reversed(zone):
        azure.delete(made)
    assert world.sandbox.settled(lambda state: not state.get("azure")), json.dumps(
        world.sandbox.state(), indent=1
    )


READER = (
    "/subscriptions/0a1b2c3d-0000-4000-8000-00000000bbbb/resourceGroups/edge/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/reader"
)


def steered(settings: dict[str, Any]) -> None:
    """Dev with one name in Azure DNS, and an Application Gateway for private clients in Azure."""
    settings["api_access"] = "private+public"
    settings["zones"] = {
        "dev.example.com": {"service": "azure-dns", "resource_group": "dns", "create": True}
    }
    settings["domains"] = {"api.dev.example.com": {}}
    settings["entry"] = {"strategy": "geo", "name": "api.dev.example.com", "routing": "weighted"}
    settings["regions"][0]["weight"] = 30
    settings["regions"][1]["load_balancer"] = {
        "certificate_secret_id": "https://team.vault.azure.net/secrets/api",
        "identity_id": READER,
        "gateway_name": "api.dev.example.com",
    }


def behind_front_door(settings: dict[str, Any]) -> None:
    """The same name at Front Door."""
    settings["entry"] = {
        "strategy": "edge",
        "name": "api.dev.example.com",
        "edge": {"service": "front-door", "lock": False},
    }


def drained_and_locked(settings: dict[str, Any]) -> None:
    """Without its second region, and for clients of Front Door only."""
    settings["regions"][1]["drain"] = True
    del settings["entry"]["edge"]["lock"]


def locks(world: World) -> list[dict[str, Any]]:
    plugins = world.sandbox.konnect("plugins").values()
    return [plugin for plugin in plugins if plugin["name"] == "pre-function"]


def test_an_environment_moves_to_front_door_and_drains_a_region_in_place(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    port = world.sandbox.endpoint["debug_providers"]["azure-native"]
    provider = Provider(port, {"location": "westeurope"})
    group = provider.create(tokens.RESOURCE_GROUP, resourceGroupName="dns")
    world.settings("dev", steered)
    world.init("dev")
    world.up("dev", preview=True)
    endpoints = objects(world, tokens.TRAFFIC_ENDPOINT)
    assert {key: one["weight"] for key, one in endpoints.items()} == {
        "aws-us-east-2": 30,
        "azure-eastus2": 100,
    }
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.settings("dev", behind_front_door)
    world.up("dev")
    assert objects(world, tokens.TRAFFIC_PROFILE) == {}
    (endpoint,) = objects(world, tokens.FRONT_DOOR_ENDPOINT).values()
    record = objects(world, tokens.DNS_RECORD_SET)["api"]
    assert record["cnameRecord"]["cname"] == endpoint["hostName"]
    regions = world.outputs("dev")["regions"]
    origins = objects(world, tokens.FRONT_DOOR_ORIGIN)
    assert {key: [one["hostName"]] for key, one in origins.items()} == {
        key: region["hostnames"] for key, region in regions.items()
    }
    (gateway,) = objects(world, tokens.APPLICATION_GATEWAY).values()
    (pool,) = gateway["backendAddressPools"]
    assert [one["ipAddress"] for one in pool["backendAddresses"]] == regions["azure-eastus2"][
        "private_ip_addresses"
    ]
    (rule,) = objects(world, tokens.FRONT_DOOR_RULE).values()
    secret = rule["actions"][0]["parameters"]["value"]
    (lock,) = locks(world)
    assert secret in lock["config"]["access"][0]
    assert lock["enabled"] is False
    world.project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")

    world.settings("dev", drained_and_locked)
    shown = json.loads(world.project.ok("preview", "--stack", "dev", "--json"))
    steps = {step for step in shown["changeSummary"] if step not in ("same", "read")}
    assert steps == {"update"}
    world.up("dev")
    assert states(world)[1] == {"aws-us-east-2": "Enabled", "azure-eastus2": "Disabled"}
    (lock,) = locks(world)
    assert lock["enabled"] is True

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    provider.delete(group)
    provider.close()
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
