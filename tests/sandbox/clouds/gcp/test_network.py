"""Networks and subnetworks of the simulated GCP."""

from __future__ import annotations

import pytest

from sandbox.accounts import CUSTOMER_GCP_PROJECT
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.gcp.objects import API, PROJECT, subnetwork
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


def test_ids_are_paths_and_links_are_urls(gcp: Provider, network: Made) -> None:
    assert network.id == f"{PROJECT}/global/networks/n"
    assert network["selfLink"] == API + network.id
    made = subnetwork(gcp, "s", "10.0.0.0/24")
    assert made.id == f"{PROJECT}/regions/us-east4/subnetworks/s"
    assert made["gatewayAddress"] == "10.0.0.1"
    assert made["project"] == CUSTOMER_GCP_PROJECT


def test_a_name_is_taken_once(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match=r"Error 409: .* already exists, alreadyExists"):
        gcp.create(tokens.GCP_NETWORK, name="n")


def test_a_name_is_lower_case(gcp: Provider) -> None:
    with pytest.raises(Failed, match="doesn't match regexp"):
        gcp.create(tokens.GCP_NETWORK, name="Gateway")


def test_an_unknown_region_is_refused(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="regions/us-east99"):
        subnetwork(gcp, "s", "10.0.0.0/24", region="us-east99")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"block": "10.0.0.0/30"}, "At least a /29, invalid"),
        ({"block": "10.0.0.1/24"}, "Must be a CIDR address range"),
        ({"block": "10.0.0.128/25"}, "conflicts with existing subnetwork 'first'"),
        ({"network": "other"}, "Error 404: .*networks/other' was not found, notFound"),
    ],
)
def test_a_subnetwork_fits_its_network(
    gcp: Provider, network: Made, change: dict[str, str], reason: str
) -> None:
    subnetwork(gcp, "first", "10.0.0.0/24")
    with pytest.raises(Refused, match=reason):
        subnetwork(gcp, "second", **{"block": "10.0.1.0/24", **change})


def test_an_auto_mode_network_uses_its_half_of_ten(gcp: Provider) -> None:
    gcp.create(tokens.GCP_NETWORK, name="n")
    with pytest.raises(Refused, match="conflicts with an auto mode subnetwork"):
        subnetwork(gcp, "s", "10.128.0.0/20")


def test_a_range_grows_in_place_unless_a_neighbour_is_in_the_way(
    gcp: Provider, network: Made
) -> None:
    first = subnetwork(gcp, "first", "10.0.0.0/24")
    grown = gcp.update(first, ipCidrRange="10.0.0.0/23")
    assert grown["ipCidrRange"] == "10.0.0.0/23"
    subnetwork(gcp, "second", "10.0.2.0/24")
    with pytest.raises(Refused, match="conflicts with existing subnetwork 'second'"):
        gcp.update(grown, ipCidrRange="10.0.0.0/22")


def test_secondary_ranges_count(gcp: Provider, network: Made) -> None:
    subnetwork(
        gcp,
        "first",
        "10.0.0.0/24",
        secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}],
    )
    with pytest.raises(Refused, match="invalidIPCidrRange"):
        subnetwork(gcp, "second", "10.1.4.0/24")


def test_a_secondary_range_that_an_update_adds_is_free(gcp: Provider, network: Made) -> None:
    first = subnetwork(gcp, "first", "10.0.0.0/24")
    subnetwork(gcp, "second", "10.1.0.0/24")
    taken = [{"rangeName": "pods", "ipCidrRange": "10.1.0.0/20"}]
    with pytest.raises(Refused, match="conflicts with existing subnetwork 'second'"):
        gcp.update(first, secondaryIpRanges=taken)
    free = [{"rangeName": "pods", "ipCidrRange": "10.2.0.0/20"}]
    assert gcp.update(first, secondaryIpRanges=free)["secondaryIpRanges"] == free


def test_a_network_goes_only_when_nothing_uses_it(gcp: Provider, network: Made) -> None:
    user = subnetwork(gcp, "s", "10.0.0.0/24")
    with pytest.raises(Refused, match=f"{user.id}', resourceInUseByAnotherResource"):
        gcp.delete(network)
    gcp.delete(user)
    gcp.delete(network)
    assert gcp.read(network) is None
