"""An end of links by IPsec in GCP: an HA VPN gateway with a Cloud Router, and their tunnels.

Google connects two HA VPN gateways by their ids. Towards another cloud there is an external VPN
gateway, which has the public addresses of the other end. Source: "Cloud VPN overview" and "HA VPN
topologies" of Google Cloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.component import Component
from components.fabric.model import LinkPlan, TunnelPlan
from components.fabric.native.hub import FarEnd
from components.fabric.numbers import router_ids
from components.names import bounded_name

NAME_MAX: Final = 63
"""Most characters of a name in GCP."""
_REDUNDANCY: Final = {
    1: "SINGLE_IP_INTERNALLY_REDUNDANT",
    2: "TWO_IPS_REDUNDANCY",
    4: "FOUR_IPS_REDUNDANCY",
}
"""Number of tunnels of a link -> type of the external VPN gateway, which has an interface each."""


@dataclass(frozen=True)
class GcpVpnEndArgs:
    """An end of links in a VPC network."""

    key: str
    """The key of the hub, or the name of the spoke: what the plans of links call this end."""
    network_id: pulumi.Input[str]
    region: str
    asn: int
    """The BGP autonomous system number of the router. It can never change."""
    advertised: Sequence[IPv4Network]
    """The blocks that the router announces."""
    project: str | None = None
    """The project of the network, if it is not the provider's."""
    labels: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    """Whether Pulumi refuses to delete the gateway."""


class GcpVpnEnd:
    """An HA VPN gateway and its router, children of a component that owns them."""

    addresses: Sequence[pulumi.Output[str]]
    """The public addresses of the gateway, by interface: two."""
    vpn_gateway_id: pulumi.Output[str]
    tunnels: dict[str, list[gcp.compute.VPNTunnel]]
    """The tunnels by the key of the link."""
    sessions: dict[str, list[gcp.compute.RouterPeer]]
    """The BGP sessions in them, in the same order."""

    def __init__(self, owner: Component, args: GcpVpnEndArgs) -> None:
        self._owner = owner
        self._args = args
        self.tunnels = {}
        self.sessions = {}
        self._gateway = gcp.compute.HaVpnGateway(
            f"{owner.name}-vpn",
            name=bounded_name(owner.name, "vpn", NAME_MAX),
            network=args.network_id,
            region=args.region,
            project=args.project,
            labels=dict(args.labels),
            opts=owner.child(protect=args.protect or None),
        )
        self._router = gcp.compute.Router(
            f"{owner.name}-router",
            name=bounded_name(owner.name, "router", NAME_MAX),
            network=args.network_id,
            region=args.region,
            project=args.project,
            bgp={
                "asn": args.asn,
                "identifier_range": str(router_ids(args.asn)),
                # A router announces no subnet of a peered network by itself, so blocks are listed.
                "advertise_mode": "CUSTOM",
                "advertised_ip_ranges": [{"range": str(block)} for block in args.advertised],
            },
            opts=owner.child(),
        )
        self.addresses = [self._address(index) for index in (0, 1)]
        self.vpn_gateway_id = self._gateway.id

    def _address(self, index: int) -> pulumi.Output[str]:
        return self._gateway.vpn_interfaces[index].ip_address

    def connect(
        self, link: LinkPlan, far: FarEnd, keys: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[pulumi.Output[str]]:
        """Create the tunnels of a link, each with a BGP session.

        Returns the public address of each tunnel, in the order of the plan. Raises ``ValueError``
        for a number of tunnels that no external VPN gateway takes.
        """
        near = link.near == self._args.key
        external = None if far.vpn_gateway_id is not None else self._external(link, far)
        tunnels, sessions = [], []
        for index, tunnel in enumerate(link.tunnels):
            own = tunnel.near_interface if near else tunnel.far_interface
            tunnels.append(self._tunnel(index, own, tunnel, far, external, keys[tunnel.key]))
            sessions.append(self._session(tunnels[-1], tunnel, far, near=near))
        self.tunnels[link.key], self.sessions[link.key] = tunnels, sessions
        return [
            self.addresses[tunnel.near_interface if near else tunnel.far_interface]
            for tunnel in link.tunnels
        ]

    def _external(self, link: LinkPlan, far: FarEnd) -> gcp.compute.ExternalVpnGateway:
        """The other end in another cloud: interface ``i`` has the address of tunnel ``i``."""
        count = len(link.tunnels)
        if count not in _REDUNDANCY:
            raise ValueError(
                f"link {link.key}: has {count} tunnels; an external VPN gateway of GCP has 1, 2 or "
                "4 interfaces; plan one of these numbers"
            )
        return gcp.compute.ExternalVpnGateway(
            f"{self._owner.name}-{far.key}",
            name=bounded_name(self._owner.name, far.key, NAME_MAX),
            project=self._args.project,
            redundancy_type=_REDUNDANCY[count],
            interfaces=[
                {"id": index, "ip_address": address} for index, address in enumerate(far.addresses)
            ],
            labels=dict(self._args.labels),
            opts=self._owner.child(),
        )

    def _tunnel(
        self,
        index: int,
        interface: int,
        tunnel: TunnelPlan,
        far: FarEnd,
        external: gcp.compute.ExternalVpnGateway | None,
        key: pulumi.Input[str],
    ) -> gcp.compute.VPNTunnel:
        return gcp.compute.VPNTunnel(
            f"{self._owner.name}-{far.key}-tunnel-{tunnel.key}",
            name=self._name_of(far, tunnel),
            region=self._args.region,
            project=self._args.project,
            vpn_gateway=self._gateway.id,
            vpn_gateway_interface=interface,
            peer_gcp_gateway=far.vpn_gateway_id,
            peer_external_gateway=external.id if external is not None else None,
            peer_external_gateway_interface=index if external is not None else None,
            router=self._router.id,
            ike_version=2,
            shared_secret=key,
            labels=dict(self._args.labels),
            opts=self._owner.child(),
        )

    def _session(
        self, made: gcp.compute.VPNTunnel, tunnel: TunnelPlan, far: FarEnd, *, near: bool
    ) -> gcp.compute.RouterPeer:
        """The router's interface in a tunnel, and the BGP peer at its other end."""
        own, other = (tunnel.near, tunnel.far) if near else (tunnel.far, tunnel.near)
        interface = gcp.compute.RouterInterface(
            f"{self._owner.name}-{far.key}-interface-{tunnel.key}",
            name=self._name_of(far, tunnel),
            router=self._router.name,
            region=self._args.region,
            project=self._args.project,
            ip_range=f"{own}/{tunnel.inside.prefixlen}",
            vpn_tunnel=made.name,
            opts=self._owner.child(),
        )
        return gcp.compute.RouterPeer(
            f"{self._owner.name}-{far.key}-peer-{tunnel.key}",
            name=self._name_of(far, tunnel),
            router=self._router.name,
            region=self._args.region,
            project=self._args.project,
            interface=interface.name,
            peer_ip_address=str(other),
            peer_asn=far.asn,
            opts=self._owner.child(),
        )

    def _name_of(self, far: FarEnd, tunnel: TunnelPlan) -> str:
        return bounded_name(f"{self._owner.name}-{far.key}", tunnel.key, NAME_MAX)
