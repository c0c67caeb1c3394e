"""Builds the graph of a stack from its resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Final

from reachability import (
    aviatrix,
    aviatrix_firenet,
    aws,
    aws_endpoints,
    aws_hubs,
    azure,
    azure_hubs,
    dns,
    gcp,
    gcp_fabric,
    konnect,
)
from reachability.elements import Element
from reachability.graph import Graph
from reachability.parts import Parts, blocks, element
from reachability.records import Records
from reachability.tunnels import links_of
from reachability.unread import unread

_WITH_BLOCKS: Final = (
    aws.VPC,
    aws.SUBNET,
    azure.VNET,
    azure.SUBNET,
    gcp.SUBNETWORK,
    konnect.NETWORK,
)


def graph_of(records: Records) -> Graph:
    """The graph of a stack. Resources that may matter and are not read are in ``unread``."""
    parts = Parts(records)
    konnect.read_gateways(parts)
    for cloud in (aws, azure, gcp):
        cloud.read_networks(parts)
    aws.read_links(parts)
    aws_hubs.read_links(parts)
    azure.read_links(parts)
    azure_hubs.read_links(parts)
    gcp.read_links(parts)
    parts.halves += gcp_fabric.halves(records)
    aviatrix.read_links(parts)
    aviatrix_firenet.read_inspections(parts)
    parts.links.update({one.key: one for one in links_of(parts.halves)})
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
        dict(_blocks(records)),
        parts.links,
        parts.firewalls,
        parts.inspections,
        parts.unattached,
    )


def _blocks(records: Records) -> Iterator[tuple[IPv4Network, Element]]:
    """The blocks of all networks and subnets, whatever they refer to."""
    for record in records.of(*_WITH_BLOCKS):
        paths = ("cidrBlock", "cidr_block", "ipCidrRange", "addressPrefix")
        texts = [text for path in paths if (text := record.text(path)) is not None]
        for prefix in blocks([*texts, *record.values("addressSpace.addressPrefixes.*")]):
            yield prefix, element(record)
