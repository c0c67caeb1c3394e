"""Compares the caches of an environment with the live ones: what is deleted, and what moves.

Konnect refuses to delete a Redis that plugins are linked to, and an update deletes it at its end.
So the preview refuses it while plugins that this stack did not create use it. Sources:
`/v2/cloud-gateways/add-ons/{id}` (delete), `core-entities/partials/{id}/links`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from components.cache.choice import RedisKind
from components.gateway import control_plane_name
from components.regions import MANAGED_CACHE_CLOUDS
from providers.konnect.core_entities.partial import MANAGED_TAG
from providers.konnect.ownership import owner_of_tags
from stacks.errors import Path, Problem
from stacks.live import Live, LivePlane, placement
from stacks.live_governance import Json, LivePlugins, in_order, key_of, plugin_label
from stacks.models import Settings

_LOST = "counters, cached responses and sessions"


@dataclass(frozen=True)
class LiveCaches:
    """The Redis partials of an environment's control planes, and the plugins that use them."""

    gateway: str
    """The name of the gateway."""
    project: str
    stack: str
    """Pulumi's: plugins of this stack are updated together with the cache."""
    plugins: LivePlugins = field(default_factory=LivePlugins)
    partials: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """All partials of control planes, by the key of the control plane."""

    def of(self, plane: LivePlane) -> list[Json]:
        """The partials of the cache that this stack has for a control plane.

        They are Konnect's, if the managed cache has the name that the gateway gives it, and those
        whose name begins with it.
        """
        name = f"{control_plane_name(self.gateway, plane.key)}-cache"
        return [
            one
            for one in self.partials.get(plane.key, ())
            if (plane.cache_name == name and MANAGED_TAG in (one.get("tags") or ()))
            or (str(one.get("name")).startswith(f"{name}-") and self._made_here(one) is not False)
        ]

    def users_elsewhere(self, plane: LivePlane) -> list[str]:
        """The plugins that use the cache of a control plane, and that this stack did not create."""
        ids = {one["id"] for one in self.of(plane)}
        return [
            f"{plugin_label(one)} on {plane.key}"
            for one in self.plugins.plugins.get(plane.key, ())
            if not self._is_ours(plane.key, one)
            and any(link.get("id") in ids for link in one.get("partials") or ())
        ]

    def _is_ours(self, plane: str, plugin: Json) -> bool:
        made_here = self._made_here(plugin)
        if made_here is not None:
            return made_here
        return key_of(control_plane_name(self.gateway, plane), plugin) is not None

    def _made_here(self, entity: Json) -> bool | None:
        """Whether the mark of an entity is of this stack. None: it has no mark."""
        owner = owner_of_tags(entity.get("tags"))
        if owner is None:
            return None
        return (owner.project, owner.stack) == (self.project, self.stack)


def planes_without_redis(settings: Settings, live: Live) -> list[str]:
    """The live control planes that have no Redis by the settings."""
    if settings.cache is None:
        return in_order(live.planes)
    return _in_gcp(settings, live) if settings.cache.gcp is RedisKind.LOCAL else []


def planes_with_own_redis(settings: Settings, live: Live) -> list[str]:
    """The live control planes whose Redis, by the settings, is one that the team has."""
    if settings.cache is None or settings.cache.gcp is not RedisKind.EXTERNAL:
        return []
    return _in_gcp(settings, live)


def _in_gcp(settings: Settings, live: Live) -> list[str]:
    """The live control planes with regions in a cloud without managed caches."""
    placed = placement(settings, live)
    without = {
        placed[region.key]
        for region in settings.regions
        if region.cloud not in MANAGED_CACHE_CLOUDS
    }
    return in_order(without & live.planes.keys())


def cache_live_problems(settings: Settings, live: Live, there: LiveCaches) -> Iterator[Problem]:
    """A live Redis that the settings delete while plugins of others use it."""
    users = [
        user
        for plane in planes_without_redis(settings, live)
        for user in there.users_elsewhere(live.planes[plane])
    ]
    if users:
        wrong = (
            f"would delete a Redis that plugins of others use: {', '.join(users)}; Konnect refuses "
            "that at the end of the update"
        )
        remedy = (
            "keep the cache until their owners have deleted its partial from these plugins, and "
            "run `pulumi up`"
        )
        yield _problem(settings, wrong, remedy)


def cache_live_warnings(settings: Settings, live: Live, there: LiveCaches) -> Iterator[Problem]:
    """A live Redis that the settings delete, or from which they move plugins away."""
    deleted = [
        plane for plane in planes_without_redis(settings, live) if there.of(live.planes[plane])
    ]
    if deleted:
        wrong = (
            f"deletes the Redis of {', '.join(deleted)} with its {_LOST}; then each data plane "
            "counts for itself"
        )
        yield _problem(settings, wrong, "make sure that upstreams can take what comes then")
    for plane in planes_with_own_redis(settings, live):
        yield from _moved(settings, live, plane, there)


def _moved(settings: Settings, live: Live, plane: str, there: LiveCaches) -> Iterator[Problem]:
    """A control plane whose plugins get another Redis of the team."""
    placed = placement(settings, live)
    name = f"{control_plane_name(there.gateway, plane)}-cache-redis"
    hosts = [
        one["config"].get("host") for one in there.of(live.planes[plane]) if one.get("name") == name
    ]
    external = settings.cache.external if settings.cache else {}
    for region, redis in external.items():
        if placed.get(region) != plane or hosts in ([], [redis.host]):
            continue
        wrong = (
            f"replaces {hosts[0]}, which plugins of {region} use now: {_LOST} are not copied, and "
            "a Memorystore that was created here is deleted"
        )
        remedy = "make sure first that Kong's network reaches the new one"
        path: Path = ("cache", "external", region, "host")
        yield Problem(path, wrong, remedy, redis.host)


def _problem(settings: Settings, wrong: str, remedy: str) -> Problem:
    """A problem of the setting that says that there is no Redis."""
    if settings.cache is None:
        return Problem(("cache",), wrong, remedy, None)
    return Problem(("cache", "gcp"), wrong, remedy, settings.cache.gcp.value)
