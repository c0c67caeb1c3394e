"""Teams: groups of accounts that share roles. The only members here are system accounts.

Users are not simulated. The predefined teams always exist and cannot be updated or deleted,
and their members' roles are fixed. Two teams may have the same name, as the document says.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field
from starlette.datastructures import QueryParams
from starlette.responses import Response

from sandbox.clock import rfc3339
from sandbox.http import filters
from sandbox.http.bodies import Open, Uuid, parse
from sandbox.http.problems import Refusal, conflict, invalid, not_found, parameter
from sandbox.http.routing import Router
from sandbox.konnect import access, paging, records, role_catalogue, roles
from sandbox.konnect.access import Grant
from sandbox.store import Body, Store

MAXIMUM_LABELS = 50
_SINCE = "2024-01-15T09:00:00.000Z"
_PREDEFINED = {
    "Analytics Admin": tuple(
        Grant(role, kind)
        for kind in (access.DASHBOARDS, access.REPORTS)
        for role in ("Admin", "Creator")
    ),
    "Analytics Viewer": (
        Grant("Viewer", access.DASHBOARDS),
        Grant("Viewer", access.REPORTS),
    ),
    "API Product Admin": (),
    "API Product Developer": (),
    "Control Plane Admin": (
        Grant("Creator", access.CONTROL_PLANES),
        Grant("Admin", access.CONTROL_PLANES),
    ),
    access.ORGANIZATION_ADMIN: access.OWNER,
    access.READ_ONLY_ADMIN: (Grant(access.READ_ONLY_ADMIN),),
    "Portal Admin": (),
}
"""Name -> the grants of the team's members, as far as Konnect is simulated."""

LabelValue = Annotated[
    str,
    Field(min_length=1, max_length=63, pattern=r"^[a-z0-9A-Z]{1}([a-z0-9A-Z-._]*[a-z0-9A-Z]+)?$"),
]
Name = Annotated[str, Field(min_length=1, max_length=250)]


class CreateTeam(Open):
    """Body of ``create-team``."""

    name: Name
    description: Name | None = None
    labels: Annotated[dict[str, LabelValue], Field(max_length=MAXIMUM_LABELS)] = Field(
        default_factory=dict
    )


class UpdateTeam(Open):
    """Body of ``update-team``; an absent property is not changed, a null label is deleted."""

    name: Name = "-"
    description: Name = "-"
    labels: Annotated[dict[str, LabelValue | None], Field(max_length=MAXIMUM_LABELS)] | None = None


class AddAccount(Open):
    """Body of ``post-teams-teamId-system-accounts``.

    The document does not require ``id``, but without it there is no account to add.
    """

    id: Uuid


router = Router()

_TEAM = "/teams/{team_id}"
_ROLES = _TEAM + "/assigned-roles"
_MEMBERS = _TEAM + "/system-accounts"
_TEXT = filters.Filter(("eq", "contains"))
_LABEL_FILTER = re.compile(r"filter\[labels\]\[([^\[\]]+)\]\[(eq|contains|exists)\]")


def _predefined(store: Store) -> list[Body]:
    return [
        {
            "id": records.fixed_id(f"{store.tenant}team/{name}"),
            "name": name,
            "description": None,
            "system_team": True,
            "labels": {},
            "created_at": _SINCE,
            "updated_at": _SINCE,
        }
        for name in _PREDEFINED
    ]


def _every(store: Store) -> list[Body]:
    return [*_predefined(store), *records.every(store, records.TEAMS)]


def _find(store: Store, id_: str) -> Body:
    for team in _every(store):
        if team["id"] == id_.lower():
            return team
    raise not_found()


def _find_custom(store: Store, id_: str) -> Body:
    """The custom team with this id; a 400 for a predefined team, a 404 for an unknown id."""
    team = _find(store, id_)
    if team["system_team"]:
        reason = f"team '{team['name']}' is predefined and cannot be changed or deleted"
        raise Refusal(400, parameters=[parameter("teamId", "invalid", reason, source="path")])
    return team


def _members_kind(team_id: str) -> str:
    return f"{records.TEAMS}/{team_id}/system-accounts"


def _add(store: Store, team_id: str, account_id: str) -> None:
    member = {"team_id": team_id, "account_id": account_id}
    store.put(records.CLOUD, _members_kind(team_id), account_id, member)


def of_account(store: Store, account_id: str) -> list[Body]:
    """The teams of a system account."""
    return [
        team
        for team in _every(store)
        if store.get(records.CLOUD, _members_kind(team["id"]), account_id) is not None
    ]


def join(store: Store, name: str, account_id: str) -> None:
    """Add a system account to the predefined team of that name."""
    team = next(team for team in _predefined(store) if team["name"] == name)
    _add(store, team["id"], account_id)


def leave_all(store: Store, account_id: str) -> None:
    """Delete all team memberships of a system account."""
    for team in _every(store):
        store.delete(records.CLOUD, _members_kind(team["id"]), account_id)


def grants(store: Store, account_id: str) -> tuple[Grant, ...]:
    """The grants of a system account's own roles and of its teams."""
    found = roles.grants(store, roles.kind_of(records.SYSTEM_ACCOUNTS, account_id))
    for team in of_account(store, account_id):
        if team["system_team"]:
            found += _PREDEFINED[team["name"]]
        else:
            found += roles.grants(store, roles.kind_of(records.TEAMS, team["id"]))
    return tuple(found)


