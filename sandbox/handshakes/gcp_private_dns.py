"""Kong's DNS peering zone, which asks a network of the customer in GCP about a domain.

The zone is an object of Kong's project. Google deactivates it when the customer's network is
deleted, so it does not keep that network from being deleted.
"""

from __future__ import annotations

from sandbox.accounts import KONG_GCP_PRINCIPAL, KONG_GCP_PROJECT
from sandbox.clouds.gcp import GCP
from sandbox.clouds.gcp.cloud import network_path
from sandbox.clouds.gcp.dns import ZONE, private_zones
from sandbox.clouds.gcp.iam import has_role
from sandbox.clouds.gcp.network import network_at
from sandbox.clouds.world import World
from sandbox.store import Store

_ROLE = "roles/dns.peer"


def missing(
    store: Store, *, domain_name: str, peer_project_id: str, peer_vpc_name: str
) -> str | None:
    """Why Kong cannot peer with the network for a domain; None if it can.

    The network has a private zone of exactly the domain, and the project of the network grants
    ``roles/dns.peer`` to Kong's principal.
    """
    world = World(GCP, store, peer_project_id)
    network = network_at(world, network_path(peer_project_id, peer_vpc_name))
    if network is None:
        return f"network {peer_vpc_name} does not exist in project {peer_project_id}"
    domain = _dns_name(domain_name)
    if all(zone.body["dnsName"].lower() != domain for zone in private_zones(world, network)):
        return f"no private zone of {domain} is visible to network {peer_vpc_name}"
    if not has_role(world, _ROLE, KONG_GCP_PRINCIPAL):
        return f"project {peer_project_id} does not grant {_ROLE} to {KONG_GCP_PRINCIPAL}"
    return None


def open_(
    store: Store, *, domain_name: str, peer_project_id: str, peer_vpc_name: str, kong_network: str
) -> str:
    """Create the peering zone for Kong's network; returns its id."""
    domain = _dns_name(domain_name)
    name = f"{kong_network}-{domain.rstrip('.').replace('.', '-')}"
    id_ = f"projects/{KONG_GCP_PROJECT}/managedZones/{name}"
    target = {"networkUrl": network_path(peer_project_id, peer_vpc_name)}
    zone = {
        "name": name,
        "dnsName": domain,
        "visibility": "private",
        "peeringConfig": {"targetNetwork": target},
    }
    _kong(store).put(ZONE, id_, zone)
    return id_


def state(store: Store, *, zone_id: str) -> str:
    """``active``, ``deactivated`` (the customer deleted the network), or ``deleted``."""
    zone = _kong(store).get(ZONE, zone_id)
    if zone is None:
        return "deleted"
    target = zone["peeringConfig"]["targetNetwork"]["networkUrl"]
    return "deactivated" if network_at(_kong(store), target) is None else "active"


def close(store: Store, *, zone_id: str) -> None:
    """Delete the peering zone. The customer's zone and grant stay."""
    _kong(store).remove_all(ZONE, zone_id)


def _kong(store: Store) -> World:
    """GCP as Kong's project sees it."""
    return World(GCP, store, KONG_GCP_PROJECT)


def _dns_name(domain_name: str) -> str:
    """A domain as Cloud DNS writes it: in lower case, with a dot at its end."""
    return f"{domain_name.rstrip('.').lower()}."
