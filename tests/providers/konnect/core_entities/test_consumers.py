"""What is particular to consumers: two names, memberships, keys that Konnect makes up."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pulumi
import pytest
from starlette.responses import JSONResponse

from providers.base.errors import (
    BadRequestError,
    MismatchError,
    NotFoundError,
    ProviderError,
    TransportError,
)
from providers.base.model import check
from providers.konnect.core_entities.jwt import JwtAlgorithm
from providers.konnect.ownership import without_marks
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OWNER, PLANE, Example, Props
from tests.providers.konnect.groups import consumers
from tests.providers.konnect.groups.consumers import (
    ACL,
    AUTHORITY,
    BASIC_AUTH,
    CONSUMER,
    HMAC_AUTH,
    JWT,
    KEY_AUTH,
    MTLS_AUTH,
    PUBLIC_KEY,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect


def entities(engine: Engine, path: str) -> str:
    return f"/v2/control-planes/{engine.case.inputs['control_plane_id']}/core-entities/{path}"


# Consumers


def test_a_consumer_has_a_name_of_one_kind_or_the_other() -> None:
    nameless = {"control_plane_id": PLANE}
    failures = check(CONSUMER.inputs, nameless).failures
    assert failures == [("username", "one of username and custom_id is required")]
    for name in ("username", "custom_id"):
        assert check(CONSUMER.inputs, {**nameless, name: "ann"}).failures == []


def test_a_consumer_is_found_by_its_username_and_without_one_by_its_custom_id(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, consumers.consumer_case(konnect))
    plane = engine.case.inputs["control_plane_id"]
    named = konnect.entity(plane, "consumers", username="ann", custom_id="1", tags=[OWNER.tag])
    numbered = konnect.entity(plane, "consumers", custom_id="2", tags=[OWNER.tag])
    both = konnect.entity(plane, "consumers", username="ben", custom_id="3", tags=[OWNER.tag])
    alone = {"control_plane_id": plane, "created_by": str(OWNER)}
    assert engine.create({**alone, "username": "ann", "custom_id": "4"})[0] == named
    assert engine.create({**alone, "custom_id": "2"})[0] == numbered
    assert engine.create({**alone, "custom_id": "3"})[0] == both


# Members of a group


@pytest.fixture
def member(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, consumers.member_case(konnect))


def test_a_membership_that_was_ended_in_konnect_is_seen_and_made_again(member: Engine) -> None:
    """The Terraform provider never reads it."""
    id_, outputs = member.create()
    group = outputs["consumer_group_id"]
    assert id_ == outputs["consumer_id"]
    member.konnect.call("DELETE", entities(member, f"consumer_groups/{group}/consumers/{id_}"))
    assert member.provider.read(id_, outputs).id is None
    assert member.create()[0] == id_
    assert len(member.ours) == 1


@pytest.mark.parametrize("gone", ["consumers", "consumer_groups"])
def test_a_membership_is_gone_with_its_consumer_or_its_group(member: Engine, gone: str) -> None:
    id_, outputs = member.create()
    parent = outputs[{"consumers": "consumer_id", "consumer_groups": "consumer_group_id"}[gone]]
    member.konnect.call("DELETE", entities(member, f"{gone}/{parent}"))
    assert member.provider.read(id_, outputs).id is None
    member.provider.delete(id_, outputs)


def test_a_consumer_in_another_group_is_not_a_member_of_this_one(member: Engine) -> None:
    plane = member.case.inputs["control_plane_id"]
    other = member.konnect.entity(plane, "consumer_groups", name="silver")
    id_, outputs = member.create(consumer_group_id=other)
    assert member.provider.read(id_, {**outputs, **member.case.inputs}).id is None
    member.create()
    assert len(member.ours) == 2
    member.provider.delete(id_, outputs)
    (left,) = member.ours
    assert left["consumer_group_id"] == member.case.inputs["consumer_group_id"]


def test_a_membership_is_found_without_reading_all_members_of_the_group(member: Engine) -> None:
    id_, outputs = member.create()
    member.konnect.requests.clear()
    member.provider.read(id_, outputs)
    (request,) = member.konnect.requests
    assert request.path == entities(member, f"consumers/{id_}/consumer_groups")


def test_a_membership_is_adopted_by_its_consumers_id_too(member: Engine) -> None:
    id_, _ = member.create()
    assert member.create(adopt_existing_id=id_)[0] == id_


def test_the_membership_of_another_consumer_is_not_adopted(member: Engine) -> None:
    id_, _ = member.create()
    plane = member.case.inputs["control_plane_id"]
    ben = member.konnect.entity(plane, "consumers", username="ben")
    with pytest.raises(MismatchError, match=f'consumer_id is "{id_}" in Konnect and "{ben}" here'):
        member.create(consumer_id=ben, adopt_existing_id=member.case.import_id.format(id=id_))


# Credentials


CREDENTIALS: dict[str, Callable[[LocalKonnect], Case]] = {
    name: consumers.CASES[name]
    for name in (
        "GatewayKeyAuth",
        "GatewayBasicAuth",
        "GatewayHmacAuth",
        "GatewayMtlsAuth",
        "GatewayJwt",
        "GatewayAcl",
    )
}
MADE_UP = {
    "GatewayKeyAuth": ["key"],
    "GatewayHmacAuth": ["secret"],
    "GatewayJwt": ["key", "secret"],
}
"""What Konnect makes up when it is not written."""


@pytest.fixture(params=CREDENTIALS)
def credential(request: pytest.FixtureRequest, konnect: LocalKonnect) -> Engine:
    return Engine(konnect, CREDENTIALS[request.param](konnect))


@pytest.fixture(params=MADE_UP)
def unwritten(request: pytest.FixtureRequest, konnect: LocalKonnect) -> tuple[Engine, list[str]]:
    """A credential of which nothing is written that Konnect can make up."""
    case = CREDENTIALS[request.param](konnect)
    names = MADE_UP[request.param]
    inputs = {key: value for key, value in case.inputs.items() if key not in names}
    return Engine(konnect, replace(case, inputs=inputs)), names


def test_a_credential_is_gone_with_its_consumer(credential: Engine) -> None:
    id_, outputs = credential.create()
    ann = outputs["consumer_id"]
    credential.konnect.call("DELETE", entities(credential, f"consumers/{ann}"))
    assert credential.provider.read(id_, outputs).id is None
    credential.provider.delete(id_, outputs)


def test_a_credential_of_another_consumer_is_not_adopted(credential: Engine) -> None:
    id_, outputs = credential.create()
    ann, plane = outputs["consumer_id"], outputs["control_plane_id"]
    ben = credential.konnect.entity(plane, "consumers", username="ben")
    text = credential.case.import_id.format(id=id_)
    with pytest.raises(MismatchError) as error:
        credential.create(consumer_id=ben, adopt_existing_id=text)
    assert f'consumer_id is "{ann}" in Konnect and "{ben}" here' in str(error.value)


@pytest.mark.parametrize(
    ("example", "change"),
    [
        pytest.param(example, {name: value}, id=f"{example.resource.__name__}.{name}")
        for example in (KEY_AUTH, BASIC_AUTH, HMAC_AUTH, MTLS_AUTH, JWT, ACL)
        for name, value in example.updates.items()
        if name not in ("ca_certificate", "password")
    ],
)
def test_a_credential_is_changed_in_place(
    konnect: LocalKonnect, example: Example, change: Props
) -> None:
    """The Terraform provider replaces it: for a while its consumer has none."""
    engine = Engine(konnect, CREDENTIALS[example.resource.__name__](konnect))
    signed: Props = {"rsa_public_key": PUBLIC_KEY} if example is JWT else {}
    id_, outputs = engine.create(**signed)
    konnect.requests.clear()
    outputs = engine.update(id_, outputs, {**engine.case.inputs, **signed, **change})
    assert konnect.writes == [("PUT", 200)]
    (remote,) = engine.ours
    (name,) = change
    assert remote["id"] == id_
    assert without_marks(remote[name]) == change[name]
    assert outputs[name] == change[name]


def test_what_konnect_makes_up_is_an_output_and_no_change(
    unwritten: tuple[Engine, list[str]],
) -> None:
    engine, names = unwritten
    id_, outputs = engine.create()
    (remote,) = engine.ours
    assert {name: outputs[name] for name in names} == {name: remote[name] for name in names}
    assert engine.diff(outputs, engine.case.inputs).changes is False
    assert engine.provider.read(id_, outputs).outs == outputs


def test_a_change_keeps_what_konnect_made_up(unwritten: tuple[Engine, list[str]]) -> None:
    """A PUT that leaves it out would make another: whoever uses it would be locked out."""
    engine, names = unwritten
    id_, outputs = engine.create()
    engine.konnect.requests.clear()
    changed = engine.update(id_, outputs, engine.case.changed)
    assert {name: changed[name] for name in names} == {name: outputs[name] for name in names}
    assert engine.konnect.writes == [("PUT", 200)]


def test_what_was_written_once_is_kept_when_it_is_no_longer_written(
    konnect: LocalKonnect,
) -> None:
    engine = Engine(konnect, consumers.key_auth_case(konnect))
    id_, outputs = engine.create()
    without = {key: value for key, value in engine.case.inputs.items() if key != "key"}
    assert engine.diff(outputs, without).changes is False
    assert engine.update(id_, outputs, {**without, "ttl": 60})["key"] == consumers.KEY


@pytest.mark.parametrize("unwritten", ["GatewayKeyAuth", "GatewayJwt"], indirect=True)
def test_a_credential_that_nothing_identifies_is_created_each_time_and_never_sent_twice(
    unwritten: tuple[Engine, list[str]],
) -> None:
    engine, _ = unwritten
    assert engine.create()[0] != engine.create()[0]
    engine.konnect.fault(method="POST", drop=True, when="after")
    with pytest.raises(TransportError, match="Check whether it exists"):
        engine.create()
    assert len(engine.ours) == 3


def test_a_subject_of_two_authorities_is_two_credentials(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, consumers.mtls_auth_case(konnect))
    plane = engine.case.inputs["control_plane_id"]
    other = konnect.entity(plane, "ca_certificates", cert=AUTHORITY.replace("YQ==", "Yg=="))
    authorities: list[Any] = [engine.case.inputs["ca_certificate"], {"id": other}, None]
    first = [engine.create(ca_certificate=authority)[0] for authority in authorities]
    assert len(set(first)) == 3
    assert [engine.create(ca_certificate=authority)[0] for authority in authorities] == first


@pytest.mark.parametrize("algorithm", get_args(JwtAlgorithm))
def test_a_signature_is_verified_with_the_secret_or_needs_a_public_key(algorithm: str) -> None:
    failures = check(JWT.inputs, {**JWT.least, "algorithm": algorithm}).failures
    symmetric = algorithm in ("HS256", "HS384", "HS512")
    needed = [("rsa_public_key", f"is required for {algorithm}")]
    assert failures == ([] if symmetric else needed)
    signed = {**JWT.least, "algorithm": algorithm, "rsa_public_key": PUBLIC_KEY}
    assert check(JWT.inputs, signed).failures == []


@pytest.mark.parametrize(
    ("example", "name"), [(KEY_AUTH, "key"), (HMAC_AUTH, "secret"), (JWT, "secret")]
)
def test_a_key_or_a_secret_is_one_of_the_program_and_of_its_state(
    monkeypatch: pytest.MonkeyPatch, example: Example, name: str
) -> None:
    given: list[tuple[Props, pulumi.ResourceOptions]] = []

    def register(_: object, _token: str, _name: str, inputs: Props, opts: Any) -> None:
        given.append((inputs, opts))

    async def declare() -> bool:
        resource: Callable[..., object] = example.resource
        resource("r", **example.full)
        return bool(await given[0][0][name].is_secret())

    monkeypatch.setattr(pulumi.CustomResource, "__init__", register)
    assert asyncio.run(declare()) is True
    ((_, opts),) = given
    assert opts.additional_secret_outputs == [name]


@pytest.mark.parametrize("written", [True, False], ids=["written", "made up"])
@pytest.mark.parametrize(
    ("type_", "name"),
    [("GatewayKeyAuth", "key"), ("GatewayHmacAuth", "secret"), ("GatewayJwt", "secret")],
)
def test_no_message_quotes_a_credential_that_konnect_quotes(
    konnect: LocalKonnect, type_: str, name: str, written: bool
) -> None:
    case = CREDENTIALS[type_](konnect)
    inputs = case.inputs if written else {k: v for k, v in case.inputs.items() if k != name}
    engine = Engine(konnect, replace(case, inputs=inputs))
    id_, outputs = engine.create()
    secret = outputs[name]
    problem = {"code": 3, "message": f"{name} {secret!r} is weak", "details": []}
    konnect.answer_with(JSONResponse(problem, status_code=400))
    calls: list[Callable[[], object]] = [
        lambda: engine.update(id_, outputs, engine.case.changed),
        lambda: engine.provider.delete(id_, outputs),
        lambda: engine.provider.read(id_, outputs),
        lambda: engine.create(**{name: secret}),
    ]
    for call in calls:
        with pytest.raises(ProviderError) as error:
            call()
        assert "[redacted]" in str(error.value)
        shown = "".join(traceback.format_exception(error.value))
        assert secret not in f"{shown} {error.value!r} {error.value.args}"


# Passwords, of which Konnect returns the hash


@pytest.fixture
def basic(konnect: LocalKonnect) -> Engine:
    return Engine(konnect, consumers.basic_auth_case(konnect))


def test_the_hash_of_a_password_is_no_change(basic: Engine) -> None:
    """The Terraform provider replaces the credential on every apply."""
    id_, outputs = basic.create()
    (remote,) = basic.ours
    assert remote["password"] != consumers.PASSWORD
    assert basic.diff(outputs, basic.case.inputs).changes is False
    read = basic.provider.read(id_, outputs)
    assert read.outs == outputs
    assert basic.diff(read.outs, basic.case.inputs).changes is False


def test_state_has_neither_the_password_nor_its_hash(basic: Engine) -> None:
    id_, outputs = basic.create()
    (remote,) = basic.ours
    for props in (outputs, basic.provider.read(id_, outputs).outs):
        assert consumers.PASSWORD not in str(props)
        assert remote["password"] not in str(props)


def test_another_password_is_written_in_place(basic: Engine) -> None:
    id_, outputs = basic.create()
    (before,) = basic.ours
    news = {**basic.case.inputs, "password": "another-password"}
    assert basic.diff(outputs, news).changes is True
    outputs = basic.update(id_, outputs, news)
    (after,) = basic.ours
    assert after["id"] == id_
    assert after["password"] != before["password"]
    assert basic.diff(outputs, news).changes is False


def test_a_change_of_tags_keeps_the_password(basic: Engine) -> None:
    """A PUT replaces the whole: with the hash as the password nobody could log in."""
    id_, outputs = basic.create()
    (before,) = basic.ours
    basic.update(id_, outputs, basic.case.changed)
    (after,) = basic.ours
    assert after["password"] == before["password"]


def test_a_key_of_another_consumer_is_refused_without_being_shown(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, consumers.key_auth_case(konnect))
    engine.create()
    plane = engine.case.inputs["control_plane_id"]
    ben = konnect.entity(plane, "consumers", username="ben")
    with pytest.raises(BadRequestError, match=f"creating API key of consumer {ben}") as error:
        engine.create(consumer_id=ben)
    assert consumers.KEY not in str(error.value)


def test_what_check_refuses_of_a_credential_is_not_shown() -> None:
    for example, name in ((KEY_AUTH, "key"), (JWT, "secret")):
        wrong = {**example.full, name: [consumers.KEY], "nonsense": consumers.KEY}
        failures = check(example.inputs, wrong).failures
        assert {field for field, _ in failures} == {name, "nonsense"}
        assert consumers.KEY not in str(failures)


def test_a_consumer_that_does_not_exist_has_no_credentials(credential: Engine) -> None:
    with pytest.raises(NotFoundError, match=f"of consumer {ENTITY}"):
        credential.create(consumer_id=ENTITY)
