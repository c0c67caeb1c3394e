"""Rules between the fields of a plugin's configuration.

The published schemas describe fields, not rules between them. This file has the rules of the
plugins that a platform is likely to use. Sources: the ``entity_checks`` of Kong's own schemas
(``schemas/<name>/3.12.x.json`` in https://github.com/Kong/docs-plugin-toolkit; for the checks that
are code, ``kong/plugins/<name>/schema.lua`` in https://github.com/Kong/kong), the descriptions of
fields in the published schemas, and for strategies the plugins' pages on
https://developer.konghq.com/plugins/. As in Kong, an empty value counts as
none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from multicloudgateway.published import Problem, is_vault_reference
from sandbox.store import Body

_PERIODS = ("second", "minute", "hour", "day", "month", "year")
_COUNTED = ("limit", "window_size")

_ACCESS_LOGS = ("access_logs.endpoint", "access_logs_endpoint")
"""The field since 3.14, and the field of 3.13."""

_AT_LEAST_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "acl": ("allow", "deny"),
    "ai-prompt-decorator": ("prompts.prepend", "prompts.append"),
    "ai-prompt-guard": ("allow_patterns", "deny_patterns"),
    "ai-semantic-prompt-guard": ("rules.allow_prompts", "rules.deny_prompts"),
    "canary": ("upstream_uri", "upstream_host", "upstream_port"),
    "ip-restriction": ("allow", "deny"),
    "mtls-auth": ("ca_certificates",),
    "opentelemetry": ("traces_endpoint", "logs_endpoint", "metrics.endpoint", *_ACCESS_LOGS),
    "rate-limiting": _PERIODS,
    "request-validator": ("body_schema", "parameter_schema"),
}
"""Since 3.13 opentelemetry can send metrics or access logs alone, as the examples on its page do:
https://developer.konghq.com/plugins/opentelemetry/examples/."""

_ONLY_ONE_OF: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "acl": (("allow", "deny"),),
    "ai-mcp-oauth2": (("claim_to_header", "upstream_headers"),),
    "ai-rate-limiting-advanced": (("llm_providers", "policies"),),
    "request-termination": (("message", "content_type"), ("message", "body")),
}

_MUTUALLY_REQUIRED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "mtls-auth": (
        ("http_proxy_host", "http_proxy_port"),
        ("https_proxy_host", "https_proxy_port"),
    ),
}

_IDENTIFIED = (("identifier", "header", "header_name"), ("identifier", "path", "path"))

_NEEDS: Mapping[str, tuple[tuple[str, object, str], ...]] = {
    "ai-mcp-proxy": (("server.session.strategy", "client", "server.session.client.secrets"),),
    "ai-proxy-advanced": (
        ("balancer.algorithm", "semantic", "embeddings"),
        ("balancer.algorithm", "semantic", "vectordb"),
    ),
    "ai-rate-limiting-advanced": _IDENTIFIED,
    "canary": (("hash", "header", "hash_header"), ("upstream_fallback", True, "upstream_host")),
    "rate-limiting": (
        ("limit_by", "header", "header_name"),
        ("limit_by", "path", "path"),
        ("policy", "redis", "redis.host"),
    ),
    "rate-limiting-advanced": (
        *_IDENTIFIED,
        ("enforce_consumer_groups", True, "consumer_groups"),
    ),
    "response-ratelimiting": (("policy", "redis", "redis.host"),),
}
"""Plugin -> (field, value, field that is required with this value)."""

_GREATER_THAN: Mapping[str, Mapping[str, float]] = {
    "ai-rate-limiting-advanced": {"error_code": 0},
    "ai-semantic-cache": {"cache_ttl": 0},
    "canary": {"duration": 0, "steps": 1},
    "proxy-cache": {"cache_ttl": 0},
    "proxy-cache-advanced": {"cache_ttl": 0},
    "rate-limiting": {"error_code": 0, **dict.fromkeys(_PERIODS, 0)},
    "rate-limiting-advanced": {"error_code": 0},
    "service-protection": {"error_code": 0},
}
"""Exclusive minimums (``gt``), which the published schemas leave out."""


def problems(name: str, config: Body, filled: Collection[str]) -> Iterator[Problem]:
    """The rules that a complete configuration breaks.

    ``filled`` are the paths that its partials supply.
    """
    some = _AT_LEAST_ONE_OF.get(name, ())
    if some and not any(_is_set(config, field, filled) for field in some):
        names = ", ".join(repr(field) for field in some)
        yield Problem(f"config.{some[0]}", f"at least one of these fields is required: {names}")
    for only in _ONLY_ONE_OF.get(name, ()):
        one = [field for field in only if _is_set(config, field, filled)]
        if len(one) > 1:
            names = ", ".join(repr(field) for field in one)
            yield Problem(f"config.{one[-1]}", f"only one of these fields may be set: {names}")
    for pair in _MUTUALLY_REQUIRED.get(name, ()):
        absent = [field for field in pair if not _is_set(config, field, filled)]
        if len(absent) == 1:
            names = ", ".join(repr(field) for field in pair)
            yield Problem(
                f"config.{absent[0]}", f"all or none of these fields must be set: {names}"
            )
    for field, value, needed in _NEEDS.get(name, ()):
        if _value(config, field) == value and not _is_set(config, needed, filled):
            yield Problem(f"config.{needed}", f"required when {field} is {value}")
    for field, least in _GREATER_THAN.get(name, {}).items():
        number = config.get(field)
        if number is not None and not is_vault_reference(number) and number <= least:
            yield Problem(f"config.{field}", f"value must be greater than {least}")
    for check in _CHECKS.get(name, ()):
        yield from check(config)


