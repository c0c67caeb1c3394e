"""System accounts: their names, their tokens that let programs in, their roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from sandbox.clock import rfc3339
from sandbox.store import Store
from tests.sandbox.konnect.client import PLANES, Json, Konnect
from tests.sandbox.konnect.conftest import Wall

ACCOUNTS = "/v3/system-accounts"
NOBODY = "00000000-0000-4000-8000-000000000000"
VIEWER = {
    "role_name": "Viewer",
    "entity_id": "18ee2573-dec0-4b83-be99-fa7700bcdc61",
    "entity_type_name": "Control Planes",
    "entity_region": "us",
}
As = Callable[[str], Konnect]


def created(konnect: Konnect, path: str, body: Json) -> Json:
    answer = konnect.post(path, body)
    assert answer.status == 201, answer.body
    found: Json = answer.body
    return found


def account(konnect: Konnect, name: str = "deployer", **fields: Any) -> str:
    """The path of a new system account."""
    body = created(konnect, ACCOUNTS, {"name": name, "description": "deploys", **fields})
    return f"{ACCOUNTS}/{body['id']}"


def admin_account(konnect: Konnect, name: str = "deployer") -> str:
    """The path of a new system account that has all roles."""
    path = account(konnect, name)
    teams = konnect.get("/v3/teams", **{"filter[name][eq]": "Organization Admin"}).body["data"]
    members = f"/v3/teams/{teams[0]['id']}/system-accounts"
    assert konnect.post(members, {"id": path.rsplit("/", 1)[1]}).status == 201
    return path


def token_body(konnect: Konnect, name: str = "ci", minutes: float = 60) -> Json:
    """A token that expires in ``minutes``."""
    return {"name": name, "expires_at": rfc3339(konnect.store.clock.wall() + minutes * 60)}


# Accounts


def test_an_account_is_created_changed_and_deleted(konnect: Konnect) -> None:
    path = account(konnect)
    before = konnect.read(path)
    assert (before["name"], before["description"]) == ("deployer", "deploys")
    assert before["konnect_managed"] is False
    konnect.wait(1)
    changed = konnect.patch(path, {"description": "deploys the gateway"})
    assert changed.status == 200
    after = konnect.read(path)
    assert after == changed.body
    assert (after["name"], after["description"]) == ("deployer", "deploys the gateway")
    assert after["created_at"] == before["created_at"] < after["updated_at"]
    assert konnect.delete(path).status == 204
    assert konnect.get(path).status == 404
    assert konnect.delete(path).status == 404


def test_a_name_is_unique_among_accounts(konnect: Konnect) -> None:
    first, second = account(konnect, "first"), account(konnect, "second")
    assert konnect.post(ACCOUNTS, {"name": "first", "description": ""}).status == 409
    assert konnect.patch(second, {"name": "first"}).status == 409
    assert konnect.patch(first, {"name": "first"}).status == 200
    konnect.delete(first)
    assert konnect.patch(second, {"name": "first"}).status == 200


@pytest.mark.parametrize(
    ("body", "invalid"),
    [
        ({}, {"name": "required", "description": "required"}),
        ({"name": "", "description": ""}, {"name": "min_length"}),
        ({"name": "a", "description": None}, {"description": "is_string"}),
        (
            {"name": "a", "description": "", "konnect_managed": "no"},
            {"konnect_managed": "is_boolean"},
        ),
    ],
)
def test_a_bad_account_is_a_400(konnect: Konnect, body: Json, invalid: dict[str, str]) -> None:
    answer = konnect.post(ACCOUNTS, body)
    assert (answer.status, answer.invalid) == (400, invalid)


def test_whether_konnect_manages_an_account_never_changes(konnect: Konnect) -> None:
    path = account(konnect, konnect_managed=True)
    assert konnect.patch(path, {"konnect_managed": False}).body["konnect_managed"] is True


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("filter[name][eq]", "one", ["one"]),
        ("filter[name][contains]", "o", ["one", "two"]),
        ("filter[description][contains]", "eploy", ["one", "two"]),
        ("filter[description][eq]", "eploy", []),
        ("filter[konnect_managed]", "true", ["two"]),
        ("filter[konnect_managed]", "false", ["one"]),
    ],
)
def test_accounts_are_filtered(konnect: Konnect, key: str, value: str, names: list[str]) -> None:
    account(konnect, "one")
    account(konnect, "two", konnect_managed=True)
    found = konnect.get(ACCOUNTS, **{key: value}).body["data"]
    assert [each["name"] for each in found] == names


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("filter[name][neq]", "a"),
        ("filter[name]", "a"),
        ("filter[konnect_managed]", "perhaps"),
        ("filter[konnect_managed][eq]", "true"),
        ("filter[id][eq]", NOBODY),
    ],
)
def test_a_filter_that_is_not_documented_is_a_400(konnect: Konnect, key: str, value: str) -> None:
    answer = konnect.get(ACCOUNTS, **{key: value})
    assert (answer.status, list(answer.invalid)) == (400, [key])


def test_accounts_and_tokens_are_paged(konnect: Konnect) -> None:
    path = account(konnect)
    for number in range(11):
        created(konnect, f"{path}/access-tokens", token_body(konnect, f"token {number}"))
        account(konnect, f"account {number}")
    second = {"page[number]": "2"}
    accounts = konnect.get(ACCOUNTS, **second).body
    assert accounts["meta"]["page"] == {"number": 2, "size": 10, "total": 12}
    assert [each["name"] for each in accounts["data"]] == ["account 9", "account 10"]
    tokens = konnect.get(f"{path}/access-tokens", **second).body
    assert tokens["meta"]["page"] == {"number": 2, "size": 10, "total": 11}
    assert [each["name"] for each in tokens["data"]] == ["token 10"]


# Access tokens


def test_a_token_is_shown_once_and_kept_nowhere(konnect: Konnect, store: Store) -> None:
    tokens = f"{account(konnect)}/access-tokens"
    wanted = token_body(konnect)
    shown = created(konnect, tokens, wanted)
    assert shown["token"].startswith("spat_")
    assert (shown["name"], shown["expires_at"]) == ("ci", wanted["expires_at"])
    kept = {name: value for name, value in shown.items() if name != "token"}
    assert konnect.read(f"{tokens}/{shown['id']}") == kept
    assert konnect.read(tokens)["data"] == [kept]
    secret = shown["token"].removeprefix("spat_")
    assert secret not in json.dumps(store.everything())
    assert secret not in json.dumps(konnect.admin("GET", "state"))


def test_a_token_lets_its_holder_in_until_it_expires_by_the_wall_clock(
    konnect: Konnect, holding: As, wall: Wall
) -> None:
    tokens = f"{admin_account(konnect)}/access-tokens"
    program = holding(created(konnect, tokens, token_body(konnect, minutes=60))["token"])
    assert program.get(PLANES).status == 200
    konnect.wait(24 * 60)
    assert program.get(PLANES).status == 200
    wall.seconds += 3599
    assert program.get(PLANES).status == 200
    wall.seconds += 1
    assert program.get(PLANES).status == 401


def test_a_token_lives_for_twelve_months_at_most(konnect: Konnect) -> None:
    tokens = f"{account(konnect)}/access-tokens"
    year = 366 * 24 * 60
    assert konnect.post(tokens, token_body(konnect, minutes=year)).status == 201
    refused = konnect.post(tokens, token_body(konnect, "long", minutes=year + 1))
    assert (refused.status, refused.invalid) == (400, {"expires_at": "invalid"})


def test_a_token_that_expired_before_it_was_made_lets_nobody_in(
    konnect: Konnect, holding: As
) -> None:
    tokens = f"{account(konnect)}/access-tokens"
    expired = created(konnect, tokens, token_body(konnect, minutes=-1))
    assert holding(expired["token"]).get(PLANES).status == 401


def test_a_token_lets_its_holder_in_until_it_is_deleted(konnect: Konnect, holding: As) -> None:
    tokens = f"{admin_account(konnect)}/access-tokens"
    token, other = (created(konnect, tokens, token_body(konnect, name)) for name in "ab")
    program, left_alone = holding(token["token"]), holding(other["token"])
    assert program.get(PLANES).status == 200
    assert program.delete(f"{tokens}/{token['id']}").status == 204
    assert program.get(PLANES).status == 401
    assert left_alone.get(PLANES).status == 200
    assert konnect.delete(f"{tokens}/{token['id']}").status == 404


def test_nothing_but_the_whole_token_as_a_bearer_lets_anybody_in(
    konnect: Konnect, holding: As
) -> None:
    token = created(konnect, f"{account(konnect)}/access-tokens", token_body(konnect))
    assert holding(token["id"]).get(PLANES).status == 401
    assert holding(token["token"].removeprefix("spat_")).get(PLANES).status == 401
    basic = {"Authorization": f"Basic {token['token']}"}
    assert konnect.call("GET", PLANES, headers=basic).status == 401


def test_a_token_tells_when_it_was_last_used(konnect: Konnect, holding: As, wall: Wall) -> None:
    tokens = f"{account(konnect)}/access-tokens"
    token = created(konnect, tokens, token_body(konnect))
    path = f"{tokens}/{token['id']}"
    assert "last_used_at" not in konnect.read(path)
    wall.seconds += 300
    holding(token["token"]).get(PLANES)
    wall.seconds += 300
    used = konnect.read(path)
    assert used["created_at"] < used["last_used_at"] < rfc3339(wall())
    assert used["updated_at"] == token["updated_at"]


def test_an_account_takes_its_tokens_and_no_others_with_it(konnect: Konnect, holding: As) -> None:
    going, staying = admin_account(konnect, "going"), admin_account(konnect, "staying")
    gone, left = (
        created(konnect, f"{path}/access-tokens", token_body(konnect)) for path in (going, staying)
    )
    konnect.delete(going)
    assert holding(gone["token"]).get(PLANES).status == 401
    assert holding(left["token"]).get(PLANES).status == 200
    assert konnect.get(f"{going}/access-tokens").status == 404
    assert konnect.get(f"{staying}/access-tokens/{gone['id']}").status == 404


def test_of_a_token_only_the_name_changes(konnect: Konnect, holding: As, wall: Wall) -> None:
    tokens = f"{admin_account(konnect)}/access-tokens"
    token = created(konnect, tokens, token_body(konnect))
    path = f"{tokens}/{token['id']}"
    wall.seconds += 60
    changed = konnect.patch(path, token_body(konnect, "renamed", minutes=999))
    assert changed.status == 200
    assert (changed.body["name"], changed.body["expires_at"]) == ("renamed", token["expires_at"])
    assert changed.body["updated_at"] > token["updated_at"]
    assert "token" not in changed.body
    assert holding(token["token"]).get(PLANES).status == 200
    assert konnect.patch(path, {}).invalid == {"name": "required"}


def test_the_name_of_a_token_is_unique_in_its_account(konnect: Konnect) -> None:
    tokens = f"{account(konnect, 'first')}/access-tokens"
    first = created(konnect, tokens, token_body(konnect, "a"))
    second = created(konnect, tokens, token_body(konnect, "b"))
    assert konnect.post(tokens, token_body(konnect, "a")).status == 409
    assert konnect.patch(f"{tokens}/{second['id']}", {"name": "a"}).status == 409
    assert konnect.patch(f"{tokens}/{first['id']}", {"name": "a"}).status == 200
    elsewhere = f"{account(konnect, 'second')}/access-tokens"
    assert konnect.post(elsewhere, token_body(konnect, "a")).status == 201


def test_a_token_is_found_under_its_own_account_only(konnect: Konnect) -> None:
    own, other = account(konnect, "own"), account(konnect, "other")
    id_ = created(konnect, f"{own}/access-tokens", token_body(konnect))["id"]
    path = f"{other}/access-tokens/{id_}"
    assert konnect.get(path).status == 404
    assert konnect.patch(path, {"name": "b"}).status == 404
    assert konnect.delete(path).status == 404
    assert konnect.get(f"{own}/access-tokens/{id_}").status == 200


@pytest.mark.parametrize(
    "expires_at",
    ["", "soon", "2030-01-01", "2030-01-01T00:00:00", "2030-13-01T00:00:00Z", "20300101T000000Z"],
)
def test_an_expiry_that_is_no_date_time_is_a_400(konnect: Konnect, expires_at: str) -> None:
    tokens = f"{account(konnect)}/access-tokens"
    answer = konnect.post(tokens, {"name": "ci", "expires_at": expires_at})
    assert (answer.status, answer.invalid) == (400, {"expires_at": "is_date_time"})
    assert konnect.post(tokens, {"name": "ci"}).invalid == {"expires_at": "required"}


def test_an_expiry_comes_back_as_the_same_moment_written_in_utc(
    konnect: Konnect, wall: Wall
) -> None:
    tokens = f"{account(konnect)}/access-tokens"
    wall.seconds = datetime.fromisoformat("2129-06-01T00:00:00Z").timestamp()
    wanted = "2130-01-01T01:30:00+02:00"
    shown = created(konnect, tokens, {"name": "ci", "expires_at": wanted})["expires_at"]
    assert shown == "2129-12-31T23:30:00.000Z"
    assert datetime.fromisoformat(shown) == datetime.fromisoformat(wanted)


@pytest.mark.parametrize(
    ("operator", "value", "names"), [("eq", "ab", ["ab"]), ("contains", "b", ["ab", "bc"])]
)
def test_tokens_are_filtered_by_name(
    konnect: Konnect, operator: str, value: str, names: list[str]
) -> None:
    tokens = f"{account(konnect)}/access-tokens"
    for name in ("ab", "bc", "cd"):
        created(konnect, tokens, token_body(konnect, name))
    found = konnect.get(tokens, **{f"filter[name][{operator}]": value}).body["data"]
    assert [each["name"] for each in found] == names


# Assigned roles


def test_a_role_is_assigned_and_taken_away(konnect: Konnect) -> None:
    roles = f"{account(konnect)}/assigned-roles"
    role = created(konnect, roles, VIEWER)
    assert VIEWER.items() <= role.items()
    assert konnect.read(f"{roles}/{role['id']}") == role
    assert konnect.read(roles)["data"] == [role]
    assert konnect.delete(f"{roles}/{role['id']}").status == 204
    assert konnect.get(f"{roles}/{role['id']}").status == 404
    assert konnect.delete(f"{roles}/{role['id']}").status == 404


def test_a_role_is_assigned_once(konnect: Konnect) -> None:
    roles = f"{account(konnect, 'first')}/assigned-roles"
    created(konnect, roles, VIEWER)
    assert konnect.post(roles, VIEWER).status == 409
    assert konnect.post(roles, {**VIEWER, "entity_region": "eu"}).status == 201
    assert konnect.post(f"{account(konnect, 'second')}/assigned-roles", VIEWER).status == 201


def test_a_role_may_be_about_every_entity_of_a_type(konnect: Konnect) -> None:
    roles = f"{account(konnect)}/assigned-roles"
    role = created(konnect, roles, {**VIEWER, "role_name": "Creator", "entity_id": "*"})
    assert role["entity_id"] == "*"


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("role_name", "viewer", "enum"),
        ("entity_type_name", "Services", "enum"),
        ("entity_region", "us-east-2", "enum"),
        ("entity_id", "prod", "is_uuid"),
    ],
)
def test_a_bad_role_is_a_400(konnect: Konnect, field: str, value: str, rule: str) -> None:
    roles = f"{account(konnect)}/assigned-roles"
    assert konnect.post(roles, {**VIEWER, field: value}).invalid == {field: rule}
    missing = {name: given for name, given in VIEWER.items() if name != field}
    assert konnect.post(roles, missing).invalid == {field: "required"}


def test_roles_are_listed_on_one_page(konnect: Konnect) -> None:
    roles = f"{account(konnect)}/assigned-roles"
    for number in range(12):
        created(konnect, roles, {**VIEWER, "entity_id": f"{NOBODY[:-2]}{number:02}"})
    listed = konnect.read(roles)
    assert listed["meta"]["page"] == {"number": 1, "size": 12, "total": 12}
    assert len(listed["data"]) == 12


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("filter[role_name][eq]", "Viewer", 1),
        ("filter[role_name]", "Admin", 1),
        ("filter[entity_id][eq]", VIEWER["entity_id"], 2),
        ("filter[entity_type_name][eq]", "Networks", 0),
    ],
)
def test_roles_are_filtered(konnect: Konnect, key: str, value: str, count: int) -> None:
    roles = f"{account(konnect)}/assigned-roles"
    for name in ("Viewer", "Admin"):
        created(konnect, roles, {**VIEWER, "role_name": name})
    assert len(konnect.get(roles, **{key: value}).body["data"]) == count
    assert konnect.get(roles, **{"filter[role_name][contains]": "V"}).status == 400


def test_an_account_takes_its_roles_with_it(konnect: Konnect, store: Store) -> None:
    path = account(konnect)
    role = created(konnect, f"{path}/assigned-roles", VIEWER)
    konnect.delete(path)
    assert konnect.get(f"{path}/assigned-roles").status == 404
    assert role["id"] not in json.dumps(store.everything())


@pytest.mark.parametrize("collection", ["access-tokens", "assigned-roles"])
def test_an_account_that_is_not_there_has_nothing(konnect: Konnect, collection: str) -> None:
    path = f"{ACCOUNTS}/{NOBODY}/{collection}"
    assert konnect.get(path).status == 404
    assert konnect.post(path, {"name": "ci", **VIEWER}).status == 404
    assert konnect.get(f"{path}/{NOBODY}").status == 404
