"""A hub of Aviatrix: the transit network of a region, its gateways, and its firewalls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi

from components.component import NOT_AN_INPUT, Component
from components.fabric.aviatrix.controller import CLOUD_TYPES, Controller, firewall_user
from components.fabric.aviatrix.sites import Site, SiteArgs, gateway_site
from components.fabric.model import FirewallImage
from components.regions import Cloud
from providers import aviatrix


@dataclass(frozen=True)
class AviatrixFabricHubArgs:
    """The transit gateway of a region."""

    site: SiteArgs
    asn: int
    """Its BGP autonomous system number."""
    controller: Controller = field(metadata=NOT_AN_INPUT)
    firenet: bool = False
    """Whether it has FireNet, with firewalls or without."""
    firewall: FirewallImage | None = None
    """The firewalls that inspect what crosses it. None: nothing is inspected."""
    bypass: Sequence[IPv4Network] = ()
    """Blocks whose packets are not inspected."""


class AviatrixFabricHub(Component):
    """A transit network with a transit gateway and its HA peer, and a firewall for each."""

    gateway: aviatrix.TransitGateway
    firewalls: Sequence[pulumi.Resource]
    """What must exist before anything is inspected: firewalls in the traffic. Empty without."""

    def __init__(
        self, name: str, args: AviatrixFabricHubArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AviatrixFabricHub", name, args, opts)
        self._controller, cloud = args.controller, args.site.cloud
        site = gateway_site(self, args.site)
        self.gateway = aviatrix.TransitGateway(
            f"{name}-gateway",
            account_name=args.controller.options.accounts[cloud],
            cloud_type=CLOUD_TYPES[cloud],
            gw_name=args.controller.own_name(name, "hub"),
            vpc_id=site.vpc_id,
            vpc_reg=site.vpc_reg,
            gw_size=args.controller.size(cloud, firenet=args.firenet),
            subnet=site.subnet,
            zone=site.zone,
            ha_subnet=site.ha_subnet,
            ha_zone=site.ha_zone,
            local_as_number=args.asn,
            bgp_ecmp=True,
            connected_transit=True,
            enable_segmentation=True,
            # The controller refuses to turn FireNet off while it has firewalls, and these are
            # deleted only after all updates. So it stays on, without firewalls.
            enable_transit_firenet=args.firenet or None,
            tags=args.site.tags,
            opts=args.controller.child(self, site.needs, protect=args.site.protect),
        )
        self.firewalls = () if args.firewall is None else self._firenet(args, args.firewall, site)
        self.register_outputs({"gateway": self.gateway.gw_name})

    def _firenet(
        self, args: AviatrixFabricHubArgs, image: FirewallImage, site: Site
    ) -> Sequence[pulumi.Resource]:
        """The settings of FireNet, and a firewall at the gateway and at its HA peer."""
        ready = self.gateway.ready.apply(lambda up: up.vpc_name)
        settings = aviatrix.Firenet(
            f"{self.name}-firenet",
            vpc_id=site.vpc_id,
            excluded_cidrs=[str(block) for block in args.bypass],
            after=ready,
            opts=self._controller.child(self, [self.gateway.settings]),
        )
        made: list[pulumi.Resource] = [settings]
        # Palo Alto's images have a further interface, which is in the gateway's subnet. Source:
        # Aviatrix, Terraform module `mc-firenet`.
        with_management = image.image.startswith(aviatrix.PALO_ALTO)
        with_login = args.site.cloud is Cloud.AZURE
        for name, suffix, subnet, management in zip(
            ("firewall", "ha-firewall"),
            ("", "-hagw"),
            site.firewall_subnets,
            (site.subnet, site.ha_subnet),
            strict=True,
        ):
            gw_name = pulumi.Output.concat(self.gateway.gw_name, suffix)
            firewall = aviatrix.FirewallInstance(
                f"{self.name}-{name}",
                cloud_type=CLOUD_TYPES[args.site.cloud],
                vpc_id=site.vpc_id,
                firenet_gw_name=gw_name,
                firewall_name=self._controller.own_name(self.name, name),
                firewall_image=image.image,
                firewall_image_version=image.version,
                firewall_size=image.size,
                egress_subnet=subnet,
                management_subnet=management if with_management else None,
                username=firewall_user(image.image) if with_login else None,
                ssh_public_key=image.ssh_public_key if with_login else None,
                after=ready,
                opts=self._controller.child(self, made[-1:], protect=args.site.protect),
            )
            made.append(
                aviatrix.FirewallInstanceAssociation(
                    f"{self.name}-{name}-association",
                    vpc_id=site.vpc_id,
                    firenet_gw_name=gw_name,
                    instance_id=firewall.instance_id,
                    firewall_name=firewall.firewall_name,
                    lan_interface=firewall.lan_interface,
                    management_interface=firewall.management_interface,
                    egress_interface=firewall.egress_interface,
                    attached=True,
                    opts=self._controller.child(self),
                )
            )
        return made
