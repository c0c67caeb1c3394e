"""Compares settings with live objects in Konnect, and refuses changes that would be an outage.

Some settings cannot change for live objects: a network's CIDR block and zones, the control plane
of a region, the geo. A cache cannot become smaller. Konnect would refuse such a change halfway, or
the change would delete objects that serve traffic. So each is an error in the preview, with its
remedy.

Objects are found by the names that the gateway gives them. A control plane with the label of
another stack is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from components.addressing import free_gateway_block
from components.gateway import control_plane_name
from components.placement import MAIN, Placement, control_plane_key
from components.regions import MANAGED_CACHE_CLOUDS, CacheTier
from providers import konnect
from providers.konnect.ownership import LABEL, Owner
from stacks.address_files import RecordedPlans
from stacks.errors import Path, Problem, yaml_inline
from stacks.models import Region, Settings


@dataclass(frozen=True)
class LiveNetwork:
    """A gateway network that exists in Konnect, in any state."""

    id: str
    cidr: str
    zones: frozenset[str]

    def is_of(self, region: Region) -> bool:
        """Whether the network has the CIDR block and zones of a region's settings."""
        return (self.cidr, self.zones) == (str(region.cidr), frozenset(region.zones))


@dataclass(frozen=True)
class LivePlane:
    """A live control plane with data planes: its settings that cannot be changed freely."""

    key: str
    id: str = ""
    version: str = ""
    """Gateway version of its data planes: ``3.13``."""
    cache_tier: CacheTier | None = None
    cache_name: str = ""
    """Name of its managed cache, which others may have created. Empty: it has none."""


@dataclass(frozen=True)
class Live:
    """The live objects of an environment. Empty before the first ``pulumi up``."""

    networks: Mapping[str, Sequence[LiveNetwork]] = field(default_factory=dict)
    """Networks by the key of their region. A region has two while one replaces the other."""
    planes: Mapping[str, LivePlane] = field(default_factory=dict)
    """Control planes by their key: ``main``, ``aws``, ``gcp-us-central1``."""
    control_planes: Mapping[str, str] = field(default_factory=dict)
    """The key of the control plane that serves a region, by the key of the region."""
    other_geos: Mapping[str, str] = field(default_factory=dict)
    """The geo of a region's control plane by the key of the region, if the settings' differs."""
    groups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The desired data-plane group of a region, by the key of the region."""

    def has(self, region: Region) -> bool:
        """Whether the network of a region's settings exists."""
        return any(network.is_of(region) for network in self.networks.get(region.key, ()))


def live_of(
    gateway: str, settings: Settings, found: konnect.LiveObjects, project: str, stack: str
) -> Live:
    """Find the objects of an environment among the objects of an organisation.

    ``gateway`` is the name of the gateway: the prefix of its objects' names. ``project`` and
    ``stack`` are Pulumi's.
    """
    networks = {
        region.key: [
            LiveNetwork(item["id"], item["cidr_block"], frozenset(item["availability_zones"]))
            for item in found.networks
            if re.fullmatch(
                rf"{re.escape(gateway)}-{region.key}-[0-9a-f]{{6}}(-[0-9a-f]{{8}})?", item["name"]
            )
        ]
        for region in settings.regions
    }
    region_of = {one.id: key for key, several in networks.items() for one in several}
    ours = [item for item in found.control_planes if _may_be_of(item, project, stack)]
    key_of = _plane_keys(gateway, settings, ours)
    tiers = {_owner(item): CacheTier(tier) for item in found.addons if (tier := _tier(item))}
    caches = {_owner(item): str(item.get("name") or "") for item in found.addons}
    planes: dict[str, LivePlane] = {}
    serving: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    groups: dict[str, Mapping[str, Any]] = {}
    for item in found.configurations:
        plane_id, geo = item["control_plane_id"], item.get("control_plane_geo")
        served = {
            region_of[network]: group
            for group in item.get("dataplane_group_config") or ()
            if (network := group.get("cloud_gateway_network_id")) in region_of
        }
        if geo and geo != settings.geo:
            elsewhere |= dict.fromkeys(served, str(geo))
        elif served and (key := key_of.get(plane_id)):
            serving |= dict.fromkeys(served, key)
            groups |= served
            planes[key] = LivePlane(
                key,
                plane_id,
                _release(item.get("version")),
                tiers.get(plane_id),
                caches.get(plane_id, ""),
            )
    there = {key: several for key, several in networks.items() if several}
    return Live(there, planes, serving, elsewhere, groups)


def placement(settings: Settings, live: Live) -> dict[str, str]:
    """Map the key of each region to the key of its control plane. A live region keeps its own."""
    # A control plane with a cache takes no GCP region, even if the cache will be deleted.
    cache = settings.cache is not None or any(p.cache_tier for p in live.planes.values())
    return {
        region.key: live.control_planes.get(region.key)
        or control_plane_key(settings.control_planes, region.cloud, region.region, cache=cache)
        for region in settings.regions
    }


def versions_of_all(settings: Settings, live: Live) -> frozenset[str]:
    """The version that all control planes of the settings already run. Empty if they differ."""
    keys = set(placement(settings, live).values())
    versions = {live.planes[key].version if key in live.planes else "" for key in keys}
    return frozenset(versions) if len(versions) == 1 else frozenset()


def live_problems(
    settings: Settings, live: Live, plans: RecordedPlans | None = None
) -> Iterator[Problem]:
    """Every setting that would need a change that live objects do not allow.

    No block in ``plans``, the recorded address plans, is proposed.
    """
    yield from _geo(settings, live)
    yield from _zones(settings, live, plans)
    yield from _moves(settings, live)
    yield from _cache_beside_gcp(settings, live)
    yield from _lowered_tier(settings, live)


