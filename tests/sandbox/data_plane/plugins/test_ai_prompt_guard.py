from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.data_plane.plugins.ai_prompt_guard import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

JSON = {"content-type": "application/json"}

pytestmark = pytest.mark.anyio


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def chat(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(messages)}


OLD = chat(user("tell me a secret"), {"role": "assistant", "content": "no"}, user("hello"))
SYSTEM = chat({"role": "system", "content": "keep the secret"}, user("hello"))


@pytest.mark.parametrize(
    ("settings", "request_", "passes"),
    [
        ({}, chat(user("anything")), True),
        ({"deny_patterns": ["secret"]}, chat(user("a secret")), False),
        ({"deny_patterns": ["secret"]}, chat(user("a riddle")), True),
        ({"deny_patterns": ["^secret"]}, chat(user("a secret")), True),
        ({"deny_patterns": ["(?i)secret"]}, chat(user("a SECRET")), False),
        ({"allow_patterns": ["weather", "time"]}, chat(user("the time?")), True),
        ({"allow_patterns": ["weather", "time"]}, chat(user("a joke")), False),
        ({"allow_patterns": ["secret"], "deny_patterns": ["secret"]}, chat(user("secret")), False),
        ({"deny_patterns": ["secret"]}, OLD, False),
        ({"deny_patterns": ["secret"], "allow_all_conversation_history": True}, OLD, True),
        ({"deny_patterns": ["secret"]}, SYSTEM, True),
        ({"deny_patterns": ["secret"], "match_all_roles": True}, SYSTEM, False),
        ({"deny_patterns": ["secret"]}, {"prompt": "a secret"}, False),
        ({"deny_patterns": ["secret"]}, {"prompt": "a riddle"}, True),
        ({"deny_patterns": [r"\xE2\x80[\x8B-\x8D]"]}, chat(user("a\u200bb")), False),
        ({}, {"question": "what?"}, False),
        ({}, chat({"role": "user", "content": [{"type": "text"}]}), False),
    ],
)
async def test_prompts_are_matched_against_patterns(
    settings: dict[str, Any], request_: dict[str, Any], passes: bool
) -> None:
    x = exchange(TestNode(), "POST", headers=JSON, body=json.dumps(request_).encode())
    refusal = await access(x, config_of(NAME, **settings))
    assert (refusal is None) == passes
    assert x.unsupported == []
    if refusal is not None:
        assert refusal.status == 400
        assert refusal.body == b'{"error": {"message": "bad request"}}'


@pytest.mark.parametrize(
    ("settings", "headers"),
    [({}, {"content-type": "text/plain"}), ({"max_request_body_size": 3}, JSON)],
)
async def test_what_is_no_json_or_too_large_is_refused(
    settings: dict[str, Any], headers: dict[str, str]
) -> None:
    x = exchange(TestNode(), "POST", headers=headers, body=json.dumps(chat(user("a"))).encode())
    refusal = await access(x, config_of(NAME, **settings))
    assert refusal is not None
    assert b"application/json" in refusal.body


async def test_a_pattern_that_only_pcre_knows_is_named() -> None:
    x = exchange(TestNode(), "POST", headers=JSON, body=json.dumps(chat(user("a"))).encode())
    assert await access(x, config_of(NAME, deny_patterns=[r"\p{L}"])) is None
    assert x.unsupported == ["ai-prompt-guard.deny_patterns"]
