"""The plugins of an API: of its settings, and further ones by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi

from components.api.model import ApiArgs
from components.api.plugin_model import Ai, Authentication, RateLimit, ResponseCache
from components.api.view import ControlPlaneView, GatewayView
from components.cache.references import RedisReferences
from components.cache.wiring import wire
from components.governance.declarations import PluginDeclaration, declarations
from components.governance.governance import RATE_LIMITING, completed_config, instance_name
from components.governance.plugin_checks import (
    PluginChecks,
    PluginSurroundings,
    problem_of_wiring,
)
from components.governance.plugin_credentials import clear_credentials
from components.governance.presets import RATE_LIMIT
from components.problems import Path, Problem, nearest
from multicloudgateway import published
from multicloudgateway.published import RedisType

AUTHENTICATION: Final = "authentication"
ACCESS: Final = "access"
CACHE: Final = "cache"
AI_PROXY: Final = "ai-proxy"
TOKEN_LIMIT: Final = "token-limit"

_SESSIONS: Final = frozenset({"authorization_code", "session"})
"""Flows of openid-connect that begin or use a session."""

_LACKS: Final = "but the contract of the gateway has a redis-ee partial only"


@dataclass(frozen=True)
class PlaneCache:
    """The cache of a control plane, as far as the contract of the gateway names it."""

    partial_id: pulumi.Output[str]

    def partial_of(self, type_: RedisType) -> pulumi.Output[str]:
        """The id of the partial. Raises ValueError for another type than ``redis-ee``."""
        if type_ == "redis-ee":
            return self.partial_id
        raise ValueError(
            f"config.redis needs a partial of type {type_}, {_LACKS}; write config.redis with a "
            "host of your own, or choose a plugin whose name ends with -advanced"
        )

    def vectordb(
        self, *, dimensions: int, distance_metric: str, threshold: float | None = None
    ) -> pulumi.Output[str]:
        """Raises ValueError: the contract has no vector database."""
        raise ValueError(
            f"config.vectordb needs a vector database, {_LACKS}; write config.vectordb.redis with "
            "a host of your own, or ask the gateway's owners to declare the plugin"
        )

    @property
    def env(self) -> RedisReferences:
        """Raises ValueError: the contract has no settings of the connection."""
        raise ValueError(
            f"config.redis needs the settings of a Redis, {_LACKS}; write config.redis with a host "
            "of your own"
        )


def plane_cache(plane: ControlPlaneView) -> PlaneCache | None:
    """The cache of a control plane, or None if it has none."""
    return None if plane.cache_partial_id is None else PlaneCache(plane.cache_partial_id)


@dataclass(frozen=True)
class Declared:
    """The plugins of an API by key, and where each is declared."""

    plugins: Mapping[str, PluginDeclaration]
    places: Mapping[str, Path]

    def instance_name(self, api: str, key: str) -> str:
        """The instance name of a plugin in Konnect, which is there once on a control plane.

        Where another plugin can take a key, it has the name of the plugin. The engine creates the
        other plugin before it deletes the first, so no request passes without one of them.
        """
        plugin = self.plugins[key].plugin
        is_fixed = key == plugin or self.places[key][0] not in (AUTHENTICATION, "plugins")
        return instance_name(api, key if is_fixed or key == ACCESS else f"{key}-{plugin}")


def declared(args: ApiArgs) -> Declared:
    """The plugins of the settings, and those by name."""
    documents: dict[str, Any] = {}
    places: dict[str, Path] = {}
    for key, place, plugin, config in _of_settings(args):
        documents[key] = {"plugin": plugin, "config": config}
        places[key] = place
    for key, one in args.plugins.items():
        if key not in places:
            documents[key] = one.model_dump(exclude_unset=True) | {"config": one.config}
            places[key] = ("plugins", key)
    return Declared(declarations(documents), places)


def _of_settings(args: ApiArgs) -> Iterator[tuple[str, Path, str, dict[str, Any]]]:
    """The key, place, plugin and config of each plugin of the settings."""
    if args.authentication is not None:
        way, plugin, config = _authentication(args.authentication)
        yield AUTHENTICATION, (AUTHENTICATION, way), plugin, config
        if groups := args.authentication.consumer_groups:
            config = {"allow": groups, "include_consumer_groups": True}
            yield ACCESS, (AUTHENTICATION, "consumer_groups"), "acl", config
    if args.rate_limit is not None:
        yield RATE_LIMIT, ("rate_limit",), RATE_LIMITING, _rate_limit(args.rate_limit)
    if args.cache is not None:
        yield CACHE, (CACHE,), "proxy-cache-advanced", _cache(args.cache)
    if args.ai is not None:
        yield AI_PROXY, ("ai",), "ai-proxy-advanced", _ai(args.ai)
        if args.ai.token_limits:
            config = _token_limits(args.ai)
            yield TOKEN_LIMIT, ("ai", "token_limits"), "ai-rate-limiting-advanced", config


def _authentication(args: Authentication) -> tuple[str, str, dict[str, Any]]:
    """The name of the field, the plugin and its config."""
    config: dict[str, Any]
    if args.key_auth is not None:
        key = args.key_auth
        config = {"key_in_query": key.key_in_query, "hide_credentials": key.hide_credentials}
        return "key_auth", "key-auth", {**config, **_given(key_names=key.key_names), **key.config}
    if args.jwt is not None:
        jwt = args.jwt
        config = _given(claims_to_verify=jwt.claims_to_verify, key_claim_name=jwt.key_claim_name)
        return "jwt", "jwt", {**config, **jwt.config}
    if args.openid_connect is not None:
        oidc = args.openid_connect
        has_sessions = not _SESSIONS.isdisjoint(oidc.auth_methods)
        config = _given(
            issuer=oidc.issuer,
            auth_methods=oidc.auth_methods,
            audience_required=oidc.audience,
            scopes_required=oidc.scopes,
            client_id=[oidc.client_id] if oidc.client_id is not None else [],
            client_secret=[oidc.client_secret] if oidc.client_secret is not None else [],
            # Each data plane verifies tokens itself, so there is nothing to share.
            cluster_cache_strategy="off",
            # Without sessions nothing is kept in Redis. With them, `wire` chooses it.
            session_storage=None if has_sessions else "cookie",
        )
        return "openid_connect", "openid-connect", {**config, **oidc.config}
    assert args.mtls is not None  # the model has exactly one
    config = {"ca_certificates": args.mtls.ca_certificates, **args.mtls.config}
    return "mtls", "mtls-auth", config


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None and value != []}


def _rate_limit(args: RateLimit) -> dict[str, Any]:
    limits = {"limit": [args.limit], "window_size": [args.window_size]}
    return {**limits, "identifier": args.identifier, **args.config}


def _cache(args: ResponseCache) -> dict[str, Any]:
    config = _given(
        cache_ttl=args.ttl, content_type=args.content_types, vary_headers=args.vary_headers
    )
    return {**config, **args.config}


def _ai(args: Ai) -> dict[str, Any]:
    return {"targets": args.targets, **({"balancer": args.balancer} if args.balancer else {})} | (
        args.config
    )


def _token_limits(args: Ai) -> dict[str, Any]:
    return {
        "identifier": "consumer",
        "llm_providers": [
            {"name": one.provider, "limit": [one.limit], "window_size": [one.window_size]}
            for one in args.token_limits
        ],
    }


def plugin_problems(
    args: ApiArgs, found: Declared, routes: Mapping[str, object], gateway: GatewayView
) -> Iterator[Problem]:
    """Everything in the plugins that Konnect would refuse, or that would not do what is meant."""
    for key in args.plugins:
        place = found.places[key]
        if place != ("plugins", key):
            wrong = f"is the key of the plugin of {place[0]}"
            yield Problem(("plugins", key), wrong, "choose another key")
    for key, one in found.plugins.items():
        place = found.places[key]
        yield from _references(key, one, place, routes, gateway)
        for at in clear_credentials(one.plugin, with_stand_ins(one.config)):
            wrong = "is a credential in plain text"
            remedy = 'pass a Pulumi secret (config.require_secret), or "{vault://PREFIX/NAME}"'
            yield Problem((*place, "config", *at), wrong, remedy)
    yield from _schema_problems(args, found, gateway)
    yield from _twice(found)


def _references(
    key: str,
    one: PluginDeclaration,
    place: Path,
    routes: Mapping[str, object],
    gateway: GatewayView,
) -> Iterator[Problem]:
    """Routes, consumer groups and control planes that a plugin names."""
    if one.route is not None and one.route not in routes:
        wrong = "is no route of the API"
        yield Problem((*place, "route"), wrong, nearest(one.route, routes), one.route)
    for plane in one.control_planes.keys() - gateway.control_planes.keys():
        wrong = "is no control plane of the gateway"
        yield Problem(
            (*place, "control_planes", plane), wrong, nearest(plane, gateway.control_planes)
        )
    if one.consumer_group is not None:
        yield from group_problems((*place, "consumer_group"), one.consumer_group, gateway)


def group_problems(place: Path, group: str, gateway: GatewayView) -> Iterator[Problem]:
    """A consumer group that a control plane does not have."""
    for key, plane in gateway.control_planes.items():
        if group not in plane.consumer_groups:
            wrong = f"is no consumer group of control plane {key}"
            remedy = (
                nearest(group, plane.consumer_groups)
                if plane.consumer_groups
                else "ask the gateway's owners for governance.consumer_groups"
            )
            yield Problem(place, wrong, remedy, group)
            return


def _schema_problems(args: ApiArgs, found: Declared, gateway: GatewayView) -> Iterator[Problem]:
    """The checks of each plugin against Kong's schema, on each control plane, once."""
    version = gateway.version or published.NEWEST
    seen: set[tuple[Path, str]] = set()
    for plane, view in gateway.control_planes.items():
        cache = plane_cache(view)
        beside = PluginSurroundings(
            cache=cache,
            ca_certificates=args.ca_certificates,
            ca_certificates_at="ca_certificates",
            of_gateway=False,
        )
        checks = PluginChecks(version, beside)
        for key, one in found.plugins.items():
            there = one.on(plane)
            if there is None:
                continue
            # A plugin without a route is of the service.
            service = None if there.route else "service"
            config = completed_config(key, there, "namespace", cached=cache is not None)
            known = replace(there, service=service, config=with_stand_ins(config))
            place = found.places[key]
            problems = [
                *_wiring_problems(place, one.plugin, config, cache, version),
                *checks.declaration(place, known),
                *checks.config(place, key, known),
            ]
            for problem in problems:
                if (problem.path, problem.wrong) not in seen:
                    seen.add((problem.path, problem.wrong))
                    yield problem


