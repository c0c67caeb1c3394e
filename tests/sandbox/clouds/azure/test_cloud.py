"""What Azure types share: ids, names, locations and groups."""

from __future__ import annotations

import re

import pytest

from sandbox.accounts import (
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
)
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import GROUP, NETWORK, rule, subnet
from tests.sandbox.clouds.harness import Made, Provider, Refused


def test_ids_are_arm_ids(azure: Provider, group: Made, vnet: Made, nsg: Made) -> None:
    assert group.id == GROUP
    assert vnet.id == f"{NETWORK}/virtualNetworks/v"
    assert subnet(azure).id == f"{vnet.id}/subnets/s"
    assert rule(azure).id == f"{NETWORK}/networkSecurityGroups/n/securityRules/r"
    assert (vnet["name"], vnet["type"]) == ("v", "Microsoft.Network/virtualNetworks")


def test_the_parts_of_an_id_are_no_outputs(vnet: Made) -> None:
    assert {"resourceGroupName", "virtualNetworkName"}.isdisjoint(vnet.outputs)


def test_a_resource_takes_the_location_of_the_provider_or_else_its_group(vnet: Made) -> None:
    assert vnet["location"] == "westeurope"


def test_an_unknown_location_is_refused(azure: Provider) -> None:
    with pytest.raises(Refused, match="LocationNotAvailableForResourceGroup"):
        azure.create(tokens.RESOURCE_GROUP, location="westeuropa")


def test_a_missing_group_is_refused(azure: Provider) -> None:
    with pytest.raises(Refused, match='Status=404 Code="ResourceGroupNotFound"'):
        azure.create(tokens.NSG, resourceGroupName="g")


def test_an_object_that_is_there_is_never_taken_over(azure: Provider, vnet: Made) -> None:
    with pytest.raises(Refused, match="cannot create already existing resource"):
        azure.create(tokens.VNET, **vnet.program)


def test_a_bad_name_is_refused(azure: Provider, group: Made) -> None:
    with pytest.raises(Refused, match="InvalidResourceName"):
        azure.create(tokens.NSG, resourceGroupName="g", networkSecurityGroupName="a b")


def test_a_missing_name_is_random_and_that_of_a_child_is_the_logical_name(
    azure: Provider, vnet: Made
) -> None:
    made = azure.create(tokens.NSG, "nsg", resourceGroupName="g")
    assert re.fullmatch(r"nsg[0-9a-f]{8}", made["name"])
    assert not azure.diff(made, location="northeurope").deleteBeforeReplace
    inputs = {"resourceGroupName": "g", "virtualNetworkName": "v", "addressPrefix": "10.0.0.0/24"}
    child = azure.create(tokens.AZURE_SUBNET, "workload", **inputs)
    assert child.id == f"{vnet.id}/subnets/workload"
    assert azure.diff(child, resourceGroupName="g2").deleteBeforeReplace


def test_a_group_takes_what_is_in_it_along(
    azure: Provider, group: Made, vnet: Made, nsg: Made, store: Store
) -> None:
    subnet(azure, networkSecurityGroup={"id": nsg.id})
    rule(azure)
    azure.delete(group)
    assert store.everything() == {}


def test_the_caller_is_in_the_customers_tenant(azure: Provider) -> None:
    caller = azure.invoke("azure-native:authorization:getClientConfig")
    assert caller["tenantId"] == CUSTOMER_AZURE_TENANT
    assert caller["subscriptionId"] == CUSTOMER_AZURE_SUBSCRIPTION
