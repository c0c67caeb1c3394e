"""Rules about declared plugins, each against Kong's published schema for the gateway version.

The rules read the document, not the model, so a misspelt field of a plugin is reported in the same
run as an overlap of networks. The model reports what is wrong with the document itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from pydantic import ValidationError

from components.cache.choice import RedisKind
from components.cache.wiring import RedisCache, wire
from components.governance import PRESETS, PluginDeclaration
from components.governance.declarations import SCOPES
from components.governance.governance import completed_config, takes_embeddings
from components.governance.presets import RATE_LIMIT
from components.placement import Placement
from components.regions import Cloud
from multicloudgateway import published
from providers.konnect.core_entities.plugin_rules import rule_problems
from stacks.errors import Path, Problem, nearest
from stacks.governance import all_plugins, declared_plugins
from stacks.models.governance import GovernanceSettings
from stacks.models.settings import RateLimit
from stacks.rules.environment import VERSION, Document, regions_of
from stacks.rules.plugin_credentials import (
    clear_credentials,
    clear_in_embeddings,
    clear_in_vault,
)

AUTHENTICATION: Final = frozenset(
    {"ace", "basic-auth", "header-cert-auth", "hmac-auth", "jwt", "key-auth", "ldap-auth"}
    | {"ldap-auth-advanced", "mtls-auth", "oauth2-introspection", "openid-connect", "saml"}
)
"""Plugins that ask a request who sends it, as far as dedicated gateways have them."""

NOT_OFFERED: Final = frozenset(
    {"app-dynamics", "file-log", "grpc-gateway", "grpc-web", "prometheus", "syslog"}
    | {"jwt-signer", "key-auth-enc", "oauth2", "statsd-advanced", "vault-auth"}
)
"""Plugins that dedicated cloud gateways do not have.

Source: https://developer.konghq.com/plugins/<name>/, "Supported Konnect Deployments", which lists
no cloud-gateways for them.
"""

CONDITION_FROM: Final = (3, 15)
ORDERING_BESIDE_GROUPS_FROM: Final = (3, 14)
"""Before, a plugin of a consumer group is not run where any plugin of the control plane is ordered.
Source: https://developer.konghq.com/gateway/entities/plugin/, "Known limitations"."""

M = TypeVar("M", GovernanceSettings, RateLimit)

ROOT: Final[Path] = ("governance",)
PLUGINS: Final[Path] = (*ROOT, "plugins")


def governance_problems(document: Document, *, secret: bool) -> Iterator[Problem]:
    """Every declared plugin that Konnect would refuse, or that would not do what is meant.

    ``secret`` is whether a part of the settings is encrypted. The engine does not tell which, so
    credentials count as encrypted then.
    """
    written = document.get("governance")
    version = document.get("version")
    if not isinstance(written, Mapping):
        return
    if not (isinstance(version, str) and VERSION.fullmatch(version)):
        return
    settings = _valid(GovernanceSettings, written)
    if settings is None:
        return
    rate_limit = document.get("rate_limit")
    rate = _valid(RateLimit, rate_limit) if isinstance(rate_limit, Mapping) else None
    rules = _Rules(document, settings, rate, version)
    yield from rules.problems()
    if not secret:
        yield from rules.credentials()


def _valid(model: type[M], written: object) -> M | None:
    try:
        return model.model_validate_json(json.dumps(written))
    except ValidationError:
        return None


def possible_control_planes(document: Document) -> list[str]:
    """The keys that control planes of the environment can have, wherever regions are live."""
    regions = [region for _, region in regions_of(document)]
    clouds = [cloud.value for cloud in Cloud if any(r.get("cloud") == cloud for r in regions)]
    keys = [f"{region.get('cloud')}-{region.get('region')}" for region in regions]
    return ["main", *clouds, *keys]


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


