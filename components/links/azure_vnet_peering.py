"""A link by a peering of Kong's VNet with a VNet of ours.

Kong creates both sides of the peering itself, so no `VirtualNetworkPeering` is declared here. For
that Kong needs a role on the VNet, and its application needs consent once per tenant, which only a
person can give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_azure_native import authorization

from components.links.azure_grant import AzureGrant
from components.links.azure_upstreams import AzureLink, subscription_of
from components.links.base import GatewayEnd
from components.links.kinds import LinkKind
from components.networks.attributes import AzureVnetAttributes
from providers import konnect

PEERING_ACTIONS: Final = (
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/delete",
    "Microsoft.Network/virtualNetworks/peer/action",
)
"""Actions of the role that Kong's documentation names "Kong Cloud Gateway Peering Creator"."""


@dataclass(frozen=True)
class AzureVnetPeeringLinkArgs:
    """A link of a gateway network to one VNet."""

    gateway: GatewayEnd
    vnet: AzureVnetAttributes
    grant: AzureGrant = field(default_factory=AzureGrant)
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call the subnets; all others are denied."""


class AzureVnetPeeringLink(AzureLink):
    """Kong's role and its assignment, Konnect's peering, and two security rules."""

    kind = LinkKind.VNET_PEERING

    def __init__(
        self,
        name: str,
        args: AzureVnetPeeringLinkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AzureVnetPeeringLink", name, args, args.gateway, opts)
        vnet = args.vnet
        granted = self.let_peer(args, vnet.vnet_id, vnet.resource_group_id, PEERING_ACTIONS, "VNet")
        caller = authorization.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        )
        attachment = konnect.CloudGatewayTransitGateway(
            self.per_network("attachment"),
            network_id=args.gateway.ready_network_id,
            name=name,
            transit_gateway_attachment_config={
                "kind": "azure-vnet-peering-attachment",
                "tenant_id": caller.tenant_id,
                # The VNet's own subscription, which may be another than the provider's.
                "subscription_id": pulumi.Output.from_input(vnet.vnet_id).apply(
                    lambda vnet_id: subscription_of(vnet_id, name)
                ),
                "resource_group_name": vnet.resource_group_name,
                "vnet_name": vnet.vnet_name,
            },
            awaited=not args.gateway.isolated,
            opts=self.child(granted),
        )
        self.limit(args, attachment, 0, "")
        application_id = args.grant.application_id
        self.linked(attachment.ready_after(*granted, application_id=application_id))
