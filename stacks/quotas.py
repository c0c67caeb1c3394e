"""Compares what an environment will create with the quotas of its organisation.

Konnect refuses an object beyond a quota (403) halfway through an update. So the preview reads the
quotas and reports all that are too small, before anything is created. Objects that the environment
has already are not new. Source: ``/v2/cloud-gateways/default-resource-quotas``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from components.regions import MANAGED_CACHE_CLOUDS
from providers import konnect
from stacks.errors import Path, Problem
from stacks.live import Live, placement
from stacks.models import Settings

NETWORKS: Final = "count/networks.not-offline"
GROUPS: Final = "count/data-plane-groups-estimate"
CACHES: Final = "count/managed-cache-instances"


@dataclass(frozen=True)
class Need:
    """The objects of one kind that an environment will create."""

    quota: str
    """Konnect's name of the quota."""
    noun: str
    path: Path
    """The setting that says how many there are."""
    new: int
    """Objects that do not exist yet."""
    used: int
    """Objects of the organisation that exist now, of this environment or not."""

    def problem(self, allowed: int) -> Problem | None:
        """The problem with a quota, or None if there is room."""
        if self.used + self.new <= allowed:
            return None
        wrong = (
            f"needs more {self.noun} than allowed: {self.new} new and {self.used} in use, but the "
            f"quota {self.quota} allows {allowed}"
        )
        return Problem(self.path, wrong, "delete those that are not used, or ask Kong for more")


def quota_needs(settings: Settings, live: Live, found: konnect.LiveObjects) -> list[Need]:
    """What an environment will create that has a quota. Empty if it creates nothing of the kind.

    ``found`` are the objects of the organisation.
    """
    networks = sum(not live.has(region) for region in settings.regions)
    running = sum(network["state"] != "offline" for network in found.networks)
    groups = sum(region.key not in live.control_planes for region in settings.regions)
    caches = sum(not _has_cache(live, key) for key in _cache_owners(settings, live))
    needs = (
        Need(NETWORKS, "networks", ("regions",), networks, running),
        Need(GROUPS, "data-plane groups", ("regions",), groups, _groups_of(found)),
        Need(CACHES, "managed caches", ("cache",), caches, len(found.addons)),
    )
    return [need for need in needs if need.new > 0]


def quota_problems(
    needs: Sequence[Need], quotas: Sequence[konnect.ResourceQuota]
) -> Iterator[Problem]:
    """Every quota that is too small. A quota that Konnect does not list is not checked."""
    allowed = {quota.resource: quota.value for quota in quotas}
    for need in needs:
        if need.quota in allowed and (problem := need.problem(allowed[need.quota])):
            yield problem


def _groups_of(found: konnect.LiveObjects) -> int:
    """The data-plane groups of the organisation. A configuration that is replaced lists its own."""
    return len(
        {
            group["id"]
            for configuration in found.configurations
            for group in configuration.get("dataplane_groups") or ()
            if group["state"] != "terminating"
        }
    )


def _cache_owners(settings: Settings, live: Live) -> set[str]:
    """The keys of the control planes that will own a managed cache: those without GCP regions."""
    if settings.cache is None:
        return set()
    placed = placement(settings, live)
    without = {
        placed[region.key]
        for region in settings.regions
        if region.cloud not in MANAGED_CACHE_CLOUDS
    }
    return set(placed.values()) - without


def _has_cache(live: Live, key: str) -> bool:
    return key in live.planes and live.planes[key].cache_tier is not None
