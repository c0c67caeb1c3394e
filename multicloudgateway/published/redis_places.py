"""Where a plugin's configuration has Redis settings, derived from Kong's published schemas.

A place is a record with the address of a Redis. It has a switch: the field that makes the plugin
use Redis, such as ``config.strategy``. The switch is the field that has ``redis`` as a choice,
in the record around the place or in one further out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, cast

from multicloudgateway.published.schemas import Plugin, Schema, newest_plugin, paths
from multicloudgateway.published.schemas import plugin as plugin_of

RedisType = Literal["redis-ee", "redis-ce"]
"""The two types of Redis partials; a plugin takes one of them."""

VECTORDB: Final = "vectordb"

_SWITCHES: Final[Mapping[str, str]] = {
    "redis": "session_storage",
    "cluster_cache_redis": "cluster_cache_strategy",
}
"""Place -> switch, by the last part of their paths, where a record has two of each."""

_BYPASS: Final = "bypass_on_err"
_ADDRESS_FIELDS: Final = frozenset({"host", "port", "username", "ssl_verify"})


@dataclass(frozen=True)
class RedisPlace:
    """A record of Redis settings in a plugin's configuration.

    Paths start below ``config``. A part that ends in ``[]`` is a list, and each item is meant.
    """

    path: tuple[str, ...]
    type: RedisType
    """Which fields the record has."""
    takes_partial: bool
    switch: tuple[str, ...] | None
    """None: the record itself makes the plugin use Redis."""
    choices: tuple[str, ...] = ()
    default: str | None = None
    sync_rate: tuple[str, ...] | None = None
    """The interval between two synchronisations, if it must be given for Redis."""
    bypass: tuple[str, ...] | None = None
    """The field that lets requests pass while Redis cannot be reached. Kong's default is false."""


@cache
def redis_places(plugin: str, version: str | None = None) -> tuple[RedisPlace, ...]:
    """The Redis settings of a plugin in a gateway version, outside of a vector database.

    Without a version, of the newest version that has the plugin. Empty for a custom plugin.
    """
    found = newest_plugin(plugin) if version is None else plugin_of(plugin, version)
    if found is None:
        return ()
    records = paths(found.config, _is_redis, "config")
    return tuple(_place(found, path) for path in records if VECTORDB not in path.split("."))


def _is_redis(name: str, schema: Schema) -> bool:
    return _ADDRESS_FIELDS.issubset(schema.get("properties", ()))


def _place(plugin: Plugin, path: str) -> RedisPlace:
    parts = tuple(path.split(".")[1:])
    fields = _at(plugin.config, parts)["properties"]
    type_: RedisType = "redis-ce" if "timeout" in fields else "redis-ee"
    switch = _switch(plugin.config, parts)
    field = {} if switch is None else _at(plugin.config, switch)
    beside = parts[:-1] if switch is None else switch[:-1]
    return RedisPlace(
        path=parts,
        type=type_,
        takes_partial=plugin.partials.get(type_) == path,
        switch=switch,
        choices=tuple(field.get("enum", ())),
        default=field.get("default"),
        sync_rate=_sync_rate(_at(plugin.config, beside), beside),
        bypass=(*beside, _BYPASS) if _BYPASS in _at(plugin.config, beside)["properties"] else None,
    )


def _switch(schema: Schema, place: tuple[str, ...]) -> tuple[str, ...] | None:
    for depth in reversed(range(len(place))):
        around = place[:depth]
        fields = _at(schema, around).get("properties", {})
        found = [name for name, field in fields.items() if "redis" in field.get("enum", ())]
        if len(found) == 1:
            return (*around, found[0])
        if found:
            return (*around, _SWITCHES[place[-1]])
    return None


def _sync_rate(record: Schema, path: tuple[str, ...]) -> tuple[str, ...] | None:
    field = record["properties"].get("sync_rate")
    return None if field is None or "default" in field else (*path, "sync_rate")


def _at(schema: Schema, path: tuple[str, ...]) -> Schema:
    for part in path:
        schema = schema["properties"][part.removesuffix("[]")]
        if part.endswith("[]"):
            schema = cast("Mapping[str, Any]", schema["items"])
    return schema
