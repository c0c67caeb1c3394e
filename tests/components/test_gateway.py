"""MultiCloudGateway and its landings under Pulumi's mocks: what is wired to what."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.output import Unknown

from components.gateway import (
    MultiCloudGateway,
    MultiCloudGatewayArgs,
    RateLimitArgs,
    RegionArgs,
    network_name,
)
from components.landing.base import AwsNetwork, AzureGrant, AzureNetwork, GcpNetwork
from components.landing.gcp import redis_name
from components.regions import CacheTier, Cloud
from providers import konnect
from providers.konnect import lookups
from providers.konnect.client import Client, use_client
from stacks import exports
from stacks.contract import GatewayContract
from tests.components.gateway_mocks import World, unmocked

AWS = RegionArgs(
    cloud=Cloud.AWS,
    region="us-east-2",
    cidr=IPv4Network("10.64.0.0/20"),
    zones=("use2-az1", "use2-az2"),
    landing_cidr=IPv4Network("10.65.0.0/16"),
    tags={"team": "platform"},
)
AZURE = RegionArgs(
    cloud=Cloud.AZURE,
    region="eastus2",
    cidr=IPv4Network("10.80.0.0/20"),
    zones=("eastus2-az2", "eastus2-az3"),
    landing_cidr=IPv4Network("10.81.0.0/16"),
)
GCP = RegionArgs(
    cloud=Cloud.GCP,
    region="us-central1",
    cidr=IPv4Network("10.96.0.0/20"),
    zones=("us-central1-a", "us-central1-b"),
    landing_cidr=IPv4Network("10.97.0.0/16"),
)
GCP_EU = RegionArgs(
    cloud=Cloud.GCP,
    region="europe-west1",
    cidr=IPv4Network("10.96.16.0/20"),
    zones=("europe-west1-b",),
    landing_cidr=IPv4Network("10.98.0.0/16"),
)


def args(*regions: RegionArgs, **changes: Any) -> MultiCloudGatewayArgs:
    """A gateway with everything on, but for ``changes``."""
    base: dict[str, Any] = {
        "version": "3.13",
        "regions": regions,
        "base_rps": 10,
        "cache_tier": CacheTier.SMALL,
        "rate_limit": RateLimitArgs(1000, 60),
        "azure": AzureGrant("kong-principal"),
    }
    return MultiCloudGatewayArgs(**{**base, **changes})


Build = Callable[..., tuple[World, dict[str, Any]]]


@pytest.fixture
def build() -> Iterator[Build]:
    """Return a function that runs a gateway under mocks: (what was registered, exports)."""

    def run(arguments: MultiCloudGatewayArgs, *, preview: bool = False, ready: bool = True):
        world = World(ready=ready)
        connection = konnect.Connection("http://konnect.test", "kpat_test")
        use_client(Client(connection, httpx.MockTransport(world.konnect)))
        exported: dict[str, Any] = {}

        async def program() -> None:
            # Of this process, not of a program: what earlier ones left pending is in it too.
            pulumi.runtime.settings.SETTINGS.outputs.clear()
            pulumi.runtime.set_mocks(world, project="p", stack="s", preview=preview)
            provider = konnect.Provider(
                "konnect", token="kpat_test", server_url="http://konnect.test"
            )
            gateway = MultiCloudGateway(
                "gw", arguments, pulumi.ResourceOptions(providers=[provider])
            )
            outputs = pulumi.Output.from_input(exports.exports(gateway))
            exported["value"] = await outputs.future(with_unknowns=True)
            while True:
                pending = set(pulumi.runtime.settings.SETTINGS.outputs)
                if not pending:
                    break
                await asyncio.gather(*pending)

        lookups.get_provider_accounts.cache_clear()
        asyncio.run(program())
        return world, exported["value"]

    yield run
    unmocked()


def test_a_region_in_each_cloud_gets_its_network_landing_and_attachment(build: Build) -> None:
    world, exported = build(args(AWS, AZURE, GCP))

    regions = sorted(r.inputs["region"] for r in world.of("konnect:CloudGatewayNetwork"))
    assert regions == ["eastus2", "us-central1", "us-east-2"]
    kinds = sorted(
        r.inputs["transit_gateway_attachment_config"]["kind"]
        for r in world.of("konnect:CloudGatewayTransitGateway")
    )
    assert kinds == [
        "aws-transit-gateway-attachment",
        "azure-vnet-peering-attachment",
        "gcp-vpc-peering-attachment",
    ]
    assert {key: r["attachment"]["state"] for key, r in exported["regions"].items()} == {
        "aws-us-east-2": "ready",
        "azure-eastus2": "ready",
        "gcp-us-central1": "ready",
    }


@pytest.mark.parametrize("region", [AWS, AZURE, GCP], ids=lambda region: region.key)
@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_every_cloud_works_alone_in_preview_and_update(
    build: Build, region: RegionArgs, preview: bool
) -> None:
    world, exported = build(args(region), preview=preview)

    assert list(exported["regions"]) == [region.key]
    assert len(world.of("konnect:CloudGatewayNetwork")) == 1


def test_a_cloud_that_is_not_used_is_never_imported() -> None:
    program = (
        "import sys; from ipaddress import IPv4Network as N\n"
        "from components.landing import landing_for; from components.regions import Cloud\n"
        "import components.gateway, stacks.exports\n"
        "loaded = lambda: {m for m in sys.modules if m in "
        "('pulumi_aws', 'pulumi_azure_native', 'pulumi_gcp')}\n"
        "assert loaded() == set(), loaded()\n"
        "landing_for(Cloud.GCP)\n"
        "assert loaded() == {'pulumi_gcp'}, loaded()\n"
    )
    import subprocess

    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_with_a_cache_each_gcp_region_lives_in_a_control_plane_of_its_own(build: Build) -> None:
    world, exported = build(args(AWS, GCP, AZURE, GCP_EU))

    assert list(exported["control_planes"]) == ["main", "gcp-us-central1", "gcp-europe-west1"]
    groups = {
        r.name: [g["provider"] for g in r.inputs["dataplane_groups"]]
        for r in world.of("konnect:CloudGatewayConfiguration")
    }
    assert groups == {
        "gw-configuration": ["aws", "azure"],
        "gw-gcp-us-central1-configuration": ["gcp"],
        "gw-gcp-europe-west1-configuration": ["gcp"],
    }
    assert len(world.of("konnect:CloudGatewayAddon")) == 1


def test_every_control_plane_has_the_same_governance_with_a_redis_of_its_own(build: Build) -> None:
    world, _ = build(args(AWS, GCP))

    plugins = world.of("konnect:GatewayPlugin")
    assert [p.inputs["name"] for p in plugins] == ["rate-limiting-advanced"] * 2
    assert [p.inputs["config"]["strategy"] for p in plugins] == ["redis", "redis"]
    partials = {p.inputs["control_plane_id"]: p.inputs["partials"][0]["id"] for p in plugins}
    assert partials == {
        "gw-control-plane-id": "managed-partial",
        "gw-gcp-us-central1-control-plane-id": "gw-gcp-us-central1-redis-id",
    }


def test_a_redis_has_the_landings_name_cut_to_what_memorystore_takes() -> None:
    short = "gateway-prod-gcp-europe-west1"
    assert redis_name(short) == f"{short}-redis"
    long = [f"gateway-{team}-gcp-australia-southeast1" for team in ("orders", "order2")]
    names = [redis_name(name) for name in long]
    assert all(re.fullmatch("[a-z][a-z0-9-]{0,38}[a-z0-9]", name) for name in names)
    assert len({*names}) == 2


def test_without_a_cache_one_control_plane_has_all_clouds_and_limits_locally(build: Build) -> None:
    world, exported = build(args(AWS, GCP, cache_tier=None))

    assert list(exported["control_planes"]) == ["main"]
    assert world.of("konnect:CloudGatewayAddon") == []
    assert world.of("redis/instance:Instance") == []
    assert world.one("konnect:GatewayPlugin").inputs["config"]["strategy"] == "local"


def test_kongs_attachment_is_accepted_and_routed_both_ways_in_aws(build: Build) -> None:
    world, _ = build(args(AWS))

    principal = world.one("ram/principalAssociation:PrincipalAssociation")
    assert principal.inputs["principal"] == "kong-aws"
    accepter = world.one("ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter")
    assert accepter.inputs["transitGatewayAttachmentId"] == "tgw-attach-1"
    associated = {
        r.name: r.inputs["transitGatewayAttachmentId"]
        for r in world.of("routeTableAssociation:RouteTableAssociation")
        if "ec2transitgateway" in r.type
    }
    assert associated == {
        "gw-aws-us-east-2-kong-association": "tgw-attach-1",
        "gw-aws-us-east-2-spokes-association": "gw-aws-us-east-2-vpc-attachment-id",
    }
    route = world.one("ec2/route:Route")
    assert route.inputs["destinationCidrBlock"] == "10.64.0.0/20"
    ingress = world.one("securityGroupIngressRule:SecurityGroupIngressRule")
    assert ingress.inputs["cidrIpv4"] == "10.64.0.0/20"


def test_konnect_routes_the_vpc_and_what_is_reached_behind_the_hub(build: Build) -> None:
    world, _ = build(args(replace(AWS, reach=(IPv4Network("10.128.0.0/16"),))))

    attachment = world.one("konnect:CloudGatewayTransitGateway")
    assert attachment.inputs["cidr_blocks"] == ["10.65.0.0/16", "10.128.0.0/16"]


def test_subnets_are_placed_by_zone_id(build: Build) -> None:
    world, _ = build(args(AWS))

    zones = {r.name: r.inputs["availabilityZoneId"] for r in world.of("ec2/subnet:Subnet")}
    assert zones == {
        "gw-aws-us-east-2-use2-az1": "use2-az1",
        "gw-aws-us-east-2-use2-az1-tgw": "use2-az1",
        "gw-aws-us-east-2-use2-az2": "use2-az2",
        "gw-aws-us-east-2-use2-az2-tgw": "use2-az2",
    }


def test_kong_gets_a_role_on_the_vnet_only_when_consent_is_assigned(build: Build) -> None:
    world, _ = build(args(AZURE))
    assignment = world.one("authorization:RoleAssignment")
    assert assignment.inputs["principalId"] == "kong-principal"
    assert assignment.inputs["scope"] == "gw-azure-eastus2-vnet-id"

    world, _ = build(args(AZURE, azure=AzureGrant(None)))
    assert world.of("authorization:RoleAssignment") == []
    assert world.of("authorization:RoleDefinition") == []


def test_gcp_mirrors_the_peering_towards_kongs_network(build: Build) -> None:
    world, _ = build(args(GCP))

    peering = world.one("compute/networkPeering:NetworkPeering")
    assert (
        peering.inputs["peerNetwork"] == "projects/kong-gcp/global/networks/kong-gw-gcp-us-central1"
    )
    assert peering.inputs["importCustomRoutes"] is True


def test_the_konnect_provider_reaches_every_konnect_resource(build: Build) -> None:
    world, _ = build(args(AWS, GCP))

    strangers = [
        r.name
        for r in world.resources
        if "dynamic/konnect:" in r.type and "pulumi-python::konnect::" not in r.provider
    ]
    assert strangers == []


def test_in_a_preview_nothing_waits_and_what_is_not_ready_is_unknown(build: Build) -> None:
    world, exported = build(args(AWS), preview=True, ready=False)

    assert len(world.of("konnect:CloudGatewayConfiguration")) == 1
    assert isinstance(exported["regions"]["aws-us-east-2"]["hostnames"], Unknown)


def test_adding_a_region_changes_no_other_region(build: Build) -> None:
    before, _ = build(args(AWS, AZURE))
    after, _ = build(args(GCP_EU, AZURE, AWS, GCP))

    named = {(r.type, r.name): r.inputs for r in after.resources}
    shared = {"gw-configuration"}  # Its groups are a set: order does not matter there.
    for resource in before.resources:
        if resource.name not in shared:
            assert named[(resource.type, resource.name)] == resource.inputs


def test_types_and_names_of_all_resources_are_those_that_stacks_have_in_their_state(
    build: Build,
) -> None:
    world, _ = build(args(AWS, AZURE, GCP))

    built = "\n".join(sorted(f"{r.type} {r.name}" for r in world.resources)) + "\n"
    recorded = Path(__file__).with_name("resources_in_state.txt")
    assert built == recorded.read_text(), (
        "a resource that is renamed is replaced: give it an alias, then record the new name"
    )


def test_a_network_of_another_shape_has_another_name() -> None:
    moved = replace(AWS, cidr=IPv4Network("10.64.16.0/20"))
    reordered = replace(AWS, zones=tuple(reversed(AWS.zones)))

    assert network_name("gw", AWS) != network_name("gw", moved)
    assert network_name("gw", AWS) == network_name("gw", reordered)
    assert network_name("gw", AWS).startswith("gw-aws-us-east-2-")


def test_the_contract_tells_consumers_addresses_hostnames_and_the_cache_partial(
    build: Build,
) -> None:
    _, exported = build(args(AWS))

    assert exported["contract"] == GatewayContract.VERSION
    assert exported["control_planes"]["main"]["cache_partial_id"] == "managed-partial"
    region = exported["regions"]["aws-us-east-2"]
    assert region["hostnames"] == ["us-east-2.example"]
    assert region["egress_ip_addresses"] == ["203.0.113.4"]
    assert region["private_ip_addresses"] == ["10.64.0.4"]
    assert region["cidr"] == "10.64.0.0/20"


VPC = AwsNetwork(
    vpc_id="vpc-1",
    route_table_ids={"workload": "rtb-1", "shared": "rtb-2"},
    vpc_attachment_id="tgw-attach-vpc",
    transit_gateway_id="tgw-1",
    transit_gateway_arn="arn:aws:ec2:us-east-2:222233334444:transit-gateway/tgw-1",
    gateway_route_table_id="tgw-rtb-gateways",
    spoke_route_table_id="tgw-rtb-vpcs",
)
VNET = AzureNetwork(
    resource_group_name="networks",
    resource_group_id="/subscriptions/sub/resourceGroups/networks",
    vnet_name="vnet",
    vnet_id="/subscriptions/sub/resourceGroups/networks/vnet",
    network_security_group_name="workload",
    workload_cidr="10.81.0.0/17",
    security_rule_priority=200,
)
NETWORK = GcpNetwork(
    name="shared",
    project="host-project",
    id="projects/host-project/global/networks/shared",
    self_link="https://gcp/projects/host-project/global/networks/shared",
)
GIVEN = (replace(AWS, network=VPC), replace(AZURE, network=VNET), replace(GCP, network=NETWORK))
TGW = "aws:ec2transitgateway/routeTable"
NETWORK_HALF = f"""\
aws:ec2/routeTable:RouteTable gw-aws-us-east-2-routes
aws:ec2/routeTableAssociation:RouteTableAssociation gw-aws-us-east-2-use2-az1-routes
aws:ec2/routeTableAssociation:RouteTableAssociation gw-aws-us-east-2-use2-az2-routes
aws:ec2/subnet:Subnet gw-aws-us-east-2-use2-az1
aws:ec2/subnet:Subnet gw-aws-us-east-2-use2-az1-tgw
aws:ec2/subnet:Subnet gw-aws-us-east-2-use2-az2
aws:ec2/subnet:Subnet gw-aws-us-east-2-use2-az2-tgw
aws:ec2/vpc:Vpc gw-aws-us-east-2-vpc
{TGW}:RouteTable gw-aws-us-east-2-kong
{TGW}:RouteTable gw-aws-us-east-2-spokes
{TGW}Association:RouteTableAssociation gw-aws-us-east-2-spokes-association
{TGW}Propagation:RouteTablePropagation gw-aws-us-east-2-kong-propagation
aws:ec2transitgateway/transitGateway:TransitGateway gw-aws-us-east-2-tgw
aws:ec2transitgateway/vpcAttachment:VpcAttachment gw-aws-us-east-2-vpc-attachment
azure-native:network:NetworkSecurityGroup gw-azure-eastus2-nsg
azure-native:network:Subnet gw-azure-eastus2-workload
azure-native:network:VirtualNetwork gw-azure-eastus2-vnet
azure-native:resources:ResourceGroup gw-azure-eastus2-group
gcp:compute/network:Network gw-gcp-us-central1-network
gcp:compute/subnetwork:Subnetwork gw-gcp-us-central1-workload
"""


def test_of_a_network_of_somebody_else_only_the_link_is_made(build: Build) -> None:
    own, _ = build(args(AWS, AZURE, GCP))
    world, exported = build(args(*GIVEN))

    made = {f"{r.type} {r.name}" for r in world.resources}
    route = "aws:ec2/route:Route gw-aws-us-east-2-to-gateway"
    made_alone = {f"{r.type} {r.name}" for r in own.resources}
    assert made_alone - made == {*NETWORK_HALF.splitlines(), route}
    assert made - made_alone == {f"{route}-workload", f"{route}-shared"}
    states = {key: r["attachment"]["state"] for key, r in exported["regions"].items()}
    assert set(states.values()) == {"ready"}
    names = {key: r["landing"]["name"] for key, r in exported["regions"].items()}
    assert names == {
        "aws-us-east-2": "vpc-1",
        "azure-eastus2": "vnet",
        "gcp-us-central1": "shared",
    }


def test_a_hub_of_somebody_else_is_shared_and_routes_in_its_owners_tables(build: Build) -> None:
    world, _ = build(args(*GIVEN))

    share = world.one("ram/resourceAssociation:ResourceAssociation")
    assert share.inputs["resourceArn"] == VPC.transit_gateway_arn
    routes = {
        r.inputs["routeTableId"]: (r.inputs["transitGatewayId"], r.inputs["destinationCidrBlock"])
        for r in world.of("ec2/route:Route")
    }
    assert routes == dict.fromkeys(("rtb-1", "rtb-2"), ("tgw-1", "10.64.0.0/20"))
    linked = {
        kind: (
            r.inputs["transitGatewayRouteTableId"],
            r.inputs["transitGatewayAttachmentId"],
        )
        for kind in ("Association", "Propagation")
        for r in world.of(f"ec2transitgateway/routeTable{kind}:RouteTable{kind}")
    }
    assert linked == {
        "Association": ("tgw-rtb-gateways", "tgw-attach-1"),
        "Propagation": ("tgw-rtb-vpcs", "tgw-attach-1"),
    }
    group = world.one("ec2/securityGroup:SecurityGroup")
    assert group.inputs["vpcId"] == "vpc-1"


def test_a_vnet_of_somebody_else_gets_kongs_role_and_the_rule_in_the_place_kept(
    build: Build,
) -> None:
    world, _ = build(args(*GIVEN))

    rule = world.one("network:SecurityRule").inputs
    assert rule["resourceGroupName"] == "networks"
    assert rule["networkSecurityGroupName"] == "workload"
    assert rule["priority"] == 200
    assert rule["destinationAddressPrefix"] == "10.81.0.0/17"
    role = world.one("authorization:RoleDefinition").inputs
    assert (role["scope"], role["assignableScopes"]) == (
        VNET.resource_group_id,
        [VNET.resource_group_id],
    )
    assert world.one("authorization:RoleAssignment").inputs["scope"] == VNET.vnet_id


def test_a_firewall_rule_goes_to_the_project_of_a_network_of_somebody_else(build: Build) -> None:
    world, _ = build(args(*GIVEN))

    rule = world.one("compute/firewall:Firewall").inputs
    assert (rule["project"], rule["network"]) == ("host-project", NETWORK.id)
    assert world.one("compute/networkPeering:NetworkPeering").inputs["network"] == NETWORK.self_link
    config = next(
        c
        for r in world.of("konnect:CloudGatewayTransitGateway")
        if (c := r.inputs["transit_gateway_attachment_config"])["kind"].startswith("gcp")
    )
    assert (config["peer_project_id"], config["peer_vpc_name"]) == ("host-project", "shared")

    own, _ = build(args(GCP))
    # Of a rule that is there, a project that was not said is one that it is replaced for.
    assert "project" not in own.one("compute/firewall:Firewall").inputs


def test_a_network_of_another_cloud_is_refused_by_name(build: Build) -> None:
    with pytest.raises(ValueError, match=r"'gw-gcp-us-central1' is in gcp .* AwsNetwork; give it"):
        build(args(replace(GCP, network=VPC)))
