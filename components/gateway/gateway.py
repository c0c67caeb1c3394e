"""MultiCloudGateway: control planes, gateways, networks, links, caches and governance.

Konnect has no governance over several control planes. So this component creates the same plugins
on each control plane, with a cache that its data planes can use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from components.cache.managed import ManagedCache
from components.cache.regional import RegionalCache
from components.component import Component
from components.connectivity.side import CustomerSide, CustomerSideArgs, customer_side, peering_of
from components.dns.base import PrivateDnsComponent
from components.dns.build import DnsPeerGrants, PrivateDnsArgs, private_dns
from components.entry.clients import Clients, GatewayOfRegion, clients_of
from components.gateway.args import (
    MultiCloudGatewayArgs,
    RegionArgs,
    control_plane_name,
    network_name,
)
from components.gateway.caches import ControlPlaneCacheArgs, control_plane_cache
from components.gateway.fabric import (
    asn_of,
    core_first,
    is_inspected,
    reach_of,
    transit_fabric,
)
from components.gateway.parts import PlaneOfGateway, RegionOfGateway
from components.governance import Governance, GovernanceArgs, on_control_plane
from components.links.base import GatewayEnd
from components.load_balancers.base import LoadBalancer, LoadBalancerChoice, PrivateOrigin
from components.load_balancers.build import RegionalLoadBalancerArgs, load_balancer
from components.networks.attributes import GcpVpcAttributes
from components.observability import (
    Observability,
    ObservabilityArgs,
    Place,
    group_environment,
    telemetry_plugins,
)
from components.placement import control_plane_key
from components.regions import ApiAccess, Cloud
from components.services import services_output
from providers import konnect
from providers.konnect.provider import ambient_connection


class MultiCloudGateway(Component):
    """Dedicated cloud gateways in AWS, Azure and GCP with their networks, links and caches.

    Pass a ``konnect.Provider``, and cloud providers other than the default ones, in
    ``opts.providers``. The geo of the ``konnect.Provider`` is the geo of the control planes.
    Regions are built at the same time and have the cloud and region as their key, so adding a
    region changes no other.
    """

    def __init__(
        self,
        name: str,
        args: MultiCloudGatewayArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("MultiCloudGateway", name, args, opts)
        self.args = args
        explicit = self.get_provider("pulumi-python:dynamic:Resource")
        self._konnect = explicit if isinstance(explicit, konnect.Provider) else None
        connection = self._konnect.connection if self._konnect else ambient_connection()
        self._geo = connection.apply(lambda known: str(known.geo))

        networks = {region.key: self._network(region) for region in args.regions}
        sides = self._customer_sides(networks)
        self.fabric = transit_fabric(self.name, args, sides, self.child())
        """The network that connects all regions; None without one."""
        self._dns_peers = DnsPeerGrants(self.name)
        members: dict[str, list[RegionArgs]] = {}
        for region in args.regions:
            members.setdefault(self._control_plane_key(region), []).append(region)
        # Not annotated on the class: Pulumi would read that as the type of an input of this name.
        self.control_planes: Mapping[str, PlaneOfGateway] = {
            key: self._control_plane(key, regions, networks, sides)
            for key, regions in members.items()
        }
        """By key: ``main``, ``aws``, ``gcp-us-central1``."""
        self.regions: Mapping[str, RegionOfGateway] = {
            region.key: RegionOfGateway(
                region,
                self.control_planes[key],
                networks[region.key],
                sides[region.key],
                self._private_dns(region, networks[region.key], sides[region.key]),
            )
            for key, regions in members.items()
            for region in regions
        }
        """By key: ``aws-us-east-2``."""
        self.load_balancers: Mapping[str, LoadBalancer] = {
            key: self._load_balancer(region, region.args.load_balancer)
            for key, region in self.regions.items()
            if region.args.load_balancer is not None
        }
        """By key of their region, where the region has one."""
        self.clients = self._clients()
        """How clients reach the gateways."""
        self.observability = self._observability()
        """The dashboards; None without any."""
        self.register_outputs(self._outputs())

    def _clients(self) -> Clients:
        if self.args.clients is None:
            return Clients()
        regions = {
            key: GatewayOfRegion(
                one.args.cloud, one.args.region, one.control_plane.key, self._public_names(key, one)
            )
            for key, one in self.regions.items()
        }
        planes = {key: plane.control_plane for key, plane in self.control_planes.items()}
        return clients_of(self.name, self.args.clients, regions, planes, self._geo, self)

    def _observability(self) -> Observability | None:
        if not self.args.dashboards:
            return None
        args = ObservabilityArgs(
            self.name,
            {key: plane.control_plane.id for key, plane in self.control_planes.items()},
            self.args.dashboards,
            self.args.labels,
        )
        return Observability(f"{self.name}-observability", args, self.child())

    def _public_names(self, key: str, region: RegionOfGateway) -> pulumi.Output[list[str]]:
        """The names that clients on the internet use: of a private gateway its load balancer's."""
        choice, balancer = region.args.load_balancer, self.load_balancers.get(key)
        private = self.args.api_access is ApiAccess.PRIVATE
        if not private or choice is None or balancer is None or choice.internal:
            return region.hostnames
        name = balancer.target.name
        return region.hostnames if name is None else name.apply(lambda known: [known])

    def _outputs(self) -> dict[str, Any]:
        regions = self.regions.items()
        return {
            "control_plane_ids": {k: p.control_plane.id for k, p in self.control_planes.items()},
            "network_ids": {key: one.network.id for key, one in regions},
            "customer_network_ids": {key: one.customer.network_id for key, one in regions},
            "accounts": {key: one.customer.account for key, one in regions},
            "hub_ids": {k: one.customer.hub_id for k, one in regions if one.customer.hub_id},
            "subnet_ids": {key: dict(one.customer.subnet_ids) for key, one in regions},
            "security_group_ids": {
                key: group for key, one in regions if (group := one.security_group_id)
            },
            "attachment_ids": {key: one.attachment_ids for key, one in regions},
            "private_dns_ids": {
                key: {name: dns.attachment_id for name, dns in one.dns.items()}
                for key, one in regions
                if one.dns
            },
            "hostnames": {key: one.hostnames for key, one in regions},
            "private_ip_addresses": {key: one.private_ip_addresses for key, one in regions},
            "egress_ip_addresses": {key: one.egress_ip_addresses for key, one in regions},
            **self._load_balancer_outputs(),
            **services_output(
                self.args.services, [one.key for one in self.args.regions if one.isolated]
            ),
            **({} if self.fabric is None else {"fabric": self.fabric.exported()}),
        }

    def _load_balancer_outputs(self) -> dict[str, Any]:
        """The names and addresses of the load balancers; empty without any."""
        targets = {key: one.target for key, one in self.load_balancers.items()}
        if not targets:
            return {}
        return {
            "load_balancer_names": {k: t.name for k, t in targets.items() if t.name is not None},
            "load_balancer_addresses": {
                k: t.addresses for k, t in targets.items() if t.addresses is not None
            },
        }

    def _load_balancer(self, region: RegionOfGateway, choice: LoadBalancerChoice) -> LoadBalancer:
        given = region.args
        args = RegionalLoadBalancerArgs(
            cloud=given.cloud,
            choice=choice,
            origin=PrivateOrigin(
                given.key, given.region, given.cidr, region.expected_private_ip_addresses
            ),
            side=region.customer,
            cidr=given.customer_cidr,
            zones=given.zones,
            tags=given.tags,
        )
        return load_balancer(
            f"{self.name}-{given.key}-load-balancer", args, self._in_account_of(given)
        )

    def _control_plane_key(self, region: RegionArgs) -> str:
        wanted = self.args.cache_tier is not None
        return region.control_plane or control_plane_key(
            self.args.control_planes, region.cloud, region.region, cache=wanted
        )

    def _account(self, cloud: Cloud) -> pulumi.Output[konnect.ProviderAccount]:
        return konnect.get_provider_account_output(cloud, self._konnect)

    def _network(self, region: RegionArgs) -> konnect.CloudGatewayNetwork:
        return konnect.CloudGatewayNetwork(
            f"{self.name}-{region.key}",
            name=self._network_name(region),
            cloud_gateway_provider_account_id=self._account(region.cloud).apply(lambda a: a.id),
            region=region.region,
            availability_zones=list(region.zones),
            cidr_block=str(region.cidr),
            awaited=not region.isolated,
            opts=self.child(protect=self.args.protect or None),
        )

    def _network_name(self, region: RegionArgs) -> pulumi.Input[str]:
        if self._konnect is None:
            return network_name(self.name, region)
        return self._konnect.own_name(network_name(self.name, region))

    def _customer_sides(
        self, networks: Mapping[str, konnect.CloudGatewayNetwork]
    ) -> dict[str, CustomerSide]:
        """The customer's side of each region.

        Two GCP regions may use the same given network, and its id may not be known yet. So all
        peerings of given networks are created one after the other. With a fabric, all hubs in Azure
        share the virtual WAN of the core's.
        """
        sides: dict[str, CustomerSide] = {}
        before: Sequence[pulumi.Resource] = ()
        virtual_wan_id: pulumi.Output[str] | None = None
        for region in core_first(self.args.regions, self.args.fabric):
            side = self._customer_side(region, networks[region.key], before, virtual_wan_id)
            sides[region.key] = side
            if self.args.fabric is not None and virtual_wan_id is None:
                virtual_wan_id = side.virtual_wan_id
            if isinstance(region.network, GcpVpcAttributes):
                before = peering_of(side)
        return sides

    def _customer_side(
        self,
        region: RegionArgs,
        network: konnect.CloudGatewayNetwork,
        before: Sequence[pulumi.Resource],
        virtual_wan_id: pulumi.Output[str] | None,
    ) -> CustomerSide:
        args = CustomerSideArgs(
            cloud=region.cloud,
            region=region.region,
            zones=region.zones,
            cidr=region.customer_cidr,
            reach=reach_of(region, self.args.fabric),
            ports=region.ports,
            tags=region.tags,
            network=region.network,
            hub=region.hub,
            azure=self.args.azure,
            virtual_wan_id=virtual_wan_id,
            asn=asn_of(region, self.args.fabric),
            inspected=is_inspected(self.args.fabric),
            protect=self.args.protect,
            links=region.links,
        )
        end = self._gateway_end(region, network)
        return customer_side(
            f"{self.name}-{region.key}", args, end, self._in_account_of(region), before
        )

    def _gateway_end(self, region: RegionArgs, network: konnect.CloudGatewayNetwork) -> GatewayEnd:
        return GatewayEnd(
            network,
            self._account(region.cloud),
            region.cidr,
            region.shape,
            closed_by=() if region.isolated else None,
        )

    def _private_dns(
        self, region: RegionArgs, network: konnect.CloudGatewayNetwork, side: CustomerSide
    ) -> Mapping[str, PrivateDnsComponent]:
        args = PrivateDnsArgs(
            region=region.region,
            declared=region.dns,
            end=self._gateway_end(region, network),
            customer=side,
            cidr=region.customer_cidr,
            zones=region.zones,
            given=region.network is not None,
            tags=region.tags,
            azure=self.args.azure,
            protect=self.args.protect,
            granted=self._dns_peer_grants(region, side),
        )
        return private_dns(f"{self.name}-{region.key}", args, self._in_account_of(region))

    def _dns_peer_grants(self, region: RegionArgs, side: CustomerSide) -> list[pulumi.Resource]:
        if region.network is not None:
            return []
        provider = next(iter(region.providers), None)
        return self._dns_peers.of(region.dns, side, provider, self._in_account_of(region))

    def _in_account_of(self, region: RegionArgs) -> pulumi.ResourceOptions:
        """The options of a child that uses the region's own cloud providers."""
        return pulumi.ResourceOptions(parent=self, providers=list(region.providers))

    def _control_plane(
        self,
        key: str,
        regions: Sequence[RegionArgs],
        networks: Mapping[str, konnect.CloudGatewayNetwork],
        sides: Mapping[str, CustomerSide],
    ) -> PlaneOfGateway:
        name = control_plane_name(self.name, key)
        protect = self.args.protect or None
        plane = konnect.GatewayControlPlane(
            f"{name}-control-plane",
            name=name,
            description=self.args.description or None,
            cluster_type="CLUSTER_TYPE_CONTROL_PLANE",
            cloud_gateway=True,
            labels=dict(self.args.labels),
            opts=self.child(protect=protect),
        )
        configuration = konnect.CloudGatewayConfiguration(
            f"{name}-configuration",
            control_plane_id=plane.id,
            control_plane_geo=self._geo,
            version=self.args.version,
            api_access=self.args.api_access.value,
            dataplane_groups=[self._group(region, networks[region.key]) for region in regions],
            not_awaited={(one.cloud.value, one.region) for one in regions if one.isolated},
            opts=self.child(protect=protect),
        )
        cache = None
        if self.args.cache_tier is not None:
            of_plane = ControlPlaneCacheArgs(
                self.name, self.args.cache_tier, plane.id, self._geo, configuration, regions, sides
            )
            cache = control_plane_cache(name, of_plane, self)
        places = [_place(region) for region in regions]
        governance = Governance(
            f"{name}-governance", self._governance(key, name, plane, cache, places), self.child()
        )
        return PlaneOfGateway(key, plane, configuration, cache, governance)

    def _governance(
        self,
        key: str,
        name: str,
        plane: konnect.GatewayControlPlane,
        cache: ManagedCache | RegionalCache | None,
        places: Sequence[Place],
    ) -> GovernanceArgs:
        telemetry = self.args.telemetry
        args = GovernanceArgs(
            control_plane_id=plane.id,
            namespace=name,
            rate_limit=self.args.rate_limit,
            partial_id=None if cache is None else cache.partial_id,
            plugins={} if telemetry is None else telemetry_plugins(telemetry, name, places),
        )
        choice = self.args.governance
        if choice is None:
            return args
        return replace(
            args,
            plugins={**args.plugins, **on_control_plane(choice.plugins, key)},
            cache=cache,
            version=self.args.version,
            consumer_groups=choice.consumer_groups,
            ca_certificates=choice.ca_certificates,
            embeddings=choice.embeddings,
            vaults=choice.vaults,
            found=choice.found.get(key, {}),
        )

    def _group(self, region: RegionArgs, network: konnect.CloudGatewayNetwork) -> Mapping[str, Any]:
        environment = group_environment(self.args.telemetry, _place(region))
        return {
            "provider": region.cloud.value,
            "region": region.region,
            "cloud_gateway_network_id": network.ready.apply(lambda ready: ready.id),
            "autoscale": {"kind": "autopilot", "base_rps": self.args.base_rps},
            **({"environment": environment} if environment else {}),
        }


def _place(region: RegionArgs) -> Place:
    return Place(region.cloud, region.region)
