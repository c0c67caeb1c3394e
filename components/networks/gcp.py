"""The customer's VPC network in GCP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_gcp as gcp

from components.component import NOT_AN_INPUT, Component
from components.networks.attributes import GcpVpcAttributes
from components.networks.subnets import gcp_subnets


@dataclass(frozen=True)
class GcpVpcArgs:
    """A VPC network with one subnetwork in one region. Neither has tags in GCP."""

    region: str
    """GCP region: ``us-central1``."""
    cidr: IPv4Network
    """The block, /8 to /28; the subnetwork is its lower half."""
    protect: bool = False
    """Whether Pulumi refuses to delete the network."""
    policies_first: bool = field(default=False, metadata=NOT_AN_INPUT)
    """Whether network firewall policies are evaluated before the network's firewall rules."""


class GcpVpc(Component):
    """A VPC network and a workload subnetwork."""

    attributes: GcpVpcAttributes
    """The ids of the network that links need."""
    network_id: pulumi.Output[str]
    subnet_ids: Mapping[str, pulumi.Output[str]]
    """By name: ``workload``."""

    def __init__(
        self, name: str, args: GcpVpcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpVpc", name, args, opts)
        layout = gcp_subnets(args.cidr)
        network = gcp.compute.Network(
            f"{name}-network",
            name=name,
            auto_create_subnetworks=False,
            # With it, routes learned in one region are used in all regions.
            routing_mode="GLOBAL",
            network_firewall_policy_enforcement_order=(
                "BEFORE_CLASSIC_FIREWALL" if args.policies_first else None
            ),
            opts=self.child(protect=args.protect or None),
        )
        workload = gcp.compute.Subnetwork(
            f"{name}-workload",
            name=f"{name}-workload",
            network=network.id,
            region=args.region,
            ip_cidr_range=str(layout.workload),
            private_ip_google_access=True,
            opts=self.child(),
        )
        self.network_id = network.id
        self.subnet_ids = {"workload": workload.id}
        self.attributes = GcpVpcAttributes(
            name=network.name, project=network.project, id=network.id, self_link=network.self_link
        )
        self.register_outputs({"network_id": network.id, "subnet_ids": self.subnet_ids})
