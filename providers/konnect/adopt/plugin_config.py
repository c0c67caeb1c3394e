"""Converts the config of a plugin or a partial from Terraform's form to Konnect's.

The Terraform provider writes a config as Konnect has it, except for these:

* A variant is a block that is named after it: ``{"static": {"name": "x"}}`` is
  ``{"type": "static", "name": "x"}`` in Konnect.
* A free object is JSON in a string, and so is a number that may be a vault reference:
  ``"6379"``.
* The name of a field is in snake case: ``x_cache_key`` is ``X-Cache-Key``.
* State holds null and empty lists for fields that the provider does not send.

The published schema of the plugin or partial says where that is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from multicloudgateway import published
from multicloudgateway.published import Schema

Json = dict[str, Any]
_ANY: Schema = {}
"""The schema of what no published schema has."""


def plugin_config(name: str, config: Mapping[str, Any]) -> Json:
    """The config of a plugin of Kong's, as Konnect has it.

    Raises ValueError: a string that should hold JSON does not.
    """
    known = (published.plugin(name, version) for version in reversed(published.VERSIONS))
    newest = next(filter(None, known), None)
    return _record(newest.config if newest else _ANY, config)


def partial_config(type_: str, config: Mapping[str, Any]) -> Json:
    """The config of a partial, as Konnect has it.

    Raises ValueError: a string that should hold JSON does not.
    """
    return _record(published.partial(type_) or _ANY, config)


def _value(schema: Schema, value: Any) -> Any:
    if isinstance(value, str):
        return _text(schema, value)
    if isinstance(value, list):
        return [_value(schema.get("items", _ANY), item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "oneOf" in schema:
        return _variant(schema, value)
    values = schema.get("additionalProperties")
    if values is None:
        return _record(schema, value)
    element = values if isinstance(values, Mapping) else _ANY
    return {key: _value(element, item) for key, item in value.items()}


def _text(schema: Schema, value: str) -> Any:
    """JSON in a string becomes what it says, unless the schema takes a string."""
    is_json = schema.get("type") in ("integer", "number", "object")
    return json.loads(value) if is_json and not published.is_vault_reference(value) else value


def _variant(schema: Schema, value: Mapping[str, Any]) -> Json:
    """The one block that is written, with the variant's name as a field."""
    key = published.variant_key(schema)
    for option in schema["oneOf"]:
        (name,) = option["properties"][key]["enum"]
        block = value.get(_in_terraform(name))
        if isinstance(block, Mapping):
            return {key: name, **_record(option, block)}
    raise ValueError(f"none of the blocks {', '.join(value)} is written")


def _record(schema: Schema, value: Mapping[str, Any]) -> Json:
    fields = schema.get("properties", {})
    names = {_in_terraform(name): name for name in fields}
    result = {}
    for key, item in value.items():
        name = names.get(key, key)
        converted = _value(fields.get(name, _ANY), item)
        required = name in fields and published.is_required(schema, name)
        if _holds_something(converted) or (required and converted is not None):
            result[name] = converted
    return result


def _holds_something(value: Any) -> bool:
    return value is not None and value != [] and value != {}


def _in_terraform(name: str) -> str:
    """``X-Cache-Key`` -> ``x_cache_key``, ``x5t#S256`` -> ``x5t_number_s256``."""
    return re.sub(r"\W+", "_", name.replace("#", "_number_")).lower()
