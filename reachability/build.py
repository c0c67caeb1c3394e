"""Builds the graph of a stack from its resources."""

from __future__ import annotations

from dataclasses import replace

from reachability import aws, aws_endpoints, azure, dns, gcp, konnect
from reachability.graph import Graph
from reachability.parts import Parts
from reachability.records import Records
from reachability.unread import unread


def graph_of(records: Records) -> Graph:
    """The graph of a stack. Resources that may matter and are not read are in ``unread``."""
    parts = Parts(records)
    konnect.read_gateways(parts)
    for cloud in (aws, azure, gcp):
        cloud.read_networks(parts)
    for cloud in (aws, azure, gcp):
        cloud.read_links(parts)
    aws_endpoints.read_service_endpoints(parts)
    dns.read_dns(parts)
    konnect.read_redis(parts)
    networks = {
        key: replace(one, routes=(*one.routes, *parts.gateway_routes.get(key, ())))
        for key, one in parts.networks.items()
    }
    return Graph(
        networks,
        parts.peerings,
        parts.attachments,
        parts.tables,
        parts.endpoints,
        tuple(parts.service_endpoints),
        tuple(parts.resolutions),
        tuple(parts.redis),
        tuple(unread(records)),
    )
