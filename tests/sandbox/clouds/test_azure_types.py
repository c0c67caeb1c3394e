"""What holds for every Azure type, over one object of each."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from sandbox.accounts import KONG_AZURE_PRINCIPAL, KONG_AZURE_SUBSCRIPTION
from sandbox.clouds.azure import AZURE
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused, Values

OTHER_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000eeee"
KINDS = sorted(AZURE.types)
VERSION = re.compile(r"Uses Azure REST API version ([\w-]+)\.")


def wanted() -> dict[str, Values]:
    """Inputs of one object of each type, in order of creation. ``@`` is the id of another."""
    group = {"resourceGroupName": "g"}
    network = {**group, "virtualNetworkName": "v"}
    rule = {
        "access": "Allow",
        "direction": "Inbound",
        "protocol": "Tcp",
        "priority": 100,
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
    }
    return {
        tokens.RESOURCE_GROUP: {**group, "location": "westeurope"},
        tokens.NSG: {**group, "networkSecurityGroupName": "n"},
        tokens.SECURITY_RULE: {
            **group,
            "networkSecurityGroupName": "n",
            "securityRuleName": "r",
            **rule,
        },
        tokens.AZURE_ROUTE_TABLE: {**group, "routeTableName": "t"},
        tokens.VNET: {**network, "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
        tokens.AZURE_SUBNET: {
            **network,
            "subnetName": "s",
            "addressPrefix": "10.0.0.0/24",
            "networkSecurityGroup": {"id": f"@{tokens.NSG}"},
            "routeTable": {"id": f"@{tokens.AZURE_ROUTE_TABLE}"},
        },
        tokens.VIRTUAL_WAN: {**group, "virtualWANName": "w"},
        tokens.VIRTUAL_HUB: {
            **group,
            "virtualHubName": "h",
            "addressPrefix": "10.1.0.0/23",
            "virtualWan": {"id": f"@{tokens.VIRTUAL_WAN}"},
        },
        tokens.HUB_CONNECTION: {
            **group,
            "virtualHubName": "h",
            "connectionName": "c",
            "remoteVirtualNetwork": {"id": f"@{tokens.VNET}"},
        },
        tokens.VNET_PEERING: {
            **network,
            "virtualNetworkPeeringName": "p",
            "remoteVirtualNetwork": {"id": "@far"},
        },
        tokens.ROLE_DEFINITION: {
            "scope": f"@{tokens.RESOURCE_GROUP}",
            "roleName": "Peering Creator",
            "assignableScopes": [f"@{tokens.RESOURCE_GROUP}"],
            "permissions": [{"actions": ["Microsoft.Network/*"]}],
        },
        tokens.ROLE_ASSIGNMENT: {
            "scope": f"@{tokens.VNET}",
            "roleDefinitionId": f"@{tokens.ROLE_DEFINITION}",
            "principalId": KONG_AZURE_PRINCIPAL,
            "principalType": "ServicePrincipal",
        },
    }


def with_ids(value: object, made: dict[str, Made]) -> object:
    """``value`` with the ids of the objects in place of ``@``."""
    if isinstance(value, dict):
        return {key: with_ids(item, made) for key, item in value.items()}
    if isinstance(value, list):
        return [with_ids(item, made) for item in value]
    return made[value[1:]].id if isinstance(value, str) and value[:1] == "@" else value


@pytest.fixture
def made(azure: Provider) -> dict[str, Made]:
    """One object of each type, by token, and the network ``far``."""
    found: dict[str, Made] = {}
    for token, inputs in wanted().items():
        if token == tokens.VNET_PEERING:
            far = {"addressSpace": {"addressPrefixes": ["10.8.0.0/16"]}}
            names = {"resourceGroupName": "g", "virtualNetworkName": "far"}
            found["far"] = azure.create(tokens.VNET, "far", **names, **far)
        given = with_ids(inputs, found)
        assert isinstance(given, dict)
        found[token] = azure.create(token, **given)
    return found


def test_there_is_an_example_of_each_type() -> None:
    assert sorted(wanted()) == KINDS


@pytest.mark.parametrize("token", KINDS)
def test_the_api_version_is_that_of_the_sdk(made: dict[str, Made], token: str) -> None:
    _, module, name = token.split(":")
    sdk = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    documented = VERSION.search(inspect.getsource(sdk))
    assert documented is not None
    assert made[token]["azureApiVersion"] == documented.group(1)


@pytest.mark.parametrize("token", KINDS)
def test_an_id_says_the_type(made: dict[str, Made], token: str) -> None:
    kind = AZURE.kinds[token]
    if not kind.startswith("Microsoft.Authorization/"):
        assert [type_.token for type_ in AZURE.types_of_id(made[token].id)] == [token]
    if "type" in AZURE.types[token].outputs and token != tokens.VIRTUAL_WAN:
        assert made[token]["type"] == kind


@pytest.mark.parametrize("token", KINDS)
def test_a_refresh_changes_nothing(azure: Provider, made: dict[str, Made], token: str) -> None:
    read = azure.read(made[token])
    assert read is not None
    assert not azure.diff(read).diffs
    assert read.inputs == made[token].inputs


@pytest.mark.parametrize("token", KINDS)
def test_an_import_is_unchanged_by_its_program(
    azure: Provider, made: dict[str, Made], token: str
) -> None:
    read = azure.read(made[token], as_import=True)
    assert read is not None
    assert not azure.diff(read).diffs


@pytest.mark.parametrize("token", KINDS)
def test_azure_ignores_the_case_of_ids_and_names(
    azure: Provider, made: dict[str, Made], token: str
) -> None:
    there = made[token]
    shouted = Made(token, "it", there.id.upper(), {}, {}, {})
    read = azure.read(shouted)
    assert read is not None
    assert read["id"] == there.id
    names = {
        name: value.upper()
        for name, value in there.inputs.items()
        if isinstance(value, str) and AZURE.types[token].inputs[name].path
    }
    assert names
    assert not azure.diff(there, **names).diffs
    with pytest.raises(Refused):
        azure.create(token, **{**there.program, **names})


@pytest.mark.parametrize("token", KINDS)
def test_a_request_with_an_id_is_one_of_the_subscription_in_the_id(
    connect: Connect, made: dict[str, Made], token: str
) -> None:
    other = connect("azure-native", {"subscriptionId": OTHER_SUBSCRIPTION})
    read = other.read(made[token])
    assert read is not None
    assert read.id == made[token].id
    assert other.update(made[token]).id == made[token].id


@pytest.mark.parametrize("token", [k for k in KINDS if "authorization" not in k])
def test_an_object_is_created_in_the_subscription_of_the_provider(
    connect: Connect, made: dict[str, Made], token: str
) -> None:
    other = connect("azure-native", {"subscriptionId": OTHER_SUBSCRIPTION})
    if token == tokens.RESOURCE_GROUP:
        there = other.create(token, **made[token].program)
        assert there.id.startswith(f"/subscriptions/{OTHER_SUBSCRIPTION}/")
        return
    with pytest.raises(Refused, match='Status=404 Code="ResourceGroupNotFound"'):
        other.create(token, **made[token].program)


@pytest.mark.parametrize("token", KINDS)
def test_a_tag_is_a_string(azure: Provider, made: dict[str, Made], token: str) -> None:
    if "tags" not in AZURE.types[token].inputs:
        pytest.skip("the type has no tags")
    with pytest.raises(Failed, match=r"tags\.n: expected a string"):
        azure.update(made[token], tags={"n": 1})


def test_the_subscription_of_kong_is_not_the_customers(connect: Connect) -> None:
    kong = connect("azure-native", {"subscriptionId": KONG_AZURE_SUBSCRIPTION})
    with pytest.raises(Refused, match="denied: it is Kong's"):
        kong.create(tokens.RESOURCE_GROUP, location="westeurope")


def test_a_subscription_is_a_guid(connect: Connect) -> None:
    wrong = connect("azure-native", {"subscriptionId": "production"})
    with pytest.raises(Refused, match="InvalidSubscriptionId"):
        wrong.create(tokens.RESOURCE_GROUP, location="westeurope")


def test_the_client_config_is_that_of_the_provider_that_asks(connect: Connect) -> None:
    for subscription in (OTHER_SUBSCRIPTION, OTHER_SUBSCRIPTION.replace("e", "f")):
        asking = connect("azure-native", {"subscriptionId": subscription})
        answer = asking.invoke("azure-native:authorization:getClientConfig")
        assert answer["subscriptionId"] == subscription
