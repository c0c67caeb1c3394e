"""MultiCloudGateway: control planes, gateways, networks, links, caches and governance.

Konnect has no governance over several control planes. So this component creates the same plugins
on each control plane, with a cache that its data planes can use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Literal

import pulumi

from components.cache.managed import ManagedCache, ManagedCacheArgs
from components.cache.regional import RedisEndpoint, RegionalCache, RegionalCacheArgs
from components.clients import Clients, ClientsArgs, GatewayOfRegion, clients_of
from components.component import Component
from components.connectivity import CustomerSide, CustomerSideArgs, customer_side, peering_of
from components.dns.base import PrivateDnsComponent
from components.dns.kinds import PrivateDns
from components.governance import Governance, GovernanceArgs, RateLimitArgs
from components.links.azure_grant import AzureGrant
from components.links.base import GatewayEnd
from components.links.kinds import LinkChoice
from components.load_balancers.base import LoadBalancer, LoadBalancerChoice, PrivateOrigin
from components.load_balancers.build import RegionalLoadBalancerArgs, load_balancer
from components.names import network_shape
from components.networks.attributes import AwsHubAttributes, CustomerNetwork, GcpVpcAttributes
from components.placement import MAIN, Placement, control_plane_key
from components.private_dns import DnsPeerGrants, PrivateDnsArgs, private_dns
from components.regions import MANAGED_CACHE_CLOUDS, ApiAccess, CacheTier, Cloud
from providers import konnect
from providers.konnect.provider import ambient_connection


@dataclass(frozen=True)
class RegionArgs:
    """One region of one cloud."""

    cloud: Cloud
    region: str
    """The cloud's own region id: ``us-east-2``."""
    cidr: IPv4Network
    """The gateway network's block, /16 to /23, in Azure /16 to /21. It can never change."""
    zones: Sequence[str]
    """Zone ids (``use2-az1``), not names. They change only together with ``cidr``."""
    customer_cidr: IPv4Network
    """The block of the customer's network that the gateway network is linked to."""
    reach: Sequence[IPv4Network] = ()
    """AWS: further blocks that the gateway reaches through the hub."""
    ports: Sequence[int] = (443,)
    """TCP ports on which the gateway may call upstreams in the customer's network."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them; in GCP labels."""
    network: CustomerNetwork | None = None
    """The customer's network, if another team owns it. None: a network is created."""
    hub: AwsHubAttributes | None = None
    """AWS: the hub that a ``network`` of another team is attached to."""
    providers: Sequence[pulumi.ProviderResource] = ()
    """Cloud providers for the region's network and links. Empty: those of the gateway."""
    links: Sequence[LinkChoice] = ()
    """How the region is linked to the customer's network. Empty: the default of the cloud."""
    dns: Mapping[str, PrivateDns] = field(default_factory=dict)
    """Private names that the region's gateway resolves, by a key that never changes."""
    load_balancer: LoadBalancerChoice | None = None
    """The load balancer in front of the private gateway. None: there is none."""
    control_plane: str | None = None
    """The key of the region's control plane. None: ``control_planes`` decides. Set it for a region
    that is live: a region cannot move to another control plane."""
    isolated: bool = False
    """Whether a live region is cut off from the customer's network. The gateway stays as it is, and
    an update waits neither for it nor for its links."""

    @property
    def key(self) -> str:
        """Cloud and region, ``aws-us-east-2``. It is in resource names, so it never changes."""
        return f"{self.cloud.value}-{self.region}"

    @property
    def shape(self) -> str:
        """A digest of the gateway network's CIDR and zones."""
        return network_shape(self.cidr, self.zones)