@router.get("/roles")
def get_predefined_roles() -> Body:
    """``get-predefined-roles``."""
    return role_catalogue.document()


@router.get("/teams")
def list_teams(store: Store, query: QueryParams) -> Body:
    """``list-teams``: the predefined teams first."""
    teams, rest = _every(store), []
    for key, value in query.multi_items():
        match = _LABEL_FILTER.fullmatch(key)
        if match is None:
            rest.append((key, value))
        else:
            teams = [team for team in teams if _labelled(team, match[1], match[2], value, key)]
    tests = filters.read(rest, {"name": _TEXT})
    return paging.numbered(query, filters.select(teams, tests))


def _labelled(team: Body, label: str, operator: str, value: str, key: str) -> bool:
    held = team["labels"].get(label)
    if operator != "exists":
        return filters.passes(team["labels"], (label, operator, value))
    if value not in ("true", "false"):
        raise invalid(key, "is_boolean", f'"{key}" must be true or false', source="query")
    return (held is not None) is (value == "true")


@router.post("/teams", status=201)
def create_team(store: Store, raw: bytes) -> Body:
    """``create-team``."""
    body = parse(CreateTeam, raw)
    stamp = rfc3339(store.clock.now())
    team: Body = {
        "id": records.new_id(store, records.TEAMS),
        **body.model_dump(),
        "system_team": False,
        "created_at": stamp,
        "updated_at": stamp,
    }
    records.save(store, records.TEAMS, team)
    return team


@router.get(_TEAM)
def get_team(store: Store, team_id: str) -> Body:
    """``get-team``."""
    return _find(store, team_id)


@router.patch(_TEAM)
def update_team(store: Store, team_id: str, raw: bytes) -> Body:
    """``update-team``."""
    team = _find_custom(store, team_id)
    changes: dict[str, Any] = parse(UpdateTeam, raw).model_dump(exclude_unset=True)
    labels = {**team["labels"], **(changes.pop("labels", None) or {})}
    team.update(changes, updated_at=rfc3339(store.clock.now()))
    team["labels"] = {key: value for key, value in labels.items() if value is not None}
    records.save(store, records.TEAMS, team)
    return team


@router.delete(_TEAM)
def delete_team(store: Store, team_id: str) -> None:
    """``delete-team``: also deletes its roles and memberships."""
    team = _find_custom(store, team_id)
    store.delete_kinds(records.CLOUD, f"{records.TEAMS}/{team['id']}/")
    records.remove(store, records.TEAMS, team)


# Assigned roles


def _roles_kind(store: Store, team_id: str) -> str:
    return roles.kind_of(records.TEAMS, _find(store, team_id)["id"])


@router.get(_ROLES)
def list_team_roles(store: Store, team_id: str, query: QueryParams) -> Body:
    """``list-team-roles``."""
    kind = _roles_kind(store, team_id)
    return roles.listed(store, kind, query.multi_items(), "role_name", "entity_type_name")


@router.post(_ROLES, status=201)
def assign_team_role(store: Store, team_id: str, raw: bytes) -> Body:
    """``teams-assign-role``."""
    return roles.assign_from(
        store, roles.kind_of(records.TEAMS, _find_custom(store, team_id)["id"]), raw
    )


@router.get(_ROLES + "/{role_id}")
def get_team_role(store: Store, team_id: str, role_id: str) -> Body:
    """``get-team-role``."""
    return records.find(store, _roles_kind(store, team_id), role_id)


@router.delete(_ROLES + "/{role_id}")
def delete_team_role(store: Store, team_id: str, role_id: str) -> None:
    """``teams-remove-role``."""
    roles.unassign(store, _roles_kind(store, team_id), role_id)


# Members


@router.get(_MEMBERS)
def list_team_accounts(store: Store, team_id: str, query: QueryParams) -> Body:
    """``get-teams-teamId-system-accounts``."""
    kind = _members_kind(_find(store, team_id)["id"])
    accounts = [
        records.find(store, records.SYSTEM_ACCOUNTS, id_)
        for id_, _ in store.list(records.CLOUD, kind)
    ]
    tests = filters.read(query.multi_items(), {"name": _TEXT})
    return paging.numbered(query, filters.select(accounts, tests))


@router.post(_MEMBERS)
def add_account_to_team(store: Store, team_id: str, raw: bytes) -> Response:
    """``post-teams-teamId-system-accounts``: 201 without a body."""
    team = _find(store, team_id)
    account = records.find(store, records.SYSTEM_ACCOUNTS, parse(AddAccount, raw).id)
    if store.get(records.CLOUD, _members_kind(team["id"]), account["id"]) is not None:
        raise conflict("System account is already a member of the team.")
    _add(store, team["id"], account["id"])
    return Response(status_code=201)


@router.delete(_MEMBERS + "/{account_id}")
def remove_account_from_team(store: Store, team_id: str, account_id: str) -> None:
    """``delete-teams-teamId-system-accounts-accountId``."""
    kind = _members_kind(_find(store, team_id)["id"])
    if not store.delete(records.CLOUD, kind, account_id.lower()):
        raise not_found()
