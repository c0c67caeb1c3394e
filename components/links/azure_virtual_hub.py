"""A link over a virtual hub of an Azure Virtual WAN.

Kong connects its VNet to the hub itself, so no `HubVirtualNetworkConnection` is declared here for
it: only one for our VNet. For that Kong needs a role on the hub, and its application needs consent
once per tenant, which only a person can give. The hub routes between all networks that are
connected to it, so the gateway also reaches networks behind the hub.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_azure_native import authorization

from components.links.azure_grant import AzureGrant
from components.links.azure_upstreams import AzureLink
from components.links.base import GatewayEnd
from components.links.kinds import LinkKind
from components.networks.attributes import AzureHubAttributes, AzureVnetAttributes
from providers import konnect

HUB_ACTIONS: Final = (
    "Microsoft.Network/virtualHubs/read",
    "Microsoft.Network/virtualHubs/hubRouteTables/read",
    "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/read",
    "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/write",
    "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/delete",
)
"""Actions that Microsoft's page on Virtual WAN permissions asks for a connection of a hub. Kong
documents them in words only: read and write on the hub's configuration."""


@dataclass(frozen=True)
class AzureVirtualHubLinkArgs:
    """A link of a gateway network to a virtual hub, and through it to a VNet."""

    gateway: GatewayEnd
    hub: AzureHubAttributes
    """The hub that the VNet is connected to."""
    vnet: AzureVnetAttributes
    grant: AzureGrant = field(default_factory=AzureGrant)
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call the subnets of the VNet; all others are denied."""


class AzureVirtualHubLink(AzureLink):
    """Kong's role on the hub and its assignment, Konnect's connection, and two security rules."""

    kind = LinkKind.VIRTUAL_HUB

    def __init__(
        self,
        name: str,
        args: AzureVirtualHubLinkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AzureVirtualHubLink", name, args, args.gateway, opts)
        hub = args.hub
        granted = self.let_peer(args, hub.hub_id, hub.resource_group_id, HUB_ACTIONS, "virtual hub")
        caller = authorization.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        )
        attachment = konnect.CloudGatewayTransitGateway(
            self.per_network("attachment"),
            network_id=args.gateway.ready_network_id,
            name=name,
            transit_gateway_attachment_config={
                "kind": "azure-vhub-peering-attachment",
                "tenant_id": caller.tenant_id,
                "subscription_id": hub.subscription_id,
                "resource_group_name": hub.resource_group_name,
                "vhub_name": hub.hub_name,
            },
            awaited=not args.gateway.isolated,
            opts=self.child(granted),
        )
        # After the rules of a VNet peering, which the region may have too.
        self.limit(args, attachment, 2, "-over-hub")
        application_id = args.grant.application_id
        self.linked(attachment.ready_after(*granted, application_id=application_id))
