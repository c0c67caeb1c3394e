"""Rules between the fields of a plugin's config: what Kong refuses although each field is right.

Kong's published schemas describe single fields. The rules here are those that Kong publishes
elsewhere, for the plugins that a platform is likely to use:

- ``entity_checks`` of Kong's own schemas: ``schemas/<plugin>`` (gateway 3.12) in
  https://github.com/Kong/docs-plugin-toolkit, and ``kong/plugins/<plugin>/schema.lua`` in
  https://github.com/Kong/kong;
- the plugins' pages on https://developer.konghq.com/plugins/.

A rule holds in every published gateway version.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from multicloudgateway import published
from providers.base.model import is_stand_in

Found = Iterator[tuple[str, str]]
"""(path, reason) of each broken rule. The path is dotted and begins with ``config``."""


def rule_problems(
    plugin: str,
    config: Mapping[str, object],
    wired_redis: bool = False,
    *,
    filled: Collection[str] = (),
) -> Found:
    """The rules between fields that a plugin's config breaks.

    A field that is left out has Kong's default. A value that is not known yet breaks no rule.
    ``wired_redis`` says that a Redis partial is linked to the plugin. ``filled`` are the places
    that partials fill, such as ``config.vectordb``. A custom plugin has no rules.
    """
    schema = published.newest_plugin(plugin)
    if schema is None:
        return
    places = [place.removesuffix("[]") for place in filled]
    if wired_redis:
        places += [at for type_, at in schema.partials.items() if type_.startswith("redis")]
    fields = _Fields(schema.config, config, places)
    for rule in _RULES.get(plugin, ()):
        yield from rule(fields)


class _Fields:
    """The fields of a config, by dotted path without ``config``."""

    def __init__(
        self, schema: published.Schema, config: Mapping[str, object], filled: Collection[str]
    ) -> None:
        self._schema = schema
        self._config = config
        self._filled = filled

    def __getitem__(self, path: str) -> Any:
        """The value that is written, or else the default of the schema, or None."""
        value: Any = self._config
        field: Any = self._schema
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
            field = field.get("properties", {}).get(key, {})
        return field.get("default") if value is None else value

    def is_set(self, path: str) -> bool:
        """Whether a field has a value that is not empty. Kong ignores empty values in its rules."""
        place = f"config.{path}"
        if any(place == at or place.startswith(f"{at}.") for at in self._filled):
            return True
        return self[path] not in (None, "", [], {})

    def numbers(self, path: str) -> Sequence[object] | None:
        """The items of a list, or None if the field is no list (yet)."""
        value = self[path]
        return value if isinstance(value, list | tuple) else None

    def number(self, path: str) -> float | None:
        """A number, or None if the field has none (yet)."""
        value = self[path]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else None

    def records(self, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(path, record) of each item of a list or map of records."""
        value = self[path]
        if isinstance(value, Mapping):
            items = [(str(key), item) for key, item in value.items()]
        elif isinstance(value, list | tuple):
            items = [(str(index), item) for index, item in enumerate(value)]
        else:
            items = []
        for key, item in items:
            if isinstance(item, Mapping):
                yield f"config.{path}.{key}", item


Rule = Callable[[_Fields], Found]


def _at_least_one_of(*names: str) -> Rule:
    def rule(fields: _Fields) -> Found:
        if not any(fields.is_set(name) for name in names):
            yield f"config.{names[0]}", f"at least one of {_listed(names)} is required; add one"

    return rule


def _only_one_of(*names: str) -> Rule:
    def rule(fields: _Fields) -> Found:
        written = [name for name in names if fields.is_set(name)]
        if len(written) > 1:
            yield f"config.{written[-1]}", f"only one of {_listed(written)} may be set; remove one"

    return rule


def _all_or_none_of(*names: str) -> Rule:
    def rule(fields: _Fields) -> Found:
        missing = [name for name in names if not fields.is_set(name)]
        if missing and len(missing) < len(names):
            others = [name for name in names if name not in missing]
            for name in missing:
                yield f"config.{name}", f"required, because {_listed(others)} is set"

    return rule


def _needs(field: str, value: object, needed: str) -> Rule:
    """With this value of one field, another field is required."""

    def rule(fields: _Fields) -> Found:
        if fields[field] == value and not fields.is_set(needed):
            yield f"config.{needed}", f"required when {field} is {json.dumps(value)}"

    return rule


