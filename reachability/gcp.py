"""Reads VPC networks, peerings, firewall rules and internal load balancers of GCP.

Sources: Google Cloud, "VPC Network Peering" (both sides, subnet routes, not transitive), "VPC
firewall rules" (priorities, implied rules, target tags), "Health checks overview" (their sources).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from reachability import konnect
from reachability.elements import Condition
from reachability.filters import ANY, PORTS, Direction, Filter, Packet, Rule, decide
from reachability.gcp_policies import policy_rules
from reachability.graph import Endpoint, Network, Peering, Subnet
from reachability.konnect import CONFIG, KonnectAttachment
from reachability.parts import (
    Parts,
    address,
    block,
    blocks,
    element,
    exists,
    foreign_network,
    port_ranges,
    protocol,
)
from reachability.records import Record, Records

NETWORK: Final = "gcp:compute/network:Network"
SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
FIREWALL: Final = "gcp:compute/firewall:Firewall"
PEERING: Final = "gcp:compute/networkPeering:NetworkPeering"
FORWARDING_RULE: Final = "gcp:compute/forwardingRule:ForwardingRule"
BACKEND: Final = "gcp:compute/regionBackendService:RegionBackendService"
HEALTH_CHECK: Final = "gcp:compute/regionHealthCheck:RegionHealthCheck"
VMS: Final = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
TEMPLATE: Final = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
REDIS: Final = "gcp:redis/instance:Instance"

_CHECKERS: Final = (IPv4Network("130.211.0.0/22"), IPv4Network("35.191.0.0/16"))
"""Where Google's health checks come from."""


def read_networks(parts: Parts) -> None:
    """Add the VPC networks with their subnetworks and firewall rules, and load balancers."""
    records = parts.records
    for network in records.of(NETWORK):
        subnets = tuple(
            Subnet(element(one), prefix, region=one.text("region") or "")
            for one in records.referring(network, "network", SUBNETWORK)
            if (prefix := block(one.text("ipCidrRange"))) is not None
        )
        parts.networks[network.urn] = Network(
            network.urn,
            element(network),
            "gcp",
            tuple(one.prefix for one in subnets),
            subnets,
            host_filters=(firewall(records, network),),
        )
    for rule in records.of(FORWARDING_RULE):
        if rule.text("loadBalancingScheme") == "INTERNAL":
            _read_balancer(parts, rule)


def firewall(records: Records, network: Record, tags: tuple[str, ...] = ()) -> Filter:
    """The firewall of a network for hosts with some tags."""
    at = element(network)
    rules = [
        rule
        for one in records.referring(network, "network", FIREWALL)
        if one.properties.get("disabled") is not True and _applies(one, tags)
        for rule in _rules(one)
    ]
    implied = {Direction.IN: False, Direction.OUT: True}
    rules += policy_rules(records, network)
    return Filter(at, f"{network.urn}#{','.join(tags)}", True, tuple(rules), implied, FIREWALL)


def _applies(rule: Record, tags: tuple[str, ...]) -> bool:
    if rule.values("targetServiceAccounts.*"):
        return False
    wanted = {str(tag) for tag in rule.values("targetTags.*")}
    return not wanted or bool(wanted & set(tags))


def _rules(rule: Record) -> Iterator[Rule]:
    inbound = rule.text("direction") != "EGRESS"
    remotes = blocks(rule.values("sourceRanges.*" if inbound else "destinationRanges.*"))
    only_tags = bool(rule.values("sourceTags.*") or rule.values("sourceServiceAccounts.*"))
    for name, allows in (("allows", True), ("denies", False)):
        for one in rule.values(f"{name}.*"):
            yield Rule(
                element(rule),
                Direction.IN if inbound else Direction.OUT,
                allows,
                int(float(rule.text("priority") or 1000)),
                protocol(one.get("protocol", "all")),
                port_ranges(one.get("ports") or ()) or (PORTS,),
                remotes or (() if only_tags or rule.is_unknown("sourceRanges") else (ANY,)),
            )


def _read_balancer(parts: Parts, rule: Record) -> None:
    records = parts.records
    network = records.target(rule, "network", NETWORK)
    subnetwork = records.target(rule, "subnetwork", SUBNETWORK)
    if network is None:
        return
    template = _template(records, rule)
    tags = () if template is None else tuple(str(tag) for tag in template.values("tags.*"))
    filter_ = firewall(records, network, tags)
    ports = tuple(int(float(port)) for port in rule.values("ports.*"))
    prefix = None if subnetwork is None else block(subnetwork.text("ipCidrRange"))
    redis = None if template is None else records.target(template, "metadata", REDIS)
    if not ports and redis is not None:
        ports = (6379,)  # Google tells the port after creation; it is Redis' own.
    parts.endpoints[rule.urn] = Endpoint(
        rule.urn,
        element(rule),
        network.urn,
        prefix or ANY,
        address(rule.text("ipAddress")),
        ports,
        (filter_,),
        tuple(_conditions(records, rule, filter_, ports)),
    )


