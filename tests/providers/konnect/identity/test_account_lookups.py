"""Look-ups of system accounts and teams, against the simulated Konnect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from providers import konnect as library
from providers.base.errors import ConfigurationError, ProviderError
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.scripted import TOKEN


@pytest.fixture
def connection(konnect: LocalKonnect) -> library.Connection:
    return library.Connection(konnect.url, TOKEN)


def account(konnect: LocalKonnect, name: str, **body: Any) -> str:
    made = konnect.call("POST", "/v3/system-accounts", {"name": name, "description": "", **body})
    return str(made["id"])


def team(konnect: LocalKonnect, name: str, **body: Any) -> str:
    return str(konnect.call("POST", "/v3/teams", {"name": name, **body})["id"])


def test_system_accounts_are_filtered_by_konnect(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    ci = account(konnect, "ci", description="builds")
    own = account(konnect, "own", konnect_managed=True)
    found = library.get_system_accounts(connection)
    assert [(item.id, item.name, item.description) for item in found] == [
        (ci, "ci", "builds"),
        (own, "own", ""),
    ]
    assert found[0].created_at == found[0].updated_at != ""

    def ids(**filters: Any) -> list[str]:
        return [item.id for item in library.get_system_accounts(connection, **filters)]

    assert ids(name="ci") == ids(description="builds") == ids(konnect_managed=False) == [ci]
    assert ids(konnect_managed=True) == [own]
    assert ids(name="ci", konnect_managed=True) == []


def test_a_system_account_is_found_by_its_name_or_its_id(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    account(konnect, "ci-2")
    wanted = account(konnect, "ci")
    assert library.get_system_account(connection, name="ci").id == wanted
    assert library.get_system_account(connection, id=wanted).name == "ci"


def test_teams_are_found_with_those_that_konnect_predefines(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    deployers = team(konnect, "deployers", description="They deploy", labels={"env": "prod"})
    found = {item.name: item for item in library.get_teams(connection)}
    assert found["Organization Admin"].system_team is True
    own = found["deployers"]
    assert (own.id, own.description, own.system_team) == (deployers, "They deploy", False)
    assert own.labels == {"env": "prod"}
    assert [item.id for item in library.get_teams(connection, name="deployers")] == [deployers]


def test_a_team_is_found_by_its_name_or_its_id(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    wanted = team(konnect, "deployers")
    team(konnect, "deployers-2")
    assert library.get_team(connection, name="deployers").id == wanted
    assert library.get_team(connection, id=wanted).name == "deployers"


def test_two_teams_of_one_name_are_told_by_id(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    ids = sorted([team(konnect, "deployers"), team(konnect, "deployers")])
    both = rf"deployers \({ids[0]}\), deployers \({ids[1]}\)"
    with pytest.raises(ProviderError, match=f"more than one team .* 'deployers': {both}"):
        library.get_team(connection, name="deployers")
    assert len(library.get_teams(connection, name="deployers")) == 2


LOOKS: dict[str, Callable[..., Any]] = {
    "system account": library.get_system_account,
    "team": library.get_team,
}


@pytest.mark.parametrize(("noun", "look"), LOOKS.items(), ids=LOOKS)
def test_what_is_not_there_is_told_with_what_is(
    konnect: LocalKonnect, connection: library.Connection, noun: str, look: Callable[..., Any]
) -> None:
    make = account if noun == "system account" else team
    id_ = make(konnect, "sales")
    with pytest.raises(ProviderError, match=rf"no {noun} with the name 'x'; .*sales \({id_}\)"):
        look(connection, name="x")
    with pytest.raises(ProviderError, match=f"no {noun} with the id x; there are: "):
        look(connection, id="x")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("key", [{}, {"name": "a", "id": "b"}])
def test_an_object_is_asked_for_by_one_thing(
    konnect: LocalKonnect,
    connection: library.Connection,
    look: Callable[..., Any],
    key: dict[str, str],
) -> None:
    with pytest.raises(ConfigurationError, match="by its name or by its id: give one"):
        look(connection, **key)
    assert konnect.requests == []
