"""Kong's peerings with what the customer made in GCP."""

from __future__ import annotations

import pytest

from sandbox.accounts import CUSTOMER_GCP_PROJECT, KONG_GCP_PROJECT
from sandbox.clouds.declare import CloudError
from sandbox.handshakes import gcp_peering
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.harness import Made, Provider, Refused

KONG_CIDR = "10.64.0.0/16"
OTHER = "acme-gateway-emea"


def network(gcp: Provider, name: str = "n") -> Made:
    return gcp.create(tokens.GCP_NETWORK, name, name=name, autoCreateSubnetworks=False)


def mirror(gcp: Provider, kong: str = "kong-1", project: str = CUSTOMER_GCP_PROJECT) -> Made:
    """The customer's peering of its network ``n`` with a network of Kong."""
    return gcp.create(
        tokens.GCP_PEERING,
        kong,
        network=f"projects/{project}/global/networks/n",
        peerNetwork=f"projects/{KONG_GCP_PROJECT}/global/networks/{kong}",
    )


def asked(kong: str = "kong-1", project: str = CUSTOMER_GCP_PROJECT) -> dict[str, str]:
    return {"peer_project_id": project, "peer_vpc_name": "n", "kong_network": kong}


def missing(store: Store, **where: str) -> str | None:
    with store.transaction():
        return gcp_peering.missing(store, **asked(**where))


def state(store: Store, **where: str) -> str | None:
    with store.transaction():
        return gcp_peering.state(store, **asked(**where))


def open_(store: Store, cidr_block: str = KONG_CIDR, **where: str) -> str:
    with store.transaction():
        return gcp_peering.open_(store, **asked(**where), cidr_block=cidr_block)


def close(store: Store, **where: str) -> None:
    with store.transaction():
        gcp_peering.close(store, **asked(**where))


def read(gcp: Provider, made: Made) -> Made:
    found = gcp.read(made)
    assert found is not None
    return found


def test_a_mirror_peering_becomes_active_and_inactive_with_kongs(
    gcp: Provider, store: Store
) -> None:
    network(gcp)
    assert missing(store) == "no peering from n towards kong-1"
    peering = mirror(gcp)
    assert peering["state"] == "INACTIVE"
    assert missing(store) is None
    assert missing(store, kong="kong-2") is not None
    assert state(store) is None
    opened = open_(store)
    assert (read(gcp, peering)["state"], state(store)) == ("ACTIVE", "ACTIVE")
    assert open_(store) == opened
    close(store)
    closed = read(gcp, peering)
    assert closed["state"] == "INACTIVE"
    assert "Waiting for peer" in closed["stateDetails"]
    gcp.delete(peering)
    assert missing(store) is not None


def test_a_mirror_that_is_made_again_is_active_at_once(gcp: Provider, store: Store) -> None:
    network(gcp)
    first = mirror(gcp)
    open_(store)
    gcp.delete(first)
    assert state(store) == "INACTIVE"
    assert mirror(gcp)["state"] == "ACTIVE"
    assert state(store) == "ACTIVE"


def test_nothing_is_left_when_both_sides_are_gone(gcp: Provider, store: Store) -> None:
    own = network(gcp)
    peering = mirror(gcp)
    open_(store)
    with pytest.raises(Refused, match="resourceInUseByAnotherResource"):
        gcp.delete(own)
    gcp.delete(peering)
    gcp.delete(own)
    close(store)
    assert store.everything() == {}


def test_networks_of_two_projects_are_peered_with_one_of_kongs(
    gcp: Provider, connect: Connect, store: Store
) -> None:
    other = connect("gcp", {"project": OTHER})
    network(gcp)
    network(other)
    ours = mirror(gcp)
    assert missing(store, project=OTHER) is not None
    theirs = mirror(other, project=OTHER)
    open_(store)
    assert (read(gcp, ours)["state"], read(other, theirs)["state"]) == ("ACTIVE", "INACTIVE")
    open_(store, project=OTHER)
    close(store)
    assert (read(gcp, ours)["state"], read(other, theirs)["state"]) == ("INACTIVE", "ACTIVE")


def test_kong_peers_with_no_network_that_does_not_exist(store: Store) -> None:
    with pytest.raises(CloudError, match="networks/n' was not found"):
        open_(store)
    assert store.everything() == {}


def test_kongs_block_overlaps_no_range_of_the_network_it_is_peered_with(
    gcp: Provider, store: Store
) -> None:
    network(gcp)
    subnet = {"network": "n", "region": "us-east4"}
    gcp.create(tokens.GCP_SUBNETWORK, "first", ipCidrRange="10.5.0.0/24", **subnet)
    mirror(gcp)
    with pytest.raises(CloudError, match=r"\(10\.5\.0\.0/16\) overlaps .* local network"):
        open_(store, "10.5.0.0/16")
    assert state(store) is None
    open_(store)
    with pytest.raises(Refused, match=rf"overlaps with an IP range \({KONG_CIDR}\) in an active"):
        gcp.create(tokens.GCP_SUBNETWORK, "second", ipCidrRange="10.64.8.0/24", **subnet)


def test_two_networks_of_one_block_cannot_both_be_peered_with_one_in_gcp(
    gcp: Provider, store: Store
) -> None:
    network(gcp)
    first = mirror(gcp)
    mirror(gcp, "kong-2")
    open_(store)
    message = rf"\({KONG_CIDR}\) in an active peer \({first['name']}\) of the local network"
    with pytest.raises(CloudError, match=message):
        open_(store, "10.64.0.0/20", kong="kong-2")
    gcp.delete(first)
    open_(store, "10.64.0.0/20", kong="kong-2")
