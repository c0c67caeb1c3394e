"""The facts of plugins and partials, held against what Kong publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from multicloudgateway import published
from providers.konnect.core_entities.partial import CONFIGS
from providers.konnect.core_entities.plugin_facts import (
    PARTIAL_CREDENTIALS,
    PARTIAL_PATHS,
    PLUGIN_CREDENTIALS,
)
from tests.providers.konnect.example import Props
from tests.sandbox.konnect.contract import document


def schema_of(name: str) -> published.Plugin:
    found = published.plugin(name)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def documented() -> dict[str, Props]:
    """Type of partial -> the published schema of its config."""
    every = document("control-planes-config-v2.json")["components"]["schemas"]
    mapping = every["Partial"]["discriminator"]["mapping"]
    return {
        type_: every[reference.rpartition("/")[2]]["properties"]["config"]
        for type_, reference in mapping.items()
    }


def fields(schema: published.Schema, path: str = "") -> Iterator[tuple[str, published.Schema]]:
    """Every field below a schema of an object, with its path."""
    for name, below in schema.get("properties", {}).items():
        place = f"{path}.{name}".removeprefix(".")
        yield place, below
        yield from fields(below, place)
        yield from fields(below.get("items", {}), f"{place}[]")


def marked(schema: published.Schema) -> set[str]:
    """The fields that Kong encrypts."""
    return {path for path, field in fields(schema) if field.get("x-encrypted")}


def test_partials_go_where_the_published_schemas_have_them() -> None:
    for name, paths in PARTIAL_PATHS.items():
        assert paths == schema_of(name).partials, name


def test_credentials_of_plugins_are_those_that_the_published_schemas_mark() -> None:
    beyond = set()
    for name, credentials in PLUGIN_CREDENTIALS.items():
        found = marked(schema_of(name).config)
        assert found <= credentials, name
        beyond |= {(name, path) for path in credentials - found}
    assert beyond == {("http-log", "headers"), ("opentelemetry", "headers")}


def test_credentials_of_partials_are_those_that_the_published_document_marks(
    documented: dict[str, Props],
) -> None:
    assert {type_: marked(config) for type_, config in documented.items()} == PARTIAL_CREDENTIALS


def test_configs_of_partials_have_the_published_fields(documented: dict[str, Props]) -> None:
    """The options of a model are left to Konnect: each gateway version has more of them."""

    def ours(config: type[BaseModel]) -> set[str]:
        schema = config.model_json_schema()

        def resolved(node: Any) -> Any:
            if isinstance(node, list):
                return [resolved(item) for item in node]
            if not isinstance(node, dict):
                return node
            if "$ref" in node:
                return resolved(schema["$defs"][node["$ref"].rpartition("/")[2]])
            if "anyOf" in node:
                return resolved(node["anyOf"][0])
            return {key: resolved(value) for key, value in node.items() if key != "$defs"}

        return {path for path, _ in fields(resolved(schema))}

    assert documented.keys() == CONFIGS.keys()
    for type_, config in CONFIGS.items():
        theirs = {path for path, _ in fields(documented[type_])}
        beyond = {path for path in theirs if path.startswith("model.options.")}
        assert ours(config) == theirs - beyond, type_
