"""The smallest configuration that a published schema accepts."""

from __future__ import annotations

from typing import Any

from multicloudgateway import published
from multicloudgateway.published import Schema


def minimal(schema: Schema) -> dict[str, Any]:
    """A value for each required field of a record, and nothing else."""
    fields = schema.get("properties", {})
    return {
        name: _value(field) for name, field in fields.items() if published.is_required(schema, name)
    }


def _value(schema: Schema) -> Any:
    if "oneOf" in schema:
        return minimal(schema["oneOf"][0]) | _kind(schema)
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return minimal(schema)
        case "array":
            return [_value(schema["items"])] * schema.get("minLength", 1)
        case "boolean":
            return False
        case "string":
            return "x" * max(1, schema.get("minLength", 1))
    return schema.get("minimum", 1)


def _kind(schema: Schema) -> dict[str, Any]:
    key = published.variant_key(schema)
    return {key: schema["oneOf"][0]["properties"][key]["enum"][0]}