@dataclass(frozen=True)
class MultiCloudGatewayArgs:
    """The settings of a gateway. Plain values, because they decide which resources there are."""

    version: str
    """Gateway version, major and minor: ``"3.13"``."""
    regions: Sequence[RegionArgs]
    """At least one; each cloud and region once."""
    base_rps: int
    """Requests per second that every data-plane group can always serve, at least 1."""
    api_access: ApiAccess = ApiAccess.PRIVATE_AND_PUBLIC
    """Where the proxies listen."""
    control_planes: Placement = Placement.SHARED
    """How regions are spread over control planes."""
    cache_tier: CacheTier | None = None
    """Size of the caches; None for no cache. It can be raised, never lowered."""
    rate_limit: RateLimitArgs | None = None
    """Limit for all APIs; None for no limit."""
    azure: AzureGrant = field(default_factory=AzureGrant)
    """How Kong gets its role on VNets."""
    protect: bool = False
    """Whether Pulumi refuses to delete control planes, gateway networks, configurations, and the
    customer networks and hubs that are created here."""
    description: str = ""
    """Description of the control planes, at most 2048 characters."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Konnect labels of the control planes, at most 4."""
    clients: ClientsArgs | None = None
    """Public zones, custom domains and the entry. None: the gateways' own names only."""


@dataclass(frozen=True)
class PlaneOfGateway:
    """A control plane of the gateway with its configuration, cache and governance."""

    key: str
    """``main``, a cloud, or a cloud and region."""
    control_plane: konnect.GatewayControlPlane
    configuration: konnect.CloudGatewayConfiguration
    cache: ManagedCache | RegionalCache | None
    governance: Governance

    @property
    def cache_kind(self) -> Literal["managed", "regional"] | None:
        """``managed`` for Konnect's cache, ``regional`` for a Redis in our cloud, None for none."""
        if self.cache is None:
            return None
        return "managed" if isinstance(self.cache, ManagedCache) else "regional"

    @property
    def cache_partial_id(self) -> pulumi.Output[str] | None:
        """The id of the Redis partial for plugins; None without a cache."""
        return None if self.cache is None else self.cache.partial_id


@dataclass(frozen=True)
class RegionOfGateway:
    """A region of the gateway: its network, its group of data planes and the customer's side."""

    args: RegionArgs
    control_plane: PlaneOfGateway
    network: konnect.CloudGatewayNetwork
    customer: CustomerSide
    """The customer's network and its links."""
    dns: Mapping[str, PrivateDnsComponent] = field(default_factory=dict)
    """The private DNS of the region, by key."""

    @property
    def group(self) -> pulumi.Output[konnect.ActualGroup]:
        """The running data planes with their addresses and hostnames."""
        return pulumi.Output.all(self.control_plane.configuration.ready, self.network.ready).apply(
            lambda ready: self._group_of(ready[0], ready[1].id)
        )

    def _group_of(
        self, configuration: konnect.Configuration, network_id: str
    ) -> konnect.ActualGroup:
        """The group in a network. That of an isolated region may be missing."""
        running = [one.cloud_gateway_network_id for one in configuration.dataplane_groups]
        if self.args.isolated and network_id not in running:
            return konnect.ActualGroup(
                id="", provider=self.args.cloud, region=self.args.region, state="missing"
            )
        return configuration.group(network_id)

    @property
    def hostnames(self) -> pulumi.Output[list[str]]:
        """Names under which clients reach the region."""
        return self.group.apply(lambda group: list(group.hostnames))

    @property
    def private_ip_addresses(self) -> pulumi.Output[list[str]]:
        """The private addresses of the region; empty without private listeners."""
        return self.group.apply(lambda group: list(group.private_ip_addresses))

    @property
    def expected_private_ip_addresses(self) -> pulumi.Output[list[str]]:
        """As ``private_ip_addresses``; in a preview, the addresses that the group has now."""
        configuration = self.control_plane.configuration
        return pulumi.Output.all(configuration.expected, self.network.ready).apply(
            lambda known: [
                address
                for group in known[0].dataplane_groups
                if group.cloud_gateway_network_id == known[1].id
                for address in group.private_ip_addresses
            ]
        )

    @property
    def egress_ip_addresses(self) -> pulumi.Output[list[str]]:
        """The addresses from which the gateway calls upstreams on the internet."""
        return self.group.apply(lambda group: list(group.egress_ip_addresses))

    @property
    def attachment_ids(self) -> dict[str, pulumi.Output[str]]:
        """The ids of Konnect's attachments, by the key of their link."""
        return {key: link.attachment_id for key, link in self.customer.links.items()}

    @property
    def security_group_id(self) -> pulumi.Output[str] | None:
        """The id of the security group that lets the gateway in; None in GCP."""
        groups = [link.security_group_id for link in self.customer.links.values()]
        return next((group for group in groups if group is not None), None)


