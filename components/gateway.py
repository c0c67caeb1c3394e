"""MultiCloudGateway: control planes, gateways, networks, links, caches and governance.

A control plane with a GCP data plane group cannot own a managed cache: Konnect refuses the
add-on. So when an environment wants a cache, each of its GCP regions gets a control plane
of its own with a Redis of that region, and the same governance; without a cache one control
plane has them all. "Defined once" is this component's promise, not Konnect's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Final, Literal

import pulumi

from components.landing import Landing, LandingArgs, Link, landing_for
from components.landing.base import MEMORY_GIB, AzureGrant, GivenNetwork, RedisEndpoint
from components.regions import MANAGED_CACHE_CLOUDS, ApiAccess, CacheTier, Cloud, Geo
from providers import konnect

MAIN: Final = "main"
"""The key of the control plane of all regions that share one."""
RATE_LIMITING: Final = "rate-limiting-advanced"


@dataclass(frozen=True)
class RegionArgs:
    """One region of one cloud.

    ``cidr`` is the gateway network's block (it can never change), ``zones`` are zone ids,
    ``landing_cidr`` the customer's own block, ``reach`` further ranges behind an AWS hub,
    ``ports`` what the gateway may call in the landing (TCP), ``tags`` as the cloud takes them.
    ``network`` is the landing's network where somebody else owns it; None has one made here.
    """

    cloud: Cloud
    region: str
    cidr: IPv4Network
    zones: Sequence[str]
    landing_cidr: IPv4Network
    reach: Sequence[IPv4Network] = ()
    ports: Sequence[int] = (443,)
    tags: Mapping[str, str] = field(default_factory=dict)
    network: GivenNetwork | None = None

    @property
    def key(self) -> str:
        """What names this region's resources and never changes: ``aws-us-east-2``."""
        return f"{self.cloud.value}-{self.region}"


@dataclass(frozen=True)
class RateLimitArgs:
    """``limit`` requests per ``window_size`` seconds and consumer, over all APIs.

    ``sync_rate`` is how often counters meet in Redis, in seconds (0.5 is Kong's advice).
    """

    limit: int
    window_size: int
    sync_rate: float = 0.5


@dataclass(frozen=True)
class MultiCloudGatewayArgs:
    """What an environment has. Plain values, since they decide how many resources there are.

    ``version`` is the gateway version (``"3.13"``), ``base_rps`` requests per second that
    every data plane group always serves, ``protect`` Pulumi's protection of control planes
    and networks, ``labels`` Konnect labels (at most 5).
    """

    version: str
    regions: Sequence[RegionArgs]
    base_rps: int
    geo: Geo = Geo.US
    api_access: ApiAccess = ApiAccess.PRIVATE_AND_PUBLIC
    cache_tier: CacheTier | None = None
    rate_limit: RateLimitArgs | None = None
    azure: AzureGrant = field(default_factory=AzureGrant)
    protect: bool = False
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GatewayControlPlane:
    """A control plane of the gateway with what hangs on it."""

    key: str
    control_plane: konnect.GatewayControlPlane
    configuration: konnect.CloudGatewayConfiguration
    cache_partial_id: pulumi.Output[str] | None
    """The Redis partial for plugins, where there is a cache."""

    @property
    def cache(self) -> Literal["managed", "regional"] | None:
        """Whose the cache is: Konnect's own, or a Redis of the region in our own cloud."""
        if self.cache_partial_id is None:
            return None
        return "managed" if self.key == MAIN else "regional"


@dataclass(frozen=True)
class GatewayRegion:
    """A region of the gateway: its network, its group of data planes and its landing."""

    args: RegionArgs
    control_plane: GatewayControlPlane
    network: konnect.CloudGatewayNetwork
    landing: Landing

    @property
    def group(self) -> pulumi.Output[konnect.ActualGroup]:
        """The running data planes with their addresses and hostnames."""
        return pulumi.Output.all(self.control_plane.configuration.ready, self.network.ready).apply(
            lambda ready: ready[0].group(ready[1].id)
        )


def network_name(gateway: str, region: RegionArgs) -> str:
    """The Konnect name of a region's network: stable, and another one for another shape.

    Konnect refuses two networks of one name, and a network's CIDR and zones never change.
    With its shape in the name a replacement can be created before the old one is removed,
    so the configuration moves over and other regions keep serving.
    """
    shape = json.dumps([str(region.cidr), sorted(region.zones)])
    digest = hashlib.sha256(shape.encode()).hexdigest()[:6]
    return f"{gateway}-{region.key}-{digest}"


