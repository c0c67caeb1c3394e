"""A VPC network with one subnetwork."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from multicloudgateway import GcpNetwork


def vpc_network(region: str, cidr: str) -> GcpNetwork:
    """Build it; routes that one region learns are for all."""
    name = f"network-{pulumi.get_stack()}"
    network = gcp.compute.Network(
        "network", name=name, auto_create_subnetworks=False, routing_mode="GLOBAL"
    )
    gcp.compute.Subnetwork(
        "workload", name=f"{name}-{region}", network=network.id, region=region, ip_cidr_range=cidr
    )
    return GcpNetwork(
        cidr=cidr,
        name=network.name,
        project=network.project,
        id=network.id,
        self_link=network.self_link,
    )
