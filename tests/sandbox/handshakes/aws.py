"""What the tests of Kong's side in AWS share."""

from __future__ import annotations

from sandbox.accounts import KONG_AWS_ACCOUNT
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Provider

REGION = "us-east-2"
KONG_CIDR = "10.64.0.0/16"
KONG_VPC = "vpc-0123456789abcdef0"
SECOND_ACCOUNT = "222233334444"
"""Another account of the customer."""
SECOND = {
    "region": REGION,
    "assumeRoles": f'[{{"roleArn":"arn:aws:iam::{SECOND_ACCOUNT}:role/deploy"}}]',
}
"""The configuration of a provider of that account."""


def resource_configuration(aws: Provider) -> str:
    """The ARN of a new resource configuration for a host in a new VPC."""
    vpc = aws.create(tokens.VPC, "lattice", cidrBlock="10.9.0.0/16")
    subnet = aws.create(tokens.SUBNET, "lattice", vpcId=vpc.id, cidrBlock="10.9.0.0/24")
    gateway = aws.create(tokens.RESOURCE_GATEWAY, vpcId=vpc.id, subnetIds=[subnet.id])
    made = aws.create(
        tokens.RESOURCE_CONFIGURATION,
        resourceGatewayIdentifier=gateway.id,
        portRanges=["443"],
        resourceConfigurationDefinition={"ipResource": {"ipAddress": "10.9.0.4"}},
    )
    return str(made["arn"])


def share(aws: Provider, *arns: str, principal: str | None = KONG_AWS_ACCOUNT) -> str:
    """The ARN of a share of these resources with an account, or with none."""
    made = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    for arn in arns:
        aws.create(tokens.RAM_RESOURCE, resourceArn=arn, resourceShareArn=made.id)
    if principal is not None:
        aws.create(tokens.RAM_PRINCIPAL, principal=principal, resourceShareArn=made.id)
    return made.id
