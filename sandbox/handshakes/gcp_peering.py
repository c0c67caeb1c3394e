"""Kong's peering with a network of the customer in GCP.

Each side of a peering belongs to its own network. Kong creates its side when the customer has
created the other. Kong's network and Kong's side are objects of Kong's project, so the customer's
side becomes ACTIVE by the rules of GCP.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from sandbox.accounts import KONG_GCP_PROJECT
from sandbox.clouds import life
from sandbox.clouds.gcp import GCP
from sandbox.clouds.gcp.cloud import network_path
from sandbox.clouds.gcp.network import NETWORK, users
from sandbox.clouds.gcp.peering import PEERING, peerings, refuse_overlapping_peer
from sandbox.clouds.world import World
from sandbox.store import Store


def missing(
    store: Store, *, peer_project_id: str, peer_vpc_name: str, kong_network: str
) -> str | None:
    """Why Kong does not connect: the customer's network has no peering with Kong's; or None."""
    ours, kong = _paths(peer_project_id, peer_vpc_name, kong_network)
    if any(peerings(_world(store), ours, kong)):
        return None
    return f"no peering from {peer_vpc_name} towards {kong_network}"


def open_(
    store: Store,
    *,
    peer_project_id: str,
    peer_vpc_name: str,
    kong_network: str,
    cidr_block: str,
) -> str:
    """Create Kong's peering; returns its id. The customer's peering becomes ACTIVE.

    ``cidr_block`` is the block of Kong's network. Does nothing when Kong's peering exists. Raises
    CloudError, with GCP's reason, when the customer's network does not exist, or when a block of
    one network overlaps a range of the other or of another network peered with it.
    """
    ours, kong = _paths(peer_project_id, peer_vpc_name, kong_network)
    world = _world(store)
    for existing in peerings(world, kong, ours):
        return existing.id
    name = f"{peer_project_id}-{peer_vpc_name}"
    call = world.call(PEERING, {"name": name, "network": kong, "peerNetwork": ours})
    with store.transaction():
        refuse_overlapping_peer(call, ours, kong, [IPv4Network(cidr_block)])
        if world.find(NETWORK, kong) is None:
            world.put(NETWORK, kong, {"name": kong_network, "_cidrBlock": cidr_block})
        return life.create(call, instant=True).id


def state(
    store: Store, *, peer_project_id: str, peer_vpc_name: str, kong_network: str
) -> str | None:
    """``ACTIVE``, ``INACTIVE`` (the customer deleted its side), or None without Kong's peering."""
    ours, kong = _paths(peer_project_id, peer_vpc_name, kong_network)
    for peering in peerings(_world(store), kong, ours):
        return str(peering.body["state"])
    return None


def close(store: Store, *, peer_project_id: str, peer_vpc_name: str, kong_network: str) -> None:
    """Delete Kong's peering; the customer's peering stays and becomes INACTIVE."""
    ours, kong = _paths(peer_project_id, peer_vpc_name, kong_network)
    world = _world(store)
    for peering in list(peerings(world, kong, ours)):
        life.delete(world.call(PEERING, PEERING.values(peering.body)), peering)
    network = world.find(NETWORK, kong)
    if network is not None and not any(users(world, kong)):
        world.remove(network)


def _world(store: Store) -> World:
    """GCP as Kong's project sees it."""
    return World(GCP, store, KONG_GCP_PROJECT)


def _paths(peer_project_id: str, peer_vpc_name: str, kong_network: str) -> tuple[str, str]:
    """The paths of (the customer's network, Kong's network)."""
    ours = network_path(peer_project_id, peer_vpc_name)
    return ours, network_path(KONG_GCP_PROJECT, kong_network)
