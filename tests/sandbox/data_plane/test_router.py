"""Kong's traditional router: which route a request has, and where its path goes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.data_plane.router import Matched, Router, normalized, unplayed_settings, upstream_path

Route = dict[str, Any]


def found(
    routes: list[Route],
    path: str = "/",
    *,
    host: str = "api.example.com",
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> str | None:
    """The name of the route that a request has."""
    matched = Router(routes).find(method, host, path, httpx.Headers(headers))
    return None if matched is None else str(matched.route["name"])


def route(name: str, **fields: Any) -> Route:
    return {"name": name, "protocols": ["https"], **fields}


@pytest.mark.parametrize(
    ("conditions", "request_", "matches"),
    [
        ({"paths": ["/orders"]}, {"path": "/orders/7"}, True),
        ({"paths": ["/orders"]}, {"path": "/order"}, False),
        ({"paths": [r"~/orders/\d+$"]}, {"path": "/orders/7"}, True),
        ({"paths": [r"~/orders/\d+$"]}, {"path": "/orders/7/lines"}, False),
        ({"paths": [r"~/orders"]}, {"path": "/all/orders"}, False),
        ({"hosts": ["api.example.com"]}, {"host": "API.example.com:8000"}, True),
        ({"hosts": ["api.example.com:9000"]}, {"host": "api.example.com:8000"}, False),
        ({"hosts": ["*.example.com"]}, {"host": "api.example.com"}, True),
        ({"hosts": ["*.example.com"]}, {"host": "example.com"}, False),
        ({"hosts": ["api.*"]}, {"host": "api.example.org"}, True),
        ({"methods": ["POST"]}, {"method": "GET"}, False),
        ({"methods": ["POST"]}, {"method": "POST"}, True),
        ({"headers": {"x-plan": ["gold", "silver"]}}, {"headers": {"X-Plan": "Gold"}}, True),
        ({"headers": {"x-plan": ["gold"]}}, {"headers": {"X-Plan": "lead"}}, False),
        ({"headers": {"x-plan": ["~*^g.ld$"]}}, {"headers": {"X-Plan": "GOLD"}}, True),
        ({"protocols": ["tcp"]}, {}, False),
        ({"protocols": ["http"]}, {}, True),
    ],
)
def test_a_route_matches_when_all_its_conditions_hold(
    conditions: Route, request_: dict[str, Any], matches: bool
) -> None:
    assert (found([route("one", **conditions)], **request_) == "one") is matches


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        ({"paths": ["/a"], "methods": ["GET"]}, {"paths": ["/a/b"]}),
        ({"hosts": ["api.example.com"]}, {"hosts": ["*.example.com"]}),
        ({"hosts": ["api.example.com"]}, {"paths": ["/a/b"]}),
        ({"paths": ["/a/b"]}, {"paths": ["/a"]}),
        ({"paths": ["~/a"]}, {"paths": ["/a/b"]}),
        ({"paths": ["~/a"], "regex_priority": 2}, {"paths": ["~/a/b"], "regex_priority": 1}),
        ({"paths": ["/a"], "created_at": 1}, {"paths": ["/a"], "created_at": 2}),
        (
            {"headers": {"x-a": ["1"], "x-b": ["2"]}},
            {"headers": {"x-a": ["1"]}},
        ),
        (
            {"paths": ["/a"], "headers": {"x-a": ["1"], "x-b": ["2"]}},
            {"paths": ["~/a"], "headers": {"x-a": ["1"]}},
        ),
    ],
)
def test_the_more_specific_route_wins(winner: Route, loser: Route) -> None:
    headers = {"x-a": "1", "x-b": "2"}
    routes = [route("loser", **loser), route("winner", **winner)]
    assert found(routes, "/a/b", headers=headers) == "winner"
    assert found(routes[::-1], "/a/b", headers=headers) == "winner"


@pytest.mark.parametrize(
    ("service", "strip", "handling", "expected"),
    [
        ("/s", True, "v0", "/s/req"),
        ("/s", True, "v1", "/sreq"),
        ("/s", False, "v0", "/s/fv0req"),
        ("/s", False, "v1", "/s/fv0req"),
        (None, True, "v0", "/req"),
        (None, False, "v0", "/fv0req"),
        ("/s/", True, "v0", "/s/req"),
        ("/s/", True, "v1", "/s/req"),
    ],
)
def test_the_path_of_the_service_is_joined_as_path_handling_says(
    service: str | None, strip: bool, handling: str, expected: str
) -> None:
    matched = Matched(
        route("one", strip_path=strip, path_handling=handling), prefix="/fv0", captures={}
    )
    assert upstream_path("/fv0req", matched, {"path": service}) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a/./b", "/a/b"), ("/a/../b/", "/b/"), ("//a", "/a"), ("/../..", "/"), ("/", "/")],
)
def test_a_path_is_matched_without_dots_and_double_slashes(path: str, expected: str) -> None:
    assert normalized(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/%61dmin", "/admin"),
        ("/open/%2e%2E/admin", "/admin"),
        ("/a%2fb%3f%25", "/a%2Fb%3F%25"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/100%", "/100%"),
    ],
)
def test_encoded_letters_of_a_path_do_not_lead_past_a_route(path: str, expected: str) -> None:
    assert normalized(path) == expected


@pytest.mark.parametrize("path", ["/caf%c3%a9", "/a/../caf%C3%A9", "~/caf%c3%a9$"])
def test_paths_of_routes_may_be_encoded_too(path: str) -> None:
    assert found([route("one", paths=[path])], normalized("/caf%C3%a9")) == "one"


def test_captures_of_a_regular_expression_are_named() -> None:
    routes = [route("one", paths=[r"~/orders/(?<id>\d+)"])]
    matched = Router(routes).find("GET", "", "/orders/7", httpx.Headers())
    assert matched is not None
    assert matched.captures == {"id": "7"}


def test_a_route_with_a_condition_that_is_not_played_never_matches_and_is_named() -> None:
    by_name = route("one", snis=["api.example.com"])
    assert found([by_name]) is None
    assert unplayed_settings(by_name) == ["route.snis"]
