"""The services that gateways must reach, and whether they do.

A service has an address or a name. Names are walked too: private DNS of the gateway must cover the
name, and one of its servers must be reached. With both, a known record must have the address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from reachability import konnect
from reachability.elements import Element
from reachability.filters import Direction, Packet, permission
from reachability.graph import Endpoint, Graph, Network, Redis, Resolution, ServiceEndpoint
from reachability.parts import address as address_of
from reachability.records import Records
from reachability.trip import Hop, Stop
from reachability.walk import Walk, walk

GATEWAY: Final = "multicloudgateway:index:MultiCloudGateway"
_PRIVATE_DNS: Final = "pulumi-python:dynamic/konnect:CloudGatewayPrivateDns"
_DNS: Final = 53


@dataclass(frozen=True)
class Service:
    """A service that gateways must reach."""

    key: str
    port: int
    address: IPv4Address | None = None
    name: str | None = None
    """A DNS name. The gateway resolves it in private."""
    gateways: tuple[str, ...] = ()
    """Keys of the regions whose gateways need it: ``aws-us-east-2``. Empty: all."""
    cloud: str = ""
    region: str = ""
    isolated: tuple[str, ...] = ()
    """Keys of isolated regions: their gateways reach nothing, on purpose."""

    def __str__(self) -> str:
        return f"{self.key} ({self.name or self.address}:{self.port})"


@dataclass(frozen=True)
class Verdict:
    """Whether one gateway reaches one service."""

    service: Service
    gateway: str
    hops: tuple[Hop, ...]
    stop: Stop | None
    assumptions: tuple[str, ...] = ()

    @property
    def reaches(self) -> bool:
        """Whether the gateway reaches the service."""
        return self.stop is None


def declared_services(records: Records) -> list[Service]:
    """The services in the outputs of the stack's gateways."""
    found = []
    for gateway in records.of(GATEWAY):
        services = gateway.properties.get("services")
        for key, one in services.items() if isinstance(services, dict) else ():
            address = one.get("address")
            found.append(
                Service(
                    str(key),
                    int(one["port"]),
                    None if address is None else IPv4Address(address),
                    one.get("name"),
                    tuple(one.get("gateways") or ()),
                    str(one.get("cloud") or ""),
                    str(one.get("region") or ""),
                    tuple(gateway.properties.get("isolated_regions") or ()),
                )
            )
    return found


def verdicts(graph: Graph, services: Sequence[Service]) -> list[Verdict]:
    """Whether each gateway reaches each service that it needs. Isolated ones are left out."""
    return [
        verdict(graph, service, gateway)
        for service in services
        for gateway in service.gateways or graph.gateways
        if gateway not in service.isolated
    ]


def verdict(graph: Graph, service: Service, gateway: str) -> Verdict:
    """Whether one gateway reaches a service."""
    network = graph.gateways.get(gateway)
    if network is None:
        stop = Stop(
            Element(GATEWAY, gateway),
            f"there is no gateway {gateway}",
            "add the region, or correct the gateways of the service",
            konnect.NETWORK,
        )
        return Verdict(service, gateway, (), stop)
    name = None if service.name is None else normal(service.name)
    for endpoint in graph.service_endpoints:
        if endpoint.gateway == network.key and endpoint.domain == name:
            return _over_endpoint(graph, service, gateway, endpoint)
    hops: tuple[Hop, ...] = ()
    assumptions: tuple[str, ...] = ()
    addresses = [] if service.address is None else [service.address]
    if name is not None:
        resolved = _resolve(graph, network, name, service.address)
        if resolved.stop is not None:
            return Verdict(service, gateway, resolved.hops, resolved.stop, resolved.assumptions)
        hops, assumptions = resolved.hops, resolved.assumptions
        addresses = list(resolved.addresses) or addresses
    for address in addresses:
        walked = walk(graph, gateway, address, service.port)
        hops += walked.hops
        assumptions = tuple(dict.fromkeys(assumptions + walked.assumptions))
        if walked.stop is not None:
            return Verdict(service, gateway, hops, walked.stop, assumptions)
    if not addresses:
        assumptions += (
            f"the address of {service.name} is not in the stack, so only its resolution is "
            "checked; write address beside name",
        )
    return Verdict(service, gateway, hops, None, assumptions)


@dataclass(frozen=True)
class _Resolved:
    addresses: tuple[IPv4Address, ...] = ()
    stop: Stop | None = None
    hops: tuple[Hop, ...] = ()
    assumptions: tuple[str, ...] = ()


def normal(name: str) -> str:
    """A DNS name as the graph has it: in lower case, without the dot of the root."""
    return name.rstrip(".").lower()


def is_private(graph: Graph, gateway: Network, name: str) -> bool:
    """Whether a gateway has private DNS or a resource endpoint for a name: others are public."""
    return any(
        one.gateway == gateway.key and one.domain and one.covers(normal(name))
        for one in graph.resolutions
    ) or any(
        one.gateway == gateway.key and one.domain == normal(name) for one in graph.service_endpoints
    )


