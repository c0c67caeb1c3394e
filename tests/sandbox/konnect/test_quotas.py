"""Quotas and resource configurations, as the API shows them."""

from __future__ import annotations

from tests.sandbox.konnect.client import GATEWAYS, Json, Konnect


def by(konnect: Konnect, collection: str, key: str) -> dict[str, Json]:
    listed = konnect.get(f"{GATEWAYS}/{collection}").body["data"]
    return {item[key]: item for item in listed}


def test_an_override_shows_beside_its_default_and_by_itself(konnect: Konnect) -> None:
    assert by(konnect, "resource-quotas", "resource") == {}
    name = "count/networks.not-offline"
    konnect.admin("PUT", "quotas", {name: 3})
    default = by(konnect, "default-resource-quotas", "resource")[name]
    (override,) = default["overrides"]
    assert (override["value"], default["value"]) == (3, 100)
    assert konnect.read(f"{GATEWAYS}/resource-quotas/{override['id']}") == override
    assert by(konnect, "resource-quotas", "resource") == {name: override}
    konnect.admin("PUT", "quotas", {name: None})
    assert konnect.get(f"{GATEWAYS}/resource-quotas/{override['id']}").status == 404


def test_the_idle_timeout_is_a_resource_configuration(konnect: Konnect) -> None:
    name = "data-plane-group-idle-timeout-minutes"
    default = by(konnect, "default-resource-configurations", "qualifier")[name]
    assert (default["value"], default["overrides"]) == (45, [])
    konnect.admin("PUT", "quotas", {name: 60})
    override = by(konnect, "resource-configurations", "qualifier")[name]
    assert konnect.read(f"{GATEWAYS}/resource-configurations/{override['id']}")["value"] == 60


def test_provider_accounts_are_kongs_one_per_cloud(konnect: Konnect) -> None:
    accounts = by(konnect, "provider-accounts", "provider")
    assert accounts["aws"]["provider_account_id"] == "444455556666"
    assert set(accounts) == {"aws", "azure", "gcp"}
    path = f"{GATEWAYS}/provider-accounts"
    assert konnect.read(f"{path}/{accounts['gcp']['id']}") == accounts["gcp"]
    (azure,) = konnect.get(path, **{"filter[provider][eq]": "azure"}).body["data"]
    assert azure == accounts["azure"]
    assert konnect.get(f"{path}/prod").status == 404


def test_a_page_past_the_end_is_empty(konnect: Konnect) -> None:
    answer = konnect.get(f"{GATEWAYS}/provider-accounts", **{"page[number]": "2"})
    assert answer.body["data"] == []
    assert answer.body["meta"]["page"] == {"number": 2, "size": 10, "total": 3}
