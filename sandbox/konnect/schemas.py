"""Schemas of plugins and partials, and the check of an entity without creating it.

Konnect returns a schema in Kong's own form: a list of fields with a ``type`` such as
``record``, ``array`` or ``map``. Here it is derived from the published schemas. They do not
distinguish a set from an array, so every list is an ``array``. The schema of a customer's own
plugin has no fields.
"""

from __future__ import annotations

from typing import Any

from multicloudgateway import published
from multicloudgateway.published import Schema
from sandbox.http.problems import not_found
from sandbox.http.routing import Router
from sandbox.konnect import configurations, plugins
from sandbox.konnect.control_planes import find_control_plane
from sandbox.konnect.core_collections import COLLECTIONS
from sandbox.konnect.core_plane import PlaneCollection
from sandbox.store import Body, Store

router = Router()

_BASE = "/control-planes/{control_plane_id}/core-entities/schemas"
_SAME = {
    "default": "default",
    "enum": "one_of",
    "maxLength": "len_max",
    "minLength": "len_min",
    "x-encrypted": "encrypted",
    "x-referenceable": "referenceable",
}


@router.get(_BASE + "/plugins/{plugin_name}")
def fetch_plugin_schema(store: Store, control_plane_id: str, plugin_name: str) -> Body:
    """``fetch-plugin-schema``, for the gateway version of the control plane."""
    plane_id = find_control_plane(store, control_plane_id)["id"]
    schema = plugins.schema_of(store, plane_id, plugin_name)
    if schema is None:
        if not plugins.is_custom(store, plane_id, plugin_name):
            raise not_found()
        return {"fields": [{"config": {"type": "record", "required": True, "fields": []}}]}
    unused = [scope for scope in plugins.SCOPES if scope not in schema.scopes]
    fields: list[Body] = [
        {"config": {**_field(schema.config), "required": True}},
        {"protocols": {**_field(schema.protocols), "required": True}},
        *({scope: {"type": "foreign", "eq": None}} for scope in unused),
    ]
    body: Body = {"fields": fields}
    if schema.partials:
        body["supported_partials"] = {type_: [path] for type_, path in schema.partials.items()}
    return body


@router.get(_BASE + "/partials/{partial_type}")
def fetch_partial_schema(store: Store, control_plane_id: str, partial_type: str) -> Body:
    """``fetch-partial-schema``, for the gateway version of the control plane."""
    plane_id = find_control_plane(store, control_plane_id)["id"]
    schema = published.partial(partial_type, configurations.version_of(store, plane_id))
    if schema is None:
        raise not_found()
    return {"fields": [{"config": {**_field(schema), "required": True}}]}


@router.post(_BASE + "/{entity_name}/validate")
def validate_entity_schema(
    store: Store, control_plane_id: str, entity_name: str, raw: bytes
) -> Body:
    """``validate-entity-schema``: 200 without a message, or the 400 of a create.

    ``entity_name`` is not documented. The collection's name in paths and its singular are
    accepted.
    """
    plane_id = find_control_plane(store, control_plane_id)["id"]
    for collection in COLLECTIONS:
        if entity_name in (collection, collection.removesuffix("s")):
            PlaneCollection(store, plane_id, collection).validate(raw)
            return {}
    raise not_found()


def _field(schema: Schema) -> Body:
    """Convert a published schema to Kong's own form."""
    field: Body = {"type": schema.get("type", "record")}
    field |= {theirs: schema[ours] for ours, theirs in _SAME.items() if ours in schema}
    if "minimum" in schema and "maximum" in schema:
        field["between"] = [schema["minimum"], schema["maximum"]]
    if schema.get("x-foreign"):
        field["type"] = "foreign"
    elif "properties" in schema:
        field |= {"type": "record", "fields": _fields(schema)}
    elif field["type"] == "object":
        values: Any = schema["additionalProperties"]
        field |= {"type": "map", "keys": {"type": "string"}}
        field["values"] = {"type": "any"} if values is True else _field(values)
    elif field["type"] == "array":
        field["elements"] = _field(schema["items"])
    return field


def _fields(schema: Schema) -> list[Body]:
    required = schema.get("required", ())
    found = []
    for name, below in schema["properties"].items():
        needed = name in required or below.get("x-lua-required")
        found.append({name: {**_field(below), "required": True} if needed else _field(below)})
    return found
