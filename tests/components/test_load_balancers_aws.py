"""The load balancer of a region in AWS: what is created, and under which names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from components.gateway import MultiCloudGateway
from components.load_balancers.aws import (
    AwsLoadBalancer,
    AwsLoadBalancerArgs,
    short_name,
)
from components.load_balancers.base import LoadBalancerChoice, LoadBalancerKind, PrivateOrigin
from components.networks.attributes import AwsVpcAttributes
from components.networks.subnets import load_balancer_subnets
from providers import konnect
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.components.gateways import AWS, AZURE, args

NETWORK = LoadBalancerChoice(LoadBalancerKind.NETWORK)
APPLICATION = LoadBalancerChoice(
    LoadBalancerKind.APPLICATION, certificate_arn="certificate", web_acl_arn="web-acl"
)
LANDING = IPv4Network("10.65.0.0/16")


@pytest.fixture(autouse=True)
def _unmocked() -> Iterator[None]:
    yield
    unmocked()


def built(
    choice: LoadBalancerChoice, addresses: Sequence[str] = ("10.64.0.4",), **more: Any
) -> World:
    def make(provider: konnect.Provider) -> Any:
        origin = PrivateOrigin(
            "aws-us-east-2",
            "us-east-2",
            IPv4Network("10.64.0.0/20"),
            pulumi.Output.from_input(list(addresses)),
        )
        vpc = AwsVpcAttributes("vpc", {"": "table"})
        subnets = load_balancer_subnets(LANDING, ["use2-az1", "use2-az2"])
        given = AwsLoadBalancerArgs(choice, origin, vpc, LANDING, subnets, **more)
        return AwsLoadBalancer("lb", given).target.name

    return run_program(make)[0]


def names(world: World, suffix: str) -> set[str]:
    return {one.name for one in world.of(suffix)}


def test_each_address_is_a_target_for_all_zones_under_its_own_name() -> None:
    targets = built(NETWORK, ["10.64.0.4", "10.64.4.4"]).of("TargetGroupAttachment")
    assert [one.name for one in targets] == ["lb-network-10.64.0.4", "lb-network-10.64.4.4"]
    assert {one.inputs["availabilityZone"] for one in targets} == {"all"}


def test_other_addresses_are_other_targets_so_new_ones_are_registered_first() -> None:
    before = names(built(NETWORK, ["10.64.0.4", "10.64.4.4"]), "TargetGroupAttachment")
    after = names(built(NETWORK, ["10.64.4.4", "10.64.8.4"]), "TargetGroupAttachment")
    assert before & after == {"lb-network-10.64.4.4"}


def test_another_kind_or_scheme_shares_no_target_group_or_listener_with_the_old_one() -> None:
    choices = [NETWORK, APPLICATION, replace(NETWORK, internal=False)]
    worlds = [built(choice) for choice in choices]
    for suffix in ("LoadBalancer", "TargetGroup", "Listener"):
        of = [names(world, f"lb/{suffix[0].lower()}{suffix[1:]}:{suffix}") for world in worlds]
        assert len(set().union(*of)) == 3
    groups = [world.one(":TargetGroup").inputs["name"] for world in worlds]
    assert len(set(groups)) == 3


def test_a_network_load_balancer_passes_tls_on_and_checks_the_health_path() -> None:
    world = built(NETWORK)
    group = world.one(":TargetGroup").inputs
    assert (group["protocol"], group["preserveClientIp"]) == ("TCP", "false")
    assert group["healthCheck"]["path"] == "/___konnect/healthz"
    listener = world.one(":Listener").inputs
    assert (listener["protocol"], listener.get("certificateArn")) == ("TCP", None)
    assert world.of("WebAclAssociation") == []


def test_an_application_load_balancer_ends_tls_and_has_the_web_acl() -> None:
    world = built(APPLICATION)
    listener = world.one(":Listener").inputs
    assert (listener["protocol"], listener["certificateArn"]) == ("HTTPS", "certificate")
    assert world.one("WebAclAssociation").inputs["webAclArn"] == "web-acl"


@pytest.mark.parametrize(
    ("choice", "blocks"),
    [
        (NETWORK, ["10.65.0.0/16"]),
        (replace(NETWORK, internal=False), ["0.0.0.0/0"]),
        (replace(NETWORK, clients=[IPv4Network("10.0.0.0/8")]), ["10.0.0.0/8"]),
    ],
)
def test_clients_are_the_landing_the_named_blocks_or_everybody(
    choice: LoadBalancerChoice, blocks: list[str]
) -> None:
    world = built(choice)
    assert [one.inputs["cidrIpv4"] for one in world.of("IngressRule")] == blocks
    assert world.one("EgressRule").inputs["cidrIpv4"] == "10.64.0.0/20"


def test_given_subnets_are_used_and_none_is_created() -> None:
    choice = replace(NETWORK, subnet_ids={"a": "subnet-1", "b": "subnet-2"})

    def make(provider: konnect.Provider) -> Any:
        region = replace(AWS, load_balancer=choice)
        gateway = MultiCloudGateway(
            "gw", args(region), pulumi.ResourceOptions(providers=[provider])
        )
        return gateway.load_balancers["aws-us-east-2"].target.alias_zone_id

    world, _ = run_program(make)
    assert world.one(":LoadBalancer").inputs["subnets"] == ["subnet-1", "subnet-2"]
    assert not any("load-balancer" in one.name for one in world.of(":Subnet"))
    (target,) = world.of("TargetGroupAttachment")
    assert target.inputs["targetId"] == "10.64.0.4"
    assert any("transit-gateway" in urn for urn in target.depends_on)


def test_only_regions_with_the_setting_have_a_load_balancer() -> None:
    def make(provider: konnect.Provider) -> Any:
        gateway = MultiCloudGateway(
            "gw", args(AWS, AZURE), pulumi.ResourceOptions(providers=[provider])
        )
        return list(gateway.load_balancers)

    world, keys = run_program(make)
    assert keys == []
    assert world.of(":LoadBalancer") == []
    assert "load_balancer_names" not in world.outputs_of("MultiCloudGateway")


def test_names_are_short_enough_for_aws_and_differ() -> None:
    longest = short_name("ap-southeast-2", "a" * 60)
    assert len(longest) <= 32
    assert longest != short_name("ap-southeast-2", "a" * 61)


def test_each_zone_has_its_place_for_a_load_balancer_and_a_small_landing_has_none() -> None:
    both = load_balancer_subnets(LANDING, ["use2-az1", "use2-az2"])
    assert load_balancer_subnets(LANDING, ["use2-az2"])["use2-az2"] == both["use2-az2"]
    assert {block.prefixlen for block in both.values()} == {27}
    assert load_balancer_subnets(IPv4Network("10.65.0.0/22"), ["use2-az1"]) == {}
