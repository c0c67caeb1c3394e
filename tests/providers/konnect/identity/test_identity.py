"""What is particular to system accounts: a token that is told once, roles that never change."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from providers.base.crud import ADOPTED
from providers.base.errors import ConflictError, MismatchError, ProviderError, ServerError
from providers.base.model import check
from providers.konnect.identity.system_account_access_token import SystemAccountAccessToken
from tests.providers.konnect import rpc
from tests.providers.konnect.example import OTHER, Props
from tests.providers.konnect.groups import identity
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.test_provider_process import settings


@pytest.fixture
def tokens(konnect: LocalKonnect) -> Engine:
    """An account whose tokens are managed."""
    engine = Engine(konnect, identity.access_token(konnect))
    konnect.requests.clear()
    return engine


@pytest.fixture
def roles(konnect: LocalKonnect) -> Engine:
    """An account whose roles are managed."""
    engine = Engine(konnect, identity.role(konnect))
    konnect.requests.clear()
    return engine


@pytest.fixture
def member(konnect: LocalKonnect) -> Engine:
    """A system account and a team that it is to join."""
    return Engine(konnect, identity.team(konnect))


def lets_in(konnect: LocalKonnect, token: str) -> bool:
    """Whether Konnect answers whoever has this token."""
    headers = {"Authorization": f"Bearer {token}"}
    return konnect._http.get("/v3/organizations/me", headers=headers).status_code == 200


# Tokens


def test_the_token_is_an_output_that_lets_its_holder_in(tokens: Engine) -> None:
    _, outputs = tokens.create()
    assert lets_in(tokens.konnect, outputs["token"])


def test_the_token_is_a_secret_of_the_program_and_of_its_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[pulumi.ResourceOptions] = []

    def register(_: object, _token: str, _name: str, _inputs: Props, opts: Any) -> None:
        given.append(opts)

    async def declare() -> None:
        SystemAccountAccessToken("ci", **identity.ACCESS_TOKEN.least)

    monkeypatch.setattr(pulumi.CustomResource, "__init__", register)
    asyncio.run(declare())
    (opts,) = given
    assert opts.additional_secret_outputs == ["token"]


def test_refreshes_and_a_new_name_keep_the_token(tokens: Engine) -> None:
    id_, outputs = tokens.create()
    token = outputs["token"]
    for _ in range(2):
        refreshed = tokens.provider.read(id_, outputs)
        assert refreshed.outs is not None
        assert refreshed.inputs is not None
        assert refreshed.outs["token"] == token
        assert "token" not in refreshed.inputs
        outputs = refreshed.outs
    outputs = tokens.update(id_, outputs, tokens.case.changed)
    assert (outputs["name"], outputs["token"]) == ("ci-2130", token)
    assert lets_in(tokens.konnect, token)


def test_the_use_of_a_token_is_no_drift(tokens: Engine) -> None:
    id_, outputs = tokens.create()
    assert lets_in(tokens.konnect, outputs["token"])
    (remote,) = tokens.ours
    assert "last_used_at" in remote
    assert tokens.provider.read(id_, outputs).outs == outputs


def test_a_token_that_is_adopted_is_managed_without_its_token(tokens: Engine) -> None:
    first, _ = tokens.create()
    id_, outputs = tokens.create(adopt_existing_id=first)
    assert id_ == first
    assert "token" not in outputs
    refreshed = tokens.provider.read(id_, outputs)
    assert refreshed.outs == {name: outputs[name] for name in outputs.keys() - {ADOPTED}}
    renamed = tokens.update(id_, outputs, tokens.case.changed)
    assert renamed["name"] == "ci-2130"
    assert "token" not in renamed


def test_a_name_that_is_taken_is_an_error_that_says_what_to_do_and_deletes_nothing(
    tokens: Engine,
) -> None:
    """It may be what a crash left, and it may be in use somewhere: nobody can tell."""
    id_, outputs = tokens.create()
    with pytest.raises(ProviderError) as error:
        tokens.create()
    account_id = tokens.case.inputs["account_id"]
    text = str(error.value)
    assert text.startswith(f"system account access token 'ci' exists already ({id_})")
    assert f"DELETE /v3/system-accounts/{account_id}/access-tokens/{id_}" in text
    assert outputs["token"] not in text
    assert lets_in(tokens.konnect, outputs["token"])
    tokens.konnect.call("DELETE", text.partition("(DELETE ")[2].partition(")")[0])
    tokens.create()


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 500}], ids=str)
def test_a_token_whose_answer_was_lost_is_replaced_by_one_that_is_known(
    tokens: Engine, fault: Props
) -> None:
    tokens.konnect.fault(method="POST", when="after", **fault)
    _, outputs = tokens.create()
    assert [method for method, _ in tokens.konnect.writes] == ["POST", "DELETE", "POST"]
    assert len(tokens.ours) == 1
    assert lets_in(tokens.konnect, outputs["token"])


def test_a_token_of_somebody_else_that_appears_meanwhile_is_not_deleted(tokens: Engine) -> None:
    """The look before the POST sees no token, the POST fails, the next look sees one."""
    konnect, account_id = tokens.konnect, tokens.case.inputs["account_id"]
    body = {"name": "ci", "expires_at": "2130-12-31T00:00:00Z"}
    theirs = konnect.call("POST", f"{identity.ACCOUNTS}/{account_id}/access-tokens", body)
    client, inputs = tokens.provider.client(), tokens.provider._parse(tokens.case.inputs)
    konnect.fault(method="POST", status=500)
    with pytest.raises(ProviderError, match="500"):
        tokens.provider.post(client, inputs)
    assert lets_in(konnect, theirs["token"])
    with pytest.raises(MismatchError, match="expires_at is "):
        tokens.create()


def test_a_lost_token_that_cannot_be_looked_for_is_told_at_the_next_create(
    tokens: Engine,
) -> None:
    konnect = tokens.konnect
    konnect.fault(method="POST", when="after", status=500)
    konnect.fault(method="DELETE", status=503, times=100)
    with pytest.raises(ServerError, match="deleting system account access token"):
        tokens.create()
    konnect.end_faults()
    with pytest.raises(ProviderError, match="exists already"):
        tokens.create()
    assert len(tokens.ours) == 1


def test_the_old_token_goes_first_unless_the_new_one_has_another_name(tokens: Engine) -> None:
    _, outputs = tokens.create()
    later = {**tokens.case.inputs, "expires_at": "2130-11-30T00:00:00Z"}
    same_name = tokens.diff(outputs, later)
    assert (same_name.replaces, same_name.delete_before_replace) == (["expires_at"], True)
    renamed = tokens.diff(outputs, {**later, "name": "ci-2131"})
    assert (renamed.replaces, renamed.delete_before_replace) == (["expires_at"], False)


def test_a_token_is_handed_over_without_a_gap_under_another_name(tokens: Engine) -> None:
    old, outputs = tokens.create()
    later = {**tokens.case.inputs, "expires_at": "2130-11-30T00:00:00Z", "name": "ci-2131"}
    _, news = tokens.create(later)
    assert lets_in(tokens.konnect, outputs["token"])
    assert lets_in(tokens.konnect, news["token"])
    tokens.provider.delete(old, outputs)
    assert not lets_in(tokens.konnect, outputs["token"])
    assert lets_in(tokens.konnect, news["token"])


@pytest.mark.parametrize(
    "written",
    [
        "2130-01-31T00:00:00Z",
        "2130-01-31T00:00:00.000Z",
        "2130-01-31T00:00:00.791+00:00",
        "2130-01-31T01:30:00+01:30",
    ],
)
def test_an_expiry_is_the_same_however_it_is_written(tokens: Engine, written: str) -> None:
    id_, outputs = tokens.create()
    assert tokens.diff(outputs, {**tokens.case.inputs, "expires_at": written}).changes is False
    remote = {**outputs, "id": id_, "expires_at": written}
    seen, changed = tokens.provider._compare(remote, tokens.check(tokens.case.inputs))
    assert (seen["expires_at"], changed) == ("2130-01-31T00:00:00Z", [])


@pytest.mark.parametrize(
    "written", ["", "soon", "2130-01-31", "2130-01-31T00:00:00", "0001-01-01T00:00:00+12:00"]
)
def test_an_expiry_that_is_no_moment_is_refused_at_preview(written: str) -> None:
    inputs = {**identity.ACCESS_TOKEN.least, "expires_at": written}
    ((name, reason),) = check(identity.ACCESS_TOKEN.inputs, inputs).failures
    assert name == "expires_at"
    assert "such as 2030-01-31T00:00:00Z" in reason


def test_no_token_is_in_an_error_or_on_the_console(tokens: Engine) -> None:
    process = rpc.ProviderProcess(settings(tokens.konnect))
    reference = rpc.reference(tokens.case.provider)
    try:
        inputs = process.check(reference, tokens.case.inputs).inputs
        id_, outputs = process.create(reference, inputs)
        assert process.read(reference, id_, outputs).outputs == outputs
        with pytest.raises(rpc.CallError) as again:
            process.create(reference, inputs)
        tokens.konnect.fault(method="PATCH", status=400)
        with pytest.raises(rpc.CallError) as refused:
            process.update(reference, id_, outputs, {**inputs, "name": "other"})
    finally:
        process.stop()
    assert outputs["token"].startswith("spat_")
    assert outputs["token"] not in f"{again.value} {refused.value} {process.printed}"
    assert process.printed == ""


# Accounts


def test_only_what_changed_of_an_account_is_sent(konnect: LocalKonnect) -> None:
    engine = Engine(konnect, identity.account(konnect))
    id_, outputs = engine.create()
    konnect.call("PATCH", f"{identity.ACCOUNTS}/{id_}", {"name": "renamed by hand"})
    engine.update(id_, outputs, engine.case.changed)
    (remote,) = engine.ours
    assert (remote["name"], remote["description"]) == ("renamed by hand", "Deploys everything")


def test_a_name_that_another_account_has_is_shown_at_once(konnect: LocalKonnect) -> None:
    identity.an_account(konnect, "taken")
    engine = Engine(konnect, identity.account(konnect))
    id_, outputs = engine.create()
    with pytest.raises(ConflictError, match="updating system account 'taken'"):
        engine.update(id_, outputs, {**engine.case.inputs, "name": "taken"})


def test_what_went_with_its_account_is_gone_and_deleted_already(tokens: Engine) -> None:
    id_, outputs = tokens.create()
    tokens.konnect.call("DELETE", f"{identity.ACCOUNTS}/{tokens.case.inputs['account_id']}")
    assert tokens.provider.read(id_, outputs).id is None
    tokens.provider.delete(id_, outputs)


# Roles


def test_a_role_is_found_among_others_that_differ_in_one_thing(roles: Engine) -> None:
    inputs = roles.case.inputs
    created = {
        roles.create({**inputs, **change})[0]
        for change in (
            {},
            {"role_name": "Viewer"},
            {"entity_id": "*"},
            {"entity_id": OTHER},
            {"entity_type_name": "Networks"},
            {"entity_region": "eu"},
            {"entity_region": "*"},
        )
    }
    assert len(created) == len(roles.ours) == 7
    konnect = roles.konnect
    konnect.requests.clear()
    for change in ({}, {"entity_region": "eu"}, {"entity_id": "*"}):
        assert roles.create({**inputs, **change})[0] in created
    assert konnect.writes == []


def test_another_role_takes_its_place_before_the_old_one_goes(roles: Engine) -> None:
    _, outputs = roles.create()
    result = roles.diff(outputs, {**roles.case.inputs, "role_name": "Admin"})
    assert (result.replaces, result.delete_before_replace) == (["role_name"], False)


def test_an_entity_is_the_same_in_small_letters(roles: Engine) -> None:
    _, outputs = roles.create()
    shouted = {**roles.case.inputs, "entity_id": roles.case.inputs["entity_id"].upper()}
    assert roles.diff(outputs, shouted).changes is False


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("role_name", "viewer", "Viewer"),
        ("entity_type_name", "Control Plane", "Control Planes"),
        ("entity_region", "us-east-1", "eu"),
        ("entity_id", "orders", "UUID"),
    ],
)
def test_what_is_no_role_of_konnects_is_refused_at_preview(
    name: str, value: str, word: str
) -> None:
    ((wrong, reason),) = check(identity.ROLE.inputs, {**identity.ROLE.least, name: value}).failures
    assert wrong == name
    assert word in reason


# Teams


def test_a_membership_that_was_ended_in_konnect_is_seen_and_made_again(member: Engine) -> None:
    """The Terraform provider never reads it."""
    id_, outputs = member.create()
    assert id_ == outputs["account_id"]
    team = outputs["team_id"]
    member.konnect.call("DELETE", f"/v3/teams/{team}/system-accounts/{id_}")
    assert member.provider.read(id_, outputs).id is None
    assert member.create()[0] == id_
    assert len(member.ours) == 1


@pytest.mark.parametrize(
    ("path", "name"), [("/v3/teams", "team_id"), (identity.ACCOUNTS, "account_id")]
)
def test_a_membership_is_gone_with_its_team_or_its_account(
    member: Engine, path: str, name: str
) -> None:
    id_, outputs = member.create()
    member.konnect.call("DELETE", f"{path}/{outputs[name]}")
    assert member.provider.read(id_, outputs).id is None
    member.provider.delete(id_, outputs)


def test_an_account_in_another_team_is_no_member_of_this_one(member: Engine) -> None:
    other = member.konnect.call("POST", "/v3/teams", {"name": "deployers"})["id"]
    id_, outputs = member.create(team_id=other)
    assert member.provider.read(id_, {**outputs, **member.case.inputs}).id is None
    member.create()
    member.provider.delete(id_, outputs)
    (left,) = member.ours
    assert left["team_id"] == member.case.inputs["team_id"]
