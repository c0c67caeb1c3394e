"""ai-rate-limiting-advanced: limits the tokens, or the cost, that AI models may use per window.

What a response used is known when it is there, so it counts for the next requests: a request is
refused when a limit has been reached. Limits are those of providers (``llm_providers``), or those
of policies that match the request (``policies``).

Source: https://developer.konghq.com/plugins/ai-rate-limiting-advanced/ and
https://developer.konghq.com/ai-gateway/policies/ai-rate-limiting-advanced/. As documented there,
a policy that matches a model or a provider is in force only with ``partition_by``. The provider of
a request is known after its response, so a request is refused if one of the listed providers has
reached the limit. Functions in Lua, and with them the provider ``requestPrompt``, are not played.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from sandbox.data_plane.ai import amount, requested_model
from sandbox.data_plane.counting import Sharing, Usage, count, counter_key, window_name
from sandbox.data_plane.exchange import Answer, Exchange, refused
from sandbox.store import Body

NAME = "ai-rate-limiting-advanced"
PRIORITY = 905
FIELDS = frozenset(
    {
        "decrease_by_fractions_in_redis",
        "dictionary_name",
        "disable_penalty",
        "error_code",
        "error_hide_providers",
        "error_message",
        "header_name",
        "hide_client_headers",
        "identifier",
        "llm_format",
        "llm_providers",
        "namespace",
        "path",
        "policies",
        "redis",
        "retry_after_jitter_max",
        "strategy",
        "sync_rate",
        "tokens_count_strategy",
        "window_type",
    }
)

_BY_FUNCTION = frozenset({"customCost", "requestPrompt"})
"""Providers whose tokens a function in Lua counts."""
_KNOWN_LATE = frozenset({"model", "provider"})
"""What a match may be of that is not known of every request before its response."""


@dataclass(frozen=True)
class Limit:
    """One limit that is in force for a request.

    ``name`` is that of a provider or a policy, in headers and errors. ``strategy`` is what counts.
    """

    name: str
    key: str
    limit: float
    size: int
    strategy: str
    sliding: bool


async def access(
    x: Exchange, config: Body, chance: Callable[[], float] = random.random
) -> Answer | None:
    """Refuse the request if a limit has been reached.

    ``chance`` is a number from 0 to 1, for ``retry_after_jitter_max``.
    """
    sharing = Sharing.of(config)
    x.unsupported.extend(_not_played(config))
    limits = list(_limits(x, config, ended=False))
    used: list[Usage] = []
    for one in limits:
        used += await _count(x, sharing, one, 0)
    if not config["hide_client_headers"]:
        _set_headers(x, limits, used)
    reached = [pair for pair in zip(limits, used, strict=True) if pair[1].exhausted]
    return _refused(x, config, reached, chance()) if reached else None


async def response(x: Exchange, config: Body) -> None:
    """Count what the response used."""
    sharing = Sharing.of(config)
    for one in _limits(x, config, ended=True):
        used = amount(x, one.strategy)
        if sharing.redis is not None and not config["decrease_by_fractions_in_redis"]:
            used = math.floor(used)
        if used:
            await _count(x, sharing, one, used)


async def _count(x: Exchange, sharing: Sharing, one: Limit, used: float) -> list[Usage]:
    limits = [(one.limit, one.size)]
    return await count(x.node, sharing, one.key, limits, used, sliding=one.sliding)


def _limits(x: Exchange, config: Body, *, ended: bool) -> Iterator[Limit]:
    """The limits of a request: of all providers before it has ``ended``, then of the one used."""
    if config.get("policies"):
        yield from _policy_limits(x, config["policies"], ended=ended)
        return
    key = counter_key(x, config)
    for provider in config.get("llm_providers") or ():
        name = provider["name"]
        if name in _BY_FUNCTION or (ended and name != x.facts.get("provider")):
            continue
        for limit, size in zip(provider["limit"], provider["window_size"], strict=True):
            strategy = config["tokens_count_strategy"]
            sliding = config["window_type"] == "sliding"
            yield Limit(name, f"{name}:{key}", float(limit), int(size), strategy, sliding)


def _policy_limits(x: Exchange, policies: Sequence[Body], *, ended: bool) -> Iterator[Limit]:
    """The limits of the policies that match; of those without a match if no other does."""
    found = []
    for number, policy in enumerate(policies, start=1):
        if policy.get("match"):
            keys = _partitions(x, policy["match"], ended=ended)
            found += [(number, policy, key) for key in keys]
    if not found:
        numbered = enumerate(policies, start=1)
        found = [(number, policy, "") for number, policy in numbered if not policy.get("match")]
    for number, policy, key in found:
        for limit in policy.get("limits") or ():
            strategy = limit["tokens_count_strategy"]
            yield Limit(
                name=f"policy-{number}",
                key=f"policy-{number}:{strategy}:{key}",
                limit=float(limit["limit"]),
                size=int(limit["window_size"]),
                strategy=strategy,
                sliding=policy["window_type"] == "sliding",
            )


def _partitions(x: Exchange, conditions: Sequence[Body], *, ended: bool) -> list[str]:
    """The parts of the keys under which a policy counts a request. None if it does not match."""
    parts = []
    for condition in conditions:
        if condition["type"] in _KNOWN_LATE and not condition["partition_by"]:
            return []
        values = _matched(x, condition, ended=ended)
        if not values:
            return []
        parts.append(values if condition["partition_by"] else [""])
    return [":".join(key) for key in itertools.product(*parts)]


def _matched(x: Exchange, condition: Body, *, ended: bool) -> Sequence[str]:
    """The values of a request that a condition matches.

    Of a provider or a model that is not known yet, all that the condition lists.
    """
    listed: Sequence[str] = condition.get("values") or ()
    given = _values(x, condition, ended=ended)
    if given is None:
        return listed
    return [value for value in given if not listed or _is_listed(condition, value, listed)]


def _is_listed(condition: Body, value: str, listed: Sequence[str]) -> bool:
    if condition["type"] != "ip":
        return value in listed
    return any(ip_address(value) in ip_network(one, strict=False) for one in listed)


def _values(x: Exchange, condition: Body, *, ended: bool) -> Sequence[str] | None:
    """The values that a request has for a condition, or None if they are not known yet."""
    kind, key = condition["type"], condition.get("key")
    found: Sequence[Any] = ()
    if kind == "ip":
        found = [x.client_ip]
    elif kind == "path":
        found = [x.client_path or x.path]
    elif kind == "header":
        found = [x.headers.get(str(key))]
    elif kind == "consumer":
        found = [x.consumer.get(key or "username")] if x.consumer else ()
    elif kind == "consumer_group":
        found = [group.get(key or "name") for group in x.consumer_groups]
    elif kind == "model":
        model = requested_model(x) or (x.facts.get("model") if ended else None)
        if model is None and not ended:
            return None
        found = [model]
    elif kind == "provider":
        if not ended:
            return None
        found = [x.facts.get("provider")]
    return [str(value) for value in found if value]


def _set_headers(x: Exchange, limits: Sequence[Limit], used: Sequence[Usage]) -> None:
    for one, state in zip(limits, used, strict=True):
        name = f"{window_name(one.size)}-{one.name}"
        x.response_headers[f"X-AI-RateLimit-Limit-{name}"] = f"{one.limit:g}"
        x.response_headers[f"X-AI-RateLimit-Remaining-{name}"] = str(state.remaining)
    if used:
        least = min(used, key=lambda state: (state.remaining, -state.reset))
        x.response_headers["X-AI-RateLimit-Reset"] = str(least.reset)


def _refused(
    x: Exchange, config: Body, reached: Sequence[tuple[Limit, Usage]], part: float
) -> Answer:
    jitter = math.floor(part * float(config["retry_after_jitter_max"]))
    for one, state in reached:
        name = f"{window_name(one.size)}-{one.name}"
        x.response_headers[f"X-AI-RateLimit-Reset-{name}"] = str(state.reset)
        x.response_headers[f"X-AI-RateLimit-Retry-After-{name}"] = str(state.reset + jitter)
    longest = max(state.reset for _, state in reached)
    x.response_headers["X-AI-RateLimit-Reset"] = str(longest)
    x.response_headers["X-AI-RateLimit-Retry-After"] = str(longest + jitter)
    message = str(config["error_message"])
    if not config["error_hide_providers"]:
        message += ", ".join(dict.fromkeys(one.name for one, _ in reached))
    return refused(int(config["error_code"]), message)


def _not_played(config: Body) -> Iterator[str]:
    for provider in config.get("llm_providers") or ():
        if provider["name"] in _BY_FUNCTION:
            yield f"{NAME}.llm_providers {provider['name']}"
    for policy in config.get("policies") or ():
        if policy.get("id"):
            yield f"{NAME}.policies.id"
        for condition in policy.get("match") or ():
            if condition["type"] == "provider" and not condition.get("values"):
                yield f"{NAME}.policies.match provider without values"
