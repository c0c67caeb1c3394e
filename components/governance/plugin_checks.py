"""Checks one declared plugin against Kong's published schema for the gateway version."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from components.cache.wiring import RedisCache, wire
from components.governance.declarations import SCOPES, PluginDeclaration
from components.governance.governance import completed_config, takes_embeddings
from components.problems import Path, Problem, nearest
from multicloudgateway import published
from providers.base.model import is_stand_in
from providers.konnect.core_entities.plugin_rules import rule_problems

NOT_OFFERED: Final = frozenset(
    {"app-dynamics", "file-log", "grpc-gateway", "grpc-web", "prometheus", "syslog"}
    | {"jwt-signer", "key-auth-enc", "oauth2", "statsd-advanced", "vault-auth"}
)
"""Plugins that dedicated cloud gateways do not have.

Source: https://developer.konghq.com/plugins/<name>/, "Supported Konnect Deployments", which lists
no cloud-gateways for them.
"""

_METRICS: Final = "use observability.telemetry.opentelemetry, whose metrics go to a collector"
_LOGS: Final = "use observability.telemetry.http_log"
INSTEAD: Final[Mapping[str, str]] = {
    "app-dynamics": "use observability.telemetry.opentelemetry, whose traces go to a collector",
    "file-log": _LOGS,
    "prometheus": _METRICS,
    "statsd-advanced": _METRICS,
    "syslog": _LOGS,
}
"""What to use in place of a plugin of telemetry that dedicated cloud gateways do not have."""

CONDITION_FROM: Final = (3, 15)


class AnyCache:
    """Stands for a cache of a control plane: all that matters here is that there is one."""

    partial_id = "cache"

    class _Env:
        def config(self, type_: str) -> dict[str, object]:
            return {}

    env = _Env()

    def partial_of(self, type_: str) -> str:
        """The id of a partial."""
        return "cache"

    def vectordb(self, **_: object) -> str:
        """The id of a vectordb partial."""
        return "cache"


@dataclass(frozen=True)
class PluginSurroundings:
    """What is declared beside the plugins, and what plugins can use of it."""

    cache: RedisCache | None = None
    """The cache of the control plane. None: there is none."""
    ca_certificates: Collection[str] = ()
    """Keys of declared CA certificates."""
    ca_certificates_at: str = "governance.ca_certificates"
    """The path of the CA certificates, for messages."""
    embeddings: bool = False
    """Whether an embeddings partial is declared."""
    of_gateway: bool = True
    """Whether the plugins are declared in the gateway's own settings. A team with an API has to ask
    the gateway's owners for what only these can change."""
    asks: Collection[str] = ()
    """Paths of values that a preset asks a team for: their absence is reported elsewhere."""


