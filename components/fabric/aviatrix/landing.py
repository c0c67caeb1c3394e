"""The link of a transit gateway to the native hub of its region: IPsec with BGP.

The transit gateway and its HA peer each have a tunnel in a connection, so a link of four tunnels is
two connections. The tunnels of a connection share a pre-shared key: the controller takes only one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pulumi

from components.component import Component
from components.fabric.aviatrix.controller import Controller
from components.fabric.model import HubPlan, InspectionArgs, TransitPlan, TunnelPlan
from components.fabric.native.hub import FabricHub, FabricHubArgs, FarEnd, fabric_hub
from components.fabric.parts import TransitFabricArgs
from providers import aviatrix
from providers.keys import PresharedKey


def connect_to_hub(
    fabric: Component,
    args: TransitFabricArgs,
    hub: HubPlan,
    gateway: aviatrix.TransitGateway,
    controller: Controller,
    opts: pulumi.ResourceOptions,
) -> Sequence[aviatrix.TransitExternalDeviceConn]:
    """Create the native hub's end of the link, and the connections of the transit gateway."""
    transit = hub.transit
    assert transit is not None
    link = transit.link
    native = _native_hub(fabric, args, hub, transit, opts)
    pairs = tunnel_pairs(link.tunnels)
    keys: dict[str, pulumi.Input[str]] = {}
    for place, pair in enumerate(pairs):
        key = PresharedKey(f"{fabric.name}-{link.key}-{place}-key", fabric.child()).value
        keys |= {tunnel.key: key for tunnel in pair}
    addresses = [gateway.public_ips[tunnel.far_interface] for tunnel in link.tunnels]
    near = native.connect(link, FarEnd("transit", transit.asn, addresses), keys)
    near_of = {tunnel.key: one for tunnel, one in zip(link.tunnels, near, strict=True)}
    made: list[aviatrix.TransitExternalDeviceConn] = []
    for place, pair in enumerate(pairs):
        first, second = pair
        made.append(
            aviatrix.TransitExternalDeviceConn(
                f"{fabric.name}-{link.key}-{place}",
                vpc_id=gateway.vpc_id,
                connection_name=controller.own_name(f"{fabric.name}-{hub.key}", str(place)),
                gw_name=gateway.gw_name,
                bgp_local_as_num=transit.asn,
                bgp_remote_as_num=hub.asn,
                remote_gateway_ip=pulumi.Output.concat(
                    near_of[first.key], ",", near_of[second.key]
                ),
                local_tunnel_cidr=f"{first.far}/30,{second.far}/30",
                remote_tunnel_cidr=f"{first.near}/30,{second.near}/30",
                pre_shared_key=keys[first.key],
                after=gateway.ready.apply(lambda up: up.vpc_name),
                opts=controller.child(fabric, made[-1:] or [gateway.settings]),
            )
        )
    return made


def tunnel_pairs(tunnels: Sequence[TunnelPlan]) -> list[tuple[TunnelPlan, TunnelPlan]]:
    """The tunnels by connection: one of the transit gateway, and one of its HA peer."""
    of_gateway = [tunnel for tunnel in tunnels if tunnel.far_interface == 0]
    of_ha = [tunnel for tunnel in tunnels if tunnel.far_interface == 1]
    return list(zip(of_gateway, of_ha, strict=True))


def _native_hub(
    fabric: Component,
    args: TransitFabricArgs,
    hub: HubPlan,
    transit: TransitPlan,
    opts: pulumi.ResourceOptions,
) -> FabricHub:
    """The native hub of a region, whose only link is that to the transit gateway."""
    of_hub = FabricHubArgs(
        plan=replace(hub, static_routes=()),
        side=args.sides[hub.key],
        inspection=InspectionArgs(),
        speaks=True,
        links=[transit.link],
        fabric=args.plan,
        tags=args.tags.get(hub.key, {}),
        protect=args.protect,
    )
    return fabric_hub(f"{fabric.name}-{hub.key}", of_hub, opts)
