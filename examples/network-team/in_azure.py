"""A VNet with one subnet behind a network security group."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

import pulumi
from pulumi_azure_native import network, resources

from multicloudgateway import AzureNetwork


def vnet(region: str, cidr: str, tags: Mapping[str, str]) -> AzureNetwork:
    """Build it, with the lower half of its block for workloads."""
    workload = str(next(IPv4Network(cidr).subnets()))
    name = f"network-{pulumi.get_stack()}-{region}"
    group = resources.ResourceGroup("group", resource_group_name=name, location=region, tags=tags)
    vnet = network.VirtualNetwork(
        "vnet",
        resource_group_name=group.name,
        virtual_network_name=name,
        location=region,
        address_space={"address_prefixes": [cidr]},
        tags=tags,
    )
    rules = network.NetworkSecurityGroup(
        "workload",
        resource_group_name=group.name,
        network_security_group_name=f"{name}-workload",
        location=region,
        tags=tags,
    )
    network.Subnet(
        "workload",
        resource_group_name=group.name,
        virtual_network_name=vnet.name,
        subnet_name="workload",
        address_prefix=workload,
        network_security_group={"id": rules.id},
    )
    return AzureNetwork(
        cidr=cidr,
        resource_group_name=group.name,
        resource_group_id=group.id,
        vnet_name=vnet.name,
        vnet_id=vnet.id,
        network_security_group_name=rules.name,
        workload_cidr=workload,
        security_rule_priority=200,
    )
