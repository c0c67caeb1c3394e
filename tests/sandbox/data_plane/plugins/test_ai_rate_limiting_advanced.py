from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.data_plane.exchange import Exchange
from sandbox.data_plane.plugins.ai_rate_limiting_advanced import NAME, access, response
from sandbox.store import Body
from tests.sandbox.data_plane.plugins import nodes as made
from tests.sandbox.data_plane.plugins.conftest import RedisServer
from tests.sandbox.data_plane.plugins.nodes import Clock, TestNode, config_of, exchange

ANNA: Body = {"id": "c-1", "username": "anna"}
BERT: Body = {"id": "c-2", "username": "bert"}
JSON = {"content-type": "application/json"}

pytestmark = pytest.mark.anyio


def providers(**settings: Any) -> Body:
    openai = {"name": "openai", "limit": [100], "window_size": [60]}
    base = {"llm_providers": [openai], "namespace": "n", "window_type": "fixed"}
    return config_of(NAME, **{**base, **settings})


def policies(*found: Body, **settings: Any) -> Body:
    return config_of(NAME, policies=list(found), namespace="n", **settings)


def policy(limit: float, *match: Body, strategy: str = "total_tokens") -> Body:
    limits = [{"limit": limit, "window_size": 60, "tokens_count_strategy": strategy}]
    return {"match": list(match) or None, "limits": limits, "window_type": "fixed"}


async def ask(
    node: TestNode,
    config: Body,
    tokens: int = 60,
    *,
    provider: str = "openai",
    model: str | None = None,
    facts: dict[str, Any] | None = None,
    **request: Any,
) -> tuple[Exchange, int]:
    """A request whose response uses some tokens; the status is 200 if it passes."""
    body = json.dumps({"model": model} if model else {}).encode()
    x = exchange(node, "POST", body=body, **{"headers": JSON, **request})
    refusal = await access(x, config)
    if refusal is not None:
        x.answer = refusal
    else:
        x.answer = made.response()
        used = {"tokens": tokens, "provider": provider, "model": model or "default"}
        x.facts.update({**used, **(facts or {})})
    await response(x, config)
    return x, refusal.status if refusal else 200


async def statuses(node: TestNode, config: Body, times: int, **request: Any) -> list[int]:
    return [(await ask(node, config, **request))[1] for _ in range(times)]


async def test_requests_are_refused_when_the_tokens_are_used_up(
    node: TestNode, clock: Clock
) -> None:
    config = providers()
    assert await statuses(node, config, 4) == [200, 200, 429, 429]
    clock.advance(60)
    assert await statuses(node, config, 1) == [200]


async def test_nodes_with_one_redis_share_the_tokens(
    nodes: tuple[TestNode, TestNode], redis_server: RedisServer
) -> None:
    config = providers(strategy="redis", sync_rate=0, redis=redis_server.config)
    answers = [(await ask(nodes[turn % 2], config))[1] for turn in range(4)]
    assert answers == [200, 200, 429, 429]


async def test_tokens_count_at_a_node_while_redis_is_down(
    node: TestNode, redis_server: RedisServer
) -> None:
    config = providers(strategy="redis", sync_rate=0, redis=redis_server.config)
    redis_server.kill()
    assert await statuses(node, config, 3) == [200, 200, 429]
    redis_server.start()
    assert await statuses(node, config, 1) == [429]


@pytest.mark.parametrize(
    ("strategy", "facts", "passes"),
    [
        ("total_tokens", {"tokens": 50, "prompt_tokens": 40, "completion_tokens": 10}, 2),
        ("prompt_tokens", {"tokens": 50, "prompt_tokens": 40, "completion_tokens": 10}, 3),
        ("completion_tokens", {"tokens": 50, "prompt_tokens": 40, "completion_tokens": 10}, 10),
        ("cost", {"tokens": 50, "cost": 33.4}, 3),
    ],
)
async def test_what_counts_is_configured(
    node: TestNode, strategy: str, facts: dict[str, Any], passes: int
) -> None:
    config = providers(tokens_count_strategy=strategy)
    expected = [200] * passes + [429]
    assert await statuses(node, config, passes + 1, facts=facts) == expected


