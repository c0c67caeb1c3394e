"""Says why a network or a table has no route to an address."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Final

from reachability.bgp import learned_of
from reachability.elements import Element
from reachability.explain import Fault, fault_on_the_way, owner_of
from reachability.graph import Attachment, Graph, HubTable, Link, Network, Subnet
from reachability.routes import routes_of, routes_of_table
from reachability.trip import Stopped, Trip, require, stopped

SUBNETS: Final = {
    "aws": "aws:ec2/subnet:Subnet",
    "azure": "azure-native:network:Subnet",
    "gcp": "gcp:compute/subnetwork:Subnetwork",
}
"""By cloud: the type token of a subnet."""
_ATTACHMENT: Final = "pulumi-python:dynamic/konnect:CloudGatewayTransitGateway"
_ROUTE_TYPES: Final = {"aws": "aws:ec2/route:Route"}
"""By cloud: what leads packets to the gateway. Azure and GCP make such routes by themselves."""


def no_route_in_table(
    trip: Trip, came: Element, by: Element | None, table: HubTable, to: IPv4Address
) -> Stopped:
    """Why a hub's table has no route to an address. ``came`` is what the packet came in by."""
    with_table = "" if by is None else f" by {by.name}"
    problem = f"{came.name} is associated{with_table} with a table without a route to {to}"
    for attachment in trip.graph.attachments.values():
        network = trip.graph.networks[attachment.network]
        if attachment.hub == table.hub and network.contains(to):
            return stopped(
                table.at,
                f"{problem}: {attachment.at.name} does not propagate to it",
                f"propagate {attachment.at.name} to {table.at.name}, or associate another table",
                "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
            )
    fault = fault_on_the_way(trip.graph, table.hub, table, to)
    if fault is not None:
        return _fault(fault, problem)
    attached = [
        trip.graph.networks[one.network]
        for one in trip.graph.attachments.values()
        if one.hub == table.hub
    ]
    return stopped(
        table.at,
        f"{problem}: no attached network has it, only {_blocks_of(attached)}",
        "attach the network with the address to the hub, or correct the address",
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    )


def loop(trip: Trip, at: Element, tables: Sequence[str], to: IPv4Address) -> Stopped:
    """Why packets come back to where they were. ``tables`` are the keys of those of the loop."""
    graph = trip.graph
    problem = f"packets to {to} go round in a loop and come back to {at.name}"
    owner = owner_of(graph, to)
    homes = {} if owner is None else _attachments_of(graph, owner)
    for key in tables:
        table = graph.tables.get(key)
        attachment = None if table is None else homes.get(table.hub)
        if table is not None and attachment is not None and attachment.key not in table.propagated:
            return stopped(
                table.at,
                f"{problem}: {attachment.at.name} does not propagate to {table.at.name}",
                f"propagate {attachment.at.name} to {table.at.name}",
                "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
            )
    fault = fault_on_the_way(graph, "", None, to)
    if fault is not None:
        return _fault(fault, problem)
    found = [graph.tables[key] for key in tables if key in graph.tables]
    used = [(table, routes_of_table(graph, table).best(to)) for table in found]
    by = [f"{table.at.name} routes {one.prefix} by {one.at.name}" for table, one in used if one]
    remedy = "correct the routes, so that one of them leads to the network with the address"
    return stopped(at, f"{problem}: {', '.join(by)}" if by else problem, remedy)


def led_back(graph: Graph, network: Network, link: Link, to: IPv4Address) -> Stopped:
    """Why a network sends packets back over the VPN that they came in by."""
    far = link.ends[1 - link.end_at(network.key)]
    table = graph.tables.get(far.announces or far.table or "")
    route = None if table is None else routes_of_table(graph, table).best(to)
    if table is not None and route is not None and owner_of(graph, to) not in (None, network):
        return stopped(
            route.at,
            f"{network.at.name} sends packets to {to} back over {link.at.name}: {table.at.name} "
            f"routes {route.prefix} by {route.at.name}, and announces it",
            "delete the route, or lead it to the network with the address",
        )
    return stopped(
        network.at,
        f"{network.at.name} has no subnet with {to}, and its route leads back over {link.at.name}",
        "create the subnet, or correct the address of the service",
        SUBNETS.get(network.cloud, ""),
    )


