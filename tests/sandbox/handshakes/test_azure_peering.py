"""Kong's peerings with what the customer made in Azure."""

from __future__ import annotations

import pytest

from sandbox.accounts import (
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    KONG_AZURE_PRINCIPAL,
    KONG_AZURE_SUBSCRIPTION,
)
from sandbox.clouds.declare import CloudError
from sandbox.handshakes import azure_peering
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Made, Provider, Refused
from tests.sandbox.handshakes.azure import grant

KONG_CIDR = "10.64.0.0/16"
OTHER_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000eeee"


@pytest.fixture
def vnet(azure: Provider) -> Made:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    return azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
    )


@pytest.fixture
def hub(azure: Provider) -> Made:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    wan = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")
    return azure.create(
        tokens.VIRTUAL_HUB,
        resourceGroupName="g",
        virtualHubName="h",
        virtualWan={"id": wan.id},
        addressPrefix="10.0.0.0/23",
    )


def grant_problem(store: Store, **changed: str) -> str | None:
    place = {
        "tenant_id": CUSTOMER_AZURE_TENANT,
        "subscription_id": CUSTOMER_AZURE_SUBSCRIPTION,
        "resource_group_name": "g",
        **changed,
    }
    with store.transaction():
        return azure_peering.missing(store, **place)


def peer(store: Store, cidr_block: str = KONG_CIDR, kong: str = "kong", **target: str) -> str:
    with store.transaction():
        return azure_peering.open_(
            store,
            resource_group_name="g",
            kong_vnet_id=f"/subscriptions/kong/virtualNetworks/{kong}",
            cidr_block=cidr_block,
            name="kong",
            **{"subscription_id": CUSTOMER_AZURE_SUBSCRIPTION, **target},
        )


def test_a_grant_on_the_network_is_enough(azure: Provider, store: Store, vnet: Made) -> None:
    assert "lacks" in str(grant_problem(store, vnet_name="v"))
    grant(azure, vnet.id, *azure_peering.VNET_ACTIONS)
    assert grant_problem(store, vnet_name="v") is None


@pytest.mark.parametrize("levels", [0, 4, 6])
def test_a_grant_above_the_network_counts(
    azure: Provider, store: Store, vnet: Made, levels: int
) -> None:
    scope = vnet.id.rsplit("/", levels)[0] if levels else vnet.id
    grant(azure, scope, "Microsoft.Network/virtualNetworks/*")
    assert grant_problem(store, vnet_name="v") is None


def test_a_grant_beside_the_network_does_not_count(
    azure: Provider, store: Store, vnet: Made
) -> None:
    other = azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v2",
        addressSpace={"addressPrefixes": ["10.1.0.0/16"]},
    )
    grant(azure, other.id, *azure_peering.VNET_ACTIONS)
    assert "lacks" in str(grant_problem(store, vnet_name="v"))


def test_the_missing_actions_are_named(azure: Provider, store: Store, vnet: Made) -> None:
    grant(azure, vnet.id, *azure_peering.VNET_ACTIONS[:-1])
    reason = grant_problem(store, vnet_name="v")
    assert f"lacks {azure_peering.VNET_ACTIONS[-1]} on {vnet.id}" in str(reason)


def test_what_a_role_takes_back_is_missing(azure: Provider, store: Store, vnet: Made) -> None:
    grant(azure, vnet.id, "Microsoft.Network/*", without=("*/delete",))
    reason = grant_problem(store, vnet_name="v")
    assert "virtualNetworkPeerings/delete" in str(reason)


def test_a_network_or_tenant_that_is_not_there_is_told(store: Store, vnet: Made) -> None:
    assert "does not exist" in str(grant_problem(store, vnet_name="other"))
    elsewhere = grant_problem(store, vnet_name="v", tenant_id="another")
    assert "no consent in tenant another" in str(elsewhere)


def test_there_is_nothing_of_the_customers_in_kongs_subscription(store: Store, vnet: Made) -> None:
    reason = grant_problem(store, vnet_name="v", subscription_id=KONG_AZURE_SUBSCRIPTION)
    assert "does not exist" in str(reason)


