"""VPC Lattice resource gateways and configurations, and what Lattice refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused

HOST = {"ipResource": {"ipAddress": "10.0.0.4"}}
FUNCTION = {"arnResource": {"arn": "arn:aws:rds:us-east-2:111122223333:db:orders"}}


@pytest.fixture
def gateway(aws: Provider) -> Made:
    vpc = aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")
    subnet = aws.create(tokens.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    return aws.create(tokens.RESOURCE_GATEWAY, vpcId=vpc.id, subnetIds=[subnet.id])


def test_a_resource_gateway_is_in_the_vpc_of_its_subnets(aws: Provider, gateway: Made) -> None:
    assert gateway["status"] == "ACTIVE"
    assert gateway["arn"].endswith(f":resourcegateway/{gateway.id}")
    other = aws.create(tokens.VPC, "other", cidrBlock="10.1.0.0/16")
    with pytest.raises(Refused, match=r"ValidationException: Subnet .* is not in VPC"):
        aws.create(tokens.RESOURCE_GATEWAY, vpcId=other.id, subnetIds=gateway["subnetIds"])


def test_a_group_holds_children_that_have_no_gateway_of_their_own(
    aws: Provider, gateway: Made
) -> None:
    group = aws.create(
        tokens.RESOURCE_CONFIGURATION, type="GROUP", resourceGatewayIdentifier=gateway.id
    )
    child = aws.create(
        tokens.RESOURCE_CONFIGURATION,
        "child",
        type="CHILD",
        resourceConfigurationGroupId=group.id,
        portRanges=["443"],
        resourceConfigurationDefinition=HOST,
    )
    with pytest.raises(Refused, match=f"ConflictException.*{child.id}"):
        aws.delete(group)
    with pytest.raises(Refused, match="is not of type GROUP"):
        aws.create(
            tokens.RESOURCE_CONFIGURATION,
            "grandchild",
            type="CHILD",
            resourceConfigurationGroupId=child.id,
            portRanges=["443"],
            resourceConfigurationDefinition=HOST,
        )


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"portRanges": ["443"]}, "of type SINGLE defines 1 resource"),
        ({"type": "GROUP", "resourceConfigurationDefinition": HOST}, "GROUP defines 0 resource"),
        ({"resourceConfigurationDefinition": HOST}, "portRanges is required for type SINGLE"),
        (
            {"type": "GROUP", "portRanges": ["443"]},
            "portRanges is not allowed for type GROUP",
        ),
        (
            {"resourceConfigurationDefinition": FUNCTION, "portRanges": ["443"]},
            "of type SINGLE defines 1 resource of its kind",
        ),
    ],
)
def test_each_type_of_configuration_has_its_own_inputs(
    aws: Provider, gateway: Made, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        aws.create(tokens.RESOURCE_CONFIGURATION, resourceGatewayIdentifier=gateway.id, **inputs)
