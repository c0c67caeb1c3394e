"""The Azure end of links by IPsec: the VPN gateway of a virtual hub, its sites and connections.

Sources: Microsoft, "How to connect AWS and Azure using a BGP-enabled VPN gateway"; "Create a
site-to-site connection using Azure Virtual WAN".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.component import Component
from components.fabric.model import AZURE_ASN, LinkPlan, TunnelPlan
from components.fabric.native.hub import FarEnd
from components.names import bounded_name
from components.networks.attributes import AzureHubAttributes

_INSTANCES: Final = ("Instance0", "Instance1")
"""The ids of the two instances of a VPN gateway in a hub."""
_LONGEST_NAME: Final = 80
_SCALE_UNITS: Final = 1
"""500 Mbit/s in both directions. Source: Microsoft, "Virtual WAN FAQ"."""

_IPSEC_POLICY: Final = network.IpsecPolicyArgs(
    ike_encryption=network.IkeEncryption.AES256,
    ike_integrity=network.IkeIntegrity.SHA256,
    dh_group=network.DhGroup.DH_GROUP14,
    ipsec_encryption=network.IpsecEncryption.AES256,
    ipsec_integrity=network.IpsecIntegrity.SHA256,
    pfs_group=network.PfsGroup.PFS14,
    sa_life_time_seconds=3600,
    sa_data_size_kilobytes=102_400_000,
)
"""One set for each phase, as the other ends have it. Both ends must use the same one. Sources:
Microsoft, "Site-to-site IPsec policies"; AWS, "Tunnel options for your Site-to-Site VPN
connection"; Google, "Supported IKE ciphers"."""


@dataclass(frozen=True)
class AzureVpnEndArgs:
    """A VPN gateway in a virtual hub."""

    key: str
    """The key of the hub."""
    region: str
    """Azure location: ``eastus2``."""
    hub: AzureHubAttributes
    virtual_wan_id: pulumi.Input[str] | None
    """The virtual WAN of the hub, which sites are in. Links need it."""
    bgp_addresses: Sequence[Sequence[str]]
    """By instance: its BGP address in each tunnel."""
    tags: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    """Whether Pulumi refuses to delete the gateway."""


@dataclass(frozen=True)
class _TunnelEnd:
    """The Azure end of a tunnel."""

    key: str
    instance: int
    """The instance of the VPN gateway that the other end knows: 0 or 1."""
    own: str
    """The BGP address of this end."""
    peer: str
    """The BGP address of the other end."""


