"""What AI plugins read of requests and responses: prompts, models, tokens and their cost.

Sources: https://developer.konghq.com/plugins/ai-proxy-advanced/ and
https://developer.konghq.com/plugins/ai-rate-limiting-advanced/ ("Token count strategies").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.data_plane.bodies import is_json, json_object, media_type
from sandbox.data_plane.exchange import Answer, Exchange, answer_json

JSON_ONLY = "this LLM route only supports application/json requests"

_USAGE = (
    ("usage", "prompt_tokens", "completion_tokens"),
    ("usage", "input_tokens", "output_tokens"),
    ("usage", "inputTokens", "outputTokens"),
    ("usageMetadata", "promptTokenCount", "candidatesTokenCount"),
)
"""Where responses say what they used: those of OpenAI, Anthropic, Bedrock and Gemini."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of a prompt, and those of its completion."""

    prompt: int
    completion: int

    def cost(self, options: Mapping[str, Any]) -> float:
        """The cost by a model's ``input_cost`` and ``output_cost``, which are per million."""
        given = float(options.get("input_cost") or 0) * self.prompt
        made = float(options.get("output_cost") or 0) * self.completion
        return (given + made) / 1_000_000


def bad_request(message: str) -> Answer:
    """Status 400, in the form of errors of AI plugins."""
    return answer_json(400, {"error": {"message": message}})


def request_object(x: Exchange, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """The JSON object of a request, or None for another body, or one that is too large."""
    most = int(config.get("max_request_body_size") or 0)
    if not is_json(media_type(x.headers)) or (most and len(x.body) > most):
        return None
    return json_object(x.body)


def requested_model(x: Exchange) -> str | None:
    """The model that a request names, or None."""
    model = (json_object(x.body) or {}).get("model")
    return model if isinstance(model, str) and model else None


def _responding_model(answer: Answer) -> str | None:
    """The model that a response says it is of, or None."""
    named = (value.get("model") for value in _objects(answer))
    return next((name for name in named if isinstance(name, str) and name), None)


def tokens_of(answer: Answer) -> Tokens | None:
    """The tokens that a response says it used, or None. Of a stream, the last that it says."""
    found = None
    for value in _objects(answer):
        for place, prompt, completion in _USAGE:
            usage = value.get(place)
            if isinstance(usage, dict) and prompt in usage:
                found = Tokens(int(usage[prompt] or 0), int(usage.get(completion) or 0))
                break
    return found


def _objects(answer: Answer) -> Iterator[dict[str, Any]]:
    """The JSON objects of a response: one, or those of its server-sent events."""
    if media_type(answer.headers) != "text/event-stream":
        value = json_object(answer.body)
        if value is not None:
            yield value
        return
    for line in answer.body.decode("utf-8", "replace").splitlines():
        if line.startswith("data:"):
            try:
                event = json.loads(line.removeprefix("data:"))
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event


def record(x: Exchange, answer: Answer, provider: str, model: Mapping[str, Any]) -> None:
    """Keep what a response used, for rate limits and metrics."""
    x.facts["provider"] = provider
    x.facts["model"] = model.get("name")
    x.facts["response_model"] = _responding_model(answer) or model.get("name")
    tokens = tokens_of(answer)
    if tokens is None:
        return
    x.facts["prompt_tokens"] = tokens.prompt
    x.facts["completion_tokens"] = tokens.completion
    x.facts["tokens"] = tokens.prompt + tokens.completion
    x.facts["cost"] = tokens.cost(model.get("options") or {})


def amount(x: Exchange, strategy: str) -> float:
    """What a response used, by a ``tokens_count_strategy``: ``prompt_tokens``, ``cost`` …"""
    fact = "tokens" if strategy == "total_tokens" else strategy
    return float(x.facts.get(fact) or 0)
