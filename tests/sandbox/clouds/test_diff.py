"""Which changes update an object in place and which take another one, per type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import UNKNOWN, Made, Provider

Connect = Callable[..., Provider]
NETWORKS = "projects/p/global/networks"
SCOPE = "/subscriptions/s"

# token, inputs of the object, the change, what it replaces ([] is an update in place)
CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    (tokens.VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, ["cidrBlock"]),
    (tokens.VPC, {"cidrBlock": "10.0.0.0/16"}, {"enableDnsHostnames": True}, []),
    (tokens.VPC, {"cidrBlock": "10.0.0.0/16"}, {"region": "us-west-2"}, ["region"]),
    (tokens.VPC, {"cidrBlock": "10.0.0.0/16"}, {"tags": {"a": "b"}}, []),
    (
        tokens.SUBNET,
        {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "availabilityZoneId": "use2-az1"},
        {"cidrBlock": "10.0.1.0/24", "availabilityZoneId": "use2-az2"},
        ["availabilityZoneId", "cidrBlock"],
    ),
    (tokens.SUBNET, {"vpcId": "vpc-1"}, {"mapPublicIpOnLaunch": True}, []),
    (tokens.ROUTE_TABLE_ASSOCIATION, {"routeTableId": "a"}, {"routeTableId": "b"}, []),
    (
        tokens.ROUTE,
        {"routeTableId": "a", "destinationCidrBlock": "10.0.0.0/8", "gatewayId": "igw-1"},
        {"gatewayId": None, "transitGatewayId": "tgw-1"},
        [],
    ),
    (
        tokens.ROUTE,
        {"routeTableId": "a", "destinationCidrBlock": "10.0.0.0/8"},
        {"destinationCidrBlock": "10.1.0.0/16"},
        ["destinationCidrBlock"],
    ),
    (tokens.SECURITY_GROUP, {"name": "g"}, {"description": "other"}, ["description"]),
    (
        tokens.INGRESS_RULE,
        {"securityGroupId": "sg-1", "ipProtocol": "tcp"},
        {"ipProtocol": "udp"},
        [],
    ),
    (tokens.TGW, {}, {"amazonSideAsn": 64600}, []),
    (tokens.TGW, {}, {"autoAcceptSharedAttachments": "enable"}, []),
    (tokens.TGW, {}, {"multicastSupport": "enable"}, ["multicastSupport"]),
    (tokens.TGW, {}, {"defaultRouteTableAssociation": "disable"}, []),
    (
        tokens.TGW,
        {"defaultRouteTableAssociation": "disable"},
        {"defaultRouteTableAssociation": "enable"},
        ["defaultRouteTableAssociation"],
    ),
    (
        tokens.TGW_ATTACHMENT,
        {"transitGatewayId": "tgw-1", "vpcId": "vpc-1", "subnetIds": ["a"]},
        {"vpcId": "vpc-2", "subnetIds": ["b"]},
        ["vpcId"],
    ),
    (
        tokens.TGW_ACCEPTER,
        {"transitGatewayAttachmentId": "a"},
        {"transitGatewayAttachmentId": "b"},
        ["transitGatewayAttachmentId"],
    ),
    (
        tokens.TGW_ROUTE,
        {"destinationCidrBlock": "10.0.0.0/8", "transitGatewayRouteTableId": "t"},
        {"blackhole": True},
        ["blackhole"],
    ),
    (tokens.RAM_SHARE, {"name": "a"}, {"name": "b", "allowExternalPrincipals": True}, []),
    (
        tokens.RAM_PRINCIPAL,
        {"principal": "111122223333", "resourceShareArn": "arn"},
        {"principal": "444455556666"},
        ["principal"],
    ),
    (tokens.RESOURCE_GROUP, {"location": "westeurope"}, {"location": "uksouth"}, ["location"]),
    (tokens.RESOURCE_GROUP, {"location": "westeurope"}, {"tags": {"a": "b"}}, []),
    (
        tokens.VNET,
        {"resourceGroupName": "g", "virtualNetworkName": "a"},
        {"virtualNetworkName": "b"},
        ["virtualNetworkName"],
    ),
    (
        tokens.VNET,
        {"resourceGroupName": "g", "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
        {"addressSpace": {"addressPrefixes": ["10.0.0.0/15"]}},
        [],
    ),
    (
        tokens.AZURE_SUBNET,
        {"resourceGroupName": "g", "virtualNetworkName": "v", "addressPrefix": "10.0.0.0/24"},
        {"addressPrefix": "10.0.1.0/24"},
        [],
    ),
    (
        tokens.VIRTUAL_HUB,
        {"resourceGroupName": "g", "addressPrefix": "10.0.0.0/23"},
        {"addressPrefix": "10.0.2.0/23"},
        ["addressPrefix"],
    ),
    (tokens.ROLE_DEFINITION, {"scope": SCOPE, "roleName": "a"}, {"roleName": "b"}, []),
    (tokens.ROLE_DEFINITION, {"scope": SCOPE}, {"scope": f"{SCOPE}2"}, ["scope"]),
    (
        tokens.ROLE_ASSIGNMENT,
        {"scope": SCOPE, "principalId": "p", "roleDefinitionId": "r"},
        {"roleDefinitionId": "other"},
        ["roleDefinitionId"],
    ),
    (tokens.GCP_NETWORK, {"name": "a"}, {"name": "b"}, ["name"]),
    (tokens.GCP_NETWORK, {"name": "a"}, {"routingMode": "GLOBAL"}, []),
    (
        tokens.GCP_SUBNETWORK,
        {"network": "n", "ipCidrRange": "10.0.0.0/24"},
        {"ipCidrRange": "10.0.0.0/20"},
        [],
    ),
    (
        tokens.GCP_SUBNETWORK,
        {"network": "n", "ipCidrRange": "10.0.0.0/24"},
        {"ipCidrRange": "10.0.1.0/24"},
        ["ipCidrRange"],
    ),
    (
        tokens.GCP_SUBNETWORK,
        {"network": "n", "ipCidrRange": "10.0.0.0/24"},
        {"ipCidrRange": "10.0.0.0/25"},
        ["ipCidrRange"],
    ),
    (
        tokens.GCP_PEERING,
        {"network": f"{NETWORKS}/n", "peerNetwork": f"{NETWORKS}/a"},
        {"peerNetwork": f"{NETWORKS}/b"},
        ["peerNetwork"],
    ),
    (
        tokens.GCP_PEERING,
        {"network": f"{NETWORKS}/n", "peerNetwork": f"{NETWORKS}/a"},
        {"importCustomRoutes": True},
        [],
    ),
    (
        tokens.GCP_ADDRESS,
        {"addressType": "INTERNAL", "prefixLength": 20},
        {"prefixLength": 16},
        ["prefixLength"],
    ),
    (tokens.GCP_REDIS, {"memorySizeGb": 1}, {"memorySizeGb": 5, "authEnabled": True}, []),
    (tokens.GCP_REDIS, {"memorySizeGb": 1}, {"tier": "STANDARD_HA"}, ["tier"]),
]

SOME = provider_pb2.DiffResponse.DIFF_SOME
NONE = provider_pb2.DiffResponse.DIFF_NONE


def made(provider: Provider, token: str, inputs: dict[str, Any]) -> Made:
    """An object as the engine's state has it; a diff never asks the cloud."""
    checked, failures = provider.check(token, **inputs)
    assert failures == {}
    return Made(token, "it", "id", inputs, checked, checked)


