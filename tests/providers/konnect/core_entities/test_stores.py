"""Vaults, config stores and their secrets: a value can be written and is then nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse

from providers.base.errors import BadRequestError, ProviderError
from providers.base.model import check
from providers.konnect.core_entities.vault import vault_reference
from tests.providers.konnect.example import Props
from tests.providers.konnect.groups import stores
from tests.providers.konnect.groups.stores import CANARY, CONFIG_STORE_SECRET, VAULT, a_store
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect
from tests.providers.konnect.program import run
from tests.providers.konnect.rpc import CallError, ProviderProcess, reference
from tests.providers.konnect.scripted import TOKEN

# Secrets


@pytest.fixture
def process(konnect: LocalKonnect) -> Iterator[ProviderProcess]:
    """A provider process of which a test reads everything that it prints."""
    process = ProviderProcess({"konnect:token": TOKEN, "konnect:server_url": konnect.url})
    yield process
    process.stop()


def test_the_value_of_a_secret_is_nowhere_but_in_the_inputs_that_it_was_given_as(
    konnect: LocalKonnect, process: ProviderProcess
) -> None:
    """Not in an output or an error, not printed; and so not in state, but for its inputs."""
    case = stores.a_secret(konnect)
    ref = reference(case.provider)
    answers: list[Any] = []
    inputs = process.check(ref, case.inputs).inputs
    assert inputs["value"] == CANARY
    changed = process.check(ref, case.changed).inputs
    id_, created = process.create(ref, inputs)
    updated = process.update(ref, id_, created, changed)
    answers += [id_, created, updated, process.read(ref, id_, updated)]
    konnect.advance(1)
    path = f"/v2/{case.kind}/redis%2Fpassword"
    konnect.call("PUT", path, {"value": "by somebody else"})
    answers += [process.read(ref, id_, updated), process.diff(ref, id_, updated, changed)]

    parameter = {"field": "value", "reason": f"{CANARY} is weak, another-{CANARY} too"}
    problem = {"status": 400, "title": f"No {CANARY}", "invalid_parameters": [parameter]}
    konnect.answer_with(JSONResponse(problem, status_code=400))
    for call in (
        lambda: process.create(ref, inputs),
        lambda: process.update(ref, id_, created, inputs),
        lambda: process.create(ref, {**inputs, "value": [CANARY]}),
    ):
        with pytest.raises(CallError) as error:
            call()
        answers.append(str(error.value))
    wrong = process.check(ref, {**case.inputs, "value": CANARY * 200, "key": CANARY * 20})
    answers.append(wrong.failures)
    process.stop()
    assert CANARY not in repr(answers)
    assert "[redacted]" in repr(answers)
    assert process.printed == ""


def test_what_is_recorded_of_a_value_differs_from_secret_to_secret(konnect: LocalKonnect) -> None:
    """So that two secrets with one value are not told by their state."""
    engine = Engine(konnect, stores.a_secret(konnect))
    digests = []
    for key in ("one", "two"):
        _, outputs = engine.create(key=key)
        assert "value" not in outputs
        digests.append(outputs["value_fingerprint"].rpartition(":")[2])
    assert digests[0] != digests[1]


def test_the_same_value_is_no_change_and_another_is_an_update(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, stores.a_secret(konnect))
    id_, outputs = engine.create()
    assert engine.diff(outputs, engine.case.inputs).changes is False
    diff = engine.diff(outputs, engine.case.changed)
    assert (diff.changes, diff.replaces) == (True, [])
    outputs = engine.update(id_, outputs, engine.case.changed)
    assert engine.diff(outputs, engine.case.changed).changes is False
    assert engine.diff(outputs, engine.case.inputs).changes is True


def stored(konnect: LocalKonnect, case: stores.Case) -> list[str]:
    """The values as the simulated Konnect keeps them, which no API shows."""
    return [str(body["_value"]) for _, body in konnect.store.list("konnect", case.kind)]


def test_a_write_of_somebody_else_is_seen_by_a_refresh_and_mended_by_the_next_update(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, stores.a_secret(konnect))
    id_, outputs = engine.create()
    konnect.advance(1)
    konnect.call("PUT", f"/v2/{engine.case.kind}/redis%2Fpassword", {"value": "by somebody"})
    assert engine.diff(outputs, engine.case.inputs).changes is False
    refreshed = engine.provider.read(id_, outputs).outs
    assert refreshed is not None
    for _ in range(2):  # However often it is refreshed.
        diff = engine.diff(refreshed, engine.case.inputs)
        assert (diff.changes, diff.replaces) == (True, [])
        refreshed = engine.provider.read(id_, refreshed).outs
        assert refreshed is not None
    konnect.requests.clear()
    mended = engine.update(id_, refreshed, engine.case.inputs)
    assert konnect.writes == [("PUT", 200)]
    assert stored(konnect, engine.case) == [CANARY]
    assert engine.diff(mended, engine.case.inputs).changes is False
    assert engine.provider.read(id_, mended).outs == mended


def test_a_refresh_without_the_value_at_hand_tells_a_foreign_write_from_none() -> None:
    """After a refresh the engine's recorded inputs are those of the read: without the value."""
    provider = CONFIG_STORE_SECRET.provider()
    inputs = {name: CONFIG_STORE_SECRET.full[name] for name in ("control_plane_id", "key")}
    inputs["config_store_id"] = CONFIG_STORE_SECRET.full["config_store_id"]
    known = {**inputs, "value_fingerprint": "scrypt:salt:00"}
    assert provider.diff("id", known, inputs).changes is False
    assert provider.diff("id", inputs, inputs).changes is True


