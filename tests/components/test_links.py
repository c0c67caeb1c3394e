"""Links to customer networks, made here or given: both sides, and the rules that let in."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.cache.choice import RedisChoice
from components.gateway import RegionArgs
from components.links.aws_vpc_peering import only
from components.links.azure_grant import AzureGrant
from components.links.kinds import LinkChoice, LinkKind
from components.networks.attributes import (
    AwsHubAttributes,
    AwsVpcAttributes,
    AzureVnetAttributes,
    GcpVpcAttributes,
)
from providers.base.errors import ProviderError
from tests.components.gateway_mocks import World
from tests.components.gateways import AWS, AZURE, GCP, GCP_ASIA, Build, args


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
    propagated = {
        r.name.rpartition("-propagation")[0]: r.inputs["transitGatewayRouteTableId"]
        for r in world.of("routeTablePropagation:RouteTablePropagation")
    }
    assert propagated == {
        "gw-aws-us-east-2-spoke": "gw-aws-us-east-2-hub-gateways-id",
        "gw-aws-us-east-2-transit-gateway": "gw-aws-us-east-2-hub-spokes-id",
    }
    assert world.one("ec2/route:Route").inputs == {
        "region": "us-east-2",
        "routeTableId": "gw-aws-us-east-2-routes-id",
        "destinationCidrBlock": "10.64.0.0/20",
        "transitGatewayId": "gw-aws-us-east-2-hub-tgw-id",
    }


def test_a_port_is_opened_for_the_gateway_alone_in_aws(build: Build) -> None:
    world, _ = build(args(AWS))

    assert world.one("SecurityGroupIngressRule").inputs == {
        "region": "us-east-2",
        "securityGroupId": "gw-aws-us-east-2-transit-gateway-from-gateway-id",
        "cidrIpv4": "10.64.0.0/20",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
    }
    group = world.one("ec2/securityGroup:SecurityGroup").inputs
    assert group["vpcId"] == "gw-aws-us-east-2-vpc-id"


def test_the_upstreams_of_each_zone_have_a_subnet_with_the_route_to_the_gateway(
    build: Build,
) -> None:
    world, _ = build(args(AWS))

    vpc = world.one("ec2/vpc:Vpc").inputs
    assert vpc["cidrBlock"] == "10.65.0.0/16"
    # Both are needed for private DNS names in the VPC.
    assert (vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == (True, True)
    subnets = {r.id: r.inputs for r in world.of("ec2/subnet:Subnet")}
    assert {id_: subnet["cidrBlock"] for id_, subnet in subnets.items()} == {
        "gw-aws-us-east-2-use2-az1-id": "10.65.32.0/19",
        "gw-aws-us-east-2-use2-az2-id": "10.65.64.0/19",
        "gw-aws-us-east-2-use2-az1-transit-id": "10.65.0.16/28",
        "gw-aws-us-east-2-use2-az2-transit-id": "10.65.0.32/28",
    }
    table = world.one("ec2/routeTable:RouteTable")
    assert {table.inputs["vpcId"], *(one["vpcId"] for one in subnets.values())} == {
        "gw-aws-us-east-2-vpc-id"
    }
    routed = {
        r.inputs["subnetId"]: r.inputs["routeTableId"]
        for r in world.of("ec2/routeTableAssociation:RouteTableAssociation")
    }
    assert routed == {f"gw-aws-us-east-2-{zone}-id": table.id for zone in ("use2-az1", "use2-az2")}


def test_the_subnet_of_a_vnet_has_the_security_group_with_the_rules(build: Build) -> None:
    world, _ = build(args(AZURE))

    vnet = world.one("network:VirtualNetwork").inputs
    assert vnet["resourceGroupName"] == "gw-azure-eastus2"
    assert vnet["addressSpace"] == {"addressPrefixes": ["10.81.0.0/16"]}
    group = world.one("network:NetworkSecurityGroup")
    assert group.inputs["resourceGroupName"] == "gw-azure-eastus2"
    subnet = world.one("network:Subnet").inputs
    assert subnet["networkSecurityGroup"] == {"id": group.id}
    assert (subnet["resourceGroupName"], subnet["virtualNetworkName"], subnet["subnetName"]) == (
        "gw-azure-eastus2",
        "gw-azure-eastus2-vnet",
        "workload",
    )
    assert subnet["addressPrefix"] == "10.81.0.0/17"


def test_only_the_gateway_is_let_in_to_a_network_in_gcp(build: Build) -> None:
    world, _ = build(args(GCP))

    assert rule_of_link(world) == {
        "name": f"gw-gcp-us-central1-vpc-peering-in-{GCP.shape}",
        "network": "gw-gcp-us-central1-network-id",
        "direction": "INGRESS",
        "sourceRanges": ["10.96.0.0/20"],
        "allows": [{"protocol": "tcp", "ports": ["443"]}],
    }
    workload, _ = (one.inputs for one in world.of("compute/subnetwork:Subnetwork"))
    assert workload == {
        "name": "gw-gcp-us-central1-workload",
        "network": "gw-gcp-us-central1-network-id",
        "region": "us-central1",
        "ipCidrRange": "10.97.0.0/17",
        "privateIpGoogleAccess": True,
    }


def test_names_in_gcp_are_cut_to_what_each_service_takes(build: Build) -> None:
    world, _ = build(args(replace(GCP, region=f"us-central1-{'x' * 60}")))

    kinds = ("redis/instance:Instance", "networkPeering:NetworkPeering")
    assert [len(world.one(kind).inputs["name"]) for kind in kinds] == [40, 63]
    rules = world.of("firewall:Firewall")
    assert {len(one.inputs["name"]) for one in rules} == {63}
    assert len({one.inputs["name"] for one in rules}) == 3
    # Pulumi and Google add to the names of these.
    assert {len(one.name) for one in world.of("RegionInstanceTemplate")} == {55}
    assert len(world.one("RegionInstanceGroupManager").inputs["baseInstanceName"]) == 58


@pytest.mark.parametrize(
    ("region", "config"),
    [
        (
            AWS,
            {
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": "gw-aws-us-east-2-hub-tgw-id",
                "ram_share_arn": "arn:aws:mock:us-east-2:111122223333:"
                f"gw-aws-us-east-2-transit-gateway-share-{AWS.shape}",
            },
        ),
        (
            AZURE,
            {
                "kind": "azure-vnet-peering-attachment",
                "tenant_id": "tenant",
                "subscription_id": "sub",
                "resource_group_name": "gw-azure-eastus2",
                "vnet_name": "gw-azure-eastus2-vnet",
            },
        ),
        (
            GCP,
            {
                "kind": "gcp-vpc-peering-attachment",
                "peer_project_id": "customer-project",
                "peer_vpc_name": "gw-gcp-us-central1",
            },
        ),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_konnect_is_told_which_network_to_attach_to(
    build: Build, region: RegionArgs, config: dict[str, str]
) -> None:
    world, _ = build(args(region))

    attachment = world.one("konnect:CloudGatewayTransitGateway").inputs
    assert attachment["network_id"] == f"gw-{region.key}-id"
    assert attachment["transit_gateway_attachment_config"] == config


def test_konnect_routes_the_vpc_and_what_is_reached_behind_the_hub(build: Build) -> None:
    world, _ = build(args(replace(AWS, reach=(IPv4Network("10.128.0.0/16"),))))

    attachment = world.one("konnect:CloudGatewayTransitGateway")
    assert attachment.inputs["cidr_blocks"] == ["10.65.0.0/16", "10.128.0.0/16"]


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


SUBNETWORK = "projects/host-project/regions/us-central1/subnetworks/redis"

GIVEN = (
    replace(AWS, network=VPC, hub=HUB),
    replace(AZURE, network=VNET),
    replace(GCP, network=NETWORK, redis=RedisChoice(subnetwork=SUBNETWORK)),
)


def rule_of_link(world: World) -> dict[str, Any]:
    """The inputs of the firewall rule that lets the gateway call upstreams."""
    (rule,) = (one for one in world.of("firewall:Firewall") if "vpc-peering" in one.name)
    return rule.inputs


def test_of_a_network_of_somebody_else_only_the_link_is_made(build: Build) -> None:
    own, _ = build(args(AWS, AZURE, GCP))
    world, exported = build(args(*GIVEN))

    rooms = ("AwsVpc", "AwsTransitHub", "AwsHubSpoke", "AzureVnet", "GcpVpc")
    network_half = {urn for urn in own.urns if re.search(rf"index:({'|'.join(rooms)})[$:]", urn)}
    assert len(network_half) == 25
    route = next(urn for urn in own.urns if "route:Route::" in urn)
    forwarders = next(urn for urn in own.urns if "GcpForwarders$gcp:compute/subnetwork" in urn)
    assert set(own.urns) - set(world.urns) == {*network_half, route, forwarders}
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
    assert (allow["priority"], deny["priority"]) == (100, 101)
    assert allow["protocol"] == "Tcp"
    assert (allow["destinationAddressPrefix"], deny["destinationAddressPrefix"]) == (
        "10.81.0.0/17",
        "*",
    )
    for rule in (allow, deny):
        assert (rule["direction"], rule["sourcePortRange"]) == ("Inbound", "*")
        assert rule["sourceAddressPrefix"] == "10.80.0.0/20"
    # Until another network is attached, the old one serves with the old rules.
    rules = world.of("network:SecurityRule")
    assert all("CloudGatewayTransitGateway" in str(rule.depends_on) for rule in rules)
    assert sorted(rule.inputs["securityRuleName"] for rule in rules) == [
        "from-gateway",
        "not-from-gateway",
    ]


def test_two_regions_on_given_gcp_networks_are_peered_one_after_the_other(build: Build) -> None:
    """Google runs one peering operation at a time on a network."""
    world, _ = build(args(GIVEN[2], replace(GIVEN[2], region="europe-west1"), GCP_ASIA))

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

    rule = rule_of_link(world)
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
    assert "project" not in rule_of_link(own)


def test_a_network_of_another_cloud_is_refused_by_name(build: Build) -> None:
    with pytest.raises(
        ValueError, match=r"gw-gcp-us-central1 is in gcp, .* AwsVpcAttributes; give"
    ):
        build(args(replace(GCP, network=VPC)))


def test_a_vpc_of_somebody_else_without_its_hub_is_refused_by_name(build: Build) -> None:
    with pytest.raises(ValueError, match=r"gw-aws-us-east-2.* has a given VPC and no hub; give it"):
        build(args(replace(AWS, network=VPC)))


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
    assert len(old) == len(new) == 11
    # The health checks of the forwarders come from Google, whatever Kong's network is.
    assert old.keys() & new.keys() == {"Firewall gw-gcp-us-central1-redis-forwarders-checks"}
    names = {name for name in old.values() if name != "None"}
    clashes = names & set(new.values())
    # Konnect's attachments are named within their own network.
    assert clashes == {
        "gw-aws-us-east-2-transit-gateway",
        "gw-azure-eastus2-vnet-peering",
        "gw-gcp-us-central1-vpc-peering",
        "gw-gcp-us-central1-redis-forwarders-checks",
    }


def test_what_upstreams_refer_to_stays_when_a_network_is_replaced(build: Build) -> None:
    before, _ = build(args(AWS, AZURE))
    after, _ = build(args(replace(AWS, cidr=IPv4Network("10.64.16.0/20")), AZURE))

    (old,), (new,) = (w.of("ec2/securityGroup:SecurityGroup") for w in (before, after))
    assert (old.name, old.inputs) == (new.name, new.inputs)


def test_ports_are_opened_in_every_cloud_as_asked(build: Build) -> None:
    world, _ = build(args(*(replace(one, ports=(8443, 9443)) for one in (AWS, AZURE, GCP))))

    opened = [r.inputs["fromPort"] for r in world.of("SecurityGroupIngressRule")]
    assert sorted(opened) == [8443, 9443]
    allowed = [r.inputs for r in world.of("network:SecurityRule") if r.inputs["access"] == "Allow"]
    assert [rule["destinationPortRanges"] for rule in allowed] == [["8443", "9443"]]
    assert rule_of_link(world)["allows"] == [{"protocol": "tcp", "ports": ["8443", "9443"]}]


def test_both_sides_of_a_gcp_peering_exchange_all_routes(build: Build) -> None:
    world, _ = build(args(GCP))

    peering = world.one("compute/networkPeering:NetworkPeering").inputs
    for key in ("CustomRoutes", "SubnetRoutesWithPublicIp"):
        assert (peering[f"import{key}"], peering[f"export{key}"]) == (True, True)


def test_the_accepter_alone_is_left_to_konnect_when_a_link_is_deleted(build: Build) -> None:
    """Its delete would delete Kong's attachment, and leave Konnect's in error."""
    world, _ = build(args(AWS, AZURE, GCP))

    (retained,) = (one for one in world.resources if one.retained)
    assert retained.type.endswith("vpcAttachmentAccepter:VpcAttachmentAccepter")
    assert retained.inputs["transitGatewayDefaultRouteTableAssociation"] is False
    assert retained.inputs["transitGatewayDefaultRouteTablePropagation"] is False


def test_konnects_attachment_is_made_when_the_share_has_the_hub_and_kong(build: Build) -> None:
    world, _ = build(args(AWS))

    share = world.one("ram/resourceShare:ResourceShare")
    assert share.inputs["allowExternalPrincipals"] is True
    arn = f"arn:aws:mock:us-east-2:111122223333:{share.name}"
    for kind in ("ResourceAssociation", "PrincipalAssociation"):
        assert world.one(f":{kind}").inputs["resourceShareArn"] == arn
    attachment = world.one("konnect:CloudGatewayTransitGateway")
    for kind in ("ResourceAssociation", "PrincipalAssociation"):
        assert [one for one in attachment.depends_on if f":{kind}::" in one]


def test_a_hub_that_is_made_lets_nothing_in_by_default(build: Build) -> None:
    world, _ = build(args(AWS))

    hub = world.one("transitGateway:TransitGateway").inputs
    assert hub["autoAcceptSharedAttachments"] == "disable"
    assert hub["defaultRouteTableAssociation"] == "disable"
    assert hub["defaultRouteTablePropagation"] == "disable"
    spoke = world.one("vpcAttachment:VpcAttachment").inputs
    assert spoke["transitGatewayDefaultRouteTableAssociation"] is False
    assert spoke["transitGatewayDefaultRouteTablePropagation"] is False
    assert spoke["subnetIds"] == [
        f"gw-aws-us-east-2-{zone}-transit-id" for zone in ("use2-az1", "use2-az2")
    ]


def test_kong_may_peer_with_the_vnet_and_do_nothing_else(build: Build) -> None:
    world, _ = build(args(AZURE))

    role = world.one("authorization:RoleDefinition")
    assert role.inputs["roleType"] == "CustomRole"
    assignment = world.one("authorization:RoleAssignment").inputs
    assert assignment["roleDefinitionId"] == role.id
    assert assignment["principalType"] == "ServicePrincipal"
    (permissions,) = role.inputs["permissions"]
    actions = permissions["actions"]
    assert "Microsoft.Network/virtualNetworks/peer/action" in actions
    assert all(action.startswith("Microsoft.Network/virtualNetworks/") for action in actions)
    assert permissions["notActions"] == []
    attachment = world.one("konnect:CloudGatewayTransitGateway")
    assert [one for one in attachment.depends_on if "RoleAssignment" in one]


def test_our_side_of_a_gcp_peering_goes_before_konnects(build: Build) -> None:
    world, _ = build(args(GCP))

    peering = world.one("compute/networkPeering:NetworkPeering")
    assert [one for one in peering.depends_on if "CloudGatewayTransitGateway" in one]
    assert peering.inputs["stackType"] == "IPV4_ONLY"


PEERED = replace(AWS, links=[LinkChoice("private", LinkKind.VPC_PEERING)])


def test_a_vpc_peering_in_aws_is_found_by_its_vpcs_accepted_and_routed(build: Build) -> None:
    world, exported = build(args(PEERED))

    attachment = world.one("konnect:CloudGatewayTransitGateway")
    assert attachment.inputs["cidr_blocks"] == ["10.65.0.0/16"]
    assert attachment.inputs["name"] == "gw-aws-us-east-2-private"
    assert attachment.inputs["transit_gateway_attachment_config"]["kind"] == (
        "aws-vpc-peering-attachment"
    )
    (search,) = world.searched
    assert search["region"] == "us-east-2"
    assert {one["name"]: one["values"] for one in search["filters"]} == {
        "requester-vpc-info.vpc-id": ["kong-gw-aws-us-east-2"],
        "accepter-vpc-info.vpc-id": ["gw-aws-us-east-2-vpc-id"],
        "status-code": ["pending-acceptance", "active", "provisioning"],
    }
    accepter = world.one("vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter")
    assert accepter.inputs["vpcPeeringConnectionId"] == "pcx-1"
    assert accepter.inputs["autoAccept"] is True
    route = world.one("ec2/route:Route")
    assert route.inputs["vpcPeeringConnectionId"] == "pcx-1"
    assert route.inputs["destinationCidrBlock"] == "10.64.0.0/20"
    assert world.of("ec2transitgateway/transitGateway:TransitGateway") == []
    assert list(exported["regions"]["aws-us-east-2"]["attachments"]) == ["private"]
    assert exported["regions"]["aws-us-east-2"]["landing"]["hub_id"] is None


@pytest.mark.parametrize("ids", [[], ["pcx-1", "pcx-2"]])
def test_no_peering_or_several_are_an_error_that_says_what_aws_lists(ids: list[str]) -> None:
    with pytest.raises(ProviderError, match=f"gw-private: AWS lists {len(ids)} peerings"):
        only(ids, "gw-private")


def test_a_given_vpc_without_its_account_cannot_be_peered(build: Build) -> None:
    with pytest.raises(ValueError, match="the VPC has no account; give it the id of its owner"):
        build(args(replace(PEERED, network=VPC)))
