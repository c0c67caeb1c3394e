from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from sandbox.data_plane.ai import Tokens, tokens_of
from sandbox.data_plane.exchange import Answer

STREAM = (
    'data: {"choices": []}\n\n'
    'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}\n\n'
    "data: [DONE]\n\n"
)


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({"usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}, (3, 4)),
        ({"usage": {"prompt_tokens": 3}}, (3, 0)),
        ({"usage": {"input_tokens": 3, "output_tokens": 4}}, (3, 4)),
        ({"usage": {"inputTokens": 3, "outputTokens": 4}}, (3, 4)),
        ({"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}, (3, 4)),
        ({"choices": []}, None),
        ([1], None),
    ],
)
def test_a_response_says_what_it_used(body: Any, tokens: tuple[int, int] | None) -> None:
    headers = httpx.Headers({"Content-Type": "application/json"})
    found = tokens_of(Answer(200, headers, json.dumps(body).encode()))
    assert (found and (found.prompt, found.completion)) == tokens


def test_a_stream_says_what_it_used_in_one_of_its_events() -> None:
    headers = httpx.Headers({"Content-Type": "text/event-stream"})
    assert tokens_of(Answer(200, headers, STREAM.encode())) == Tokens(3, 4)


def test_costs_are_per_million_tokens() -> None:
    assert Tokens(1000, 500).cost({"input_cost": 2, "output_cost": 8}) == 0.006
    assert Tokens(1000, 500).cost({}) == 0