class _Rules:
    """The rules about the governance of one document."""

    def __init__(
        self,
        document: Document,
        governance: GovernanceSettings,
        rate_limit: RateLimit | None,
        version: str,
    ) -> None:
        self.document = document
        self.governance = governance
        self.version = version
        self.published = published.nearest(version)
        major, minor = version.split(".")
        self.release = int(major), int(minor)
        self.cache = None if document.get("cache") is None else cast(RedisCache, AnyCache())
        cached = self.cache is not None
        self.plugins = declared_plugins(governance, rate_limit, cache=cached)
        self.with_rate_limit = all_plugins(governance, rate_limit, cache=cached)
        self.planes = possible_control_planes(document)

    def problems(self) -> Iterator[Problem]:
        """All problems. Those of an override are reported only where they are its own."""
        yield from self._asked_for()
        yield from self._keys_of_nothing()
        for key, declared in self.plugins.items():
            path: Path = (*PLUGINS, key)
            yield from self._declaration(path, declared)
            common = list(self._config(path, key, declared))
            yield from common
            known = {(problem.path, problem.wrong) for problem in common}
            for plane in declared.control_planes:
                at: Path = (*path, "control_planes", plane)
                if plane not in self.planes:
                    wrong = "is no control plane of the environment"
                    yield Problem(at, wrong, nearest(plane, self.planes))
                elif (there := declared.on(plane)) is not None:
                    for problem in self._config(at, key, there):
                        same = (*path, *problem.path[len(at) :])
                        if (same, problem.wrong) not in known:
                            yield problem
            yield from self._without_cache(path, key, declared)
        yield from self._twice()
        yield from self._beside_groups()
        yield from self._entry()
        yield from self._embeddings()

    def _without_cache(
        self, path: Path, key: str, declared: PluginDeclaration
    ) -> Iterator[Problem]:
        """What needs a Redis on a control plane that has none beside others that have one."""
        cache = self.document.get("cache")
        if not isinstance(cache, Mapping) or cache.get("gcp") != RedisKind.LOCAL:
            return
        way = self.document.get("control_planes", Placement.SHARED)
        per_cloud = way == Placement.PER_CLOUD
        for plane in self.planes:
            there = declared.on(plane)
            if there is None or not (plane == "gcp" if per_cloud else plane.startswith("gcp-")):
                continue
            config = completed_config(key, there, "namespace")
            try:
                wire(there.plugin, config, None, version=self.version)
            except ValueError as error:
                problem = _of_wiring(path, there.plugin, str(error))
                wrong = f"{problem.wrong}: cache.gcp is local"
                remedy = f"write control_planes: {{{plane}: null}}, or cache.gcp: forwarded"
                yield replace(problem, wrong=wrong, remedy=remedy)
                return

    def credentials(self) -> Iterator[Problem]:
        """Credentials in plain text. No message has their value."""
        places: dict[Path, None] = {}
        for key, declared in self.plugins.items():
            config: Path = (*PLUGINS, key, "config")
            for place in clear_credentials(declared.plugin, declared.config):
                places[*config, *place] = None
            for plane, override in declared.control_planes.items():
                for place in clear_credentials(
                    declared.plugin, override.config if override else {}
                ):
                    places[*PLUGINS, key, "control_planes", plane, "config", *place] = None
        for place in clear_in_embeddings(self.governance.embeddings or {}):
            places[*ROOT, "embeddings", *place] = None
        for prefix, vault in self.governance.vaults.items():
            for place in clear_in_vault(vault.config):
                places[*ROOT, "vaults", prefix, "config", *place] = None
        remedy = (
            'revoke it, and write "{vault://PREFIX/NAME}", or set it with `pulumi config set '
            "--secret --path`"
        )
        for path in places:
            yield Problem(path, "is a credential in plain text", remedy)

    def _asked_for(self) -> Iterator[Problem]:
        """What the preset cannot know and the team has to write."""
        preset = self.governance.preset
        asks = PRESETS[preset].asks if preset else {}
        for place, what in asks.items():
            key, _, field = place.partition(".config.")
            declared = self.plugins.get(key)
            if declared is not None and declared.plugin == key and field not in declared.config:
                wrong = f"is missing, and preset {preset} needs it"
                remedy = f"write {what}; or {key}: null to do without the plugin"
                yield Problem((*PLUGINS, key, "config", field), wrong, remedy)

    def _keys_of_nothing(self) -> Iterator[Problem]:
        preset = self.governance.preset
        has = PRESETS[preset].plugins if preset else {}
        for key, written in self.governance.plugins.items():
            if written is None and key not in has and key != "rate-limit":
                of = f"preset {preset}" if preset else "no preset"
                wrong = f"is null, and {of} has no plugin of this key"
                yield Problem((*PLUGINS, key), wrong, nearest(key, has) if has else "delete it")

    def _declaration(self, path: Path, declared: PluginDeclaration) -> Iterator[Problem]:
        """The plugin itself, where it runs and when."""
        name = declared.plugin
        at: Path = (*path, "plugin") if path[-1] != name else path
        if name in NOT_OFFERED:
            wrong = "is not offered on dedicated cloud gateways"
            yield Problem(at, wrong, "choose another plugin", name)
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
                yield self._worded(path, name, problem, declared)
        if declared.condition is not None and self.release < CONDITION_FROM:
            wrong = f"needs version 3.15 or later, and this is {self.version}"
            yield Problem((*path, "condition"), wrong, "delete it, or raise version")
        yield from self._ordering(path, declared)
        tags = (*path, "tags")
        if len(set(declared.tags)) != len(declared.tags):
            yield Problem(tags, "has a tag twice", "delete one", list(declared.tags))

    def _unknown(self, path: Path, name: str) -> Problem:
        found = published.newest_plugin(name)
        if found is not None:
            first = next(one for one in published.VERSIONS if published.plugin(name, one))
            wrong = f"is not a plugin of gateway {self.version}: it is there from {first} on"
            return Problem(path, wrong, f'write version: "{first}", or delete it', name)
        known = published.plugin_names(self.version) - NOT_OFFERED
        remedy = nearest(name, known)
        if remedy.startswith("use one of"):
            remedy = "write a name of https://developer.konghq.com/plugins/ in plugin"
        return Problem(path, f"is not a plugin of gateway {self.version}", remedy, name)

    def _ordering(self, path: Path, declared: PluginDeclaration) -> Iterator[Problem]:
        for side, phases in (declared.ordering or {}).items():
            for index, other in enumerate((phases or {}).get("access", ())):
                at: Path = (*path, "ordering", side, "access", index)
                if published.plugin(other, self.version) is None:
                    yield self._unknown(at, other)
                elif other == declared.plugin:
                    yield Problem(at, "is the plugin itself", "delete it", other)

    def _config(self, path: Path, key: str, declared: PluginDeclaration) -> Iterator[Problem]:
        """The config against the schema, and against the rules between its fields."""
        schema = published.plugin(declared.plugin, self.version)
        if schema is None or declared.plugin in NOT_OFFERED:
            return
        config = completed_config(key, declared, "namespace")
        yield from self._ca_certificates(path, config)
        links = (
            [{"id": "embeddings", "path": "config.embeddings"}]
            if self.governance.embeddings is not None
            and takes_embeddings(declared, config, self.version)
            else []
        )
        try:
            wired = wire(declared.plugin, config, self.cache, partials=links, version=self.version)
        except ValueError as error:
            yield _of_wiring(path, declared.plugin, str(error))
            return
        filled = [
            str(link.get("path") or next(iter(schema.partials.values()))) for link in wired.partials
        ]
        problems = published.problems(schema.config, wired.config, filled=filled)
        if problems:
            for problem in problems:
                if not self._is_asked_for(path, problem.path):
                    yield self._worded(path, declared.plugin, problem, declared)
            return
        complete = published.with_defaults(schema.config, wired.config, filled=filled)
        for rule in rule_problems(declared.plugin, complete, filled=filled):
            yield Problem((*path, *_steps(rule.path)), rule.wrong, rule.remedy)
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
        preset = self.governance.preset
        return preset is not None and f"{path[-1]}.{place}" in PRESETS[preset].asks

    def _ca_certificates(self, path: Path, config: Mapping[str, Any]) -> Iterator[Problem]:
        named, known = config.get("ca_certificates"), self.governance.ca_certificates
        for index, one in enumerate(named if isinstance(named, list) else ()):
            if isinstance(one, str) and one not in known and not _is_uuid(one):
                wrong = "is neither a key of governance.ca_certificates nor an id"
                remedy = nearest(one, known) if known else "add its PEM there"
                yield Problem((*path, "config", "ca_certificates", index), wrong, remedy, one)

    def _worded(
        self, path: Path, plugin: str, problem: published.Problem, declared: PluginDeclaration
    ) -> Problem:
        at = (*path, *_steps(problem.path))
        wrong, remedy = _words(plugin, self.published, problem.reason)
        if problem.path == "config.embeddings" and wrong.startswith("is missing"):
            remedy = "add governance.embeddings: {model: ...}, or embeddings here"
        return Problem(at, wrong, remedy)

    def _twice(self) -> Iterator[Problem]:
        """Konnect takes one instance of a plugin for each scope of a control plane."""
        first: dict[tuple[str, str, tuple[tuple[str, str], ...]], str] = {}
        reported: set[str] = set()
        for plane in self.planes:
            # The rate limit first: a plugin that is declared beside it is the one to change.
            keys = sorted(self.with_rate_limit, key=lambda key: key != RATE_LIMIT)
            for key in keys:
                if (there := self.with_rate_limit[key].on(plane)) is None:
                    continue
                place = (plane, there.plugin, tuple(sorted(there.scope.items())))
                other = first.setdefault(place, key)
                if other != key and key not in reported:
                    reported.add(key)
                    scope = " and ".join(f"{k} {v}" for k, v in there.scope.items()) or "globally"
                    wrong = (
                        f"is {there.plugin} {scope}, and so is {other}: Konnect takes one instance "
                        "of a plugin for a scope"
                    )
                    remedy = "delete one, or limit it to a service, a route or a consumer group"
                    if other == RATE_LIMIT:
                        remedy = f"declare it with the key {RATE_LIMIT}, or limit it to a service"
                    yield Problem((*PLUGINS, key), wrong, remedy)

    def _beside_groups(self) -> Iterator[Problem]:
        grouped = [key for key, one in self.plugins.items() if one.consumer_group is not None]
        if self.release >= ORDERING_BESIDE_GROUPS_FROM or not grouped:
            return
        for key, declared in self.plugins.items():
            if declared.ordering:
                wrong = (
                    f"would keep {', '.join(grouped)} from running: before version 3.14 plugins of "
                    "consumer groups do not run on a control plane with an ordered plugin"
                )
                yield Problem((*PLUGINS, key, "ordering"), wrong, "delete it, or raise version")

    def _entry(self) -> Iterator[Problem]:
        """What the entry needs of the gateways, and a declared plugin would take away."""
        entry = self.document.get("entry")
        if not isinstance(entry, Mapping):
            return
        asking = [
            key
            for key, one in self.plugins.items()
            if one.plugin in AUTHENTICATION and not one.scope and one.enabled
        ]
        health = entry.get("health")
        if asking and isinstance(health, Mapping) and health.get("route") is True:
            wrong = (
                f"would get 401 from {', '.join(asking)}, which is global: every region would be "
                "unhealthy"
            )
            remedy = "write route: false, for Kong's own health path, or limit the plugin"
            yield Problem(("entry", "health", "route"), wrong, remedy, value=True)
        if entry.get("edge") is not None:
            for key, declared in self.plugins.items():
                if declared.plugin == "pre-function":
                    wrong = (
                        "would take the place of the lock of entry.edge, which is a pre-function: "
                        "Kong runs the most specific instance only"
                    )
                    yield Problem((*PLUGINS, key), wrong, "use another plugin, or delete it")

    def _embeddings(self) -> Iterator[Problem]:
        config = self.governance.embeddings
        schema = published.partial("embeddings", self.version)
        if config is None or schema is None:
            return
        at: Path = (*ROOT, "embeddings")
        for problem in published.problems(schema, config, path="embeddings"):
            wrong, remedy = _words("the embeddings partial", self.published, problem.reason)
            yield Problem((*ROOT, *_steps(problem.path)), wrong, remedy)
        if not any(
            takes_embeddings(one, one.config, self.version) for one in self.plugins.values()
        ):
            yield Problem(at, "is used by no plugin", "add ai-semantic-cache, or delete it")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _steps(dotted: str) -> Path:
    return tuple(int(step) if step.isdigit() else step for step in dotted.split("."))


def _of_wiring(path: Path, plugin: str, message: str) -> Problem:
    """The problem in an error of `wire`: ``<plugin>: <path> is wrong; remedy``."""
    place, _, rest = message.removeprefix(f"{plugin}: ").partition(" ")
    for mark in ("; ", ", so ", ", and ", ", but "):
        wrong, found, remedy = rest.rpartition(mark) if mark == "; " else rest.partition(mark)
        if found:
            break
    else:
        wrong, remedy = rest, "change it"
    return Problem((*path, *_steps(place)), wrong, remedy)


def _words(plugin: str, version: str, reason: str) -> tuple[str, str]:
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
