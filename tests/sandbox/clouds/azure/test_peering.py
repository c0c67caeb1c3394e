"""Peerings and hub connections that the customer makes, also across subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.accounts import KONG_AZURE_SUBSCRIPTION
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused

OTHER_SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000eeee"
OVERLAP = "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"


@pytest.fixture
def far(connect: Connect) -> Provider:
    """A provider of another subscription of the customer."""
    return connect("azure-native", {"location": "westeurope", "subscriptionId": OTHER_SUBSCRIPTION})


def network(azure: Provider, name: str, *prefixes: str) -> Made:
    """A network in a resource group of its own."""
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName=f"g-{name}")
    return azure.create(
        tokens.VNET,
        name,
        resourceGroupName=f"g-{name}",
        virtualNetworkName=name,
        addressSpace={"addressPrefixes": list(prefixes)},
    )


def peer(azure: Provider, one: Made, other: Made, **inputs: Any) -> Made:
    """The side of a peering that is on the network ``one``."""
    return azure.create(
        tokens.VNET_PEERING,
        f"{one.name}-{other.name}",
        resourceGroupName=f"g-{one.name}",
        virtualNetworkName=one.name,
        virtualNetworkPeeringName=f"to-{other.name}",
        remoteVirtualNetwork={"id": other.id},
        **inputs,
    )


def state(azure: Provider, peering: Made) -> str:
    read = azure.read(peering)
    assert read is not None
    return str(read["peeringState"])


@pytest.fixture
def a(azure: Provider) -> Made:
    return network(azure, "a", "10.0.0.0/16")


@pytest.fixture
def b(far: Provider) -> Made:
    return network(far, "b", "10.1.0.0/16")


def test_a_peering_is_connected_with_its_second_side(
    azure: Provider, far: Provider, a: Made, b: Made
) -> None:
    first = peer(azure, a, b)
    assert first.id == f"{a.id}/virtualNetworkPeerings/to-b"
    assert (first["peeringState"], first["peeringSyncLevel"]) == ("Initiated", "RemoteNotInSync")
    assert first["remoteAddressSpace"] == {"addressPrefixes": ["10.1.0.0/16"]}
    second = peer(far, b, a)
    assert second.id.startswith(f"/subscriptions/{OTHER_SUBSCRIPTION}/")
    assert second["peeringState"] == state(azure, first) == "Connected"


def test_a_network_shows_its_peerings(azure: Provider, far: Provider, a: Made, b: Made) -> None:
    assert a["virtualNetworkPeerings"] == []
    first = peer(azure, a, b)
    peer(far, b, a)
    read = azure.read(a)
    assert read is not None
    (shown,) = read["virtualNetworkPeerings"]
    assert (shown["id"], shown["peeringState"]) == (first.id, "Connected")
    assert shown["remoteAddressSpace"] == {"addressPrefixes": ["10.1.0.0/16"]}


def test_a_deleted_side_disconnects_the_other_until_that_is_created_again(
    azure: Provider, far: Provider, a: Made, b: Made
) -> None:
    first, second = peer(azure, a, b), peer(far, b, a)
    far.delete(second)
    assert state(azure, first) == "Disconnected"
    with pytest.raises(Refused, match=f"RemotePeeringIsDisconnected.*{first.id}"):
        peer(far, b, a)
    azure.delete(first)
    assert peer(azure, a, b)["peeringState"] == "Initiated"
    assert peer(far, b, a)["peeringState"] == "Connected"


def test_an_update_initiates_a_disconnected_peering_again(
    azure: Provider, far: Provider, a: Made, b: Made
) -> None:
    first = peer(azure, a, b)
    far.delete(peer(far, b, a))
    again = azure.update(first, allowForwardedTraffic=True)
    assert again["peeringState"] == "Initiated"
    peer(far, b, a)
    assert state(azure, first) == "Connected"


def test_the_other_network_of_a_peering_is_fixed(azure: Provider, a: Made, b: Made) -> None:
    other = network(azure, "c", "10.2.0.0/16")
    peering = peer(azure, a, b)
    answer = azure.diff(peering, remoteVirtualNetwork={"id": other.id})
    assert list(answer.replaces) == ["remoteVirtualNetwork"]
    shouted = {"id": b.id.upper()}
    assert not azure.diff(peering, remoteVirtualNetwork=shouted).replaces


@pytest.mark.parametrize(
    "remote",
    [
        f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/g-a/providers/Microsoft.Network"
        "/virtualNetworks/a",
        f"/subscriptions/{KONG_AZURE_SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Network"
        "/virtualNetworks/kong",
    ],
)
def test_a_peering_needs_a_network_that_is_there(azure: Provider, a: Made, remote: str) -> None:
    with pytest.raises(Refused, match=f"InvalidGlobalResourceReference.*{remote}"):
        peer(azure, a, Made(tokens.VNET, "x", remote, {}, {}, {}))


def test_a_peering_names_its_other_network(azure: Provider, a: Made) -> None:
    with pytest.raises(Refused, match="InvalidRequestFormat"):
        azure.create(
            tokens.VNET_PEERING,
            resourceGroupName="g-a",
            virtualNetworkName="a",
            virtualNetworkPeeringName="p",
        )


def test_overlapping_networks_are_not_peered(azure: Provider, far: Provider, a: Made) -> None:
    overlapping = network(far, "b", "10.1.0.0/16", "10.0.128.0/20")
    with pytest.raises(Refused, match=r"VnetAddressSpacesOverlap.*10\.0\.128\.0/20, 10\.0\.0\.0/1"):
        peer(azure, a, overlapping)
    with pytest.raises(Refused, match="VnetAddressSpacesOverlap"):
        peer(azure, a, a)


def test_a_network_overlaps_with_no_peer_of_its_peer(
    azure: Provider, far: Provider, a: Made, b: Made
) -> None:
    peer(far, b, a)
    twin = network(azure, "twin", "10.0.64.0/20")
    with pytest.raises(Refused, match=OVERLAP):
        peer(far, b, twin)
    with pytest.raises(Refused, match=OVERLAP):
        peer(azure, twin, b)


def test_two_networks_are_peered_once(azure: Provider, a: Made, b: Made) -> None:
    first = peer(azure, a, b)
    with pytest.raises(Refused, match=f"AnotherPeeringAlreadyReferencesRemoteVnet.*{first.id}"):
        azure.create(tokens.VNET_PEERING, **{**first.program, "virtualNetworkPeeringName": "again"})


def test_neither_network_grows_into_the_other(
    azure: Provider, far: Provider, a: Made, b: Made
) -> None:
    peer(azure, a, b)
    for provider, grown, into in ((azure, a, "10.1.16.0/20"), (far, b, "10.0.16.0/20")):
        space = {"addressPrefixes": [*grown["addressSpace"]["addressPrefixes"], into]}
        with pytest.raises(Refused, match=f"VnetAddressSpacesOverlap.*{into}"):
            provider.update(grown, addressSpace=space)


def test_a_network_without_gateways_lends_none(azure: Provider, a: Made, b: Made) -> None:
    with pytest.raises(Refused, match="RemoteVnetHasNoGateways"):
        peer(azure, a, b, useRemoteGateways=True)
    peer(azure, a, b, useRemoteGateways=False, allowGatewayTransit=True)


def test_a_network_with_a_peering_stays(azure: Provider, a: Made, b: Made) -> None:
    peering = peer(azure, a, b)
    with pytest.raises(Refused, match=f"InUseVirtualNetworkCannotBeDeleted.*{peering.id}"):
        azure.delete(a)
    azure.delete(peering)
    azure.delete(a)


# Connections of a hub


def hub(azure: Provider, name: str, prefix: str) -> Made:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName=f"g-{name}")
    wan = azure.create(
        tokens.VIRTUAL_WAN, resourceGroupName=f"g-{name}", virtualWANName=f"{name}-wan"
    )
    return azure.create(
        tokens.VIRTUAL_HUB,
        name,
        resourceGroupName=f"g-{name}",
        virtualHubName=name,
        virtualWan={"id": wan.id},
        addressPrefix=prefix,
    )


def join(azure: Provider, hub: Made, other: Made, name: str = "c", **inputs: Any) -> Made:
    """The connection of a hub to a network."""
    return azure.create(
        tokens.HUB_CONNECTION,
        f"{hub.name}-{other.name}",
        resourceGroupName=f"g-{hub.name}",
        virtualHubName=hub.name,
        connectionName=name,
        remoteVirtualNetwork={"id": other.id},
        **inputs,
    )


def test_a_hub_is_connected_to_a_network_of_another_subscription(
    azure: Provider, far: Provider, b: Made
) -> None:
    h = hub(azure, "h", "10.9.0.0/23")
    routing = {"propagatedRouteTables": {"labels": ["default"]}}
    connection = join(azure, h, b, routingConfiguration=routing, enableInternetSecurity=True)
    assert connection.id == f"{h.id}/hubVirtualNetworkConnections/c"
    assert connection["provisioningState"] == "Succeeded"
    with pytest.raises(Refused, match=f"InUseVirtualHubCannotBeDeleted.*{connection.id}"):
        azure.delete(h)
    with pytest.raises(Refused, match=f"InUseVirtualNetworkCannotBeDeleted.*{connection.id}"):
        far.delete(b)
    azure.delete(connection)
    azure.delete(h)
    far.delete(b)


def test_networks_of_a_hub_are_apart_from_it_and_each_other(azure: Provider, b: Made) -> None:
    h = hub(azure, "h", "10.9.0.0/23")
    with pytest.raises(Refused, match="VnetAddressSpacesOverlap"):
        join(azure, h, network(azure, "x", "10.9.0.0/16"))
    join(azure, h, b)
    with pytest.raises(Refused, match=OVERLAP):
        join(azure, h, network(azure, "y", "10.1.0.0/20"), "second")


def test_a_network_of_a_hub_does_not_grow_into_the_hub(
    azure: Provider, far: Provider, b: Made
) -> None:
    join(azure, hub(azure, "h", "10.9.0.0/23"), b)
    with pytest.raises(Refused, match="VnetAddressSpacesOverlap"):
        far.update(b, addressSpace={"addressPrefixes": ["10.1.0.0/16", "10.9.0.0/20"]})


def test_a_network_is_connected_to_one_hub(azure: Provider, b: Made) -> None:
    first = join(azure, hub(azure, "h", "10.9.0.0/23"), b)
    other = hub(azure, "i", "10.9.2.0/23")
    with pytest.raises(Refused, match=f"VirtualNetworkConnectedToAnotherHub.*{first.id}"):
        join(azure, other, b)


def test_a_route_table_of_a_hub_is_named_by_its_id(azure: Provider, b: Made) -> None:
    wrong = {"associatedRouteTable": {"id": 1}}
    with pytest.raises(Failed, match=r"associatedRouteTable\.id: expected a string"):
        join(azure, hub(azure, "h", "10.9.0.0/23"), b, routingConfiguration=wrong)
