"""Configurations made from a schema: the smallest valid one, and ones with one mistake."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from multicloudgateway.published import VERSIONS, Schema, plugin_names
from multicloudgateway.published.checks import is_required, variant_key

ALL_PLUGINS = [(version, name) for version in VERSIONS for name in sorted(plugin_names(version))]
WRONG_TYPE = {
    "string": 5,
    "boolean": "yes",
    "integer": 1.5,
    "number": "5",
    "array": "x",
    "object": 5,
}


def smallest(schema: Schema) -> Any:
    """A valid value with as little as possible."""
    if "oneOf" in schema:
        first = schema["oneOf"][0]
        key = variant_key(schema)
        return {**smallest(first), key: first["properties"][key]["enum"][0]}
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        fields = schema.get("properties", {})
        return {name: smallest(fields[name]) for name in fields if is_required(schema, name)}
    if schema["type"] == "array":
        return [smallest(schema["items"])] * max(1, schema.get("minLength", 1))
    if schema["type"] == "string":
        return "x" * max(1, schema.get("minLength", 1))
    if schema["type"] == "boolean":
        return True
    return schema.get("minimum", 1)


def records(schema: Schema, path: str = "config") -> Iterator[tuple[str, Schema]]:
    """Each record of a configuration, itself first, with its path.

    None inside of lists, and none for app-dynamics, whose configuration is left open.
    """
    if "properties" in schema:
        yield path, schema
    for name, field in schema.get("properties", {}).items():
        if "properties" in field:
            yield from records(field, f"{path}.{name}")


def with_value(schema: Schema, path: str, value: object) -> Any:
    """The smallest valid configuration in which the field at ``path`` has ``value``."""
    config = copy.deepcopy(smallest(schema))
    here, record = config, schema
    *parents, last = path.split(".")[1:]
    for step in parents:
        record = record["properties"][step]
        here = here.setdefault(step, smallest(record))
    here[last] = value
    return config
