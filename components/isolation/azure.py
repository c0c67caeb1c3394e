"""Denies traffic from a VNet to a gateway's block, and routes the block to nowhere.

A network security group lets the packets of a connection pass that existed before its rule was
closed. A route with the next hop `None` drops each packet to the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
from pulumi_azure_native import network

from components.component import Component


@dataclass(frozen=True)
class AzureIsolationArgs:
    """A security group and a resource group of ours, and the block that is denied."""

    region: str
    """Azure location: ``eastus2``."""
    resource_group_name: pulumi.Input[str]
    network_security_group_name: pulumi.Input[str]
    gateway_cidr: IPv4Network
    """The gateway network's block."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the route table."""


class AzureIsolation(Component):
    """A security rule for outbound traffic, and a route table for the subnets."""

    route_table_id: pulumi.Output[str]
    """The route table. The subnets must use it."""
    rules: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: AzureIsolationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureIsolation", name, args, opts)
        denied = network.SecurityRule(
            f"{name}-out",
            resource_group_name=args.resource_group_name,
            network_security_group_name=args.network_security_group_name,
            security_rule_name="not-to-gateway",
            access=network.SecurityRuleAccess.DENY,
            direction=network.SecurityRuleDirection.OUTBOUND,
            priority=100,
            protocol=network.SecurityRuleProtocol.ASTERISK,
            source_address_prefix="*",
            source_port_range="*",
            destination_address_prefix=str(args.gateway_cidr),
            destination_port_range="*",
            opts=self.child(),
        )
        table = network.RouteTable(
            f"{name}-routes",
            resource_group_name=args.resource_group_name,
            route_table_name=f"{name}-routes",
            location=args.region,
            routes=[
                {
                    "name": "to-gateway",
                    "address_prefix": str(args.gateway_cidr),
                    "next_hop_type": network.RouteNextHopType.NONE,
                }
            ],
            tags=args.tags,
            opts=self.child(),
        )
        self.route_table_id = table.id
        self.rules = [denied, table]
        self.register_outputs({"route_table_id": table.id})
