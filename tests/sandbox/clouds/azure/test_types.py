"""What holds for every Azure type, over one object of each."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from sandbox.accounts import KONG_AZURE_SUBSCRIPTION
from sandbox.clouds.azure import AZURE
from sandbox.clouds.azure.cloud import Module
from sandbox.clouds.azure.cloud import azure as declare
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.examples.azure import AZURE_EXAMPLES, THIRD_SUBSCRIPTION
from tests.sandbox.clouds.examples.model import Builder
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

KINDS = sorted(AZURE.types)
VERSION = re.compile(r"Uses Azure REST API version ([\w-]+)\.")


@pytest.fixture
def made(azure: Provider, connect: Connect) -> dict[str, Made]:
    """One object of each type, by token: the first of the examples."""
    builder = Builder(AZURE_EXAMPLES, azure, connect("azure-native", AZURE_EXAMPLES.other))
    found: dict[str, Made] = {}
    for name, example in AZURE_EXAMPLES.examples.items():
        found.setdefault(example.token, builder.build(name))
    return found


@pytest.mark.parametrize("token", KINDS)
def test_the_api_version_is_that_of_the_sdk(made: dict[str, Made], token: str) -> None:
    _, module, name = token.split(":")
    sdk = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    documented = VERSION.search(inspect.getsource(sdk))
    assert documented is not None
    assert made[token]["azureApiVersion"] == documented.group(1)


@pytest.mark.parametrize("token", KINDS)
def test_an_id_says_the_type(made: dict[str, Made], token: str) -> None:
    kinds = AZURE.kinds[token]
    if not kinds[0].startswith("Microsoft.Authorization/"):
        assert [type_.token for type_ in AZURE.types_of_id(made[token].id)] == [token]
    if "type" in AZURE.types[token].outputs and token != tokens.VIRTUAL_WAN:
        assert made[token]["type"] in kinds


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
    other = connect("azure-native", {"subscriptionId": THIRD_SUBSCRIPTION})
    read = other.read(made[token])
    assert read is not None
    assert read.id == made[token].id
    assert other.update(made[token]).id == made[token].id


@pytest.mark.parametrize("token", [k for k in KINDS if "authorization" not in k])
def test_an_object_is_created_in_the_subscription_of_the_provider(
    connect: Connect, made: dict[str, Made], token: str
) -> None:
    other = connect("azure-native", {"subscriptionId": THIRD_SUBSCRIPTION})
    if token == tokens.RESOURCE_GROUP:
        there = other.create(token, **made[token].program)
        assert there.id.startswith(f"/subscriptions/{THIRD_SUBSCRIPTION}/")
        return
    with pytest.raises(Refused, match='Status=404 Code="ResourceGroupNotFound"'):
        other.create(token, **made[token].program)


@pytest.mark.parametrize("token", [k for k in KINDS if "tags" in AZURE.types[k].inputs])
def test_a_tag_is_a_string(azure: Provider, made: dict[str, Made], token: str) -> None:
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
    for subscription in (THIRD_SUBSCRIPTION, THIRD_SUBSCRIPTION.replace("e", "f")):
        asking = connect("azure-native", {"subscriptionId": subscription})
        answer = asking.invoke("azure-native:authorization:getClientConfig")
        assert answer["subscriptionId"] == subscription


def test_a_module_has_its_own_namespace_version_and_names(azure: Provider) -> None:
    redis = Module("redis", "Microsoft.Cache", "2024-11-01")
    cache = declare(redis, "Redis", {}, kind="redis", named="name")
    try:
        azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
        made = azure.create(cache.token, resourceGroupName="g", name="c")
        assert made.id.endswith("/resourceGroups/g/providers/Microsoft.Cache/redis/c")
        assert made["type"] == "Microsoft.Cache/redis"
        assert made["azureApiVersion"] == "2024-11-01"
        assert AZURE.types_of_id(made.id) == (cache,)
    finally:
        del AZURE.types[cache.token], AZURE.kinds[cache.token]
