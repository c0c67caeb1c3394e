"""Members of teams: one system account in one team, `/v3/teams/{team_id}/system-accounts`.

Konnect has no object for a membership and answers the create without a body. A membership exists
when the account's list of teams has the team. Its id is the account's.
"""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.errors import NotFoundError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Props
from providers.konnect.client import Client
from providers.konnect.identity.system_account import (
    PATH,
    AccountPartInputs,
    AccountPartProvider,
)
from providers.konnect.resource import KonnectResource


class SystemAccountTeamInputs(AccountPartInputs):
    """The inputs of a membership: a team and a system account, each by id."""

    team_id: Annotated[str, IMMUTABLE, Field(min_length=1)]


class SystemAccountTeamProvider(AccountPartProvider[SystemAccountTeamInputs]):
    """Create, read and delete of a membership. Nothing of it can change."""

    Inputs = SystemAccountTeamInputs
    noun = "team membership"
    root = "/v3/"
    segment = "teams/{team_id}/system-accounts"
    natural_key = ("account_id", "team_id")
    imported_by = "account_id"
    outputs = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Both ids: no response names either."""
        return self.natural_key

    def called(self, inputs: SystemAccountTeamInputs) -> str:
        """The membership in messages, by both ids."""
        return f"system account {inputs.account_id} in team {inputs.team_id}"

    def body(self, inputs: SystemAccountTeamInputs) -> Json:
        return {"id": inputs.account_id}

    def find(self, client: Client, inputs: SystemAccountTeamInputs) -> Json | None:
        """Look in the account's teams, of which there are fewer than members in a team."""
        action = f"looking for {self.called(inputs)}"
        teams = client.list_all(f"{PATH}/{inputs.account_id}/teams", action)
        if all(team["id"] != inputs.team_id for team in teams):
            return None
        return self.answered({}, model.dump(inputs))

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        wanted = {"team_id": props["team_id"], "account_id": id_}
        inputs = self.Inputs.model_validate(wanted)
        remote = self.find(client, inputs)
        if remote is None:
            raise NotFoundError(f"reading {self.called(inputs)}", 404, "Not Found")
        return remote

    def id_of(self, remote: Json) -> str:
        return str(remote["account_id"])


class SystemAccountTeam(KonnectResource, module="konnect", name="SystemAccountTeam"):
    """`konnect_system_account_team`. Source: `/v3/teams/{team_id}/system-accounts`.

    ``account_id`` and ``team_id`` are ids, not names; a change of either replaces the membership.
    The account has the roles of the team as long as it is a member.
    """

    account_id: pulumi.Output[str]
    team_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        account_id: pulumi.Input[str],
        team_id: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SystemAccountTeamProvider(), resource_name, locals(), opts)
