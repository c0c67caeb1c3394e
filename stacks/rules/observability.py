"""Rules about telemetry: regions and control planes that exist, one declaration of each plugin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.governance.plugin_credentials import clear_credentials
from components.observability import HTTP_LOG, OPENTELEMETRY, Place, group_environment
from components.observability.telemetry import SHARED_PLANE_REMEDY
from stacks.errors import Path, Problem, nearest
from stacks.governance import all_plugins
from stacks.models.settings import Settings
from stacks.observability import telemetry_args

ROOT: Final[Path] = ("observability", "telemetry")
_KEYS: Final = {OPENTELEMETRY: "opentelemetry", HTTP_LOG: "http_log"}
"""Name of a plugin -> its key in the settings."""

Json = Mapping[str, Any]


def observability_problems(settings: Settings, *, secret: bool) -> Iterator[Problem]:
    """Every violation of a rule about telemetry.

    ``secret`` is whether a part of the settings is encrypted: credentials count as encrypted then.
    """
    for plugin, key, one in _written(settings):
        known = [region.key for region in settings.regions]
        for region in one.regions:
            if region not in known:
                path: Path = (*ROOT, key, "regions", region)
                yield Problem(path, "is no region of the environment", nearest(region, known))
        if not secret:
            for place in clear_credentials(plugin, {"headers": one.headers}):
                remedy = (
                    'revoke it, and write "{vault://PREFIX/NAME}", or set it with `pulumi config '
                    "set --secret --path`"
                )
                yield Problem((*ROOT, key, *place), "is a credential in plain text", remedy)
    yield from _declared_twice(settings)


def _written(settings: Settings) -> Iterator[tuple[str, str, Any]]:
    """Plugin, key and settings of each part of telemetry that is written."""
    if settings.observability is None or settings.observability.telemetry is None:
        return
    telemetry = settings.observability.telemetry
    for plugin, key in _KEYS.items():
        if (one := getattr(telemetry, key)) is not None:
            yield plugin, key, one


def _declared_twice(settings: Settings) -> Iterator[Problem]:
    """Konnect takes one global instance of a plugin on a control plane."""
    if settings.governance is None:
        return
    declared = all_plugins(
        settings.governance, settings.rate_limit, cache=settings.cache is not None
    )
    for plugin, key, _ in _written(settings):
        for name, one in declared.items():
            if one.plugin == plugin and not one.scope:
                where = f"governance.plugins.{name}"
                wrong = f"is {plugin} of all control planes, and so is {where}"
                yield Problem(
                    (*ROOT, key),
                    wrong,
                    f"delete one of them; keep {where} for settings that this one does not have",
                )


def trace_warnings(settings: Settings) -> Iterator[Problem]:
    """Declared plugins that would send traces if the data planes made any."""
    if settings.governance is None or _makes_spans(settings):
        return
    declared = all_plugins(
        settings.governance, settings.rate_limit, cache=settings.cache is not None
    )
    for name, one in declared.items():
        if one.plugin == OPENTELEMETRY and one.config.get("traces_endpoint"):
            wrong = "sends no traces, because the data planes have no KONG_TRACING_INSTRUMENTATIONS"
            remedy = (
                "write observability.telemetry.opentelemetry with endpoints.traces, which sets it"
            )
            yield Problem(("governance", "plugins", name), wrong, remedy)


def _makes_spans(settings: Settings) -> bool:
    """Whether data planes of a region get ``KONG_TRACING_INSTRUMENTATIONS``."""
    return any(
        plugin == OPENTELEMETRY
        and any(endpoints.traces for endpoints in (one.endpoints, *one.regions.values()))
        for plugin, _, one in _written(settings)
    )


def shared_plane_problems(settings: Settings, placement: Mapping[str, str]) -> Iterator[Problem]:
    """Endpoints of a region whose control plane serves other regions too.

    ``placement`` maps the key of a region to the key of its control plane.
    """
    regions_of = Counter(placement.values())
    for _, key, one in _written(settings):
        for region in one.regions:
            plane = placement.get(region)
            if plane is not None and regions_of[plane] > 1:
                wrong = (
                    f"is another endpoint for one region, and its control plane {plane} has "
                    f"{regions_of[plane]} regions with the same plugins"
                )
                yield Problem((*ROOT, key, "regions", region), wrong, SHARED_PLANE_REMEDY)


def environment_warnings(settings: Settings, groups: Mapping[str, Json]) -> Iterator[Problem]:
    """Live regions whose environment variables change. ``groups`` are live groups by region key.

    Konnect's documentation does not say how a changed variable reaches running data planes. They
    read their environment at their start, so they have to be replaced.
    """
    telemetry = telemetry_args(settings)
    changed = []
    for region in settings.regions:
        live = groups.get(region.key)
        if live is None:
            continue
        wanted = group_environment(telemetry, Place(region.cloud, region.region))
        there = {one["name"]: one.get("value") for one in live.get("environment") or ()}
        if there != {one["name"]: one["value"] for one in wanted}:
            changed.append(region.key)
    if changed:
        wrong = (
            f"changes environment variables of the live data planes of {', '.join(changed)}: "
            "data planes read them at their start, so they are replaced, and what each has in its "
            "memory starts anew: counters and cached responses with the strategy local or memory, "
            "and the health of targets"
        )
        yield Problem(ROOT, wrong, "run the update when traffic is low")
