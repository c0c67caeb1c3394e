"""What a fabric is built from, and the parts of it as they were built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.component import NOT_AN_INPUT
from components.fabric.model import FabricLinkKind, FabricPlan, LinkPlan
from components.fabric.native.hub import FabricSpoke, RegionSide


@dataclass(frozen=True)
class TransitFabricArgs:
    """A fabric, and the regions that it connects. Mappings are by hub: ``aws-us-east-2``."""

    plan: FabricPlan = field(metadata=NOT_AN_INPUT)
    sides: Mapping[str, RegionSide] = field(metadata=NOT_AN_INPUT)
    """What each region already has."""
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Tags as the cloud of the hub takes them."""
    protect: bool = False
    """Whether Pulumi refuses to delete networks and gateways that are created here."""
    providers: Mapping[str, Sequence[pulumi.ProviderResource]] = field(
        default_factory=dict, metadata=NOT_AN_INPUT
    )
    """Cloud providers of a hub, of its spokes and of its ends of links. Without: those of the
    parent."""


@dataclass(frozen=True)
class HubOfFabric:
    """A hub, as it was built."""

    id: pulumi.Output[str]
    """AWS: the Transit Gateway's id. Azure: the virtual hub's resource id. GCP: the network's id.
    Aviatrix: the name of the transit gateway."""
    vpn_addresses: Sequence[pulumi.Output[str]] = ()
    """The public addresses of its VPN gateway, by interface. Empty in AWS, where each tunnel has
    its own, and for a hub without links by IPsec."""


@dataclass(frozen=True)
class LinkOfFabric:
    """A connection of two hubs, as it was built."""

    plan: LinkPlan
    near_addresses: Sequence[pulumi.Output[str]] = ()
    """The public address of the near end of each tunnel."""
    far_addresses: Sequence[pulumi.Output[str]] = ()
    """The public address of the far end of each tunnel."""

    @property
    def kind(self) -> FabricLinkKind:
        """How the hubs are connected."""
        return self.plan.kind


@dataclass(frozen=True)
class FabricParts:
    """The parts of a fabric, as a driver built them."""

    hubs: Mapping[str, HubOfFabric]
    """By key: ``aws-us-east-2``."""
    links: Mapping[str, LinkOfFabric]
    """Links between hubs, by key."""
    spokes: Mapping[str, FabricSpoke]
    """By name."""
