"""What is in users' state files and may therefore never change.

State holds a pickled reference to the provider class of each resource. Were it more than a
reference, it would hold code and perhaps a token; were it another one, `destroy` of what an
older release made would fail with `ModuleNotFoundError`.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import pickletools
from collections.abc import Callable

import pulumi
import pytest

from providers.konnect.dynamic import KonnectResourceProvider
from tests.providers.konnect import rpc
from tests.providers.konnect.example import Example, name_of
from tests.providers.konnect.examples import DEPENDENTS, EXAMPLES

MODULES = {
    "CloudGatewayNetwork": "providers.konnect.network",
    "CloudGatewayConfiguration": "providers.konnect.configuration",
    "CloudGatewayTransitGateway": "providers.konnect.transit_gateway",
    "CloudGatewayAddon": "providers.konnect.addon",
    "GatewayControlPlane": "providers.konnect.control_plane",
    "GatewayPartial": "providers.konnect.partial",
    "GatewayService": "providers.konnect.service",
    "GatewayRoute": "providers.konnect.route",
    "GatewayPlugin": "providers.konnect.plugin",
    "GatewayControlPlaneMembership": "providers.konnect.control_plane_membership",
    "CloudGatewayPrivateDns": "providers.konnect.private_dns",
    "CloudGatewayCustomDomain": "providers.konnect.custom_domain",
    "GatewayUpstream": "providers.konnect.upstream",
    "GatewayTarget": "providers.konnect.target",
    "GatewayConsumer": "providers.konnect.consumer",
    "GatewayConsumerGroup": "providers.konnect.consumer_group",
    "GatewayConsumerGroupMember": "providers.konnect.consumer_group_member",
    "GatewayKeyAuth": "providers.konnect.key_auth",
    "GatewayMtlsAuth": "providers.konnect.mtls_auth",
    "GatewayJwt": "providers.konnect.jwt",
    "GatewayAcl": "providers.konnect.acl",
    "GatewayCertificate": "providers.konnect.certificate",
    "GatewayCaCertificate": "providers.konnect.ca_certificate",
    "GatewaySni": "providers.konnect.sni",
    "GatewayVault": "providers.konnect.vault",
    "GatewayConfigStore": "providers.konnect.config_store",
    "GatewayConfigStoreSecret": "providers.konnect.config_store_secret",
    "GatewayDataPlaneClientCertificate": "providers.konnect.data_plane_client_certificate",
    "SystemAccount": "providers.konnect.system_account",
    "SystemAccountAccessToken": "providers.konnect.system_account_access_token",
    "SystemAccountRole": "providers.konnect.system_account_role",
    "GatewayDependents": "providers.konnect.dependents",
}
"""Resource -> module of its provider class, in every state file of every release."""

REFERENCES = {name: (module, f"{name}Provider") for name, module in MODULES.items()}


BARE = [
    "PROTO",
    "FRAME",
    "SHORT_BINUNICODE",
    "MEMOIZE",
    "SHORT_BINUNICODE",
    "MEMOIZE",
    "STACK_GLOBAL",
    "MEMOIZE",
    "EMPTY_TUPLE",
    "NEWOBJ",
    "MEMOIZE",
    "STOP",
]
"""A pickle that says: an instance of the class of this name in this module, and no more."""

every_resource = pytest.mark.parametrize("example", [*EXAMPLES, DEPENDENTS], ids=name_of)


@every_resource
def test_state_holds_a_bare_reference_to_the_provider_class(example: Example) -> None:
    pickled = base64.b64decode(rpc.reference(example.provider))
    operations = list(pickletools.genops(pickled))
    assert [operation.name for operation, _, _ in operations] == BARE
    words = tuple(word for _, word, _ in operations if isinstance(word, str))
    assert words == REFERENCES[example.resource.__name__]


@every_resource
def test_the_class_that_state_refers_to_can_be_imported(example: Example) -> None:
    module, name = REFERENCES[example.resource.__name__]
    assert getattr(importlib.import_module(module), name) is example.provider


def test_every_provider_class_is_in_the_table() -> None:
    importlib.import_module("providers.konnect")
    concrete: set[tuple[str, str]] = set()
    families: list[type] = [KonnectResourceProvider]
    while families:
        cls = families.pop()
        families += cls.__subclasses__()
        if hasattr(cls, "Inputs") and cls.__module__.startswith("providers."):
            concrete.add((cls.__module__, cls.__name__))
    assert concrete == set(REFERENCES.values())


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
