"""Every published plugin: the smallest configuration is valid, each kind of mistake is found."""

from __future__ import annotations

from typing import Any

import pytest

from multicloudgateway.published import VERSIONS, Schema, partial, partial_types, plugin, problems
from tests.multicloudgateway.published.examples import (
    ALL_PLUGINS,
    WRONG_TYPE,
    records,
    smallest,
    with_value,
)

every_plugin = pytest.mark.parametrize(("version", "name"), ALL_PLUGINS)


def config_of(name: str, version: str | None = None) -> Schema:
    found = plugin(name, version)
    assert found is not None
    return found.config


def paths(schema: Schema, config: Any) -> list[str]:
    return [problem.path for problem in problems(schema, config)]


def reasons(name: str, config: Any, **options: Any) -> list[tuple[str, str]]:
    return [tuple(problem) for problem in problems(config_of(name), config, **options)]


@every_plugin
def test_the_smallest_configuration_is_valid_and_all_of_it_is_needed(
    version: str, name: str
) -> None:
    schema = config_of(name, version)
    config = smallest(schema)
    assert paths(schema, config) == []
    for field in config:
        without = {key: value for key, value in config.items() if key != field}
        assert paths(schema, without) == [f"config.{field}"]
        assert paths(schema, {**config, field: None}) == [f"config.{field}"]


@every_plugin
def test_an_unknown_field_is_refused_in_every_record(version: str, name: str) -> None:
    schema = config_of(name, version)
    for path, _ in records(schema):
        unknown = f"{path}.no_such_field"
        assert paths(schema, with_value(schema, unknown, 1)) == [unknown]


@every_plugin
def test_a_wrong_type_is_refused_in_every_field(version: str, name: str) -> None:
    schema = config_of(name, version)
    for path, record in records(schema):
        for field, below in record["properties"].items():
            place = f"{path}.{field}"
            wrong = with_value(schema, place, WRONG_TYPE[below["type"]])
            assert paths(schema, wrong) == [place]


@every_plugin
def test_a_wrong_choice_is_refused_in_every_field(version: str, name: str) -> None:
    schema = config_of(name, version)
    for path, record in records(schema):
        for field, below in record["properties"].items():
            wrong: Any = "no such choice" if below["type"] in ("string", "array") else -99
            place = f"{path}.{field}"
            if "enum" in below:
                assert paths(schema, with_value(schema, place, wrong)) == [place]
            elif "enum" in below.get("items", {}):
                items = [wrong] * max(1, below.get("minLength", 1))
                assert f"{place}.0" in paths(schema, with_value(schema, place, items))


@pytest.mark.parametrize("version", VERSIONS)
def test_partials_are_checked_like_plugins(version: str) -> None:
    assert partial_types(version) == {"embeddings", "model", "redis-ce", "redis-ee", "vectordb"}
    for type_ in partial_types(version):
        schema = partial(type_, version)
        assert schema is not None
        assert paths(schema, smallest(schema)) == []
        assert paths(schema, {**smallest(schema), "no_such_field": 1}) == ["config.no_such_field"]


@pytest.mark.parametrize(
    ("name", "config", "path", "reason"),
    [
        ("rate-limiting", {"minute": "abc"}, "config.minute", 'expected a number, got "abc"'),
        ("rate-limiting", {"minute": True}, "config.minute", "expected a number, got true"),
        (
            "rate-limiting",
            {"minut": 5},
            "config.minut",
            "unknown field; did you mean 'minute'?",
        ),
        (
            "rate-limiting",
            {"policy": "memory"},
            "config.policy",
            'expected one of: cluster, local, redis; got "memory"',
        ),
        (
            "rate-limiting",
            {"redis": {"port": 70000}},
            "config.redis.port",
            "70000 is not between 0 and 65535",
        ),
        (
            "service-protection",
            {"limit": [5], "window_size": [60], "redis": {"cluster_nodes": []}},
            "config.redis.cluster_nodes",
            "length 0 is not at least 1",
        ),
        ("cors", {"origins": "*"}, "config.origins", "expected an array, got a string"),
        ("cors", [], "config", "expected a record, got an array"),
        (
            "request-termination",
            {"status_code": 99},
            "config.status_code",
            "99 is not between 100 and 599",
        ),
        (
            "http-log",
            {"http_endpoint": 5},
            "config.http_endpoint",
            "expected a string, got a number",
        ),
        (
            "http-log",
            {"http_endpoint": "https://logs.example", "headers": {"X-Key": ["secret"]}},
            "config.headers.X-Key",
            "expected a string, got an array",
        ),
        (
            "http-log",
            {"http_endpoint": "https://logs.example", "headers": {"X-Key": None}},
            "config.headers.X-Key",
            "required field missing",
        ),
        (
            "datakit",
            {"nodes": [{"type": "statik", "name": "A"}]},
            "config.nodes.0.type",
            "expected one of: branch, cache, call, exit, jq, json_to_xml, jwt_decode, jwt_sign, "
            'jwt_verify, property, static, xml_to_json; got "statik"',
        ),
        ("datakit", {"nodes": [{"name": "A"}]}, "config.nodes.0.type", "required field missing"),
        ("datakit", {"nodes": ["A"]}, "config.nodes.0", "expected a record, got a string"),
        (
            "datakit",
            {"nodes": [{"type": "static", "name": "A"}]},
            "config.nodes.0.values",
            "required field missing",
        ),
    ],
)
def test_a_problem_names_the_field_the_value_and_the_rule(
    name: str, config: Any, path: str, reason: str
) -> None:
    assert reasons(name, config) == [(path, reason)]


def test_all_problems_are_told_at_once() -> None:
    config = {"minute": "abc", "minut": 5, "policy": "memory"}
    assert len(reasons("rate-limiting", config)) == 3


def test_a_credential_is_never_shown() -> None:
    config = {"redis": {"password": 4711, "port": "hunter2"}}
    assert reasons("service-protection", {"limit": [5], "window_size": [60], **config}) == [
        ("config.redis.password", "expected a string, got a number"),
        ("config.redis.port", "expected an integer, got a string"),
    ]


def test_a_vault_reference_stands_for_a_value_where_the_schema_says_so() -> None:
    vault = "{vault://env/VALUE}"
    redis = partial("redis-ee")
    assert redis is not None
    fine = {"port": vault, "cloud_authentication": {"auth_provider": vault}}
    assert problems(redis, fine) == []
    assert paths(redis, {"database": vault}) == ["config.database"]


def test_a_whole_number_is_an_integer_after_the_wire() -> None:
    redis = partial("redis-ce")
    assert redis is not None
    assert problems(redis, {"database": 5.0}) == []
    assert paths(redis, {"database": float("inf")}) == ["config.database"]


def test_what_a_partial_fills_is_not_required() -> None:
    assert reasons("ai-proxy-advanced", {}) == [("config.targets", "required field missing")]
    assert reasons("ai-proxy-advanced", {}, filled=["config.targets[]"]) == []


def test_a_value_that_is_not_known_yet_is_accepted() -> None:
    later = object()
    config = {"minute": later, "redis": later}
    assert reasons("rate-limiting", config, unknown=lambda value: value is later) == []
    nodes = {"nodes": [later, {"type": later}]}
    assert reasons("datakit", nodes, unknown=lambda value: value is later) == []


def test_any_json_is_accepted_where_the_schema_leaves_it_open() -> None:
    node = {"type": "static", "name": "A", "values": {"a": [1, None, {"b": "c"}]}}
    assert reasons("datakit", {"nodes": [node]}) == []
