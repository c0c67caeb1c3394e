"""A spoke in GCP: a VPC network, created here or given, that joins its hub by HA VPN.

Routes that a VPN teaches cross the peering of the hub's network with the gateway's. Routes of a
peering would not: peerings are not transitive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.component import Component
from components.fabric.model import LinkPlan, SpokePlan
from components.fabric.native.gcp_vpn import NAME_MAX, GcpVpnEnd, GcpVpnEndArgs
from components.fabric.native.hub import FabricSpoke, FarEnd
from components.names import bounded_name
from components.networks.gcp import GcpVpc, GcpVpcArgs


@dataclass(frozen=True)
class GcpFabricSpokeArgs:
    """A spoke in the region of its hub."""

    plan: SpokePlan
    region: str
    """The cloud's own region id: ``us-central1``."""
    labels: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    """Whether Pulumi refuses to delete the network and the VPN gateway."""
    inspected: bool = False
    """Whether firewalls inspect what the network lets in, if it is created here."""


class GcpFabricSpoke(Component):
    """The network, its end of the tunnels, and a firewall rule for what may call it."""

    built: FabricSpoke
    """Its ids for the fabric. Its end of the tunnels is this component."""
    addresses: Sequence[pulumi.Output[str]]
    """The public addresses of its VPN gateway, by interface: two."""
    vpn_gateway_id: pulumi.Output[str] | None

    def __init__(
        self, name: str, args: GcpFabricSpokeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpFabricSpoke", name, args, opts)
        plan = args.plan
        if plan.asn is None:
            raise ValueError(f"spoke {plan.name}: has no BGP number; a spoke in GCP needs one")
        project = None
        subnets: Mapping[str, pulumi.Output[str]] = {}
        if plan.given is None:
            of_network = GcpVpcArgs(args.region, plan.cidr, args.protect, args.inspected)
            # The longest name that the network gives is that of its subnetwork, 9 characters more.
            vpc = GcpVpc(bounded_name(name, "vpc", NAME_MAX - 9), of_network, self.child())
            network_id, subnets = vpc.network_id, vpc.subnet_ids
        else:
            network_id = pulumi.Output.from_input(plan.given.network_id)
            project = plan.given.network_id.split("/")[1]
        end = GcpVpnEndArgs(
            key=plan.name,
            network_id=network_id,
            region=args.region,
            asn=plan.asn,
            advertised=[plan.cidr],
            project=project,
            labels=args.labels,
            protect=args.protect,
        )
        self._end = GcpVpnEnd(self, end)
        self.addresses = self._end.addresses
        self.vpn_gateway_id = self._end.vpn_gateway_id
        if plan.allowed:
            gcp.compute.Firewall(
                f"{name}-allowed",
                name=bounded_name(name, "in-allowed", NAME_MAX),
                network=network_id,
                project=project,
                direction="INGRESS",
                source_ranges=[str(block) for block in plan.allowed],
                allows=[{"protocol": "tcp", "ports": [str(port) for port in plan.ports]}],
                opts=self.child(),
            )
        self.built = FabricSpoke(network_id, subnets, self)
        self.register_outputs({"network_id": network_id, "subnet_ids": subnets})

    def connect(
        self, link: LinkPlan, far: FarEnd, keys: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[pulumi.Output[str]]:
        """Create the spoke's end of the tunnels to its hub. Return its address of each tunnel."""
        return self._end.connect(link, far, keys)
