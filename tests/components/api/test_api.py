"""The component: what is on each control plane, its names, tags and outputs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from components.api import ApiArgs, ApiError
from tests.components.api.apis import PER_CLOUD, SHARED, built, problems

DOCUMENT = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://orders.internal:8443/v1"}],
    "paths": {"/orders/{id}": {"get": {"operationId": "readOrder", "responses": {}}}},
}


def test_the_same_is_on_every_control_plane() -> None:
    args = {"authentication": {"key_auth": {}}, "consumers": {"shop": {}}}
    world, _ = built(PER_CLOUD, **args)
    kinds = {
        plane: sorted(
            (one.type.rpartition(":")[2], one.name.replace(f"-{plane}", ""))
            for one in world.resources
            if one.inputs.get("control_plane_id") == f"{plane}-id"
        )
        for plane in PER_CLOUD.planes
    }
    assert kinds["aws"] == kinds["azure"] == kinds["gcp"]
    assert len(kinds["aws"]) == 4


def test_everything_has_the_tags_of_its_owner_and_the_name_of_its_resource() -> None:
    args = {
        "upstream": {"targets": {"a": {"target": "10.0.0.1"}}},
        "authentication": {"key_auth": {}},
        "consumers": {"shop": {}},
        "tags": ["pci"],
    }
    world, _ = built(SHARED, **args)
    entities = [one for one in world.resources if "/konnect:" in one.type]
    assert len(entities) == 6
    for one in entities:
        assert sorted(one.inputs["tags"]) == ["owner:billing", "pci", f"pulumi-name:{one.name}"]


def test_names_come_from_keys_and_never_from_an_order() -> None:
    routes = {key: {"paths": [f"/{key}"]} for key in ("a", "b")}
    reverse = dict(reversed(routes.items()))
    one, other = (built(SHARED, routes=written)[0] for written in (routes, reverse))
    assert sorted(one.urns) == sorted(other.urns)
    assert {route.inputs["name"] for route in one.of("konnect:GatewayRoute")} == {
        "billing-a",
        "billing-b",
    }


def test_outputs_are_by_region_and_by_control_plane() -> None:
    _, outputs = built(PER_CLOUD, routes={"a": {"paths": ["/a"]}, "b": {"paths": ["/b"]}})
    assert outputs["urls"]["aws-eu-west-1"] == [
        "https://aws-eu-west-1.example/a",
        "https://aws-eu-west-1.example/b",
    ]
    assert set(outputs["urls"]) == set(PER_CLOUD.regions)
    assert outputs["control_planes"] == {key: f"{key}-id" for key in PER_CLOUD.planes}
    assert outputs["service_ids"]["aws"] == "billing-aws-service-id"
    assert outputs["route_ids"]["gcp"] == {
        "a": "billing-gcp-route-a-id",
        "b": "billing-gcp-route-b-id",
    }
    assert outputs["upstream_ids"] == {}


def test_a_document_gives_routes_and_the_service() -> None:
    world, outputs = built(SHARED, service=None, routes={}, openapi=DOCUMENT)
    route = world.one("konnect:GatewayRoute").inputs
    assert route["paths"] == ["~/v1/orders/(?<id>[^#?/]+)$"]
    assert (route["name"], route["strip_path"]) == ("billing-readOrder", False)
    service = world.one("konnect:GatewayService").inputs
    assert (service["host"], service["port"], service.get("path")) == (
        "orders.internal",
        8443,
        None,
    )
    assert outputs["urls"]["aws-us-east-2"] == ["https://aws-us-east-2.example/v1/orders/{id}"]


def test_urls_have_the_hosts_of_a_route_that_has_some() -> None:
    routes = {
        "all": {"paths": ["/a"], "hosts": ["api.example.com", "*.example.org"]},
        "any": {"methods": ["GET"], "protocols": ["http"]},
        "odd": {"paths": ["~/a/[0-9]+$"]},
    }
    _, outputs = built(SHARED, routes=routes)
    assert outputs["urls"]["azure-eastus2"] == [
        "https://api.example.com/a",
        "http://azure-eastus2.example/",
    ]


def test_the_inputs_of_the_component_are_what_is_written(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text("openapi: 3.0.0\npaths: {/a: {get: {}}}\n")
    world, _ = built(SHARED, routes={}, openapi=file)
    assert world.one("index:Api").inputs == {
        "owner": "billing",
        "service": {"host": "billing.internal"},
        "routes": {},
        "openapi": {"document": str(file)},
    }


def test_a_parsed_document_is_not_among_the_inputs_of_the_component() -> None:
    responses = {200: {"example": date(2026, 1, 2)}}
    parsed = {"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": responses}}}}
    world, _ = built(SHARED, routes={}, openapi=parsed)
    assert world.one("index:Api").inputs["openapi"] == {"document": "(inline)"}


def test_all_problems_are_reported_at_once_and_nothing_is_registered() -> None:
    args: dict[str, Any] = {
        "routes": {
            "a": {"paths": ["orders", "/x/{id}"], "methods": ["get"]},
            "b": {},
            "c": {"paths": ["~orders"]},
        },
        "tags": ["a,b", "pulumi:x"],
        "plugins": {"corss": {}},
        "upstreams": {"gcp": {"host": "x"}},
    }
    assert [line.removeprefix("Api billing: ") for line in problems(SHARED, **args)] == [
        'routes.a.paths[0]: "orders" does not begin with a slash; write /orders',
        'routes.a.paths[1]: "/x/{id}" has a brace: Kong\'s paths have no parameters; write a '
        "regular expression: ~/orders/[^/]+$",
        'routes.a.methods[0]: "get" is no method in capital letters; write GET',
        "routes.b: matches every request to the gateway; add paths, hosts, methods, headers or "
        "snis",
        'routes.c.paths[0]: "~orders" is a regular expression that does not begin with a slash; '
        "write ~/orders",
        "upstreams.gcp: is no region, cloud or control plane of the gateway; use one of aws, "
        "aws-us-east-2, azure, azure-eastus2, main",
        'plugins.corss: "corss" is not a plugin of gateway 3.13; did you mean cors?',
        'tags[0]: "a,b" is no tag of Konnect; write at most 128 characters, no , or /',
        'tags[1]: "pulumi:x" begins with pulumi:, which marks the stack that created an entity; '
        "delete it: it is added by itself",
    ]
    with pytest.raises(ApiError, match="is not a plugin"):
        built(SHARED, **args)


def test_routes_for_the_same_requests_are_an_error() -> None:
    routes = {
        "a": {"paths": ["/x", "/y"], "methods": ["GET", "POST"]},
        "b": {"paths": ["/y"], "methods": ["POST"]},
        "c": {"paths": ["/y"], "methods": ["DELETE"]},
        "d": {"paths": ["/y"], "methods": ["POST"], "hosts": ["api.example.com"]},
    }
    assert problems(SHARED, routes=routes) == [
        'Api billing: routes.b.paths: "/y" is also a path of routes.a, for the same requests; '
        "delete one"
    ]


def test_a_route_with_the_key_of_an_operation_is_an_error() -> None:
    (line,) = problems(SHARED, openapi=DOCUMENT, routes={"readOrder": {"paths": ["/a"]}})
    assert "routes.readOrder: is also the name of an operation of the OpenAPI document" in line


def test_an_api_without_routes_is_an_error() -> None:
    assert problems(SHARED, routes={}) == [
        "Api billing: routes: is missing, and so is openapi; add one of them"
    ]


def test_a_document_with_several_servers_needs_a_service() -> None:
    servers = [{"url": "https://a.internal"}, {"url": "https://b.internal"}]
    lines = problems(SHARED, service=None, routes={}, openapi={**DOCUMENT, "servers": servers})
    assert lines[0] == (
        "Api billing: openapi.document.servers: has 2 servers, and an API has one service; write "
        "service"
    )


def test_a_value_of_a_wrong_type_is_an_error_with_an_example() -> None:
    with pytest.raises(ApiError) as error:
        ApiArgs(owner="billing", service={"hots": "x", "port": "80"}, routes=[])
    assert [line.partition(":")[2].partition(";")[0] for line in str(error.value).splitlines()] == [
        ' service.port: "80" should be a valid integer',
        ' service.hots: "x" is not a known key',
        " routes: [] should be a valid dictionary",
    ]


def test_with_cors_the_routes_take_the_requests_by_which_browsers_ask_first() -> None:
    cors = {"cors": {"config": {"origins": ["https://example.com"]}}}
    world, _ = built(SHARED, routes={}, openapi=DOCUMENT, plugins=cors)
    assert world.one("konnect:GatewayRoute").inputs["methods"] == ["GET", "OPTIONS"]

    routes = {
        "a": {"paths": ["/a"], "methods": ["GET"]},
        "b": {"paths": ["/b"], "methods": ["GET", "OPTIONS"]},
        "c": {"paths": ["/c"]},
    }
    assert problems(SHARED, routes=routes, plugins=cors) == [
        "Api billing: routes.a.methods: has no OPTIONS, by which browsers ask before a request: "
        "cors is never run; add OPTIONS, or delete methods"
    ]
    only = {"cors": {**cors["cors"], "route": "b"}}
    assert problems(SHARED, routes=routes, plugins=only) == []
