"""What is in users' state files and may therefore never change.

State holds a pickled call that finds the provider class of each resource. Were it more than that,
it would hold code and perhaps a token. Were it another one, `destroy` of what an older release made
would fail with `ModuleNotFoundError`.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import pickletools
from collections.abc import Callable

import pulumi
import pytest

from multicloudgateway import state
from providers.konnect.crud import KonnectResourceProvider
from tests.providers.konnect import rpc
from tests.providers.konnect.example import Example, name_of
from tests.providers.konnect.examples import DEPENDENTS, EXAMPLES, ORIGIN_SECRET

TYPES = frozenset(
    {
        "konnect:CloudGatewayAddon",
        "konnect:CloudGatewayConfiguration",
        "konnect:CloudGatewayCustomDomain",
        "konnect:CloudGatewayNetwork",
        "konnect:CloudGatewayPrivateDns",
        "konnect:CloudGatewayTransitGateway",
        "konnect:Dashboard",
        "konnect:GatewayAcl",
        "konnect:GatewayBasicAuth",
        "konnect:GatewayCaCertificate",
        "konnect:GatewayCertificate",
        "konnect:GatewayConfigStore",
        "konnect:GatewayConfigStoreSecret",
        "konnect:GatewayConsumer",
        "konnect:GatewayConsumerGroup",
        "konnect:GatewayConsumerGroupMember",
        "konnect:GatewayControlPlane",
        "konnect:GatewayControlPlaneMembership",
        "konnect:GatewayCustomPluginSchema",
        "konnect:GatewayCustomPluginStreaming",
        "konnect:GatewayDataPlaneClientCertificate",
        "konnect:GatewayDependents",
        "konnect:GatewayHmacAuth",
        "konnect:GatewayJwt",
        "konnect:GatewayKey",
        "konnect:GatewayKeyAuth",
        "konnect:GatewayKeySet",
        "konnect:GatewayMtlsAuth",
        "konnect:GatewayOriginSecret",
        "konnect:GatewayPartial",
        "konnect:GatewayPlugin",
        "konnect:GatewayRoute",
        "konnect:GatewayService",
        "konnect:GatewaySni",
        "konnect:GatewayTarget",
        "konnect:GatewayUpstream",
        "konnect:GatewayVault",
        "konnect:ServerlessCloudGateway",
        "konnect:SystemAccount",
        "konnect:SystemAccountAccessToken",
        "konnect:SystemAccountRole",
        "konnect:SystemAccountTeam",
    }
)
"""Every type that a release has ever written. None may leave this list."""

BARE = [
    "PROTO",
    "FRAME",
    "SHORT_BINUNICODE",
    "MEMOIZE",
    "SHORT_BINUNICODE",
    "MEMOIZE",
    "STACK_GLOBAL",
    "MEMOIZE",
    "SHORT_BINUNICODE",
    "MEMOIZE",
    "TUPLE1",
    "MEMOIZE",
    "REDUCE",
    "MEMOIZE",
    "STOP",
]
"""A pickle that says: call the function of this name in this module with one text, and no more."""

every_resource = pytest.mark.parametrize(
    "example", [*EXAMPLES, DEPENDENTS, ORIGIN_SECRET], ids=name_of
)


@every_resource
def test_state_holds_a_call_of_one_frozen_function_with_the_type_of_the_resource(
    example: Example,
) -> None:
    pickled = base64.b64decode(rpc.reference(example.provider))
    operations = list(pickletools.genops(pickled))
    assert [operation.name for operation, _, _ in operations] == BARE
    words = [word for _, word, _ in operations if isinstance(word, str)]
    kind = f"konnect:{example.resource.__name__}"
    assert words == ["multicloudgateway.state", "provider", kind]


@every_resource
def test_the_type_in_state_finds_the_provider_class(example: Example) -> None:
    assert type(state.provider(f"konnect:{example.resource.__name__}")) is example.provider


def test_every_type_that_was_ever_written_is_found() -> None:
    assert {kind for kind in state.MODULES if kind.startswith("konnect:")} == TYPES
    for kind in TYPES:
        assert isinstance(state.provider(kind), KonnectResourceProvider)


def test_every_provider_class_has_a_type() -> None:
    importlib.import_module("providers.konnect")
    concrete: set[str] = set()
    families: list[type] = [KonnectResourceProvider]
    while families:
        cls = families.pop()
        families += cls.__subclasses__()
        if hasattr(cls, "Inputs") and cls.__module__.startswith("providers."):
            concrete.add(f"konnect:{cls.__name__.removesuffix('Provider')}")
    assert concrete == TYPES


def test_a_type_of_a_newer_release_is_an_error_that_says_so() -> None:
    with pytest.raises(LookupError, match="konnect:Unheard, which this release"):
        state.provider("konnect:Unheard")


@every_resource
def test_the_type_token_names_the_terraform_providers_resource(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[str] = []

    def register(_: object, token: str, *rest: object, **more: object) -> None:
        tokens.append(token)

    async def declare() -> None:
        resource: Callable[..., object] = example.resource
        resource("r", **dict.fromkeys(example.least, "x"))

    monkeypatch.setattr(pulumi.CustomResource, "__init__", register)
    asyncio.run(declare())
    assert tokens == [f"pulumi-python:dynamic/konnect:{example.resource.__name__}"]