def test_kong_waits_for_a_hub_that_is_updating(azure: Provider, store: Store, hub: Made) -> None:
    grant(azure, hub.id, *azure_peering.HUB_ACTIONS)
    view = store.within(CUSTOMER_AZURE_SUBSCRIPTION)
    body = view.get("azure", tokens.VIRTUAL_HUB, hub.id)
    assert body is not None
    view.put("azure", tokens.VIRTUAL_HUB, hub.id, {**body, "_pending": {}})
    assert "is not provisioned yet" in str(grant_problem(store, vhub_name="h"))
    view.put("azure", tokens.VIRTUAL_HUB, hub.id, body)
    assert grant_problem(store, vhub_name="h") is None


def test_a_network_of_another_subscription_is_peered_there(
    connect: Connect, azure: Provider, store: Store, vnet: Made
) -> None:
    far = connect("azure-native", {"location": "uksouth", "subscriptionId": OTHER_SUBSCRIPTION})
    far.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    theirs = far.create(tokens.VNET, **{**vnet.program, "location": "uksouth"})
    role = azure.create(
        tokens.ROLE_DEFINITION,
        scope=vnet.id,
        roleName="Peering Creator",
        assignableScopes=[f"/subscriptions/{OTHER_SUBSCRIPTION}"],
        permissions=[{"actions": azure_peering.VNET_ACTIONS}],
    )
    place = {"vnet_name": "V", "subscription_id": OTHER_SUBSCRIPTION.upper()}
    assert "lacks" in str(grant_problem(store, **place))
    far.create(
        tokens.ROLE_ASSIGNMENT,
        scope=theirs.id,
        principalId=KONG_AZURE_PRINCIPAL,
        principalType="ServicePrincipal",
        roleDefinitionId=role.id,
    )
    assert grant_problem(store, **place) is None
    assert "lacks" in str(grant_problem(store, vnet_name="v"))
    peering = peer(store, **place)
    with pytest.raises(Refused, match="InUseVirtualNetworkCannotBeDeleted"):
        far.delete(theirs)
    azure.delete(vnet)
    with store.transaction():
        azure_peering.close(store, peering)
    far.delete(theirs)


def test_the_state_of_a_peering_and_of_a_connection(
    azure: Provider, store: Store, hub: Made
) -> None:
    network = azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.1.0.0/16"]},
    )
    for target, expected in (({"vnet_name": "v"}, "Connected"), ({"vhub_name": "h"}, "Succeeded")):
        peering = peer(store, **target)
        assert azure_peering.state(store, peering) == expected
        with store.transaction():
            azure_peering.close(store, peering)
        assert azure_peering.state(store, peering) is None
    azure.delete(network)


def test_the_customer_reads_and_deletes_kongs_peering_like_its_own(
    azure: Provider, store: Store, vnet: Made
) -> None:
    peering = Made(tokens.VNET_PEERING, "it", peer(store, vnet_name="v"), {}, {}, {})
    read = azure.read(peering, as_import=True)
    assert read is not None
    assert read["peeringState"] == "Connected"
    assert read["remoteAddressSpace"] == {"addressPrefixes": [KONG_CIDR]}
    azure.delete(peering)
    assert azure_peering.state(store, peering.id) is None
    azure.delete(vnet)


def test_a_peering_of_kong_keeps_the_customers_own_apart(
    azure: Provider, store: Store, vnet: Made
) -> None:
    peer(store, vnet_name="v")
    overlapping = azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="w",
        addressSpace={"addressPrefixes": ["10.64.0.0/20"]},
    )
    with pytest.raises(Refused, match="VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"):
        azure.create(
            tokens.VNET_PEERING,
            resourceGroupName="g",
            virtualNetworkName="v",
            virtualNetworkPeeringName="p",
            remoteVirtualNetwork={"id": overlapping.id},
        )


