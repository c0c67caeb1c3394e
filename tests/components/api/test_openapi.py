"""Routes from OpenAPI documents."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from components.api.model import OpenApi
from components.api.openapi import Described, described


def document(paths: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **fields}


def read(paths: dict[str, Any], base_path: str | None = None, **fields: Any) -> Described:
    return described(OpenApi(document=document(paths, **fields), base_path=base_path))


def lines(found: Described) -> list[str]:
    return [problem.line("x", root="") for problem in found.problems]


def operation(key: str) -> dict[str, Any]:
    return {"operationId": key, "responses": {}}


ORDERS = {
    "/orders": {"get": operation("listOrders"), "post": operation("createOrder")},
    "/orders/{order-id}": {"get": operation("readOrder"), "parameters": []},
    "/orders/mine": {"get": operation("myOrders")},
}


def test_each_operation_is_a_route_that_matches_its_whole_path_and_method() -> None:
    found = read(ORDERS, servers=[{"url": "https://orders.example.com/v1/"}])
    assert found.problems == []
    assert {key: (route.paths, route.methods) for key, route in found.routes.items()} == {
        "listOrders": (["~/v1/orders$"], ["GET"]),
        "createOrder": (["~/v1/orders$"], ["POST"]),
        "readOrder": (["~/v1/orders/(?<order_id>[^#?/]+)$"], ["GET"]),
        "myOrders": (["~/v1/orders/mine$"], ["GET"]),
    }
    assert not any(route.strip_path for route in found.routes.values())
    assert found.templates["readOrder"] == "/v1/orders/{order-id}"
    assert found.server_url == "https://orders.example.com/v1/"


def test_a_path_that_is_written_out_comes_before_one_with_parameters() -> None:
    routes = read(ORDERS).routes
    mine, one = (routes[key].regex_priority or 0 for key in ("myOrders", "readOrder"))
    assert mine > one


@pytest.mark.parametrize(
    ("template", "matching", "other"),
    [
        ("/a.b/{x}", "/a.b/1", "/aXb/1"),
        ("/a/{x}.json", "/a/1.json", "/a/1/2.json"),
        ("/a/{x}/{y}", "/a/1/2", "/a/1/2/3"),
        ("/", "/", "/a"),
        ("/a(b)", "/a(b)", "/ab"),
    ],
)
def test_a_path_matches_its_own_requests_only(template: str, matching: str, other: str) -> None:
    (route,) = read({template: {"get": operation("one")}}).routes.values()
    (path,) = route.paths
    pattern = re.compile(path.removeprefix("~").replace("(?<", "(?P<"))
    assert pattern.match(matching)
    assert not pattern.match(other)


def test_a_document_may_be_a_file_or_its_text(tmp_path: Path) -> None:
    text = "openapi: 3.0.3\npaths:\n  /a:\n    get: {operationId: a, responses: {}}\n"
    file = tmp_path / "openapi.yaml"
    file.write_text(text)
    for written in (text, file, str(file), '{"openapi": "3.0.3", "paths": {"/a": {"get": {}}}}'):
        assert len(described(OpenApi(document=written)).routes) == 1


def test_an_operation_without_an_id_is_called_by_its_method_and_path() -> None:
    assert set(read({"/orders/{id}": {"get": {}}}).routes) == {"get-orders-id"}


def test_a_path_item_can_be_elsewhere_in_the_document() -> None:
    items = {"pathItems": {"orders": {"get": operation("listOrders")}}}
    found = read({"/orders": {"$ref": "#/components/pathItems/orders"}}, components=items)
    assert (set(found.routes), found.problems) == ({"listOrders"}, [])


def test_the_servers_of_a_path_or_an_operation_come_first() -> None:
    paths = {
        "/a": {"servers": [{"url": "/of-path"}], "get": operation("a")},
        "/b": {"get": {**operation("b"), "servers": [{"url": "/of-operation"}]}},
    }
    found = read(paths, servers=[{"url": "/all"}])
    assert found.routes["a"].paths == ["~/of-path/a$"]
    assert found.routes["b"].paths == ["~/of-operation/b$"]


def test_variables_of_servers_have_their_defaults() -> None:
    server = {"url": "https://{env}.example.com/{v}", "variables": {"env": {"default": "dev"}}}
    found = read({"/a": {"get": {}}}, servers=[server])
    assert lines(found) == [
        'x: openapi.document.servers[0].url: "https://{env}.example.com/{v}" has {v}, which has no '
        "default; add variables.v.default"
    ]


def test_a_base_path_of_the_declaration_counts() -> None:
    servers = [{"url": "/v1"}, {"url": "/v2"}]
    assert (
        "have the paths /v1 and /v2; write openapi.base_path"
        in lines(read({"/a": {"get": {}}}, servers=servers)).pop()
    )
    found = read({"/a": {"get": operation("a")}}, "/v3", servers=servers)
    assert (found.routes["a"].paths, found.problems) == (["~/v3/a$"], [])


@pytest.mark.parametrize(
    ("paths", "line"),
    [
        (
            {"/a": {"get": operation("x")}, "/b": {"get": operation("x")}},
            'openapi.document.paths["/b"].get.operationId: "x" is also that of get /a; give it '
            "another",
        ),
        (
            {"/a/{b}": {"get": operation("x")}, "/a/{c}": {"get": operation("y")}},
            'openapi.document.paths["/a/{c}"].get: matches requests of get /a/{b}, and neither '
            "path is more specific; delete one, or write out more of its path",
        ),
        (
            {"/a/{b}/c": {"get": operation("x")}, "/a/d/{e}": {"get": operation("y")}},
            'openapi.document.paths["/a/d/{e}"].get: matches requests of get /a/{b}/c, and neither '
            "path is more specific; delete one, or write out more of its path",
        ),
        (
            {"/a": {"gett": {}}},
            'openapi.document.paths["/a"].gett: is no method; did you mean get?',
        ),
        (
            {"a": {"get": {}}},
            "openapi.document.paths.a: does not begin with a slash; write /a",
        ),
        (
            {"/{a}/{a}": {"get": {}}},
            'openapi.document.paths["/{a}/{a}"]: has {a} twice; give one another name',
        ),
        (
            {"/{a": {"get": {}}},
            'openapi.document.paths["/{a"]: has a brace that is no {parameter}; correct it',
        ),
        (
            {"/a": {"get": operation("read it")}},
            'openapi.document.paths["/a"].get.operationId: "read it" is no name of a route; use '
            "letters, digits, dots, hyphens, underscores and tildes, at most 127",
        ),
        (
            {"/a": {"$ref": "paths.yaml#/a"}},
            'openapi.document.paths["/a"].$ref: "paths.yaml#/a" points out of the document; bundle '
            "the document into one file",
        ),
        (
            {"/a": {"$ref": "#/components/pathItems/a"}},
            'openapi.document.paths["/a"].$ref: "#/components/pathItems/a" points to nothing; '
            "correct it",
        ),
        (
            {"/a": {"$ref": "#/paths/~1a"}},
            'openapi.document.paths["/a"].$ref: "#/paths/~1a" points to itself; correct it',
        ),
        ({}, "openapi.document.paths: has no path, so that no route follows; add one"),
    ],
)
def test_what_gives_no_route_is_an_error_with_its_path(paths: dict[str, Any], line: str) -> None:
    assert [one.replace('["$ref"]', ".$ref") for one in lines(read(paths))] == [f"x: {line}"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("no/such/file.yaml", "cannot be read: No such file or directory"),
        ("{", "is neither YAML nor JSON"),
        ("a\nb\n", "is no OpenAPI document"),
        ({"openapi": "3.2.0"}, 'openapi.document.openapi: "3.2.0" is not 3.0 or 3.1'),
        ({"swagger": "2.0"}, "openapi.document.openapi: is missing: this is no OpenAPI 3 document"),
    ],
)
def test_what_is_no_openapi_document_is_refused(written: Any, said: str) -> None:
    (line,) = lines(described(OpenApi(document=written)))
    assert said in line
