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
from components.landing.base import AzureNetwork, Landing, LandingArgs, Link
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
        vnet = self.given(args, AzureNetwork) or self._create(args)
        self._connect(args, link, vnet)
        network.SecurityRule(
            f"{self.name}-from-gateway",
            resource_group_name=vnet.resource_group_name,
            network_security_group_name=vnet.network_security_group_name,
            security_rule_name="from-gateway",
            access=network.SecurityRuleAccess.ALLOW,
            direction=network.SecurityRuleDirection.INBOUND,
            priority=vnet.security_rule_priority,
            protocol=network.SecurityRuleProtocol.TCP,
            source_address_prefix=str(args.network_cidr),
            source_port_range="*",
            destination_address_prefix=vnet.workload_cidr,
            destination_port_ranges=[str(port) for port in args.ports],
            opts=self.child(),
        )
        self.network_name = pulumi.Output.from_input(vnet.vnet_name)

    def _create(self, args: LandingArgs) -> AzureNetwork:
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
        network.Subnet(
            f"{name}-workload",
            resource_group_name=group.name,
            virtual_network_name=vnet.name,
            subnet_name="workload",
            address_prefix=str(layout.workload),
            network_security_group={"id": rules.id},
            opts=self.child(),
        )
        return AzureNetwork(
            resource_group_name=group.name,
            resource_group_id=group.id,
            vnet_name=vnet.name,
            vnet_id=vnet.id,
            network_security_group_name=rules.name,
            workload_cidr=str(layout.workload),
        )

    def _connect(self, args: LandingArgs, link: Link, vnet: AzureNetwork) -> None:
        """Kong's role on the VNet, and the peering that Kong makes with it."""
        caller = authorization.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        )
        granted = self._grant(args, vnet, caller.subscription_id)
        attachment = konnect.CloudGatewayTransitGateway(
            f"{self.name}-attachment",
            network_id=link.network_id,
            name=self.name,
            transit_gateway_attachment_config={
                "kind": "azure-vnet-peering-attachment",
                "tenant_id": caller.tenant_id,
                "subscription_id": caller.subscription_id,
                "resource_group_name": vnet.resource_group_name,
                "vnet_name": vnet.vnet_name,
            },
            opts=self.child(granted),
        )
        self.attachment = attachment.ready_after(*granted)

    def _grant(
        self, args: LandingArgs, vnet: AzureNetwork, subscription_id: pulumi.Output[str]
    ) -> list[authorization.RoleAssignment]:
        """A role of our own per landing: role names are unique in a tenant, so ours has ours."""
        if args.azure.principal_id is None:
            return []

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
            scope=vnet.resource_group_id,
            assignable_scopes=[vnet.resource_group_id],
            permissions=[{"actions": list(PEERING_ACTIONS), "not_actions": []}],
            opts=self.child(),
        )
        assignment = authorization.RoleAssignment(
            f"{self.name}-role-assignment",
            role_assignment_name=stable_id("assignment"),
            scope=vnet.vnet_id,
            role_definition_id=role.id,
            principal_id=args.azure.principal_id,
            # Said explicitly it spares a look-up in Entra, which lags behind new principals.
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            opts=self.child(),
        )
        return [assignment]
