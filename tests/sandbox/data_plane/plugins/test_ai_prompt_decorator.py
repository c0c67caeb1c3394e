from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.data_plane.plugins.ai_prompt_decorator import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

JSON = {"content-type": "application/json"}
HELLO = {"role": "user", "content": "hello"}
BEFORE = {"role": "system", "content": "be short"}
AFTER = {"role": "user", "content": "thanks"}

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("prompts", "messages"),
    [
        ({"prepend": [{"content": "be short"}]}, [BEFORE, HELLO]),
        ({"append": [AFTER]}, [HELLO, AFTER]),
        ({"prepend": [BEFORE], "append": [AFTER]}, [BEFORE, HELLO, AFTER]),
    ],
)
async def test_messages_are_put_before_and_after_those_of_the_chat(
    prompts: dict[str, Any], messages: list[dict[str, str]]
) -> None:
    body = json.dumps({"model": "tiny", "messages": [HELLO]}).encode()
    x = exchange(TestNode(), "POST", headers=JSON, body=body)
    assert await access(x, config_of(NAME, prompts=prompts)) is None
    assert json.loads(x.body) == {"model": "tiny", "messages": messages}
    assert x.headers["content-length"] == str(len(x.body))


@pytest.mark.parametrize("body", [b"not json", b'{"prompt": "hello"}', b'{"messages": []}'])
async def test_what_is_no_chat_is_refused(body: bytes) -> None:
    x = exchange(TestNode(), "POST", headers=JSON, body=body)
    refusal = await access(x, config_of(NAME, prompts={"append": [AFTER]}))
    assert refusal is not None
    assert refusal.status == 400