class PluginChecks:
    """The checks of declared plugins in one gateway version."""

    def __init__(self, version: str, beside: PluginSurroundings) -> None:
        self.beside = beside
        self.version = version
        self.published = published.nearest(version)
        major, minor = version.split(".")
        self.release = int(major), int(minor)

    def declaration(self, path: Path, declared: PluginDeclaration) -> Iterator[Problem]:
        """The plugin itself, where it runs and when."""
        name = declared.plugin
        at: Path = (*path, "plugin") if path[-1] != name else path
        if name in NOT_OFFERED:
            wrong = "is not offered on dedicated cloud gateways"
            remedy = INSTEAD.get(name, "choose another plugin")
            if name in INSTEAD and not self.beside.of_gateway:
                remedy = f"ask the gateway's owners to {remedy}"
            yield Problem(at, wrong, remedy, name)
            return
        schema = published.plugin(name, self.version)
        if schema is None:
            yield self._unknown(at, name)
            return
        for scope in declared.scope:
            if scope not in schema.scopes:
                wrong = f"is no scope of {name}"
                takes = [one for one in SCOPES if one in schema.scopes]
                remedy = (
                    f"use {' or '.join(takes)}, or none" if takes else "delete it: it is global"
                )
                yield Problem((*path, scope), wrong, remedy, getattr(declared, scope))
        if declared.protocols is not None:
            for problem in published.problems(
                schema.protocols, list(declared.protocols), path="protocols"
            ):
                yield self._worded(path, name, problem)
        if declared.condition is not None and self.release < CONDITION_FROM:
            wrong = f"needs version 3.15 or later, and this is {self.version}"
            remedy = f"delete it, or {self._newer('raise version')}"
            yield Problem((*path, "condition"), wrong, remedy)
        yield from self._ordering(path, declared)
        tags = (*path, "tags")
        if len(set(declared.tags)) != len(declared.tags):
            yield Problem(tags, "has a tag twice", "delete one", list(declared.tags))

    def _unknown(self, path: Path, name: str) -> Problem:
        found = published.newest_plugin(name)
        if found is not None:
            first = next(one for one in published.VERSIONS if published.plugin(name, one))
            wrong = f"is not a plugin of gateway {self.version}: it is there from {first} on"
            way = f'write version: "{first}"'
            return Problem(path, wrong, f"{self._newer(way)}, or delete it", name)
        known = published.plugin_names(self.version) - NOT_OFFERED
        remedy = nearest(name, known)
        if remedy.startswith("use one of"):
            remedy = "write a name of https://developer.konghq.com/plugins/ in plugin"
        return Problem(path, f"is not a plugin of gateway {self.version}", remedy, name)

    def _newer(self, way: str) -> str:
        """How the gateway gets a newer version. ``way`` is for its owners."""
        return way if self.beside.of_gateway else "ask the gateway's owners for a newer version"

    def _ordering(self, path: Path, declared: PluginDeclaration) -> Iterator[Problem]:
        for side, phases in (declared.ordering or {}).items():
            for index, other in enumerate((phases or {}).get("access", ())):
                at: Path = (*path, "ordering", side, "access", index)
                if published.plugin(other, self.version) is None:
                    yield self._unknown(at, other)
                elif other == declared.plugin:
                    yield Problem(at, "is the plugin itself", "delete it", other)

    def config(self, path: Path, key: str, declared: PluginDeclaration) -> Iterator[Problem]:
        """The config against the schema, and against the rules between its fields."""
        schema = published.plugin(declared.plugin, self.version)
        if schema is None or declared.plugin in NOT_OFFERED:
            return
        config = completed_config(key, declared, "namespace")
        yield from self._ca_certificates(path, config)
        links = (
            [{"id": "embeddings", "path": "config.embeddings"}]
            if self.beside.embeddings and takes_embeddings(declared, config, self.version)
            else []
        )
        try:
            wired = wire(
                declared.plugin, config, self.beside.cache, partials=links, version=self.version
            )
        except ValueError as error:
            yield problem_of_wiring(path, declared.plugin, str(error))
            return
        filled = [
            str(link.get("path") or next(iter(schema.partials.values()))) for link in wired.partials
        ]
        problems = published.problems(
            schema.config, wired.config, filled=filled, unknown=is_stand_in
        )
        if problems:
            for problem in problems:
                if not self._is_asked_for(path, problem.path):
                    yield self._worded(path, declared.plugin, problem)
            return
        complete = published.with_defaults(schema.config, wired.config, filled=filled)
        for rule in rule_problems(declared.plugin, complete, filled=filled):
            yield Problem((*path, *steps_of(rule.path)), rule.wrong, rule.remedy)
        yield from self._limits_of_tokens(path, declared.plugin, complete)
        if complete.get("identifier") == "consumer-group" and declared.consumer_group is None:
            wrong = "is consumer-group, and the plugin is not limited to a consumer group"
            yield Problem((*path, "config", "identifier"), wrong, "add consumer_group")

    @staticmethod
    def _limits_of_tokens(
        path: Path, plugin: str, complete: Mapping[str, Any]
    ) -> Iterator[Problem]:
        """Kong takes a token limit without limits, which limits nothing."""
        if plugin != "ai-rate-limiting-advanced":
            return
        if not complete.get("llm_providers") and not complete.get("policies"):
            wrong = f"is missing, and {plugin} limits nothing without it"
            remedy = "add llm_providers, or from 3.14 on policies"
            yield Problem((*path, "config", "llm_providers"), wrong, remedy)

    def _is_asked_for(self, path: Path, place: str) -> bool:
        return f"{path[-1]}.{place}" in self.beside.asks

    def _ca_certificates(self, path: Path, config: Mapping[str, Any]) -> Iterator[Problem]:
        named, known = config.get("ca_certificates"), self.beside.ca_certificates
        for index, one in enumerate(named if isinstance(named, list) else ()):
            if _names_nothing(one, known):
                wrong = f"is neither a key of {self.beside.ca_certificates_at} nor an id"
                remedy = nearest(one, known) if known else "add its PEM there"
                yield Problem((*path, "config", "ca_certificates", index), wrong, remedy, one)

    def _worded(self, path: Path, plugin: str, problem: published.Problem) -> Problem:
        at = (*path, *steps_of(problem.path))
        wrong, remedy = words_of(plugin, self.published, problem.reason)
        if problem.path == "config.embeddings" and wrong.startswith("is missing"):
            remedy = "add embeddings: {model: ...} here"
            if self.beside.of_gateway:
                remedy = "add governance.embeddings: {model: ...}, or embeddings here"
        return Problem(at, wrong, remedy)


def _names_nothing(one: object, known: Collection[str]) -> bool:
    """Whether a CA certificate is neither a declared key nor an id."""
    return isinstance(one, str) and one not in known and not is_stand_in(one) and not _is_uuid(one)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def steps_of(dotted: str) -> Path:
    """The steps of a path as the published schemas write it: ``config.limit.0``."""
    return tuple(int(step) if step.isdigit() else step for step in dotted.split("."))


def problem_of_wiring(path: Path, plugin: str, message: str) -> Problem:
    """The problem in an error of `wire`: ``<plugin>: <path> is wrong; remedy``."""
    place, _, rest = message.removeprefix(f"{plugin}: ").partition(" ")
    for mark in ("; ", ", so ", ", and ", ", but "):
        wrong, found, remedy = rest.rpartition(mark) if mark == "; " else rest.partition(mark)
        if found:
            break
    else:
        wrong, remedy = rest, "change it"
    return Problem((*path, *steps_of(place)), wrong, remedy)


def words_of(plugin: str, version: str, reason: str) -> tuple[str, str]:
    """What is wrong and the remedy, of a reason of the published schemas."""
    if reason.startswith("unknown field"):
        remedy = reason.partition("; ")[2] or "delete it"
        return f"is not a field of {plugin} in gateway {version}", remedy.replace("'", "")
    if reason == "required field missing":
        return f"is missing, and {plugin} needs it", "add it"
    if found := re.fullmatch(r"expected one of: (.*); got (.*)", reason):
        return f"is {found[2]}, which {plugin} does not take", f"use one of {found[1]}"
    if found := re.fullmatch(r"expected (.*), got (.*)", reason):
        return f"is {found[2]}", f"write {found[1]}"
    if found := re.fullmatch(r"(.*) is not ((?:at least|at most|between) .*)", reason):
        return f"is {found[1]}", f"write {found[2]}"
    return reason, "change it"
