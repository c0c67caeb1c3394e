"""Plugins and partials: what the config of a partial holds, and where a partial goes."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from multicloudgateway import published
from providers.base.errors import ProviderError
from providers.base.model import check
from providers.konnect.core_entities.plugin_facts import partial_places
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, PLANE, Props
from tests.providers.konnect.examples import PARTIAL, PLUGIN
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect

CANARY = "canary-7f3a9c"
VAULTED = "{vault://env/CANARY}"
EMBEDDINGS: Props = {"model": {"name": "text-embedding-3-small", "provider": "openai"}}
VECTORS: Props = {"strategy": "redis", "dimensions": 8, "distance_metric": "cosine"}
MODEL: Props = {"model": {"name": "gpt", "provider": "openai"}, "route_type": "llm/v1/chat"}
CONFIG_OF: dict[str, Props] = {
    "redis-ce": {"host": "redis.internal"},
    "redis-ee": {"host": "redis.internal"},
    "vectordb": VECTORS,
    "embeddings": EMBEDDINGS,
    "model": MODEL,
}


# The config of a partial


def refused(type_: str, config: Props) -> list[str]:
    """What check says of a config."""
    found = check(PARTIAL.inputs, {"control_plane_id": PLANE, "type": type_, "config": config})
    assert {name for name, _ in found.failures} <= {"config"}
    return [reason for _, reason in found.failures]


@pytest.mark.parametrize(
    ("type_", "config", "reasons"),
    [
        ("redis-ce", {"timeout": 1, "port": 0}, []),
        ("redis-ce", {"read_timeout": 1}, ["read_timeout: unknown field; did you mean 'timeout'?"]),
        ("redis-ee", {"timeout": 1}, ["timeout: unknown field"]),
        ("redis-ee", {"port": VAULTED, "cloud_authentication": {"auth_provider": VAULTED}}, []),
        ("redis-ee", {"port": "6379"}, ["port: expected an integer, got a string"]),
        (
            "redis-ee",
            {"port": 65536},
            ["port: 65536 is not between 0 and 65535"],
        ),
        ("redis-ee", {"ssl": VAULTED}, ["ssl: expected a boolean, got"]),
        ("redis-ee", {"ssl": "yes"}, ['ssl: expected a boolean, got "yes"']),
        (
            "redis-ee",
            {"cluster_nodes": [{"host": "a"}]},
            ["cluster_nodes.0.host: unknown field"],
        ),
        (
            "redis-ee",
            {"sentinel_nodes": []},
            ["sentinel_nodes: length 0 is not at least 1"],
        ),
        (
            "redis-ee",
            {"cloud_authentication": {"auth_provider": "ibm"}},
            ["cloud_authentication.auth_provider: expected one of: aws, azure, gcp; got"],
        ),
        (
            "redis-ee",
            {"cloud_authentication": 1},
            ["cloud_authentication: expected a record, got 1"],
        ),
        (
            "redis-ce",
            {"cluster_nodes": [], "sentinel_nodes": []},
            ["cluster_nodes: unknown field", "sentinel_nodes: unknown field"],
        ),
        (
            "vectordb",
            {},
            ["dimensions: required", "distance_metric: required", "strategy: required"],
        ),
        ("vectordb", {**VECTORS, "pgvector": {"timeout": 1.5}, "threshold": 0.5}, []),
        ("vectordb", {**VECTORS, "redis": {"port": VAULTED, "password": VAULTED}}, []),
        (
            "vectordb",
            {**VECTORS, "dimensions": VAULTED},
            ["dimensions: expected an integer, got"],
        ),
        ("vectordb", {**VECTORS, "redis": {"timeout": 1}}, ["redis.timeout: unknown field"]),
        ("embeddings", {**EMBEDDINGS, "auth": {"header_value": VAULTED}}, []),
        ("embeddings", {"model": {"provider": "openai"}}, ["model.name: required field missing"]),
        ("embeddings", {**EMBEDDINGS, "route_type": "x"}, ["route_type: unknown field"]),
        ("model", {**MODEL, "weight": 65535, "metadata": {"any": ["thing"]}}, []),
        ("model", {**MODEL, "weight": 0}, ["weight: 0 is not between 1 and 65535"]),
        ("model", {**MODEL, "route_type": "chat"}, ["route_type: expected one of: audio/v1"]),
        (
            "model",
            {**MODEL, "model": {"provider": "openai", "options": {"elsewhere": 1}}},
            ["model.options.elsewhere: unknown field"],
        ),
    ],
)
def test_the_config_of_a_partial_is_what_kong_publishes_for_its_type(
    type_: str, config: Props, reasons: list[str]
) -> None:
    found = refused(type_, config)
    assert len(found) == len(reasons), found
    for reason, begun in zip(sorted(found), reasons, strict=True):
        assert reason.startswith(f"partial of type {type_!r}: config.{begun}")


@pytest.mark.parametrize("field", ["port", "connect_timeout", "ssl", "cloud_authentication"])
def test_a_value_that_is_not_known_yet_is_no_mistake_and_the_one_beside_it_is(field: str) -> None:
    assert refused("redis-ee", {field: UNKNOWN}) == []
    (reason,) = refused("redis-ee", {field: UNKNOWN, "tls": True})
    assert reason.startswith("partial of type 'redis-ee': config.tls: unknown field")


# Where a partial goes


def of_plugin(name: str, link: Props, config: Props | None = None) -> list[tuple[str, str]]:
    inputs = {"control_plane_id": PLANE, "name": name, "config": config or {}, "partials": [link]}
    return check(PLUGIN.inputs, inputs).failures


def test_a_path_that_takes_no_partial_is_refused_and_the_right_ones_are_named() -> None:
    wrong = {"id": ENTITY, "path": "config.elsewhere"}
    assert of_plugin("rate-limiting", wrong, {"minute": 5}) == [
        ("partials", "config.elsewhere takes no partial in 'rate-limiting', but config.redis")
    ]
    ((_, reason),) = of_plugin("ai-proxy-advanced", wrong, {"targets": [MODEL]})
    assert "config.embeddings, config.targets[], config.vectordb" in reason
    assert of_plugin("our-own", wrong) == []


@pytest.mark.parametrize("path", ["config.targets[]", "config.targets[1]", "config.vectordb"])
def test_a_place_in_a_list_may_be_written_with_its_number(path: str) -> None:
    link = {"id": ENTITY, "path": path}
    assert of_plugin("ai-proxy-advanced", link, {"targets": [MODEL]}) == []


def test_a_partial_whose_type_decides_its_place_needs_no_path() -> None:
    assert of_plugin("ai-semantic-cache", {"id": ENTITY}) == []
    written = {"id": ENTITY, "path": "config.vectordb"}
    both = {"vectordb": VECTORS, "embeddings": EMBEDDINGS}
    ((_, reason),) = of_plugin("ai-semantic-cache", written, both)
    assert reason == "config.vectordb is set by the partial and by config; write only one of them"


def a_plugin(konnect: LocalKonnect, name: str, *types: str, **inputs: Any) -> Engine:
    """A plugin with a partial of each type, none with a path."""
    plane = konnect.plane()
    links = [
        {"id": konnect.entity(plane, "partials", name=type_, type=type_, config=CONFIG_OF[type_])}
        for type_ in types
    ]
    konnect.requests.clear()
    everything = {"control_plane_id": plane, "name": name, "partials": links, **inputs}
    kind = f"control-planes/{plane}/core-entities/plugins"
    return Engine(konnect, Case(PLUGIN.provider, kind, everything, {"enabled": False}, {}))


def read(engine: Engine, id_: str, outputs: Props) -> Props:
    """What a refresh records."""
    outs = engine.provider.read(id_, outputs).outs
    assert outs is not None
    return outs


def reads(engine: Engine) -> list[str]:
    """The partials that were read."""
    return [
        request.path.rpartition("/")[2]
        for request in engine.konnect.requests
        if request.method == "GET" and "/partials/" in request.path
    ]


def places(engine: Engine) -> dict[str, str]:
    """Name of a partial -> where it is in the one plugin."""
    (plugin,) = engine.ours
    return {link["name"]: link["path"] for link in plugin["partials"]}


@pytest.mark.parametrize(
    "name", sorted(name for name in published.plugin_names() if len(partial_places(name)) > 1)
)
def test_partials_of_several_types_find_their_places_by_one_read_each(
    konnect: LocalKonnect, name: str
) -> None:
    needed: dict[str, Props] = {
        "ai-proxy-advanced": {"targets": [MODEL]},
        "ai-semantic-prompt-guard": {"rules": {"deny_prompts": ["jokes"]}},
    }
    config = needed.get(name, {})
    engine = a_plugin(konnect, name, "vectordb", "embeddings", config=config)
    id_, outputs = engine.create()
    assert places(engine) == {"vectordb": "config.vectordb", "embeddings": "config.embeddings"}
    links = [link["id"] for link in engine.case.inputs["partials"]]
    assert sorted(reads(engine)) == sorted(links)
    assert [method for method, _ in engine.konnect.writes] == ["POST"]
    assert not engine.diff(read(engine, id_, outputs), engine.case.inputs).changes
    engine.update(id_, outputs, engine.case.changed)
    assert [method for method, _ in engine.konnect.writes] == ["POST", "PUT"]
    assert len(places(engine)) == 2


def test_a_partial_of_a_plugin_with_one_place_is_never_read(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "rate-limiting", "redis-ce", config={"minute": 5})
    engine.create()
    assert places(engine) == {"redis-ce": "config.redis"}
    assert reads(engine) == []


def test_a_written_path_is_compared_and_costs_no_read(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "ai-semantic-cache", "vectordb", "embeddings")
    for link, path in zip(engine.case.inputs["partials"], ("vectordb", "embeddings"), strict=True):
        link["path"] = f"config.{path}"
    id_, outputs = engine.create()
    assert reads(engine) == []
    assert not engine.diff(read(engine, id_, outputs), engine.case.inputs).changes


def test_another_partial_in_its_place_shows_as_drift(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "ai-semantic-cache", "vectordb", "embeddings")
    id_, outputs = engine.create()
    plane = engine.case.inputs["control_plane_id"]
    other = konnect.entity(plane, "partials", name="other", type="vectordb", config=VECTORS)
    (plugin,) = engine.ours
    links = [
        {"id": other if link["name"] == "vectordb" else link["id"]} for link in plugin["partials"]
    ]
    path = f"{PLANES}/{plane}/core-entities/plugins/{id_}"
    konnect.call("PUT", path, {"name": "ai-semantic-cache", "partials": links})
    drifted = read(engine, id_, outputs)
    assert engine.diff(drifted, engine.case.inputs).changes
    engine.update(id_, drifted, engine.case.inputs)
    assert places(engine).keys() == {"vectordb", "embeddings"}


@pytest.mark.parametrize(
    ("name", "type_", "config", "reason"),
    [
        ("ai-semantic-cache", "redis-ee", {}, "is of type redis-ee, but it takes embeddings, vec"),
        ("ai-proxy-advanced", "model", {}, "write the path of partial"),
        ("ai-semantic-cache", "vectordb", {"vectordb": VECTORS}, "set by the partial and by"),
        ("rate-limiting", "redis-ee", {"minute": 5}, "takes redis-ce partials, not one of type"),
    ],
)
def test_a_partial_that_does_not_fit_is_one_clear_error_and_nothing_is_made(
    konnect: LocalKonnect, name: str, type_: str, config: Props, reason: str
) -> None:
    engine = a_plugin(konnect, name, type_, config=config)
    with pytest.raises(ProviderError, match=reason) as error:
        engine.create()
    assert repr(name) in str(error.value)
    assert engine.ours == []


def test_a_model_with_its_path_is_one_of_the_targets(konnect: LocalKonnect) -> None:
    engine = a_plugin(konnect, "ai-proxy-advanced", "model")
    engine.case.inputs["partials"][0]["path"] = "config.targets[]"
    engine.create()
    assert places(engine) == {"model": "config.targets[]"}


@pytest.mark.parametrize("after", [None, {}, {"access": []}, {"access": None}])
def test_a_phase_that_orders_nothing_is_no_change(after: Props | None) -> None:
    """Konnect may return such a phase although nobody wrote it."""
    written = {**PLUGIN.least, "ordering": {"before": {"access": ["cors"]}}}
    returned = {**written, "ordering": {**written["ordering"], "after": after}}
    assert check(PLUGIN.inputs, returned).inputs == check(PLUGIN.inputs, written).inputs
    inputs = check(PLUGIN.inputs, written).inputs
    assert PLUGIN.provider()._compare({**returned, "id": ENTITY}, inputs)[1] == []
