"""Rules between the fields of a plugin's config, which the published schemas do not hold.

Sources: the ``entity_checks`` of Kong's own schemas (``kong/plugins/<name>/schema.lua`` in
https://github.com/Kong/kong), the descriptions of fields in the published schemas, and the pages of
the plugins on https://developer.konghq.com/plugins/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

Config = Mapping[str, Any]


class Broken(NamedTuple):
    """A broken rule: the path in the plugin's config, what is wrong, and the remedy."""

    path: tuple[str | int, ...]
    wrong: str
    remedy: str


_AT_LEAST_ONE: Final[Mapping[str, Sequence[Sequence[str]]]] = {
    "acl": (("allow",), ("deny",)),
    "ai-prompt-decorator": (("prompts", "prepend"), ("prompts", "append")),
    "ai-prompt-guard": (("allow_patterns",), ("deny_patterns",)),
    "ai-semantic-prompt-guard": (("rules", "allow_prompts"), ("rules", "deny_prompts")),
    "ip-restriction": (("allow",), ("deny",)),
    "rate-limiting": (("second",), ("minute",), ("hour",), ("day",), ("month",), ("year",)),
    "request-validator": (("body_schema",), ("parameter_schema",)),
}
"""Plugins that need at least one of these fields."""

_NOT_BOTH: Final[Mapping[str, tuple[str, str]]] = {
    "acl": ("allow", "deny"),
    "ai-rate-limiting-advanced": ("llm_providers", "policies"),
}

_NEEDS: Final[Mapping[str, Sequence[tuple[str, str, str]]]] = {
    "ai-rate-limiting-advanced": (
        ("identifier", "header", "header_name"),
        ("identifier", "path", "path"),
    ),
    "rate-limiting": (("limit_by", "header", "header_name"), ("limit_by", "path", "path")),
    "rate-limiting-advanced": (
        ("identifier", "header", "header_name"),
        ("identifier", "path", "path"),
    ),
}
"""Plugin -> (field, value, field that is required with this value)."""

_PAIRS: Final = frozenset(
    {"graphql-rate-limiting-advanced", "rate-limiting-advanced", "service-protection"}
)
"""Plugins in which each limit has a window size."""

_SYNCHRONISES: Final = frozenset({"rate-limiting-advanced", "service-protection"})

_FASTEST_SYNC: Final = 0.02


def broken_rules(plugin: str, config: Config) -> Iterator[Broken]:
    """The rules that a config breaks. It must have no other problems, and Kong's defaults."""
    some = _AT_LEAST_ONE.get(plugin, ())
    if some and not any(_at(config, path) for path in some):
        names = " or ".join(".".join(path) for path in some)
        yield Broken(
            tuple(some[0]), f"is missing, and {plugin} needs one of its kind", f"add {names}"
        )
    if (pair := _NOT_BOTH.get(plugin)) and all(config.get(field) for field in pair):
        yield Broken((pair[1],), f"excludes {pair[0]}, which is set too", "delete one of the two")
    for field, value, needed in _NEEDS.get(plugin, ()):
        if config.get(field) == value and not config.get(needed):
            yield Broken((needed,), f"is missing, and {field}: {value} needs it", f"add {needed}")
    if plugin in _PAIRS:
        yield from _pairs(config, ())
    if plugin in _SYNCHRONISES:
        yield from _synchronisation(config)
    if plugin == "ai-rate-limiting-advanced":
        if not config.get("llm_providers") and not config.get("policies"):
            wrong = f"is missing, and {plugin} limits nothing without it"
            yield Broken(("llm_providers",), wrong, "add llm_providers, or from 3.15 on policies")
        for index, provider in enumerate(config.get("llm_providers") or ()):
            yield from _pairs(provider, ("llm_providers", index))
    history = "allow_all_conversation_history"
    if plugin == "ai-prompt-guard" and config.get("match_all_roles") and config.get(history):
        wrong = "excludes match_all_roles, which is true"
        yield Broken((history,), wrong, "write false for one of the two")


def _at(config: Config, path: Sequence[str]) -> Any:
    value: Any = config
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _pairs(config: Config, path: tuple[str | int, ...]) -> Iterator[Broken]:
    limits, windows = config["limit"], config["window_size"]
    if len(limits) != len(windows):
        wrong = f"has {len(windows)} values, and limit has {len(limits)}"
        yield Broken((*path, "window_size"), wrong, "write one window, in seconds, for each limit")


def _synchronisation(config: Config) -> Iterator[Broken]:
    strategy, rate = config["strategy"], config.get("sync_rate")
    if strategy == "cluster":
        wrong = "is cluster, which Konnect has not"
        yield Broken(("strategy",), wrong, "delete it: the cache of the control plane is used")
    elif strategy == "redis" and rate is None:
        wrong = "is missing, and strategy: redis needs it"
        yield Broken(("sync_rate",), wrong, "add sync_rate: 0.5")
    elif strategy == "local" and rate is not None and rate > -1:
        wrong = "has no meaning with strategy: local"
        yield Broken(("sync_rate",), wrong, "delete it, or add cache")
    elif rate is not None and 0 < rate < _FASTEST_SYNC:
        wrong = f"is between 0 and {_FASTEST_SYNC}, which Kong refuses"
        yield Broken(("sync_rate",), wrong, "write 0.5, or 0 to synchronise with each request")
