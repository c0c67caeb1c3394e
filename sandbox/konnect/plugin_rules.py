"""Rules between the fields of a plugin's configuration.

The published schemas describe fields, not rules between them. This file has the rules of the
plugins that a platform is likely to use. Sources: the ``entity_checks`` of Kong's own schemas
(``kong/plugins/<name>/schema.lua`` in https://github.com/Kong/kong), and for limits and windows
the plugins' pages on https://developer.konghq.com/plugins/.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from multicloudgateway.published import Problem
from sandbox.store import Body

_ALLOW_OR_DENY = ("allow", "deny")

_AT_LEAST_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "acl": _ALLOW_OR_DENY,
    "ip-restriction": _ALLOW_OR_DENY,
    "rate-limiting": ("second", "minute", "hour", "day", "month", "year"),
}

_ONLY_ONE_OF: Mapping[str, tuple[str, ...]] = {"acl": _ALLOW_OR_DENY}

_NEEDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "rate-limiting": (
        ("limit_by", "header", "header_name"),
        ("limit_by", "path", "path"),
        ("policy", "redis", "redis.host"),
    ),
}
"""Plugin -> (field, value, field that is required with this value)."""

_PAIRS_WINDOWS = frozenset(
    {"graphql-rate-limiting-advanced", "rate-limiting-advanced", "service-protection"}
)
"""Plugins in which each limit has a window size."""

_SYNCHRONISES = frozenset({"rate-limiting-advanced", "service-protection"})
"""Plugins that keep their counters locally or in Redis."""


def problems(name: str, config: Body, filled: Collection[str]) -> Iterator[Problem]:
    """The rules that a complete configuration breaks.

    ``filled`` are the paths that its partials supply.
    """
    some = _AT_LEAST_ONE_OF.get(name, ())
    if some and all(config.get(field) is None for field in some):
        names = ", ".join(repr(field) for field in some)
        yield Problem(f"config.{some[0]}", f"at least one of these fields is required: {names}")
    one = [field for field in _ONLY_ONE_OF.get(name, ()) if config.get(field) is not None]
    if len(one) > 1:
        names = ", ".join(repr(field) for field in one)
        yield Problem(f"config.{one[-1]}", f"only one of these fields may be set: {names}")
    for field, value, needed in _NEEDS.get(name, ()):
        if config.get(field) == value and not _is_set(config, needed, filled):
            yield Problem(f"config.{needed}", f"required when {field} is {value}")
    if name in _PAIRS_WINDOWS and len(config["limit"]) != len(config["window_size"]):
        reason = "You must provide the same number of windows and limits"
        yield Problem("config.window_size", reason)
    if name in _SYNCHRONISES:
        yield from _synchronisation(config)


def _is_set(config: Body, field: str, filled: Collection[str]) -> bool:
    first, _, rest = field.partition(".")
    if f"config.{first}" in filled:
        return True
    value: Any = config.get(first)
    return value is not None and (not rest or value.get(rest) is not None)


def _synchronisation(config: Body) -> Iterator[Problem]:
    strategy, rate = config["strategy"], config.get("sync_rate")
    if strategy == "cluster":
        yield Problem("config.strategy", "expected one of: local, redis; Konnect has no cluster")
    elif strategy == "redis" and rate is None:
        yield Problem("config.sync_rate", "sync_rate is required when the strategy is redis")
    elif strategy == "local" and rate is not None and rate > -1:
        reason = "sync_rate cannot be configured when using a local strategy"
        yield Problem("config.sync_rate", reason)
    elif rate is not None and 0 < rate < 0.02:
        yield Problem("config.sync_rate", "sync_rate must not be between 0 and 0.02")
