"""Converts an environment's settings to the arguments of its gateway component."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.addressing.plan import AddressPlan
from components.cache.choice import RedisChoice
from components.domains.base import ZoneArgs
from components.domains.custom_domain import CertificateArgs, DomainArgs
from components.entry.base import HEALTH_PATH, HealthProbe
from components.entry.clients import ClientsArgs
from components.entry.entry import EdgeChoice, EntryArgs
from components.entry.health_route import HEALTH_ROUTE
from components.gateway import MultiCloudGatewayArgs, RegionArgs
from components.governance import RateLimitArgs
from components.links.azure_grant import AzureGrant
from components.regions import MANAGED_CACHE_CLOUDS, Cloud
from stacks.fabric import planned_fabric
from stacks.given_networks import GivenNetwork
from stacks.governance import Found, governance_choice, limits_by_short_form
from stacks.models import Consent, Region, Settings
from stacks.models.domains import CertificateSettings
from stacks.models.entry import EntrySettings
from stacks.observability import telemetry_args


def gateway_args(
    settings: Settings,
    networks: Mapping[str, GivenNetwork] | None = None,
    placement: Mapping[str, str] | None = None,
    found: Found | None = None,
    recorded: AddressPlan | None = None,
) -> MultiCloudGatewayArgs:
    """The component's arguments. All values come from the settings; nothing is decided here.

    ``networks`` are the networks of other stacks by region key, from ``stacks.given_networks``.
    ``placement`` maps the key of a region to the key of its control plane. ``found`` has the
    objects of other stacks that plugins are limited to. ``recorded`` is the recorded address plan,
    with the numbers of a fabric. Raises KeyError if a region refers to a
    network that is not in ``networks``.
    """
    azure = settings.azure
    assigned = azure is not None and azure.consent is Consent.ASSIGNED
    principal = str(azure.kong_principal_id) if azure and assigned else None
    rate = settings.rate_limit if limits_by_short_form(settings.governance) else None
    return MultiCloudGatewayArgs(
        version=settings.version,
        api_access=settings.api_access,
        base_rps=settings.autoscale.base_rps,
        control_planes=settings.control_planes,
        cache_tier=settings.cache.tier if settings.cache else None,
        rate_limit=RateLimitArgs(rate.limit, rate.window_size, rate.sync_rate) if rate else None,
        governance=governance_choice(
            settings.governance, settings.rate_limit, found, cache=settings.cache is not None
        ),
        telemetry=telemetry_args(settings),
        dashboards=settings.observability.dashboards if settings.observability else (),
        azure=AzureGrant(principal, str(azure.kong_application_id)) if azure else AzureGrant(),
        protect=settings.protect,
        description=settings.control_plane.description,
        labels=settings.control_plane.labels,
        clients=_clients(settings),
        services={key: one.service_args() for key, one in settings.services.items()},
        fabric=planned_fabric(settings, recorded),
        regions=[
            _region(settings, region, networks or {}, placement or {})
            for region in settings.regions
        ],
    )


def _clients(settings: Settings) -> ClientsArgs | None:
    """Zones, domains and entry; None when the settings have none of them."""
    if not (settings.zones or settings.domains or settings.entry):
        return None
    return ClientsArgs(
        zones={
            name: ZoneArgs(
                name,
                zone.service,
                create=zone.create,
                resource_group=zone.resource_group,
                managed_zone=zone.managed_zone,
                tags=settings.tags_for(zone.service.cloud),
                protect=settings.protect,
            )
            for name, zone in settings.zones.items()
        },
        domains=[
            DomainArgs(
                fqdn,
                domain.control_planes,
                _certificate(domain.certificate),
                domain.prefix,
            )
            for fqdn, domain in settings.domains.items()
        ],
        entry=None if settings.entry is None else _entry(settings, settings.entry),
    )


def _certificate(certificate: CertificateSettings | None) -> CertificateArgs | None:
    """A certificate whose key is a secret, so that it is in no component's inputs."""
    if certificate is None:
        return None
    return CertificateArgs(certificate.cert, pulumi.Output.secret(certificate.key))


def _entry(settings: Settings, entry: EntrySettings) -> EntryArgs:
    health, edge = entry.health, entry.edge
    path = health.path or (HEALTH_ROUTE if health.route else HEALTH_PATH)
    choice = None
    if edge is not None:
        choice = EdgeChoice(
            edge.service,
            edge.waf,
            edge.generations,
            edge.lock,
            edge.resource_group,
            settings.protect,
        )
    return EntryArgs(
        strategy=entry.strategy,
        names={fqdn: [one.key for one in regions] for fqdn, regions in settings.led.items()},
        service=entry.service,
        routing=entry.routing,
        ttl=entry.ttl,
        probe=HealthProbe(path, health.interval, health.failures),
        health_route=health.route,
        weights={one.key: one.weight for one in settings.regions},
        drained=[one.key for one in settings.regions if one.drain or one.isolated],
        bias=entry.bias,
        edge=choice,
        tags={cloud: settings.tags_for(cloud) for cloud in Cloud},
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
        dns={key: one.declared(key) for key, one in region.dns.items()},
        load_balancer=region.load_balancer.chosen(region.cloud) if region.load_balancer else None,
        redis=_redis(settings, region),
        control_plane=placement.get(region.key),
        isolated=region.isolated,
    )


def _redis(settings: Settings, region: Region) -> RedisChoice | None:
    """Where plugins of a region without a managed cache count; None for the default."""
    if settings.cache is None or region.cloud in MANAGED_CACHE_CLOUDS:
        return None
    choice = settings.cache.redis_of(region.key)
    return None if choice == RedisChoice() else choice
