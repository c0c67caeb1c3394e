from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import pytest

from sandbox.data_plane.ai_targets import state_of
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.data_plane.plugins.ai_proxy_advanced import NAME, access
from tests.sandbox.data_plane.plugins import nodes as made
from tests.sandbox.data_plane.plugins.nodes import Clock, TestNode, config_of, exchange

JSON = {"content-type": "application/json"}
CHAT = {"messages": [{"role": "user", "content": "hello"}]}

pytestmark = pytest.mark.anyio


def target(name: str, weight: int = 100, **more: Any) -> dict[str, Any]:
    """A target that listens at a port with the model's name."""
    options = {"upstream_url": f"http://{name}.test/v1/chat/completions", **more.pop("options", {})}
    model = {"provider": "openai", "name": name, "options": options, **more.pop("model", {})}
    return {"model": model, "route_type": "llm/v1/chat", "weight": weight, **more}


def config(*targets: dict[str, Any], **balancer: Any) -> dict[str, Any]:
    return config_of(NAME, targets=list(targets), balancer=balancer)


def completion(prompt: int = 1, done: int = 1) -> Answer:
    usage = {"prompt_tokens": prompt, "completion_tokens": done}
    return made.response(json.dumps({"usage": usage}).encode())


def model_of(url: str) -> str:
    return httpx.URL(url).host.removesuffix(".test")


class Models:
    """AI models that answer, fail with a status, or cannot be reached."""

    def __init__(self, **behaviour: int | type[httpx.HTTPError] | Answer) -> None:
        self.behaviour = behaviour
        self.requests: list[tuple[str, httpx.Headers, dict[str, Any]]] = []

    def __call__(self, url: str, headers: httpx.Headers, body: bytes) -> Answer:
        self.requests.append((url, headers, json.loads(body)))
        what = self.behaviour.get(model_of(url), 200)
        if isinstance(what, Answer):
            return what
        if isinstance(what, int):
            return completion() if what == 200 else made.response(status=what)
        raise what("failed")

    @property
    def asked(self) -> list[str]:
        return [model_of(url) for url, _, _ in self.requests]


async def send(
    node: TestNode, settings: dict[str, Any], request: Any = CHAT, **more: Any
) -> tuple[Exchange, Answer]:
    x = exchange(node, "POST", body=json.dumps(request).encode(), **{"headers": JSON, **more})
    answer = await access(x, settings)
    if answer is None:
        assert x.proxy is not None
        answer = await x.proxy(x)
    return x, answer


async def test_a_prompt_goes_to_the_model_with_its_options_and_login() -> None:
    models = Models()
    options = {"max_tokens": 5, "temperature": 0.5}
    auth = {"header_name": "Authorization", "header_value": "Bearer secret"}
    settings = config(target("one", options=options, auth=auth))
    headers = {**JSON, "authorization": "mine", "host": "gateway", "x-own": "1"}
    node = TestNode(upstream=models)
    x, answer = await send(node, settings, {**CHAT, "temperature": 1}, headers=headers)
    ((url, sent, body),) = models.requests
    assert answer.status == 200
    assert url == "http://one.test/v1/chat/completions"
    assert body == {**CHAT, "model": "one", "temperature": 1, "max_tokens": 5}
    assert sent["authorization"] == "Bearer secret"
    assert sent["x-own"] == "1"
    assert "host" not in sent
    assert x.response_headers["X-Kong-LLM-Model"] == "openai/one"
    assert x.unsupported == []


async def test_what_a_response_used_is_kept() -> None:
    node = TestNode(upstream=Models(one=completion(1000, 500)))
    settings = config(target("one", options={"input_cost": 2, "output_cost": 8}))
    x, _ = await send(node, settings)
    assert x.facts == {
        "ai_plugin": "ai-proxy-advanced",
        "provider": "openai",
        "model": "one",
        "response_model": "one",
        "upstream_status": 200,
        "prompt_tokens": 1000,
        "completion_tokens": 500,
        "tokens": 1500,
        "cost": 0.006,
    }


