"""One object of each of the usual AWS types, in the provider's account and region."""

from __future__ import annotations

import pytest

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider


@pytest.fixture
def here(store: Store) -> Store:
    """The objects of the provider's account and region."""
    return store.within(CUSTOMER_AWS_ACCOUNT, "us-east-2")


@pytest.fixture
def vpc(aws: Provider) -> Made:
    return aws.create(tokens.VPC, cidrBlock="10.0.0.0/16")


@pytest.fixture
def subnet(aws: Provider, vpc: Made) -> Made:
    return aws.create(
        tokens.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZoneId="use2-az2"
    )


@pytest.fixture
def table(aws: Provider, vpc: Made) -> Made:
    return aws.create(tokens.ROUTE_TABLE, vpcId=vpc.id)


@pytest.fixture
def tgw(aws: Provider) -> Made:
    return aws.create(tokens.TGW)


@pytest.fixture
def attachment(aws: Provider, vpc: Made, subnet: Made, tgw: Made) -> Made:
    return aws.create(
        tokens.TGW_ATTACHMENT, vpcId=vpc.id, subnetIds=[subnet.id], transitGatewayId=tgw.id
    )


@pytest.fixture
def share(aws: Provider) -> Made:
    return aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
