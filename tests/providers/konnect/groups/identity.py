"""System accounts, their tokens and roles."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.identity import (
    system_account,
    system_account_access_token,
    system_account_role,
    system_account_team,
)
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, OWNER, Example
from tests.providers.konnect.local_konnect import LocalKonnect

ACCOUNTS = "/v3/system-accounts"
ACCOUNT = "c4c8f6f5-0d5a-4f0d-8c39-5a1d3c1f7f10"

SYSTEM_ACCOUNT = Example(
    system_account.SystemAccountProvider,
    system_account.SystemAccount,
    full={
        "name": "orders-deployer",
        "description": "Deploys the orders platform",
        "konnect_managed": True,
        "adopt_existing_id": ACCOUNT,
    },
    least={"name": "orders-deployer", "description": ""},
    replaces={"konnect_managed": False},
    updates={"name": "orders-ci", "description": "Runs the tests of the orders platform"},
)

ACCESS_TOKEN = Example(
    system_account_access_token.SystemAccountAccessTokenProvider,
    system_account_access_token.SystemAccountAccessToken,
    full={
        "account_id": ACCOUNT,
        "name": "ci",
        "expires_at": "2130-01-31T00:00:00Z",
        "adopt_existing_id": f'{{"account_id": "{ACCOUNT}", "id": "{ENTITY}"}}',
    },
    least={"account_id": ACCOUNT, "name": "ci", "expires_at": "2130-01-31T00:00:00Z"},
    replaces={"account_id": OTHER, "expires_at": "2130-02-28T00:00:00Z"},
    updates={"name": "ci-2130"},
)

ROLE = Example(
    system_account_role.SystemAccountRoleProvider,
    system_account_role.SystemAccountRole,
    full={
        "account_id": ACCOUNT,
        "role_name": "Viewer",
        "entity_id": ENTITY,
        "entity_type_name": "Control Planes",
        "entity_region": "eu",
        "adopt_existing_id": f'{{"account_id": "{ACCOUNT}", "id": "{ENTITY}"}}',
    },
    least={
        "account_id": ACCOUNT,
        "role_name": "Network Creator",
        "entity_id": "*",
        "entity_type_name": "Networks",
        "entity_region": "*",
    },
    replaces={
        "account_id": OTHER,
        "role_name": "Admin",
        "entity_id": "*",
        "entity_type_name": "APIs",
        "entity_region": "*",
    },
)

TEAM = Example(
    system_account_team.SystemAccountTeamProvider,
    system_account_team.SystemAccountTeam,
    full={
        "account_id": ACCOUNT,
        "team_id": ENTITY,
        "adopt_existing_id": f'{{"account_id": "{ACCOUNT}", "team_id": "{ENTITY}"}}',
    },
    least={"account_id": ACCOUNT, "team_id": ENTITY},
    replaces={"account_id": OTHER, "team_id": OTHER},
)

EXAMPLES: tuple[Example, ...] = (SYSTEM_ACCOUNT, ACCESS_TOKEN, ROLE, TEAM)


def an_account(konnect: LocalKonnect, name: str = f"deployer-{OWNER.id}") -> str:
    """A system account, by its id."""
    return str(konnect.call("POST", ACCOUNTS, {"name": name, "description": ""})["id"])


def account(_: LocalKonnect) -> Case:
    """A system account."""
    return Case(
        SYSTEM_ACCOUNT.provider,
        "system-accounts",
        inputs={"name": f"deployer-{OWNER.id}", "description": "Deploys the orders platform"},
        change={"description": "Deploys everything"},
        fixed={"konnect_managed": True},
    )


def access_token(konnect: LocalKonnect) -> Case:
    """An access token."""
    account_id = an_account(konnect)
    return Case(
        ACCESS_TOKEN.provider,
        "access-tokens",
        inputs={"account_id": account_id, "name": "ci", "expires_at": "2130-01-31T00:00:00Z"},
        change={"name": "ci-2130"},
        fixed={"expires_at": "2130-02-28T00:00:00Z"},
        import_id=f'{{{{"account_id": "{account_id}", "id": "{{id}}"}}}}',
        shown_once=frozenset({"token"}),
    )


def role(konnect: LocalKonnect) -> Case:
    """The role of a deployer of one control plane."""
    account_id = an_account(konnect)
    return Case(
        ROLE.provider,
        f"system-accounts/{account_id}/assigned-roles",
        inputs={
            "account_id": account_id,
            "role_name": "Deployer",
            "entity_id": konnect.plane(),
            "entity_type_name": "Control Planes",
            "entity_region": "us",
        },
        change={},
        fixed={},
        import_id=f'{{{{"account_id": "{account_id}", "id": "{{id}}"}}}}',
    )


def team(konnect: LocalKonnect) -> Case:
    """A system account in a team."""
    team_id = str(konnect.call("POST", "/v3/teams", {"name": "deployers"})["id"])
    return Case(
        TEAM.provider,
        f"teams/{team_id}/system-accounts",
        inputs={"account_id": an_account(konnect), "team_id": team_id},
        change={},
        fixed={},
        import_id=f'{{{{"account_id": "{{id}}", "team_id": "{team_id}"}}}}',
        listed=True,
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "SystemAccount": account,
    "SystemAccountAccessToken": access_token,
    "SystemAccountRole": role,
    "SystemAccountTeam": team,
}
