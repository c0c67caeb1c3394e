"""The upstreams of the APIs in the stack: what the gateways of a control plane forward to.

A Gateway service has a host: an address, the name of an upstream with targets, or a DNS name. A
name that no private DNS of a gateway covers is taken as public, and is not walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reachability import konnect
from reachability.graph import Graph, Network
from reachability.parts import address, element, number
from reachability.records import Record, Records
from reachability.services import Service, is_private

SERVICE: Final = "pulumi-python:dynamic/konnect:GatewayService"
UPSTREAM: Final = "pulumi-python:dynamic/konnect:GatewayUpstream"
TARGET: Final = "pulumi-python:dynamic/konnect:GatewayTarget"
_PLANE: Final = "control_plane_id"
_DEFAULT_TARGET_PORT: Final = 8000
_DEFAULT_PORT: Final = 80
"""Ports that are not written. Source: Kong Gateway, entities "Target" and "Service"."""


def declared_upstreams(records: Records, graph: Graph) -> Iterator[Service]:
    """What each gateway must reach for the APIs of its control plane, as services."""
    for service in records.of(SERVICE):
        if service.properties.get("enabled") is False:
            continue
        gateways = _gateways_of(records, graph, service)
        for host, port in _hosts(records, service):
            for gateway in gateways:
                found = _service(graph, service, host, port, gateway)
                if found is not None:
                    yield found


def _service(
    graph: Graph, service: Record, host: str, port: int, gateway: Network
) -> Service | None:
    label = f"API {service.text('name') or element(service).name}"
    given = address(host)
    if given is not None:
        if given.is_global:
            return None
        return Service(label, port, given, gateways=(gateway.gateway,))
    if not is_private(graph, gateway, host):
        return None
    return Service(label, port, name=host, gateways=(gateway.gateway,))


def _hosts(records: Records, service: Record) -> Iterator[tuple[str, int]]:
    """The hosts and ports of a service: its own, or those of its upstream's targets."""
    host = service.text("host")
    if host is None:
        return
    for upstream in records.of(UPSTREAM):
        if upstream.text("name") == host and _same_plane(records, upstream, service):
            for target in records.referring(upstream, "upstream_id", TARGET):
                given = target.text("target")
                if given is None or number(target.text("weight")) == 0:
                    continue
                yield _target(given)
            return
    yield host, number(service.text("port")) or _DEFAULT_PORT


def _target(given: str) -> tuple[str, int]:
    """The host and the port of a target: ``10.65.32.10:443``."""
    host, _, port = given.rpartition(":")
    return (host, int(port)) if host and port.isdigit() else (given, _DEFAULT_TARGET_PORT)


def _same_plane(records: Records, one: Record, other: Record) -> bool:
    mine = records.target(one, _PLANE, konnect.CONTROL_PLANE)
    if mine is not None:
        return mine is records.target(other, _PLANE, konnect.CONTROL_PLANE)
    return one.text(_PLANE) == other.text(_PLANE)


def _gateways_of(records: Records, graph: Graph, service: Record) -> list[Network]:
    """The gateway networks of the control plane of a service."""
    plane = records.target(service, _PLANE, konnect.CONTROL_PLANE)
    if plane is None:
        return []
    path = "dataplane_groups.*.cloud_gateway_network_id"
    return [
        graph.networks[network.urn]
        for configuration in records.referring(plane, _PLANE, konnect.CONFIGURATION)
        for network in records.targets(configuration, path, konnect.NETWORK)
        if network.urn in graph.networks
    ]
