"""The cache of a control plane: Konnect's where it can own one, else a Redis of its region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.addressing.roles import Role
from components.cache.choice import RedisChoice, RedisKind
from components.cache.managed import ManagedCache, ManagedCacheArgs
from components.cache.regional import RedisEndpoint, RegionalCache, RegionalCacheArgs
from components.connectivity.side import CustomerSide
from components.gateway.args import RegionArgs
from components.networks.attributes import GcpVpcAttributes
from components.networks.subnets import landing_blocks
from components.regions import MANAGED_CACHE_CLOUDS, CacheTier
from providers import konnect


@dataclass(frozen=True)
class ControlPlaneCacheArgs:
    """A control plane of a gateway, as its cache needs it."""

    gateway: str
    """The name of the gateway, with which the names of a region's resources begin."""
    tier: CacheTier
    control_plane_id: pulumi.Input[str]
    control_plane_geo: pulumi.Input[str]
    configuration: konnect.CloudGatewayConfiguration
    """The control plane's data planes."""
    regions: Sequence[RegionArgs]
    """The regions of the control plane; at least one."""
    sides: Mapping[str, CustomerSide]
    """The customer's side of each region, by key."""


def control_plane_cache(
    name: str, args: ControlPlaneCacheArgs, parent: pulumi.Resource
) -> ManagedCache | RegionalCache | None:
    """Konnect's managed cache if the control plane can own one, else a Redis in its region.

    ``name`` is the control plane's. None if the data planes of the region count for themselves.
    Raises ``ValueError`` for a control plane of several regions that can own no managed cache: a
    plugin would count in another region's Redis.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    without = [region for region in args.regions if region.cloud not in MANAGED_CACHE_CLOUDS]
    if not without:
        managed = ManagedCacheArgs(
            args.tier, args.control_plane_id, args.control_plane_geo, args.configuration
        )
        return ManagedCache(f"{name}-cache", managed, opts)
    if all((one.redis or RedisChoice()).kind is RedisKind.LOCAL for one in args.regions):
        return None
    if len(args.regions) > 1:
        served = ", ".join(region.key for region in args.regions)
        raise ValueError(
            f"control plane {name} serves {served} and cannot have a managed cache, because "
            f"{without[0].key} is in {without[0].cloud}: give each of its regions a control plane "
            "of its own, or switch the cache off"
        )
    redis = _regional_redis(without[0], args, parent)
    regional = RegionalCacheArgs(args.control_plane_id, redis)
    return RegionalCache(f"{name}-cache", regional, opts)


def _regional_redis(
    region: RegionArgs, args: ControlPlaneCacheArgs, parent: pulumi.Resource
) -> RedisEndpoint:
    """The Redis of a region: the team's own, or a Memorystore behind forwarders.

    Raises ``ValueError`` for the choice of an own Redis that is not given, and for one that is
    given beside another choice.
    """
    choice = region.redis or RedisChoice()
    if (choice.kind is RedisKind.EXTERNAL) != (choice.external is not None):
        which = "no Redis is" if choice.external is None else "a Redis is"
        raise ValueError(
            f"region {region.key}: the kind of its redis is {choice.kind}, and {which} given in "
            "external; a Redis of your own needs both kind EXTERNAL and external"
        )
    if choice.external is not None:
        return choice.external
    from components.cache.gcp_redis import GcpRedis, GcpRedisArgs, memory_gib

    given = region.network
    block = None if given else landing_blocks(region.cloud, region.customer_cidr).get(Role.CACHE)
    redis = GcpRedisArgs(
        region=region.region,
        memory_gib=memory_gib(args.tier),
        network_id=args.sides[region.key].network_id,
        zones=region.zones,
        gateway_cidr=region.cidr,
        gateway_shape=region.shape,
        block=block,
        subnetwork=choice.subnetwork,
        project=given.project if isinstance(given, GcpVpcAttributes) else None,
        labels=region.tags,
    )
    opts = pulumi.ResourceOptions(parent=parent, providers=list(region.providers))
    return GcpRedis(f"{args.gateway}-{region.key}-redis", redis, opts).endpoint
