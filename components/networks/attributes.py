"""The ids of customer networks that links need, created here or given by another team.

Loads no cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pulumi


@dataclass(frozen=True)
class AwsVpcAttributes:
    """A VPC."""

    vpc_id: pulumi.Input[str]
    route_table_ids: Mapping[str, pulumi.Input[str]]
    """The VPC's route tables that get a route to the gateway, by names that never change."""
    account: pulumi.Input[str] | None = None
    """The id of the account that owns the VPC. A link by a peering needs it."""
    subnet_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """A subnet in each zone, by zone id (``use2-az1``). A resource endpoint needs one."""


@dataclass(frozen=True)
class AwsHubAttributes:
    """A Transit Gateway that the VPC is attached to.

    An attachment is associated with one table only, so the VPC's owner makes the association of
    the VPC's own attachment. For a hub with a single table, give that table for both.
    """

    transit_gateway_id: pulumi.Input[str]
    transit_gateway_arn: pulumi.Input[str]
    gateway_route_table_id: pulumi.Input[str]
    """The table of gateways: gateways are associated with it, the VPC propagates to it."""
    spoke_route_table_id: pulumi.Input[str]
    """The table of the VPC: the VPC is associated with it, gateways propagate to it."""
    vpc_attachment_id: pulumi.Input[str]
    """The VPC's attachment. AWS refuses a route to a hub that the VPC is not attached to."""


@dataclass(frozen=True)
class AzureVnetAttributes:
    """A VNet in a resource group, with the security group of the subnets that the gateway calls."""

    resource_group_name: pulumi.Input[str]
    resource_group_id: pulumi.Input[str]
    """The scope in which Kong's role is defined."""
    vnet_name: pulumi.Input[str]
    vnet_id: pulumi.Input[str]
    """The VNet's resource id, which contains its subscription."""
    network_security_group_name: pulumi.Input[str]
    workload_cidr: str
    """The block of the subnets behind the security group."""
    security_rule_priority: int = 100
    """Priority of the rule that lets the gateway in, 100 to 4095. The rule that denies the gateway
    everything else has the next number: Azure refuses two rules with the same priority."""


@dataclass(frozen=True)
class AzureHubAttributes:
    """A virtual hub."""

    hub_id: pulumi.Input[str]
    """The hub's resource id: ``/subscriptions/<subscription>/resourceGroups/<group>/providers/
    Microsoft.Network/virtualHubs/<name>``."""

    @property
    def subscription_id(self) -> pulumi.Output[str]:
        """The subscription in the id."""
        return self._part(2)

    @property
    def resource_group_name(self) -> pulumi.Output[str]:
        """The resource group in the id."""
        return self._part(4)

    @property
    def resource_group_id(self) -> pulumi.Output[str]:
        """The id of the resource group."""
        return pulumi.Output.from_input(self.hub_id).apply(lambda id_: "/".join(id_.split("/")[:5]))

    @property
    def hub_name(self) -> pulumi.Output[str]:
        """The hub's name."""
        return self._part(8)

    def _part(self, place: int) -> pulumi.Output[str]:
        return pulumi.Output.from_input(self.hub_id).apply(lambda id_: id_.split("/")[place])


@dataclass(frozen=True)
class GcpVpcAttributes:
    """A VPC network in GCP."""

    name: pulumi.Input[str]
    project: pulumi.Input[str]
    id: pulumi.Input[str]
    """``projects/<project>/global/networks/<name>``."""
    self_link: pulumi.Input[str]
    """The network's URL."""


CustomerNetwork: TypeAlias = AwsVpcAttributes | AzureVnetAttributes | GcpVpcAttributes
"""A customer network in any cloud."""
