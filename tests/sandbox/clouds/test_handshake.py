"""Kong's side of private networking against what the customer made, cloud by cloud."""

from __future__ import annotations

from functools import partial

import pytest

from sandbox import handshake
from sandbox.accounts import (
    CUSTOMER_GCP_PROJECT,
    KONG_GCP_PROJECT,
)
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused

KONG_CIDR = "10.64.0.0/16"

# GCP


def test_a_mirror_peering_becomes_active_and_inactive_with_kongs(
    gcp: Provider, store: Store
) -> None:
    network = gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    place = {
        "peer_project_id": CUSTOMER_GCP_PROJECT,
        "peer_vpc_name": "n",
        "kong_network": "kong-1",
    }
    assert not handshake.gcp_mirror_exists(store, **place)
    peering = gcp.create(
        tokens.GCP_PEERING,
        network=network["selfLink"],
        peerNetwork=f"projects/{KONG_GCP_PROJECT}/global/networks/kong-1",
    )
    assert peering["state"] == "INACTIVE"
    assert handshake.gcp_mirror_exists(store, **place)
    assert not handshake.gcp_mirror_exists(store, **{**place, "kong_network": "kong-2"})
    for step, expected in (
        (partial(handshake.gcp_activate_peering, cidr_block=KONG_CIDR), "ACTIVE"),
        (handshake.gcp_deactivate_peering, "INACTIVE"),
    ):
        with store.transaction():
            step(store, **place)
        read = gcp.read(peering)
        assert read is not None
        assert read["state"] == expected
        assert expected == "ACTIVE" or "Waiting for peer" in read["stateDetails"]
    gcp.delete(peering)
    assert not handshake.gcp_mirror_exists(store, **place)


def gcp_peer(gcp: Provider, kong: str) -> Made:
    """The customer's peering of the network ``n`` with a network of Kong."""
    return gcp.create(
        tokens.GCP_PEERING,
        kong,
        network="n",
        peerNetwork=f"projects/{KONG_GCP_PROJECT}/global/networks/{kong}",
    )


def activate(store: Store, kong: str, cidr_block: str) -> None:
    with store.transaction():
        handshake.gcp_activate_peering(
            store,
            peer_project_id=CUSTOMER_GCP_PROJECT,
            peer_vpc_name="n",
            kong_network=kong,
            cidr_block=cidr_block,
        )


def test_kongs_block_overlaps_no_range_of_the_network_it_is_peered_with(
    gcp: Provider, store: Store
) -> None:
    gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    subnet = {"network": "n", "region": "us-east4"}
    gcp.create(tokens.GCP_SUBNETWORK, "first", ipCidrRange="10.5.0.0/24", **subnet)
    gcp_peer(gcp, "kong-1")
    with pytest.raises(handshake.CloudError, match=r"\(10\.5\.0\.0/16\) overlaps .* local network"):
        activate(store, "kong-1", "10.5.0.0/16")
    activate(store, "kong-1", KONG_CIDR)
    with pytest.raises(Refused, match=rf"overlaps with an IP range \({KONG_CIDR}\) in an active"):
        gcp.create(tokens.GCP_SUBNETWORK, "second", ipCidrRange="10.64.8.0/24", **subnet)


def test_two_networks_of_one_block_cannot_both_be_peered_with_one_in_gcp(
    gcp: Provider, store: Store
) -> None:
    gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    first = gcp_peer(gcp, "kong-1")
    gcp_peer(gcp, "kong-2")
    activate(store, "kong-1", KONG_CIDR)
    message = rf"\({KONG_CIDR}\) in an active peer \({first['name']}\) of the local network"
    with pytest.raises(handshake.CloudError, match=message):
        activate(store, "kong-2", "10.64.0.0/20")
    gcp.delete(first)
    activate(store, "kong-2", "10.64.0.0/20")