def _excludes(field: str, *others: str) -> Rule:
    """With one field set (a boolean: true), the others may not be."""

    def rule(fields: _Fields) -> Found:
        if fields[field] is False or not fields.is_set(field):
            return
        for other in others:
            if fields.is_set(other) and fields[other] is not False:
                yield f"config.{other}", f"not allowed with {field}; remove one of the two"

    return rule


def _above(least: float, *names: str) -> Rule:
    def rule(fields: _Fields) -> Found:
        for name in names:
            value = fields.number(name)
            if value is not None and value <= least:
                yield f"config.{name}", f"{value:g} is not greater than {least:g}"

    return rule


def _as_many_windows_as_limits(fields: _Fields) -> Found:
    limits, windows = fields.numbers("limit"), fields.numbers("window_size")
    if limits is not None and windows is not None and len(limits) != len(windows):
        yield (
            "config.window_size",
            f"{len(windows)} windows, but limit has {len(limits)} items; give each limit a window",
        )


def _synchronisation(fields: _Fields) -> Found:
    """Counters in Redis need an interval, counters in memory refuse one. Konnect has no cluster."""
    strategy, rate = fields["strategy"], fields.number("sync_rate")
    if strategy == "cluster" and rate != -1:
        yield "config.strategy", '"cluster" does not work in Konnect; write "local" or "redis"'
    elif strategy == "redis" and not fields.is_set("sync_rate"):
        yield "config.sync_rate", 'required when strategy is "redis": seconds, at least 0.02, or 0'
    elif strategy == "local" and rate is not None and rate > -1:
        yield "config.sync_rate", f'{rate:g} is not allowed when strategy is "local"; remove it'
    elif rate is not None and 0 < rate < 0.02:
        yield "config.sync_rate", f"{rate:g} is not 0 or at least 0.02 (seconds)"


_PERIODS: Final = ("second", "minute", "hour", "day", "month", "year")


def _longer_periods_allow_more(limits: Mapping[str, Any], path: str) -> Found:
    written = [
        (period, limits[period])
        for period in _PERIODS
        if isinstance(limits.get(period), int | float)
    ]
    for (shorter, less), (longer, more) in itertools.pairwise(written):
        if more < less:
            yield (
                f"{path}.{longer}",
                f"{more:g} per {longer} is less than {less:g} per {shorter}; "
                "a longer period needs the higher limit",
            )


def _periods(fields: _Fields) -> Found:
    limits = {period: fields[period] for period in _PERIODS}
    yield from _longer_periods_allow_more(limits, "config")


def _limits_of_responses(fields: _Fields) -> Found:
    for path, limits in fields.records("limits"):
        if all(limits.get(period) is None for period in _PERIODS):
            yield path, f"at least one of {_listed(_PERIODS)} is required; add one"
        yield from _longer_periods_allow_more(limits, path)


def _token_limits(fields: _Fields) -> Found:
    """Each provider once, with a window for each limit; a count function for prompts."""
    names: list[object] = []
    for path, provider in fields.records("llm_providers"):
        name, limits, windows = (provider.get(key) for key in ("name", "limit", "window_size"))
        if name in names and not is_stand_in(name):
            yield f"{path}.name", f"{name!r} is listed twice; give all its limits in one item"
        names.append(name)
        if isinstance(limits, list) and isinstance(windows, list) and len(limits) != len(windows):
            yield (
                f"{path}.window_size",
                f"{len(windows)} windows, but limit has {len(limits)} items; "
                "give each limit a window",
            )
        if name == "requestPrompt" and not fields.is_set("request_prompt_count_function"):
            yield (
                "config.request_prompt_count_function",
                "required by the provider 'requestPrompt'",
            )


def _expiry_is_verified(fields: _Fields) -> Found:
    longest, claims = fields.number("maximum_expiration"), fields["claims_to_verify"]
    if longest is None or longest <= 0 or isinstance(claims, str):
        return
    claims = claims or ()
    if "exp" not in claims and not any(is_stand_in(claim) for claim in claims):
        yield "config.claims_to_verify", "must include 'exp' when maximum_expiration is set"


