"""Every plugin of every published gateway version, at preview and in the sandbox's Konnect.

The preview and the sandbox check a configuration with code of their own for the rules between
fields, so each configuration here is put before both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from multicloudgateway import published
from multicloudgateway.published import VERSIONS, Schema, is_required, with_defaults
from providers.base.model import check
from providers.konnect.core_entities.plugin_facts import plugin_problems
from sandbox.clock import VirtualClock
from sandbox.konnect.plugins import NOT_OFFERED
from sandbox.store import Store
from tests.multicloudgateway.published.examples import ALL_PLUGINS, WRONG_TYPE, valid
from tests.providers.konnect.example import ENTITY, PLANE, Props
from tests.providers.konnect.examples import PLUGIN
from tests.sandbox.konnect.client import Konnect, entities

FILLED_AT_RANDOM = {"cluster_name", "namespace"}

REDIS_ON: Mapping[str, Props] = {
    "ace": {"rate_limiting": {"sync_rate": 0.5}},
    "acme": {"storage": "redis"},
    "ai-rate-limiting-advanced": {"strategy": "redis", "sync_rate": 0.5},
    "basic-auth": {"brute_force_protection": {"strategy": "redis"}},
    "datakit": {"resources": {"cache": {"strategy": "redis"}}},
    "graphql-proxy-cache-advanced": {"strategy": "redis"},
    "graphql-rate-limiting-advanced": {"strategy": "redis", "sync_rate": 0.5},
    "openid-connect": {"session_storage": "redis"},
    "proxy-cache-advanced": {"strategy": "redis"},
    "rate-limiting": {"policy": "redis"},
    "rate-limiting-advanced": {"strategy": "redis", "sync_rate": 0.5},
    "response-ratelimiting": {"policy": "redis"},
    "saml": {"session_storage": "redis"},
    "service-protection": {"strategy": "redis", "sync_rate": 0.5},
    "upstream-oauth": {"cache": {"strategy": "redis"}},
}
"""What switches a plugin to Redis. Source: the plugins' pages on developer.konghq.com."""

every_plugin = pytest.mark.parametrize(("version", "name"), ALL_PLUGINS)
every_redis_plugin = pytest.mark.parametrize(
    ("version", "name"), [(version, name) for version, name in ALL_PLUGINS if name in REDIS_ON]
)


class Plane:
    """A control plane of a gateway version in the sandbox, with a partial of each Redis type."""

    def __init__(self, konnect: Konnect, version: str) -> None:
        self.konnect = konnect
        self.id = konnect.plane()
        konnect.configuration(self.id, version=version)
        self.partials = {type_: self.partial(type_) for type_ in ("redis-ce", "redis-ee")}

    def partial(self, type_: str) -> str:
        body = {"type": type_, "config": {"host": "redis.internal"}}
        return str(self.konnect.post(entities(self.id, "partials"), body).body["id"])

    def post(self, name: str, config: Any, **more: Any) -> Any:
        """The answer to a POST of the plugin, which is deleted again."""
        plugins = entities(self.id, "plugins")
        answer = self.konnect.post(plugins, {"name": name, "config": config, **more})
        if answer.status == 201:
            self.konnect.delete(f"{plugins}/{answer.body['id']}")
        return answer

    def refused(self, name: str, config: Any, **more: Any) -> list[str]:
        """The fields that a 400 names."""
        answer = self.post(name, config, **more)
        assert answer.status == 400, (name, config, answer.body)
        return sorted(detail["field"] for detail in answer.body["details"])


@pytest.fixture(scope="module")
def planes() -> Iterator[dict[str, Plane]]:
    """Gateway version -> a control plane of it."""
    store = Store(":memory:", VirtualClock(speed=0))
    konnect = Konnect(store)
    yield {version: Plane(konnect, version) for version in VERSIONS}
    konnect.close()
    store.close()


def schema_of(name: str, version: str) -> published.Plugin:
    found = published.plugin(name, version)
    assert found is not None
    return found


def previewed(name: str, config: Any) -> list[str]:
    """The fields that a preview refuses."""
    prefix = f"plugin {name!r}: "
    return sorted(
        reason.removeprefix(prefix).partition(": ")[0]
        for reason in plugin_problems(name, config, [])
    )


def by_schema(schema: Schema, config: Any) -> list[str]:
    return sorted(problem.path for problem in published.problems(schema, config))


@every_plugin
def test_a_minimal_configuration_is_accepted_and_completed(
    planes: dict[str, Plane], version: str, name: str
) -> None:
    config, schema = valid(name, version), schema_of(name, version).config
    assert by_schema(schema, config) == []
    assert previewed(name, config) == []
    if name in NOT_OFFERED:
        assert planes[version].refused(name, config) == ["name"]
        return
    answer = planes[version].post(name, config)
    assert answer.status == 201, answer.body
    random = FILLED_AT_RANDOM - config.keys()
    complete = with_defaults(schema, config)
    shown = answer.body["config"]
    assert {k: v for k, v in shown.items() if k in complete or k not in random} == complete


