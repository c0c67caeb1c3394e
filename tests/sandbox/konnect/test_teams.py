"""Teams: their names and labels, their roles, the system accounts in them."""

from __future__ import annotations

import json

import pytest

from sandbox.store import Store
from tests.sandbox.konnect.client import Json, Konnect

TEAMS = "/v3/teams"
ACCOUNTS = "/v3/system-accounts"
NOBODY = "00000000-0000-4000-8000-000000000000"
VIEWER = {
    "role_name": "Viewer",
    "entity_id": "18ee2573-dec0-4b83-be99-fa7700bcdc61",
    "entity_type_name": "Control Planes",
    "entity_region": "us",
}


def team(konnect: Konnect, name: str = "platform", **fields: object) -> str:
    """The path of a new team."""
    answer = konnect.post(TEAMS, {"name": name, **fields})
    assert answer.status == 201, answer.body
    return f"{TEAMS}/{answer.body['id']}"


def account(konnect: Konnect, name: str = "ci") -> str:
    """The id of a new system account."""
    return str(konnect.post(ACCOUNTS, {"name": name, "description": ""}).body["id"])


def predefined(konnect: Konnect, name: str = "Organization Admin") -> str:
    (found,) = konnect.get(TEAMS, **{"filter[name][eq]": name}).body["data"]
    return f"{TEAMS}/{found['id']}"


def test_a_team_is_created_changed_and_deleted(konnect: Konnect) -> None:
    path = team(konnect, description="builds", labels={"env": "test", "tier": "1"})
    before = konnect.read(path)
    assert (before["name"], before["description"]) == ("platform", "builds")
    assert before["system_team"] is False
    konnect.wait(1)
    changed = konnect.patch(path, {"name": "gateways", "labels": {"env": None, "tier": "2"}})
    assert changed.status == 200
    after = konnect.read(path)
    assert after == changed.body
    assert (after["name"], after["description"]) == ("gateways", "builds")
    assert after["labels"] == {"tier": "2"}
    assert after["created_at"] == before["created_at"] < after["updated_at"]
    assert konnect.delete(path).status == 204
    assert konnect.get(path).status == konnect.delete(path).status == 404


def test_two_teams_may_have_the_same_name(konnect: Konnect) -> None:
    assert team(konnect, "same") != team(konnect, "same")


@pytest.mark.parametrize(
    ("body", "invalid"),
    [
        ({}, {"name": "required"}),
        ({"name": ""}, {"name": "min_length"}),
        ({"name": "n" * 251}, {"name": "max_length"}),
        ({"name": "n", "description": ""}, {"description": "min_length"}),
        ({"name": "n", "labels": {"a": "-"}}, {"labels.a": "matches_regex"}),
        ({"name": "n", "labels": {"a": None}}, {"labels.a": "is_string"}),
    ],
)
def test_a_bad_team_is_a_400(konnect: Konnect, body: Json, invalid: dict[str, str]) -> None:
    answer = konnect.post(TEAMS, body)
    assert (answer.status, answer.invalid) == (400, invalid)


def test_predefined_teams_are_there_and_stay_as_they_are(konnect: Konnect) -> None:
    listed = konnect.read(TEAMS)["data"]
    assert {each["system_team"] for each in listed} == {True}
    path = predefined(konnect)
    for answer in (
        konnect.patch(path, {"name": "renamed"}),
        konnect.delete(path),
        konnect.post(f"{path}/assigned-roles", VIEWER),
    ):
        assert (answer.status, answer.invalid) == (400, {"teamId": "invalid"})
        assert "is predefined" in answer.body["invalid_parameters"][0]["reason"]


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("filter[name][eq]", "one", ["one"]),
        ("filter[name][contains]", "t", ["two", "three"]),
        ("filter[labels][env][eq]", "prod", ["two"]),
        ("filter[labels][env][contains]", "o", ["two"]),
        ("filter[labels][env][exists]", "true", ["one", "two"]),
    ],
)
def test_teams_are_filtered(konnect: Konnect, key: str, value: str, names: list[str]) -> None:
    team(konnect, "one", labels={"env": "test"})
    team(konnect, "two", labels={"env": "prod"})
    team(konnect, "three")
    found = konnect.get(TEAMS, **{key: value, "page[size]": "100"}).body["data"]
    assert [each["name"] for each in found if not each["system_team"]] == names


