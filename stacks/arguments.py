"""Converts an environment's settings to the arguments of its gateway component."""

from __future__ import annotations

from collections.abc import Mapping

from components.gateway import MultiCloudGatewayArgs, RegionArgs
from components.governance import RateLimitArgs
from components.links.azure_grant import AzureGrant
from stacks.given_networks import GivenNetwork
from stacks.models import Consent, Region, Settings


def gateway_args(
    settings: Settings,
    networks: Mapping[str, GivenNetwork] | None = None,
    placement: Mapping[str, str] | None = None,
) -> MultiCloudGatewayArgs:
    """The component's arguments. All values come from the settings; nothing is decided here.

    ``networks`` are the networks of other stacks by region key, from ``stacks.given_networks``.
    ``placement`` maps the key of a region to the key of its control plane. Raises KeyError if a
    region refers to a network that is not in ``networks``.
    """
    azure = settings.azure
    assigned = azure is not None and azure.consent is Consent.ASSIGNED
    principal = str(azure.kong_principal_id) if azure and assigned else None
    rate = settings.rate_limit
    return MultiCloudGatewayArgs(
        version=settings.version,
        api_access=settings.api_access,
        base_rps=settings.autoscale.base_rps,
        control_planes=settings.control_planes,
        cache_tier=settings.cache.tier if settings.cache else None,
        rate_limit=RateLimitArgs(rate.limit, rate.window_size, rate.sync_rate) if rate else None,
        azure=AzureGrant(principal),
        protect=settings.protect,
        description=settings.control_plane.description,
        labels=settings.control_plane.labels,
        regions=[
            _region(settings, region, networks or {}, placement or {})
            for region in settings.regions
        ],
    )


def _region(
    settings: Settings,
    region: Region,
    networks: Mapping[str, GivenNetwork],
    placement: Mapping[str, str],
) -> RegionArgs:
    given = networks[region.key] if region.landing.network else None
    return RegionArgs(
        cloud=region.cloud,
        region=region.region,
        cidr=region.cidr,
        zones=region.zones,
        customer_cidr=region.landing.cidr,
        reach=region.landing.reach,
        ports=region.landing.ports,
        tags=settings.tags_for(region.cloud),
        network=given.network if given else None,
        hub=given.hub if given else None,
        links=region.chosen_links if region.links else (),
        control_plane=placement.get(region.key),
    )
