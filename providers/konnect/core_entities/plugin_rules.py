"""Rules between the fields of a plugin's config: what Kong refuses although each field is right.

Kong's published schemas describe single fields. The rules here are those that Kong publishes
elsewhere, for the plugins that a platform is likely to use:

- ``entity_checks`` of Kong's own schemas: ``schemas/<plugin>`` (gateway 3.12) in
  https://github.com/Kong/docs-plugin-toolkit, and ``kong/plugins/<plugin>/schema.lua`` in
  https://github.com/Kong/kong;
- the descriptions of fields in the published schemas, and the plugins' pages on
  https://developer.konghq.com/plugins/.

A rule holds in every published gateway version that has its fields.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from multicloudgateway import published
from providers.base.model import is_stand_in
from providers.konnect.core_entities.rule_kinds import (
    Fields,
    Found,
    Rule,
    above,
    all_or_none_of,
    any_of,
    at_least_one_of,
    at_least_one_true,
    broken,
    excludes,
    needs,
    only_one_of,
)


def rule_problems(
    plugin: str,
    config: Mapping[str, object],
    *,
    filled: Collection[str] = (),
) -> Found:
    """The rules between fields that a plugin's config breaks.

    A field that is left out has Kong's default. A value that is not known yet breaks no rule.
    ``filled`` are the places that partials fill, such as ``config.redis``. A custom plugin has no
    rules.
    """
    schema = published.newest_plugin(plugin)
    if schema is None:
        return
    places = [place.removesuffix("[]") for place in filled]
    fields = Fields(schema.config, config, places)
    for rule in _RULES.get(plugin, ()):
        yield from rule(fields)


def _as_many_windows_as_limits(fields: Fields) -> Found:
    yield from _windows(fields["limit"], fields["window_size"], "window_size")


def _windows(limits: object, windows: object, path: str) -> Found:
    if not isinstance(limits, list | tuple) or not isinstance(windows, list | tuple):
        return
    if len(limits) != len(windows):
        wrong = f"has {len(windows)} values, and limit has {len(limits)}"
        yield broken(path, wrong, "write one window, in seconds, for each limit")


def _synchronisation(fields: Fields) -> Found:
    """Counters in Redis need an interval, counters in memory refuse one.

    The strategy ``cluster`` keeps counters in Kong's database, which Konnect does not have.
    """
    strategy, rate = fields["strategy"], fields.number("sync_rate")
    if strategy == "cluster" and rate != -1:
        wrong = "is cluster, which does not work in Konnect"
        yield broken("strategy", wrong, "write redis with a Redis partial, or local")
    elif strategy == "redis" and not fields.is_set("sync_rate"):
        wrong = "is missing, and strategy: redis needs it"
        yield broken("sync_rate", wrong, "add sync_rate: 0.5")
    elif strategy == "local" and rate is not None and rate > -1:
        wrong = f"is {rate:g}, which strategy: local does not take"
        yield broken("sync_rate", wrong, "delete it, or count in Redis")
    elif rate is not None and 0 < rate < _FASTEST_SYNC:
        wrong = f"is {rate:g}, which is between 0 and {_FASTEST_SYNC}"
        yield broken("sync_rate", wrong, "write 0.5, or 0 to synchronise with each request")


_FASTEST_SYNC: Final = 0.02
"""Seconds between two synchronisations, at least."""

_TELEMETRY: Final = (
    "traces_endpoint",
    "logs_endpoint",
    "metrics.endpoint",
    "access_logs.endpoint",
    "access_logs_endpoint",
)
"""What opentelemetry can send alone, as Kong's examples of it do; the last one in 3.13 only."""

_PERIODS: Final = ("second", "minute", "hour", "day", "month", "year")


def _longer_periods_allow_more(limits: Mapping[str, Any], path: str) -> Found:
    written = [
        (period, limits[period])
        for period in _PERIODS
        if isinstance(limits.get(period), int | float)
    ]
    for (shorter, less), (longer, more) in itertools.pairwise(written):
        if more < less:
            wrong = f"is {more:g}, which is less than the {less:g} per {shorter}"
            yield broken(f"{path}{longer}", wrong, "raise it, or delete it")


def _periods(fields: Fields) -> Found:
    limits = {period: fields[period] for period in _PERIODS}
    yield from _longer_periods_allow_more(limits, "")


def _limits_of_responses(fields: Fields) -> Found:
    for path, limits in fields.records("limits"):
        if all(limits.get(period) is None for period in _PERIODS):
            yield broken(path, "has no period", f"add {any_of(_PERIODS)}")
        yield from _longer_periods_allow_more(limits, f"{path}.")


def _token_limits(fields: Fields) -> Found:
    """Each provider once, with a window for each limit; a count function for prompts."""
    names: list[object] = []
    for path, provider in fields.records("llm_providers"):
        name = provider.get("name")
        if name in names and not is_stand_in(name):
            wrong = f"is {name}, which is listed before"
            yield broken(f"{path}.name", wrong, "give all limits of a provider in one item")
        names.append(name)
        windows = f"{path}.window_size"
        yield from _windows(provider.get("limit"), provider.get("window_size"), windows)
        if name == "requestPrompt" and not fields.is_set("request_prompt_count_function"):
            wrong = "is missing, and the provider requestPrompt needs it"
            yield broken("request_prompt_count_function", wrong, "add a Lua function")


def _expiry_is_verified(fields: Fields) -> Found:
    longest, claims = fields.number("maximum_expiration"), fields["claims_to_verify"]
    if longest is None or longest <= 0 or isinstance(claims, str):
        return
    claims = claims or ()
    if "exp" not in claims and not any(is_stand_in(claim) for claim in claims):
        wrong = "does not include exp, and maximum_expiration needs it"
        yield broken("claims_to_verify", wrong, "add exp")


