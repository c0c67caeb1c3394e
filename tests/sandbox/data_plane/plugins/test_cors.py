from __future__ import annotations

from typing import Any

import pytest

from sandbox.data_plane.plugins.cors import NAME, access, response
from tests.sandbox.data_plane.plugins import nodes as made
from tests.sandbox.data_plane.plugins.nodes import TestNode, config_of, exchange

ORIGIN = "https://app.example.com"
PREFLIGHT = {"origin": ORIGIN, "access-control-request-method": "PUT"}
ALLOW_ORIGIN = "access-control-allow-origin"

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (None, ORIGIN, "*"),
        (["*"], ORIGIN, "*"),
        ([ORIGIN], ORIGIN, ORIGIN),
        ([ORIGIN], "https://evil.example", ORIGIN),
        ([ORIGIN, "https://b.example"], ORIGIN, ORIGIN),
        ([ORIGIN, "https://b.example"], f"{ORIGIN}:443", ORIGIN),
        ([ORIGIN, "https://b.example"], "https://evil.example", None),
        ([r".*\.example\.com"], ORIGIN, ORIGIN),
        ([r".*\.example\.com"], "https://app.example.com.evil.example", None),
        ([r"^https://.*\.example\.com$"], ORIGIN, ORIGIN),
        ([r"^https://.*\.example\.com$"], "http://app.example.com", None),
    ],
)
async def test_the_response_names_the_origin_that_may_read_it(
    origins: list[str] | None, origin: str, allowed: str | None
) -> None:
    x = exchange(TestNode(), headers={"origin": origin})
    x.answer = made.response(Access_Control_Allow_Origin="https://upstream.example")
    await response(x, config_of(NAME, origins=origins))
    assert x.response_headers.get(ALLOW_ORIGIN) == allowed
    assert ALLOW_ORIGIN not in x.answer.headers


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {},
            {
                ALLOW_ORIGIN: "*",
                "access-control-allow-methods": "CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,"
                "TRACE",
            },
        ),
        (
            {
                "origins": [ORIGIN],
                "methods": ["GET", "PUT"],
                "headers": ["X-A", "X-B"],
                "max_age": 600,
                "credentials": True,
            },
            {
                "vary": "Origin",
                ALLOW_ORIGIN: ORIGIN,
                "access-control-allow-credentials": "true",
                "access-control-allow-headers": "X-A,X-B",
                "access-control-allow-methods": "GET,PUT",
                "access-control-max-age": "600",
            },
        ),
    ],
)
async def test_a_preflight_request_is_answered(
    settings: dict[str, Any], told: dict[str, str]
) -> None:
    x = exchange(TestNode(), "OPTIONS", headers=PREFLIGHT)
    config = config_of(NAME, **settings)
    x.answer = await access(x, config)
    assert x.answer is not None
    assert x.answer.status == 200
    assert dict(x.answer.headers) == told
    await response(x, config)
    assert dict(x.response_headers) == {}


async def test_a_preflight_request_may_be_left_to_the_upstream() -> None:
    x = exchange(TestNode(), "OPTIONS", headers=PREFLIGHT)
    assert await access(x, config_of(NAME, preflight_continue=True)) is None


async def test_headers_that_a_browser_asks_for_are_allowed_unless_some_are_listed() -> None:
    asked = {**PREFLIGHT, "access-control-request-headers": "x-team"}
    answer = await access(exchange(TestNode(), "OPTIONS", headers=asked), config_of(NAME))
    assert answer is not None
    assert answer.headers["Access-Control-Allow-Headers"] == "x-team"


async def test_a_private_network_is_allowed_if_asked_for_and_configured() -> None:
    asked = {**PREFLIGHT, "access-control-request-private-network": "true"}
    x = exchange(TestNode(), "OPTIONS", headers=asked)
    answer = await access(x, config_of(NAME, private_network=True))
    assert answer is not None
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"


async def test_credentials_for_any_origin_name_the_origin_that_asks() -> None:
    x = exchange(TestNode(), headers={"origin": ORIGIN})
    x.answer = made.response(Vary="Accept")
    await response(x, config_of(NAME, credentials=True, exposed_headers=["X-A"]))
    assert dict(x.response_headers) == {
        "vary": "Accept, Origin",
        ALLOW_ORIGIN: ORIGIN,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "X-A",
    }


@pytest.mark.parametrize(("absent", "told"), [(True, "*"), (False, None)])
async def test_a_request_without_an_origin_gets_headers_if_configured(
    absent: bool, told: str | None
) -> None:
    x = exchange(TestNode())
    x.answer = made.response()
    await response(x, config_of(NAME, allow_origin_absent=absent))
    assert x.response_headers.get(ALLOW_ORIGIN) == told
