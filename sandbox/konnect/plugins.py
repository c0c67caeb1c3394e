"""Checks of plugins: the name exists, the configuration is valid, the partials fit.

A plugin is checked against the published schema of its control plane's gateway version, and
gets that schema's defaults. A partial supplies one path of the configuration, which then may
not be set inline. A read omits the values of partials unless ``expand_partials=true``.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from multicloudgateway import published
from sandbox.http.problems import Refusal, invalid, parameter
from sandbox.konnect import configurations, entities, plugin_rules
from sandbox.konnect.problems import DataConstraint
from sandbox.store import Body, Store

SCOPES = ("service", "route", "consumer", "consumer_group")

NOT_OFFERED = frozenset({"jwt-signer", "key-auth-enc", "oauth2", "statsd-advanced", "vault-auth"})
"""Plugins of Kong Gateway that Konnect does not offer.

Source: https://developer.konghq.com/plugins/<name>/, whose front matter
(``app/_kong_plugins/<name>/index.md`` in https://github.com/Kong/developer.konghq.com) lists no
``konnect_deployments``. Plugins that list only ``hybrid`` (prometheus, file-log, syslog and a
few more) have no effect on a dedicated gateway; no document says that Konnect refuses them.
"""

_CUSTOM_PROTOCOLS = ("grpc", "grpcs", "http", "https")
_RANDOM = ("cluster_name", "namespace")
"""Fields without a default that Kong fills with a random string.

Kong's own schemas mark them ``auto``; the published schemas do not.
"""


def schema_of(store: Store, plane_id: str, name: str) -> published.Plugin | None:
    """The schema of a plugin, or None when the control plane does not offer the plugin."""
    if name in NOT_OFFERED:
        return None
    return published.plugin(name, configurations.version_of(store, plane_id))


CUSTOM_COLLECTIONS = ("custom-plugins", "plugin-schemas")
"""Collections of a control plane that hold the customer's own plugins."""


CUSTOM_LIMIT = 100
"""Maximum of custom plugins per control plane (control plane resource limits page)."""


def is_custom(store: Store, plane_id: str, name: str) -> bool:
    """Whether a plugin is the customer's own; such a configuration is not checked."""
    return any(
        own["name"] == name
        for collection in CUSTOM_COLLECTIONS
        for own in entities.every(store, plane_id, collection)
    )


def custom_name_problem(store: Store, plane_id: str, name: str, collection: str) -> str | None:
    """Why a collection cannot have another custom plugin of this name, or None."""
    if schema_of(store, plane_id, name) is not None:
        return f"plugin '{name}' is one of Kong's own"
    if is_custom(store, plane_id, name):
        return f"custom plugin '{name}' already exists"
    if len(entities.every(store, plane_id, collection)) >= CUSTOM_LIMIT:
        return f"a control plane has at most {CUSTOM_LIMIT} custom plugins"
    return None


def refuse_used_custom(store: Store, plane_id: str, name: str) -> None:
    """Raise a 400 while a plugin of this name is configured.

    Kong documents it for schemas ("Editing or deleting a custom plugin's schema"). Here it holds
    for streamed plugins too.
    """
    if any(plugin["name"] == name for plugin in entities.every(store, plane_id, "plugins")):
        raise Refusal(
            400,
            "plugin schema is currently in use, please delete existing plugins using the schema "
            "and try again",
        )


def check(store: Store, plane_id: str, plugin: Body, others: list[Body]) -> None:
    """Check a plugin against its schema and ``others``, and add defaults; a 400 when invalid."""
    name = plugin["name"]
    schema = schema_of(store, plane_id, name)
    if schema is None and not is_custom(store, plane_id, name):
        raise _not_available(store, plane_id, name)
    for other in others:
        if other["name"] == name and all(other.get(s) == plugin.get(s) for s in SCOPES):
            where = ", ".join(s for s in SCOPES if plugin.get(s)) or "control plane"
            reason = f"name (type: unique) constraint failed: '{name}' is on this {where} already"
            raise DataConstraint("name", reason)
    _link_partials(store, plane_id, plugin, {} if schema is None else schema.partials)
    check_schema(store, plane_id, plugin)


def check_schema(store: Store, plane_id: str, plugin: Body) -> None:
    """Check a plugin against its schema and add the schema's defaults; a 400 when invalid."""
    schema = schema_of(store, plane_id, plugin["name"])
    if schema is not None:
        _check_against(schema, plugin)
    elif is_custom(store, plane_id, plugin["name"]):
        plugin.setdefault("protocols", list(_CUSTOM_PROTOCOLS))
    else:
        raise _not_available(store, plane_id, plugin["name"])


def _not_available(store: Store, plane_id: str, name: str) -> Refusal:
    if name in NOT_OFFERED:
        page = f"https://developer.konghq.com/plugins/{name}/"
        reason = f"plugin '{name}' is not available in Konnect: see {page}"
    else:
        version = published.nearest(configurations.version_of(store, plane_id))
        reason = f"plugin '{name}' is not available in gateway {version}"
    return invalid("name", "invalid", reason)


def _check_against(schema: published.Plugin, plugin: Body) -> None:
    scopes = [scope for scope in SCOPES if plugin.get(scope) and scope not in schema.scopes]
    found = [published.Problem(scope, "value must be null") for scope in scopes]
    plugin.setdefault("protocols", list(schema.protocols["default"]))
    found += published.problems(schema.protocols, plugin["protocols"], path="protocols")
    filled = [link["path"] for link in plugin.get("partials") or [] if link.get("path")]
    found += published.problems(schema.config, plugin["config"], filled=filled)
    refuse(found)
    config = published.with_defaults(schema.config, plugin["config"], filled=filled)
    refuse(plugin_rules.problems(schema.name, config, filled))
    for field in _RANDOM:
        if field in schema.config.get("properties", ()):
            config.setdefault(field, hashlib.sha256(plugin["id"].encode()).hexdigest()[:32])
    plugin["config"] = config


def refuse(problems: Iterable[published.Problem]) -> None:
    """Raise a 400 that lists all problems, if there are any."""
    if found := list(problems):
        raise Refusal(
            400, parameters=[parameter(problem.path, None, problem.reason) for problem in found]
        )


def _link_partials(store: Store, plane_id: str, plugin: Body, places: Mapping[str, str]) -> None:
    for index, link in enumerate(plugin.get("partials") or []):
        field = f"partials.{index}"
        partial = entities.get(store, plane_id, "partials", link["id"])
        if partial is None:
            raise DataConstraint(f"{field}.id", f"partial {link['id']} does not exist")
        path = places.get(partial["type"])
        if path is None:
            takes = ", ".join(places) or "no"
            kind = partial["type"]
            reason = f"plugin '{plugin['name']}' takes {takes} partials, not one of type {kind}"
            raise invalid(f"{field}.id", "invalid", reason)
        if link.get("path") not in (None, path):
            raise invalid(f"{field}.path", "invalid", f"a {partial['type']} partial fills {path}")
        if _inline(plugin["config"], path) is not None:
            reason = f"{path} is filled by partial {link['id']} and cannot be configured inline"
            raise invalid(path, "invalid", reason)
        link["path"] = path
        link["name"] = partial.get("name", "")


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
    """Raise a 400 while a plugin uses the partial."""
    linked = entities.linked_plugins(store, plane_id, partial_id)
    if linked:
        names = ", ".join(f"{plugin['name']} ({plugin['id']})" for plugin in linked)
        raise Refusal(
            400,
            "data constraint error",
            parameters=[{"field": "id", "reason": f"partial is linked to plugins: {names}"}],
        )