def test_a_secret_that_is_there_already_gets_the_value_of_the_program(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, stores.a_secret(konnect))
    path = f"/v2/{engine.case.kind}"
    konnect.call("POST", path, {"key": engine.case.inputs["key"], "value": "of somebody else"})
    engine.create()
    assert stored(konnect, engine.case) == [CANARY]


def test_an_adopted_secret_is_not_written(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, stores.a_secret(konnect))
    engine.create()
    konnect.requests.clear()
    for import_id in (engine.case.import_id.format(id="redis/password"), "redis/password"):
        id_, outputs = engine.create(adopt_existing_id=import_id)
        assert id_ == "redis/password"
        assert engine.diff(outputs, engine.case.inputs).changes is False
    assert konnect.writes == []


@pytest.mark.parametrize("key", ["a/b", "a b", "ä", "a?b#c", "%41", "...", "{x}"])
def test_a_key_may_hold_what_means_something_in_a_url(konnect: LocalKonnect, key: str) -> None:
    engine = Engine(konnect, stores.a_secret(konnect))
    id_, outputs = engine.create(key=key)
    inputs = {**engine.case.inputs, "key": key}
    engine.update(id_, outputs, {**inputs, "value": "another"})
    assert engine.provider.read(id_, outputs).id == key
    assert [item["key"] for item in engine.ours] == [key]
    engine.delete(id_, outputs)
    assert engine.ours == []


@pytest.mark.parametrize("key", [".", ".."])
def test_a_key_that_would_mean_another_path_is_refused(key: str) -> None:
    ((name, reason),) = check(
        CONFIG_STORE_SECRET.inputs, {**CONFIG_STORE_SECRET.full, "key": key}
    ).failures
    assert (name, reason) == (
        "key",
        f"'{key}' cannot be the last part of a URL path; use another key",
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": ""}, "at least 1 character"),
        ({"key": "k" * 513}, "at most 512 characters"),
        ({"value": ""}, "at least 1 character"),
        ({"value": "v" * 5121}, "at most 5120 characters"),
    ],
)
def test_a_secret_that_konnect_would_refuse_is_refused_in_the_preview(
    change: Props, reason: str
) -> None:
    inputs = {**CONFIG_STORE_SECRET.full, **change}
    ((name, said),) = check(CONFIG_STORE_SECRET.inputs, inputs).failures
    assert name in change
    assert reason in said


# Config stores


