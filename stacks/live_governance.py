"""Compares declared plugins with what is live on the control planes of an environment.

It finds the services, routes and consumer groups of other teams by name. It refuses to take away
the last authentication of a scope, and what Konnect would refuse halfway through an update.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.gateway import control_plane_name
from components.governance import PluginDeclaration, on_control_plane
from components.governance.declarations import Scope
from components.governance.governance import TAG, instance_name
from components.governance.presets import RATE_LIMIT
from components.placement import MAIN
from stacks.errors import Path, Problem, nearest
from stacks.governance import Found, all_plugins
from stacks.live import Live, placement
from stacks.models import Settings
from stacks.models.governance import GovernanceSettings
from stacks.rules.governance import AUTHENTICATION, PLUGINS

Json = Mapping[str, Any]

COLLECTIONS: Final[Mapping[Scope, str]] = {
    "service": "services",
    "route": "routes",
    "consumer_group": "consumer_groups",
}
"""The collections of a control plane in which the names of scopes are."""

LIMITING: Final = frozenset(
    {"ai-rate-limiting-advanced", "graphql-rate-limiting-advanced", "rate-limiting"}
    | {"rate-limiting-advanced", "request-size-limiting", "response-ratelimiting"}
    | {"service-protection"}
)
"""Plugins without which more requests, or larger ones, reach upstreams."""


@dataclass(frozen=True)
class LivePlugins:
    """The plugins of live control planes, and the objects that plugins can be limited to."""

    plugins: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By the key of their control plane."""
    ids: Mapping[str, Mapping[Scope, Mapping[str, str]]] = field(default_factory=dict)
    """Ids of services, routes and consumer groups: by control plane, scope and name."""


def plugins_of(settings: Settings) -> dict[str, PluginDeclaration]:
    """All declarations of an environment, the rate limit of the short form too."""
    governance = settings.governance or GovernanceSettings()
    return all_plugins(governance, settings.rate_limit, cache=settings.cache is not None)


def scopes_by_name(settings: Settings) -> frozenset[Scope]:
    """The kinds of objects that declarations name, for which Konnect is asked."""
    return frozenset(scope for one in plugins_of(settings).values() for scope in one.scope)


def _is_declared(settings: Settings, scope: Scope, name: str) -> bool:
    groups = settings.governance.consumer_groups if settings.governance else ()
    return scope == "consumer_group" and name in groups


def found_objects(settings: Settings, live: LivePlugins) -> Found:
    """The ids of the objects that declarations name, by control plane, scope and name."""
    found: Found = {}
    for declared in plugins_of(settings).values():
        for plane, ids in live.ids.items():
            for scope, name in declared.scope.items():
                if (id_ := ids.get(scope, {}).get(name)) is not None:
                    found.setdefault(plane, {}).setdefault(scope, {})[name] = id_
    return found


def governance_live_problems(
    gateway: str, settings: Settings, live: Live, there: LivePlugins
) -> Iterator[Problem]:
    """Every declaration that cannot be created, and every removal that nobody allowed."""
    declared = plugins_of(settings)
    planes = in_order(set(placement(settings, live).values()))
    for key, one in declared.items():
        for plane in one.control_planes:
            if plane not in planes:
                wrong = "is no control plane of the environment as it is live"
                path: Path = (*PLUGINS, key, "control_planes", plane)
                yield Problem(path, wrong, nearest(plane, planes))
        yield from _not_found(settings, key, one, planes, there)
    yield from _doubled(gateway, declared, there)
    for removal in _removals(gateway, settings, there):
        if removal.is_refused:
            yield removal.problem()


def governance_live_warnings(
    gateway: str, settings: Settings, there: LivePlugins
) -> Iterator[Problem]:
    """Every removal of an authentication or a limit that is about to happen."""
    for removal in _removals(gateway, settings, there):
        if not removal.is_refused:
            yield removal.problem()


def _not_found(
    settings: Settings,
    key: str,
    declared: PluginDeclaration,
    planes: Sequence[str],
    there: LivePlugins,
) -> Iterator[Problem]:
    """A service, route or consumer group that a control plane has not, or not yet."""
    for scope, name in declared.scope.items():
        if _is_declared(settings, scope, name):
            continue
        on = [plane for plane in planes if declared.on(plane) is not None]
        missing = [p for p in on if name not in there.ids.get(p, {}).get(scope, {})]
        if not missing:
            continue
        known = {one for plane in on for one in there.ids.get(plane, {}).get(scope, {})}
        close = nearest(name, known - {name})
        elsewhere = f"{close} Or write" if close.startswith("did you mean") else "write"
        nulls = ", ".join(f"{plane}: null" for plane in missing)
        if len(missing) == len(planes):
            until = "take the plugin out until its owner has run `pulumi up`"
            remedy = until if elsewhere == "write" else f"{close} Or {until}"
        else:
            remedy = (
                f"{elsewhere} control_planes: {{{nulls}}} until its owner has run `pulumi up` there"
            )
        kind = scope.replace("_", " ")
        wrong = f"is no {kind} on control plane {' and '.join(missing)}"
        yield Problem((*PLUGINS, key, scope), wrong, remedy, name)


