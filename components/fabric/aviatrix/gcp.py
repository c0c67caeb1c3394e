"""Networks for gateways of Aviatrix in GCP. A subnetwork is in all zones of its region."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.component import Component
from components.fabric.aviatrix.sites import Site, SiteArgs, small_blocks
from components.names import bounded_name
from components.networks.gcp import GcpVpc, GcpVpcArgs

_LONGEST_NAME = 63


def gcp_site(owner: Component, args: SiteArgs) -> Site:
    """Create a network with a subnetwork for the gateway and its HA peer."""
    (block,) = small_blocks(args.cidr, 1, last=args.spoke is not None)
    subnet_ids = {}
    if args.spoke is None:
        network = gcp.compute.Network(
            f"{owner.name}-network",
            name=bounded_name(owner.name, "network", _LONGEST_NAME),
            auto_create_subnetworks=False,
            opts=owner.child(protect=args.protect or None),
        )
        network_id, name, project = network.id, network.name, network.project
    else:
        # The longest name that the network gives is that of its subnetwork, 9 characters more.
        vpc = GcpVpc(
            bounded_name(owner.name, "vpc", _LONGEST_NAME - 9),
            GcpVpcArgs(args.region, args.cidr, args.protect),
            owner.child(),
        )
        network_id, subnet_ids = vpc.network_id, dict(vpc.subnet_ids)
        name = pulumi.Output.from_input(vpc.attributes.name)
        project = pulumi.Output.from_input(vpc.attributes.project)
        _let_in(owner, args, network_id)
    subnetwork = gcp.compute.Subnetwork(
        f"{owner.name}-gateway",
        name=bounded_name(owner.name, "gateway", _LONGEST_NAME),
        network=network_id,
        region=args.region,
        ip_cidr_range=str(block),
        opts=owner.child(),
    )
    return Site(
        network_id=network_id,
        vpc_id=pulumi.Output.concat(name, "~-~", project),
        vpc_reg=args.zones[0],
        subnet=str(block),
        ha_subnet=str(block),
        ha_zone=args.zones[min(1, len(args.zones) - 1)],
        subnet_ids=subnet_ids,
        needs=[subnetwork],
    )


def _let_in(owner: Component, args: SiteArgs, network_id: pulumi.Output[str]) -> None:
    """Let in who may call the spoke. GCP denies everything else by itself."""
    plan = args.spoke
    if plan is not None and plan.allowed:
        gcp.compute.Firewall(
            f"{owner.name}-allowed",
            name=bounded_name(owner.name, "in-allowed", _LONGEST_NAME),
            network=network_id,
            direction="INGRESS",
            source_ranges=[str(block) for block in plan.allowed],
            allows=[{"protocol": "tcp", "ports": [str(port) for port in plan.ports]}],
            opts=owner.child(),
        )
