"""Virtual WANs and their hubs, with Azure's codes."""

from __future__ import annotations

import pytest

from sandbox.accounts import CUSTOMER_AZURE_SUBSCRIPTION
from sandbox.clock import VirtualClock
from sandbox.clouds import serve_clouds
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.azure.objects import NETWORK
from tests.sandbox.clouds.harness import Made, Provider, Refused


def hub(azure: Provider, wan: Made, name: str, prefix: str) -> Made:
    return azure.create(
        tokens.VIRTUAL_HUB,
        resourceGroupName="g",
        virtualHubName=name,
        virtualWan={"id": wan.id},
        addressPrefix=prefix,
    )


def test_hubs_of_a_wan_are_large_enough_and_apart(azure: Provider, group: Made) -> None:
    wan = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")
    assert wan.id == f"{NETWORK}/virtualWans/w"
    first = hub(azure, wan, "a", "10.0.0.0/23")
    with pytest.raises(Refused, match="smaller than a /24"):
        hub(azure, wan, "b", "10.0.2.0/25")
    with pytest.raises(Refused, match="overlaps"):
        hub(azure, wan, "b", "10.0.1.0/24")
    with pytest.raises(Refused, match="InUseVirtualWanCannotBeDeleted"):
        azure.delete(wan)
    azure.delete(first)
    azure.delete(wan)


def test_a_hub_takes_half_an_hour_and_is_updating_until_then() -> None:
    clock = VirtualClock(speed=600, wall=lambda: 0.0, ticks=lambda: 0.0)
    store = Store(":memory:", clock)
    seen: list[str] = []

    def pause(seconds: float) -> None:
        with store.transaction():
            ((_, hub),) = store.within(CUSTOMER_AZURE_SUBSCRIPTION).list(
                "azure", tokens.VIRTUAL_HUB
            )
        seen.append(hub["provisioningState"])
        clock.advance(seconds * clock.speed)

    servers = serve_clouds(store, pause=pause)
    azure = Provider(servers.ports["azure-native"], {"location": "westeurope"})
    try:
        azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
        wan = azure.create(tokens.VIRTUAL_WAN, resourceGroupName="g", virtualWANName="w")
        hub = azure.create(
            tokens.VIRTUAL_HUB,
            resourceGroupName="g",
            virtualHubName="h",
            virtualWan={"id": wan.id},
            addressPrefix="10.0.0.0/23",
        )
        assert (hub["provisioningState"], hub["routingState"]) == ("Succeeded", "Provisioned")
        assert set(seen) == {"Updating"}
        assert 30 * 60 <= clock.now() < 31 * 60
    finally:
        azure.close()
        servers.stop()
        store.close()


def test_a_hub_that_is_updating_cannot_be_connected(
    azure: Provider, store: Store, vnet: Made
) -> None:
    hub = azure.create(
        tokens.VIRTUAL_HUB, resourceGroupName="g", virtualHubName="h", addressPrefix="10.9.0.0/23"
    )
    view = store.within(CUSTOMER_AZURE_SUBSCRIPTION)
    body = view.get("azure", tokens.VIRTUAL_HUB, hub.id)
    assert body is not None
    view.put("azure", tokens.VIRTUAL_HUB, hub.id, {**body, "_pending": {}})
    with pytest.raises(Refused, match=f"ReferencedResourceNotProvisioned.*{hub.id} used by"):
        azure.create(
            tokens.HUB_CONNECTION,
            resourceGroupName="g",
            virtualHubName="h",
            connectionName="c",
            remoteVirtualNetwork={"id": vnet.id},
        )