def _doubled(
    gateway: str, declared: Mapping[str, PluginDeclaration], there: LivePlugins
) -> Iterator[Problem]:
    """A plugin that is live with the same scope under another name: Konnect refuses a second."""
    reported: set[str] = set()
    for plane in in_order(there.plugins):
        plugins = there.plugins[plane]
        name = control_plane_name(gateway, plane)
        for key, one in on_control_plane(declared, plane).items():
            ids = there.ids.get(plane, {})
            scope = {kind: ids.get(kind, {}).get(named) for kind, named in one.scope.items()}
            for live in plugins:
                same = live.get("name") == one.plugin and _scope_of(live) == scope
                other = live.get("instance_name") != instance_name(name, key)
                if same and other and key not in reported:
                    reported.add(key)
                    yield _double(key, one.plugin, plane, live, key_of(name, live))


def _double(key: str, plugin: str, plane: str, live: Json, live_key: str | None) -> Problem:
    if live_key is None:
        label = live.get("instance_name") or live.get("id")
        wrong = (
            f"is {plugin}, and {plane} has one with the same scope from elsewhere ({label}): "
            "Konnect takes one"
        )
        remedy = "delete one of them, or limit this one to a service or a route"
    else:
        wrong = (
            f"is {plugin}, which is live on {plane} with the key {live_key}: Konnect takes one, "
            "and the new one would be created first"
        )
        remedy = f"keep the key {live_key}"
    return Problem((*PLUGINS, key), wrong, remedy)


def in_order(planes: Collection[str]) -> list[str]:
    """The keys of control planes, the main one first."""
    return sorted(planes, key=lambda key: (key != MAIN, key))


def _scope_of(live: Json) -> dict[str, str]:
    kinds = ("service", "route", "consumer", "consumer_group")
    return {kind: live[kind]["id"] for kind in kinds if live.get(kind)}


def key_of(plane_name: str, live: Json) -> str | None:
    """The key with which a live plugin was declared. None for a plugin of someone else."""
    name = str(live.get("instance_name") or "")
    ours = TAG in (live.get("tags") or ()) or name == instance_name(plane_name, RATE_LIMIT)
    prefix = instance_name(plane_name, "")
    return name.removeprefix(prefix) if ours and name.startswith(prefix) else None


@dataclass
class _Removal:
    """A live plugin that the settings delete or switch off."""

    key: str
    plugin: str
    planes: list[str]
    allowed: bool
    replaced_by: str | None
    """The key of another authentication of the same requests."""

    @property
    def is_refused(self) -> bool:
        return self.plugin in AUTHENTICATION and not self.allowed and self.replaced_by is None

    def problem(self) -> Problem:
        """What is lost, and what to do."""
        where = " and ".join(self.planes)
        if self.plugin not in AUTHENTICATION:
            wrong = f"limits requests on {where} ({self.plugin}), and is deleted or switched off"
            remedy = "make sure that upstreams can take what comes then"
        elif self.replaced_by is not None:
            wrong = f"authenticates on {where} ({self.plugin}), and {self.replaced_by} does then"
            remedy = "make sure that clients send what it asks for"
        else:
            wrong = (
                f"authenticates requests on {where} ({self.plugin}), and is deleted or switched "
                "off: everyone could call these APIs"
            )
            remedy = f"declare it again, or write governance.allow_removal: [{self.key}]"
        return Problem((*PLUGINS, self.key), wrong, remedy)


def _removals(gateway: str, settings: Settings, there: LivePlugins) -> list[_Removal]:
    declared = plugins_of(settings)
    allowed: Collection[str] = settings.governance.allow_removal if settings.governance else ()
    found: dict[str, _Removal] = {}
    for plane in in_order(there.plugins):
        plugins = there.plugins[plane]
        after = {k: one for k, one in on_control_plane(declared, plane).items() if one.enabled}
        for live in plugins:
            key = key_of(control_plane_name(gateway, plane), live)
            plugin = str(live.get("name"))
            if key is None or live.get("enabled") is False:
                continue
            if plugin not in AUTHENTICATION | LIMITING or _stays(after.get(key), live):
                continue
            one = found.setdefault(key, _Removal(key, plugin, [], key in allowed, None))
            one.planes.append(plane)
            one.replaced_by = next(
                (other for other, new in after.items() if _asks_instead(new, live)), None
            )
    return list(found.values())


def _stays(after: PluginDeclaration | None, live: Json) -> bool:
    """Whether a plugin is still there, with the same kinds of scope."""
    return (
        after is not None
        and after.plugin == live.get("name")
        and set(after.scope) == set(_scope_of(live))
    )


def _asks_instead(after: PluginDeclaration, live: Json) -> bool:
    """Whether an authentication plugin covers the requests of a live one."""
    if after.plugin not in AUTHENTICATION or live.get("name") not in AUTHENTICATION:
        return False
    return not after.scope and after.condition is None
