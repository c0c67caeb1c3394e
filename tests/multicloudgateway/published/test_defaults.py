"""Defaults are filled in at every depth, by gateway version."""

from __future__ import annotations

from typing import Any

import pytest

from multicloudgateway.published import VERSIONS, partial, plugin, problems, with_defaults
from tests.multicloudgateway.published.examples import ALL_PLUGINS, smallest


def completed(name: str, config: Any, version: str | None = None, **options: Any) -> Any:
    found = plugin(name, version)
    assert found is not None
    return with_defaults(found.config, config, **options)


@pytest.mark.parametrize(("version", "name"), ALL_PLUGINS)
def test_a_completed_configuration_is_valid_and_stays_as_it_is(version: str, name: str) -> None:
    found = plugin(name, version)
    assert found is not None
    complete = with_defaults(found.config, smallest(found.config))
    assert problems(found.config, complete) == []
    assert with_defaults(found.config, complete) == complete
    for field, below in found.config.get("properties", {}).items():
        assert field in complete or "default" not in below


@pytest.mark.parametrize(
    ("name", "config", "field", "values"),
    [
        ("key-auth", {}, "hide_credentials", [False, True, True]),
        ("http-log", {"http_endpoint": "https://logs.example"}, "ssl_verify", [None, True, True]),
    ],
)
def test_defaults_follow_the_gateway_version(
    name: str, config: Any, field: str, values: list[Any]
) -> None:
    assert [completed(name, config, version).get(field) for version in VERSIONS] == values


def test_a_written_value_stays_and_null_is_as_good_as_nothing() -> None:
    written = {"minute": 5, "policy": "redis", "limit_by": None}
    complete = completed("rate-limiting", written)
    assert (complete["minute"], complete["policy"]) == (5, "redis")
    assert complete["limit_by"] == "consumer"
    assert written == {"minute": 5, "policy": "redis", "limit_by": None}


def test_records_in_lists_and_in_variants_are_completed() -> None:
    redis = partial("redis-ee")
    assert redis is not None
    nodes = with_defaults(redis, {"cluster_nodes": [{"port": 7000}]})["cluster_nodes"]
    assert nodes == [{"ip": "127.0.0.1", "port": 7000}]
    call = {"type": "call", "name": "A", "url": "https://api.example"}
    assert completed("datakit", {"nodes": [call]})["nodes"][0]["method"] == "GET"


def test_a_default_record_is_completed_too() -> None:
    queue = completed("opentelemetry", {})["queue"]
    assert queue["max_batch_size"] == 200
    assert queue["max_retry_time"] == 60


def test_a_record_with_a_required_field_is_not_made_up() -> None:
    assert "vectordb" not in completed("ai-proxy-advanced", {"targets": []})


def test_a_record_that_kong_leaves_out_is_completed_only_when_it_is_written() -> None:
    redis = partial("redis-ce")
    assert redis is not None
    assert "cloud_authentication" not in with_defaults(redis, {})
    written = with_defaults(redis, {"cloud_authentication": {"auth_provider": "aws"}})
    assert written["cloud_authentication"] == {"auth_provider": "aws", "aws_is_serverless": True}


def test_what_a_partial_fills_gets_no_defaults() -> None:
    assert "redis" in completed("rate-limiting", {"minute": 5})
    assert "redis" not in completed("rate-limiting", {"minute": 5}, filled=["config.redis"])
