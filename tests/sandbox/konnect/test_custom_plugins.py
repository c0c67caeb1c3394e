"""Custom plugins of a control plane: uploaded schemas, streamed code, and plugins of both."""

from __future__ import annotations

import pytest

from sandbox.konnect import custom_plugins, plugins
from sandbox.konnect import entities as stored
from tests.sandbox.konnect.client import PLANES, Json, Konnect, entities

NOBODY = "00000000-0000-4000-8000-000000000000"


def lua(name: str = "greeter", fields: str = "") -> str:
    """The schema of a plugin, as its author writes it."""
    config = f'config = {{ type = "record", fields = {{ {fields} }} }}'
    return f'return {{ name = "{name}", fields = {{ {{ {config} }} }} }}'


@pytest.fixture
def plane(konnect: Konnect) -> str:
    return konnect.plane()


@pytest.fixture
def schemas(plane: str) -> str:
    return entities(plane, "plugin-schemas")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (lua(), "greeter"),
        ("return { name = 'greeter' }", "greeter"),
        ('local NAME = "greeter"\nreturn { name = NAME, fields = {} }', "greeter"),
        ('-- name = "old"\n--[[ name = "older"\n]]\nreturn { name = "greeter" }', "greeter"),
        ('return { fields = { { name = { type = "string" } } }, name = "greeter" }', "greeter"),
        ('return { name = prefix .. "er" }', None),
        ("return {}", None),
    ],
)
def test_the_name_of_a_schema_is_in_its_text(text: str, name: str | None) -> None:
    assert custom_plugins.name_in(text) == name


def test_a_schema_is_created_read_listed_updated_and_deleted(
    konnect: Konnect, schemas: str
) -> None:
    made = konnect.post(schemas, {"lua_schema": lua()})
    assert made.status == 201
    item = made.body["item"]
    assert item == {
        "name": "greeter",
        "lua_schema": lua(),
        "created_at": item["created_at"],
        "updated_at": item["created_at"],
    }
    assert konnect.read(f"{schemas}/greeter") == {"item": item}
    assert konnect.read(schemas) == {"items": [item], "page": {"total_count": 1}}
    konnect.wait(1)
    wider = lua(fields='{ ttl = { type = "integer" } }')
    changed = konnect.put(f"{schemas}/greeter", {"lua_schema": wider}).body["item"]
    assert (changed["lua_schema"], changed["created_at"]) == (wider, item["created_at"])
    assert changed["updated_at"] == item["updated_at"] + 60
    assert konnect.delete(f"{schemas}/greeter").status == 204
    for answer in (konnect.get(f"{schemas}/greeter"), konnect.delete(f"{schemas}/greeter")):
        assert (answer.status, answer.body) == (404, {"message": "Not Found"})


def test_a_put_creates_a_schema_too(konnect: Konnect, schemas: str) -> None:
    assert konnect.put(f"{schemas}/greeter", {"lua_schema": lua()}).status == 200
    assert konnect.get(f"{schemas}/greeter").status == 200


def test_a_list_of_schemas_has_pages(konnect: Konnect, schemas: str) -> None:
    for name in ("a", "b", "c"):
        konnect.post(schemas, {"lua_schema": lua(name)})
    first = konnect.get(schemas, **{"page[size]": "2"}).body
    assert [item["name"] for item in first["items"]] == ["a", "b"]
    rest = konnect.call("GET", first["page"]["next"]).body
    assert [item["name"] for item in rest["items"]] == ["c"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "lua_schema"),
        ({"lua_schema": ""}, "lua_schema"),
        ({"lua_schema": 5}, "lua_schema"),
        ({"lua_schema": "return {}"}, "must return a table with the name"),
        ({"lua_schema": '{ name = "greeter" }'}, "must return a table with the name"),
        ({"lua_schema": f'local t = require "x"\n{lua()}'}, "must not contain require()"),
        ({"lua_schema": f"local r = require\n{lua()}"}, "must not contain require()"),
        ({"lua_schema": lua("another")}, "cannot have the name another"),
        ({"lua_schema": lua("cors")}, "cannot have the name cors"),
    ],
)
def test_a_bad_schema_is_a_400_with_a_message(
    konnect: Konnect, schemas: str, body: Json, words: str
) -> None:
    answer = konnect.put(f"{schemas}/greeter", body)
    assert answer.status == 400
    assert list(answer.body) == ["message"]
    assert words in answer.body["message"]


