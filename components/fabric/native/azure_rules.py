"""Security rules of a network security group in Azure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

from pulumi_azure_native.network import (
    SecurityRule,
    SecurityRuleAccess,
    SecurityRuleDirection,
    SecurityRuleProtocol,
)

from components.component import Component
from components.networks.attributes import AzureVnetAttributes

ALLOW, DENY = SecurityRuleAccess.ALLOW, SecurityRuleAccess.DENY
INBOUND, OUTBOUND = SecurityRuleDirection.INBOUND, SecurityRuleDirection.OUTBOUND


def add_rule(
    owner: Component,
    vnet: AzureVnetAttributes,
    name: str,
    priority: int,
    access: SecurityRuleAccess,
    direction: SecurityRuleDirection,
    others: Iterable[IPv4Network],
    ports: Sequence[int] = (),
) -> None:
    """Allow or deny packets from ``others`` (inbound) or to them (outbound).

    The rule is a child of ``owner``.

    ``ports`` are TCP ports of the workload subnet. Without them, the rule is for all protocols and
    ports of all subnets that have the security group.
    """
    blocks = [str(block) for block in others]
    inbound = direction is INBOUND
    SecurityRule(
        f"{owner.name}-{name}",
        resource_group_name=vnet.resource_group_name,
        network_security_group_name=vnet.network_security_group_name,
        security_rule_name=name,
        access=access,
        direction=direction,
        priority=priority,
        protocol=SecurityRuleProtocol.TCP if ports else SecurityRuleProtocol.ASTERISK,
        source_address_prefix=None if inbound else "*",
        source_address_prefixes=blocks if inbound else None,
        source_port_range="*",
        destination_address_prefix=(vnet.workload_cidr if ports else "*") if inbound else None,
        destination_address_prefixes=None if inbound else blocks,
        destination_port_range=None if ports else "*",
        destination_port_ranges=[str(port) for port in ports] or None,
        opts=owner.child(),
    )
