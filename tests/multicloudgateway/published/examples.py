"""Configurations made from a schema: the smallest valid one, and ones with one mistake."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from multicloudgateway.published import VERSIONS, Schema, plugin, plugin_names
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

NEEDED_BY_RULES: Mapping[str, Mapping[str, Any]] = {
    "acl": {"allow": ["partners"]},
    "ai-prompt-decorator": {"prompts": {"prepend": [{"content": "Be brief."}]}},
    "ai-prompt-guard": {"deny_patterns": ["password"]},
    "ai-semantic-prompt-guard": {"rules": {"deny_prompts": ["how to steal"]}},
    "canary": {"upstream_host": "new.internal"},
    "graphql-rate-limiting-advanced": {"limit": [5], "window_size": [60], "sync_rate": -1},
    "ip-restriction": {"deny": ["10.0.0.1"]},
    "opentelemetry": {"traces_endpoint": "https://otel.example/v1/traces"},
    "rate-limiting": {"minute": 5},
    "request-validator": {"body_schema": "{}"},
    "response-ratelimiting": {"limits": {"sms": {"minute": 5}}},
}
"""What a plugin needs besides what its schema requires, by the rules between fields."""


def valid(name: str, version: str) -> Any:
    """A valid configuration of a plugin with as little as possible."""
    found = plugin(name, version)
    assert found is not None
    return {**smallest(found.config), **NEEDED_BY_RULES.get(name, {})}


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
