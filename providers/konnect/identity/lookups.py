"""Look-ups of system accounts, their access tokens, and teams.

They are read each time: the same program may change them.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from providers.base.errors import ConfigurationError
from providers.base.model import Returned
from providers.konnect.client import Connection, client_for
from providers.konnect.identity.system_account import PATH
from providers.konnect.lookup_forms import looked_up, only
from providers.konnect.provider import Provider


class Account(Returned):
    """A system account. ``konnect_managed`` ones belong to Konnect. Times are RFC 3339."""

    id: str
    name: str
    description: str = ""
    konnect_managed: bool = False
    created_at: str = ""
    updated_at: str = ""


class Team(Returned):
    """A team. Konnect predefines a ``system_team``, such as Organization Admin."""

    id: str
    name: str
    description: str | None = None
    system_team: bool = False
    labels: Mapping[str, str] = {}
    created_at: str = ""
    updated_at: str = ""


class AccessToken(Returned):
    """An access token of a system account, without the token itself.

    ``last_used_at`` is None until its first use. Times are RFC 3339.
    """

    id: str
    name: str
    expires_at: str
    last_used_at: str | None = None
    created_at: str = ""
    updated_at: str = ""


def get_system_accounts(
    connection: Connection,
    *,
    name: str | None = None,
    description: str | None = None,
    konnect_managed: bool | None = None,
) -> tuple[Account, ...]:
    """The system accounts of the organisation that match every given filter.

    Source: `/v3/system-accounts`.
    """
    query: dict[str, str] = {}
    if name is not None:
        query["filter[name][eq]"] = name
    if description is not None:
        query["filter[description][eq]"] = description
    if konnect_managed is not None:
        query["filter[konnect_managed]"] = str(konnect_managed).lower()
    found = client_for(connection).list_all(PATH, "listing system accounts", query)
    return tuple(Account.model_validate(item) for item in found)


def get_system_accounts_output(
    *,
    name: pulumi.Input[str] | None = None,
    description: pulumi.Input[str] | None = None,
    konnect_managed: pulumi.Input[bool] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[tuple[Account, ...]]:
    """The system accounts of the provider's organisation that match every given filter."""
    return looked_up(
        get_system_accounts,
        provider,
        name=name,
        description=description,
        konnect_managed=konnect_managed,
    )


def get_system_account(
    connection: Connection, *, name: str | None = None, id: str | None = None
) -> Account:
    """The system account with a name or an id. Names are unique in an organisation.

    Raises ProviderError unless there is exactly one, ConfigurationError unless exactly one of
    ``name`` and ``id`` is given.
    """
    if (name is None) == (id is None):
        raise ConfigurationError("a system account is looked up by its name or by its id: give one")
    there = get_system_accounts(connection)
    found = [item for item in there if item.name == name or item.id == id]
    key = f"id {id}" if name is None else f"name {name!r}"
    return only(found, f"system account with the {key}", there)


def get_system_account_output(
    *,
    name: pulumi.Input[str] | None = None,
    id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Account]:
    """The system account of the provider's organisation with a name or an id."""
    return looked_up(get_system_account, provider, name=name, id=id)


def get_system_account_access_tokens(
    connection: Connection, *, account_id: str
) -> tuple[AccessToken, ...]:
    """The tokens of a system account, with their last use.

    Source: `/v3/system-accounts/{account_id}/access-tokens`.
    """
    path = f"{PATH}/{account_id}/access-tokens"
    action = f"listing the access tokens of system account {account_id}"
    found = client_for(connection).list_all(path, action)
    return tuple(AccessToken.model_validate(item) for item in found)


def get_system_account_access_tokens_output(
    *, account_id: pulumi.Input[str], provider: Provider | None = None
) -> pulumi.Output[tuple[AccessToken, ...]]:
    """The tokens of a system account of the provider's organisation."""
    return looked_up(get_system_account_access_tokens, provider, account_id=account_id)


def get_teams(connection: Connection, *, name: str | None = None) -> tuple[Team, ...]:
    """The teams of the organisation, predefined ones included. Source: `/v3/teams`.

    ``name`` selects the teams with this name: two teams may have the same.
    """
    query = {} if name is None else {"filter[name][eq]": name}
    found = client_for(connection).list_all("/v3/teams", "listing teams", query)
    return tuple(Team.model_validate(item) for item in found)


def get_teams_output(
    *, name: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[tuple[Team, ...]]:
    """The teams of the provider's organisation."""
    return looked_up(get_teams, provider, name=name)


def get_team(connection: Connection, *, name: str | None = None, id: str | None = None) -> Team:
    """The team with a name or an id.

    Raises ProviderError unless there is exactly one, ConfigurationError unless exactly one of
    ``name`` and ``id`` is given.
    """
    if (name is None) == (id is None):
        raise ConfigurationError("a team is looked up by its name or by its id: give one")
    there = get_teams(connection)
    found = [item for item in there if item.name == name or item.id == id]
    key = f"id {id}" if name is None else f"name {name!r}"
    return only(found, f"team with the {key}", there)


def get_team_output(
    *,
    name: pulumi.Input[str] | None = None,
    id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Team]:
    """The team of the provider's organisation with a name or an id."""
    return looked_up(get_team, provider, name=name, id=id)