def _template(records: Records, rule: Record) -> Record | None:
    backend = records.target(rule, "backendService", BACKEND)
    vms = None if backend is None else records.target(backend, "backends.*.group", VMS)
    return None if vms is None else records.target(vms, "versions.*.instanceTemplate", TEMPLATE)


def _conditions(
    records: Records, rule: Record, filter_: Filter, ports: tuple[int, ...]
) -> Iterator[Condition]:
    """What a load balancer needs to pass packets to healthy hosts."""
    network = records.target(rule, "network", NETWORK)
    subnetwork = records.target(rule, "subnetwork", SUBNETWORK)
    yield exists(
        subnetwork is not None and records.target(subnetwork, "network", NETWORK) == network,
        rule,
        SUBNETWORK,
        "it has no subnetwork of its network",
        "give it a subnetwork of its network",
    )
    hosts, at, probes = "", rule, ports
    for path, type_, noun in (
        ("backendService", BACKEND, "backend service"),
        ("backends.*.group", VMS, "group of VMs"),
        ("versions.*.instanceTemplate", TEMPLATE, "template of VMs"),
    ):
        found = records.target(at, path, type_)
        yield exists(found is not None, at, type_, f"it has no {noun}", f"give it a {noun}")
        if found is None:
            return
        if type_ == BACKEND:
            checked = records.target(found, "healthChecks", HEALTH_CHECK)
            probes = () if checked is None else _probes(checked)
            yield exists(
                checked is not None,
                found,
                HEALTH_CHECK,
                "it has no health check, so Google refuses it",
                "give it a health check",
            )
        hosts = found.name if type_ == VMS else hosts
        at = found
    yield from _leads_to_redis(records, at)
    for source in _CHECKERS:
        for port in probes or ports:
            check = Packet(Direction.IN, ANY.network_address, source.network_address, port)
            passes, _ = decide(filter_, check)
            yield exists(
                passes,
                filter_.at,
                FIREWALL,
                f"no firewall rule lets Google's health checks from {source} in to {hosts} on port "
                f"{port}, so {element(rule)} has no healthy backend",
                f"allow {source} on port {port}",
            )


def _probes(check: Record) -> tuple[int, ...]:
    kinds = ("tcpHealthCheck", "sslHealthCheck", "httpHealthCheck", "httpsHealthCheck")
    return tuple(int(float(port)) for kind in kinds for port in check.values(f"{kind}.port"))


def _leads_to_redis(records: Records, template: Record) -> Iterator[Condition]:
    """Forwarders to a Memorystore must be in the network that the Memorystore is peered with."""
    if "startup-script" not in (template.properties.get("metadata") or {}):
        return
    redis = records.target(template, "metadata", REDIS)
    if redis is None:
        if template.dependencies.get("metadata"):
            yield exists(
                False,
                template,
                REDIS,
                "the Memorystore that it forwards to does not exist",
                "create the Memorystore",
            )
        return
    network = records.target(redis, "authorizedNetwork", NETWORK)
    subnetwork = records.target(template, "networkInterfaces.*.subnetwork", SUBNETWORK)
    own = None if subnetwork is None else records.target(subnetwork, "network", NETWORK)
    yield Condition(
        network is None or own is None or network == own,
        element(redis),
        f"it is not in the network of {element(template)}, which forwards to it, and a peering is "
        "not transitive",
        "authorize the forwarders' network",
    )


def read_links(parts: Parts) -> None:
    """Add the peerings of gateway networks."""
    for attachment in konnect.attachments(parts, "gcp-vpc-peering-attachment"):
        _read_peering(parts, attachment)


def _read_peering(parts: Parts, attachment: KonnectAttachment) -> None:
    records, record = parts.records, attachment.record
    path = f"{CONFIG}.peer_vpc_name"
    network = records.target(record, path, NETWORK)
    gateway = attachment.gateway
    if network is None:
        if records.is_foreign(record, path, NETWORK):
            key = foreign_network(parts, record, "gcp", [ANY])
            ends = (gateway.key, key)
            parts.peerings[record.urn] = Peering(record.urn, element(record), ends, automatic=True)
        return
    ours = [
        one
        for one in records.referring(network, "network", PEERING)
        if gateway.key
        in (found.urn for found in records.targets(one, "peerNetwork", konnect.NETWORK))
    ]
    exports = any(one.properties.get("exportCustomRoutes") is True for one in ours)
    condition = exists(
        bool(ours),
        record,
        PEERING,
        f"{element(network)} has no peering with the gateway network: both sides must create one",
        "create the customer's side of the peering",
    )
    parts.peerings[record.urn] = Peering(
        record.urn,
        element(record),
        (gateway.key, network.urn),
        (condition,),
        automatic=True,
        exporter=network.urn if exports else "",
        export_at=element(ours[0]) if ours else None,
    )
