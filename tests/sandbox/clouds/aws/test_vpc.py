"""The rules of VPCs, subnets and internet gateways, with the codes that AWS answers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


@pytest.mark.parametrize("block", ["10.0.0.0/15", "10.0.0.0/29"])
def test_a_vpc_is_a_16_to_a_28(aws: Provider, block: str) -> None:
    with pytest.raises(Refused, match=r"InvalidVpc\.Range"):
        aws.create(tokens.VPC, cidrBlock=block)


@pytest.mark.parametrize(
    "block",
    ["169.254.0.0/16", "169.254.16.0/20", "127.0.0.0/16", "0.0.0.0/16", "224.0.0.0/16"],
)
def test_a_vpc_is_not_in_a_reserved_range(aws: Provider, block: str) -> None:
    with pytest.raises(Refused, match=rf"InvalidVpc\.Range.*{block}"):
        aws.create(tokens.VPC, cidrBlock=block)


@pytest.mark.parametrize(
    "block", ["10.0.0.0/16", "172.16.0.0/20", "192.168.0.0/28", "100.64.0.0/16", "198.19.0.0/16"]
)
def test_a_vpc_takes_private_and_shared_ranges(aws: Provider, block: str) -> None:
    assert aws.create(tokens.VPC, cidrBlock=block)["cidrBlock"] == block


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vpcId": "vpc-00000000000000000"}, "InvalidVpcID.NotFound"),
        ({"cidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"),
        ({"cidrBlock": "10.0.1.0/29"}, "InvalidSubnet.Range"),
        ({"cidrBlock": "10.0.0.128/25"}, "InvalidSubnet.Conflict"),
        ({"availabilityZoneId": "use2-az4"}, "InvalidParameterValue"),
        ({"availabilityZone": "us-east-1a"}, "InvalidParameterValue"),
        ({"region": "us-west-2"}, "InvalidVpcID.NotFound"),
    ],
)
def test_a_subnet_fits_its_vpc(
    aws: Provider, vpc: Made, subnet: Made, change: dict[str, Any], code: str
) -> None:
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.0.1.0/24", **change}
    with pytest.raises(Refused, match=code):
        aws.create(tokens.SUBNET, **inputs)


def test_a_subnet_names_its_zone_one_way(aws: Provider, vpc: Made) -> None:
    with pytest.raises(Failed, match="conflicts with availabilityZoneId"):
        aws.create(
            tokens.SUBNET,
            vpcId=vpc.id,
            cidrBlock="10.0.1.0/24",
            availabilityZone="us-east-2a",
            availabilityZoneId="use2-az1",
        )


def test_a_vpc_goes_only_when_it_is_empty(aws: Provider, vpc: Made, subnet: Made) -> None:
    with pytest.raises(Refused, match=f"DependencyViolation.*{subnet.id}"):
        aws.delete(vpc)
    aws.delete(subnet)
    aws.delete(vpc)
    assert aws.read(vpc) is None


def test_a_vpc_takes_its_implicit_objects_along(aws: Provider, vpc: Made, store: Store) -> None:
    aws.create(
        tokens.INGRESS_RULE,
        securityGroupId=vpc["defaultSecurityGroupId"],
        ipProtocol="-1",
        cidrIpv4="10.0.0.0/8",
    )
    aws.delete(vpc)
    assert store.everything() == {}


def test_one_internet_gateway_per_vpc(aws: Provider, vpc: Made) -> None:
    aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)
    with pytest.raises(Refused, match="already has an internet gateway attached"):
        aws.create(tokens.INTERNET_GATEWAY, vpcId=vpc.id)