def control_plane_key(region: RegionArgs, cache: bool) -> str:
    """The control plane that a region belongs to: its own where the cache forces it."""
    return MAIN if not cache or region.cloud in MANAGED_CACHE_CLOUDS else region.key


def _once_ready(id_: pulumi.Output[str], ready: pulumi.Output[Any]) -> pulumi.Output[str]:
    """An id that an update hands on when something is ready; a preview knows it at once.

    What a change makes of a configuration is not known in its preview. If the owner of a cache
    were taken from there, each new gateway version would be shown as a replacement of the cache.
    """
    if pulumi.runtime.is_dry_run():
        return id_
    return pulumi.Output.all(id_, ready).apply(lambda values: str(values[0]))


class MultiCloudGateway(pulumi.ComponentResource):
    """Dedicated cloud gateways in AWS, Azure and GCP with all that surrounds them.

    Give it a ``konnect.Provider`` (and cloud providers, if the default ones will not do) by
    ``opts.providers``. Regions are built side by side and keyed by cloud and region, so
    adding one changes no other.
    """

    control_planes: Mapping[str, GatewayControlPlane]
    """By key: ``main``, and ``gcp-<region>`` for regions with a control plane of their own."""
    regions: Mapping[str, GatewayRegion]
    """By key: ``aws-us-east-2``."""

    def __init__(
        self,
        name: str,
        args: MultiCloudGatewayArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("multicloudgateway:index:MultiCloudGateway", name, {}, opts)
        self._name = name
        self._args = args
        explicit = self.get_provider("pulumi-python:dynamic:Resource")
        self._konnect = explicit if isinstance(explicit, konnect.Provider) else None

        networks = {region.key: self._network(region) for region in args.regions}
        landings = {region.key: self._landing(region, networks) for region in args.regions}
        members: dict[str, list[RegionArgs]] = {}
        for region in args.regions:
            key = control_plane_key(region, args.cache_tier is not None)
            members.setdefault(key, []).append(region)
        self.control_planes = {
            key: self._control_plane(key, regions, networks, landings)
            for key, regions in members.items()
        }
        self.regions = {
            region.key: GatewayRegion(
                region, self.control_planes[key], networks[region.key], landings[region.key]
            )
            for key, regions in members.items()
            for region in regions
        }
        self.register_outputs(
            {
                "control_plane_ids": {
                    key: plane.control_plane.id for key, plane in self.control_planes.items()
                },
                "network_ids": {key: region.network.id for key, region in self.regions.items()},
            }
        )

    @property
    def args(self) -> MultiCloudGatewayArgs:
        """What it was built from."""
        return self._args

    def _child(self, *, protect: bool | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, protect=protect)

    def _account(self, cloud: Cloud) -> pulumi.Output[konnect.ProviderAccount]:
        return konnect.get_provider_account_output(cloud, self._konnect)

    def _network(self, region: RegionArgs) -> konnect.CloudGatewayNetwork:
        return konnect.CloudGatewayNetwork(
            f"{self._name}-{region.key}",
            name=network_name(self._name, region),
            cloud_gateway_provider_account_id=self._account(region.cloud).apply(lambda a: a.id),
            region=region.region,
            availability_zones=list(region.zones),
            cidr_block=str(region.cidr),
            opts=self._child(protect=self._args.protect or None),
        )

    def _landing(
        self, region: RegionArgs, networks: Mapping[str, konnect.CloudGatewayNetwork]
    ) -> Landing:
        tier = self._args.cache_tier
        wants_redis = tier is not None and region.cloud not in MANAGED_CACHE_CLOUDS
        args = LandingArgs(
            region=region.region,
            zones=region.zones,
            cidr=region.landing_cidr,
            network_cidr=region.cidr,
            reach=region.reach,
            ports=region.ports,
            tags=region.tags,
            azure=self._args.azure,
            redis_gib=MEMORY_GIB[tier] if tier is not None and wants_redis else None,
            network=region.network,
        )
        link = Link(networks[region.key], self._account(region.cloud))
        return landing_for(region.cloud)(f"{self._name}-{region.key}", args, link, self._child())

    def _control_plane(
        self,
        key: str,
        regions: Sequence[RegionArgs],
        networks: Mapping[str, konnect.CloudGatewayNetwork],
        landings: Mapping[str, Landing],
    ) -> GatewayControlPlane:
        name = self._name if key == MAIN else f"{self._name}-{key}"
        plane = konnect.GatewayControlPlane(
            f"{name}-control-plane",
            name=name,
            description=self._args.description or None,
            cluster_type="CLUSTER_TYPE_CONTROL_PLANE",
            cloud_gateway=True,
            labels=dict(self._args.labels),
            opts=self._child(protect=self._args.protect or None),
        )
        configuration = konnect.CloudGatewayConfiguration(
            f"{name}-configuration",
            control_plane_id=plane.id,
            control_plane_geo=self._args.geo.value,
            version=self._args.version,
            api_access=self._args.api_access.value,
            dataplane_groups=[self._group(region, networks[region.key]) for region in regions],
            opts=self._child(),
        )
        partial_id = self._cache(name, plane, configuration, regions, landings)
        self._govern(name, plane, partial_id)
        return GatewayControlPlane(key, plane, configuration, partial_id)

    def _group(self, region: RegionArgs, network: konnect.CloudGatewayNetwork) -> Mapping[str, Any]:
        return {
            "provider": region.cloud.value,
            "region": region.region,
            "cloud_gateway_network_id": network.ready.apply(lambda ready: ready.id),
            "autoscale": {"kind": "autopilot", "base_rps": self._args.base_rps},
        }

    def _cache(
        self,
        name: str,
        plane: konnect.GatewayControlPlane,
        configuration: konnect.CloudGatewayConfiguration,
        regions: Sequence[RegionArgs],
        landings: Mapping[str, Landing],
    ) -> pulumi.Output[str] | None:
        """The Redis partial of a control plane: Konnect's own, or one of the region's Redis."""
        tier = self._args.cache_tier
        if tier is None:
            return None
        redis = next((r for region in regions if (r := landings[region.key].redis)), None)
        if redis is not None:
            return self._regional_partial(name, plane, redis)
        addon = konnect.CloudGatewayAddon(
            f"{name}-cache",
            name=f"{name}-cache",
            owner={
                "kind": "control-plane",
                # A cache that is made before there are data planes is ready and of no use.
                "control_plane_id": _once_ready(plane.id, configuration.ready),
                "control_plane_geo": self._args.geo.value,
            },
            config={
                "kind": "managed-cache.v0",
                "capacity_config": {"kind": "tiered", "tier": tier.value},
            },
            opts=self._child(),
        )
        return konnect.get_managed_partial_output(
            plane.id, addon.ready.apply(lambda ready: ready.cache_config_id), self._konnect
        )

    def _regional_partial(
        self, name: str, plane: konnect.GatewayControlPlane, redis: RedisEndpoint
    ) -> pulumi.Output[str]:
        return konnect.GatewayPartial(
            f"{name}-redis",
            control_plane_id=plane.id,
            name=f"{name}-redis",
            type="redis-ee",
            config={
                "host": redis.host,
                "port": redis.port,
                "password": redis.password,
                "ssl": True,
                # Memorystore's certificate is of a CA per instance, and nothing can make the
                # nodes of a dedicated cloud gateway trust it.
                "ssl_verify": False,
            },
            opts=self._child(),
        ).id

    def _govern(
        self,
        name: str,
        plane: konnect.GatewayControlPlane,
        partial_id: pulumi.Output[str] | None,
    ) -> None:
        """What every API of the control plane gets."""
        rate = self._args.rate_limit
        if rate is None:
            return
        config: dict[str, Any] = {
            "limit": [rate.limit],
            "window_size": [rate.window_size],
            "namespace": name,  # Kong would make up a random one, which is a change each time.
            "strategy": "local" if partial_id is None else "redis",
        }
        if partial_id is not None:
            config["sync_rate"] = rate.sync_rate
        konnect.GatewayPlugin(
            f"{name}-rate-limit",
            control_plane_id=plane.id,
            name=RATE_LIMITING,
            instance_name=f"{name}-rate-limit",
            config=config,
            partials=None if partial_id is None else [{"id": partial_id}],
            opts=self._child(),
        )
