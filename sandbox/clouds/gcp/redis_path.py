"""The way of a packet from a gateway in GCP to its Redis, hop by hop.

Kong's network reaches what is in a network that is peered with it, such as a forwarding rule. It
does not reach what is only peered with that network, such as a Memorystore: peering is not
transitive. Source: "VPC Network Peering" and "Internal passthrough Network Load Balancers and
connected networks" of Google Cloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from sandbox.accounts import KONG_GCP_PROJECT
from sandbox.clouds.gcp.backends import INTERNAL, REGION_BACKEND_SERVICE
from sandbox.clouds.gcp.cloud import GCP, network_path, path, project_in
from sandbox.clouds.gcp.forwarders import Stopped, check_health, is_address, let_in, redis_behind
from sandbox.clouds.gcp.internal_load_balancing import FORWARDING_RULE
from sandbox.clouds.gcp.network import network_at, users
from sandbox.clouds.gcp.peering import PEERING, peerings
from sandbox.clouds.gcp.redis import REDIS
from sandbox.clouds.world import World
from sandbox.store import Body, Found, Store


@dataclass(frozen=True)
class Path:
    """The hops that a packet takes, in words, and where it ends."""

    hops: tuple[str, ...]
    """What the packet passed, from Kong's network on."""
    instance: Found | None = None
    """The Memorystore that it reaches. None: it does not arrive."""
    stopped: str = ""
    """The hop that stops it and why. Empty: it arrives."""


def redis_path(store: Store, network: str, host: str, port: int) -> Path:
    """The way from Kong's network to ``host`` and ``port``.

    ``network`` is the id of a Konnect network, or the path or URL of Kong's network in GCP.
    """
    hops: list[str] = []
    try:
        instance = _walk(store, network, host, port, hops)
    except Stopped as error:
        return Path(tuple(hops), stopped=str(error))
    return Path(tuple(hops), instance)


def _walk(store: Store, network: str, host: str, port: int, hops: list[str]) -> Found:
    """Add the hops one after the other. Raises Stopped at the one that lets nothing through."""
    world = World(GCP, store, KONG_GCP_PROJECT)
    kong, konnect_network = _kongs_network(store, network)
    block = IPv4Network(konnect_network["cidr_block"])
    region = konnect_network["region"]
    hops.append(f"Kong's network {_name(kong)}, {block} in {region}")
    if not is_address(host):
        raise Stopped(f"{host}: it is not an IPv4 address")
    peers = _peers(world, kong)
    rule = _rule(world, peers, host, port)
    of_rule = network_path(rule.tenant, rule.body["network"])
    hops.append(f"peering with {of_rule}, ACTIVE in both directions")
    _reached_from(rule.body, region)
    hops.append(f"forwarding rule {rule.body['name']}, {host} port {port} in {rule.place}")
    own = World(GCP, store, rule.tenant, rule.place)
    service = own.get(REGION_BACKEND_SERVICE, _service_of(rule))
    if service is None:
        raise Stopped(f"forwarding rule {rule.body['name']}: it has no backend service")
    forwarders = check_health(own, service, port)
    size = forwarders.manager.body["targetSize"]
    hops.append(f"backend service {service['name']}, {size} healthy VMs in {forwarders.name}")
    let_by = let_in(own, forwarders, block, port)
    hops.append(f"firewall rule {let_by}, which lets {block} in")
    to, to_port = forwarders.destination(port)
    hops.append(f"forwarders {forwarders.name}, which forward to {to} port {to_port}")
    instance = redis_behind(own, forwarders, port)
    hops.append(f"Memorystore {instance.body['name']}, ready and peered with {of_rule}")
    return instance


def _kongs_network(store: Store, network: str) -> tuple[str, Body]:
    """The path of Kong's network in GCP, and the Konnect network. Raises Stopped."""
    for found in store.anywhere("konnect", "networks"):
        vpc_id = (found.body.get("provider_metadata") or {}).get("vpc_id")
        if found.body.get("_provider") != "gcp" or vpc_id is None:
            continue
        kong = network_path(KONG_GCP_PROJECT, vpc_id)
        if network == found.id or path(network) in (kong, vpc_id):
            return kong, found.body
    raise Stopped(f"Kong's network {network}: it is not ready, or not in GCP")


def _peers(world: World, kong: str) -> list[str]:
    """The paths of the networks that are peered with Kong's in both directions. Raises Stopped."""
    active: list[str] = []
    waiting: list[str] = []
    if network_at(world, kong) is not None:
        for user in users(world, kong):
            if user.kind != PEERING.token:
                continue
            peer = path(user.body["peerNetwork"])
            both = user.body["state"] == "ACTIVE" and any(
                one.body["state"] == "ACTIVE" for one in peerings(world, peer, kong)
            )
            (active if both else waiting).append(peer)
    if not active:
        why = (
            f"the peering with {', '.join(waiting)} is INACTIVE" if waiting else "it has no peering"
        )
        raise Stopped(f"Kong's network {_name(kong)}: {why}")
    return active


def _rule(world: World, peers: list[str], host: str, port: int) -> Found:
    """The forwarding rule of a peered network that has an address and port. Raises Stopped."""
    for user in _in(world, peers, FORWARDING_RULE.token):
        if user.body.get("ipAddress") != host:
            continue
        name = user.body["name"]
        if user.body["loadBalancingScheme"] != INTERNAL:
            raise Stopped(f"forwarding rule {name}: it is not of a passthrough load balancer")
        if str(port) not in user.body.get("ports", []):
            ports = ", ".join(user.body.get("ports", []))
            raise Stopped(f"forwarding rule {name}: it has the ports {ports}, not {port}")
        return user
    for user in _in(world, peers, REDIS.token):
        if user.body.get("host") == host:
            raise Stopped(
                f"{host}: it is the Memorystore {user.body['name']}, which is only peered with "
                f"{_name(user.body['authorizedNetwork'])}, and peering is not transitive"
            )
    raise Stopped(f"{host}: nothing in {', '.join(peers)} has the address")


def _in(world: World, networks: list[str], token: str) -> Iterator[Found]:
    """The objects of a type in the networks."""
    for network in networks:
        if network_at(world.of(project_in(network)), network) is None:
            continue
        for user in users(world, network):
            if user.kind == token:
                yield user


def _reached_from(rule: Body, region: str) -> None:
    """Raise Stopped when the rule is for clients of another region only."""
    if rule["region"] != region and not rule.get("allowGlobalAccess"):
        where = f"it is for clients in {rule['region']}, and the gateway is in {region}"
        raise Stopped(f"forwarding rule {rule['name']}: {where}")


def _service_of(rule: Found) -> str:
    """The id of the backend service of a forwarding rule."""
    found = path(rule.body["backendService"])
    if "/" in found:
        return found
    return f"projects/{rule.tenant}/regions/{rule.place}/backendServices/{found}"


def _name(network: str) -> str:
    return network.rsplit("/", 1)[-1]


def is_simulated(store: Store, host: str) -> bool:
    """Whether a forwarding rule or a Memorystore of the simulated GCP has an address."""
    having = {FORWARDING_RULE.token: "ipAddress", REDIS.token: "host"}
    return any(
        any(store.anywhere(GCP.name, token, equal={field: host})) for token, field in having.items()
    )
