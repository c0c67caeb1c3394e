"""The pre-shared key: generated once, kept by state, and never in a message or a diff."""

from __future__ import annotations

import asyncio
import base64
import random
import string
from collections.abc import Iterator

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicloudgateway import state
from providers.base.errors import ProviderError
from providers.keys import PresharedKey
from providers.keys.preshared_key import LENGTH, PresharedKeyProvider, new_key
from tests.providers.konnect import rpc
from tests.providers.konnect.example import unsealed


@pytest.fixture(scope="module")
def process() -> Iterator[rpc.ProviderProcess]:
    """The process that the engine starts, without any credentials."""
    started = rpc.ProviderProcess({})
    yield started
    started.stop()


@pytest.fixture
def reference() -> str:
    return rpc.reference(PresharedKeyProvider)


@given(st.randoms(use_true_random=False))
def test_a_key_is_32_letters_and_digits_with_a_letter_first(chance: random.Random) -> None:
    key = new_key(chance.choice)
    assert len(key) == LENGTH == 32
    assert key[0] in string.ascii_letters
    assert set(key) <= {*string.ascii_letters, *string.digits}


def test_two_keys_differ_and_the_engine_gets_them_as_secrets() -> None:
    first, second = (PresharedKeyProvider().create({}).outs or {} for _ in range(2))
    assert unsealed(first)["value"] != unsealed(second)["value"]
    assert first["value"] != unsealed(first)["value"], "the value has no mark of a secret"


def test_a_refresh_an_update_and_a_preview_keep_the_key(
    process: rpc.ProviderProcess, reference: str
) -> None:
    id_, created = process.create(reference, {})
    read = process.read(reference, id_, created)
    assert (read.id, read.outputs, read.inputs) == (id_, created, {})
    diff = process.diff(reference, id_, read.outputs, {})
    assert (diff.changes, diff.replaces) == (False, [])
    slower = process.update(reference, id_, created, {"delete_timeout": 60.0})
    assert slower == {**created, "delete_timeout": 60.0}
    process.delete(reference, id_, slower)
    assert created["value"] not in process.printed


def test_an_import_is_refused_with_the_remedy() -> None:
    with pytest.raises(ProviderError, match=r"cannot be imported: only .* Create a new"):
        PresharedKeyProvider().read("pre-shared-key", {})


def test_state_finds_the_provider_class_by_its_type(reference: str) -> None:
    assert b"multicloudgateway:PresharedKey" in base64.b64decode(reference)
    assert type(state.provider("multicloudgateway:PresharedKey")) is PresharedKeyProvider


def test_the_program_registers_the_value_as_a_secret_output(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered: list[tuple[str, str, list[str]]] = []

    def register(
        _: object, token: str, name: str, props: object, opts: pulumi.ResourceOptions, *__: object
    ) -> None:
        registered.append((token, name, list(opts.additional_secret_outputs or ())))

    monkeypatch.setattr(pulumi.CustomResource, "__init__", register)

    async def declare() -> None:
        PresharedKey("tunnel-0")

    asyncio.run(declare())
    token = "pulumi-python:dynamic/multicloudgateway:PresharedKey"
    assert registered == [(token, "tunnel-0", ["value"])]