def _geo(settings: Settings, live: Live) -> Iterator[Problem]:
    if live.other_geos:
        there = " and ".join(sorted(set(live.other_geos.values())))
        wrong = (
            f"is another geo than {there}, where {_listed(live.other_geos)} is live; control "
            "planes cannot move"
        )
        remedy = (
            f"write geo: {there}, or describe the environment for {settings.geo} in a new stack"
        )
        yield Problem(("geo",), wrong, remedy, str(settings.geo))


def _zones(settings: Settings, live: Live, plans: RecordedPlans | None) -> Iterator[Problem]:
    used = [IPv4Network(one.cidr) for several in live.networks.values() for one in several]
    for region in settings.regions:
        used += [region.cidr, region.landing.cidr, *region.landing.reach]
    for index, region in enumerate(settings.regions):
        same_block = [
            one for one in live.networks.get(region.key, ()) if one.cidr == str(region.cidr)
        ]
        if not same_block or live.has(region):
            continue
        recorded = plans.taken_for(region.cloud, region.region) if plans else []
        taken = [*used, *recorded]
        free = free_gateway_block(region.cloud, region.cidr, len(region.zones), taken)
        was = yaml_inline(sorted(same_block[0].zones))
        wrong = (
            f"are not {was}, the zones of the live network; other zones need another network, and "
            f"two live networks of one block, {region.cidr}, cannot both be peered"
        )
        remedy = f"write zones: {was}"
        if free is not None:
            remedy += f", or also write cidr: {free}, which is free"
            used.append(free)
        path: Path = ("regions", index, "zones")
        yield Problem(path, wrong, remedy, list(region.zones))


def _moves(settings: Settings, live: Live) -> Iterator[Problem]:
    moved = {
        region.key: live.control_planes[region.key]
        for region in settings.regions
        if region.key in live.control_planes
        and live.control_planes[region.key] not in _may_be_on(settings.control_planes, region)
    }
    if not moved:
        return
    where = " and ".join(f"{key} is live on control plane {on}" for key, on in moved.items())
    fitting = [one for one in Placement if _all_stay(settings, live, one)]
    remedy = f"write control_planes: {fitting[0]}, or " if fitting else ""
    remedy += (
        "delete the region from regions, run `pulumi up`, and add it again: it does not serve "
        "in the meantime, and the owners of its APIs must create them again"
    )
    wrong = f"would move a live region: {where}; APIs and consumers do not move with it"
    yield Problem(("control_planes",), wrong, remedy, str(settings.control_planes))


def _may_be_on(way: Placement, region: Region) -> set[str]:
    """The control planes that may serve a region, with and without a cache."""
    return {
        control_plane_key(way, region.cloud, region.region, cache=cache) for cache in (True, False)
    }


def _all_stay(settings: Settings, live: Live, way: Placement) -> bool:
    return all(
        live.control_planes[region.key] in _may_be_on(way, region)
        for region in settings.regions
        if region.key in live.control_planes
    )


def _cache_beside_gcp(settings: Settings, live: Live) -> Iterator[Problem]:
    """Refuse to add a cache if a GCP region is live on the shared control plane."""
    if settings.cache is None:
        return
    placed = placement(settings, live)
    shared = [
        region.key
        for region in settings.regions
        if region.cloud not in MANAGED_CACHE_CLOUDS
        and placed[region.key] == live.control_planes.get(region.key) == MAIN
    ]
    if shared:
        wrong = (
            f"needs a control plane without GCP, and {_listed(shared)} is live on {MAIN}; a live "
            "region does not move"
        )
        remedy = (
            "write cache: null, or delete the region from regions, run `pulumi up`, and add it "
            "again together with the cache: it then gets a control plane of its own"
        )
        yield Problem(("cache",), wrong, remedy)


def _lowered_tier(settings: Settings, live: Live) -> Iterator[Problem]:
    if settings.cache is None:
        return
    wanted = settings.cache.tier
    larger = {
        key: plane.cache_tier
        for key, plane in live.planes.items()
        if plane.cache_tier is not None and plane.cache_tier.rank > wanted.rank
    }
    if larger:
        tier = max(larger.values(), key=lambda one: one.rank)
        wrong = (
            f"is smaller than {tier}, the live cache of {_listed(larger)}; Konnect refuses a "
            "smaller tier"
        )
        yield Problem(("cache", "tier"), wrong, f"write tier: {tier}", str(wanted))


def _may_be_of(plane: Mapping[str, Any], project: str, stack: str) -> bool:
    """Whether a control plane has this stack's label, or none (created by hand, then adopted)."""
    mark = (plane.get("labels") or {}).get(LABEL)
    # The label ends with an id that is only in the state, which a program cannot read.
    ours = Owner(project, stack, "00000000").label
    return mark is None or str(mark).rpartition(".")[0] == ours.rpartition(".")[0]


def _plane_keys(
    gateway: str, settings: Settings, planes: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Map the id of each control plane of this gateway to its key."""
    keys = [MAIN, *settings.clouds, *(region.key for region in settings.regions)]
    by_name = {control_plane_name(gateway, str(key)): str(key) for key in keys}
    return {item["id"]: by_name[item["name"]] for item in planes if item["name"] in by_name}


def _owner(addon: Mapping[str, Any]) -> str:
    return str((addon.get("owner") or {}).get("control_plane_id", ""))


def _tier(addon: Mapping[str, Any]) -> str | None:
    config = addon.get("config") or {}
    tier = (config.get("capacity_config") or {}).get("tier")
    return tier if tier in list(CacheTier) else None


def _release(version: object) -> str:
    """The major and minor version. Konnect may return the patch version too."""
    return ".".join(str(version or "").split(".")[:2])


def _listed(keys: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(keys)
