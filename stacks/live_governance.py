"""Compares declared plugins with what is live on the control planes of an environment.

It finds the services, routes and consumer groups of other teams by name. It refuses to delete or to
narrow the last authentication of a scope, and what Konnect would refuse halfway through an update.
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
from providers.konnect.ownership import owner_of_tags
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

REFUSING: Final = frozenset(
    {"acl", "ai-prompt-guard", "ai-semantic-prompt-guard", "bot-detection", "ip-restriction", "opa"}
)
"""Plugins without which requests reach upstreams that are refused now."""

Ids = Mapping[Scope, Mapping[str, str]]
"""Ids of the services, routes and consumer groups of a control plane, by scope and name."""


@dataclass(frozen=True)
class LivePlugins:
    """The plugins of live control planes, and the objects that plugins can be limited to."""

    plugins: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By the key of their control plane."""
    ids: Mapping[str, Ids] = field(default_factory=dict)
    """By the key of their control plane."""


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
    """Every authentication, limit or refusal that is about to be deleted or narrowed."""
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
            scope = _scope_ids(one, there.ids.get(plane, {}))
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


def _scope_ids(declared: PluginDeclaration, ids: Ids) -> dict[str, str | None]:
    """The ids of what a declaration is limited to. None for what does not exist yet."""
    return {kind: ids.get(kind, {}).get(name) for kind, name in declared.scope.items()}


def _scope_of(live: Json) -> dict[str, str | None]:
    kinds = ("service", "route", "consumer", "consumer_group")
    return {kind: live[kind]["id"] for kind in kinds if live.get(kind)}


def key_of(plane_name: str, live: Json) -> str | None:
    """The key with which a live plugin was declared. None for a plugin of someone else."""
    name = str(live.get("instance_name") or "")
    ours = TAG in (live.get("tags") or ()) or name == instance_name(plane_name, RATE_LIMIT)
    prefix = instance_name(plane_name, "")
    return name.removeprefix(prefix) if ours and name.startswith(prefix) else None


def plugin_label(plugin: Json) -> str:
    """A live plugin and the stack that created it, if its mark says which."""
    owner = owner_of_tags(plugin.get("tags"))
    of = f" of {owner.project}/{owner.stack}" if owner else ""
    return f"{plugin.get('name')} ({plugin.get('instance_name') or plugin.get('id')}){of}"


_DELETED: Final = "is deleted or switched off"


@dataclass
class _Removal:
    """A live plugin that the settings delete, switch off, or keep for fewer requests."""

    key: str
    plugin: str
    loss: str
    """What happens to the plugin."""
    replaced_by: str | None
    """The key of another authentication of the same requests."""
    allowed: bool
    planes: list[str]

    @property
    def is_refused(self) -> bool:
        return self.plugin in AUTHENTICATION and not self.allowed and self.replaced_by is None

    def problem(self) -> Problem:
        """What is lost, and what to do."""
        where = " and ".join(self.planes)
        if self.plugin in LIMITING:
            wrong = f"limits requests on {where} ({self.plugin}), and {self.loss}"
            remedy = "make sure that upstreams can take what comes then"
        elif self.plugin in REFUSING:
            wrong = f"refuses requests on {where} ({self.plugin}), and {self.loss}"
            remedy = "make sure that upstreams may get what it refuses"
        elif self.replaced_by is not None:
            wrong = f"authenticates on {where} ({self.plugin}), and {self.replaced_by} does then"
            remedy = "make sure that clients send what it asks for"
        else:
            wrong = (
                f"authenticates requests on {where} ({self.plugin}), and {self.loss}: everyone "
                "could call these APIs"
            )
            again = "declare it again" if self.loss == _DELETED else "write it as it is live"
            remedy = f"{again}, or write governance.allow_removal: [{self.key}]"
        return Problem((*PLUGINS, self.key), wrong, remedy)


def _removals(gateway: str, settings: Settings, there: LivePlugins) -> list[_Removal]:
    declared = plugins_of(settings)
    allowed: Collection[str] = settings.governance.allow_removal if settings.governance else ()
    found: dict[tuple[str, str, str, str | None], _Removal] = {}
    for plane in in_order(there.plugins):
        ids = there.ids.get(plane, {})
        after = {k: one for k, one in on_control_plane(declared, plane).items() if one.enabled}
        for live in there.plugins[plane]:
            key = key_of(control_plane_name(gateway, plane), live)
            plugin = str(live.get("name"))
            if key is None or live.get("enabled") is False:
                continue
            if plugin not in AUTHENTICATION | LIMITING | REFUSING:
                continue
            if (loss := _loss(after.get(key), live, ids)) is None:
                continue
            other = next((k for k, new in after.items() if _asks_instead(new, live, ids)), None)
            one = _Removal(key, plugin, loss, other, key in allowed, [])
            # Control planes can differ: a plugin may be replaced on one and missing on another.
            found.setdefault((key, plugin, loss, other), one).planes.append(plane)
    return list(found.values())


def _loss(after: PluginDeclaration | None, live: Json, ids: Ids) -> str | None:
    """What a live plugin loses. None if it still runs for all requests for which it runs now."""
    if after is None or after.plugin != live.get("name"):
        return _DELETED
    if not _covers(after, live, ids):
        return "gets another scope"
    if after.condition not in (None, live.get("condition")):
        return "gets another condition"
    if missing := _missing_protocols(after, live):
        return f"no longer runs for {' and '.join(missing)}"
    if (
        after.plugin in AUTHENTICATION
        and _anonymous(after.config)
        and not _anonymous(live.get("config"))
    ):
        return "gets config.anonymous"
    return None


def _asks_instead(after: PluginDeclaration, live: Json, ids: Ids) -> bool:
    """Whether an authentication plugin refuses the requests that a live one refuses."""
    return (
        {after.plugin, live.get("name")} <= AUTHENTICATION
        and _covers(after, live, ids)
        and after.condition is None
        and not _missing_protocols(after, live)
        and not _anonymous(after.config)
    )


def _covers(after: PluginDeclaration, live: Json, ids: Ids) -> bool:
    """Whether a declaration has the scope of a live plugin, or a wider one."""
    return _scope_ids(after, ids).items() <= _scope_of(live).items()


def _missing_protocols(after: PluginDeclaration, live: Json) -> list[str]:
    """The protocols of a live plugin that a declaration leaves out."""
    written = after.protocols
    return [] if written is None else sorted({*(live.get("protocols") or ())} - {*written})


def _anonymous(config: Json | None) -> bool:
    """Whether requests without credentials pass, as an anonymous consumer."""
    return bool((config or {}).get("anonymous"))
