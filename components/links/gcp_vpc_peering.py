"""A link by a peering of Kong's VPC network with one of ours, from both sides.

Konnect's attachment stays `initializing` until our side of the peering exists. Our side needs the
name of Kong's network, which is known only when that network is ready. Google runs one peering
operation at a time on a network, so a second peering of a network must be created after the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.links.base import GatewayEnd, Link
from components.links.kinds import LinkKind
from components.names import bounded_name
from components.networks.attributes import GcpVpcAttributes
from providers import konnect

NAME_MAX: Final = 63
"""Most characters of a name in GCP."""


@dataclass(frozen=True)
class GcpVpcPeeringLinkArgs:
    """A link of a gateway network to one VPC network."""

    gateway: GatewayEnd
    vpc: GcpVpcAttributes
    given: bool = False
    """Whether another team owns the network. It may be in another project than the provider's."""
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call upstreams in the network."""
    after: Sequence[pulumi.Resource] = ()
    """Peerings of the same network that are created before this one."""


class GcpVpcPeeringLink(Link):
    """Konnect's side of the peering, our side, and a firewall rule."""

    peering: gcp.compute.NetworkPeering
    """Our side. The next peering of the same network must be created after it."""

    kind = LinkKind.VPC_PEERING

    def __init__(
        self, name: str, args: GcpVpcPeeringLinkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpVpcPeeringLink", name, args, args.gateway, opts)
        attachment = konnect.CloudGatewayTransitGateway(
            self.per_network("attachment"),
            network_id=args.gateway.ready_network_id,
            name=name,
            transit_gateway_attachment_config={
                "kind": "gcp-vpc-peering-attachment",
                "peer_project_id": args.vpc.project,
                "peer_vpc_name": args.vpc.name,
            },
            awaited=not args.gateway.isolated,
            opts=self.child(),
        )
        kong_network = pulumi.Output.all(args.gateway.account, args.gateway.network.ready).apply(
            lambda known: (
                f"projects/{known[0].provider_account_id}/global/networks/"
                f"{known[1].provider_metadata.vpc_id}"
            )
        )
        self.peering = gcp.compute.NetworkPeering(
            self.per_network("peering"),
            name=bounded_name(name, args.gateway.shape, NAME_MAX),
            network=args.vpc.self_link,
            peer_network=kong_network,
            import_custom_routes=True,
            export_custom_routes=True,
            import_subnet_routes_with_public_ip=True,
            export_subnet_routes_with_public_ip=True,
            stack_type="IPV4_ONLY",
            # A destroy deletes our side first; Konnect's attachment allows that.
            opts=self.child(
                [attachment, *args.after],
                # Konnect may have lost the network of an isolated gateway.
                ignore_changes=["peer_network"] if args.gateway.isolated else None,
            ),
        )
        gcp.compute.Firewall(
            self.per_network("from-gateway"),
            name=bounded_name(name, f"in-{args.gateway.shape}", NAME_MAX),
            network=args.vpc.id,
            # Without this, the rule goes to the provider's project, not to that of the network.
            project=args.vpc.project if args.given else None,
            direction="INGRESS",
            source_ranges=[str(args.gateway.cidr)],
            allows=[{"protocol": "tcp", "ports": [str(port) for port in args.ports]}],
            disabled=True if args.gateway.isolated else None,
            opts=self.child(args.gateway.denied_by),
        )
        self.linked(attachment.ready_after(self.peering))
