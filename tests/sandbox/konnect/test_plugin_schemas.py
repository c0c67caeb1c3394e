"""Plugins and partials against the published schemas of their control plane's version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from multicloudgateway.published import (
    VERSIONS,
    Schema,
    partial,
    partial_types,
    plugin,
    plugin_names,
    with_defaults,
)
from sandbox.konnect import availability
from sandbox.konnect.plugins import NOT_OFFERED
from tests.multicloudgateway.published.examples import NEEDED_BY_RULES, smallest, with_value
from tests.sandbox.konnect.client import GATEWAYS, PLANES, Json, Konnect, entities

every_version = pytest.mark.parametrize("version", VERSIONS)


def plane_of(konnect: Konnect, version: str) -> str:
    plane = konnect.plane()
    konnect.configuration(plane, version=version)
    return plane


def offered(version: str) -> Iterator[tuple[str, Schema]]:
    """Each plugin that Konnect offers, with its schema."""
    for name in sorted(plugin_names(version) - NOT_OFFERED):
        found = plugin(name, version)
        assert found is not None
        yield name, found.config


@every_version
def test_every_partial_is_checked_and_completed(konnect: Konnect, version: str) -> None:
    plane = plane_of(konnect, version)
    for type_ in sorted(partial_types(version)):
        schema = partial(type_, version)
        assert schema is not None
        config = smallest(schema)
        body: Json = {"type": type_, "name": type_, "config": config}
        answer = konnect.post(entities(plane, "partials"), body)
        assert answer.status == 201, answer.body
        assert answer.body["config"] == with_defaults(schema, config)
        for wrong in ("config.no_such_field", "config.auth.no_such_field"):
            if wrong.count(".") == 1 or "auth" in schema["properties"]:
                bad = with_value(schema, wrong, 1)
                answer = konnect.post(entities(plane, "partials"), {"type": type_, "config": bad})
                assert answer.status == 400
                assert [detail["field"] for detail in answer.body["details"]] == [wrong]


def test_a_refused_plugin_tells_all_that_is_wrong_and_why(konnect: Konnect) -> None:
    config = {"minute": "abc", "polici": "local"}
    body = {"name": "rate-limiting", "config": config, "protocols": ["tcp"]}
    answer = konnect.post(entities(konnect.plane(), "plugins"), body)
    assert answer.status == 400
    assert answer.body["message"] == "validation error"
    assert {d["field"]: d["messages"] for d in answer.body["details"]} == {
        "protocols.0": ['expected one of: grpc, grpcs, http, https; got "tcp"'],
        "config.minute": ['expected a number, got "abc"'],
        "config.polici": ["unknown field; did you mean 'policy'?"],
    }


@pytest.mark.parametrize(
    ("name", "config", "field", "values"),
    [
        ("key-auth", {}, "hide_credentials", [False, True, True]),
        ("http-log", {"http_endpoint": "https://logs.example"}, "ssl_verify", [None, True, True]),
    ],
)
def test_defaults_are_those_of_the_control_plane_s_version(
    konnect: Konnect, name: str, config: Json, field: str, values: list[Any]
) -> None:
    for version, value in zip(VERSIONS, values, strict=True):
        body = {"name": name, "config": config}
        made = konnect.post(entities(plane_of(konnect, version), "plugins"), body).body
        assert made["config"].get(field) == value
    made = konnect.post(entities(konnect.plane(), "plugins"), body).body
    assert made["config"][field] == values[-1]


def test_protocols_are_those_of_the_plugin_and_of_the_version(konnect: Konnect) -> None:
    web = ["grpc", "grpcs", "http", "https"]
    body: Json = {"name": "acl", "config": NEEDED_BY_RULES["acl"]}
    for version, status in zip(VERSIONS, (400, 201, 201), strict=True):
        path = entities(plane_of(konnect, version), "plugins")
        assert konnect.post(path, {**body, "protocols": ["wss"]}).status == status
    plane = konnect.plane()
    for name, config, protocols in (
        ("acl", NEEDED_BY_RULES["acl"], web),
        ("key-auth", {}, [*web, "ws", "wss"]),
        ("websocket-size-limit", {"client_max_payload": 1}, ["ws", "wss"]),
    ):
        body = {"name": name, "config": config}
        assert konnect.post(entities(plane, "plugins"), body).body["protocols"] == protocols


def test_a_redis_partial_verifies_certificates_from_3_14_on(konnect: Konnect) -> None:
    body = {"type": "redis-ee", "config": {"host": "redis.internal"}}
    for version, verifies in zip(VERSIONS, (False, True, True), strict=True):
        made = konnect.post(entities(plane_of(konnect, version), "partials"), body).body
        assert made["config"]["ssl_verify"] is verifies


def test_a_member_of_a_group_has_the_version_of_the_group(konnect: Konnect) -> None:
    member = konnect.plane(cloud_gateway=False)
    group = konnect.plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    members = {"members": [{"id": member}]}
    assert konnect.put(f"{PLANES}/{group}/group-memberships", members).status == 204
    konnect.configuration(group, version="3.13")
    made = konnect.post(entities(member, "plugins"), {"name": "key-auth"}).body
    assert made["config"]["hide_credentials"] is False


def test_a_plugin_comes_with_its_gateway_version(konnect: Konnect) -> None:
    body = {"name": "ai-a2a-proxy"}
    answer = konnect.post(entities(plane_of(konnect, "3.13"), "plugins"), body)
    assert answer.status == 400
    reason = "plugin 'ai-a2a-proxy' is not available in gateway 3.13"
    assert answer.body["details"][0]["messages"] == [reason]
    for version in ("3.14", "3.15"):
        assert konnect.post(entities(plane_of(konnect, version), "plugins"), body).status == 201


@pytest.mark.parametrize("name", sorted(NOT_OFFERED))
def test_a_plugin_that_konnect_does_not_offer_is_refused_with_its_page(
    konnect: Konnect, name: str
) -> None:
    answer = konnect.post(entities(konnect.plane(), "plugins"), {"name": name})
    assert answer.status == 400
    reason = answer.body["details"][0]["messages"][0]
    assert f"https://developer.konghq.com/plugins/{name}/" in reason


def test_a_plugin_is_refused_where_its_schema_has_no_place_for_it(konnect: Konnect) -> None:
    plane = konnect.plane()
    consumer = konnect.post(entities(plane, "consumers"), {"username": "ann"}).body
    body = {"name": "key-auth", "consumer": {"id": consumer["id"]}}
    answer = konnect.post(entities(plane, "plugins"), body)
    assert answer.status == 400
    assert answer.body["details"][0]["field"] == "consumer"


def test_a_replaced_plugin_is_checked_too(konnect: Konnect) -> None:
    path = f"{entities(konnect.plane(), 'plugins')}/3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    assert konnect.put(path, {"name": "rate-limiting", "config": {"minute": 5}}).status == 200
    wrong = {"name": "rate-limiting", "config": {"minute": "abc"}}
    assert konnect.put(path, wrong).status == 400
    assert konnect.read(path)["config"]["minute"] == 5


def test_gateway_3_15_is_offered(konnect: Konnect) -> None:
    assert "3.15" in konnect.read(f"{GATEWAYS}/availability.json")["versions"]
    assert set(VERSIONS) <= set(availability.VERSIONS)


@every_version
def test_the_schema_of_every_plugin_is_shown(konnect: Konnect, version: str) -> None:
    plane = plane_of(konnect, version)
    for name, schema in offered(version):
        shown = konnect.read(f"{entities(plane, 'schemas')}/plugins/{name}")
        config = next(field["config"] for field in shown["fields"] if "config" in field)
        names = [next(iter(field)) for field in config.get("fields", [])]
        assert names == list(schema.get("properties", {}))
    for name in ("no-such-plugin", "jwt-signer"):
        assert konnect.get(f"{entities(plane, 'schemas')}/plugins/{name}").status == 404


def test_a_schema_is_shown_in_kong_s_own_form(konnect: Konnect) -> None:
    plane = konnect.plane()
    shown = konnect.read(f"{entities(plane, 'schemas')}/plugins/rate-limiting-advanced")
    assert shown["supported_partials"] == {"redis-ee": ["config.redis"]}
    config = {
        name: field
        for item in shown["fields"][0]["config"]["fields"]
        for name, field in item.items()
    }
    assert config["limit"] == {
        "type": "array",
        "required": True,
        "elements": {"type": "number"},
    }
    assert config["window_type"] == {
        "type": "string",
        "default": "sliding",
        "one_of": ["fixed", "sliding"],
    }
    redis = {name: field for item in config["redis"]["fields"] for name, field in item.items()}
    assert redis["port"] == {
        "type": "integer",
        "between": [0, 65535],
        "default": 6379,
        "referenceable": True,
    }
    log = konnect.read(f"{entities(plane, 'schemas')}/plugins/http-log")
    fields = {
        name: field for item in log["fields"][0]["config"]["fields"] for name, field in item.items()
    }
    assert fields["headers"] == {
        "type": "map",
        "keys": {"type": "string"},
        "values": {"type": "string"},
    }
    assert fields["client_certificate"] == {"type": "foreign"}
    assert {"consumer_group": {"type": "foreign", "eq": None}} in log["fields"]


def test_the_schema_of_every_partial_is_shown(konnect: Konnect) -> None:
    path = f"{entities(konnect.plane(), 'schemas')}/partials"
    for type_ in partial_types():
        schema = partial(type_)
        assert schema is not None
        (field,) = konnect.read(f"{path}/{type_}")["fields"]
        assert len(field["config"]["fields"]) == len(schema["properties"])
    assert konnect.get(f"{path}/redis").status == 404


def test_an_entity_is_validated_without_being_created(konnect: Konnect) -> None:
    plane = konnect.plane()

    def validate(entity: str, body: Json) -> int:
        return konnect.post(f"{entities(plane, 'schemas')}/{entity}/validate", body).status

    limits = {"name": "rate-limiting", "config": {"minute": 5}}
    for entity in ("plugin", "plugins"):
        assert validate(entity, limits) == 200
        assert validate(entity, {**limits, "config": {"minute": "abc"}}) == 400
    assert validate("partial", {"type": "redis-ce", "config": {}}) == 200
    assert validate("partial", {"type": "redis-ce", "config": {"hots": "h"}}) == 400
    assert validate("service", {"host": "api.internal"}) == 200
    assert validate("service", {"host": "api.internal", "port": 70000}) == 400
    assert validate("no-such-entity", {}) == 404
    for collection in ("plugins", "partials", "services"):
        assert konnect.read(entities(plane, collection))["data"] == []
