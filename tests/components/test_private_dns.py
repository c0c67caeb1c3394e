"""Private DNS of a gateway's regions: what is created for each kind, and what it refers to."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.dns.gcp_dns_peering import private_domain
from components.dns.kinds import DnsKind, DnsRecord, OutboundResolver, PrivateDns, PrivateZone
from components.gateway import RegionArgs
from providers.base.errors import ProviderError
from tests.components.gateway_mocks import Registered, World
from tests.components.gateways import AWS, AZURE, GCP, GCP_EU, Build, args
from tests.components.test_links import GIVEN, NETWORK

ALIAS = DnsRecord(["orders.example.com"], "CNAME", 60)
HOSTED = PrivateZone(
    DnsKind.PRIVATE_HOSTED_ZONE,
    "a.example.com",
    records={"@": DnsRecord(["10.65.0.9"]), "alias": ALIAS},
)
AZURE_ZONE = PrivateZone(DnsKind.PRIVATE_DNS_ZONE, "b.example.com", records={"alias": ALIAS})
PEERING = PrivateZone(DnsKind.DNS_PEERING, "c.example.com", records={"alias": ALIAS})
ENDPOINT = OutboundResolver({"corp.example.com": ["10.65.0.2"], "vpc.example.com": []})


def resolving(region: RegionArgs, **dns: PrivateDns) -> RegionArgs:
    """A region with private DNS."""
    return replace(region, dns=dns)


def config(world: World) -> dict[str, Any]:
    """The configuration of the only attachment in Konnect."""
    found: dict[str, Any] = world.one("konnect:CloudGatewayPrivateDns").inputs[
        "private_dns_attachment_config"
    ]
    return found


def records(found: list[Registered], *names: str) -> set[tuple[Any, ...]]:
    """These inputs of each resource."""
    return {tuple(str(one.inputs.get(name)) for name in names) for one in found}


def test_kongs_vpc_is_authorised_on_a_zone_before_the_attachment_in_aws(build: Build) -> None:
    world, _ = build(args(resolving(AWS, names=HOSTED)))

    zone = world.one("route53/zone:Zone")
    assert zone.inputs["vpcs"] == [{"vpcId": "gw-aws-us-east-2-vpc-id", "vpcRegion": "us-east-2"}]
    assert records(world.of("route53/record:Record"), "name", "type", "records", "ttl") == {
        ("a.example.com", "A", "['10.65.0.9']", "300.0"),
        ("alias.a.example.com", "CNAME", "['orders.example.com']", "60.0"),
    }
    authorization = world.one("vpcAssociationAuthorization:VpcAssociationAuthorization")
    assert authorization.name == f"gw-aws-us-east-2-dns-names-authorization-{AWS.shape}"
    assert authorization.inputs["vpcId"] == "kong-gw-aws-us-east-2"
    attachment = world.one("konnect:CloudGatewayPrivateDns")
    assert authorization.urn in attachment.depends_on
    assert config(world)["hosted_zone_id"] == zone.id


def test_zones_that_are_created_are_protected_where_that_is_asked(build: Build) -> None:
    regions = (
        resolving(AWS, names=HOSTED),
        resolving(AZURE, names=AZURE_ZONE),
        resolving(GCP, names=PEERING),
    )
    kinds = ("route53/zone:Zone", "privatedns:PrivateZone", "dns/managedZone:ManagedZone")
    for protect in (True, False):
        world, _ = build(args(*regions, protect=protect))
        assert [world.one(kind).protect for kind in kinds] == [protect] * 3


def test_an_inbound_endpoint_has_a_subnet_in_each_zone_and_lets_the_gateway_in(
    build: Build,
) -> None:
    world, _ = build(args(resolving(AWS, names=ENDPOINT)))

    subnets = [r for r in world.of("ec2/subnet:Subnet") if "-dns-names-" in r.name]
    assert records(subnets, "availabilityZoneId", "cidrBlock") == {
        ("use2-az1", "10.65.0.144/28"),
        ("use2-az2", "10.65.0.160/28"),
    }
    endpoint = world.one("route53/resolverEndpoint:ResolverEndpoint")
    assert [one["subnetId"] for one in endpoint.inputs["ipAddresses"]] == [r.id for r in subnets]
    rules = [r for r in world.of("SecurityGroupIngressRule") if "-dns-names-" in r.name]
    assert records(rules, "ipProtocol", "fromPort", "cidrIpv4") == {
        ("tcp", "53.0", "10.64.0.0/20"),
        ("udp", "53.0", "10.64.0.0/20"),
    }
    servers = config(world)["dns_config"]["corp.example.com"]
    assert servers == {"remote_dns_server_ip_addresses": ["10.65.0.2"]}


def test_kong_gets_a_role_on_a_zone_and_an_unused_name_for_its_link_in_azure(build: Build) -> None:
    world, _ = build(args(resolving(AZURE, names=AZURE_ZONE)))

    zone = world.one("privatedns:PrivateZone")
    (assignment,) = (r for r in world.of("RoleAssignment") if "-dns-names-" in r.name)
    assert assignment.inputs["scope"] == zone.id
    assert assignment.inputs["principalId"] == "kong-principal"
    link = world.one("privatedns:VirtualNetworkLink")
    assert config(world) == {
        "kind": "azure-private-hosted-zone-attachment",
        "domain_name": "b.example.com",
        "peer_tenant_id": "tenant",
        "peer_subscription_id": "sub",
        "peer_resource_group_id": "gw-azure-eastus2",
        "peer_vnet_link_name": f"gw-azure-eastus2-dns-names-{AZURE.shape}",
    }
    assert link.inputs["virtualNetworkLinkName"] != config(world)["peer_vnet_link_name"]


def test_an_existing_zone_in_azure_may_be_in_another_subscription(build: Build) -> None:
    group = "/subscriptions/other/resourceGroups/names"
    zone_id = f"{group}/providers/Microsoft.Network/privateDnsZones/b.example.com"
    world, _ = build(args(resolving(AZURE, names=replace(AZURE_ZONE, zone_id=zone_id))))

    assert world.of("privatedns:PrivateZone") == []
    assert config(world)["peer_subscription_id"] == "other"
    assert config(world)["peer_resource_group_id"] == "names"
    (role,) = (r for r in world.of("RoleDefinition") if "-dns-names-" in r.name)
    assert role.inputs["assignableScopes"] == [group]


def test_nothing_is_granted_on_a_zone_whose_owner_authorises_kong(build: Build) -> None:
    world, _ = build(args(resolving(AZURE, names=replace(AZURE_ZONE, authorize=False))))
    assert [r.name for r in world.of("RoleAssignment") if "-dns-" in r.name] == []


def test_a_project_grants_kong_its_role_once_in_gcp(build: Build) -> None:
    two = [resolving(region, names=PEERING, more=PEERING) for region in (GCP, GCP_EU)]
    world, _ = build(args(*two))

    grant = world.one("projects/iAMMember:IAMMember")
    assert (grant.name, grant.inputs["project"]) == ("gw-dns-peer", "customer-project")
    attachments = world.of("konnect:CloudGatewayPrivateDns")
    assert len(attachments) == 4
    assert all(grant.urn in one.depends_on for one in attachments)
    (data,) = records(world.of("dns/recordSet:RecordSet"), "name", "rrdatas")
    assert data == ("alias.c.example.com.", "['orders.example.com.']")


def test_each_account_grants_kong_its_role_in_gcp(build: Build) -> None:
    def regions() -> list[RegionArgs]:
        import pulumi_gcp as gcp

        host = gcp.Provider("gw-gcp-host", project="host")
        return [
            resolving(GCP, names=PEERING),
            replace(resolving(GCP_EU, names=PEERING), providers=[host]),
        ]

    world, _ = build(lambda: args(*regions()))

    grants = {r.name: r.provider for r in world.of("projects/iAMMember:IAMMember")}
    assert set(grants) == {"gw-dns-peer", "gw-gcp-host-dns-peer"}
    assert "::gw-gcp-host::" in grants["gw-gcp-host-dns-peer"]


def test_the_owner_of_a_given_network_grants_kong_its_role_in_gcp(build: Build) -> None:
    world, _ = build(args(replace(resolving(GCP, names=PEERING), network=NETWORK), cache_tier=None))

    assert world.of("projects/iAMMember:IAMMember") == []
    assert config(world)["peer_project_id"] == "host-project"


def test_no_endpoint_is_created_in_a_given_vpc(build: Build) -> None:
    with pytest.raises(ValueError, match="gw-aws-us-east-2-dns-names: an inbound endpoint needs"):
        build(args(resolving(GIVEN[0], names=ENDPOINT)))


@pytest.mark.parametrize(
    ("region", "dns", "said"),
    [
        (AWS, PEERING, "its cloud has no dns-peering: use private-hosted-zone"),
        (AZURE, HOSTED, "its cloud has no private-hosted-zone: use private-dns-zone"),
        (GCP, ENDPOINT, "its cloud has no outbound-resolver: use dns-peering"),
    ],
)
def test_a_kind_of_another_cloud_is_refused_by_name(
    build: Build, region: RegionArgs, dns: PrivateDns, said: str
) -> None:
    with pytest.raises(ValueError, match=f"gw-{region.key}-dns-names: {said}"):
        build(args(resolving(region, names=dns)))


def test_an_existing_zone_in_gcp_is_private_and_of_the_domain() -> None:
    def zone(visibility: str, name: str) -> Any:
        return SimpleNamespace(visibility=visibility, dns_name=name)

    wanted = replace(PEERING, zone_id="names")
    assert private_domain(zone("private", "c.example.com."), wanted, "gw") == "c.example.com"
    with pytest.raises(ProviderError, match=r"^gw: zone_id names is the public zone c\.example"):
        private_domain(zone("public", "c.example.com."), wanted, "gw")
    with pytest.raises(ProviderError, match=r"is the zone d\.example\.com, not c\.example\.com"):
        private_domain(zone("private", "d.example.com."), wanted, "gw")


RECORDED = Path(__file__).parent / "urns" / "private-dns.txt"


def test_the_urns_of_private_dns_are_those_in_the_state_of_stacks(build: Build) -> None:
    """As in ``test_state_format``: a resource of another URN is replaced."""
    corp = OutboundResolver({"corp.example.com": []})
    regions = (
        resolving(AWS, names=HOSTED, corp=corp),
        resolving(AZURE, names=AZURE_ZONE, corp=corp),
        resolving(GCP, names=PEERING),
    )
    world, _ = build(args(*regions))

    plain, _ = build(args(AWS, AZURE, GCP))
    built = "\n".join(sorted({*world.urns} - {*plain.urns})) + "\n"
    if os.environ.get("RECORD"):
        RECORDED.write_text(built)
    assert built == RECORDED.read_text()
