"""ai-prompt-decorator: puts messages before and after those of a chat.

Source: https://developer.konghq.com/plugins/ai-prompt-decorator/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.data_plane.ai import JSON_ONLY, bad_request, request_object
from sandbox.data_plane.bodies import set_body
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.store import Body

NAME = "ai-prompt-decorator"
PRIORITY = 772
FIELDS = frozenset({"max_request_body_size", "prompts"})


async def access(x: Exchange, config: Body) -> Answer | None:
    """Change the messages of the request. Status 400 for a request that is no chat."""
    request = request_object(x, config)
    if request is None:
        return bad_request(JSON_ONLY)
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        return bad_request("this LLM route only supports llm/chat type requests")
    prompts = config.get("prompts") or {}
    before, after = _messages(prompts.get("prepend")), _messages(prompts.get("append"))
    set_body(x, json.dumps({**request, "messages": [*before, *messages, *after]}).encode())
    return None


def _messages(prompts: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    return [{"role": prompt["role"], "content": prompt["content"]} for prompt in prompts or ()]
