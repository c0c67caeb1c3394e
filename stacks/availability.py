"""Checks settings against what Konnect offers now: regions, zones, address ranges, versions.

The source is ``GET /v2/cloud-gateways/availability.json``, which is public. The tables in
``components.regions`` only give defaults. The caller fetches the document; this module makes no
requests.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Network

from pydantic import BaseModel, ValidationError

from components.addressing import dcgw_faults, dcgw_remedy
from stacks.errors import Path, Problem, nearest
from stacks.models import Region, Settings


class _OfferedRegion(BaseModel):
    region: str
    availability_zones: list[str]
    cidr_blocks: list[IPv4Network]
    reserved_cidr_blocks: list[IPv4Network]


class _Provider(BaseModel):
    provider: str
    regions: list[_OfferedRegion]


class _Availability(BaseModel):
    """The part of the document that is read here. Unknown keys are ignored."""

    versions: list[str]
    providers: list[_Provider]


def availability_problems(
    settings: Settings,
    document: Mapping[str, object],
    live_versions: Collection[str] = (),
    live_regions: Collection[str] = (),
) -> Iterator[Problem]:
    """The settings that Konnect would refuse now.

    A live environment may keep a version or region that is no longer offered. ``live_versions``
    are the versions that all its control planes run already. ``live_regions`` are the keys of the
    regions whose networks exist.
    """
    try:
        offered = _Availability.model_validate(document)
    except ValidationError as error:
        at = ".".join(map(str, error.errors()[0]["loc"]))
        wrong = f"cannot be checked: the availability document is not as Kong publishes it, at {at}"
        yield Problem((), wrong, "check the Konnect server URL that it was read from")
        return
    if settings.version not in offered.versions and settings.version not in live_versions:
        remedy = f"use one of {', '.join(offered.versions)}"
        yield Problem(("version",), "is not a version Konnect offers", remedy, settings.version)
    regions = {
        (provider.provider, region.region): region
        for provider in offered.providers
        for region in provider.regions
    }
    for index, region in enumerate(settings.regions):
        path: Path = ("regions", index)
        if region.key in live_regions:
            continue
        if found := regions.get((region.cloud, region.region)):
            yield from _region_problems(path, region, found)
        else:
            wrong = f"is not a region Konnect offers in {region.cloud}"
            known = [name for cloud, name in regions if cloud == region.cloud]
            yield Problem((*path, "region"), wrong, nearest(region.region, known), region.region)


def _region_problems(path: Path, region: Region, offered: _OfferedRegion) -> Iterator[Problem]:
    for index, zone in enumerate(region.zones):
        if zone not in offered.availability_zones:
            wrong = f"is not a zone Konnect offers in {region.region}"
            remedy = nearest(zone, offered.availability_zones)
            yield Problem((*path, "zones", index), wrong, remedy, zone)
    pools, reserved = offered.cidr_blocks, offered.reserved_cidr_blocks
    if faults := dcgw_faults(region.cloud, region.cidr, len(region.zones), pools, reserved):
        remedy = dcgw_remedy(region.cloud, pools, reserved)
        yield Problem((*path, "cidr"), " and ".join(faults), remedy, str(region.cidr))