def _schemas_of_requests(fields: Fields) -> Found:
    """Schemas are JSON in a string. ``style``, ``explode`` and ``schema`` go together."""
    body = fields["body_schema"]
    if isinstance(body, str) and body and not is_stand_in(body) and not _is_json(body):
        yield broken("body_schema", "is not JSON", "write the schema as a JSON string")
    for path, parameter in fields.records("parameter_schema"):
        together = ("style", "explode", "schema")
        missing = [name for name in together if parameter.get(name) is None]
        if len(missing) in (1, 2):
            others = any_of([name for name in together if name not in missing])
            for name in missing:
                wrong = f"is missing, and {others} needs it"
                yield broken(f"{path}.{name}", wrong, f"add {name}")


def _is_json(text: str) -> bool:
    with suppress(ValueError):
        json.loads(text)
        return True
    return False


def _content_type_of_a_body(fields: Fields) -> Found:
    if fields.is_set("content_type") and not fields.is_set("body"):
        yield broken("body", "is missing, and content_type needs it", "add body")


def _signing_certificate(fields: Fields) -> Found:
    if fields.is_set("request_signing_key") and not fields.is_set("request_signing_certificate"):
        wrong = "is missing, and request_signing_key needs it"
        yield broken("request_signing_certificate", wrong, "add it")


def _semantic_balancer(fields: Fields) -> Found:
    """A semantic balancer compares the prompt with the description of each target."""
    if fields["balancer.algorithm"] != "semantic":
        return
    needs_it = "is missing, and balancer.algorithm: semantic needs it"
    for needed in ("embeddings", "vectordb"):
        if not fields.is_set(needed):
            yield broken(needed, needs_it, f"add {needed}, or a partial of this type")
    for path, target in fields.records("targets"):
        if not target.get("description"):
            yield broken(f"{path}.description", needs_it, "say what the target is for")


_ALLOW_OR_DENY: Final = at_least_one_of("allow", "deny")
_FORWARDED: Final = at_least_one_true(
    "forward_method", "forward_uri", "forward_headers", "forward_body"
)
_REDIS_SERVER: Final = needs("policy", "redis", "redis.host")
_IDENTIFIER: Final = (
    needs("identifier", "header", "header_name"),
    needs("identifier", "path", "path"),
)
_PROXIES: Final = (
    all_or_none_of("http_proxy_host", "http_proxy_port"),
    all_or_none_of("https_proxy_host", "https_proxy_port"),
)

_RULES: Final[Mapping[str, Sequence[Rule]]] = {
    "acl": (_ALLOW_OR_DENY, only_one_of("allow", "deny")),
    "ai-mcp-oauth2": (only_one_of("claim_to_header", "upstream_headers"),),
    "ai-mcp-proxy": (needs("server.session.strategy", "client", "server.session.client.secrets"),),
    "ai-prompt-decorator": (at_least_one_of("prompts.append", "prompts.prepend"),),
    "ai-prompt-guard": (
        at_least_one_of("allow_patterns", "deny_patterns"),
        excludes("match_all_roles", "allow_all_conversation_history"),
    ),
    "ai-proxy-advanced": (_semantic_balancer,),
    "ai-rate-limiting-advanced": (
        only_one_of("llm_providers", "policies"),
        _token_limits,
        _synchronisation,
        *_IDENTIFIER,
        above(0, "error_code"),
    ),
    "ai-semantic-cache": (above(0, "cache_ttl"),),
    "ai-semantic-prompt-guard": (at_least_one_of("rules.allow_prompts", "rules.deny_prompts"),),
    "canary": (
        at_least_one_of("upstream_host", "upstream_port", "upstream_uri"),
        needs("hash", "header", "hash_header"),
        needs("upstream_fallback", True, "upstream_host"),
        above(0, "duration"),
        above(1, "steps"),
    ),
    "confluent": (_FORWARDED,),
    "graphql-rate-limiting-advanced": (_as_many_windows_as_limits, _synchronisation),
    "ip-restriction": (_ALLOW_OR_DENY,),
    "jwt": (_expiry_is_verified,),
    "kafka-upstream": (_FORWARDED,),
    "mtls-auth": (at_least_one_of("ca_certificates"), *_PROXIES),
    "opentelemetry": (at_least_one_of(*_TELEMETRY),),
    "proxy-cache": (above(0, "cache_ttl"),),
    "proxy-cache-advanced": (above(0, "cache_ttl"),),
    "rate-limiting": (
        at_least_one_of(*_PERIODS),
        above(0, *_PERIODS, "error_code"),
        _periods,
        needs("limit_by", "header", "header_name"),
        needs("limit_by", "path", "path"),
        _REDIS_SERVER,
    ),
    "rate-limiting-advanced": (
        needs("enforce_consumer_groups", True, "consumer_groups"),
        _as_many_windows_as_limits,
        _synchronisation,
        *_IDENTIFIER,
        above(0, "error_code"),
    ),
    "request-termination": (
        excludes("message", "content_type", "body"),
        excludes("echo", "content_type", "body"),
        _content_type_of_a_body,
    ),
    "request-validator": (
        at_least_one_of("body_schema", "parameter_schema"),
        _schemas_of_requests,
    ),
    "response-ratelimiting": (_limits_of_responses, _REDIS_SERVER),
    "saml": (_signing_certificate,),
    "service-protection": (
        _as_many_windows_as_limits,
        _synchronisation,
        above(0, "error_code"),
    ),
}
