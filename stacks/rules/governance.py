"""Rules about declared plugins, each against Kong's published schema for the gateway version.

The rules read the document, not the model, so a misspelt field of a plugin is reported in the same
run as an overlap of networks. The model reports what is wrong with the document itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar, cast

from pydantic import ValidationError

from components.cache.choice import RedisKind
from components.cache.wiring import RedisCache, wire
from components.governance import PRESETS, PluginDeclaration
from components.governance.governance import completed_config, takes_embeddings
from components.governance.plugin_checks import (
    AnyCache,
    PluginChecks,
    PluginSurroundings,
    problem_of_wiring,
    steps_of,
    words_of,
)
from components.governance.plugin_credentials import (
    clear_credentials,
    clear_in_embeddings,
    clear_in_vault,
)
from components.governance.presets import RATE_LIMIT
from components.placement import Placement
from components.regions import Cloud
from multicloudgateway import published
from stacks.errors import Path, Problem, nearest
from stacks.governance import all_plugins, declared_plugins
from stacks.models.governance import GovernanceSettings
from stacks.models.settings import RateLimit
from stacks.rules.environment import VERSION, Document, regions_of

AUTHENTICATION: Final = frozenset(
    {"ace", "basic-auth", "header-cert-auth", "hmac-auth", "jwt", "key-auth", "ldap-auth"}
    | {"ldap-auth-advanced", "mtls-auth", "oauth2-introspection", "openid-connect", "saml"}
)
"""Plugins that authenticate requests, as far as dedicated gateways have them."""

ORDERING_BESIDE_GROUPS_FROM: Final = (3, 14)
"""Before, a plugin of a consumer group is not run where any plugin of the control plane is ordered.
Source: https://developer.konghq.com/gateway/entities/plugin/, "Known limitations"."""

M = TypeVar("M", GovernanceSettings, RateLimit)