def _resolve(graph: Graph, gateway: Network, name: str, expected: IPv4Address | None) -> _Resolved:
    """Resolve a name as a gateway does: the longest domain that covers it decides.

    ``expected`` is the address that the service is declared with.
    """
    covering = [
        one
        for one in graph.resolutions
        if one.gateway == gateway.key and (not one.domain or one.covers(name))
    ]
    if not covering:
        problem = f"no private DNS of the gateway covers {name}"
        remedy = "declare the domain in dns of the region, or write the address of the service"
        return _Resolved(stop=Stop(gateway.at, problem, remedy, _PRIVATE_DNS))
    resolution = max(covering, key=lambda one: len(one.domain))
    for one in resolution.conditions:
        if not one.met:
            return _Resolved(stop=Stop(one.at, one.problem, one.remedy, one.wanted))
    hops: tuple[Hop, ...] = (
        Hop(
            resolution.at, f"{name} is resolved as {resolution.domain or 'a zone of another stack'}"
        ),
    )
    if resolution.records is None:
        return _asked(graph, gateway, resolution, hops)
    found = _record(resolution.records, name)
    if found is None:
        problem = f"{resolution.domain} has no record {name}"
        return _Resolved(
            stop=Stop(resolution.at, problem, f"add the record {name} to the zone"), hops=hops
        )
    if found and expected is not None and expected not in found:
        problem = f"{name} is {', '.join(map(str, found))} there, and the service is {expected}"
        remedy = "correct the record, or the address of the service"
        return _Resolved(stop=Stop(resolution.at, problem, remedy), hops=hops)
    return _Resolved(found, hops=hops)


def _record(
    records: Mapping[str, tuple[IPv4Address, ...]], name: str
) -> tuple[IPv4Address, ...] | None:
    """The record of a name, or the wildcard at its closest encloser. Source: RFC 4592, 3.3.1."""
    if name in records:
        return records[name]
    parent = name.partition(".")[2]
    while parent:
        if f"*.{parent}" in records:
            return records[f"*.{parent}"]
        if any(one == parent or one.endswith(f".{parent}") for one in records):
            return None
        parent = parent.partition(".")[2]
    return None


def _asked(
    graph: Graph, gateway: Network, resolution: Resolution, hops: tuple[Hop, ...]
) -> _Resolved:
    """Ask the servers of a domain: one of them must be reached over UDP.

    A resolver asks over TCP only what is cut off over UDP. Source: RFC 7766, section 5.
    """
    targets: list[IPv4Address | Endpoint] = [graph.endpoints[key] for key in resolution.endpoints]
    targets += resolution.servers
    walks = [walk(graph, gateway.gateway, target, _DNS, "udp") for target in targets]
    if not walks:
        return _Resolved(hops=hops, assumptions=(f"{resolution.at} is another stack's zone",))
    good = [one for one in walks if one.reaches]
    if good:
        return _Resolved(hops=hops + good[0].hops, assumptions=good[0].assumptions)
    return _Resolved(stop=walks[0].stop, hops=hops + walks[0].hops)


def _over_endpoint(
    graph: Graph, service: Service, gateway: str, endpoint: ServiceEndpoint
) -> Verdict:
    """Judge a service of a resource endpoint: it needs no route, and it is one-way."""
    stop = _endpoint_stop(graph, service.port, endpoint)
    words = f"{endpoint.domain} leads to the resource configuration, one way"
    return Verdict(service, gateway, (Hop(endpoint.at, words),), stop)


def _endpoint_stop(graph: Graph, port: int, endpoint: ServiceEndpoint) -> Stop | None:
    for one in endpoint.conditions:
        if not one.met:
            return Stop(one.at, one.problem, one.remedy, one.wanted)
    if not any(low <= port <= high for low, high in endpoint.ports):
        listed = ", ".join(
            f"{low}-{high}" if low < high else str(low) for low, high in endpoint.ports
        )
        problem = f"the resource configuration has the ports {listed}, not {port}"
        return Stop(endpoint.at, problem, f"add the port {port} to the service's ports")
    network = graph.networks.get(endpoint.network)
    if network is None or not network.prefixes:
        return None
    target = endpoint.address or network.prefixes[0].network_address + 4
    out = Packet(Direction.OUT, network.prefixes[0].network_address, target, port)
    if permission(endpoint.filters, out) is None:
        problem = f"no security group of the resource gateway allows {target} on port {port}"
        at = endpoint.filters[0].at if endpoint.filters else endpoint.at
        return Stop(at, problem, "add an egress rule", _EGRESS)
    keys = tuple(one.key for one in endpoint.filters)
    into = Packet(Direction.IN, target, out.local, port, groups=keys)
    if network.contains(target) and permission(network.host_filters, into) is None:
        problem = f"no security group of upstreams lets the resource gateway in on port {port}"
        return Stop(network.at, problem, "allow its security group", _INGRESS)
    return None


_EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def redis_walks(graph: Graph) -> Iterator[tuple[str, str, Walk | Verdict | None]]:
    """For each gateway: what its Redis is, and the walk to it. None: it is in Kong's network."""
    by_key = {one.key: name for name, one in graph.gateways.items()}
    for redis in graph.redis:
        gateway = by_key[redis.gateway]
        if redis.managed:
            yield gateway, f"{redis.at} (managed by Konnect)", None
        elif redis.endpoint is not None:
            endpoint = graph.endpoints[redis.endpoint]
            yield gateway, str(redis.at), walk(graph, gateway, endpoint, redis.port)
        else:
            yield gateway, str(redis.at), _redis_by_host(graph, redis, gateway)


def _redis_by_host(graph: Graph, redis: Redis, gateway: str) -> Verdict:
    """Judge a Redis that is an address, a name, or not known yet."""
    host = redis.host or ""
    given = address_of(host)
    service = Service(str(redis.at), redis.port, given, None if given or not host else host)
    if given is not None or (host and is_private(graph, graph.gateways[gateway], host)):
        return verdict(graph, service, gateway)
    unchecked = "its host is not known"
    if host:
        unchecked = f"no private DNS of the gateway covers {host}, so it is taken as public"
    return Verdict(service, gateway, (), None, (unchecked,))
