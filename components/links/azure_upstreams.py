"""What all links in Azure share: Kong's role, and the rules that let the gateway in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final, Protocol

import pulumi
from pulumi_azure_native import authorization, network

from components.links.azure_grant import AzureGrant
from components.links.azure_role import AzureRole, give_role
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


class AzureLink(Link):
    """A link in Azure."""

    def let_peer(
        self,
        args: AzureUpstreams,
        scope: pulumi.Input[str],
        group_id: pulumi.Input[str],
        actions: Sequence[str],
        noun: str,
    ) -> list[authorization.RoleAssignment]:
        """Let Kong peer with a VNet or a virtual hub, whose id is ``scope``, in a resource group.

        Empty if an administrator does that by hand.
        """
        if args.grant.principal_id is None:
            return []
        role = AzureRole(
            scope=scope,
            group_id=group_id,
            subscription_id=pulumi.Output.from_input(scope).apply(
                lambda id_: subscription_of(id_, self.name, noun)
            ),
            title="Kong Cloud Gateway Peering Creator",
            description=f"Lets Kong peer its gateway network with this {noun}",
            actions=actions,
            ids=_IDS,
        )
        return give_role(self, role, args.grant.principal_id)

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


def subscription_of(resource_id: str, owner: str, noun: str = "VNet") -> str:
    """The subscription in a resource id. Raises ``ValueError``, which names ``owner``.

    ``noun`` is what the resource is, for the error.
    """
    parts = resource_id.split("/")
    if len(parts) < 3 or parts[1].lower() != "subscriptions":
        raise ValueError(
            f"{owner}: {resource_id!r} is not the id of a {noun}; write it like /subscriptions/"
            "<subscription>/resourceGroups/<group>/providers/Microsoft.Network/<type>/<name>"
        )
    return parts[2]
