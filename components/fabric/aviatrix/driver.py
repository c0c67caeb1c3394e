"""The fabric of Aviatrix: transit gateways, their links to the native hubs, and what joins them.

A controller changes a transit gateway one call after the other. So everything that changes the same
transit gateway is in one chain of dependencies, in the order of names: links to hubs, then
peerings, then spokes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pulumi

from components.component import Component
from components.fabric.aviatrix.controller import Controller
from components.fabric.aviatrix.hub import AviatrixFabricHub, AviatrixFabricHubArgs
from components.fabric.aviatrix.landing import connect_to_hub
from components.fabric.aviatrix.sites import SiteArgs
from components.fabric.aviatrix.spoke import AviatrixFabricSpoke, AviatrixFabricSpokeArgs
from components.fabric.model import (
    GATEWAYS_DOMAIN,
    FabricPlan,
    HubPlan,
    InspectionKind,
    TransitPlan,
)
from components.fabric.parts import FabricParts, HubOfFabric, LinkOfFabric, TransitFabricArgs
from providers import aviatrix


def aviatrix_fabric(fabric: Component, args: TransitFabricArgs) -> FabricParts:
    """Create the transit gateways of a fabric and what joins them, as children of ``fabric``."""
    built = _Fabric(fabric, args)
    return FabricParts(
        {
            key: HubOfFabric(hub.gateway.gw_name, tuple(hub.gateway.public_ips))
            for key, hub in built.hubs.items()
        },
        {key: LinkOfFabric(link) for key, link in built.plan.links.items()},
        {name: spoke.network for name, spoke in built.spokes.items()},
    )


class _Fabric:
    """The objects of a fabric while it is built."""

    def __init__(self, fabric: Component, args: TransitFabricArgs) -> None:
        self.fabric, self.args, self.plan = fabric, args, args.plan
        self.controller = _controller(fabric, args.plan)
        self.last: dict[str, list[pulumi.Resource]] = {}
        self.hubs = {key: self._hub(hub) for key, hub in self.plan.hubs.items()}
        self.connections = {key: self._connections(hub) for key, hub in self.plan.hubs.items()}
        self._peerings()
        self.spokes = {name: self._spoke(name) for name in sorted(self.plan.spokes)}
        self._domains()
        self._inspected()

    def _opts(self, key: str) -> pulumi.ResourceOptions:
        """The options of a component at a hub, with the hub's cloud providers."""
        providers = list(self.args.providers.get(key, ()))
        return pulumi.ResourceOptions(parent=self.fabric, providers=providers)

    def _chain(self, key: str, *made: pulumi.Resource) -> Sequence[pulumi.Resource]:
        """The last change of a hub's transit gateway. ``made`` follow it."""
        last = self.last.get(key, [self.hubs[key].gateway.settings])
        self.last[key] = list(made) or last
        return last

    def _site(self, hub: HubPlan, cidr: TransitPlan) -> SiteArgs:
        return SiteArgs(
            cloud=hub.cloud,
            region=hub.region,
            cidr=cidr.cidr,
            zones=hub.zones,
            firewalls=self._inspects(hub),
            tags=self.args.tags.get(hub.key, {}),
            protect=self.args.protect,
        )

    def _inspects(self, hub: HubPlan) -> bool:
        """Whether a hub has firewalls."""
        firenet = hub.transit is not None and hub.transit.firenet
        return firenet and self.plan.inspection.kind is InspectionKind.NATIVE

    def _hub(self, hub: HubPlan) -> AviatrixFabricHub:
        assert hub.transit is not None
        inspects, options = self._inspects(hub), self.controller.options
        of_hub = AviatrixFabricHubArgs(
            site=self._site(hub, hub.transit),
            asn=hub.transit.asn,
            controller=self.controller,
            firenet=hub.transit.firenet,
            firewall=options.firewalls[hub.cloud] if inspects else None,
            bypass=self.plan.inspection.bypass if inspects else (),
        )
        return AviatrixFabricHub(
            f"{self.fabric.name}-{hub.key}-transit", of_hub, self._opts(hub.key)
        )

    def _connections(self, hub: HubPlan) -> Sequence[aviatrix.TransitExternalDeviceConn]:
        assert hub.transit is not None
        made = connect_to_hub(
            self.fabric,
            self.args,
            _without_spokes(hub, self.plan),
            self.hubs[hub.key].gateway,
            self.controller,
            self._opts(hub.key),
        )
        self._chain(hub.key, *made)
        return made

    def _peerings(self) -> None:
        for key, link in sorted(self.plan.links.items()):
            near, far = self.hubs[link.near].gateway, self.hubs[link.far].gateway
            both = pulumi.Output.all(near.ready, far.ready)
            earlier = [*self._chain(link.near), *self._chain(link.far)]
            peering = aviatrix.TransitGatewayPeering(
                f"{self.fabric.name}-{key}",
                transit_gateway_name1=near.gw_name,
                transit_gateway_name2=far.gw_name,
                after=both.apply(lambda up: up[0].vpc_name),
                opts=self.controller.child(self.fabric, earlier),
            )
            self._chain(link.near, peering)
            self._chain(link.far, peering)

    def _spoke(self, name: str) -> AviatrixFabricSpoke:
        plan = self.plan.spokes[name]
        hub = self.plan.hubs[plan.hub]
        assert hub.transit is not None
        site = replace(self._site(hub, hub.transit), cidr=plan.cidr, spoke=plan, firewalls=False)
        of_spoke = AviatrixFabricSpokeArgs(
            site, self.controller, self.hubs[plan.hub].gateway, self._chain(plan.hub)
        )
        spoke = AviatrixFabricSpoke(f"{self.fabric.name}-{name}", of_spoke, self._opts(plan.hub))
        self._chain(plan.hub, spoke.attachment)
        return spoke

    def _domains(self) -> None:
        """A network domain for each segment, and one for gateways and landings.

        That one is there without segments too, so that a first segment changes nothing else.
        """
        names = [GATEWAYS_DOMAIN, *sorted(self.plan.segments)]
        settled = [hub.gateway.settings for hub in self.hubs.values()]
        domains = {
            name: aviatrix.SegmentationNetworkDomain(
                f"{self.fabric.name}-domain-{name}",
                domain_name=self.controller.own_name(self.fabric.name, name),
                opts=self.controller.child(self.fabric, settled),
            )
            for name in names
        }
        for name, spoke in self.spokes.items():
            domain = domains[self.plan.spokes[name].segment]
            self._join(name, domain, spoke.gateway.gw_name, spoke.attachment)
        for key, connections in self.connections.items():
            for place, connection in enumerate(connections):
                domain, attachment_name = domains[GATEWAYS_DOMAIN], connection.connection_name
                self._join(f"{key}-{place}", domain, attachment_name, connection)
        for one, other in self._connected_domains():
            aviatrix.SegmentationNetworkDomainConnectionPolicy(
                f"{self.fabric.name}-{one}-to-{other}",
                domain_name_1=domains[one].domain_name,
                domain_name_2=domains[other].domain_name,
                opts=self.controller.child(self.fabric),
            )

    def _connected_domains(self) -> list[tuple[str, str]]:
        segments = self.plan.segments
        pairs = [(GATEWAYS_DOMAIN, name) for name in sorted(segments) if segments[name].gateways]
        for name in sorted(segments):
            pairs += [(name, other) for other in sorted(segments[name].connected) if name < other]
        return pairs

    def _join(
        self,
        stem: str,
        domain: aviatrix.SegmentationNetworkDomain,
        attachment_name: pulumi.Output[str],
        attachment: pulumi.Resource,
    ) -> None:
        aviatrix.SegmentationNetworkDomainAssociation(
            f"{self.fabric.name}-{stem}-domain",
            network_domain_name=domain.domain_name,
            attachment_name=attachment_name,
            opts=self.controller.child(self.fabric, [attachment]),
        )

    def _inspected(self) -> None:
        """Send what comes from spokes and from native hubs through the hub's firewalls."""
        for name, spoke in self.spokes.items():
            key = self.plan.spokes[name].hub
            resource = pulumi.Output.concat("SPOKE:", spoke.gateway.gw_name)
            self._inspect(key, name, resource, spoke.attachment)
        for key, connections in self.connections.items():
            for place, connection in enumerate(connections):
                resource = pulumi.Output.concat("SITE2CLOUD:", connection.connection_name)
                self._inspect(key, f"{key}-{place}", resource, connection)

    def _inspect(
        self, key: str, stem: str, name: pulumi.Output[str], attachment: pulumi.Resource
    ) -> None:
        hub = self.hubs[key]
        if hub.firewalls:
            aviatrix.TransitFirenetPolicy(
                f"{self.fabric.name}-{stem}-inspection",
                transit_firenet_gateway_name=hub.gateway.gw_name,
                inspected_resource_name=name,
                opts=self.controller.child(self.fabric, [*hub.firewalls, attachment]),
            )


def _controller(fabric: Component, plan: FabricPlan) -> Controller:
    options = plan.aviatrix
    if options is None:
        raise ValueError("the driver aviatrix needs the options of its controller; give `aviatrix`")
    provider = aviatrix.Provider(
        f"{fabric.name}-aviatrix",
        controller_ip=options.controller,
        path_to_ca_certificate=options.ca_certificate,
        opts=pulumi.ResourceOptions(parent=fabric),
    )
    return Controller(provider, options)


def _without_spokes(hub: HubPlan, plan: FabricPlan) -> HubPlan:
    """The native hub of a region. Spokes are behind the transit gateway, not behind it."""
    spokes = {plan.spokes[name].cidr for name in hub.spokes}
    advertised = tuple(block for block in hub.advertised if block not in spokes)
    return replace(hub, spokes=(), advertised=advertised)
