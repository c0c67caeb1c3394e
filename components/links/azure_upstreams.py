"""What all links in Azure share: Kong's role, and the rules that let the gateway in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pulumi
from pulumi_azure_native import authorization, network

from components.links.azure_grant import AzureGrant
from components.links.base import GatewayEnd, Link
from components.networks.attributes import AzureVnetAttributes

_IDS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:multicloudgateway:azure-vnet-peering")


class AzureUpstreams(Protocol):
    """The arguments of a link that its role and its security rules need."""

    @property
    def gateway(self) -> GatewayEnd:
        """The gateway's end of the link."""

    @property
    def vnet(self) -> AzureVnetAttributes:
        """The VNet of the upstreams."""

    @property
    def grant(self) -> AzureGrant:
        """How Kong's service principal gets its role."""

    @property
    def ports(self) -> Sequence[int]:
        """TCP ports on which the gateway may call the subnets; all others are denied."""


@dataclass(frozen=True)
class RoleTarget:
    """What Kong's role is about."""

    scope: pulumi.Input[str]
    """The resource that Kong peers with: the id of a VNet or of a virtual hub."""
    group_id: pulumi.Input[str]
    """The id of its resource group, in which the role can be assigned."""
    actions: Sequence[str]
    """The actions of the role."""
    noun: str
    """What the resource is: ``VNet`` or ``virtual hub``."""


class AzureLink(Link):
    """A link in Azure."""

    def give_role(
        self, args: AzureUpstreams, target: RoleTarget
    ) -> list[authorization.RoleAssignment]:
        """Create a role for Kong and assign it. Empty if an administrator does that by hand.

        Each link has a role of its own, because role names are unique in a tenant.
        """
        if args.grant.principal_id is None:
            return []
        subscription_id = pulumi.Output.from_input(target.scope).apply(
            lambda scope: subscription_of(scope, self.name)
        )

        def stable_id(kind: str) -> pulumi.Output[str]:
            return subscription_id.apply(
                lambda sub: str(uuid.uuid5(_IDS, f"{sub}/{self.name}/{kind}"))
            )

        role = authorization.RoleDefinition(
            f"{self.name}-role",
            role_definition_id=stable_id("role"),
            role_name=f"Kong Cloud Gateway Peering Creator - {self.name}",
            description=f"Lets Kong peer its gateway network with this {target.noun}",
            role_type="CustomRole",
            scope=target.group_id,
            assignable_scopes=[target.group_id],
            permissions=[{"actions": list(target.actions), "not_actions": []}],
            opts=self.child(),
        )
        assignment = authorization.RoleAssignment(
            f"{self.name}-role-assignment",
            role_assignment_name=stable_id("assignment"),
            scope=target.scope,
            role_definition_id=role.id,
            principal_id=args.grant.principal_id,
            # Without it Azure looks the principal up in Entra, which may not have a new one yet.
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            opts=self.child(),
        )
        return [assignment]

    def limit(self, args: AzureUpstreams, after: pulumi.Resource, place: int, ending: str) -> None:
        """Allow the gateway on its ports, and deny it all others. An isolated one is denied all.

        Azure's default rule `AllowVnetInBound` allows every peered network, so an allow rule alone
        limits nothing. The rules change to the block of a replacement network only after that
        network's attachment (``after``): until then the old network serves.

        Two links of one VNet have rules of their own, so that each can be deleted alone. ``place``
        is added to the priorities, and ``ending`` to the names of the rules: both must differ.
        """
        source = str(args.gateway.cidr)
        priority = args.vnet.security_rule_priority + place
        allow, deny = network.SecurityRuleAccess.ALLOW, network.SecurityRuleAccess.DENY
        network.SecurityRule(
            f"{self.name}-from-gateway",
            resource_group_name=args.vnet.resource_group_name,
            network_security_group_name=args.vnet.network_security_group_name,
            security_rule_name=f"from-gateway{ending}",
            access=deny if args.gateway.isolated else allow,
            direction=network.SecurityRuleDirection.INBOUND,
            priority=priority,
            protocol=network.SecurityRuleProtocol.TCP,
            source_address_prefix=source,
            source_port_range="*",
            destination_address_prefix=args.vnet.workload_cidr,
            destination_port_ranges=[str(port) for port in args.ports],
            opts=self.child([after, *args.gateway.denied_by]),
        )
        network.SecurityRule(
            f"{self.name}-not-from-gateway",
            resource_group_name=args.vnet.resource_group_name,
            network_security_group_name=args.vnet.network_security_group_name,
            security_rule_name=f"not-from-gateway{ending}",
            access=deny,
            direction=network.SecurityRuleDirection.INBOUND,
            priority=priority + 1,
            protocol=network.SecurityRuleProtocol.ASTERISK,
            source_address_prefix=source,
            source_port_range="*",
            destination_address_prefix="*",
            destination_port_range="*",
            opts=self.child([after]),
        )
        self.security_group_id = pulumi.Output.concat(
            args.vnet.resource_group_id,
            "/providers/Microsoft.Network/networkSecurityGroups/",
            args.vnet.network_security_group_name,
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
