"""Network peerings of the simulated GCP, within one project."""

from __future__ import annotations

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.gcp.objects import KONG, link, peer, subnetwork
from tests.sandbox.clouds.harness import Failed, Made, Provider, Refused


@pytest.mark.parametrize("prop", ["network", "peerNetwork"])
def test_a_peering_names_networks_by_path_or_url(gcp: Provider, network: Made, prop: str) -> None:
    ends = {"network": link("n"), "peerNetwork": KONG, prop: "n"}
    with pytest.raises(Failed, match=rf'"{prop}" \("n"\) doesn\'t match regexp'):
        gcp.create(tokens.GCP_PEERING, **ends)


def test_two_peerings_of_ones_own_become_active_together(gcp: Provider, network: Made) -> None:
    other = gcp.create(tokens.GCP_NETWORK, name="m", autoCreateSubnetworks=False)
    there = peer(gcp, network["selfLink"], other["selfLink"])
    assert (there.id, there["state"]) == ("n/p", "INACTIVE")
    back = peer(gcp, other["selfLink"], network["selfLink"])
    assert back["state"] == "ACTIVE"
    read = gcp.read(there)
    assert read is not None
    assert read["state"] == "ACTIVE"
    gcp.delete(back)
    read = gcp.read(there)
    assert read is not None
    assert read["state"] == "INACTIVE"


def test_an_active_peer_keeps_its_ranges_to_itself(gcp: Provider, network: Made) -> None:
    gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    subnetwork(gcp, "theirs", "10.5.0.0/24", network="m")
    peer(gcp, "n", "m")
    peer(gcp, "m", "n")
    with pytest.raises(Refused, match=r"overlaps with an IP range .* in an active peer \(p\)"):
        subnetwork(gcp, "ours", "10.5.0.0/25")


def test_overlapping_networks_cannot_be_peered(gcp: Provider, network: Made) -> None:
    gcp.create(tokens.GCP_NETWORK, "m", name="m", autoCreateSubnetworks=False)
    subnetwork(gcp, "ours", "10.5.0.0/24")
    subnetwork(gcp, "theirs", "10.5.0.0/16", network="m")
    with pytest.raises(Refused, match="invalidIPCidrRange"):
        peer(gcp, "n", "m")


def test_two_peers_of_a_network_do_not_overlap(gcp: Provider, network: Made) -> None:
    for name, block in (("m", "10.5.0.0/16"), ("o", "10.5.8.0/24")):
        gcp.create(tokens.GCP_NETWORK, name, name=name, autoCreateSubnetworks=False)
        subnetwork(gcp, f"in-{name}", block, network=name)
    peer(gcp, "n", "m")
    peer(gcp, "m", "n")
    with pytest.raises(Refused, match=r"\(10\.5\.0\.0/16\) in an active peer \(p\) of the local"):
        peer(gcp, "n", "o", name="q")


@pytest.mark.parametrize(
    ("ours", "other", "reason"),
    [
        ("missing", KONG, "networks/missing' was not found, notFound"),
        ("n", "missing", "networks/missing' was not found, notFound"),
        ("n", "n", "Cannot peer network with itself"),
    ],
)
def test_a_peering_joins_two_networks_that_are_there(
    gcp: Provider, network: Made, ours: str, other: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        peer(gcp, ours, other)


def test_a_network_is_peered_once_with_another(gcp: Provider, network: Made) -> None:
    peer(gcp, "n", KONG)
    with pytest.raises(Refused, match="alreadyExists"):
        peer(gcp, "n", KONG, name="again")
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(network)
