"""The secret that an edge sends: made once, kept by state, never sent to Konnect."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.konnect.case import Case
from tests.providers.konnect.examples import ORIGIN_SECRET
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect


@pytest.fixture
def secret(konnect: LocalKonnect) -> Engine:
    engine = Engine(konnect, Case(ORIGIN_SECRET.provider, "none", {"generation": 1}, {}, {}))
    konnect.requests.clear()
    return engine


def value_of(outputs: dict[str, Any]) -> str:
    return str(outputs["value"])


def test_a_secret_has_32_random_bytes_and_konnect_is_not_asked(secret: Engine) -> None:
    (_, first), (_, second) = secret.create(), secret.create()
    assert len(bytes.fromhex(value_of(first))) == 32
    assert value_of(first) != value_of(second)
    assert secret.konnect.requests == []


def test_a_refresh_and_an_update_keep_the_secret(secret: Engine) -> None:
    id_, outputs = secret.create()
    read = secret.provider.read(id_, outputs)
    assert read.outs is not None
    assert read.outs["value"] == value_of(outputs)
    assert "value" not in (read.inputs or {})
    assert value_of(secret.update(id_, outputs, {"generation": 1})) == value_of(outputs)
    secret.delete(id_, outputs)
    assert secret.konnect.requests == []


def test_another_generation_is_another_secret(secret: Engine) -> None:
    diff = secret.diff({"generation": 1}, {"generation": 2})
    assert (diff.changes, diff.replaces) == (True, ["generation"])