def provider_of(connect: Connect, token: str) -> Provider:
    return connect(token.split(":")[0])


@pytest.mark.parametrize(("token", "inputs", "change", "replaces"), CASES)
def test_a_change_replaces_only_where_the_real_provider_does(
    connect: Connect,
    token: str,
    inputs: dict[str, Any],
    change: dict[str, Any],
    replaces: list[str],
) -> None:
    provider = provider_of(connect, token)
    answer = provider.diff(made(provider, token, inputs), **change)
    assert answer.changes == SOME
    assert list(answer.replaces) == replaces
    assert set(answer.diffs) == set(change)


@pytest.mark.parametrize("token", sorted({case[0] for case in CASES}))
def test_the_same_inputs_are_no_change(connect: Connect, token: str) -> None:
    provider = provider_of(connect, token)
    inputs = next(case[1] for case in CASES if case[0] == token)
    answer = provider.diff(made(provider, token, inputs))
    assert answer.changes == NONE
    assert list(answer.diffs) == []


def test_a_change_is_told_by_its_path(azure: Provider) -> None:
    vnet = made(
        azure,
        tokens.VNET,
        {"resourceGroupName": "g", "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
    )
    space = {"addressPrefixes": ["10.0.0.0/16", "10.1.0.0/16"]}
    answer = azure.diff(vnet, addressSpace=space, tags={"a": "b"})
    kinds = {path: diff.kind for path, diff in answer.detailedDiff.items()}
    assert kinds == {
        "addressSpace.addressPrefixes[1]": provider_pb2.PropertyDiff.ADD,
        "tags": provider_pb2.PropertyDiff.ADD,
    }


def test_a_replacing_change_is_marked_so_in_the_detailed_diff(aws: Provider) -> None:
    vpc = made(aws, tokens.VPC, {"cidrBlock": "10.0.0.0/16"})
    answer = aws.diff(vpc, cidrBlock="10.1.0.0/16")
    kind = answer.detailedDiff["cidrBlock"].kind
    assert kind == provider_pb2.PropertyDiff.UPDATE_REPLACE


def test_a_value_not_known_yet_in_a_fixed_input_may_replace(aws: Provider) -> None:
    subnet = made(aws, tokens.SUBNET, {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"})
    assert list(aws.diff(subnet, vpcId=UNKNOWN).replaces) == ["vpcId"]


def test_the_order_of_a_set_is_no_change(aws: Provider) -> None:
    attachment = made(
        aws,
        tokens.TGW_ATTACHMENT,
        {"transitGatewayId": "t", "vpcId": "v", "subnetIds": ["a", "b"]},
    )
    assert aws.diff(attachment, subnetIds=["b", "a"]).changes == NONE


def test_the_order_of_a_set_inside_an_object_is_no_change(aws: Provider) -> None:
    def rule(port: int, *blocks: str) -> dict[str, Any]:
        return {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": list(blocks)}

    one, other = "10.0.0.0/8", "172.16.0.0/12"
    group = made(
        aws, tokens.SECURITY_GROUP, {"ingress": [rule(80, one, other), rule(443, one, other)]}
    )
    shuffled = [rule(443, other, one), rule(80, other, one)]
    assert aws.diff(group, ingress=shuffled).changes == NONE
    changed = [rule(443, other, one), rule(80, other)]
    assert list(aws.diff(group, ingress=changed).diffs) == ["ingress"]


def test_another_spelling_of_a_location_is_no_change(azure: Provider) -> None:
    group = made(azure, tokens.RESOURCE_GROUP, {"location": "westeurope"})
    assert azure.diff(group, location="West Europe").changes == NONE


@pytest.mark.parametrize(
    "spelling",
    [
        "n",
        "projects/p/global/networks/n",
        "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
    ],
)
def test_another_spelling_of_a_network_is_no_change(gcp: Provider, spelling: str) -> None:
    firewall = made(gcp, tokens.GCP_FIREWALL, {"network": "projects/p/global/networks/n"})
    assert gcp.diff(firewall, network=spelling).changes == NONE


def test_what_the_cloud_filled_in_may_stay_when_the_program_drops_it(gcp: Provider) -> None:
    network = made(gcp, tokens.GCP_NETWORK, {"name": "n", "routingMode": "GLOBAL"})
    assert gcp.diff(network, routingMode=None).changes == NONE


def test_any_other_dropped_input_is_a_change(gcp: Provider) -> None:
    network = made(gcp, tokens.GCP_NETWORK, {"name": "n", "description": "d"})
    answer = gcp.diff(network, description=None)
    kind = answer.detailedDiff["description"].kind
    assert kind == provider_pb2.PropertyDiff.DELETE_REPLACE


def test_an_ignored_change_is_no_change(aws: Provider) -> None:
    vpc = made(aws, tokens.VPC, {"cidrBlock": "10.0.0.0/16"})
    assert aws.diff(vpc, ("tags",), tags={"a": "b"}).changes == NONE


@pytest.mark.parametrize(
    ("token", "inputs", "change", "first"),
    [
        (tokens.VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, False),
        (tokens.SECURITY_GROUP, {"name": "g"}, {"description": "d"}, True),
        (tokens.SECURITY_GROUP, {}, {"description": "d"}, False),
        (tokens.GCP_NETWORK, {"name": "n"}, {"description": "d"}, True),
        (tokens.GCP_NETWORK, {}, {"description": "d"}, False),
        (tokens.RESOURCE_GROUP, {"resourceGroupName": "g"}, {"location": "uksouth"}, True),
        (tokens.RESOURCE_GROUP, {}, {"location": "uksouth"}, False),
    ],
)
def test_an_object_named_by_hand_is_deleted_before_it_is_replaced(
    connect: Connect, token: str, inputs: dict[str, Any], change: dict[str, Any], first: bool
) -> None:
    provider = provider_of(connect, token)
    answer = provider.diff(made(provider, token, inputs), **change)
    assert answer.replaces
    assert answer.deleteBeforeReplace is first