@pytest.mark.parametrize(
    ("key", "value"),
    [("filter[name][neq]", "a"), ("filter[description][eq]", "a"), ("filter[labels][a]", "b")],
)
def test_a_filter_that_is_not_documented_is_a_400(konnect: Konnect, key: str, value: str) -> None:
    answer = konnect.get(TEAMS, **{key: value})
    assert (answer.status, list(answer.invalid)) == (400, [key])


def test_teams_are_paged(konnect: Konnect) -> None:
    own = len(konnect.read(TEAMS)["data"])
    for number in range(12 - own):
        team(konnect, f"team {number}")
    page = konnect.get(TEAMS, **{"page[number]": "2"}).body
    assert page["meta"]["page"] == {"number": 2, "size": 10, "total": 12}
    assert len(page["data"]) == 2


def test_a_role_of_a_team_is_assigned_once_and_taken_away(konnect: Konnect) -> None:
    roles = f"{team(konnect)}/assigned-roles"
    made = konnect.post(roles, VIEWER)
    assert made.status == 201
    assert konnect.post(roles, VIEWER).status == 409
    assert konnect.read(roles)["data"] == [made.body]
    assert konnect.get(roles, **{"filter[role_name][eq]": "Admin"}).body["data"] == []
    path = f"{roles}/{made.body['id']}"
    assert konnect.read(path) == made.body
    assert konnect.delete(path).status == 204
    assert konnect.get(path).status == konnect.delete(path).status == 404


def test_system_accounts_join_and_leave_a_team(konnect: Konnect) -> None:
    path, id_ = team(konnect), account(konnect)
    members = f"{path}/system-accounts"
    assert konnect.post(members, {"id": id_}).status == 201
    assert konnect.post(members, {"id": id_}).status == 409
    assert [each["id"] for each in konnect.read(members)["data"]] == [id_]
    (of_account,) = konnect.read(f"{ACCOUNTS}/{id_}/teams")["data"]
    assert of_account == konnect.read(path)
    assert konnect.delete(f"{members}/{id_}").status == 204
    assert konnect.delete(f"{members}/{id_}").status == 404
    assert konnect.read(members)["data"] == konnect.read(f"{ACCOUNTS}/{id_}/teams")["data"] == []


def test_members_are_filtered_by_name(konnect: Konnect) -> None:
    members = f"{team(konnect)}/system-accounts"
    for name in ("ab", "bc"):
        konnect.post(members, {"id": account(konnect, name)})
    found = konnect.get(members, **{"filter[name][contains]": "a"}).body["data"]
    assert [each["name"] for each in found] == ["ab"]
    assert konnect.post(members, {}).invalid == {"id": "required"}


def test_nobody_joins_a_team_that_is_not_there_or_without_being_there(konnect: Konnect) -> None:
    members = f"{team(konnect)}/system-accounts"
    assert konnect.post(members, {"id": NOBODY}).status == 404
    nowhere = f"{TEAMS}/{NOBODY}/system-accounts"
    assert konnect.get(nowhere).status == 404
    assert konnect.post(nowhere, {"id": account(konnect)}).status == 404


def test_a_team_and_an_account_take_their_memberships_with_them(
    konnect: Konnect, store: Store
) -> None:
    first, second = team(konnect, "first"), team(konnect, "second")
    going, staying = account(konnect, "going"), account(konnect, "staying")
    for path in (first, second):
        for id_ in (going, staying):
            konnect.post(f"{path}/system-accounts", {"id": id_})
    konnect.delete(f"{ACCOUNTS}/{going}")
    konnect.delete(first)
    left = konnect.read(f"{second}/system-accounts")["data"]
    assert [each["id"] for each in left] == [staying]
    assert len(konnect.read(f"{ACCOUNTS}/{staying}/teams")["data"]) == 1
    assert going not in json.dumps(store.everything())
