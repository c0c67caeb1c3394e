"""Kong's link to a private DNS zone, against what the customer created."""

from __future__ import annotations

import pytest

from sandbox.accounts import (
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    KONG_AZURE_SUBSCRIPTION,
)
from sandbox.clouds.declare import CloudError
from sandbox.handshakes import azure_private_dns
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused
from tests.sandbox.handshakes.azure import grant

PLACE = {
    "subscription_id": CUSTOMER_AZURE_SUBSCRIPTION,
    "resource_group_name": "g",
    "zone_name": "acme.internal",
    "link_name": "kong",
}


def zone_in(azure: Provider, group: str) -> Made:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName=group, location="westeurope")
    return azure.create(
        tokens.PRIVATE_ZONE,
        resourceGroupName=group,
        privateZoneName="acme.internal",
        location="global",
    )


@pytest.fixture
def zone(azure: Provider) -> Made:
    return zone_in(azure, "g")


def problem(store: Store, **changed: str) -> str | None:
    with store.transaction():
        place = {"tenant_id": CUSTOMER_AZURE_TENANT, **PLACE, **changed}
        return azure_private_dns.missing(store, **place)


def link(store: Store, kong: str = "kong", **changed: str) -> str:
    with store.transaction():
        return azure_private_dns.open_(
            store, kong_vnet_id=f"/subscriptions/k/virtualNetworks/{kong}", **{**PLACE, **changed}
        )


def test_kong_needs_a_role_on_the_zone(azure: Provider, store: Store, zone: Made) -> None:
    grant(azure, zone.id, *azure_private_dns.ZONE_ACTIONS[:-1])
    assert f"lacks {azure_private_dns.ZONE_ACTIONS[-1]} on {zone.id}" in str(problem(store))
    grant(azure, f"{zone.id.rsplit('/', 4)[0]}", "Microsoft.Network/privateDnsZones/*")
    assert problem(store) is None


def test_a_role_on_the_zone_of_another_group_does_not_count(
    azure: Provider, store: Store, zone: Made
) -> None:
    grant(azure, zone_in(azure, "other").id, *azure_private_dns.ZONE_ACTIONS)
    assert "lacks" in str(problem(store))
    assert problem(store, resource_group_name="other") is None


def test_a_zone_or_tenant_that_does_not_exist_is_named(store: Store, zone: Made) -> None:
    assert "privateDnsZones/b.internal does not exist" in str(
        problem(store, zone_name="b.internal")
    )
    assert "g2/providers" in str(problem(store, resource_group_name="g2"))
    assert "no consent in tenant another" in str(problem(store, tenant_id="another"))
    kongs = problem(store, subscription_id=KONG_AZURE_SUBSCRIPTION)
    assert "does not exist" in str(kongs)


def test_the_name_of_the_link_must_be_new(azure: Provider, store: Store, zone: Made) -> None:
    grant(azure, zone.id, *azure_private_dns.ZONE_ACTIONS)
    made = link(store)
    assert f"{made} exists already: peer_vnet_link_name" in str(problem(store))
    assert problem(store, link_name="kong-2") is None


def test_kongs_network_is_linked_once_to_zones_of_one_name(
    azure: Provider, store: Store, zone: Made
) -> None:
    zone_in(azure, "other")
    link(store)
    with pytest.raises(CloudError, match="overlapping namespaces"):
        link(store, resource_group_name="other", link_name="kong-2")
    assert link(store, kong="kong-2", link_name="kong-2")


def test_a_link_has_a_valid_name(store: Store, zone: Made) -> None:
    with pytest.raises(CloudError, match="InvalidResourceName"):
        link(store, link_name="-kong-")


def test_a_zone_that_kong_is_linked_to_cannot_be_deleted(
    azure: Provider, store: Store, zone: Made
) -> None:
    made = link(store)
    assert azure_private_dns.state(store, made) == "Completed"
    with pytest.raises(Refused, match="CannotDeleteResource"):
        azure.delete(zone)
    with store.transaction():
        azure_private_dns.close(store, made)
    assert azure_private_dns.state(store, made) is None
    azure.delete(zone)
