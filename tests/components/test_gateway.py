"""MultiCloudGateway under Pulumi's mocks: what is wired to what."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest
from pulumi.output import Unknown

from components.gateway import (
    MultiCloudGateway,
    MultiCloudGatewayArgs,
    RegionArgs,
    network_name,
)
from components.governance import RateLimitArgs
from components.links.azure_grant import AzureGrant
from components.names import bounded_name
from components.networks.attributes import (
    AwsHubAttributes,
    AwsVpcAttributes,
    AzureVnetAttributes,
    GcpVpcAttributes,
)
from components.placement import Placement
from components.regions import CacheTier, Cloud
from providers import konnect
from stacks import exports
from stacks.contract import GatewayContract
from tests.components.gateway_mocks import World, run_program, unmocked

AWS = RegionArgs(
    cloud=Cloud.AWS,
    region="us-east-2",
    cidr=IPv4Network("10.64.0.0/20"),
    zones=("use2-az1", "use2-az2"),
    customer_cidr=IPv4Network("10.65.0.0/16"),
    tags={"team": "platform"},
)
AZURE = RegionArgs(
    cloud=Cloud.AZURE,
    region="eastus2",
    cidr=IPv4Network("10.80.0.0/20"),
    zones=("eastus2-az2", "eastus2-az3"),
    customer_cidr=IPv4Network("10.81.0.0/16"),
)
GCP = RegionArgs(
    cloud=Cloud.GCP,
    region="us-central1",
    cidr=IPv4Network("10.96.0.0/20"),
    zones=("us-central1-a", "us-central1-b"),
    customer_cidr=IPv4Network("10.97.0.0/16"),
)
GCP_EU = RegionArgs(
    cloud=Cloud.GCP,
    region="europe-west1",
    cidr=IPv4Network("10.96.16.0/20"),
    zones=("europe-west1-b",),
    customer_cidr=IPv4Network("10.98.0.0/16"),
)


GCP_ASIA = RegionArgs(
    cloud=Cloud.GCP,
    region="asia-east1",
    cidr=IPv4Network("10.96.48.0/20"),
    zones=("asia-east1-a",),
    customer_cidr=IPv4Network("10.99.0.0/16"),
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

    def run(
        arguments: MultiCloudGatewayArgs | Callable[[], MultiCloudGatewayArgs],
        *,
        preview: bool = False,
        ready: bool = True,
    ) -> tuple[World, dict[str, Any]]:
        def make(provider: konnect.Provider) -> Any:
            given = arguments() if callable(arguments) else arguments
            gateway = MultiCloudGateway("gw", given, pulumi.ResourceOptions(providers=[provider]))
            return exports.exports(gateway)

        return run_program(make, preview=preview, ready=ready)

    yield run
    unmocked()


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
        "gw-gcp-us-central1-control-plane-id": "gw-gcp-us-central1-cache-id",
    }


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
        f"gw-aws-us-east-2-transit-gateway-association-{AWS.shape}": "tgw-attach-1",
        "gw-aws-us-east-2-spoke-association": "gw-aws-us-east-2-spoke-attachment-id",
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
        "gw-aws-us-east-2-use2-az1-transit": "use2-az1",
        "gw-aws-us-east-2-use2-az2": "use2-az2",
        "gw-aws-us-east-2-use2-az2-transit": "use2-az2",
    }


def test_kong_gets_a_role_on_the_vnet_only_when_consent_is_assigned(build: Build) -> None:
    world, _ = build(args(AZURE))
    assignment = world.one("authorization:RoleAssignment")
    assert assignment.inputs["principalId"] == "kong-principal"
    assert assignment.inputs["scope"].endswith("/virtualNetworks/gw-azure-eastus2-vnet")

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


VPC = AwsVpcAttributes("vpc-1", {"workload": "rtb-1", "shared": "rtb-2"})
HUB = AwsHubAttributes(
    transit_gateway_id="tgw-1",
    transit_gateway_arn="arn:aws:ec2:us-east-2:222233334444:transit-gateway/tgw-1",
    gateway_route_table_id="tgw-rtb-gateways",
    spoke_route_table_id="tgw-rtb-vpcs",
    vpc_attachment_id="tgw-attach-vpc",
)
VNET = AzureVnetAttributes(
    resource_group_name="networks",
    resource_group_id="/subscriptions/networks-sub/resourceGroups/networks",
    vnet_name="vnet",
    vnet_id="/subscriptions/networks-sub/resourceGroups/networks/providers/"
    "Microsoft.Network/virtualNetworks/vnet",
    network_security_group_name="workload",
    workload_cidr="10.81.0.0/17",
    security_rule_priority=200,
)
NETWORK = GcpVpcAttributes(
    name="shared",
    project="host-project",
    id="projects/host-project/global/networks/shared",
    self_link="https://gcp/projects/host-project/global/networks/shared",
)
GIVEN = (
    replace(AWS, network=VPC, hub=HUB),
    replace(AZURE, network=VNET),
    replace(GCP, network=NETWORK),
)


def test_of_a_network_of_somebody_else_only_the_link_is_made(build: Build) -> None:
    own, _ = build(args(AWS, AZURE, GCP))
    world, exported = build(args(*GIVEN))

    rooms = ("AwsVpc", "AwsTransitHub", "AwsHubSpoke", "AzureVnet", "GcpVpc")
    network_half = {urn for urn in own.urns if re.search(rf"index:({'|'.join(rooms)})[$:]", urn)}
    assert len(network_half) == 25
    route = next(urn for urn in own.urns if "route:Route::" in urn)
    assert set(own.urns) - set(world.urns) == {*network_half, route}
    tables = {route.replace("to-gateway", f"to-gateway-{key}") for key in ("workload", "shared")}
    assert set(world.urns) - set(own.urns) == tables
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
    assert share.inputs["resourceArn"] == HUB.transit_gateway_arn
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


def test_a_vnet_of_somebody_else_gets_kongs_role_and_rules_in_the_two_places_kept(
    build: Build,
) -> None:
    world, _ = build(args(*GIVEN))

    rules = {r.inputs["priority"]: r.inputs for r in world.of("network:SecurityRule")}
    assert sorted(rules) == [200, 201]
    for rule in rules.values():
        assert rule["resourceGroupName"] == "networks"
        assert rule["networkSecurityGroupName"] == "workload"
    assert rules[200]["destinationAddressPrefix"] == "10.81.0.0/17"
    role = world.one("authorization:RoleDefinition").inputs
    assert (role["scope"], role["assignableScopes"]) == (
        VNET.resource_group_id,
        [VNET.resource_group_id],
    )
    assert world.one("authorization:RoleAssignment").inputs["scope"] == VNET.vnet_id


def test_a_vnet_is_addressed_in_its_own_subscription_not_in_the_callers(build: Build) -> None:
    world, _ = build(args(GIVEN[1]))

    attachment = world.one("konnect:CloudGatewayTransitGateway").inputs
    config = attachment["transit_gateway_attachment_config"]
    assert (config["subscription_id"], config["tenant_id"]) == ("networks-sub", "tenant")


def test_an_id_that_is_no_resource_id_is_refused_by_name() -> None:
    from components.links.azure_vnet_peering import subscription_of

    with pytest.raises(ValueError, match=r"gw-link: 'vnet-1' is not the id of a VNet; write it"):
        subscription_of("vnet-1", "gw-link")


def test_the_gateway_is_denied_all_that_its_ports_do_not_allow_in_azure(build: Build) -> None:
    """A default rule of Azure admits peered networks, so to allow is no limit."""
    world, _ = build(args(replace(AZURE, ports=(443, 8443))))

    allow, deny = sorted(
        (r.inputs for r in world.of("network:SecurityRule")), key=lambda rule: rule["priority"]
    )
    assert (allow["access"], allow["destinationPortRanges"]) == ("Allow", ["443", "8443"])
    assert (deny["access"], deny["protocol"], deny["destinationPortRange"]) == ("Deny", "*", "*")
    assert allow["sourceAddressPrefix"] == deny["sourceAddressPrefix"] == "10.80.0.0/20"
    assert deny["destinationAddressPrefix"] == "*"


def test_two_regions_on_given_gcp_networks_are_peered_one_after_the_other(build: Build) -> None:
    """Google runs one peering operation at a time on a network."""
    world, _ = build(args(GIVEN[2], replace(GCP_EU, network=NETWORK), GCP_ASIA))

    peerings = world.of("compute/networkPeering:NetworkPeering")
    first, second, own = (
        next(one for one in peerings if region in one.name)
        for region in ("us-central1", "europe-west1", "asia-east1")
    )
    assert not [one for one in first.depends_on if "networkPeering" in one]
    assert [one for one in second.depends_on if one.endswith(first.name)]
    assert not [one for one in own.depends_on if "networkPeering" in one]


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
    with pytest.raises(
        ValueError, match=r"gw-gcp-us-central1 is in gcp, .* AwsVpcAttributes; give"
    ):
        build(args(replace(GCP, network=VPC)))


def test_a_vpc_of_somebody_else_without_its_hub_is_refused_by_name(build: Build) -> None:
    with pytest.raises(ValueError, match=r"gw-aws-us-east-2 .* names no hub; give it one"):
        build(args(replace(AWS, network=VPC)))


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


# A gateway network that is replaced by one of another block.


def test_what_serves_one_gateway_network_only_is_new_for_a_new_network(build: Build) -> None:
    """One RAM share serves one network; a peering's and a rule's name is taken by the old one."""
    before, _ = build(args(AWS, AZURE, GCP))
    moved = [
        replace(one, cidr=IPv4Network(cidr))
        for one, cidr in ((AWS, "10.64.16.0/20"), (AZURE, "10.80.16.0/20"), (GCP, "10.96.32.0/20"))
    ]
    after, _ = build(args(*moved))

    def own(world: World) -> dict[str, str]:
        kinds = ("ResourceShare", "VpcAttachmentAccepter", "NetworkPeering", "Firewall", "Route")
        return {
            f"{kind} {r.name}": str(r.inputs.get("name"))
            for kind in (*kinds, "SecurityGroupIngressRule", "CloudGatewayTransitGateway")
            for r in world.of(f":{kind}")
        }

    old, new = own(before), own(after)
    assert len(old) == len(new) == 9
    assert not old.keys() & new.keys()
    names = {name for name in old.values() if name != "None"}
    clashes = names & set(new.values())
    # Konnect's attachments are named within their own network.
    assert clashes == {
        "gw-aws-us-east-2-transit-gateway",
        "gw-azure-eastus2-vnet-peering",
        "gw-gcp-us-central1-vpc-peering",
    }


def test_what_upstreams_refer_to_stays_when_a_network_is_replaced(build: Build) -> None:
    before, _ = build(args(AWS, AZURE))
    after, _ = build(args(replace(AWS, cidr=IPv4Network("10.64.16.0/20")), AZURE))

    (old,), (new,) = (w.of("ec2/securityGroup:SecurityGroup") for w in (before, after))
    assert (old.name, old.inputs) == (new.name, new.inputs)


# What reaches the resources.


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


def test_ports_are_opened_in_every_cloud_as_asked(build: Build) -> None:
    world, _ = build(args(*(replace(one, ports=(8443, 9443)) for one in (AWS, AZURE, GCP))))

    opened = [r.inputs["fromPort"] for r in world.of("SecurityGroupIngressRule")]
    assert sorted(opened) == [8443, 9443]
    allowed = [r.inputs for r in world.of("network:SecurityRule") if r.inputs["access"] == "Allow"]
    assert [rule["destinationPortRanges"] for rule in allowed] == [["8443", "9443"]]
    (firewall,) = world.of("compute/firewall:Firewall")
    assert firewall.inputs["allows"] == [{"protocol": "tcp", "ports": ["8443", "9443"]}]


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
    (subnetwork,) = world.of("compute/subnetwork:Subnetwork")
    assert subnetwork.inputs["region"] == "us-central1"
    kinds = ("ResourceGroup", "VirtualNetwork", "NetworkSecurityGroup")
    assert {r.inputs["location"] for kind in kinds for r in world.of(f":{kind}")} == {"eastus2"}


def test_a_gcp_network_has_the_subnetworks_that_are_made_and_no_others(build: Build) -> None:
    world, _ = build(args(GCP))

    network = world.one("compute/network:Network").inputs
    assert network["autoCreateSubnetworks"] is False
    assert network["routingMode"] == "GLOBAL"


def test_both_sides_of_a_gcp_peering_exchange_all_routes(build: Build) -> None:
    world, _ = build(args(GCP))

    peering = world.one("compute/networkPeering:NetworkPeering").inputs
    for key in ("CustomRoutes", "SubnetRoutesWithPublicIp"):
        assert (peering[f"import{key}"], peering[f"export{key}"]) == (True, True)


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
    assert told["subnet_ids"]["aws-us-east-2"]["use2-az1"] == "gw-aws-us-east-2-use2-az1-id"
    assert told["attachment_ids"]["aws-us-east-2"] == {
        "transit-gateway": f"gw-aws-us-east-2-transit-gateway-attachment-{AWS.shape}-id"
    }
    assert told["security_group_ids"] == {
        "aws-us-east-2": "gw-aws-us-east-2-transit-gateway-from-gateway-id",
        "azure-eastus2": "/subscriptions/sub/resourceGroups/gw-azure-eastus2-group/providers/"
        "Microsoft.Network/networkSecurityGroups/gw-azure-eastus2-nsg",
    }