def test_a_store_is_found_on_whatever_page_it_is(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, stores.a_config_store(konnect))
    plane = engine.case.inputs["control_plane_id"]
    for number in range(101):
        last = a_store(konnect, plane, f"store-{number}")
    konnect.requests.clear()
    assert engine.create(name="store-100")[0] == last
    assert konnect.writes == []


def test_a_store_without_a_name_is_made_and_whatever_name_it_gets_is_no_change(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, stores.a_config_store(konnect))
    inputs = {"control_plane_id": engine.case.inputs["control_plane_id"]}
    id_, outputs = engine.create(inputs)
    konnect.call("PUT", f"/v2/{engine.case.kind}/{id_}", {"name": "of Konnect"})
    read = engine.provider.read(id_, outputs)
    assert read.outs is not None
    assert read.outs["name"] == "of Konnect"
    assert engine.diff(read.outs, inputs).changes is False


def test_a_store_that_holds_a_secret_is_not_deleted(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, stores.a_config_store(konnect))
    id_, outputs = engine.create()
    secrets = f"{PLANES}/{engine.case.inputs['control_plane_id']}/config-stores/{id_}/secrets"
    konnect.call("POST", secrets, {"key": "of-somebody-else", "value": "v"})
    with pytest.raises(BadRequestError, match=r"deleting config store .* has 1 secrets"):
        engine.delete(id_, outputs)
    assert len(engine.ours) == 1
    konnect.call("DELETE", f"{secrets}/of-somebody-else")
    engine.delete(id_, outputs)
    assert engine.ours == []


# Vaults


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"prefix": "Secrets"}, "prefix", "match pattern"),
        ({"prefix": "a"}, "prefix", "match pattern"),
        ({"prefix": "1a"}, "prefix", "match pattern"),
        ({"prefix": "a-"}, "prefix", "match pattern"),
        ({"prefix": "a_b"}, "prefix", "match pattern"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"name": "konnect"}, "config", "config_store_id is required"),
        ({"name": "konnect", "config": {"config_store_id": ""}}, "config", "config_store_id is"),
    ],
)
def test_a_vault_that_could_not_work_is_refused_in_the_preview(
    change: Props, field: str, reason: str
) -> None:
    ((name, said),) = check(VAULT.inputs, {**VAULT.full, **change}).failures
    assert name == field
    assert reason in said


@pytest.mark.parametrize("prefix", ["ab", "my-env", "a1", "a--b"])
@pytest.mark.parametrize("name", ["env", "aws", "azure", "gcp", "hcv", "conjur", "a-later-one"])
def test_every_backend_is_taken(name: str, prefix: str) -> None:
    assert check(VAULT.inputs, {**VAULT.least, "name": name, "prefix": prefix}).failures == []


def test_of_a_vaults_config_what_konnect_adds_is_no_change_and_what_it_lost_is() -> None:
    provider = VAULT.provider()
    written = check(VAULT.inputs, VAULT.full).inputs
    added = {**written["config"], "kv": "v1", "token_ttl": None}
    assert provider._compare({**VAULT.answer(written), "config": added}, written)[1] == []
    lost = {"host": "vault.internal"}
    assert provider._compare({**VAULT.answer(written), "config": lost}, written)[1] == ["config"]


def test_no_message_quotes_what_is_in_a_vaults_config(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, stores.a_vault(konnect))
    body = {"message": f"validation error: token {CANARY} is too weak"}
    konnect.answer_with(JSONResponse(body, status_code=400))
    with pytest.raises(ProviderError, match=r"vault 'secrets': .*\[redacted\]") as error:
        engine.create(name="hcv", config={"token": CANARY})
    assert CANARY not in f"{error.value!r} {error.value}"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("redis-password", "{vault://secrets/redis-password}"),
        ("redis/password", "{vault://secrets/redis%2Fpassword}"),
    ],
)
def test_a_reference_to_a_secret_is_written_as_kong_reads_it(key: str, expected: str) -> None:
    async def program() -> str | None:
        return await asyncio.wait_for(vault_reference("secrets", key).future(), 5)

    assert run(program)[0] == expected