@every_plugin
def test_each_field_of_a_wrong_type_is_refused_by_its_name(
    planes: dict[str, Plane], version: str, name: str
) -> None:
    config, schema = valid(name, version), schema_of(name, version).config
    wrong = {
        field: WRONG_TYPE[below["type"]] for field, below in schema.get("properties", {}).items()
    }
    for field, value in wrong.items():
        spoiled = {**config, field: value}
        assert by_schema(schema, spoiled) == [f"config.{field}"]
        assert previewed(name, spoiled) == [f"config.{field}"]
    if wrong and name not in NOT_OFFERED:
        refused = planes[version].refused(name, {**config, **wrong})
        assert refused == sorted(f"config.{field}" for field in wrong)


@every_plugin
def test_a_field_that_is_unknown_is_refused_by_its_name(
    planes: dict[str, Plane], version: str, name: str
) -> None:
    config, schema = valid(name, version), schema_of(name, version).config
    if "properties" not in schema:  # app-dynamics leaves its configuration open
        return
    spoiled = {**config, "no_such_field": 1}
    assert by_schema(schema, spoiled) == ["config.no_such_field"]
    assert previewed(name, spoiled) == ["config.no_such_field"]
    if name not in NOT_OFFERED:
        assert planes[version].refused(name, spoiled) == ["config.no_such_field"]


@every_plugin
def test_each_required_field_that_is_missing_is_refused_by_its_name(
    planes: dict[str, Plane], version: str, name: str
) -> None:
    config, schema = valid(name, version), schema_of(name, version).config
    required = [field for field in schema.get("properties", {}) if is_required(schema, field)]
    for field in required:
        spoiled = {key: value for key, value in config.items() if key != field}
        assert by_schema(schema, spoiled) == [f"config.{field}"]
        if required_everywhere(name, field):
            assert previewed(name, spoiled) == [f"config.{field}"]
    if required and name not in NOT_OFFERED:
        assert planes[version].refused(name, {}) == sorted(f"config.{field}" for field in required)


def required_everywhere(name: str, field: str) -> bool:
    """Whether every version requires a field: a preview refuses what no version takes."""
    schemas = [found.config for version in VERSIONS if (found := published.plugin(name, version))]
    return all(field in each["properties"] and is_required(each, field) for each in schemas)


@every_plugin
def test_a_value_that_is_not_among_the_choices_is_refused_by_its_name(
    planes: dict[str, Plane], version: str, name: str
) -> None:
    config, schema = valid(name, version), schema_of(name, version).config
    choices = {
        field: "no such choice" if below["type"] == "string" else -99
        for field, below in schema.get("properties", {}).items()
        if "enum" in below
    }
    for field, value in choices.items():
        assert previewed(name, {**config, field: value}) == [f"config.{field}"]
    if choices and name not in NOT_OFFERED:
        refused = planes[version].refused(name, {**config, **choices})
        assert refused == sorted(f"config.{field}" for field in choices)


def test_the_table_has_every_plugin_that_takes_a_redis_partial() -> None:
    found = {
        name
        for version, name in ALL_PLUGINS
        if any(type_.startswith("redis") for type_ in schema_of(name, version).partials)
    }
    assert REDIS_ON.keys() == found


def previewed_links(name: str, config: Any, path: str | None) -> list[tuple[str, str]]:
    """What a preview refuses of a plugin with a partial, at a path or wherever it goes."""
    link = {"id": ENTITY} if path is None else {"id": ENTITY, "path": path}
    inputs = {"control_plane_id": PLANE, "name": name, "config": config, "partials": [link]}
    return check(PLUGIN.inputs, inputs).failures


@every_redis_plugin
def test_a_redis_partial_is_taken_at_its_path_and_of_its_type_alone(
    planes: dict[str, Plane], version: str, name: str
) -> None:
    plane = planes[version]
    config = {**valid(name, version), **REDIS_ON[name]}
    ((type_, path),) = [
        (type_, path)
        for type_, path in schema_of(name, version).partials.items()
        if type_.startswith("redis")
    ]
    (other,) = plane.partials.keys() - {type_}
    right = {"id": plane.partials[type_]}
    for link in (right, {**right, "path": path}):
        answer = plane.post(name, config, partials=[link])
        assert answer.status == 201, answer.body
        assert answer.body["partials"][0]["path"] == path
    elsewhere = {**right, "path": "config.elsewhere"}
    assert plane.refused(name, config, partials=[elsewhere]) == ["partials.0.path"]
    wrong = {"id": plane.partials[other], "path": path}
    assert plane.refused(name, config, partials=[wrong]) == ["partials.0.id"]
    assert previewed_links(name, config, path) == []
    assert previewed_links(name, config, None) == []
    refused = previewed_links(name, config, "config.elsewhere")
    (reason,) = (reason for field, reason in refused if field == "partials")
    assert reason.startswith(f"config.elsewhere takes no partial in {name!r}, but ")
    assert path in reason
