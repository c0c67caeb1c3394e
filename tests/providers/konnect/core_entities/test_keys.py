"""What is particular to keys: their key id in their set, their sets, and that they are secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from starlette.responses import JSONResponse

from providers.base.errors import ProviderError
from tests.providers.konnect.example import Props
from tests.providers.konnect.groups import keys
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect


@pytest.fixture
def key(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, keys.a_key(konnect))


def test_a_key_id_in_another_set_or_in_none_is_another_key(key: Engine) -> None:
    plane = key.case.inputs["control_plane_id"]
    other = key.konnect.entity(plane, "key-sets", name="suppliers")
    sets: list[Any] = [key.case.inputs["set"], {"id": other}, None]
    first = [key.create(set=reference)[0] for reference in sets]
    assert len(set(first)) == 3
    assert [key.create(set=reference)[0] for reference in sets] == first


def test_a_key_is_gone_with_its_set(key: Engine) -> None:
    id_, outputs = key.create()
    plane, partners = outputs["control_plane_id"], outputs["set"]["id"]
    key.konnect.call("DELETE", f"/v2/control-planes/{plane}/core-entities/key-sets/{partners}")
    assert key.provider.read(id_, outputs).id is None
    key.provider.delete(id_, outputs)


def test_a_key_moves_to_another_set_in_place(key: Engine) -> None:
    id_, outputs = key.create()
    plane = outputs["control_plane_id"]
    other = key.konnect.entity(plane, "key-sets", name="suppliers")
    key.update(id_, outputs, {**key.case.inputs, "set": {"id": other}})
    (remote,) = key.ours
    assert (remote["id"], remote["set"]) == (id_, {"id": other})


def test_a_pair_of_keys_as_pem_is_read_back_without_a_change(konnect: LocalKonnect) -> None:
    case = keys.a_key(konnect)
    del case.inputs["jwk"]
    case.inputs["pem"] = keys.PAIR
    engine = Engine(konnect, case)
    id_, outputs = engine.create()
    assert engine.provider.read(id_, outputs).outs == outputs
    assert engine.diff(outputs, case.inputs).changes is False


def test_a_key_set_without_a_name_is_created_each_time(konnect: LocalKonnect) -> None:
    """Nothing identifies it, so one that is there may be somebody else's."""
    case = keys.a_key_set(konnect)
    del case.inputs["name"]
    engine = Engine(konnect, case)
    assert engine.create()[0] != engine.create()[0]


def test_a_key_is_a_secret_of_the_program_and_of_its_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[tuple[Props, pulumi.ResourceOptions]] = []

    def register(_: object, _token: str, _name: str, inputs: Props, opts: Any) -> None:
        given.append((inputs, opts))

    async def declare() -> list[bool]:
        resource: Callable[..., object] = keys.KEY.resource
        resource("r", **keys.KEY.full)
        return [bool(await given[0][0][name].is_secret()) for name in ("jwk", "pem")]

    monkeypatch.setattr(pulumi.CustomResource, "__init__", register)
    assert asyncio.run(declare()) == [True, True]
    ((_, opts),) = given
    assert opts.additional_secret_outputs == ["jwk", "pem"]


def test_no_message_quotes_a_key_that_konnect_quotes(konnect: LocalKonnect) -> None:
    case = keys.a_key(konnect)
    case.inputs["pem"] = keys.PAIR
    engine = Engine(konnect, case)
    quoted = f"{case.inputs['jwk']} and {keys.PAIR['private_key']} are weak"
    konnect.answer_with(JSONResponse({"message": quoted}, status_code=400))
    with pytest.raises(ProviderError) as error:
        engine.create()
    assert "[redacted]" in str(error.value)
    assert keys.SECRET not in str(error.value)
