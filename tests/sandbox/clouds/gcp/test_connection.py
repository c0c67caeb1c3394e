"""Private service connections of the simulated GCP, and the ranges that are allocated for them."""

from __future__ import annotations

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.gcp.objects import subnetwork
from tests.sandbox.clouds.harness import Made, Provider, Refused


def test_a_reserved_range_is_free_and_stays_while_it_is_used(
    gcp: Provider, network: Made, reserved: Made, connection: Made
) -> None:
    taken = f"{reserved['address']}/{reserved['prefixLength']}"
    with pytest.raises(Refused, match="conflicts with allocated range 'services'"):
        subnetwork(gcp, "s", taken)
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(reserved)
    assert connection.id == (f"{network.id.replace('/', '%2F')}:servicenetworking.googleapis.com")


def test_a_connection_needs_an_allocated_range(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="Cannot find allocated range 'services'"):
        gcp.create(
            tokens.GCP_CONNECTION,
            network=network.id,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=["services"],
        )


def test_a_connection_takes_ranges_of_its_own_network_only(
    gcp: Provider, network: Made, reserved: Made
) -> None:
    other = gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    with pytest.raises(Refused, match=r"range 'services' in network '.*/m'"):
        gcp.create(
            tokens.GCP_CONNECTION,
            network=other.id,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=["services"],
        )


def test_an_abandoned_connection_leaves_its_peering_in_the_network(
    gcp: Provider, network: Made, reserved: Made, connection: Made
) -> None:
    gcp.delete(gcp.update(connection, deletionPolicy="ABANDON"))
    gcp.delete(reserved)
    with pytest.raises(Refused, match="already being used by 'n/servicenetworking-googleapis-com'"):
        gcp.delete(network)


def test_a_connection_that_is_protected_is_not_destroyed(gcp: Provider, connection: Made) -> None:
    kept = gcp.update(connection, deletionPolicy="PREVENT")
    with pytest.raises(Refused, match="deletion_policy PREVENT"):
        gcp.delete(kept)
