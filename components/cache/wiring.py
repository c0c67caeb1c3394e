"""Connects a plugin to a cache, by the plugin's name alone.

    wired = wire("rate-limiting-advanced", {"limit": [5], "window_size": [60]}, gateway.cache)
    konnect.GatewayPlugin(
        "limit", control_plane_id=id_, name="rate-limiting-advanced",
        config=wired.config, partials=wired.partials,
    )

A plugin that takes a partial gets the id of one. Another one gets the settings of the connection
in its configuration. Both get the setting that makes the plugin use Redis. What the caller writes
wins: an explicit ``strategy: local`` stays, and so does a partial or a Redis of the caller's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pulumi

from components.cache.references import RedisReferences
from components.cache.sizing import SYNC_RATE
from multicloudgateway import published
from multicloudgateway.published import VECTORDB, RedisPlace, RedisType

_ADDRESSES: Final = ("host", "cluster_nodes", "sentinel_nodes")
"""Fields that say where a Redis is."""

_REDIS: Final = "redis"
_CLUSTER: Final = "cluster"
_LOCAL: Final = ("local", "memory")
"""Choices of a plugin that needs no Redis: counters or a cache in each data plane."""


class RedisCache(Protocol):
    """The cache that plugins of one control plane use."""

    @property
    def partial_id(self) -> pulumi.Output[str]:
        """The id of the ``redis-ee`` partial."""

    def partial_of(self, type_: RedisType) -> pulumi.Output[str]:
        """The id of the partial of a type. It is created when it is first asked for."""

    def vectordb(
        self, *, dimensions: int, distance_metric: str, threshold: float | None = None
    ) -> pulumi.Output[str]:
        """The id of the ``vectordb`` partial of these settings. It is created once."""

    @property
    def env(self) -> RedisReferences:
        """The settings of the connection, for plugins that take no partial."""


@dataclass(frozen=True)
class Wired:
    """The configuration and partials of a plugin, for ``konnect.GatewayPlugin``."""

    config: Mapping[str, Any]
    partials: Sequence[Mapping[str, Any]] = ()
    """Empty where the plugin takes none."""


def wire(
    plugin: str,
    config: Mapping[str, Any],
    cache: RedisCache | None,
    *,
    partials: Sequence[Mapping[str, Any]] = (),
    version: str | None = None,
) -> Wired:
    """The configuration and partials with which a plugin uses a cache.

    ``config`` and ``partials`` are what the caller writes. A plugin that cannot use Redis and a
    custom plugin stay as they are. Without a cache, the plugin counts in each data plane if it
    can. ``version`` is the gateway version; None is the newest that has the plugin.

    Raises ValueError: the caller's settings contradict each other, or Redis is needed and there
    is none.
    """
    wiring = _Wiring(plugin, _copied(config), cache, partials, version)
    for place in published.redis_places(plugin, version):
        for spot in _spots(wiring.config, place):
            wiring.redis(spot)
    if VECTORDB in _partial_paths(plugin, version):
        wiring.vectordb()
    return Wired(wiring.config, wiring.partials)


@dataclass(frozen=True)
class _Spot:
    """A place of Redis settings in one configuration."""

    place: RedisPlace
    item: dict[str, Any]
    """The configuration, or the item of a list that the place is in."""
    where: str
    """The path of the item: ``config``."""
    path: tuple[str, ...]
    """From the item to the place."""
    switch: tuple[str, ...] | None
    """From the item to the switch."""

    @property
    def full_path(self) -> str:
        return ".".join((self.where, *self.path))

    @property
    def full_switch(self) -> str:
        return ".".join((self.where, *(self.switch or ())))

    @property
    def written(self) -> Any:
        """The Redis settings that the caller writes."""
        return _at(self.item, self.path)

    @property
    def choice(self) -> Any:
        """What the caller writes for the switch."""
        return None if self.switch is None else _at(self.item, self.switch)


class _Wiring:
    """One plugin while it is wired."""

    def __init__(
        self,
        plugin: str,
        config: dict[str, Any],
        cache: RedisCache | None,
        given: Sequence[Mapping[str, Any]],
        version: str | None,
    ) -> None:
        self.plugin = plugin
        self.config = config
        self.cache = cache
        self.paths = sorted(_partial_paths(plugin, version).values())
        self.given = frozenset(self._path_of(link) for link in given)
        self.partials = [*given]

    def _path_of(self, link: Mapping[str, Any]) -> str:
        path = link.get("path") or (self.paths[0] if len(self.paths) == 1 else None)
        if path is None:
            known = " or ".join(self.paths) or "the field that it fills"
            raise self._error(f"a partial has no path; write {known}")
        return str(path)

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"{self.plugin}: {reason}")

    def redis(self, spot: _Spot) -> None:
        """Make the plugin use the cache, or the Redis that the caller names."""
        if not self._is_open(spot):
            return
        own = self._is_own(spot)
        if spot.choice not in (None, _REDIS):
            if own:
                raise self._error(
                    f"{spot.full_switch} is {spot.choice!r}, but {spot.full_path} names a Redis; "
                    "delete one of them"
                )
            return
        if not own and self.cache is None:
            self._stay_local(spot)
            return
        if not own and self.cache is not None:
            self._connect(spot, self.cache)
        if spot.switch is not None:
            _put(spot.item, spot.switch, _REDIS)
        rate = spot.place.sync_rate
        if rate is not None and _at(spot.item, rate) is None:
            _put(spot.item, rate, SYNC_RATE)
        bypass = spot.place.bypass
        if bypass is not None and _at(spot.item, bypass) is None:
            # A cache of responses that fails must not fail the requests.
            _put(spot.item, bypass, True)

    def _is_open(self, spot: _Spot) -> bool:
        """Whether settings can be added. Values of a wrong type are left for the schema's check."""
        for path in (spot.path, spot.switch or ()):
            for depth in range(1, len(path)):
                around = _at(spot.item, path[:depth])
                if isinstance(around, pulumi.Output):
                    where = ".".join((spot.where, *path[:depth]))
                    raise self._error(
                        f"{where} is an Output; write a plain record around its values"
                    )
                if around is not None and not isinstance(around, dict):
                    return False
        return True

    def _is_own(self, spot: _Spot) -> bool:
        """Whether the caller says which Redis to use, in a partial or in the configuration."""
        if spot.full_path not in self.given:
            return _has_address(spot.written)
        if spot.written is not None:
            raise self._filled_twice(spot.full_path)
        return True

    def _filled_twice(self, path: str) -> ValueError:
        return self._error(f"{path} is written and filled by a partial; delete one of them")

    def _connect(self, spot: _Spot, cache: RedisCache) -> None:
        type_ = spot.place.type
        if not spot.place.takes_partial:
            _put(spot.item, spot.path, {**cache.env.config(type_), **(spot.written or {})})
            return
        if spot.written is not None:
            path = spot.full_path
            raise self._error(
                f"{path} has {', '.join(sorted(spot.written))} but no host, and the partial of "
                f"the cache fills all of {path}; delete {path}, or give it a host"
            )
        id_ = cache.partial_id if type_ == "redis-ee" else cache.partial_of(type_)
        self._link(spot.full_path, id_)

    def _link(self, path: str, id_: pulumi.Output[str]) -> None:
        """Link a partial. The only place of a plugin needs no path."""
        self.partials.append({"id": id_} if len(self.paths) == 1 else {"id": id_, "path": path})

    def _stay_local(self, spot: _Spot) -> None:
        """Choose counters in each data plane, where the plugin has them and would not by itself."""
        if spot.switch is None:
            return
        if spot.choice == _REDIS:
            raise self._error(
                f"{spot.full_switch} is 'redis', but there is no cache; add one, or delete it"
            )
        in_use = isinstance(_at(spot.item, spot.switch[:-1]), dict)
        if not in_use or spot.place.default not in (None, _CLUSTER, "local"):
            return
        local = [name for name in _LOCAL if name in spot.place.choices]
        if local:
            _put(spot.item, spot.switch, local[0])
        elif spot.place.default == _CLUSTER:
            raise self._error(f"{spot.full_switch} can only be 'redis' in Konnect; add a cache")

    def vectordb(self) -> None:
        """Link the vector database of the cache, with the settings that the caller writes."""
        path = f"config.{VECTORDB}"
        written = self.config.get(VECTORDB)
        if path in self.given:
            if written is not None:
                raise self._filled_twice(path)
            return
        if not isinstance(written, dict) or written.get("strategy", _REDIS) != _REDIS:
            return
        if _has_address(written.get(_REDIS)):
            written["strategy"] = _REDIS
            return
        if self.cache is None:
            raise self._error(f"{path} needs a Redis, but there is no cache; add one, or a host")
        self._refuse_unfit_vectors(path, written)
        id_ = self.cache.vectordb(
            dimensions=written["dimensions"],
            distance_metric=written["distance_metric"],
            threshold=written.get("threshold"),
        )
        del self.config[VECTORDB]
        self._link(path, id_)

    def _refuse_unfit_vectors(self, path: str, written: Mapping[str, Any]) -> None:
        """Raise ValueError for settings with which the cache can make no partial."""
        rest = written.keys() - {"strategy", "dimensions", "distance_metric", "threshold"}
        if rest:
            raise self._error(
                f"{path} has {', '.join(sorted(rest))}, and the partial of the cache fills all of "
                f"{path}; keep dimensions, distance_metric and threshold only"
            )
        missing = [name for name in ("dimensions", "distance_metric") if name not in written]
        if missing:
            raise self._error(
                f"{path} has no {' and no '.join(missing)}; write those of your embedding model"
            )
        for name, value in written.items():
            if isinstance(value, pulumi.Output):
                raise self._error(f"{path}.{name} is an Output; it is in a name, so write a value")


