"""The customer's VNet in Azure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
from pulumi_azure_native import network, resources

from components.component import Component
from components.isolation.azure import AzureIsolation, AzureIsolationArgs
from components.networks.attributes import AzureVnetAttributes
from components.networks.subnets import azure_subnets


@dataclass(frozen=True)
class AzureVnetArgs:
    """A VNet with one workload subnet."""

    region: str
    """Azure location: ``eastus2``."""
    cidr: IPv4Network
    """The VNet's address space, /8 to /26; the subnet is its lower half."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource."""
    protect: bool = False
    """Whether Pulumi refuses to delete the resource group and the VNet."""
    isolated_from: IPv4Network | None = None
    """The block of an isolated gateway, to which the subnet sends nothing."""


class AzureVnet(Component):
    """A resource group, a VNet, a workload subnet and its network security group."""

    attributes: AzureVnetAttributes
    """The ids of the VNet that links need."""
    vnet_id: pulumi.Output[str]
    resource_guid: pulumi.Output[str]
    """The GUID that Azure gives the VNet. Aviatrix names a VNet by it."""
    subnet_ids: Mapping[str, pulumi.Output[str]]
    """By name: ``workload``."""
    closed_by: Sequence[pulumi.Resource] | None = None
    """What denies the block of an isolated gateway. None: nothing is isolated."""

    def __init__(
        self, name: str, args: AzureVnetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureVnet", name, args, opts)
        layout = azure_subnets(args.cidr)
        group, vnet = vnet_in_group(self, name, args)
        rules = network.NetworkSecurityGroup(
            f"{name}-nsg",
            resource_group_name=group.name,
            network_security_group_name=f"{name}-nsg",
            location=args.region,
            tags=args.tags,
            opts=self.child(),
        )
        isolation = self._isolation(args, group, rules)
        workload = network.Subnet(
            f"{name}-workload",
            resource_group_name=group.name,
            virtual_network_name=vnet.name,
            subnet_name="workload",
            address_prefix=str(layout.workload),
            network_security_group={"id": rules.id},
            route_table=None if isolation is None else {"id": isolation.route_table_id},
            opts=self.child(),
        )
        if isolation is not None:
            self.closed_by = [*isolation.rules, workload]
        self.vnet_id = vnet.id
        self.resource_guid = vnet.resource_guid
        self.subnet_ids = {"workload": workload.id}
        self.attributes = AzureVnetAttributes(
            resource_group_name=group.name,
            resource_group_id=group.id,
            vnet_name=vnet.name,
            vnet_id=vnet.id,
            network_security_group_name=rules.name,
            workload_cidr=str(layout.workload),
        )
        self.register_outputs({"vnet_id": vnet.id, "subnet_ids": self.subnet_ids})

    def _isolation(
        self,
        args: AzureVnetArgs,
        group: resources.ResourceGroup,
        rules: network.NetworkSecurityGroup,
    ) -> AzureIsolation | None:
        if args.isolated_from is None:
            return None
        closed = AzureIsolationArgs(
            args.region, group.name, rules.name, args.isolated_from, args.tags
        )
        return AzureIsolation(f"{self.name}-isolation", closed, self.child())


def vnet_in_group(
    owner: Component, name: str, args: AzureVnetArgs
) -> tuple[resources.ResourceGroup, network.VirtualNetwork]:
    """Create a resource group called ``name`` with a VNet in it, as children of ``owner``.

    ``name`` has at most 59 characters: that of a VNet has 64, with ``-vnet`` behind it.
    """
    group = resources.ResourceGroup(
        f"{owner.name}-group",
        resource_group_name=name,
        location=args.region,
        tags=args.tags,
        opts=owner.child(protect=args.protect or None),
    )
    vnet = network.VirtualNetwork(
        f"{owner.name}-vnet",
        resource_group_name=group.name,
        virtual_network_name=f"{name}-vnet",
        location=args.region,
        address_space={"address_prefixes": [str(args.cidr)]},
        tags=args.tags,
        opts=owner.child(protect=args.protect or None),
    )
    return group, vnet