def network_name(gateway: str, region: RegionArgs) -> str:
    """The Konnect name of a region's network. It changes only with the CIDR or the zones.

    Konnect refuses two networks with the same name, and the CIDR and zones of a network can never
    change. With a digest of both in the name, a replacement can be created before the old network
    is deleted: the configuration moves over and other regions keep serving. ``konnect.Provider``
    adds the id of the stack, because networks have no labels.
    """
    return f"{gateway}-{region.key}-{region.shape}"


def control_plane_name(gateway: str, key: str) -> str:
    """The Konnect name of a gateway's control plane."""
    return gateway if key == MAIN else f"{gateway}-{key}"


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
        peerings of given networks are created one after the other.
        """
        sides: dict[str, CustomerSide] = {}
        before: Sequence[pulumi.Resource] = ()
        for region in self.args.regions:
            side = self._customer_side(region, networks[region.key], before)
            sides[region.key] = side
            if isinstance(region.network, GcpVpcAttributes):
                before = peering_of(side)
        return sides

    def _customer_side(
        self,
        region: RegionArgs,
        network: konnect.CloudGatewayNetwork,
        before: Sequence[pulumi.Resource],
    ) -> CustomerSide:
        args = CustomerSideArgs(
            cloud=region.cloud,
            region=region.region,
            zones=region.zones,
            cidr=region.customer_cidr,
            reach=region.reach,
            ports=region.ports,
            tags=region.tags,
            network=region.network,
            hub=region.hub,
            azure=self.args.azure,
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
        cache = self._cache(name, plane, configuration, regions, sides)
        governance = Governance(
            f"{name}-governance",
            GovernanceArgs(
                control_plane_id=plane.id,
                namespace=name,
                rate_limit=self.args.rate_limit,
                partial_id=None if cache is None else cache.partial_id,
            ),
            self.child(),
        )
        return PlaneOfGateway(key, plane, configuration, cache, governance)

    def _group(self, region: RegionArgs, network: konnect.CloudGatewayNetwork) -> Mapping[str, Any]:
        return {
            "provider": region.cloud.value,
            "region": region.region,
            "cloud_gateway_network_id": network.ready.apply(lambda ready: ready.id),
            "autoscale": {"kind": "autopilot", "base_rps": self.args.base_rps},
        }

    def _cache(
        self,
        name: str,
        plane: konnect.GatewayControlPlane,
        configuration: konnect.CloudGatewayConfiguration,
        regions: Sequence[RegionArgs],
        sides: Mapping[str, CustomerSide],
    ) -> ManagedCache | RegionalCache | None:
        """Konnect's managed cache if the control plane can own one, else a Redis in its region.

        Raises ``ValueError`` for a control plane of several regions that can own no managed cache:
        a plugin would count in another region's Redis.
        """
        tier = self.args.cache_tier
        if tier is None:
            return None
        without = [region for region in regions if region.cloud not in MANAGED_CACHE_CLOUDS]
        if not without:
            args = ManagedCacheArgs(tier, plane.id, self._geo, configuration)
            return ManagedCache(f"{name}-cache", args, self.child())
        if len(regions) > 1:
            raise ValueError(
                f"control plane {name} serves {', '.join(region.key for region in regions)} and "
                f"cannot have a managed cache, because {without[0].key} is in {without[0].cloud}: "
                "give each of its regions a control plane of its own, or switch the cache off"
            )
        redis = self._regional_redis(without[0], tier, sides[without[0].key])
        return RegionalCache(f"{name}-cache", RegionalCacheArgs(plane.id, redis), self.child())

    def _regional_redis(
        self, region: RegionArgs, tier: CacheTier, side: CustomerSide
    ) -> RedisEndpoint:
        from components.cache.gcp_redis import GcpRedis, GcpRedisArgs, memory_gib

        given = region.network
        args = GcpRedisArgs(
            region.region,
            memory_gib(tier),
            side.network_id,
            given.project if isinstance(given, GcpVpcAttributes) else None,
            region.tags,
        )
        opts = self._in_account_of(region)
        return GcpRedis(f"{self.name}-{region.key}-redis", args, opts).endpoint
