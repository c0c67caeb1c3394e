from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.data_plane.plugins.request_termination import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("settings", "status", "kind", "body"),
    [
        ({}, 503, "application/json; charset=utf-8", b'{"message": "Service unavailable"}'),
        (
            {"status_code": 403, "message": "closed"},
            403,
            "application/json; charset=utf-8",
            b'{"message": "closed"}',
        ),
        ({"status_code": 200, "body": "ok"}, 200, "application/json; charset=utf-8", b"ok"),
        ({"body": "<p>", "content_type": "text/html"}, 503, "text/html", b"<p>"),
        ({"status_code": 418}, 418, None, b""),
    ],
)
async def test_the_plugin_answers_with_a_message_or_a_body(
    settings: dict[str, Any], status: int, kind: str | None, body: bytes
) -> None:
    answer = await access(exchange(TestNode()), config_of(NAME, **settings))
    assert answer is not None
    assert (answer.status, answer.headers.get("content-type"), answer.body) == (status, kind, body)


@pytest.mark.parametrize(
    ("request_", "ends"),
    [({}, False), ({"headers": {"X-Stop": "1"}}, True), ({"query": [("X-Stop", "")]}, True)],
)
async def test_with_a_trigger_only_requests_that_have_it_end(
    request_: dict[str, Any], ends: bool
) -> None:
    answer = await access(exchange(TestNode(), **request_), config_of(NAME, trigger="X-Stop"))
    assert (answer is not None) == ends


async def test_an_echo_has_the_request_and_its_route() -> None:
    x = exchange(TestNode(), "POST", "/pay", body=b"hello", route={"id": "r-1"})
    answer = await access(x, config_of(NAME, echo=True, status_code=404))
    assert answer is not None
    told = json.loads(answer.body)
    assert told["message"] == "Not found"
    assert told["matched_route"] == {"id": "r-1"}
    assert told["request"]["path"] == "/pay"
    assert told["request"]["raw_body"] == "hello"
