"""Mutations of a stack's resources, one at a time, and what depends on each resource.

What depends on a resource is read from names, regions and zones here, not from the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from reachability.build import graph_of
from reachability.graph import Graph
from reachability.records import Record, Records
from reachability.walk import Walk, walk

FOREIGN_BLOCK: Final = "192.0.2.0/24"


@dataclass(frozen=True)
class Service:
    """A service that one gateway calls."""

    gateway: str
    zone: str
    """The AWS zone of its subnet; ``redis`` for a forwarded Redis; empty elsewhere."""
    address: IPv4Address | None
    port: int

    def __str__(self) -> str:
        return f"{self.gateway}/{self.zone or 'workload'}"


@dataclass(frozen=True)
class Mutation:
    """A stack with one resource that is taken away or spoiled."""

    what: str
    record: Record
    records: Sequence[Record]


@dataclass
class Report:
    """What the mutations showed."""

    tried: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)
    """Services that do not depend on the mutated resource and became unreachable."""
    unnamed: list[str] = field(default_factory=list)
    """Stops that do not name the mutated resource, nor its type as missing."""
    redundant: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"tried {self.tried}, found {self.found}, missed {len(self.missed)}, falsely blamed "
            f"{len(self.blamed)}, not named {len(self.unnamed)}, redundant {len(self.redundant)}"
        )


def verdicts(graph: Graph, services: Sequence[Service]) -> dict[Service, Walk | None]:
    """The walk of each service. None: its gateway or endpoint is not in the graph."""
    found: dict[Service, Walk | None] = {}
    for service in services:
        found[service] = None
        gateway = graph.gateways.get(service.gateway)
        if gateway is None:
            continue
        if service.address is not None:
            found[service] = walk(graph, service.gateway, service.address, service.port)
            continue
        for redis in graph.redis:
            if redis.gateway == gateway.key and redis.endpoint is not None:
                endpoint = graph.endpoints[redis.endpoint]
                found[service] = walk(graph, service.gateway, endpoint, service.port)
    return found


def judge(
    records: Sequence[Record], services: Sequence[Service], mutations: Iterator[Mutation]
) -> Report:
    """Try all mutations."""
    before = verdicts(graph_of(Records(records)), services)
    assert all(one is not None and one.reaches for one in before.values()), before
    report = Report()
    for mutation in mutations:
        report.tried += 1
        after = verdicts(graph_of(Records(mutation.records)), services)
        lost = {service for service, one in after.items() if one is None or not one.reaches}
        due = {service for service in services if depends(service, mutation)}
        label = f"{mutation.what}: {mutation.record.type} {mutation.record.name}"
        report.missed += [f"{label} -> {service}" for service in due - lost]
        report.blamed += [f"{label} -> {service}" for service in lost - due]
        for service in due & lost:
            walked = after[service]
            if walked is not None and walked.stop is not None and not names(walked, mutation):
                report.unnamed.append(f"{label} -> {walked.stop}")
        report.found += due == lost and bool(due)
        if not due and not lost:
            report.redundant.append(label)
    return report


def names(walked: Walk, mutation: Mutation) -> bool:
    """Whether an answer names the mutated resource, or its type as missing.

    A resource that contains others takes them with it: an answer may name one of them.
    """
    stop = walked.stop
    assert stop is not None
    record = mutation.record
    text = f"{stop.problem} {stop.remedy}"
    if stop.at.urn == record.urn or stop.wanted == record.type or record.name in text:
        return True
    within = [one for one in mutation.records if record.urn in _causes(one)]
    return any(stop.at.urn == one.urn or stop.wanted == one.type for one in within)


def _causes(record: Record) -> set[str]:
    return {urn for urns in record.dependencies.values() for urn in urns}


def removals(records: Sequence[Record], types: frozenset[str]) -> Iterator[Mutation]:
    """Each resource taken away."""
    for one in records:
        if one.type in types:
            yield Mutation("without", one, [other for other in records if other is not one])


def spoiled(records: Sequence[Record], types: frozenset[str]) -> Iterator[Mutation]:
    """Each block, port, flag and reference of each resource changed."""
    for one in records:
        if one.type not in types:
            continue
        for what, changed in (*_values(one), *_references(one, records)):
            yield Mutation(what, one, [changed if other is one else other for other in records])


def _values(record: Record) -> Iterator[tuple[str, Record]]:
    for path, value in _leaves(record.properties):
        changed = _changed(path, value)
        if changed is not None:
            properties = _with(record.properties, path, changed)
            where = ".".join(map(str, path))
            yield f"{where}={changed}", replace(record, properties=properties)


def _changed(path: tuple[Any, ...], value: Any) -> Any:
    name = next(str(key) for key in reversed(path) if not str(key).isdigit())
    if name in _WORDS:
        return _WORDS[name].get(str(value))
    if name in _PORTS:
        return str(int(float(value)) + 1) if isinstance(value, str) else value + 1
    if isinstance(value, str) and "/" in value:
        try:
            IPv4Network(value)
        except ValueError:
            return None
        return FOREIGN_BLOCK if value not in (FOREIGN_BLOCK,) else None
    return None


_PORTS: Final = frozenset({"fromPort", "ports", "destinationPortRanges", "port"})
_GROUP: Final = "azure-native:resources:ResourceGroup"
_REDIS: Final = "gcp:redis/instance:Instance"
_NOT_PATHS: Final = frozenset(
    {
        ("azure-native:network:VirtualNetwork", "roleAssignmentName"),
        ("azure-native:network:VirtualNetwork", "roleDefinitionId"),
        (_GROUP, "resourceGroupName"),
        (_GROUP, "scope"),
        (_GROUP, "transit_gateway_attachment_config"),
        # The order of creation only.
        ("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "transitGatewayId"),
        # The port only, which is the same.
        (_REDIS, "allows"),
        (_REDIS, "ports"),
        (_REDIS, "sslHealthCheck"),
        ("gcp:compute/regionHealthCheck:RegionHealthCheck", "healthChecks"),
    }
)
"""What a property takes from a resource of a type without that a path depends on it."""
_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "access": {"Allow": "Deny"},
    "direction": {"Inbound": "Outbound", "INGRESS": "EGRESS"},
    "protocol": {"Tcp": "Udp", "tcp": "udp"},
    "ipProtocol": {"tcp": "udp"},
    "allowExternalPrincipals": {"True": False},
    "targetTags": {},
    "actions": {
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write": "Microsoft.Network/read"
    },
}


def _references(record: Record, records: Sequence[Record]) -> Iterator[tuple[str, Record]]:
    """Each reference of a resource led to another resource of the same type."""
    for name, urns in record.dependencies.items():
        for urn in urns:
            old = next((one for one in records if one.urn == urn), None)
            if old is None or (old.type, name) in _NOT_PATHS:
                continue
            for new in records:
                if new.type == old.type and new is not old:
                    yield f"{name}->{new.name}", _led_to(record, name, old, new)
                    break


def _led_to(record: Record, name: str, old: Record, new: Record) -> Record:
    others = [new.urn if urn == old.urn else urn for urn in record.dependencies[name]]
    value = _replaced(record.properties[name], old, new)
    return replace(
        record,
        properties={**record.properties, name: value},
        dependencies={**record.dependencies, name: others},
    )


def _replaced(value: Any, old: Record, new: Record) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return new.id if old.id is not None and value == old.id else value


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _with(value: Any, path: tuple[Any, ...], changed: Any) -> Any:
    if not path:
        return changed
    first, *rest = path
    if isinstance(value, Mapping):
        return {**value, first: _with(value[first], tuple(rest), changed)}
    return [
        _with(item, tuple(rest), changed) if index == first else item
        for index, item in enumerate(value)
    ]


def depends(service: Service, mutation: Mutation) -> bool:
    """Whether a service depends on what a mutation changes, by the names of resources."""
    record, what = mutation.record, mutation.what
    if f"-{service.gateway}" not in record.name:
        return False
    kind = record.type.rpartition(":")[2]
    redis = service.zone == "redis"
    if kind in ("Subnet", "RouteTableAssociation") and "aws" in record.type:
        if record.name.endswith("-transit"):
            # The attachment has it in this zone. Its block and its routes carry no packets.
            gone = kind == "Subnet" and what.startswith(("without", "vpcId->"))
            return gone and f"-{service.zone}-" in record.name
        if "ec2transitgateway" not in record.type:
            return f"-{service.zone}" in record.name
    if "redis" in record.name:
        if what.startswith(("ipCidrRange", "subnetwork->", "networkInterfaces->")):
            # The address moves too. Only a subnetwork of another network is wrong.
            return redis and "->" in what and service.gateway not in what
        return redis
    if kind in ("Firewall", "Subnetwork"):
        return not redis
    if "-not-from-gateway" in record.name:
        # It takes away: only when it is before the rule that allows does it matter.
        return False
    if kind == "NetworkSecurityGroup" or what.startswith("networkSecurityGroup->"):
        return False  # Azure's default rules let peered networks in
    if kind == "CloudGatewayNetwork" and "azure" in service.gateway and what.startswith("cidr"):
        return False  # the same: no rule is about the new block
    if what.startswith("subnetIds->"):
        # The VPC attachment needs a subnet of the VPC in the zone of the service.
        changed = next(one for one in mutation.records if one.urn == record.urn)
        place = f"-{service.gateway}-{service.zone}"
        return not any(place in urn for urn in changed.dependencies["subnetIds"])
    return True
