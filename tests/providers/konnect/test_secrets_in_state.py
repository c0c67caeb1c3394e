"""What the provider marks as secret for the engine, in state: credentials and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime import rpc

from tests.providers.konnect import cases
from tests.providers.konnect.case import Case
from tests.providers.konnect.cases import CASES
from tests.providers.konnect.example import unsealed
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.scripted import TOKEN


def a_login(konnect: LocalKonnect) -> Case:
    """A plugin with a credential in its config."""
    config = {"issuer": "https://id.example.com", "client_secret": ["s3cret-of-the-client"]}
    case = cases.plugin(konnect)
    case.inputs.update(name="openid-connect", config=config, partials=[])
    return case


SECRETS: list[tuple[Callable[[LocalKonnect], Case], set[str]]] = [
    (CASES["GatewayService"], set()),
    (CASES["GatewayPlugin"], set()),
    (a_login, {"config.client_secret[]"}),
    (CASES["GatewayPartial"], {"config.password"}),
    (CASES["GatewayCertificate"], {"key", "key_alt"}),
    (CASES["GatewayKey"], {"jwk"}),
    (CASES["GatewayKeyAuth"], {"key"}),
    (CASES["GatewayHmacAuth"], {"secret"}),
    (CASES["GatewayJwt"], {"secret"}),
]
"""Objects, and the places of the credentials in their properties."""


def marked(value: Any, at: str = "") -> Iterator[str]:
    """The places of the values that are marked as secret."""
    if isinstance(value, dict):
        if rpc._special_sig_key in value:
            yield at
        for key, item in value.items():
            yield from marked(item, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for item in value:
            yield from marked(item, f"{at}[]")


def answers_of(case: Case, konnect: LocalKonnect) -> dict[str, Any]:
    """The properties that create, read and update return."""
    provider = case.provider()
    settings = {"konnect:token": TOKEN, "konnect:server_url": konnect.url}
    provider.configure(ConfigureRequest(Config(settings, "orders")))
    inputs = provider.check({}, case.inputs).inputs
    created = provider.create(inputs)
    known = unsealed(created.outs)
    read = provider.read(created.id, known)
    updated = provider.update(created.id, known, inputs)
    return {
        "create": created.outs,
        "read": read.outs,
        "inputs of read": read.inputs,
        "update": updated.outs,
    }


@pytest.mark.parametrize(
    ("make", "places"), SECRETS, ids=[getattr(make, "__name__", "") for make, _ in SECRETS]
)
def test_every_credential_and_nothing_else_is_secret_whichever_call_returns_it(
    konnect: LocalKonnect, make: Callable[[LocalKonnect], Case], places: set[str]
) -> None:
    answers = answers_of(make(konnect), konnect)
    assert {call: set(marked(props)) for call, props in answers.items()} == dict.fromkeys(
        answers, places
    )
