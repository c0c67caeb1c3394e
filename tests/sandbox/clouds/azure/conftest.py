"""A resource group with a network and a security group."""

from __future__ import annotations

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider


@pytest.fixture
def group(azure: Provider) -> Made:
    return azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g", location="westeurope")


@pytest.fixture
def vnet(azure: Provider, group: Made) -> Made:
    return azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    )


@pytest.fixture
def nsg(azure: Provider, group: Made) -> Made:
    return azure.create(tokens.NSG, resourceGroupName="g", networkSecurityGroupName="n")