async def test_a_login_may_be_in_the_query_or_the_body() -> None:
    models = Models()
    login = {"param_name": "key", "param_value": "secret"}
    node = TestNode(upstream=models)
    await send(node, config(target("one", auth={**login, "param_location": "query"})))
    await send(node, config(target("one", auth={**login, "param_location": "body"})))
    (url, _, _), (_, _, body) = models.requests
    assert url.endswith("/chat/completions?key=secret")
    assert body["key"] == "secret"


@pytest.mark.parametrize(("override", "expected"), [(True, "mine"), (False, "secret")])
async def test_a_client_may_bring_its_own_login_if_allowed(override: bool, expected: str) -> None:
    models = Models()
    auth = {"header_name": "api-key", "header_value": "secret", "allow_override": override}
    headers = {**JSON, "api-key": "mine"}
    await send(TestNode(upstream=models), config(target("one", auth=auth)), headers=headers)
    assert models.requests[0][1]["api-key"] == expected


async def test_names_and_addresses_may_be_templates() -> None:
    models = Models()
    one = target("$(headers.x-model)", options={"upstream_url": "http://$(headers.x-model).test/a"})
    settings = config(one)
    headers = {**JSON, "x-model": "tiny"}
    await send(TestNode(upstream=models), settings, {**CHAT, "model": "any"}, headers=headers)
    assert models.requests[0][0] == "http://tiny.test/a"
    assert models.requests[0][2]["model"] == "tiny"


async def test_a_target_without_an_address_fails_because_no_provider_is_reached() -> None:
    one = {"model": {"provider": "openai", "name": "gpt"}, "route_type": "llm/v1/chat"}
    node = TestNode(upstream=Models())
    _, answer = await send(node, config(one))
    assert answer.status == 502
    assert b"reaches no AI provider" in answer.body
    assert node.calls == []


@pytest.mark.parametrize(
    ("request_", "headers", "message"),
    [
        ({"prompt": "hello"}, JSON, b"LLM route only supports llm chat type requests"),
        (CHAT, {"content-type": "text/plain"}, b"LLM route only supports llm chat type requests"),
        ({**CHAT, "model": "other"}, JSON, b"cannot use own model - must be: one"),
    ],
)
async def test_what_is_no_request_for_the_models_is_refused(
    request_: dict[str, Any], headers: dict[str, str], message: bytes
) -> None:
    node = TestNode(upstream=Models())
    _, answer = await send(node, config(target("one")), request_, headers=headers)
    assert answer.status == 400
    assert message in answer.body
    assert node.calls == []


async def test_a_stream_is_refused_if_it_is_denied() -> None:
    settings = config_of(NAME, targets=[target("one")], response_streaming="deny")
    _, answer = await send(TestNode(upstream=Models()), settings, {**CHAT, "stream": True})
    assert answer.status == 400


async def test_a_requested_model_is_the_alias_of_a_target() -> None:
    models = Models()
    settings = config(
        target("one", model={"model_alias": "small"}), target("two", model={"model_alias": "big"})
    )
    for alias in ("big", "small", "big"):
        await send(TestNode(upstream=models), settings, {**CHAT, "model": alias})
    assert models.asked == ["two", "one", "two"]


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("round-robin", {"one": 70, "two": 25, "three": 5}),
        ("priority", {"one": 100}),
        ("lowest-usage", {"one": 70, "two": 25, "three": 5}),
    ],
)
async def test_targets_share_the_requests(algorithm: str, expected: dict[str, int]) -> None:
    models = Models()
    node = TestNode(upstream=models)
    settings = config(target("one", 70), target("two", 25), target("three", 5), algorithm=algorithm)
    for _ in range(100):
        await send(node, settings)
    counted = Counter(models.asked)
    assert {name: counted[name] for name in expected} == pytest.approx(expected, abs=1)


async def test_the_least_used_model_is_asked() -> None:
    models = Models(one=completion(90, 0), two=completion(10, 0))
    node = TestNode(upstream=models)
    settings = config(
        target("one"),
        target("two"),
        algorithm="lowest-usage",
        tokens_count_strategy="prompt-tokens",
    )
    for _ in range(10):
        await send(node, settings)
    assert models.asked == ["one", *["two"] * 9]


