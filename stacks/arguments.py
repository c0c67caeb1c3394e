"""From an environment's settings to the arguments of its gateway."""

from __future__ import annotations

from collections.abc import Mapping

from components.gateway import MultiCloudGatewayArgs, RateLimitArgs, RegionArgs
from components.landing.base import AzureGrant, GivenNetwork
from stacks.models import Consent, Settings


def gateway_args(
    settings: Settings, networks: Mapping[str, GivenNetwork] | None = None
) -> MultiCloudGatewayArgs:
    """The component's arguments. Nothing is decided here that the settings do not say.

    ``networks`` are those of other stacks by the key of their region, as
    ``stacks.landings.given_networks`` finds them. Raises KeyError for a region that refers to
    one which is not among them.
    """
    networks = networks or {}
    azure = settings.azure
    assigned = azure is not None and azure.consent is Consent.ASSIGNED
    principal = str(azure.kong_principal_id) if azure and assigned else None
    rate = settings.rate_limit
    return MultiCloudGatewayArgs(
        version=settings.version,
        geo=settings.geo,
        api_access=settings.api_access,
        base_rps=settings.autoscale.base_rps,
        cache_tier=settings.cache.tier if settings.cache else None,
        rate_limit=RateLimitArgs(rate.limit, rate.window_size, rate.sync_rate) if rate else None,
        azure=AzureGrant(principal),
        protect=settings.protect,
        description=settings.control_plane.description,
        labels=settings.control_plane.labels,
        regions=[
            RegionArgs(
                cloud=region.cloud,
                region=region.region,
                cidr=region.cidr,
                zones=region.zones,
                landing_cidr=region.landing.cidr,
                reach=region.landing.reach,
                ports=region.landing.ports,
                tags=settings.tags_for(region.cloud),
                network=networks[region.key] if region.landing.network else None,
            )
            for region in settings.regions
        ],
    )