RESERVED_PREFIXES: Final = frozenset({"aws", "azure", "conjur", "env", "gcp", "hcv"})
"""The names of backends, which Kong takes for no prefix of a vault: references by them read the
backend with its own settings.
Source: https://github.com/Kong/kong/blob/master/kong/db/schema/entities/vaults.lua."""

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
        cached = document.get("cache") is not None
        self.plugins = declared_plugins(governance, rate_limit, cache=cached)
        self.with_rate_limit = all_plugins(governance, rate_limit, cache=cached)
        self.planes = possible_control_planes(document)
        beside = PluginSurroundings(
            cache=cast(RedisCache, AnyCache()) if cached else None,
            ca_certificates=governance.ca_certificates,
            embeddings=governance.embeddings is not None,
            asks=PRESETS[governance.preset].asks if governance.preset else (),
        )
        self.checks = PluginChecks(version, beside)

    def problems(self) -> Iterator[Problem]:
        """All problems. Those of an override are reported only where they are its own."""
        yield from self._asked_for()
        yield from self._null_keys()
        yield from self._names()
        for key, declared in self.plugins.items():
            path: Path = (*PLUGINS, key)
            yield from self.checks.declaration(path, declared)
            common = list(self.checks.config(path, key, declared))
            yield from common
            known = {(problem.path, problem.wrong) for problem in common}
            for plane in declared.control_planes:
                at: Path = (*path, "control_planes", plane)
                if plane not in self.planes:
                    wrong = "is no control plane of the environment"
                    yield Problem(at, wrong, nearest(plane, self.planes))
                elif (there := declared.on(plane)) is not None:
                    for problem in self.checks.config(at, key, there):
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
        problem: Problem | None = None
        without: list[str] = []
        for plane in self.planes:
            there = declared.on(plane)
            if there is None or not (plane == "gcp" if per_cloud else plane.startswith("gcp-")):
                continue
            config = completed_config(key, there, "namespace")
            try:
                wire(there.plugin, config, None, version=self.version)
            except ValueError as error:
                problem = problem or problem_of_wiring(path, there.plugin, str(error))
                without.append(f"{plane}: null")
        if problem is not None:
            wrong = f"{problem.wrong}: cache.gcp is local"
            remedy = f"write control_planes: {{{', '.join(without)}}}, or cache.gcp: forwarded"
            yield replace(problem, wrong=wrong, remedy=remedy)

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
        """Values that a preset needs and the team has to write."""
        preset = self.governance.preset
        asks = PRESETS[preset].asks if preset else {}
        for place, what in asks.items():
            key, _, field = place.partition(".config.")
            declared = self.plugins.get(key)
            if declared is not None and declared.plugin == key and field not in declared.config:
                wrong = f"is missing, and preset {preset} needs it"
                remedy = f"write {what}; or {key}: null to do without the plugin"
                yield Problem((*PLUGINS, key, "config", field), wrong, remedy)

    def _null_keys(self) -> Iterator[Problem]:
        """Keys that are null although the preset has no plugin to delete."""
        preset = self.governance.preset
        has = PRESETS[preset].plugins if preset else {}
        for key, written in self.governance.plugins.items():
            if written is None and key not in has and key != "rate-limit":
                if preset:
                    wrong = f"is null, and preset {preset} has no plugin of this key"
                    remedy = nearest(key, has)
                else:
                    wrong = "is null, which deletes a plugin of a preset, and there is no preset"
                    remedy = "delete the key, or write {} for the plugin's defaults"
                yield Problem((*PLUGINS, key), wrong, remedy)

    def _names(self) -> Iterator[Problem]:
        """Names of consumer groups and prefixes of vaults that cannot be created."""
        groups = self.governance.consumer_groups
        for index, group in enumerate(groups):
            if group in groups[:index]:
                wrong = "is there twice"
                yield Problem((*ROOT, "consumer_groups", index), wrong, "delete one", group)
        for prefix in RESERVED_PREFIXES & self.governance.vaults.keys():
            wrong = "is the name of a backend, which is no prefix of a vault"
            remedy = f"choose another prefix: my-{prefix}"
            yield Problem((*ROOT, "vaults", prefix), wrong, remedy)

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
        if self.checks.release >= ORDERING_BESIDE_GROUPS_FROM or not grouped:
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
        health = entry.get("health")
        if isinstance(health, Mapping) and health.get("route") is True:
            yield from self._refused_health_checks()
        if entry.get("edge") is not None:
            for key, declared in self.plugins.items():
                if declared.plugin == "pre-function":
                    wrong = (
                        "would take the place of the lock of entry.edge, which is a pre-function: "
                        "Kong runs the most specific instance only"
                    )
                    yield Problem((*PLUGINS, key), wrong, "use another plugin, or delete it")

    def _refused_health_checks(self) -> Iterator[Problem]:
        """Health checks have no credentials, and come from addresses of the steering service."""
        refusing: dict[int, list[str]] = {}
        for key, declared in self.plugins.items():
            there = [one for plane in self.planes if (one := declared.on(plane)) is not None]
            for one in there:
                status = _status_of_strangers(one)
                if status is not None:
                    refusing.setdefault(status, []).append(key)
                    break
        for status, keys in refusing.items():
            wrong = (
                f"would get {status} from {', '.join(keys)}, which is global: every region would "
                "be unhealthy"
            )
            remedy = "write route: false, for Kong's own health path, or limit the plugin"
            yield Problem(("entry", "health", "route"), wrong, remedy, value=True)

    def _embeddings(self) -> Iterator[Problem]:
        config = self.governance.embeddings
        schema = published.partial("embeddings", self.version)
        if config is None or schema is None:
            return
        at: Path = (*ROOT, "embeddings")
        for problem in published.problems(schema, config, path="embeddings"):
            wrong, remedy = words_of(
                "the embeddings partial", self.checks.published, problem.reason
            )
            yield Problem((*ROOT, *steps_of(problem.path)), wrong, remedy)
        if not any(
            takes_embeddings(one, one.config, self.version) for one in self.plugins.values()
        ):
            yield Problem(at, "is used by no plugin", "add ai-semantic-cache, or delete it")


def _status_of_strangers(declared: PluginDeclaration) -> int | None:
    """The status of every request without credentials, from an address that is not known."""
    if declared.scope or not declared.enabled:
        return None
    if declared.plugin in AUTHENTICATION and not declared.config.get("anonymous"):
        return 401
    if declared.plugin == "ip-restriction" and declared.config.get("allow"):
        return 403
    return None
