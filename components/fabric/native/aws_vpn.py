"""VPN connections of a Transit Gateway to a hub in another cloud.

Each interface of the far hub has a customer gateway and a VPN connection of two tunnels. So a hub
with two interfaces has four tunnels, as Google ("Connect HA VPN to AWS peer gateways") and
Microsoft ("Connect AWS and Azure using a BGP-enabled VPN gateway") describe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.fabric.model import LinkPlan, TunnelPlan
from components.fabric.native.hub import FarEnd

_ALGORITHMS: Final[Mapping[str, Any]] = {
    "ike_versions": ["ikev2"],
    "phase1_encryption_algorithms": ["AES256"],
    "phase1_integrity_algorithms": ["SHA2-256"],
    "phase1_dh_group_numbers": [14],
    "phase2_encryption_algorithms": ["AES256"],
    "phase2_integrity_algorithms": ["SHA2-256"],
    "phase2_dh_group_numbers": [14],
}
"""One set for each phase, which Google and Microsoft accept. With the many that AWS offers by
itself, its IKE packets are fragmented, and Cloud VPN cannot renew the keys (Google, "Connect HA VPN
to AWS peer gateways")."""
_STARTUP_ACTION: Final = "start"
"""AWS begins the negotiation, as Microsoft's guide has it. Cloud VPN answers it too."""


@dataclass(frozen=True)
class AwsVpn:
    """The AWS end of a link by IPsec."""

    attachment_ids: Mapping[int, pulumi.Output[str]]
    """The attachment of each VPN connection to the Transit Gateway, by the far interface."""
    addresses: Sequence[pulumi.Output[str]]
    """The public address of each tunnel, in the order of ``LinkPlan.tunnels``."""


@dataclass(frozen=True)
class AwsVpnArgs:
    """A link by IPsec of a Transit Gateway."""

    region: str
    transit_gateway_id: pulumi.Input[str]
    link: LinkPlan
    far: FarEnd
    keys: Mapping[str, pulumi.Input[str]]
    """The pre-shared keys by the key of the tunnel."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""


def vpn_to(owner: Component, args: AwsVpnArgs) -> AwsVpn:
    """Create the VPN connections of a link, as children of ``owner``."""
    connections = {
        interface: _connection(owner, args, interface)
        for interface in sorted({tunnel.far_interface for tunnel in args.link.tunnels})
    }
    return AwsVpn(
        {
            interface: connection.transit_gateway_attachment_id
            for interface, connection in connections.items()
        },
        [
            _address(connections[tunnel.far_interface], tunnel.near_interface)
            for tunnel in args.link.tunnels
        ],
    )


def _address(connection: aws.ec2.VpnConnection, place: int) -> pulumi.Output[str]:
    return connection.tunnel1_address if place == 0 else connection.tunnel2_address


def _connection(owner: Component, args: AwsVpnArgs, interface: int) -> aws.ec2.VpnConnection:
    """The customer gateway of an interface of the far hub, and the connection to it."""
    stem = f"{owner.name}-{args.far.key}"
    tunnels = {
        tunnel.near_interface: (tunnel, address)
        for tunnel, address in zip(args.link.tunnels, args.far.addresses, strict=True)
        if tunnel.far_interface == interface
    }
    gateway = aws.ec2.CustomerGateway(
        f"{stem}-customer-gateway-{interface}",
        region=args.region,
        type="ipsec.1",
        bgp_asn=str(args.far.asn),
        ip_address=next(address for _, address in tunnels.values()),
        tags={**args.tags, "Name": f"{stem}-{interface}"},
        opts=owner.child(),
    )
    options: dict[str, Any] = {}
    for place, (tunnel, _) in tunnels.items():
        options |= _tunnel(place, tunnel, args.keys[tunnel.key])
    return aws.ec2.VpnConnection(
        f"{stem}-vpn-{interface}",
        region=args.region,
        type="ipsec.1",
        customer_gateway_id=gateway.id,
        transit_gateway_id=args.transit_gateway_id,
        tags={**args.tags, "Name": f"{stem}-{interface}"},
        opts=owner.child(),
        **options,
    )


def _tunnel(place: int, tunnel: TunnelPlan, key: pulumi.Input[str]) -> dict[str, Any]:
    """The options of the tunnel at a place, 0 or 1, in its VPN connection."""
    options = {
        **_ALGORITHMS,
        "inside_cidr": str(tunnel.inside),
        "preshared_key": key,
        "startup_action": _STARTUP_ACTION,
    }
    return {f"tunnel{place + 1}_{option}": value for option, value in options.items()}
