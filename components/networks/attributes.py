"""Customer networks by their ids, made here or given by another team: what links need of them.

Loads no cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pulumi


@dataclass(frozen=True)
class AwsVpcAttributes:
    """A VPC."""

    vpc_id: pulumi.Input[str]
    route_table_ids: Mapping[str, pulumi.Input[str]]
    """The VPC's tables that get a route to the gateway, by names that never change."""


@dataclass(frozen=True)
class AwsHubAttributes:
    """A Transit Gateway that the VPC is attached to.

    An attachment is associated with one table only, so the association of the VPC's own is its
    owner's to make. A hub with a single table gives that one twice.
    """

    transit_gateway_id: pulumi.Input[str]
    transit_gateway_arn: pulumi.Input[str]
    gateway_route_table_id: pulumi.Input[str]
    """The table of gateways: they are associated with it, the VPC propagates to it."""
    spoke_route_table_id: pulumi.Input[str]
    """The table of the VPC: the VPC is associated with it, gateways propagate to it."""
    vpc_attachment_id: pulumi.Input[str]
    """The VPC's attachment: AWS refuses a route to a hub that the VPC is not attached to."""


@dataclass(frozen=True)
class AzureVnetAttributes:
    """A VNet in a resource group, with the security group of the subnets that are called."""

    resource_group_name: pulumi.Input[str]
    resource_group_id: pulumi.Input[str]
    """Where Kong's role is defined."""
    vnet_name: pulumi.Input[str]
    vnet_id: pulumi.Input[str]
    """The VNet's resource id, which also says its subscription."""
    network_security_group_name: pulumi.Input[str]
    workload_cidr: str
    """The block of the subnets behind the security group."""
    security_rule_priority: int = 100
    """Priority of the rule that lets the gateway in, 100 to 4095. The next number is the rule
    that denies the gateway the rest: Azure takes no two rules of one priority."""


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
