"""A spoke of Aviatrix: its network, its gateways, and their attachment to the transit gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi

from components.component import NOT_AN_INPUT, Component
from components.fabric.aviatrix.controller import CLOUD_TYPES, Controller
from components.fabric.aviatrix.sites import SiteArgs, gateway_site
from components.fabric.native.hub import FabricSpoke
from providers import aviatrix


@dataclass(frozen=True)
class AviatrixFabricSpokeArgs:
    """A spoke, and the transit gateway that it attaches to."""

    site: SiteArgs
    controller: Controller = field(metadata=NOT_AN_INPUT)
    transit: aviatrix.TransitGateway = field(metadata=NOT_AN_INPUT)
    earlier: Sequence[pulumi.Resource] = field(default=(), metadata=NOT_AN_INPUT)
    """What changes the transit gateway before: a controller takes one change after the other."""


class AviatrixFabricSpoke(Component):
    """The network of a spoke, with a spoke gateway and its HA peer."""

    network: FabricSpoke
    attachment: aviatrix.SpokeTransitAttachment
    gateway: aviatrix.SpokeGateway

    def __init__(
        self, name: str, args: AviatrixFabricSpokeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AviatrixFabricSpoke", name, args, opts)
        controller, cloud = args.controller, args.site.cloud
        site = gateway_site(self, args.site)
        self.gateway = aviatrix.SpokeGateway(
            f"{name}-gateway",
            account_name=controller.options.accounts[cloud],
            cloud_type=CLOUD_TYPES[cloud],
            gw_name=controller.own_name(name, "spoke"),
            vpc_id=site.vpc_id,
            vpc_reg=site.vpc_reg,
            gw_size=controller.size(cloud),
            subnet=site.subnet,
            zone=site.zone,
            ha_subnet=site.ha_subnet,
            ha_zone=site.ha_zone,
            tags=args.site.tags,
            opts=controller.child(self, site.needs, protect=args.site.protect),
        )
        both = pulumi.Output.all(self.gateway.ready, args.transit.ready)
        self.attachment = aviatrix.SpokeTransitAttachment(
            f"{name}-attachment",
            spoke_gw_name=self.gateway.gw_name,
            transit_gw_name=args.transit.gw_name,
            after=both.apply(lambda up: up[0].vpc_name),
            opts=controller.child(self, args.earlier),
        )
        self.network = FabricSpoke(site.network_id, site.subnet_ids)
        self.register_outputs({"network_id": site.network_id})
