"""What Kong's published schemas say of plugins and partials.

Where partials go, which fields are credentials, and what is wrong with a configuration. The
schemas are read on the first question, once in a process.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Final

from multicloudgateway import published
from multicloudgateway.published import Problem, Schema
from providers.base.model import is_stand_in
from providers.konnect.core_entities.plugin_rules import rule_problems

_SENT_ALONG: Final = ("headers", "args")
"""Ends of the names of maps that a plugin sends with a request of its own. Kong marks none of
them as encrypted, but they may hold a token."""

_UNMARKED: Final = frozenset(
    {"actor_token", "http_proxy_authorization", "https_proxy_authorization"}
)
"""Names of credentials that Kong's schemas do not mark as encrypted."""


def partial_places(plugin: str) -> Mapping[str, str]:
    """Type of partial -> where it goes in a plugin (``config.redis``).

    A path that ends in ``[]`` is an item of a list. Empty for a plugin that takes no partials
    and for a custom plugin. Source: ``x-supported-partials`` in the schema.
    """
    found = published.newest_plugin(plugin)
    return found.partials if found else {}


@cache
def plugin_scopes(plugin: str) -> frozenset[str] | None:
    """What a plugin can be limited to in some gateway version, or None for a custom plugin.

    Some of ``service``, ``route``, ``consumer`` and ``consumer_group``.
    """
    every = [published.plugin(plugin, version) for version in published.VERSIONS]
    found = [schema.scopes for schema in every if schema]
    return frozenset().union(*found) if found else None


@cache
def plugin_protocols(plugin: str) -> frozenset[str] | None:
    """The protocols of a plugin in some gateway version, or None for a custom plugin."""
    every = [published.plugin(plugin, version) for version in published.VERSIONS]
    found = [schema.protocols["items"]["enum"] for schema in every if schema]
    return frozenset().union(*found) if found else None


@cache
def plugin_credentials(plugin: str) -> frozenset[str] | None:
    """The paths of the credentials in a plugin's config: ``targets[].auth.header_value``.

    None for a custom plugin. Source: ``x-encrypted`` in the schema.
    """
    found = published.newest_plugin(plugin)
    return frozenset(published.paths(found.config, _is_credential)) if found else None


@cache
def partial_credentials(type_: str) -> frozenset[str] | None:
    """The paths of the credentials in a partial's config, or None if there is no such type."""
    schema = published.partial(type_)
    return frozenset(published.paths(schema, _is_credential)) if schema else None


def plugin_problems(
    name: str, config: Mapping[str, object], filled: Collection[str]
) -> Iterator[str]:
    """What is wrong with a plugin's config in every published gateway version that has it.

    If each field fits its schema, the rules between fields are checked too (`rule_problems`), as
    in Kong. Nothing is wrong with a custom plugin. ``filled`` are the places that partials may
    fill: what is at or below them is accepted.
    """
    places = [path.removesuffix("[]") for path in filled]

    def check(version: str) -> list[Problem] | None:
        found = published.plugin(name, version)
        if found is None:
            return None
        problems = published.problems(found.config, config, unknown=is_stand_in)
        return [item for item in problems if not any(_is_within(item.path, at) for at in places)]

    problems = _certain(check)
    for problem in problems:
        yield f"plugin {name!r}: {problem.path}: {problem.reason}"
    if not problems:
        for broken in rule_problems(name, config, filled=places):
            yield f"plugin {name!r}: {broken.path}: {broken.wrong}; {broken.remedy}"


def partial_problems(type_: str, config: Mapping[str, object]) -> Iterator[str]:
    """What is wrong with a partial's config in every published gateway version."""

    def check(version: str) -> list[Problem] | None:
        schema = published.partial(type_, version)
        return published.problems(schema, config, unknown=is_stand_in) if schema else None

    for problem in _certain(check):
        yield f"partial of type {type_!r}: {problem.path}: {problem.reason}"


def _certain(check: Callable[[str], list[Problem] | None]) -> list[Problem]:
    """The problems of a config that no gateway version takes.

    Those that every version has, or else those of the newest version.
    """
    found: dict[str, list[Problem]] = {}
    for version in reversed(published.VERSIONS):
        problems = check(version)
        if problems is None:
            continue
        if not problems:
            return []
        found[version] = problems
    if not found:
        return []
    newest = next(iter(found))
    everywhere = set.intersection(*({item.path for item in items} for items in found.values()))
    if everywhere:
        return [item for item in found[newest] if item.path in everywhere]
    return [Problem(path, f"{reason} (gateway {newest})") for path, reason in found[newest]]


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}.")


def _is_credential(name: str, field: Schema) -> bool:
    sent_along = "additionalProperties" in field and name.endswith(_SENT_ALONG)
    return sent_along or name in _UNMARKED or published.is_encrypted(name, field)