async def test_a_value_of_the_hashed_header_keeps_its_model() -> None:
    models = Models()
    node = TestNode(upstream=models)
    settings = config(
        target("one"), target("two"), algorithm="consistent-hashing", hash_on_header="X-User"
    )
    chosen = {}
    for user in range(40):
        headers = {**JSON, "x-user": str(user)}
        for _ in range(2):
            await send(node, settings, headers=headers)
        assert models.asked[-1] == models.asked[-2]
        chosen[user] = models.asked[-1]
    assert set(chosen.values()) == {"one", "two"}


async def test_the_second_group_of_priorities_is_asked_when_the_first_fails() -> None:
    models = Models(one=httpx.ConnectError, two=httpx.ConnectError)
    settings = config(
        target("three", 25), target("one", 70), target("two", 70), algorithm="priority"
    )
    _, answer = await send(TestNode(upstream=models), settings)
    assert answer.status == 200
    assert sorted(models.asked[:2]) == ["one", "two"]
    assert models.asked[2:] == ["three"]


@pytest.mark.parametrize(
    ("failure", "criteria", "status", "tries"),
    [
        (httpx.ConnectError, ["error", "timeout"], 200, 2),
        (httpx.ConnectTimeout, ["error", "timeout"], 200, 2),
        (httpx.ConnectError, ["timeout"], 502, 1),
        # A request that was sent is sent again only with non_idempotent.
        (httpx.ReadTimeout, ["error", "timeout"], 504, 1),
        (httpx.ReadTimeout, ["timeout", "non_idempotent"], 200, 2),
        (httpx.RemoteProtocolError, ["invalid_header", "non_idempotent"], 200, 2),
        (429, ["error"], 429, 1),
        (429, ["http_429"], 429, 1),
        (429, ["http_429", "non_idempotent"], 200, 2),
        (500, ["http_500", "non_idempotent"], 200, 2),
        (500, ["http_502", "non_idempotent"], 500, 1),
        (400, ["error", "non_idempotent"], 400, 1),
    ],
)
async def test_failover_follows_the_criteria(
    failure: Any, criteria: list[str], status: int, tries: int
) -> None:
    models = Models(one=failure)
    settings = config(target("one"), target("two"), failover_criteria=criteria)
    _, answer = await send(TestNode(upstream=models), settings)
    assert answer.status == status
    assert models.asked == ["one", "two"][:tries]


async def test_the_last_failure_is_the_answer_when_the_retries_are_used_up() -> None:
    models = Models(one=httpx.ConnectError, two=httpx.ConnectError)
    settings = config(target("one"), target("two"), retries=2)
    _, answer = await send(TestNode(upstream=models), settings)
    assert answer.status == 502
    assert models.asked[:2] == ["one", "two"]
    assert len(models.asked) == 3


async def test_a_target_that_failed_too_often_is_left_out_for_a_time() -> None:
    clock = Clock()
    models = Models(one=httpx.ConnectError)
    node = TestNode(clock=clock, upstream=models)
    settings = config(target("one"), target("two"), max_fails=2, fail_timeout=10_000)
    for _ in range(8):
        await send(node, settings)
    assert Counter(models.asked) == {"one": 2, "two": 8}
    clock.advance(11)
    for _ in range(2):
        await send(node, settings)
    assert models.asked.count("one") == 3


async def test_failures_that_are_not_counted_are_not_kept() -> None:
    node = TestNode(upstream=Models(one=httpx.ConnectError))
    settings = config(target("one"), max_fails=0)
    for _ in range(5):
        await send(node, settings)
    assert state_of(node, settings["targets"][0]).failed == []


async def test_what_is_not_played_is_named() -> None:
    auth = {"aws_access_key_id": "a", "header_name": "x-key", "header_value": "b"}
    anthropic = target("one", auth=auth, options={"cache_read_cost": 1})
    anthropic["model"]["provider"] = "anthropic"
    settings = config(anthropic, algorithm="semantic", read_timeout=1000)
    x, _ = await send(TestNode(upstream=Models()), settings)
    assert x.unsupported == [
        "ai-proxy-advanced.balancer.algorithm semantic",
        "ai-proxy-advanced.balancer.read_timeout",
        "ai-proxy-advanced.targets.model.provider anthropic",
        "ai-proxy-advanced.targets.model.options.cache_read_cost",
        "ai-proxy-advanced.targets.auth.aws_access_key_id",
    ]