def test_a_peered_network_stays_until_kong_lets_go(
    azure: Provider, store: Store, vnet: Made
) -> None:
    peering = peer(store, vnet_name="v")
    assert peering == f"{vnet.id}/virtualNetworkPeerings/kong"
    group = Made(tokens.RESOURCE_GROUP, "it", vnet.id.split("/providers")[0], {}, {}, {})
    with pytest.raises(Refused, match=f"InUseVirtualNetworkCannotBeDeleted.*{peering}"):
        azure.delete(vnet)
    with pytest.raises(Refused, match=f"ResourceGroupDeletionBlocked.*{peering}"):
        azure.delete(group)
    with store.transaction():
        azure_peering.close(store, peering)
    azure.delete(vnet)


def test_two_attachments_of_one_name_are_two_peerings(
    azure: Provider, store: Store, vnet: Made
) -> None:
    first = peer(store, vnet_name="v")
    second = peer(store, "10.65.0.0/16", "kong-2", vnet_name="v")
    assert first != second
    with store.transaction():
        azure_peering.close(store, first)
    with pytest.raises(Refused, match=second):
        azure.delete(vnet)


def test_azure_refuses_to_peer_overlapping_networks(store: Store, vnet: Made) -> None:
    with pytest.raises(CloudError, match="VnetAddressSpacesOverlap"):
        peer(store, cidr_block="10.0.0.0/20", vnet_name="v")


def test_two_networks_of_one_block_cannot_both_be_peered_with_one(
    azure: Provider, store: Store, vnet: Made
) -> None:
    first = peer(store, vnet_name="v")
    message = (
        "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet.*virtualNetworks/kong already peered.*"
        "Overlapping address prefixes: 10.64.128.0/20"
    )
    with pytest.raises(CloudError, match=message):
        peer(store, "10.64.128.0/20", "kong-2", vnet_name="v")
    with store.transaction():
        azure_peering.close(store, first)
    peer(store, "10.64.128.0/20", "kong-2", vnet_name="v")


def test_a_network_of_kong_is_peered_once_with_a_network(store: Store, vnet: Made) -> None:
    first = peer(store, vnet_name="v")
    message = f"AnotherPeeringAlreadyReferencesRemoteVnet.*{first}"
    with pytest.raises(CloudError, match=message):
        peer(store, vnet_name="v")


def test_a_peered_network_does_not_grow_into_its_peer(
    azure: Provider, store: Store, vnet: Made
) -> None:
    peer(store, vnet_name="v")
    with pytest.raises(Refused, match=r"VnetAddressSpacesOverlap.*10\.64\.16\.0/20"):
        azure.update(vnet, addressSpace={"addressPrefixes": ["10.0.0.0/16", "10.64.16.0/20"]})
    azure.update(vnet, addressSpace={"addressPrefixes": ["10.0.0.0/16", "10.66.0.0/16"]})


def test_two_networks_of_one_block_cannot_both_be_connected_to_a_hub(
    store: Store, hub: Made
) -> None:
    peer(store, vhub_name="h")
    with pytest.raises(CloudError, match="VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"):
        peer(store, KONG_CIDR, "kong-2", vhub_name="h")


def test_a_hub_is_peered_like_a_network(azure: Provider, store: Store, hub: Made) -> None:
    grant(azure, hub.id, *azure_peering.VNET_ACTIONS)
    assert "hubVirtualNetworkConnections" in str(grant_problem(store, vhub_name="h"))
    grant(azure, hub.id.rsplit("/", 4)[0], *azure_peering.HUB_ACTIONS)
    assert grant_problem(store, vhub_name="h") is None
    with pytest.raises(CloudError, match="VnetAddressSpacesOverlap"):
        peer(store, cidr_block="10.0.1.0/24", vhub_name="h")
    peering = peer(store, vhub_name="h")
    with pytest.raises(Refused, match="InUseVirtualHubCannotBeDeleted"):
        azure.delete(hub)
    with store.transaction():
        azure_peering.close(store, peering)
    azure.delete(hub)
