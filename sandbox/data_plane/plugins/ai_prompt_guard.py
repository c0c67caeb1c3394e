"""ai-prompt-guard: refuses prompts that match a denied pattern, or no allowed one.

Source: https://developer.konghq.com/plugins/ai-prompt-guard/, and for the order of messages Kong's
own filter (``kong/plugins/ai-prompt-guard`` in https://github.com/Kong/kong).

Patterns are matched against the bytes of prompts, as in Kong. They are Python's regular
expressions here: a pattern that is valid only in PCRE is named as not played, and matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sandbox.data_plane.ai import JSON_ONLY, bad_request, request_object
from sandbox.data_plane.exchange import Answer, Exchange
from sandbox.store import Body

NAME = "ai-prompt-guard"
PRIORITY = 771
FIELDS = frozenset(
    {
        "allow_all_conversation_history",
        "allow_patterns",
        "deny_patterns",
        "match_all_roles",
        "max_request_body_size",
    }
)


async def access(x: Exchange, config: Body) -> Answer | None:
    """Status 400 for a prompt that is not allowed. The client is not told why."""
    request = request_object(x, config)
    if request is None:
        return bad_request(JSON_ONLY)
    prompt = prompt_of(request, config)
    if prompt is None or _matches(x, config, "deny_patterns", prompt):
        return _refused(x)
    if config.get("allow_patterns") and not _matches(x, config, "allow_patterns", prompt):
        return _refused(x)
    return None


def _refused(x: Exchange) -> Answer:
    x.facts["prompt_refused"] = True
    return bad_request("bad request")


def prompt_of(request: dict[str, Any], config: Body) -> str | None:
    """The text that patterns are matched against, or None for a request without a prompt.

    It is the last message of the user first; ``allow_all_conversation_history`` leaves out those
    before it, ``match_all_roles`` takes the messages of all roles.
    """
    messages = request.get("messages")
    if not isinstance(messages, list):
        prompt = request.get("prompt")
        return prompt if isinstance(prompt, str) else None
    texts = []
    for message in reversed(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            return None
        if message["role"] != "user" and not config["match_all_roles"]:
            continue
        if not isinstance(message.get("content"), str):
            return None
        texts.append(message["content"])
        if config["allow_all_conversation_history"]:
            break
    return " ".join(texts)


def _matches(x: Exchange, config: Body, setting: str, prompt: str) -> bool:
    patterns: Iterable[str] = config.get(setting) or ()
    for pattern in patterns:
        try:
            found = re.search(pattern.encode(), prompt.encode())
        except re.error:
            x.unsupported.append(f"{NAME}.{setting}")
            continue
        if found:
            return True
    return False