async def test_only_the_provider_that_was_used_counts(node: TestNode) -> None:
    openai = {"name": "openai", "limit": [100], "window_size": [60]}
    cohere = {"name": "cohere", "limit": [100], "window_size": [60]}
    config = providers(llm_providers=[openai, cohere])
    await ask(node, config, 90, provider="mistral")
    await ask(node, config, 90, provider="cohere")
    x, _ = await ask(node, config, 90, provider="openai")
    assert x.response_headers["X-AI-RateLimit-Remaining-Minute-cohere"] == "10"
    assert x.response_headers["X-AI-RateLimit-Remaining-Minute-openai"] == "100"


async def test_each_consumer_has_its_own_tokens(node: TestNode) -> None:
    config = providers()
    assert await statuses(node, config, 3, consumer=ANNA) == [200, 200, 429]
    assert await statuses(node, config, 1, consumer=BERT) == [200]


async def test_headers_and_the_error_name_the_provider(node: TestNode, clock: Clock) -> None:
    config = providers(retry_after_jitter_max=10)
    clock.advance(20)
    first, _ = await ask(node, config, 100)
    assert dict(first.response_headers) == {
        "x-ai-ratelimit-limit-minute-openai": "100",
        "x-ai-ratelimit-remaining-minute-openai": "100",
        "x-ai-ratelimit-reset": "40",
    }
    x = exchange(node, "POST")
    refusal = await access(x, config, lambda: 0.5)
    assert refusal is not None
    assert refusal.status == 429
    assert json.loads(refusal.body) == {
        "message": "AI token rate limit exceeded for provider(s): openai"
    }
    assert x.response_headers["X-AI-RateLimit-Reset-Minute-openai"] == "40"
    assert x.response_headers["X-AI-RateLimit-Retry-After-Minute-openai"] == "45"
    assert x.response_headers["X-AI-RateLimit-Retry-After"] == "45"


async def test_the_provider_and_the_limits_may_be_hidden(node: TestNode) -> None:
    config = providers(error_hide_providers=True, hide_client_headers=True, error_code=503)
    await ask(node, config, 100)
    x, status = await ask(node, config)
    assert status == 503
    assert x.answer is not None
    assert b"openai" not in x.answer.body
    assert not [name for name in x.response_headers if "limit-limit" in name]


async def test_costs_in_redis_count_in_whole_numbers_unless_configured(
    node: TestNode, redis_server: RedisServer
) -> None:
    shared = {"strategy": "redis", "sync_rate": 0, "redis": redis_server.config}
    limits = [{"name": "openai", "limit": [1], "window_size": [60]}]
    settings = {**shared, "llm_providers": limits, "tokens_count_strategy": "cost"}
    facts = {"cost": 0.5}
    assert await statuses(node, providers(**settings), 3, facts=facts) == [200] * 3
    exact = providers(**settings, decrease_by_fractions_in_redis=True)
    assert await statuses(node, exact, 3, facts=facts) == [200, 200, 429]


GOLD = {"id": "g-1", "name": "gold"}


