"""A link by a peering of Kong's VNet with a VNet of ours.

Kong creates both sides of the peering itself, so no `VirtualNetworkPeering` is declared here. For
that Kong needs a role on the VNet, and its application needs consent once per tenant, which only a
person can give.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_azure_native import authorization, network

from components.links.azure_grant import AzureGrant
from components.links.base import GatewayEnd, Link
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

_IDS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:multicloudgateway:azure-vnet-peering")


@dataclass(frozen=True)
class AzureVnetPeeringLinkArgs:
    """A link of a gateway network to one VNet."""

    gateway: GatewayEnd
    vnet: AzureVnetAttributes
    grant: AzureGrant = field(default_factory=AzureGrant)
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call the subnets; all others are denied."""


class AzureVnetPeeringLink(Link):
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
        granted = self._grant(args)
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
                "subscription_id": self._subscription_id(vnet),
                "resource_group_name": vnet.resource_group_name,
                "vnet_name": vnet.vnet_name,
            },
            opts=self.child(granted),
        )
        self._limit(args, attachment)
        self.security_group_id = pulumi.Output.concat(
            vnet.resource_group_id,
            "/providers/Microsoft.Network/networkSecurityGroups/",
            vnet.network_security_group_name,
        )
        self.linked(attachment.ready_after(*granted))

    def _limit(
        self, args: AzureVnetPeeringLinkArgs, attachment: konnect.CloudGatewayTransitGateway
    ) -> None:
        """Allow the gateway on its ports, and deny it all others.

        Azure's default rule `AllowVnetInBound` allows every peered network, so an allow rule alone
        limits nothing. The rules change to the block of a replacement network only after that
        network's attachment: until then the old network serves.
        """
        source = str(args.gateway.cidr)
        priority = args.vnet.security_rule_priority
        network.SecurityRule(
            f"{self.name}-from-gateway",
            resource_group_name=args.vnet.resource_group_name,
            network_security_group_name=args.vnet.network_security_group_name,
            security_rule_name="from-gateway",
            access=network.SecurityRuleAccess.ALLOW,
            direction=network.SecurityRuleDirection.INBOUND,
            priority=priority,
            protocol=network.SecurityRuleProtocol.TCP,
            source_address_prefix=source,
            source_port_range="*",
            destination_address_prefix=args.vnet.workload_cidr,
            destination_port_ranges=[str(port) for port in args.ports],
            opts=self.child([attachment]),
        )
        network.SecurityRule(
            f"{self.name}-not-from-gateway",
            resource_group_name=args.vnet.resource_group_name,
            network_security_group_name=args.vnet.network_security_group_name,
            security_rule_name="not-from-gateway",
            access=network.SecurityRuleAccess.DENY,
            direction=network.SecurityRuleDirection.INBOUND,
            priority=priority + 1,
            protocol=network.SecurityRuleProtocol.ASTERISK,
            source_address_prefix=source,
            source_port_range="*",
            destination_address_prefix="*",
            destination_port_range="*",
            opts=self.child([attachment]),
        )

    def _grant(self, args: AzureVnetPeeringLinkArgs) -> list[authorization.RoleAssignment]:
        """A role of its own for each link, because role names are unique in a tenant."""
        if args.grant.principal_id is None:
            return []
        subscription_id = self._subscription_id(args.vnet)

        def stable_id(kind: str) -> pulumi.Output[str]:
            return subscription_id.apply(
                lambda sub: str(uuid.uuid5(_IDS, f"{sub}/{self.name}/{kind}"))
            )

        role = authorization.RoleDefinition(
            f"{self.name}-role",
            role_definition_id=stable_id("role"),
            role_name=f"Kong Cloud Gateway Peering Creator - {self.name}",
            description="Lets Kong peer its gateway network with this VNet",
            role_type="CustomRole",
            scope=args.vnet.resource_group_id,
            assignable_scopes=[args.vnet.resource_group_id],
            permissions=[{"actions": list(PEERING_ACTIONS), "not_actions": []}],
            opts=self.child(),
        )
        assignment = authorization.RoleAssignment(
            f"{self.name}-role-assignment",
            role_assignment_name=stable_id("assignment"),
            scope=args.vnet.vnet_id,
            role_definition_id=role.id,
            principal_id=args.grant.principal_id,
            # Without it Azure looks the principal up in Entra, which may not have a new one yet.
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            opts=self.child(),
        )
        return [assignment]

    def _subscription_id(self, vnet: AzureVnetAttributes) -> pulumi.Output[str]:
        """The VNet's own subscription, which may be another than the provider's."""
        return pulumi.Output.from_input(vnet.vnet_id).apply(
            lambda vnet_id: subscription_of(vnet_id, self.name)
        )


def subscription_of(resource_id: str, owner: str) -> str:
    """The subscription in a resource id. Raises ``ValueError``, which names ``owner``."""
    parts = resource_id.split("/")
    if len(parts) < 3 or parts[1].lower() != "subscriptions":
        raise ValueError(
            f"{owner}: {resource_id!r} is not the id of a VNet; write it like /subscriptions/"
            "<subscription>/resourceGroups/<group>/providers/Microsoft.Network/virtualNetworks/"
            "<name>"
        )
    return parts[2]