def _wiring_problems(
    place: Path, plugin: str, config: Mapping[str, Any], cache: PlaneCache | None, version: str
) -> Iterator[Problem]:
    """An Output where a plain record is needed, to add the settings of the cache to it."""
    try:
        wire(plugin, config, cache, version=version)
    except ValueError as error:
        yield problem_of_wiring(place, plugin, str(error))


def with_stand_ins(value: Any) -> Any:
    """A copy of a config with a vault reference in place of each Output, for the checks."""
    if isinstance(value, pulumi.Output):
        return "{vault://unknown/0}"
    if isinstance(value, Mapping):
        return {key: with_stand_ins(item) for key, item in value.items()}
    return [with_stand_ins(item) for item in value] if isinstance(value, list | tuple) else value


def _twice(found: Declared) -> Iterator[Problem]:
    """Konnect takes one instance of a plugin for each scope of a control plane."""
    first: dict[tuple[str, str | None, str | None], str] = {}
    for key, one in found.plugins.items():
        other = first.setdefault((one.plugin, one.route, one.consumer_group), key)
        if other != key:
            there = ".".join(str(step) for step in found.places[other])
            wrong = f"is {one.plugin} again, as {there} is: Konnect takes one for each scope"
            yield Problem(found.places[key], wrong, "delete one, or limit it to a route")