@pytest.mark.parametrize(
    ("match", "request_", "matches"),
    [
        ({"type": "consumer", "key": "username", "values": ["anna"]}, {"consumer": ANNA}, True),
        ({"type": "consumer", "key": "username", "values": ["anna"]}, {"consumer": BERT}, False),
        ({"type": "consumer", "key": "id", "values": ["c-2"]}, {"consumer": BERT}, True),
        ({"type": "consumer", "key": "id"}, {}, False),
        ({"type": "consumer_group", "key": "name", "values": ["gold"]}, {}, False),
        (
            {"type": "consumer_group", "key": "name", "values": ["gold"]},
            {"consumer_groups": [GOLD]},
            True,
        ),
        (
            {"type": "header", "key": "X-Team", "values": ["blue"]},
            {"headers": {**JSON, "x-team": "blue"}},
            True,
        ),
        ({"type": "header", "key": "X-Team"}, {}, False),
        ({"type": "ip", "values": ["192.0.2.0/24"]}, {}, True),
        ({"type": "ip", "values": ["198.51.100.1"]}, {}, False),
        ({"type": "path", "values": ["/chat"]}, {"path": "/chat"}, True),
        ({"type": "path", "values": ["/chat"]}, {"path": "/other"}, False),
        ({"type": "model", "values": ["big"], "partition_by": True}, {"model": "big"}, True),
        ({"type": "model", "values": ["big"], "partition_by": True}, {"model": "small"}, False),
        # As documented, it is in force only with partition_by.
        ({"type": "model", "values": ["big"]}, {"model": "big"}, False),
        ({"type": "provider", "values": ["openai"], "partition_by": True}, {}, True),
        (
            {"type": "provider", "values": ["openai"], "partition_by": True},
            {"provider": "cohere"},
            False,
        ),
    ],
)
async def test_a_policy_limits_the_requests_that_it_matches(
    node: TestNode, match: Body, request_: dict[str, Any], matches: bool
) -> None:
    config = policies(policy(100, match))
    last = 429 if matches else 200
    assert await statuses(node, config, 3, **request_) == [200, 200, last]


async def test_all_conditions_of_a_policy_must_match(node: TestNode) -> None:
    config = policies(
        policy(
            100,
            {"type": "consumer", "key": "username", "values": ["anna"]},
            {"type": "path", "values": ["/chat"]},
        )
    )
    assert await statuses(node, config, 3, consumer=ANNA) == [200] * 3
    assert await statuses(node, config, 3, consumer=ANNA, path="/chat") == [200, 200, 429]


@pytest.mark.parametrize(("partition", "other"), [(True, 200), (False, 429)])
async def test_matched_values_share_a_limit_unless_they_partition_it(
    node: TestNode, partition: bool, other: int
) -> None:
    config = policies(policy(100, {"type": "consumer", "key": "id", "partition_by": partition}))
    assert await statuses(node, config, 3, consumer=ANNA) == [200, 200, 429]
    assert await statuses(node, config, 1, consumer=BERT) == [other]


async def test_a_policy_without_a_match_is_for_requests_that_no_other_matches(
    node: TestNode,
) -> None:
    anna = {"type": "consumer", "key": "username", "values": ["anna"]}
    config = policies(policy(1000, anna), policy(100))
    assert await statuses(node, config, 4, consumer=ANNA) == [200] * 4
    x, _ = await ask(node, config, consumer=BERT)
    assert x.response_headers["X-AI-RateLimit-Limit-Minute-policy-2"] == "100"
    assert await statuses(node, config, 2, consumer=BERT) == [200, 429]


async def test_limits_of_one_policy_may_count_different_things(node: TestNode) -> None:
    both = policy(100)
    both["limits"] += policy(30, strategy="completion_tokens")["limits"]
    facts = {"tokens": 20, "completion_tokens": 15}
    assert await statuses(node, policies(both), 3, facts=facts) == [200, 200, 429]


async def test_functions_and_references_are_named_as_not_played(node: TestNode) -> None:
    by_function = {"name": "requestPrompt", "limit": [1], "window_size": [60]}
    x, status = await ask(node, providers(llm_providers=[by_function]))
    assert (status, x.unsupported) == (
        200,
        ["ai-rate-limiting-advanced.llm_providers requestPrompt"],
    )
    any_provider = {"type": "provider", "partition_by": True}
    x, _ = await ask(node, policies(policy(1, any_provider), {"id": "p-1"}))
    assert x.unsupported == [
        "ai-rate-limiting-advanced.policies.match provider without values",
        "ai-rate-limiting-advanced.policies.id",
    ]
