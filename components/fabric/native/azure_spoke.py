"""A spoke in Azure: its VNet, who may call it, and its connection to the virtual hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.component import NOT_AN_INPUT, Component
from components.fabric.model import SpokePlan
from components.fabric.native.azure_rules import ALLOW, DENY, INBOUND, OUTBOUND, add_rule
from components.fabric.native.hub import FabricSpoke
from components.names import bounded_name
from components.networks.attributes import AzureHubAttributes
from components.networks.azure import AzureVnet, AzureVnetArgs

PRIVATE_BLOCKS: Final = tuple(
    IPv4Network(block)
    for block in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "198.18.0.0/15",
    )
)
"""The blocks that gateway networks may be in, and so all networks that are routed to them. Source:
Kong, "Dedicated Cloud Gateways, private networking"."""

_LONGEST_NAME: Final = 80
_LONGEST_VNET_NAME: Final = 64 - len("-vnet")


@dataclass(frozen=True)
class AzureFabricSpokeArgs:
    """A spoke, and the hub that it is on."""

    plan: SpokePlan
    region: str
    """Azure location: ``eastus2``."""
    hub: AzureHubAttributes
    routing_configuration: network.RoutingConfigurationArgs | None = field(metadata=NOT_AN_INPUT)
    """The hub's tables that the connection uses. None: Azure chooses them, by routing intent."""
    after: Sequence[pulumi.Resource] = field(default=(), metadata=NOT_AN_INPUT)
    """What the hub creates before the connection: it makes one at a time."""
    isolated_from: IPv4Network | None = None
    """The block of the region's gateway, if that is isolated: nothing is sent to it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    """Whether Pulumi refuses to delete the VNet."""


class AzureFabricSpoke(Component):
    """The VNet of a spoke, unless it is given, and its connection to the hub.

    Only the callers of the plan are let in, and only its routes are let out, among private blocks.
    The owner of a given VNet makes its security rules.
    """

    network: FabricSpoke
    connection: pulumi.Resource
    """The connection to the hub."""

    def __init__(
        self, name: str, args: AzureFabricSpokeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureFabricSpoke", name, args, opts)
        given = args.plan.given
        after = list(args.after)
        if given is None:
            vnet = self._vnet(args)
            # Azure refuses to connect a VNet while its subnets are being created.
            after.append(vnet)
            self.network = FabricSpoke(vnet.vnet_id, vnet.subnet_ids)
        else:
            self.network = FabricSpoke(pulumi.Output.from_input(given.network_id))
        self.connection = network.HubVirtualNetworkConnection(
            f"{name}-connection",
            resource_group_name=args.hub.resource_group_name,
            virtual_hub_name=args.hub.hub_name,
            connection_name=bounded_name(name, "connection", _LONGEST_NAME),
            remote_virtual_network={"id": self.network.network_id},
            routing_configuration=args.routing_configuration,
            opts=self.child(after),
        )
        self.register_outputs({"vnet_id": self.network.network_id})

    def _vnet(self, args: AzureFabricSpokeArgs) -> AzureVnet:
        """The VNet with its security rules. Azure lets connected networks in without any."""
        plan = args.plan
        vnet = AzureVnet(
            bounded_name(self.name, "spoke", _LONGEST_VNET_NAME),
            AzureVnetArgs(args.region, plan.cidr, args.tags, args.protect, args.isolated_from),
            self.child(),
        )
        to = vnet.attributes
        add_rule(self, to, "from-own-network", 200, ALLOW, INBOUND, [plan.cidr])
        if plan.allowed:
            add_rule(self, to, "from-callers", 201, ALLOW, INBOUND, plan.allowed, plan.ports)
        add_rule(self, to, "not-from-others", 202, DENY, INBOUND, PRIVATE_BLOCKS)
        add_rule(self, to, "to-own-network", 200, ALLOW, OUTBOUND, [plan.cidr])
        if plan.routes:
            add_rule(self, to, "to-routes", 201, ALLOW, OUTBOUND, plan.routes)
        add_rule(self, to, "not-to-others", 202, DENY, OUTBOUND, PRIVATE_BLOCKS)
        return vnet
