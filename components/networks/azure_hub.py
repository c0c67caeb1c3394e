"""A virtual hub in Azure, and the connection of a VNet to it.

They are separate from the VNet, because a hub may serve many VNets and a peering needs no hub.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi_azure_native import network

from components.component import Component
from components.networks.attributes import AzureHubAttributes


@dataclass(frozen=True)
class AzureVirtualHubArgs:
    """A virtual hub, and the virtual WAN that it is in."""

    region: str
    """Azure location: ``eastus2``."""
    resource_group_name: pulumi.Input[str]
    address_prefix: IPv4Network
    """The hub's own block, at least a /24; Microsoft advises a /23. It can never change."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource."""
    protect: bool = False
    """Whether Pulumi refuses to delete the hub."""
    virtual_wan_id: pulumi.Input[str] | None = None
    """The id of the Standard virtual WAN that the hub joins. None: it gets a WAN of its own. A hub
    that is live in another one is refused in a preview: Azure would replace it."""


class AzureVirtualHub(Component):
    """A virtual hub, with a virtual WAN unless one is given. Creating a hub takes 30 minutes.

    The hubs of one Standard WAN are connected to each other.
    """

    attributes: AzureHubAttributes
    """The ids of the hub that links need."""
    virtual_wan_id: pulumi.Output[str]
    """The id of the WAN that the hub is in."""

    def __init__(
        self, name: str, args: AzureVirtualHubArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureVirtualHub", name, args, opts)
        if args.virtual_wan_id is None:
            self.virtual_wan_id = self._own_wan(args).id
        else:
            self.virtual_wan_id = pulumi.Output.from_input(args.virtual_wan_id)
        hub = network.VirtualHub(
            f"{name}-virtual-hub",
            resource_group_name=args.resource_group_name,
            virtual_hub_name=name,
            location=args.region,
            address_prefix=str(args.address_prefix),
            virtual_wan={"id": self.virtual_wan_id},
            sku="Standard",
            tags=args.tags,
            opts=self.child(
                protect=args.protect or None,
                # Another virtual WAN would replace the hub. A fabric that is deleted leaves it in
                # its WAN, and one that is added refuses a hub that is in another.
                ignore_changes=["virtual_wan"],
            ),
        )
        hub_id = hub.id if args.virtual_wan_id is None else self._in_wan(hub, self.virtual_wan_id)
        self.attributes = AzureHubAttributes(hub_id)
        self.register_outputs({"hub_id": hub_id})

    def _in_wan(self, hub: network.VirtualHub, wan_id: pulumi.Output[str]) -> pulumi.Output[str]:
        """The id of the hub. Raises ``pulumi.RunError`` if it is live in another WAN."""

        def checked(known: Sequence[Any]) -> str:
            hub_id, found, wanted = known
            there = None if found is None else found.get("id")
            if there is not None and there.lower() != wanted.lower():
                raise pulumi.RunError(
                    f"virtual hub {hub_id} is live in {there}, and the hubs of a fabric share "
                    f"{wanted}. A hub never changes its virtual WAN. Delete the virtual-hub link "
                    "of its region and run `pulumi up`, then declare link and fabric together: "
                    "the gateway loses its upstreams behind the hub meanwhile"
                )
            return str(hub_id)

        return pulumi.Output.all(hub.id, hub.virtual_wan, wan_id).apply(checked)

    def _own_wan(self, args: AzureVirtualHubArgs) -> network.VirtualWan:
        return network.VirtualWan(
            f"{self.name}-wan",
            resource_group_name=args.resource_group_name,
            virtual_wan_name=f"{self.name}-wan",
            location=args.region,
            type="Standard",
            allow_branch_to_branch_traffic=True,
            tags=args.tags,
            opts=self.child(),
        )


@dataclass(frozen=True)
class AzureHubSpokeArgs:
    """A VNet that is connected to a hub."""

    hub: AzureHubAttributes
    vnet_id: pulumi.Input[str]


class AzureHubSpoke(Component):
    """The connection of a VNet to a hub."""

    connection: network.HubVirtualNetworkConnection

    def __init__(
        self, name: str, args: AzureHubSpokeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureHubSpoke", name, args, opts)
        self.connection = network.HubVirtualNetworkConnection(
            f"{name}-connection",
            resource_group_name=args.hub.resource_group_name,
            virtual_hub_name=args.hub.hub_name,
            connection_name=name,
            remote_virtual_network={"id": args.vnet_id},
            opts=self.child(),
        )
        self.register_outputs({"connection_id": self.connection.id})