def _value(config: Body, path: str) -> Any:
    value: Any = config
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _is_set(config: Body, path: str, filled: Collection[str]) -> bool:
    parts = path.split(".")
    places = {".".join(("config", *parts[: depth + 1])) for depth in range(len(parts))}
    return not places.isdisjoint(filled) or _value(config, path) not in (None, "", [], {})


def _windows(config: Body) -> Iterator[Problem]:
    if len(config["limit"]) != len(config["window_size"]):
        reason = "You must provide the same number of windows and limits"
        yield Problem("config.window_size", reason)


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


def _cluster_without_synchronisation(config: Body) -> Iterator[Problem]:
    """The default strategy is cluster. In Konnect, Kong takes it only without synchronisation."""
    if config["strategy"] == "cluster" and config["sync_rate"] != -1:
        reason = "strategy 'cluster' is not supported with Hybrid deployments; use 'redis'"
        yield Problem("config.strategy", reason)


def _ordered_periods(config: Body) -> Iterator[Problem]:
    yield from _ordered(config, "config")


def _ordered(limits: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for index, lower in enumerate(_PERIODS):
        for upper in _PERIODS[index + 1 :]:
            less, more = limits.get(lower), limits.get(upper)
            if less is not None and more is not None and more < less:
                reason = f"The limit for {upper} cannot be lower than the limit for {lower}"
                yield Problem(f"{path}.{upper}", reason)
                return


def _limits_of_responses(config: Body) -> Iterator[Problem]:
    for key, limits in config["limits"].items():
        path = f"config.limits.{key}"
        if all(limits.get(period) is None for period in _PERIODS):
            names = ", ".join(map(repr, _PERIODS))
            yield Problem(path, f"at least one of these fields is required: {names}")
        yield from _ordered(limits, path)


def _providers(config: Body) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, provider in enumerate(config.get("llm_providers") or ()):
        path, name = f"config.llm_providers.{index}", provider["name"]
        if name in seen:
            yield Problem(f"{path}.name", f"Provider '{name}' is not unique")
        seen.add(name)
        if len({len(provider[field]) for field in _COUNTED}) > 1:
            reason = "You must provide the same number of windows and limits"
            yield Problem(f"{path}.window_size", reason)
        if name == "requestPrompt" and not config.get("request_prompt_count_function"):
            reason = "You must provide request prompt count function when using requestPrompt"
            yield Problem("config.request_prompt_count_function", reason)


def _verified_expiry(config: Body) -> Iterator[Problem]:
    if config["maximum_expiration"] > 0 and "exp" not in (config.get("claims_to_verify") or ()):
        yield Problem("config.claims_to_verify", "expected to contain: exp")


def _conversation(config: Body) -> Iterator[Problem]:
    if config["match_all_roles"] and config["allow_all_conversation_history"]:
        reason = "value must be false when match_all_roles is true"
        yield Problem("config.allow_all_conversation_history", reason)


def _answer(config: Body) -> Iterator[Problem]:
    if config.get("content_type") and not config.get("body"):
        yield Problem("config.body", "content_type requires a body")
    if config["echo"]:
        for field in ("content_type", "body"):
            if config.get(field):
                reason = "echo cannot be used with content_type and body"
                yield Problem(f"config.{field}", reason)


def _schemas(config: Body) -> Iterator[Problem]:
    body = config.get("body_schema")
    if body:
        try:
            json.loads(body)
        except ValueError:
            yield Problem("config.body_schema", "failed decoding schema: not JSON")
    for index, parameter in enumerate(config.get("parameter_schema") or ()):
        absent = [key for key in ("style", "explode", "schema") if parameter.get(key) is None]
        if 0 < len(absent) < 3:
            reason = "all or none of these fields must be set: 'style', 'explode', 'schema'"
            yield Problem(f"config.parameter_schema.{index}.{absent[0]}", reason)


def _forwarded(config: Body) -> Iterator[Problem]:
    parts = ("forward_method", "forward_uri", "forward_headers", "forward_body")
    if not any(config[part] for part in parts):
        names = ", ".join(repr(part) for part in parts)
        yield Problem(f"config.{parts[0]}", f"at least one of these must be true: {names}")


def _signing(config: Body) -> Iterator[Problem]:
    if config.get("request_signing_key") and not config.get("request_signing_certificate"):
        reason = "required when request_signing_key is set"
        yield Problem("config.request_signing_certificate", reason)


def _descriptions(config: Body) -> Iterator[Problem]:
    if config["balancer"]["algorithm"] == "semantic":
        for index, target in enumerate(config.get("targets") or ()):
            if not target.get("description"):
                path = f"config.targets.{index}.description"
                yield Problem(path, "description field is required for every target")


_CHECKS: Mapping[str, tuple[Callable[[Body], Iterator[Problem]], ...]] = {
    "ai-prompt-guard": (_conversation,),
    "ai-proxy-advanced": (_descriptions,),
    "ai-rate-limiting-advanced": (_providers, _synchronisation),
    "confluent": (_forwarded,),
    "graphql-rate-limiting-advanced": (_windows, _cluster_without_synchronisation),
    "jwt": (_verified_expiry,),
    "kafka-upstream": (_forwarded,),
    "rate-limiting": (_ordered_periods,),
    "rate-limiting-advanced": (_windows, _synchronisation),
    "request-termination": (_answer,),
    "request-validator": (_schemas,),
    "response-ratelimiting": (_limits_of_responses,),
    "saml": (_signing,),
    "service-protection": (_windows, _synchronisation),
}
"""Checks that Kong's schemas have as code."""
