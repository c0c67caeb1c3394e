"""Plugins: is there one of this name, does its configuration hold, do its partials fit.

A partial fills a place in the configuration; the same place may not be configured inline.
A plain read leaves what the partial fills out, ``expand_partials=true`` merges it in.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from sandbox.konnect import entities
from sandbox.konnect.plugin_facts import (
    DEFAULTS,
    KNOWN,
    PARTIAL_PLACES,
    REQUIRED,
    SYNCHRONISED,
    WINDOWED,
)
from sandbox.konnect.problems import DataConstraint, Refusal, invalid
from sandbox.store import Body, Store

SCOPES = ("service", "route", "consumer", "consumer_group")
_STRATEGIES = ("local", "redis")


def check(store: Store, plane_id: str, plugin: Body, others: list[Body]) -> None:
    """Refuse a plugin that Konnect would refuse; complete the one it would take."""
    name = plugin["name"]
    custom = any(p["name"] == name for p in entities.every(store, plane_id, "custom-plugins"))
    if name not in KNOWN and not custom:
        raise invalid("name", "invalid", f"plugin '{name}' is not available")
    for other in others:
        if other["name"] == name and all(other.get(s) == plugin.get(s) for s in SCOPES):
            where = ", ".join(s for s in SCOPES if plugin.get(s)) or "control plane"
            reason = f"name (type: unique) constraint failed: '{name}' is on this {where} already"
            raise DataConstraint("name", reason)
    _link_partials(store, plane_id, plugin)
    plugin["config"] = {**copy.deepcopy(dict(DEFAULTS.get(name, {}))), **plugin["config"]}
    for setting in REQUIRED.get(name, ()):
        field = f"config.{setting}"
        filled = {link["path"].removesuffix("[]") for link in plugin.get("partials") or []}
        if plugin["config"].get(setting) is None and field not in filled:
            raise invalid(field, "required", "required field missing")
    if name in WINDOWED:
        _check_windows(plugin)
    if name in SYNCHRONISED:
        _check_synchronisation(plugin)


def _check_windows(plugin: Body) -> None:
    config: dict[str, Any] = plugin["config"]
    limits, windows = config["limit"], config["window_size"]
    if not _numbers(limits) or not _numbers(windows):
        raise invalid("config.limit", "is_array", "limit and window_size must be lists of numbers")
    if len(limits) != len(windows):
        reason = "You must provide the same number of windows and limits"
        raise invalid("config.window_size", "invalid", reason)


def _check_synchronisation(plugin: Body) -> None:
    config: dict[str, Any] = plugin["config"]
    strategy = config.get("strategy", "local")
    if strategy not in _STRATEGIES:
        reason = f"strategy must be one of {', '.join(_STRATEGIES)}: Konnect has no cluster"
        raise invalid("config.strategy", "enum", reason, choices=list(_STRATEGIES))
    rate = config.get("sync_rate")
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float)):
        raise invalid("config.sync_rate", "is_number", "sync_rate must be a number")
    if strategy == "redis" and rate is None:
        reason = "sync_rate is required when the strategy is redis"
        raise invalid("config.sync_rate", "required", reason)
    if strategy == "local" and rate is not None and rate > -1:
        reason = "sync_rate cannot be configured when using a local strategy"
        raise invalid("config.sync_rate", "invalid", reason)
    if rate is not None and 0 < rate < 0.02:
        reason = "sync_rate must not be between 0 and 0.02"
        raise invalid("config.sync_rate", "invalid", reason)
    # Kong makes a namespace up when there is none: a value nobody wrote, but everybody reads.
    config.setdefault("namespace", hashlib.sha256(plugin["id"].encode()).hexdigest()[:32])


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(n, int | float) and not isinstance(n, bool) for n in value
    )


def _link_partials(store: Store, plane_id: str, plugin: Body) -> None:
    for index, link in enumerate(plugin.get("partials") or []):
        field = f"partials.{index}"
        partial = entities.get(store, plane_id, "partials", link["id"])
        if partial is None:
            raise DataConstraint(f"{field}.id", f"partial {link['id']} does not exist")
        path = _place(plugin["name"], partial, field)
        if link.get("path") not in (None, path):
            raise invalid(f"{field}.path", "invalid", f"a {partial['type']} partial fills {path}")
        if _inline(plugin["config"], path) is not None:
            reason = f"{path} is filled by partial {link['id']} and cannot be configured inline"
            raise invalid(path, "invalid", reason)
        link["path"] = path
        link["name"] = partial.get("name", "")


def _place(name: str, partial: Body, field: str) -> str:
    places = PARTIAL_PLACES.get(name, {})
    if partial["type"] in places:
        return places[partial["type"]]
    takes = ", ".join(places) or "no"
    reason = f"plugin '{name}' takes {takes} partials, not one of type {partial['type']}"
    raise invalid(f"{field}.id", "invalid", reason)


def _inline(config: Body, path: str) -> Any:
    here: Any = {"config": config}
    for step in path.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return here


def expanded(store: Store, plane_id: str, plugin: Body) -> Body:
    """A plugin with its partials merged into its configuration."""
    merged = copy.deepcopy(plugin)
    for link in merged.get("partials") or []:
        partial = entities.get(store, plane_id, "partials", link["id"])
        assert partial is not None  # a linked partial cannot be deleted
        *parents, last = link["path"].split(".")
        here: Any = merged
        for step in parents:
            if not isinstance(here.get(step), dict):
                here[step] = {}
            here = here[step]
        if last.endswith("[]"):
            here.setdefault(last.removesuffix("[]"), []).append(partial["config"])
        else:
            here[last] = partial["config"]
    return merged


def refuse_used_partial(store: Store, plane_id: str, partial_id: str) -> None:
    """400 while a plugin uses the partial."""
    linked = entities.linked_plugins(store, plane_id, partial_id)
    if linked:
        names = ", ".join(f"{plugin['name']} ({plugin['id']})" for plugin in linked)
        raise Refusal(
            400,
            "data constraint error",
            parameters=[{"field": "id", "reason": f"partial is linked to plugins: {names}"}],
        )
