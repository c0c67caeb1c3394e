"""The native fabric: the hubs of all regions, and the links between them.

All hubs are created first, because each end of a link needs an address or an id of the other one.
The near end of a link by IPsec connects before the far end (see `components.fabric.native.hub`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pulumi

from components.component import Component
from components.fabric.model import FabricLinkKind, FabricPlan, HubPlan, LinkPlan
from components.fabric.native.hub import (
    FabricHub,
    FabricHubArgs,
    FarEnd,
    LinkEnd,
    PeeringHub,
    RegionSide,
    fabric_hub,
)
from components.fabric.parts import FabricParts, HubOfFabric, LinkOfFabric, TransitFabricArgs
from components.networks.attributes import AwsHubAttributes, AzureHubAttributes, GcpVpcAttributes
from components.regions import Cloud
from providers.keys import PresharedKey

Addresses = Sequence[pulumi.Output[str]]


def native_fabric(fabric: Component, args: TransitFabricArgs) -> FabricParts:
    """Create the hubs of a fabric and connect them, as children of ``fabric``."""
    plan = args.plan
    hubs = {key: _hub(fabric, hub, args) for key, hub in plan.hubs.items()}
    links = {key: _connected(fabric, link, plan, hubs) for key, link in sorted(plan.links.items())}
    for key, hub in hubs.items():
        if plan.hubs[key].cloud is Cloud.AWS:
            cast(PeeringHub, hub).lead()
    for spoke in plan.spokes.values():
        end = hubs[spoke.hub].spokes[spoke.name].end
        if spoke.link is not None and spoke.asn is not None and end is not None:
            near = _hub_end(plan, hubs, spoke.hub)
            _connect(fabric, spoke.link, near, _End(spoke.name, spoke.asn, end))
    return FabricParts(
        {
            key: HubOfFabric(_hub_id(key, args.sides[key]), tuple(hub.addresses))
            for key, hub in hubs.items()
        },
        links,
        {name: spoke for hub in hubs.values() for name, spoke in sorted(hub.spokes.items())},
    )


def _hub(fabric: Component, hub: HubPlan, args: TransitFabricArgs) -> FabricHub:
    plan = args.plan
    spokes = {name: plan.spokes[name] for name in hub.spokes}
    links = [link for link in plan.links_of(hub.key) if link.kind is FabricLinkKind.IPSEC]
    of_hub = FabricHubArgs(
        plan=hub,
        side=args.sides[hub.key],
        spokes=spokes,
        segments=plan.segments,
        inspection=plan.inspection,
        speaks=bool(links) or any(spoke.link is not None for spoke in spokes.values()),
        links=links,
        fabric=plan,
        tags=args.tags.get(hub.key, {}),
        protect=args.protect,
    )
    providers = list(args.providers.get(hub.key, ()))
    opts = pulumi.ResourceOptions(parent=fabric, providers=providers)
    return fabric_hub(f"{fabric.name}-{hub.key}", of_hub, opts)


def _hub_id(key: str, side: RegionSide) -> pulumi.Output[str]:
    match side.hub, side.network:
        case AwsHubAttributes() as hub, _:
            return pulumi.Output.from_input(hub.transit_gateway_id)
        case AzureHubAttributes() as hub, _:
            return pulumi.Output.from_input(hub.hub_id)
        case _, GcpVpcAttributes() as network:
            return pulumi.Output.from_input(network.id)
    raise ValueError(f"{key} has no hub; add a transit-gateway or virtual-hub link")


@dataclass(frozen=True)
class _End:
    """An end of a link by IPsec, with what the other end must know of it."""

    key: str
    asn: int
    end: LinkEnd

    def seen(self, addresses: Addresses) -> FarEnd:
        """This end as the other one sees it; ``addresses`` are its public ones, by tunnel."""
        return FarEnd(self.key, self.asn, addresses, self.end.vpn_gateway_id)


def _hub_end(plan: FabricPlan, hubs: Mapping[str, FabricHub], key: str) -> _End:
    return _End(key, plan.hubs[key].asn, hubs[key])


def _connected(
    fabric: Component, link: LinkPlan, plan: FabricPlan, hubs: Mapping[str, FabricHub]
) -> LinkOfFabric:
    """Connect two hubs. Hubs of one virtual WAN are connected already."""
    if link.kind is FabricLinkKind.IPSEC:
        return _connect(
            fabric, link, _hub_end(plan, hubs, link.near), _hub_end(plan, hubs, link.far)
        )
    if link.kind is FabricLinkKind.TRANSIT_GATEWAY_PEERING:
        near, far = hubs[link.near], hubs[link.far]
        cast(PeeringHub, near).peer(link, cast(PeeringHub, far))
    return LinkOfFabric(link)


def _connect(fabric: Component, link: LinkPlan, near: _End, far: _End) -> LinkOfFabric:
    """Connect two ends by IPsec: first the near one, with the addresses of the far one.

    The far end is never in AWS, so its addresses are those of its VPN gateway.
    """
    keys = {
        tunnel.key: PresharedKey(f"{fabric.name}-{link.key}-{tunnel.key}-key", fabric.child()).value
        for tunnel in link.tunnels
    }
    far_addresses = [far.end.addresses[tunnel.far_interface] for tunnel in link.tunnels]
    near_addresses = near.end.connect(link, far.seen(far_addresses), keys)
    far.end.connect(link, near.seen(near_addresses), keys)
    return LinkOfFabric(link, tuple(near_addresses), tuple(far_addresses))
