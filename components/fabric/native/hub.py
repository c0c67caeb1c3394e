"""What the hub of every cloud has in common: its arguments, and how two hubs are connected.

Two hubs that are connected by IPsec need each other's addresses. In AWS the addresses of tunnels
are known only after the VPN connection is created with the addresses of the other end. So the near
end of a link connects first, and returns its address of each tunnel; then the far end connects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import pulumi

from components.component import NOT_AN_INPUT
from components.fabric.model import (
    FabricPlan,
    HubPlan,
    InspectionArgs,
    LinkPlan,
    SegmentArgs,
    SpokePlan,
)
from components.networks.attributes import AwsHubAttributes, AzureHubAttributes, CustomerNetwork
from components.regions import Cloud


@dataclass(frozen=True)
class RegionSide:
    """What a region already has: its landing, its hub, and the gateway's attachment."""

    network: CustomerNetwork
    """The landing."""
    hub: AwsHubAttributes | AzureHubAttributes | None = None
    """AWS: the Transit Gateway. Azure: the virtual hub. GCP has none: the landing is the hub."""
    security_group_id: pulumi.Input[str] | None = None
    """AWS: the security group that lets the gateway in to hosts of the landing."""
    gateway_attachment_id: pulumi.Input[str] | None = None
    """AWS: Kong's attachment to the Transit Gateway, after it was accepted."""
    virtual_wan_id: pulumi.Input[str] | None = None
    """Azure: the virtual WAN of the hub. A hub with a link by IPsec needs it."""
    landing_connection: pulumi.Resource | None = None
    """Azure: the landing's connection to the virtual hub. A hub makes one connection at a time."""


@dataclass(frozen=True)
class FabricHubArgs:
    """A hub as a driver builds it."""

    plan: HubPlan
    side: RegionSide
    spokes: Mapping[str, SpokePlan] = field(default_factory=dict)
    """The spokes on this hub, by name."""
    segments: Mapping[str, SegmentArgs] = field(default_factory=dict)
    """All segments of the fabric, by name. A hub has a table for each that has a spoke on it."""
    inspection: InspectionArgs = field(default_factory=InspectionArgs)
    speaks: bool = False
    """Whether it has a link by IPsec, so it needs a VPN gateway. AWS needs none."""
    links: Sequence[LinkPlan] = ()
    """Its links by IPsec to other hubs. GCP: a hub with several links transfers between them."""
    fabric: FabricPlan | None = field(default=None, metadata=NOT_AN_INPUT)
    """The whole plan. Azure: a virtual hub connects all networks, so filters need the blocks of
    all, and packets between other hubs cross the firewall of this one too."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them."""
    protect: bool = False
    """Whether Pulumi refuses to delete networks and gateways that are created here."""


@dataclass(frozen=True)
class FarEnd:
    """The other end of a link by IPsec, as this end sees it."""

    key: str
    """The key of the other hub, or the name of the spoke, for names of resources."""
    asn: int
    addresses: Sequence[pulumi.Input[str]]
    """The public address of the other end of each tunnel, in the order of ``LinkPlan.tunnels``. The
    same address may be there twice."""
    vpn_gateway_id: pulumi.Input[str] | None = None
    """GCP: the other end's HA VPN gateway, if that is in GCP too. Google connects two HA VPN
    gateways by their ids, not by addresses."""


class LinkEnd(Protocol):
    """An end of links by IPsec: a hub, or the network of a spoke in GCP."""

    @property
    def addresses(self) -> Sequence[pulumi.Output[str]]:
        """The public addresses of its VPN gateway, by interface. AWS: none, see `connect`."""
        ...

    @property
    def vpn_gateway_id(self) -> pulumi.Output[str] | None:
        """GCP: the id of its HA VPN gateway. Elsewhere None."""
        ...

    def connect(
        self, link: LinkPlan, far: FarEnd, keys: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[pulumi.Output[str]]:
        """Create this end of a link by IPsec. Return its public address of each tunnel.

        ``keys`` are the pre-shared keys by the key of the tunnel. The link may be a spoke's in GCP.
        """
        ...


@dataclass(frozen=True)
class FabricSpoke:
    """The network of a spoke, as it was built."""

    network_id: pulumi.Output[str]
    """AWS: the VPC's id. Azure: the VNet's resource id. GCP: the network's id."""
    subnet_ids: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """The workload subnets, by zone id in AWS and by name elsewhere; empty for a given network."""
    end: LinkEnd | None = None
    """GCP: the spoke's end of the tunnels to its hub. None elsewhere."""


class FabricHub(LinkEnd, Protocol):
    """The hub of a region in a fabric."""

    @property
    def spokes(self) -> Mapping[str, FabricSpoke]:
        """The spokes on it, by name."""
        ...


class PeeringHub(FabricHub, Protocol):
    """A hub in AWS. It connects to another hub in AWS by a peering of Transit Gateways."""

    def peer(self, link: LinkPlan, far: Self) -> None:
        """Connect this hub, the near end of a link, to the far one.

        Creates the peering, its acceptance at the far end, and at both ends its association with
        the table ``transit``. Each end uses its own cloud providers, because the hubs may be in two
        accounts.
        """
        ...

    def lead(self) -> None:
        """Create the routes that need all links of the hub: call it once, after them."""
        ...


def fabric_hub(name: str, args: FabricHubArgs, opts: pulumi.ResourceOptions) -> FabricHub:
    """Create the hub of a region. The modules of a cloud are loaded only when a hub is in it."""
    match args.plan.cloud:
        case Cloud.AWS:
            from components.fabric.native.aws import AwsFabricHub

            return AwsFabricHub(name, args, opts)
        case Cloud.AZURE:
            from components.fabric.native.azure import AzureFabricHub

            return AzureFabricHub(name, args, opts)
        case Cloud.GCP:
            from components.fabric.native.gcp import GcpFabricHub

            return GcpFabricHub(name, args, opts)