@pytest.mark.parametrize(
    "line",
    [
        "-- does not require anything",
        'local typedefs = require "kong.db.schema.typedefs"',
        "local typedefs = require('kong.db.schema.typedefs')",
    ],
)
def test_a_schema_may_require_kongs_types_only(konnect: Konnect, schemas: str, line: str) -> None:
    assert konnect.post(schemas, {"lua_schema": f"{line}\n{lua()}"}).status == 201


def test_a_custom_plugin_has_a_name_that_no_other_plugin_has(
    konnect: Konnect, plane: str, schemas: str
) -> None:
    code = {"handler": "return {}", "schema": "return {}"}
    streamed = entities(plane, "custom-plugins")
    assert konnect.post(schemas, {"lua_schema": lua("uploaded")}).status == 201
    assert konnect.post(streamed, {"name": "streamed", **code}).status == 201
    for name in ("uploaded", "streamed", "cors"):
        assert konnect.post(schemas, {"lua_schema": lua(name)}).status == 409
        assert konnect.post(streamed, {"name": name, **code}).status == 400
    answer = konnect.put(f"{schemas}/cors", {"lua_schema": lua("cors")})
    assert (answer.status, "one of Kong's own" in answer.body["message"]) == (400, True)
    other = entities(konnect.plane(), "custom-plugins")
    assert konnect.post(other, {"name": "streamed", **code}).status == 201


def test_a_streamed_plugin_can_have_its_own_name_again(konnect: Konnect, plane: str) -> None:
    streamed = entities(plane, "custom-plugins")
    code = {"name": "mine", "handler": "return {}", "schema": "return {}"}
    made = konnect.post(streamed, code).body
    path = f"{streamed}/{made['id']}"
    assert konnect.put(path, {**code, "handler": "return { x = 1 }"}).status == 200
    assert konnect.put(path, {**code, "name": "yours"}).body["name"] == "yours"
    assert konnect.put(path, {**code, "name": "cors"}).status == 400


@pytest.mark.parametrize("collection", ["plugin-schemas", "custom-plugins"])
def test_a_custom_plugin_that_is_configured_cannot_be_deleted(
    konnect: Konnect, plane: str, collection: str
) -> None:
    path = entities(plane, collection)
    if collection == "plugin-schemas":
        konnect.post(path, {"lua_schema": lua()})
        path += "/greeter"
    else:
        code = {"name": "greeter", "handler": "return {}", "schema": lua()}
        path += f"/{konnect.post(path, code).body['id']}"
    made = konnect.post(entities(plane, "plugins"), {"name": "greeter", "config": {"a": 1}})
    assert made.status == 201
    answer = konnect.delete(path)
    assert answer.status == 400
    assert answer.body["message"].startswith("plugin schema is currently in use")
    assert konnect.delete(f"{entities(plane, 'plugins')}/{made.body['id']}").status == 204
    assert konnect.delete(path).status == 204


@pytest.mark.parametrize("collection", ["plugin-schemas", "custom-plugins"])
def test_a_control_plane_has_at_most_a_hundred_custom_plugins(
    konnect: Konnect, plane: str, collection: str
) -> None:
    for number in range(plugins.CUSTOM_LIMIT):
        body = {"id": str(number), "name": f"own-{number}"}
        stored.put(konnect.store, plane, collection, body)
    if collection == "plugin-schemas":
        answer = konnect.post(entities(plane, collection), {"lua_schema": lua()})
        assert (answer.status, answer.body["message"]) == (
            409,
            "a control plane has at most 100 custom plugins",
        )
    else:
        code = {"name": "greeter", "handler": "return {}", "schema": lua()}
        assert konnect.post(entities(plane, collection), code).status == 400


def test_schemas_are_those_of_a_control_plane_that_exists(konnect: Konnect, schemas: str) -> None:
    konnect.post(schemas, {"lua_schema": lua()})
    assert konnect.read(entities(konnect.plane(), "plugin-schemas"))["items"] == []
    assert konnect.get(entities(NOBODY, "plugin-schemas")).status == 404


def test_schemas_go_with_their_control_plane(konnect: Konnect, plane: str, schemas: str) -> None:
    konnect.post(schemas, {"lua_schema": lua()})
    assert konnect.delete(f"{PLANES}/{plane}").status == 204
    assert stored.every(konnect.store, plane, "plugin-schemas") == []
