"""Plugins that are declared once, by a key, and apply to every control plane of a gateway.

A declaration is written as in a stack file: a mapping with ``plugin``, ``config`` and so on. Layers
of such mappings are merged, so that a preset can be changed key by key. Plain data: no resources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

Scope = Literal["service", "route", "consumer_group"]
SCOPES: Final[tuple[Scope, ...]] = ("service", "route", "consumer_group")
"""What a declaration can be limited to, by name."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class PlaneOverride:
    """What differs on one control plane."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """Merged over the config of the declaration, at every depth. None deletes a field."""
    enabled: bool | None = None
    """None: as declared."""


@dataclass(frozen=True)
class PluginDeclaration:
    """One plugin, the same on every control plane, except for its overrides."""

    plugin: str
    """Kong's name: ``rate-limiting-advanced``."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """As the plugin's schema has it. Credentials are vault references or Pulumi secrets."""
    enabled: bool = True
    protocols: Sequence[str] | None = None
    """None: Kong's default."""
    ordering: Mapping[str, Mapping[str, Sequence[str]]] | None = None
    """``{"before": {"access": ["key-auth"]}}``: plugins that this one runs before or after."""
    condition: str | None = None
    """An expression that a request must match, at most 1024 characters; from gateway 3.15 on."""
    tags: Sequence[str] = ()
    service: str | None = None
    """Name of the service that it is limited to."""
    route: str | None = None
    """Name of the route that it is limited to."""
    consumer_group: str | None = None
    """Name of the consumer group that it is limited to."""
    control_planes: Mapping[str, PlaneOverride | None] = field(default_factory=dict)
    """Overrides by the key of a control plane. None: the plugin is not there."""

    @property
    def scope(self) -> Mapping[Scope, str]:
        """What the plugin is limited to. Empty for a global plugin."""
        names = {one: getattr(self, one) for one in SCOPES}
        return {one: name for one, name in names.items() if name is not None}

    def on(self, control_plane: str) -> PluginDeclaration | None:
        """The declaration for one control plane, without overrides. None if it is not there."""
        if control_plane not in self.control_planes:
            return replace(self, control_planes={})
        override = self.control_planes[control_plane]
        if override is None:
            return None
        enabled = self.enabled if override.enabled is None else override.enabled
        config = without_nulls(merged(self.config, override.config))
        return replace(self, config=config, enabled=enabled, control_planes={})


def merged(base: Document, changes: Document) -> dict[str, Any]:
    """``base`` with ``changes`` at every depth. A list replaces a list; None stays, as a mark."""
    result = dict(base)
    for key, value in changes.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def without_nulls(document: Document) -> dict[str, Any]:
    """A copy without the fields that are None, at every depth of mappings."""
    return {
        key: without_nulls(value) if isinstance(value, Mapping) else value
        for key, value in document.items()
        if value is not None
    }


def declarations(*layers: Mapping[str, Document | None]) -> dict[str, PluginDeclaration]:
    """The declarations of layers, of which a later one is merged over an earlier one.

    Each layer maps a key to a declaration as in a stack file. ``plugin`` is the key where no layer
    has it. A layer with None for a key deletes the declaration, and a layer with another
    ``plugin`` replaces it: the config of one plugin means nothing to another.
    """
    documents: dict[str, Document | None] = {}
    for layer in layers:
        for key, document in layer.items():
            documents[key] = _over(key, documents.get(key), document)
    return {
        key: _declaration(key, document)
        for key, document in documents.items()
        if document is not None
    }


def _over(key: str, below: Document | None, document: Document | None) -> Document | None:
    if document is None or below is None:
        return document
    plugin = below.get("plugin") or key
    another = (document.get("plugin") or plugin) != plugin
    return document if another else merged(below, {**document, "plugin": plugin})


def _declaration(key: str, document: Document) -> PluginDeclaration:
    fields = {name: value for name, value in document.items() if value is not None}
    fields["config"] = without_nulls(fields.get("config", {}))
    fields["control_planes"] = {
        plane: None if override is None else PlaneOverride(**override)
        for plane, override in fields.get("control_planes", {}).items()
    }
    return PluginDeclaration(**{"plugin": key, **fields})


def on_control_plane(
    plugins: Mapping[str, PluginDeclaration], control_plane: str
) -> dict[str, PluginDeclaration]:
    """The declarations that are on one control plane, with its overrides applied."""
    there = {key: declared.on(control_plane) for key, declared in plugins.items()}
    return {key: declared for key, declared in there.items() if declared is not None}
