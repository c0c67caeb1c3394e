"""The Azure landing: a VNet on which Kong's principal may create peerings.

Kong creates both sides of the peering itself, so no `VirtualNetworkPeering` is declared
here: what the customer gives is a role on the VNet. Kong's application has to be consented
to once per tenant, which only a person can do.
"""

from __future__ import annotations

import uuid
from typing import Final

import pulumi
from pulumi_azure_native import authorization, network, resources

from components import addressing
from components.landing.base import Landing, LandingArgs, Link
from components.regions import Cloud
from providers import konnect

PEERING_ACTIONS: Final = (
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/delete",
    "Microsoft.Network/virtualNetworks/peer/action",
)
"""Of the role that Kong's documentation names "Kong Cloud Gateway Peering Creator"."""

_IDS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:multicloudgateway:azure-landing")


class AzureLanding(Landing):
    """Resource group, VNet, subnet, security group, role and assignment, Konnect's peering."""

    cloud = Cloud.AZURE

    def build(self, args: LandingArgs, link: Link) -> None:
        """The customer's network and Kong's role at once; the peering when Kong's is ready."""
        name = self.name
        layout = addressing.azure_landing(args.cidr)
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=name,
            location=args.region,
            tags=args.tags,
            opts=self.child(),
        )
        vnet = network.VirtualNetwork(
            f"{name}-vnet",
            resource_group_name=group.name,
            virtual_network_name=f"{name}-vnet",
            location=args.region,
            address_space={"address_prefixes": [str(layout.cidr)]},
            tags=args.tags,
            opts=self.child(),
        )
        rules = network.NetworkSecurityGroup(
            f"{name}-nsg",
            resource_group_name=group.name,
            network_security_group_name=f"{name}-nsg",
            location=args.region,
            tags=args.tags,
            opts=self.child(),
        )
        network.SecurityRule(
            f"{name}-from-gateway",
            resource_group_name=group.name,
            network_security_group_name=rules.name,
            security_rule_name="from-gateway",
            access=network.SecurityRuleAccess.ALLOW,
            direction=network.SecurityRuleDirection.INBOUND,
            priority=100,
            protocol=network.SecurityRuleProtocol.TCP,
            source_address_prefix=str(args.network_cidr),
            source_port_range="*",
            destination_address_prefix=str(layout.workload),
            destination_port_ranges=[str(port) for port in args.ports],
            opts=self.child(),
        )
        network.Subnet(
            f"{name}-workload",
            resource_group_name=group.name,
            virtual_network_name=vnet.name,
            subnet_name="workload",
            address_prefix=str(layout.workload),
            network_security_group={"id": rules.id},
            opts=self.child(),
        )
        caller = authorization.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        )
        granted = self._grant(args, group, vnet, caller.subscription_id)
        attachment = konnect.CloudGatewayTransitGateway(
            f"{name}-attachment",
            network_id=link.network_id,
            name=name,
            transit_gateway_attachment_config={
                "kind": "azure-vnet-peering-attachment",
                "tenant_id": caller.tenant_id,
                "subscription_id": caller.subscription_id,
                "resource_group_name": group.name,
                "vnet_name": vnet.name,
            },
            opts=self.child([granted] if granted else [vnet]),
        )
        self.network_name = vnet.name
        self.attachment = attachment.ready_after(*([granted] if granted else []))

    def _grant(
        self,
        args: LandingArgs,
        group: resources.ResourceGroup,
        vnet: network.VirtualNetwork,
        subscription_id: pulumi.Output[str],
    ) -> authorization.RoleAssignment | None:
        """A role of our own per landing: role names are unique in a tenant, so ours has ours."""
        if args.azure.principal_id is None:
            return None

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
            scope=group.id,
            assignable_scopes=[group.id],
            permissions=[{"actions": list(PEERING_ACTIONS), "not_actions": []}],
            opts=self.child(),
        )
        return authorization.RoleAssignment(
            f"{self.name}-role-assignment",
            role_assignment_name=stable_id("assignment"),
            scope=vnet.id,
            role_definition_id=role.id,
            principal_id=args.azure.principal_id,
            # Said explicitly it spares a look-up in Entra, which lags behind new principals.
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            opts=self.child(),
        )