def _partial_paths(plugin: str, version: str | None) -> Mapping[str, str]:
    """Type of partial -> where it goes: ``{"redis-ee": "config.redis"}``."""
    if version is None:
        found = published.newest_plugin(plugin)
    else:
        found = published.plugin(plugin, version)
    return {} if found is None else found.partials


def _spots(config: dict[str, Any], place: RedisPlace) -> Iterator[_Spot]:
    """A place in a configuration: one, or one for each item of the list that it is in."""
    lists = [index for index, part in enumerate(place.path) if part.endswith("[]")]
    if not lists:
        yield _Spot(place, config, "config", place.path, place.switch)
        return
    end = lists[0] + 1
    path = (*place.path[: lists[0]], place.path[lists[0]].removesuffix("[]"))
    items = _at(config, path)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            where = ".".join(("config", *path, str(index)))
            # The switch is in the same item.
            switch = None if place.switch is None else place.switch[end:]
            yield _Spot(place, item, where, place.path[end:], switch)


def _has_address(redis: Any) -> bool:
    """Whether Redis settings say where the Redis is. An Output does, as far as is known."""
    if not isinstance(redis, dict):
        return redis is not None
    return any(redis.get(name) is not None for name in _ADDRESSES)


def _at(item: object, path: Sequence[str]) -> Any:
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item


def _put(item: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Set a value, and create the records on the way to it."""
    for key in path[:-1]:
        if item.get(key) is None:
            item[key] = {}
        item = item[key]
    item[path[-1]] = value


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return value
