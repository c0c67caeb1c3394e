"""MultiCloudGateway under Pulumi's mocks: what is wired to what."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from ipaddress import IPv4Network

import pulumi
import pytest
from pulumi.output import Unknown

from components.cache.choice import RedisChoice
from components.cache.gcp_redis import memory_gib
from components.connectivity.side import CustomerSideArgs
from components.gateway import MultiCloudGatewayArgs, RegionArgs, network_name
from components.governance import RateLimitArgs
from components.links.aws_transit_gateway import AwsTransitGatewayLinkArgs
from components.links.azure_vnet_peering import AzureVnetPeeringLinkArgs
from components.links.gcp_vpc_peering import GcpVpcPeeringLinkArgs
from components.names import bounded_name
from components.networks.attributes import GcpVpcAttributes
from components.networks.aws import AwsVpcArgs
from components.networks.aws_hub import AwsTransitHubArgs
from components.networks.azure import AzureVnetArgs
from components.networks.gcp import GcpVpcArgs
from components.placement import Placement
from components.regions import ApiAccess, CacheTier
from stacks.contract import GatewayContract
from tests.components.gateways import AWS, AZURE, GCP, GCP_EU, Build, args


def test_a_region_in_each_cloud_gets_its_network_and_a_link(build: Build) -> None:
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
    states = {
        key: {link: one["state"] for link, one in region["attachments"].items()}
        for key, region in exported["regions"].items()
    }
    assert states == {
        "aws-us-east-2": {"transit-gateway": "ready"},
        "azure-eastus2": {"vnet-peering": "ready"},
        "gcp-us-central1": {"vpc-peering": "ready"},
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
        "import sys, components.gateway, stacks.exports\n"
        "loaded = lambda: {m for m in sys.modules if m in "
        "('pulumi_aws', 'pulumi_azure_native', 'pulumi_gcp')}\n"
        "assert loaded() == set(), loaded()\n"
        "import components.networks.gcp, components.links.gcp_vpc_peering\n"
        "assert loaded() == {'pulumi_gcp'}, loaded()\n"
    )
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
        "gw-gcp-us-central1-control-plane-id": "gw-gcp-us-central1-cache-redis-id",
    }


def test_a_redis_is_in_the_project_of_a_network_that_another_team_owns(build: Build) -> None:
    shared = GcpVpcAttributes(
        name="shared",
        project="acme-shared",
        id="projects/acme-shared/global/networks/shared",
        self_link="https://www.googleapis.com/compute/v1/projects/acme-shared/global/networks/shared",
    )
    redis = RedisChoice(subnetwork="projects/acme-shared/regions/us-central1/subnetworks/redis")
    world, _ = build(args(replace(GCP, network=shared, redis=redis), GCP_EU))

    instances = {r.inputs["region"]: r.inputs for r in world.of("gcp:redis/instance:Instance")}
    given, own = instances["us-central1"], instances["europe-west1"]
    assert (given["authorizedNetwork"], given["project"]) == (shared.id, "acme-shared")
    assert "project" not in own


def test_a_long_name_is_cut_to_what_a_cloud_takes_and_told_apart() -> None:
    short = "gateway-prod-gcp-europe-west1"
    assert bounded_name(short, "redis", 40) == f"{short}-redis"
    long = [f"gateway-{team}-gcp-australia-southeast1" for team in ("orders", "order2")]
    names = [bounded_name(name, "redis", 40) for name in long]
    assert all(re.fullmatch("[a-z][a-z0-9-]{0,38}[a-z0-9]", name) for name in names)
    assert len({*names}) == 2


def test_without_a_cache_one_control_plane_has_all_clouds_and_limits_locally(build: Build) -> None:
    world, exported = build(args(AWS, GCP, cache_tier=None))

    assert list(exported["control_planes"]) == ["main"]
    assert world.of("konnect:CloudGatewayAddon") == []
    assert world.of("redis/instance:Instance") == []
    assert world.one("konnect:GatewayPlugin").inputs["config"]["strategy"] == "local"


def test_subnets_are_placed_by_zone_id(build: Build) -> None:
    world, _ = build(args(AWS))

    zones = {r.name: r.inputs["availabilityZoneId"] for r in world.of("ec2/subnet:Subnet")}
    assert zones == {
        "gw-aws-us-east-2-use2-az1": "use2-az1",
        "gw-aws-us-east-2-use2-az1-transit": "use2-az1",
        "gw-aws-us-east-2-use2-az2": "use2-az2",
        "gw-aws-us-east-2-use2-az2-transit": "use2-az2",
    }


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
    # An unknown owner would be shown as a replacement of the cache.
    owner = world.one("konnect:CloudGatewayAddon").inputs["owner"]
    assert owner["control_plane_id"] == "gw-control-plane-id"
    assert isinstance(exported["regions"]["aws-us-east-2"]["hostnames"], Unknown)


def test_adding_a_region_changes_no_other_region(build: Build) -> None:
    before, _ = build(args(AWS, AZURE))
    after, _ = build(args(GCP_EU, AZURE, AWS, GCP))

    named = {(r.type, r.name): r.inputs for r in after.resources}
    # A configuration's groups are a set; the gateway's inputs are all regions.
    shared = {"gw-configuration", "gw"}
    for resource in before.resources:
        if resource.name not in shared:
            assert named[(resource.type, resource.name)] == resource.inputs


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


# Placement: which control plane has a region.


@pytest.mark.parametrize(
    ("placement", "cache", "planes"),
    [
        (Placement.SHARED, None, ["main"]),
        (Placement.SHARED, CacheTier.SMALL, ["main", "gcp-us-central1"]),
        (Placement.PER_CLOUD, None, ["aws", "azure", "gcp"]),
        (Placement.PER_CLOUD, CacheTier.SMALL, ["aws", "azure", "gcp"]),
        (Placement.PER_REGION, None, ["aws-us-east-2", "azure-eastus2", "gcp-us-central1"]),
    ],
)
def test_regions_are_spread_over_control_planes_as_asked(
    build: Build, placement: Placement, cache: CacheTier | None, planes: list[str]
) -> None:
    world, exported = build(args(AWS, AZURE, GCP, control_planes=placement, cache_tier=cache))

    assert list(exported["control_planes"]) == planes
    names = [r.inputs["name"] for r in world.of("konnect:GatewayControlPlane")]
    assert sorted(names) == sorted("gw" if key == "main" else f"gw-{key}" for key in planes)
    kinds = {key: plane["cache"] for key, plane in exported["control_planes"].items()}
    own = {key: "regional" if key.startswith("gcp") else "managed" for key in planes}
    assert kinds == (dict.fromkeys(planes) if cache is None else own)


def test_a_region_that_is_live_stays_on_its_control_plane_when_the_cache_is_switched_off(
    build: Build,
) -> None:
    live = replace(GCP, control_plane="gcp-us-central1")
    _, exported = build(args(AWS, live, cache_tier=None))

    assert list(exported["control_planes"]) == ["main", "gcp-us-central1"]


def test_regions_without_a_managed_cache_never_share_the_redis_of_one(build: Build) -> None:
    with pytest.raises(ValueError, match=r"control plane gw-gcp serves gcp-us-central1, gcp-eu"):
        build(args(GCP, GCP_EU, control_planes=Placement.PER_CLOUD))


# What reaches the resources.


def test_konnect_is_asked_for_a_network_in_each_region(build: Build) -> None:
    world, _ = build(args(AWS, AZURE, GCP))

    asked = {r.inputs["region"]: r.inputs for r in world.of("konnect:CloudGatewayNetwork")}
    for region in (AWS, AZURE, GCP):
        network = asked[region.region]
        assert network["cloud_gateway_provider_account_id"] == f"account-{region.cloud}"
        assert network["cidr_block"] == str(region.cidr)
        assert network["availability_zones"] == list(region.zones)
        assert network["name"] == f"{network_name('gw', region)}-5ce568ad", "the id of the stack"


def test_konnect_is_asked_for_data_planes_in_each_region_of_a_control_plane(build: Build) -> None:
    world, _ = build(
        args(AWS, AZURE, version="3.14", api_access=ApiAccess.PRIVATE, base_rps=25, cache_tier=None)
    )

    plane = world.one("konnect:GatewayControlPlane").inputs
    assert plane["cluster_type"] == "CLUSTER_TYPE_CONTROL_PLANE"
    assert plane["cloud_gateway"] is True
    assert "description" not in plane
    configuration = world.one("konnect:CloudGatewayConfiguration").inputs
    assert configuration["control_plane_id"] == "gw-control-plane-id"
    assert (configuration["version"], configuration["api_access"]) == ("3.14", "private")
    assert configuration["dataplane_groups"] == [
        {
            "provider": region.cloud,
            "region": region.region,
            "cloud_gateway_network_id": f"gw-{region.key}-id",
            "autoscale": {"kind": "autopilot", "base_rps": 25},
        }
        for region in (AWS, AZURE)
    ]


def test_each_region_can_be_in_a_cloud_account_of_its_own(build: Build) -> None:
    def accounts() -> list[RegionArgs]:
        import pulumi_aws as aws
        import pulumi_gcp as gcp

        return [
            replace(AWS, providers=[aws.Provider("payments", region="us-east-2")]),
            replace(AWS, region="us-west-2", providers=()),
            replace(GCP, providers=[gcp.Provider("host", project="host")]),
        ]

    world, _ = build(lambda: args(*accounts()))

    for resource in world.resources:
        ours = "gw-aws-us-east-2" in resource.name and resource.type.startswith("aws:")
        assert ("::payments" in resource.provider) == ours, resource.name
        host = "gw-gcp" in resource.name and resource.type.startswith("gcp:")
        assert ("::host" in resource.provider) == host, resource.name


def test_cloud_providers_of_the_gateway_reach_all_its_resources_in_their_clouds(
    build: Build,
) -> None:
    def accounts() -> list[pulumi.ProviderResource]:
        import pulumi_aws as aws
        import pulumi_azure_native as azure
        import pulumi_gcp as gcp

        return [aws.Provider("shop"), azure.Provider("shop"), gcp.Provider("shop")]

    world, _ = build(args(AWS, AZURE, GCP), providers=accounts)

    clouds = {f"pulumi:providers:{name}" for name in ("aws", "azure-native", "gcp")}
    used = {r.provider.split("::")[2] for r in world.resources if "::shop::" in r.provider}
    assert used == clouds
    # The tenant is that of the account in which the peering is made.
    assert all("azure-native::shop::" in provider for provider in world.asked)
    assert world.asked
    for resource in world.resources:
        of_a_cloud = resource.type.startswith(("aws:", "azure-native:", "gcp:"))
        assert ("::shop::" in resource.provider) == of_a_cloud, resource.name


def test_a_description_and_labels_are_sent_with_every_control_plane(build: Build) -> None:
    world, _ = build(args(AWS, GCP, description="Gateways of the shop", labels={"env": "test"}))

    planes = world.of("konnect:GatewayControlPlane")
    assert len(planes) == 2
    for plane in planes:
        assert plane.inputs["description"] == "Gateways of the shop"
        assert plane.inputs["labels"] == {"env": "test"}


def test_every_resource_of_a_region_is_made_in_that_region(build: Build) -> None:
    world, _ = build(args(AWS, AZURE, GCP))

    of_aws = [r for r in world.resources if r.type.startswith("aws:")]
    assert len(of_aws) == 23
    assert {r.inputs.get("region") for r in of_aws} == {"us-east-2"}
    assert {r.inputs["region"] for r in world.of("compute/subnetwork:Subnetwork")} == {
        "us-central1"
    }
    kinds = ("ResourceGroup", "VirtualNetwork", "NetworkSecurityGroup")
    assert {r.inputs["location"] for kind in kinds for r in world.of(f":{kind}")} == {"eastus2"}


def test_a_gcp_network_has_the_subnetworks_that_are_made_and_no_others(build: Build) -> None:
    world, _ = build(args(GCP))

    network = world.one("compute/network:Network").inputs
    assert network["autoCreateSubnetworks"] is False
    assert network["routingMode"] == "GLOBAL"


def test_tags_are_on_everything_that_takes_them(build: Build) -> None:
    tags = {"team": "platform"}
    world, _ = build(args(*(replace(one, tags=tags) for one in (AWS, AZURE, GCP))))

    untagged = {
        "Route",
        "RouteTableAssociation",
        "RouteTablePropagation",
        "ResourceAssociation",
        "PrincipalAssociation",
        "SecurityGroupIngressRule",
    }
    for resource in world.resources:
        kind = resource.type.rsplit(":", 1)[1]
        if resource.type.startswith("aws:") and kind not in untagged:
            assert resource.inputs["tags"]["team"] == "platform", resource.name
            assert resource.inputs["tags"]["Name"].startswith("gw-aws-us-east-2"), resource.name
        if kind in ("ResourceGroup", "VirtualNetwork", "NetworkSecurityGroup"):
            assert resource.inputs["tags"] == tags, resource.name
    assert world.one("redis/instance:Instance").inputs["labels"] == tags


PROTECTED = {
    "aws:ec2/vpc:Vpc",
    "aws:ec2transitgateway/transitGateway:TransitGateway",
    "azure-native:network:VirtualNetwork",
    "azure-native:resources:ResourceGroup",
    "gcp:compute/network:Network",
    "pulumi-python:dynamic/konnect:CloudGatewayConfiguration",
    "pulumi-python:dynamic/konnect:CloudGatewayNetwork",
    "pulumi-python:dynamic/konnect:GatewayControlPlane",
}


def test_what_cannot_be_had_back_is_protected_where_that_is_asked(build: Build) -> None:
    world, _ = build(args(AWS, AZURE, GCP, protect=True))
    assert sorted({r.type for r in world.resources if r.protect}) == sorted(PROTECTED)
    assert all(r.protect for r in world.resources if r.type in PROTECTED)

    world, _ = build(args(AWS, AZURE, GCP))
    assert not any(r.protect for r in world.resources)


# Inputs and outputs of components.


def test_what_a_component_is_given_is_registered_as_its_inputs(build: Build) -> None:
    world, _ = build(args(AWS, GCP))

    gateway = world.one("index:MultiCloudGateway").inputs
    assert (gateway["version"], gateway["cache_tier"]) == ("3.13", "small")
    assert gateway["rate_limit"] == {"limit": 1000, "window_size": 60, "sync_rate": 0.5}
    assert gateway["regions"][0]["cidr"] == "10.64.0.0/20"
    link = world.one("index:AwsTransitGatewayLink").inputs
    assert (link["reach"], link["ports"]) == (["10.65.0.0/16"], [443])
    assert link["gateway"] == {"cidr": "10.64.0.0/20", "shape": AWS.shape}
    for component in ("AwsVpc", "AwsTransitHub", "AwsHubSpoke", "GcpVpc", "GcpRedis"):
        assert world.one(f"index:{component}").inputs["region"] in ("us-east-2", "us-central1")
    assert {r.inputs["namespace"] for r in world.of("index:Governance")} == {
        "gw",
        "gw-gcp-us-central1",
    }
    assert world.one("index:ManagedCache").inputs["tier"] == "small"


def test_a_gateway_tells_what_a_program_needs_next_by_region(build: Build) -> None:
    world, _ = build(args(AWS, AZURE, GCP))

    told = world.outputs_of("index:MultiCloudGateway")
    assert told["control_plane_ids"] == {
        "main": "gw-control-plane-id",
        "gcp-us-central1": "gw-gcp-us-central1-control-plane-id",
    }
    assert told["network_ids"] == {r.key: f"gw-{r.key}-id" for r in (AWS, AZURE, GCP)}
    assert told["hostnames"]["aws-us-east-2"] == ["us-east-2.example"]
    assert told["private_ip_addresses"]["azure-eastus2"] == ["10.64.0.4"]
    assert told["egress_ip_addresses"]["gcp-us-central1"] == ["203.0.113.4"]
    assert told["customer_network_ids"] == {
        "aws-us-east-2": "gw-aws-us-east-2-vpc-id",
        "azure-eastus2": "/subscriptions/sub/resourceGroups/gw-azure-eastus2/providers/"
        "Microsoft.Network/virtualNetworks/gw-azure-eastus2-vnet",
        "gcp-us-central1": "gw-gcp-us-central1-network-id",
    }
    assert told["hub_ids"] == {"aws-us-east-2": "gw-aws-us-east-2-hub-tgw-id"}
    assert told["subnet_ids"] == {
        "aws-us-east-2": {zone: f"gw-aws-us-east-2-{zone}-id" for zone in ("use2-az1", "use2-az2")},
        "azure-eastus2": {"workload": "gw-azure-eastus2-workload-id"},
        "gcp-us-central1": {"workload": "gw-gcp-us-central1-workload-id"},
    }
    assert told["attachment_ids"] == {
        region.key: {link: f"gw-{region.key}-{link}-attachment-{region.shape}-id"}
        for region, link in (
            (AWS, "transit-gateway"),
            (AZURE, "vnet-peering"),
            (GCP, "vpc-peering"),
        )
    }
    assert told["security_group_ids"] == {
        "aws-us-east-2": "gw-aws-us-east-2-transit-gateway-from-gateway-id",
        "azure-eastus2": "/subscriptions/sub/resourceGroups/gw-azure-eastus2-group/providers/"
        "Microsoft.Network/networkSecurityGroups/gw-azure-eastus2-nsg",
    }


@pytest.mark.parametrize(
    ("component", "outputs"),
    [
        (
            "AwsVpc",
            {
                "vpc_id": "gw-aws-us-east-2-vpc-id",
                "subnet_ids": {
                    zone: f"gw-aws-us-east-2-{zone}-id" for zone in ("use2-az1", "use2-az2")
                },
                "transit_subnet_ids": {
                    zone: f"gw-aws-us-east-2-{zone}-transit-id" for zone in ("use2-az1", "use2-az2")
                },
            },
        ),
        (
            "AwsTransitHub",
            {
                "transit_gateway_id": "gw-aws-us-east-2-hub-tgw-id",
                "gateway_route_table_id": "gw-aws-us-east-2-hub-gateways-id",
                "spoke_route_table_id": "gw-aws-us-east-2-hub-spokes-id",
            },
        ),
        ("AwsHubSpoke", {"vpc_attachment_id": "gw-aws-us-east-2-spoke-attachment-id"}),
        (
            "AwsTransitGatewayLink",
            {
                "attachment_id": f"gw-aws-us-east-2-transit-gateway-attachment-{AWS.shape}-id",
                "security_group_id": "gw-aws-us-east-2-transit-gateway-from-gateway-id",
            },
        ),
        (
            "AzureVnet",
            {
                "vnet_id": "/subscriptions/sub/resourceGroups/gw-azure-eastus2/providers/"
                "Microsoft.Network/virtualNetworks/gw-azure-eastus2-vnet",
                "subnet_ids": {"workload": "gw-azure-eastus2-workload-id"},
            },
        ),
        (
            "GcpVpc",
            {
                "network_id": "gw-gcp-us-central1-network-id",
                "subnet_ids": {"workload": "gw-gcp-us-central1-workload-id"},
            },
        ),
        (
            "GcpVpcPeeringLink",
            {"attachment_id": f"gw-gcp-us-central1-vpc-peering-attachment-{GCP.shape}-id"},
        ),
        ("GcpRedis", {"host": "10.0.0.3", "port": 6379}),
        (
            "ManagedCache",
            {
                "partial_id": "managed-partial",
                "groups": [{"provider": "aws", "region": "us-east-2", "state": "ready"}],
            },
        ),
        ("RegionalCache", {"partial_id": "gw-gcp-us-central1-cache-redis-id"}),
    ],
)
def test_a_component_tells_the_ids_that_belong_to_it(
    build: Build, component: str, outputs: dict[str, object]
) -> None:
    world, _ = build(args(AWS, AZURE, GCP))

    assert world.outputs_of(f"index:{component}") == outputs


def test_konnect_is_asked_for_a_cache_of_the_control_plane_in_the_tier(build: Build) -> None:
    world, _ = build(args(AWS, cache_tier=CacheTier.LARGE))

    addon = world.one("konnect:CloudGatewayAddon")
    assert addon.inputs["name"] == "gw-cache"
    assert addon.inputs["owner"] == {
        "kind": "control-plane",
        "control_plane_id": "gw-control-plane-id",
        "control_plane_geo": "us",
    }
    assert addon.inputs["config"] == {
        "kind": "managed-cache.v0",
        "capacity_config": {"kind": "tiered", "tier": "large"},
    }
    assert [one for one in addon.depends_on if "CloudGatewayConfiguration" in one]


def test_the_redis_of_a_region_has_a_standby_a_password_and_tls(build: Build) -> None:
    world, _ = build(args(GCP, cache_tier=CacheTier.LARGE))

    redis = world.one("redis/instance:Instance").inputs
    assert (redis["region"], redis["name"]) == ("us-central1", "gw-gcp-us-central1-redis")
    assert redis["redisVersion"] == "REDIS_7_2"
    assert (redis["tier"], redis["memorySizeGb"]) == ("STANDARD_HA", 6)
    assert (redis["authEnabled"], redis["transitEncryptionMode"]) == (
        True,
        "SERVER_AUTHENTICATION",
    )
    assert redis["deletionProtection"] is False
    assert redis["authorizedNetwork"] == "gw-gcp-us-central1-network-id"
    partial = world.one("konnect:GatewayPartial").inputs
    assert partial["control_plane_id"] == "gw-gcp-us-central1-control-plane-id"
    assert (partial["type"], partial["name"]) == ("redis-ee", "gw-gcp-us-central1-cache-redis")
    assert partial["config"] == {
        "host": "10.97.130.2",
        "port": 6379,
        "password": "redis-password",
        "ssl": True,
        "ssl_verify": False,
    }


def test_the_redis_of_a_region_has_the_memory_of_the_tier_in_whole_gib() -> None:
    sizes = {tier: memory_gib(tier) for tier in CacheTier}
    assert (sizes[CacheTier.MICRO], sizes[CacheTier.SMALL]) == (1, 1)
    assert max(sizes.values()) == 300, "Memorystore takes no more"
    assert all(abs(size - tier.gib) <= 0.5 for tier, size in sizes.items())


@pytest.mark.parametrize(
    ("kind", "field", "default"),
    [
        (RegionArgs, "ports", (443,)),
        (CustomerSideArgs, "ports", (443,)),
        (AwsTransitGatewayLinkArgs, "ports", (443,)),
        (AzureVnetPeeringLinkArgs, "ports", (443,)),
        (GcpVpcPeeringLinkArgs, "ports", (443,)),
        (GcpVpcPeeringLinkArgs, "given", False),
        *(
            (kind, "protect", False)
            for kind in (
                MultiCloudGatewayArgs,
                CustomerSideArgs,
                AwsVpcArgs,
                AwsTransitHubArgs,
                AzureVnetArgs,
                GcpVpcArgs,
            )
        ),
    ],
)
def test_what_is_not_asked_for_is_neither_opened_nor_protected(
    kind: type, field: str, default: object
) -> None:
    assert getattr(kind, field) == default


def test_the_geo_of_control_planes_is_that_of_the_provider(build: Build) -> None:
    world, _ = build(args(AWS))

    configuration = world.one("konnect:CloudGatewayConfiguration").inputs
    owner = world.one("konnect:CloudGatewayAddon").inputs["owner"]
    assert configuration["control_plane_geo"] == owner["control_plane_geo"] == "us"


def test_counters_have_a_name_of_their_own_in_each_control_plane(build: Build) -> None:
    world, _ = build(args(AWS, GCP, rate_limit=RateLimitArgs(5, 10, sync_rate=0.2)))

    plugins = {p.inputs["instance_name"]: p.inputs["config"] for p in world.of("GatewayPlugin")}
    assert sorted(plugins) == ["gw-gcp-us-central1-rate-limit", "gw-rate-limit"]
    for name, config in plugins.items():
        assert config["namespace"] == name.removesuffix("-rate-limit")
        assert (config["limit"], config["window_size"], config["sync_rate"]) == ([5], [10], 0.2)


def test_without_a_rate_limit_there_is_no_plugin(build: Build) -> None:
    world, _ = build(args(AWS, rate_limit=None))

    assert world.of("konnect:GatewayPlugin") == []
    assert len(world.of("index:Governance")) == 1
