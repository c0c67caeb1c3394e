from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.data_plane.exchange import Exchange
from sandbox.data_plane.plugins.request_transformer_advanced import NAME, access
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.anyio


async def transformed(settings: dict[str, Any], method: str = "POST", **request: Any) -> Exchange:
    x = exchange(TestNode(), method, **request)
    assert await access(x, config_of(NAME, **settings)) is None
    return x


@pytest.mark.parametrize(
    ("settings", "headers", "expected"),
    [
        ({"remove": {"headers": ["X-A"]}}, {"x-a": "1", "x-b": "2"}, {"x-b": "2"}),
        ({"rename": {"headers": ["X-A:X-B"]}}, {"x-a": "1"}, {"x-b": "1"}),
        ({"replace": {"headers": ["x-a:9", "x-b:9"]}}, {"x-a": "1"}, {"x-a": "9"}),
        ({"add": {"headers": ["X-A:9", "x-b:9"]}}, {"x-a": "1"}, {"x-a": "1", "x-b": "9"}),
        ({"append": {"headers": ["X-A:9"]}}, {"x-a": "1"}, {"x-a": "1, 9"}),
        ({"add": {"headers": ["x-url:http://a:80"]}}, {}, {"x-url": "http://a:80"}),
        ({"add": {"headers": ["Host:a"]}}, {"host": "b"}, {"host": "b"}),
        ({"remove": {"headers": ["Host"]}}, {"host": "b"}, {"host": "b"}),
        ({"replace": {"headers": ["Host:a"]}}, {"host": "b"}, {"host": "a"}),
        (
            {"replace": {"headers": ["X-Forwarded-For:1.1.1.1"]}},
            {"x-forwarded-for": "192.0.2.1"},
            {"x-forwarded-for": "192.0.2.1"},
        ),
    ],
)
async def test_headers_are_changed(
    settings: dict[str, Any], headers: dict[str, str], expected: dict[str, str]
) -> None:
    x = await transformed(settings, headers=headers)
    assert dict(x.headers) == expected


async def test_query_parameters_are_changed() -> None:
    settings = {
        "remove": {"querystring": ["a"]},
        "rename": {"querystring": ["b:c"]},
        "add": {"querystring": ["d:4"]},
        "append": {"querystring": ["c:3"]},
    }
    x = await transformed(settings, query=[("a", "1"), ("b", "2")])
    assert x.query == [("c", "2"), ("c", "3"), ("d", "4")]


@pytest.mark.parametrize(
    ("settings", "body", "expected"),
    [
        ({"remove": {"body": ["a"]}}, {"a": 1, "b": 2}, {"b": 2}),
        ({"add": {"body": ["a:1"]}}, {}, {"a": "1"}),
        (
            {
                "add": {
                    "body": ["a:1", "b:true", "c:x"],
                    "json_types": ["number", "boolean", "string"],
                }
            },
            {},
            {"a": 1, "b": True, "c": "x"},
        ),
        ({"append": {"body": ["a:2"]}}, {"a": "1"}, {"a": ["1", "2"]}),
        (
            {"allow": {"body": ["a"]}, "add": {"body": ["b:2"]}},
            {"a": 1, "c": 3},
            {"a": 1, "b": "2"},
        ),
        (
            {"dots_in_keys": False, "remove": {"body": ["a[*].b"]}},
            {"a": [{"b": 1, "c": 2}]},
            {"a": [{"c": 2}]},
        ),
    ],
)
async def test_a_json_body_is_changed(
    settings: dict[str, Any], body: dict[str, Any], expected: dict[str, Any]
) -> None:
    x = await transformed(settings, headers=JSON, body=json.dumps(body).encode())
    assert json.loads(x.body) == expected
    assert x.headers["content-length"] == str(len(x.body))


async def test_a_form_is_changed() -> None:
    settings = {"remove": {"body": ["a"]}, "add": {"body": ["c:3"]}}
    x = await transformed(settings, headers=FORM, body=b"a=1&b=2")
    assert x.body == b"b=2&c=3"


@pytest.mark.parametrize("body", [b"not json", b"[1]"])
async def test_a_body_that_is_no_json_object_stays(body: bytes) -> None:
    x = await transformed({"add": {"body": ["a:1"]}}, headers=JSON, body=body)
    assert x.body == body


async def test_a_multipart_body_is_reported_as_not_played() -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    x = await transformed({"remove": {"body": ["a"]}}, headers=headers, body=b"--b--")
    assert x.unsupported == ["request-transformer-advanced of a multipart body"]


async def test_the_fields_of_a_form_go_into_the_query_of_a_get() -> None:
    x = await transformed({"http_method": "GET"}, headers=FORM, query=[("a", "1")], body=b"b=2")
    assert (x.method, x.query) == ("GET", [("a", "1"), ("b", "2")])


async def test_templates_have_the_values_before_the_transformation() -> None:
    settings = {
        "remove": {"querystring": ["user"]},
        "add": {"headers": ['x-user:$(query_params["user"] or "nobody")']},
        "replace": {"uri": "/orders/$(uri_captures.order)"},
    }
    x = exchange(TestNode(), query=[("user", "anna")], facts={"captures": {"order": "4711"}})
    assert await access(x, config_of(NAME, **settings)) is None
    assert (x.path, x.headers["x-user"], x.query) == ("/orders/4711", "anna", [])
    assert x.unsupported == []


async def test_lua_in_a_template_is_named_and_left_out() -> None:
    settings = {
        "add": {"headers": ["x-a:$(headers.b:upper())", "x-c:1"]},
        "replace": {"uri": "$((function() return '/' end)())"},
    }
    x = await transformed(settings, path="/a")
    assert dict(x.headers) == {"x-c": "1"}
    assert x.path == "/a"
    assert x.unsupported == [
        "request-transformer-advanced.replace.uri",
        "request-transformer-advanced.add.headers",
    ]
