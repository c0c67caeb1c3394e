"""Organisations: each has its tokens and its objects, and sees nothing of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.konnect.tokens import DEFAULT_ORGANIZATION
from sandbox.store import Store
from tests.sandbox.konnect.client import (
    ADD_ONS,
    CONFIGURATIONS,
    GATEWAYS,
    NETWORKS,
    PLANES,
    Konnect,
    entities,
)

ME = "/v3/organizations/me"
As = Callable[..., Konnect]


@pytest.fixture
def other(konnect: Konnect, store: Store) -> Iterator[Konnect]:
    """A client that holds the token of another organisation."""
    token = konnect.admin("POST", "tokens", {"organization": "other"})["token"]
    client = Konnect(store, token)
    yield client
    client.close()


def test_a_token_tells_its_organisation(konnect: Konnect, other: Konnect) -> None:
    mine, theirs = konnect.read(ME), other.read(ME)
    assert (mine["name"], theirs["name"]) == (DEFAULT_ORGANIZATION, "other")
    assert mine["id"] != theirs["id"]
    assert mine["state"] == theirs["state"] == "active"


def test_two_tokens_of_one_organisation_see_the_same_objects(
    konnect: Konnect, other: Konnect, store: Store
) -> None:
    plane = other.plane()
    again = Konnect(store, konnect.admin("POST", "tokens", {"organization": "other"})["token"])
    assert again.read(ME) == other.read(ME)
    assert again.read(f"{PLANES}/{plane}")["id"] == plane
    again.close()


def test_a_token_without_an_organisation_is_the_default_one_s(
    konnect: Konnect, store: Store
) -> None:
    plane = konnect.plane()
    issued = konnect.admin("POST", "tokens", {})
    second = Konnect(store, issued["token"])
    assert second.read(f"{PLANES}/{plane}")["id"] == plane
    second.close()


def test_another_organisation_s_objects_are_404_to_read_update_and_delete(
    konnect: Konnect, other: Konnect
) -> None:
    plane, add_on = konnect.gateway_with_cache()
    (network,) = konnect.read(NETWORKS)["data"]
    (configuration,) = konnect.read(CONFIGURATIONS)["data"]
    service = konnect.post(entities(plane, "services"), {"name": "s", "host": "h.test"}).body
    account = konnect.post("/v3/system-accounts", {"name": "ci", "description": ""}).body
    for path, change in (
        (f"{PLANES}/{plane}", {"name": "renamed"}),
        (f"{NETWORKS}/{network['id']}", {"name": "renamed"}),
        (f"{ADD_ONS}/{add_on['id']}", konnect.add_on_body(plane, tier="large")),
        (f"{CONFIGURATIONS}/{configuration['id']}", None),
        (f"{entities(plane, 'services')}/{service['id']}", None),
        (f"/v3/system-accounts/{account['id']}", {"name": "renamed"}),
    ):
        before = konnect.read(path)
        assert other.get(path).status == 404
        if change is not None:
            assert other.patch(path, change).status == 404
            assert other.delete(path).status == 404
        assert konnect.read(path) == before
    assert other.put(CONFIGURATIONS, konnect.configuration_body(plane)).status == 404
    assert other.post(ADD_ONS, konnect.add_on_body(plane)).status == 404


def test_another_organisation_s_objects_are_in_no_list(konnect: Konnect, other: Konnect) -> None:
    konnect.gateway_with_cache()
    for path in (PLANES, NETWORKS, CONFIGURATIONS, ADD_ONS):
        assert len(konnect.read(path)["data"]) == 1
        assert other.read(path)["data"] == []


def test_a_name_may_be_taken_once_in_each_organisation(konnect: Konnect, other: Konnect) -> None:
    assert konnect.plane("prod") != other.plane("prod")
    assert other.post(PLANES, {"name": "prod"}).status == 409


def test_provider_accounts_are_an_organisation_s_own(konnect: Konnect, other: Konnect) -> None:
    accounts = f"{GATEWAYS}/provider-accounts"
    mine, theirs = konnect.read(accounts)["data"], other.read(accounts)["data"]
    assert {a["id"] for a in mine}.isdisjoint({a["id"] for a in theirs})
    assert other.get(f"{accounts}/{mine[0]['id']}").status == 404
    assert other.post(NETWORKS, konnect.network_body()).invalid == {
        "cloud_gateway_provider_account_id": "missing_reference"
    }


def test_time_passes_in_every_organisation(konnect: Konnect, other: Konnect) -> None:
    _, add_on = other.gateway_with_cache()
    assert add_on["state"] == "ready"
    assert konnect.read(ADD_ONS)["data"] == []


def test_a_token_of_an_organisation_ends_with_its_account(konnect: Konnect, store: Store) -> None:
    issued = konnect.admin("POST", "tokens", {"organization": "other"})
    holder = Konnect(store, issued["token"])
    assert konnect.delete(f"/v3/system-accounts/{issued['account']['id']}").status == 404
    assert holder.delete(f"/v3/system-accounts/{issued['account']['id']}").status == 204
    assert holder.get(PLANES).status == 401
    holder.close()
