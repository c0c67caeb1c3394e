"""What the VMs of an instance group do with packets, and whether a backend service is healthy.

A VM forwards what its startup script says: ``iptables`` rules that give packets another destination
(DNAT). The sandbox reads these rules and runs no VM. Everything is computed when it is asked for,
so health follows each change of the network at once.
Source: "Health checks overview", "Firewall rules" and "Internal passthrough Network Load Balancer
overview" of Google Cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Any

from sandbox.clouds.declare import ResourceType
from sandbox.clouds.gcp.cloud import network_path, path
from sandbox.clouds.gcp.firewall import FIREWALL
from sandbox.clouds.gcp.health_check import PROTOCOLS, REGION_HEALTH_CHECK
from sandbox.clouds.gcp.instance_groups import GROUP_MANAGER, TEMPLATE
from sandbox.clouds.gcp.network import SUBNETWORK, users
from sandbox.clouds.gcp.redis import REDIS
from sandbox.clouds.world import PENDING, World
from sandbox.store import Body, Found

PROBES = (IPv4Network("130.211.0.0/22"), IPv4Network("35.191.0.0/16"))
"""The blocks that health checks of internal passthrough load balancers come from."""
_FORWARDED = re.compile(
    r"^iptables -t nat -A PREROUTING .*--dport (?P<port>\d+) .*"
    r"-j DNAT --to-destination (?P<host>[\d.]+):(?P<to>\d+)\s*$",
    re.MULTILINE,
)
_ANSWERED = {"TCP": (False, True), "SSL": (True,)}
"""Protocol of a health check -> which Redis completes it: one without TLS, one with it."""


class Stopped(Exception):
    """A packet goes no further. The text names the hop and says why."""


@dataclass(frozen=True)
class Forwarders:
    """The VMs behind a backend service."""

    manager: Found
    template: Body
    network: str
    """The path of their network."""
    region: str

    @property
    def name(self) -> str:
        """The name of their group."""
        return str(self.manager.body["name"])

    @property
    def tags(self) -> frozenset[str]:
        """The network tags by which firewall rules mean them."""
        return frozenset(self.template.get("tags", ()))

    def destination(self, port: int) -> tuple[str, int]:
        """Where a packet to a port is forwarded to. Raises Stopped when it is not forwarded."""
        script = (self.template.get("metadata") or {}).get("startup-script", "")
        for found in _FORWARDED.finditer(script):
            if int(found["port"]) == port:
                return found["host"], int(found["to"])
        raise Stopped(f"instance group {self.name}: its VMs forward nothing from port {port}")


def forwarders_of(world: World, service: Body) -> Forwarders:
    """The VMs of a backend service. Raises Stopped when it has none that run."""
    for backend in service.get("backends", []):
        id_ = path(backend["group"]).replace("/instanceGroups/", "/instanceGroupManagers/")
        manager = world.find(GROUP_MANAGER, id_)
        if manager is None:
            continue
        name = manager.body["name"]
        if PENDING in manager.body:
            raise Stopped(f"instance group {name}: its VMs are still starting")
        if not manager.body.get("targetSize"):
            raise Stopped(f"instance group {name}: it has no VMs")
        template = at(world, TEMPLATE, manager.body["versions"][0]["instanceTemplate"])
        if template is None:
            raise Stopped(f"instance group {name}: its instance template is gone")
        interface = template["networkInterfaces"][0]
        subnetwork = at(world, SUBNETWORK, interface["subnetwork"])
        if subnetwork is None:
            raise Stopped(f"instance group {name}: the subnetwork of its VMs is gone")
        network = network_path(world.tenant, subnetwork["network"])
        return Forwarders(manager, template, network, world.place)
    raise Stopped(f"backend service {service['name']}: it has no instance group")


_COLLECTIONS: Mapping[str, str] = {
    TEMPLATE.token: "instanceTemplates",
    SUBNETWORK.token: "subnetworks",
    REGION_HEALTH_CHECK.token: "healthChecks",
}


def at(world: World, type_: ResourceType, value: str) -> Body | None:
    """The body of a regional object that is given by its name, path or URL."""
    found = path(value)
    if "/" not in found:
        collection = _COLLECTIONS[type_.token]
        found = f"projects/{world.tenant}/regions/{world.place}/{collection}/{found}"
    return world.get(type_, found)


def check_health(world: World, service: Body, port: int) -> Forwarders:
    """The VMs of a backend service, if health checks find them healthy.

    A check goes through the VM to the Redis, as every packet to the port does. ``port`` is that of
    the forwarding rule. Raises Stopped with the reason.
    """
    forwarders = forwarders_of(world, service)
    name = service["name"]
    check = at(world, REGION_HEALTH_CHECK, service.get("healthChecks", ""))
    if check is None:
        raise Stopped(f"backend service {name}: it has no health check")
    block: Body = next((check[key] for key in PROTOCOLS if key in check), {})
    checked = port if block.get("portSpecification") == "USE_SERVING_PORT" else block.get("port")
    if checked is None:
        raise Stopped(f"backend service {name}: its health check has no port")
    for probe in PROBES:
        try:
            let_in(world, forwarders, probe, int(checked))
        except Stopped as error:
            raise Stopped(
                f"backend service {name}: no VM is healthy, because health checks from {probe} "
                f"do not arrive: {error}"
            ) from None
    try:
        instance = redis_behind(world, forwarders, int(checked))
    except Stopped as error:
        why = f"backend service {name}: no VM is healthy, because the check ends at {error}"
        raise Stopped(why) from None
    encrypted = instance.body["transitEncryptionMode"] == "SERVER_AUTHENTICATION"
    if encrypted not in _ANSWERED.get(check["type"], ()):
        raise Stopped(
            f"backend service {name}: no VM is healthy, because Redis does not answer a health "
            f"check of the type {check['type']}"
        )
    return forwarders


def redis_behind(world: World, forwarders: Forwarders, port: int) -> Found:
    """The Memorystore that packets to a port of the VMs end at. Raises Stopped."""
    host, to = forwarders.destination(port)
    for rule in _rules(world, forwarders.network, "EGRESS", forwarders.tags):
        if _has_block(rule, "destinationRanges", IPv4Network(host)) and _of_port(
            rule, "denies", to
        ):
            raise Stopped(f"firewall rule {rule['name']}: it denies the way to {host}:{to}")
        if _has_block(rule, "destinationRanges", IPv4Network(host)) and _of_port(
            rule, "allows", to
        ):
            break
    return redis_at(world, forwarders.network, host, to)


def redis_at(world: World, network: str, host: str, port: int) -> Found:
    """The ready Memorystore with an address, which is peered with ``network``. Raises Stopped."""
    for user in users(world, network):
        if user.kind != REDIS.token or user.body["host"] != host:
            continue
        name = user.body["name"]
        if PENDING in user.body:
            raise Stopped(f"Memorystore {name}: it is still being created")
        if user.body["port"] != port:
            at_port = f"it listens on port {user.body['port']}, not on {port}"
            raise Stopped(f"Memorystore {name}: {at_port}")
        return user
    raise Stopped(f"{host}: no Memorystore that is peered with {network} has the address")


def let_in(world: World, forwarders: Forwarders, block: IPv4Network, port: int) -> str:
    """The name of the firewall rule that lets a block in to the VMs. Raises Stopped without one."""
    for rule in _rules(world, forwarders.network, "INGRESS", forwarders.tags):
        if _of_port(rule, "denies", port) and _overlaps(rule, "sourceRanges", block):
            raise Stopped(f"firewall rule {rule['name']}: it denies {block} on port {port}")
        if _of_port(rule, "allows", port) and _has_block(rule, "sourceRanges", block):
            return str(rule["name"])
    raise Stopped(f"firewall of {forwarders.network}: no rule lets {block} in on port {port}")


def _rules(world: World, network: str, direction: str, tags: frozenset[str]) -> Iterator[Body]:
    """The rules of a network for VMs with these tags, in the order in which they count."""
    found = [
        user.body
        for user in users(world, network)
        if user.kind == FIREWALL.token
        and user.body["direction"] == direction
        and not user.body.get("disabled")
        and (not user.body.get("targetTags") or tags & set(user.body["targetTags"]))
    ]
    # Of two rules with the same priority, the one that denies counts.
    return iter(sorted(found, key=lambda rule: (rule["priority"], "allows" in rule)))


def _blocks(rule: Body, side: str) -> list[IPv4Network]:
    """The IPv4 blocks of a side of a rule; without any, all addresses."""
    given = [ip_network(value) for value in rule.get(side) or ["0.0.0.0/0"]]
    return [block for block in given if isinstance(block, IPv4Network)]


def _has_block(rule: Body, side: str, block: IPv4Network) -> bool:
    return any(block.subnet_of(one) for one in _blocks(rule, side))


def _overlaps(rule: Body, side: str, block: IPv4Network) -> bool:
    return any(block.overlaps(one) for one in _blocks(rule, side))


def _of_port(rule: Body, action: str, port: int) -> bool:
    """Whether a rule does something with TCP packets to a port."""
    return any(
        entry["protocol"].lower() in ("tcp", "6", "all") and _in_ports(entry, port)
        for entry in rule.get(action, [])
    )


def _in_ports(entry: Mapping[str, Any], port: int) -> bool:
    ports = entry.get("ports") or ["0-65535"]
    for found in ports:
        low, _, high = found.partition("-")
        if int(low) <= port <= int(high or low):
            return True
    return False


def is_address(value: str) -> bool:
    """Whether a value is an IPv4 address."""
    try:
        IPv4Address(value)
    except ValueError:
        return False
    return True