def _attachments_of(graph: Graph, network: Network) -> dict[str, Attachment]:
    """The attachments of a network, by the key of the hub."""
    return {one.hub: one for one in graph.attachments.values() if one.network == network.key}


def _fault(fault: Fault, problem: str) -> Stopped:
    return stopped(fault.at, f"{problem}: {fault.problem}", fault.remedy, fault.wanted)


def no_route_in_network(
    trip: Trip, network: Network, subnet: Subnet | None, to: IPv4Address
) -> Stopped:
    """Why a network has no route to an address."""
    if network.gateway:
        return _no_attachment(trip, network, to)
    at = network.at if subnet is None else subnet.table or subnet.at
    starts = [network.key] if network.key in learned_of(trip.graph).by_hub else []
    starts += [one.hub for one in trip.graph.attachments.values() if one.network == network.key]
    faults = (fault_on_the_way(trip.graph, start, None, to) for start in starts)
    fault = next((one for one in faults if one is not None), None)
    if fault is not None and network.cloud != "aws":
        return _fault(fault, f"{at.name} has no route to {to}")
    if not trip.replying:
        return stopped(
            network.at,
            f"{network.at.name} has no subnet with {to}",
            "create the subnet, or correct the address of the service",
            SUBNETS.get(network.cloud, ""),
        )
    if subnet is not None and subnet.table is None and network.cloud == "aws":
        return stopped(
            at,
            f"{at.name} is associated with no route table of its VPC, so replies do not reach the "
            "gateway",
            "associate the subnet with the route table that has the route to the gateway",
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
        )
    return stopped(
        at,
        f"{at.name} has no route to {to}, so replies do not reach the gateway",
        f"add a route to {trip.gateway.prefixes[0]}",
        _ROUTE_TYPES.get(network.cloud, _ATTACHMENT),
    )


def _no_attachment(trip: Trip, gateway: Network, to: IPv4Address) -> Stopped:
    graph = trip.graph
    links = [
        one for one in graph.peerings.values() if one.automatic and gateway.key in one.networks
    ]
    peers = [graph.networks[one.other(gateway.key)] for one in links]
    hubs = [one.hub for one in graph.attachments.values() if one.network == gateway.key]
    for start in (*(one.key for one in peers), *hubs):
        if gateway.cloud != "aws":
            fault = fault_on_the_way(graph, start, None, to)
            if fault is not None:
                return _fault(fault, f"the gateway network has no route to {to}")
    for one, peer in zip(links, peers, strict=True):
        require(one.conditions)
        if one.exporter != peer.key and routes_of(graph, peer, None).best(to) is not None:
            return stopped(
                one.export_at or one.at,
                f"the gateway network has no route to {to}: {peer.at.name} learned one, and does "
                "not export custom routes to it",
                "set exportCustomRoutes: true",
            )
    if peers:
        by = ", ".join(one.at.name for one in links)
        return stopped(
            peers[0].at,
            f"the gateway network has no route to {to}: {by} leads to {_blocks_of(peers)}",
            "link the region to the network with the address, or correct the address",
            SUBNETS.get(gateway.cloud, ""),
        )
    return stopped(
        gateway.at,
        f"the gateway network has no route to {to}: no attachment leads there",
        "link the region to the network with the address"
        + (", and write its block as reach" if gateway.cloud == "aws" else ""),
        _ATTACHMENT,
    )


def _blocks_of(networks: list[Network]) -> str:
    return ", ".join(
        f"{one.at.name} ({', '.join(map(str, one.prefixes)) or 'no block'})" for one in networks
    )
