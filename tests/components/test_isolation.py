"""Isolated regions: what is cut off, in networks that are created here and in given ones."""

from __future__ import annotations

from dataclasses import replace

from components.links.kinds import LinkChoice, LinkKind
from tests.components.gateways import AWS, AZURE, GCP, Build, args
from tests.components.test_links import GIVEN

REGIONS = (AWS, AZURE, GCP)
ISOLATED = tuple(replace(region, isolated=True) for region in REGIONS)


def test_isolation_deletes_nothing_and_adds_only_what_denies(build: Build) -> None:
    before, exported = build(args(*REGIONS))
    world, isolated = build(args(*ISOLATED))
    assert set(before.urns) <= set(world.urns)
    added = sorted(urn.rpartition("::")[2] for urn in set(world.urns) - set(before.urns))
    assert added == [
        "gw-aws-us-east-2-isolation",
        "gw-aws-us-east-2-isolation-in",
        "gw-aws-us-east-2-isolation-out",
        f"gw-aws-us-east-2-transit-gateway-black-hole-{AWS.shape}",
        "gw-azure-eastus2-isolation",
        "gw-azure-eastus2-isolation-out",
        "gw-azure-eastus2-isolation-routes",
        "gw-gcp-us-central1-isolation",
        "gw-gcp-us-central1-isolation-in",
        "gw-gcp-us-central1-isolation-out",
    ]
    assert isolated == exported


def test_a_peering_in_aws_has_no_route_while_its_region_is_isolated(build: Build) -> None:
    peered = replace(AWS, links=(LinkChoice("vpc-peering", LinkKind.VPC_PEERING),))
    before, _ = build(args(peered))
    world, _ = build(args(replace(peered, isolated=True)))
    assert len(before.of("ec2/route:Route")) == 1
    assert world.of("ec2/route:Route") == []
    deleted = set(before.urns) - set(world.urns)
    assert [urn.split("::")[2].split("$")[-1] for urn in deleted] == ["aws:ec2/route:Route"]


def test_of_a_given_network_only_what_the_link_created_is_updated(build: Build) -> None:
    before, _ = build(args(*GIVEN))
    world, _ = build(args(*(replace(region, isolated=True) for region in GIVEN)))

    assert set(before.urns) <= set(world.urns)
    added = {urn.split("::")[2].split("$")[-1] for urn in set(world.urns) - set(before.urns)}
    assert added == {
        "aws:ec2transitgateway/route:Route",
        "multicloudgateway:index:GcpIsolation",
        "gcp:compute/firewall:Firewall",
    }
    hole = world.one("ec2transitgateway/route:Route").inputs
    assert (hole["transitGatewayRouteTableId"], hole["blackhole"]) == ("tgw-rtb-vpcs", True)
    rule = world.one("vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert rule["cidrIpv4"] == "127.0.0.1/32"
    rules = world.of("network:SecurityRule")
    assert {(one.inputs["access"], one.inputs["direction"]) for one in rules} == {
        ("Deny", "Inbound")
    }
    firewalls = [one.inputs for one in world.of("compute/firewall:Firewall")]
    assert {one["project"] for one in firewalls} == {"host-project"}
    allowing = [one for one in firewalls if one.get("allows") and "targetTags" not in one]
    assert [one.get("disabled") for one in allowing] == [True]


def test_the_update_of_an_isolated_region_waits_for_nothing_of_it(build: Build) -> None:
    """The networks of the mocks are not ready, and never will be."""
    _, exported = build(args(*ISOLATED), ready=False)
    assert set(exported["regions"]) == {"aws-us-east-2", "azure-eastus2", "gcp-us-central1"}
