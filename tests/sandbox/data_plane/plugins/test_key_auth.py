from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane.plugins.key_auth import NAME, access
from sandbox.store import Body
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

ANNA: Body = {"id": "c-1", "username": "anna", "custom_id": "4711"}
GUEST: Body = {"id": "c-9", "username": "guest"}
COLLECTIONS = {
    "consumers": [ANNA, GUEST],
    "key-auths": [
        {"id": "k-1", "key": "secret", "consumer": {"id": "c-1"}},
        {"id": "k-2", "key": "short", "ttl": 60, "consumer": {"id": "c-1"}},
    ],
    "consumer_groups": [{"id": "g-1", "name": "gold"}, {"id": "g-2", "name": "silver"}],
    "consumer_group_members": [{"consumer_id": "c-1", "consumer_group_id": "g-1"}],
}
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
PARTS = b'--b\r\nContent-Disposition: form-data; name="apikey"\r\n\r\nsecret\r\n--b--\r\n'

pytestmark = pytest.mark.anyio


@pytest.fixture
def node() -> TestNode:
    return TestNode(collections=COLLECTIONS)


@pytest.mark.parametrize(
    ("settings", "request_"),
    [
        ({}, {"headers": {"apikey": "secret"}}),
        ({}, {"headers": {"APIKEY": "secret"}}),
        ({}, {"query": [("apikey", "secret")]}),
        ({"key_names": ["x-key", "other"]}, {"headers": {"other": "secret"}}),
        ({"key_in_body": True}, {"headers": FORM, "body": b"a=1&apikey=secret"}),
        ({"key_in_body": True}, {"headers": JSON, "body": b'{"apikey": "secret"}'}),
        ({"key_in_body": True}, {"headers": MULTIPART, "body": PARTS}),
    ],
)
async def test_a_key_is_found_where_the_plugin_looks_for_it(
    node: TestNode, settings: dict[str, Any], request_: dict[str, Any]
) -> None:
    x = exchange(node, "POST", **request_)
    assert await access(x, config_of(NAME, **settings)) is None
    assert x.consumer == ANNA
    assert x.credential is not None
    assert [group["name"] for group in x.consumer_groups] == ["gold"]
    assert x.headers["X-Consumer-Username"] == "anna"
    assert x.headers["X-Consumer-Custom-ID"] == "4711"
    assert x.headers["X-Credential-Identifier"] == "k-1"
    assert "X-Anonymous-Consumer" not in x.headers


@pytest.mark.parametrize(
    ("settings", "request_", "message"),
    [
        ({}, {}, b"No API key found in request"),
        ({}, {"headers": {"apikey": ""}}, b"No API key found in request"),
        ({}, {"headers": {"apikey": "wrong"}}, b"Unauthorized"),
        ({}, {"query": [("apikey", "secret"), ("apikey", "b")]}, b"Duplicate API key found"),
        ({}, {"query": [("ApiKey", "secret")]}, b"No API key found in request"),
        ({}, {"headers": FORM, "body": b"apikey=secret"}, b"No API key found in request"),
        ({"key_in_header": False}, {"headers": {"apikey": "secret"}}, b"No API key found"),
        ({"key_in_query": False}, {"query": [("apikey", "secret")]}, b"No API key found"),
        ({"key_in_body": True}, {"headers": JSON, "body": b'{"apikey": ["a"]}'}, b"Duplicate"),
    ],
)
async def test_a_request_without_a_valid_key_is_unauthorized(
    node: TestNode, settings: dict[str, Any], request_: dict[str, Any], message: bytes
) -> None:
    refusal = await access(exchange(node, "POST", **request_), config_of(NAME, **settings))
    assert refusal is not None
    assert refusal.status == 401
    assert message in refusal.body
    assert refusal.headers["WWW-Authenticate"] == "Key"


async def test_a_realm_is_told_to_the_client(node: TestNode) -> None:
    refusal = await access(exchange(node), config_of(NAME, realm="orders"))
    assert refusal is not None
    assert refusal.headers["WWW-Authenticate"] == 'Key realm="orders"'


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        ({"headers": {"apikey": "secret"}}, b""),
        ({"query": [("apikey", "secret"), ("a", "1")]}, b""),
        ({"headers": FORM, "body": b"a=1&apikey=secret"}, b"a=1"),
        ({"headers": JSON, "body": b'{"apikey": "secret", "a": 1}'}, b'{"a": 1}'),
    ],
)
async def test_the_upstream_does_not_get_a_hidden_key(
    node: TestNode, request_: dict[str, Any], body: bytes
) -> None:
    x = exchange(node, "POST", **request_)
    assert await access(x, config_of(NAME, key_in_body=True, hide_credentials=True)) is None
    assert "apikey" not in x.headers
    assert "apikey" not in dict(x.query)
    assert x.body == body
    assert x.headers.get("content-length", "0") == str(len(body))


async def test_the_upstream_gets_a_key_that_is_not_hidden(node: TestNode) -> None:
    x = exchange(node, headers={"apikey": "secret"})
    assert await access(x, config_of(NAME, hide_credentials=False)) is None
    assert x.headers["apikey"] == "secret"


@pytest.mark.parametrize("name", ["guest", "c-9"])
async def test_a_request_without_a_key_is_the_anonymous_consumers(
    node: TestNode, name: str
) -> None:
    x = exchange(node, headers={"X-Credential-Identifier": "forged"})
    assert await access(x, config_of(NAME, anonymous=name)) is None
    assert x.consumer == GUEST
    assert x.credential is None
    assert x.headers["X-Anonymous-Consumer"] == "true"
    assert "X-Credential-Identifier" not in x.headers


async def test_an_anonymous_consumer_that_does_not_exist_is_an_error(node: TestNode) -> None:
    refusal = await access(exchange(node), config_of(NAME, anonymous="nobody"))
    assert refusal is not None
    assert refusal.status == 500


async def test_preflight_requests_pass_without_a_key_if_the_plugin_says_so(
    node: TestNode,
) -> None:
    preflight = exchange(node, "OPTIONS")
    assert await access(preflight, config_of(NAME, run_on_preflight=False)) is None
    assert await access(preflight, config_of(NAME)) is not None


async def test_a_key_that_would_expire_is_reported_as_not_expiring(node: TestNode) -> None:
    x = exchange(node, headers={"apikey": "short"})
    assert await access(x, config_of(NAME)) is None
    assert x.unsupported == ["key-auth.ttl"]