def _schemas_of_requests(fields: _Fields) -> Found:
    """Schemas are JSON in a string. ``style``, ``explode`` and ``schema`` go together."""
    body = fields["body_schema"]
    if isinstance(body, str) and body and not is_stand_in(body) and not _is_json(body):
        yield "config.body_schema", "is not JSON; write the schema as a JSON string"
    for path, parameter in fields.records("parameter_schema"):
        together = ("style", "explode", "schema")
        missing = [name for name in together if parameter.get(name) is None]
        if len(missing) in (1, 2):
            for name in missing:
                yield f"{path}.{name}", f"required: {_listed(together)} are set together"


def _is_json(text: str) -> bool:
    with suppress(ValueError):
        json.loads(text)
        return True
    return False


def _content_type_of_a_body(fields: _Fields) -> Found:
    if fields.is_set("content_type") and not fields.is_set("body"):
        yield "config.body", "required when content_type is set"


def _semantic_balancer(fields: _Fields) -> Found:
    """A semantic balancer compares the prompt with the description of each target."""
    if fields["balancer.algorithm"] != "semantic":
        return
    for needed in ("embeddings", "vectordb"):
        if not fields.is_set(needed):
            yield f"config.{needed}", 'required when balancer.algorithm is "semantic"'
    for path, target in fields.records("targets"):
        if not target.get("description"):
            yield f"{path}.description", 'required when balancer.algorithm is "semantic"'


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


_ALLOW_OR_DENY: Final = _at_least_one_of("allow", "deny")
_REDIS_SERVER: Final = _needs("policy", "redis", "redis.host")
_IDENTIFIER: Final = (
    _needs("identifier", "header", "header_name"),
    _needs("identifier", "path", "path"),
)
_PROXIES: Final = (
    _all_or_none_of("http_proxy_host", "http_proxy_port"),
    _all_or_none_of("https_proxy_host", "https_proxy_port"),
)

_RULES: Final[Mapping[str, Sequence[Rule]]] = {
    "acl": (_ALLOW_OR_DENY, _only_one_of("allow", "deny")),
    "ai-prompt-decorator": (_at_least_one_of("prompts.append", "prompts.prepend"),),
    "ai-prompt-guard": (
        _at_least_one_of("allow_patterns", "deny_patterns"),
        _excludes("match_all_roles", "allow_all_conversation_history"),
    ),
    "ai-proxy-advanced": (_semantic_balancer,),
    "ai-rate-limiting-advanced": (
        _token_limits,
        _synchronisation,
        *_IDENTIFIER,
        _above(0, "error_code"),
    ),
    "ai-semantic-cache": (_above(0, "cache_ttl"),),
    "ai-semantic-prompt-guard": (_at_least_one_of("rules.allow_prompts", "rules.deny_prompts"),),
    "canary": (
        _at_least_one_of("upstream_host", "upstream_port", "upstream_uri"),
        _needs("hash", "header", "hash_header"),
        _needs("upstream_fallback", True, "upstream_host"),
        _above(0, "duration"),
        _above(1, "steps"),
    ),
    "graphql-rate-limiting-advanced": (_as_many_windows_as_limits, _synchronisation),
    "ip-restriction": (_ALLOW_OR_DENY,),
    "jwt": (_expiry_is_verified,),
    "mtls-auth": (_at_least_one_of("ca_certificates"), *_PROXIES),
    "opentelemetry": (_at_least_one_of("traces_endpoint", "logs_endpoint", "metrics.endpoint"),),
    "proxy-cache": (_above(0, "cache_ttl"),),
    "proxy-cache-advanced": (_above(0, "cache_ttl"),),
    "rate-limiting": (
        _at_least_one_of(*_PERIODS),
        _above(0, *_PERIODS, "error_code"),
        _periods,
        _needs("limit_by", "header", "header_name"),
        _needs("limit_by", "path", "path"),
        _REDIS_SERVER,
    ),
    "rate-limiting-advanced": (
        _as_many_windows_as_limits,
        _synchronisation,
        *_IDENTIFIER,
        _above(0, "error_code"),
    ),
    "request-termination": (
        _excludes("message", "content_type", "body"),
        _excludes("echo", "content_type", "body"),
        _content_type_of_a_body,
    ),
    "request-validator": (
        _at_least_one_of("body_schema", "parameter_schema"),
        _schemas_of_requests,
    ),
    "response-ratelimiting": (_limits_of_responses, _REDIS_SERVER),
    "service-protection": (
        _as_many_windows_as_limits,
        _synchronisation,
        _above(0, "error_code"),
    ),
}
