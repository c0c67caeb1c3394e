"""Fills in the defaults of a published schema, as Kong does when it stores a configuration."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from multicloudgateway.published.checks import is_required, variant
from multicloudgateway.published.schemas import Schema

LEFT_OUT = frozenset(
    {"auth", "bedrock", "cloud_authentication", "confluent", "options", "throttling"}
)
"""Records that Kong does not make up from their defaults, by the last part of their path.

Kong completes a record that is left out if its own schema has it ``required``, which the published
schemas do not tell of a record whose fields all have defaults. Kong's own schemas have these as
not required (``schemas/<plugin>`` in https://github.com/Kong/docs-plugin-toolkit, gateway 3.12);
``cloud_authentication`` is newer than those and is taken to be like the other logins.
"""


def with_defaults(
    schema: Schema,
    config: Mapping[str, Any],
    *,
    path: str = "config",
    filled: Collection[str] = (),
) -> dict[str, Any]:
    """A copy of ``config`` with the defaults of ``schema``, at every depth.

    Fields that are ``None`` or left out get their default; a field without a default stays
    out. A record that is left out is made up from the defaults of its fields, if it needs no
    value and is not one of `LEFT_OUT`. ``config`` must have no `problems`. ``path`` is the path
    of ``config`` itself, ``filled`` the paths of fields that a partial fills: they get no
    defaults.
    """
    complete: dict[str, Any] = _complete(schema, config, path, frozenset(filled))
    return complete


def _complete(schema: Schema, value: Any, path: str, filled: frozenset[str]) -> Any:
    if "oneOf" in schema:
        chosen = variant(schema, value)
        return copy.deepcopy(value) if chosen is None else _complete(chosen, value, path, filled)
    if isinstance(value, list | tuple):
        items = schema.get("items", {})
        return [_complete(items, item, f"{path}[]", filled) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "properties" not in schema:
        values = schema.get("additionalProperties")
        element = values if isinstance(values, Mapping) else {}
        return {key: _complete(element, item, path, filled) for key, item in value.items()}
    return _complete_record(schema, value, path, filled)


def _complete_record(
    schema: Schema, value: Mapping[str, Any], path: str, filled: frozenset[str]
) -> dict[str, Any]:
    complete = {}
    for key, item in value.items():
        if item is not None:
            complete[key] = _complete(
                schema["properties"].get(key, {}), item, f"{path}.{key}", filled
            )
    for key, field in schema["properties"].items():
        place = f"{path}.{key}"
        if key in complete or place in filled:
            continue
        if "default" in field:
            complete[key] = _complete(field, field["default"], place, filled)
        elif key not in LEFT_OUT and _has_defaults(field):
            complete[key] = _complete(field, {}, place, filled)
    return complete


def _has_defaults(schema: Schema) -> bool:
    """Whether a record can be made up: it has defaults and needs no value."""
    fields = schema.get("properties")
    if fields is None or any(is_required(schema, name) for name in fields):
        return False
    return any(
        "default" in field or (name not in LEFT_OUT and _has_defaults(field))
        for name, field in fields.items()
    )