class AzureVpnEnd:
    """A VPN gateway, with its sites and connections: children of the component that owns them."""

    def __init__(self, owner: Component, args: AzureVpnEndArgs) -> None:
        self._owner = owner
        self._args = args
        self._gateway = self._vpn_gateway()
        self._connections: list[pulumi.Resource] = []

    @property
    def addresses(self) -> Sequence[pulumi.Output[str]]:
        """The public addresses of the gateway's instances 0 and 1."""
        found = self._gateway.ip_configurations
        return [found.apply(partial(_public_address, instance)) for instance in _INSTANCES]

    def connect(
        self,
        link: LinkPlan,
        far: FarEnd,
        keys: Mapping[str, pulumi.Input[str]],
        routing: network.RoutingConfigurationArgs | None,
    ) -> Sequence[pulumi.Output[str]]:
        """Create a site and its connection. Return the public address of each tunnel.

        The site of the other end has a link for each tunnel. A link connection makes a tunnel from
        each instance of the gateway; the other end answers only the one that it knows. ``routing``
        are the hub's tables that the connection uses. Raises ``ValueError`` without a virtual WAN.
        """
        ends = [self._end(link, tunnel) for tunnel in link.tunnels]
        site = self._site(far, ends)
        connection = network.VpnConnection(
            f"{self._owner.name}-{far.key}-connection",
            resource_group_name=self._args.hub.resource_group_name,
            gateway_name=self._gateway.name,
            connection_name=bounded_name(self._owner.name, far.key, _LONGEST_NAME),
            remote_vpn_site={"id": site.id},
            routing_configuration=routing,
            vpn_link_connections=[_link_connection(site, end, ends, keys[end.key]) for end in ends],
            # A gateway makes one connection at a time, and refuses another one meanwhile.
            opts=self._owner.child(self._connections),
        )
        self._connections.append(connection)
        return [self.addresses[end.instance] for end in ends]

    def _end(self, link: LinkPlan, tunnel: TunnelPlan) -> _TunnelEnd:
        near, far = str(tunnel.near), str(tunnel.far)
        if link.near == self._args.key:
            return _TunnelEnd(tunnel.key, tunnel.near_interface, near, far)
        return _TunnelEnd(tunnel.key, tunnel.far_interface, far, near)

    def _vpn_gateway(self) -> network.VpnGateway:
        """The gateway, with the BGP address that each instance has in each tunnel."""
        return network.VpnGateway(
            f"{self._owner.name}-vpn-gateway",
            resource_group_name=self._args.hub.resource_group_name,
            gateway_name=bounded_name(self._owner.name, "vpn-gateway", _LONGEST_NAME),
            location=self._args.region,
            virtual_hub={"id": self._args.hub.hub_id},
            vpn_gateway_scale_unit=_SCALE_UNITS,
            bgp_settings={
                "asn": AZURE_ASN,
                "bgp_peering_addresses": [
                    {"ipconfiguration_id": instance, "custom_bgp_ip_addresses": addresses}
                    for instance, addresses in zip(
                        _INSTANCES, self._args.bgp_addresses, strict=True
                    )
                ],
            },
            tags=self._args.tags,
            opts=self._owner.child(protect=self._args.protect or None),
        )

    def _site(self, far: FarEnd, ends: Sequence[_TunnelEnd]) -> network.VpnSite:
        """The other end of a link: a site of the WAN, with a link for each tunnel."""
        if self._args.virtual_wan_id is None:
            raise ValueError(
                f"{self._args.key} has no virtual WAN for its link to {far.key}; create its hub "
                "here, with an address_prefix"
            )
        return network.VpnSite(
            f"{self._owner.name}-{far.key}-site",
            resource_group_name=self._args.hub.resource_group_name,
            vpn_site_name=bounded_name(self._owner.name, far.key, _LONGEST_NAME),
            location=self._args.region,
            virtual_wan={"id": self._args.virtual_wan_id},
            vpn_site_links=[
                {
                    "name": _tunnel_name(end),
                    "ip_address": address,
                    "bgp_properties": {"asn": far.asn, "bgp_peering_address": end.peer},
                }
                for end, address in zip(ends, far.addresses, strict=True)
            ],
            tags=self._args.tags,
            opts=self._owner.child(),
        )


def _link_connection(
    site: network.VpnSite,
    end: _TunnelEnd,
    ends: Sequence[_TunnelEnd],
    key: pulumi.Input[str],
) -> network.VpnSiteLinkConnectionArgs:
    """The tunnel of ``end``, one of the ``ends`` of a link. ``key`` is its pre-shared key."""
    name = _tunnel_name(end)
    return network.VpnSiteLinkConnectionArgs(
        name=name,
        vpn_site_link=network.SubResourceArgs(
            id=pulumi.Output.concat(site.id, "/vpnSiteLinks/", name)
        ),
        shared_key=key,
        enable_bgp=True,
        vpn_connection_protocol_type=network.VirtualNetworkGatewayConnectionProtocol.IK_EV2,
        use_policy_based_traffic_selectors=False,
        ipsec_policies=[_IPSEC_POLICY],
        vpn_gateway_custom_bgp_addresses=_custom_addresses(end, ends),
    )


def _tunnel_name(end: _TunnelEnd) -> str:
    return f"tunnel-{end.key}"


def _custom_addresses(
    end: _TunnelEnd, ends: Sequence[_TunnelEnd]
) -> list[network.GatewayCustomBgpIpAddressIpConfigurationArgs]:
    """The BGP addresses of both instances in a link connection.

    The other instance has no tunnel here. Azure wants an address of it too; as Microsoft advises,
    it is the first one of that instance.
    """
    other = next((one for one in ends if one.instance != end.instance), None)
    both = sorted((one.instance, one.own) for one in (end, other) if one is not None)
    return [
        network.GatewayCustomBgpIpAddressIpConfigurationArgs(
            ip_configuration_id=_INSTANCES[instance], custom_bgp_ip_address=own
        )
        for instance, own in both
    ]


def _public_address(
    instance: str, addresses: Sequence[network.outputs.VpnGatewayIpConfigurationResponse]
) -> str:
    """The public address of an instance of a gateway."""
    (found,) = (one.public_ip_address for one in addresses if one.id == instance)
    assert found is not None
    return found
