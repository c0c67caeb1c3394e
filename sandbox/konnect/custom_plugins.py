"""Schemas of custom plugins: ``plugin-schemas`` of a control plane.

The code of such a plugin is on the data planes. A plugin whose code Konnect streams to them is a
core entity of the collection ``custom-plugins``. These schemas have the oldest envelopes (``item``,
``items``), and the name of one is in its Lua text. The rules are those of "Custom plugins in
Konnect hybrid mode" and "Editing or deleting a custom plugin's schema" in Kong's documentation.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field
from starlette.datastructures import QueryParams

from sandbox.http.bodies import Open, parse
from sandbox.http.problems import conflict, invalid, not_found
from sandbox.http.routing import Router
from sandbox.konnect import entities, paging, plugins
from sandbox.konnect.control_planes import find_control_plane
from sandbox.konnect.core_plane import writable_plane
from sandbox.store import Body, Store

SCHEMAS = "plugin-schemas"


class PluginSchema(Open):
    """Body of a schema."""

    lua_schema: Annotated[str, Field(min_length=1)]


router = Router()

_SCHEMAS = "/control-planes/{control_plane_id}/core-entities/plugin-schemas"
_SCHEMA = _SCHEMAS + "/{name}"

_COMMENT = re.compile(r"--\[\[.*?\]\]|--[^\n]*", re.DOTALL)
_REQUIRE = re.compile(r"""\brequire\b(?!\s*\(?\s*["']kong\.db\.schema\.typedefs["'])""")
"""A module that is required. The documentation allows none, and Kong's own examples the types."""
_NAME = re.compile(r"""\bname\s*=\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z_]\w*))""")
_CONSTANT = r"""\blocal\s+{}\s*=\s*(?:"([^"]+)"|'([^']+)')"""


def name_in(lua: str) -> str | None:
    """The name of the plugin in a Lua schema, or None.

    It is the first ``name`` that is a text or a local constant. Fields named ``name`` are tables.
    """
    code = _COMMENT.sub("", lua)
    for double, single, constant in _NAME.findall(code):
        if double or single:
            return str(double or single)
        value = re.search(_CONSTANT.format(re.escape(constant)), code)
        if value is not None:
            return value[1] or value[2]
    return None


def _parsed(raw: bytes) -> Body:
    """The name and the text of a schema; a 400 when it is not valid."""
    lua = parse(PluginSchema, raw).lua_schema
    code = _COMMENT.sub("", lua)
    name = name_in(lua)
    if name is None or not re.search(r"\breturn\b", code):
        reason = "lua_schema must return a table with the name of the plugin"
        raise invalid("lua_schema", "invalid", reason)
    if _REQUIRE.search(code):
        reason = "lua_schema must not contain require(), but for kong.db.schema.typedefs"
        raise invalid("lua_schema", "invalid", reason)
    return {"id": name, "name": name, "lua_schema": lua}


def _shown(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "id"}


def _found(store: Store, plane_id: str, name: str) -> Body:
    body = entities.get(store, plane_id, SCHEMAS, name)
    if body is None:
        raise not_found()
    return body


@router.get(_SCHEMAS)
def list_plugin_schemas(store: Store, control_plane_id: str, query: QueryParams, path: str) -> Body:
    """``list-plugin-schemas``."""
    plane_id = find_control_plane(store, control_plane_id)["id"]
    items = [_shown(body) for body in entities.every(store, plane_id, SCHEMAS)]
    return paging.counted(query, items, path)


@router.post(_SCHEMAS, status=201)
def create_plugin_schema(store: Store, control_plane_id: str, raw: bytes) -> Body:
    """``create-plugin-schemas``; the name of a plugin that exists is a 409."""
    plane_id = writable_plane(store, control_plane_id)
    body = _parsed(raw)
    problem = plugins.custom_name_problem(store, plane_id, body["name"], SCHEMAS)
    if problem is not None:
        raise conflict(problem)
    return {"item": _shown(entities.put(store, plane_id, SCHEMAS, body))}


@router.get(_SCHEMA)
def get_plugin_schema(store: Store, control_plane_id: str, name: str) -> Body:
    """``get-plugin-schema``."""
    plane_id = find_control_plane(store, control_plane_id)["id"]
    return {"item": _shown(_found(store, plane_id, name))}


@router.put(_SCHEMA)
def update_plugin_schema(store: Store, control_plane_id: str, name: str, raw: bytes) -> Body:
    """``update-plugin-schemas``: an upsert. The name in the text must be that in the path."""
    plane_id = writable_plane(store, control_plane_id)
    body = _parsed(raw)
    if body["name"] != name:
        reason = f"the schema of plugin {name} cannot have the name {body['name']}"
        raise invalid("lua_schema", "invalid", reason)
    if entities.get(store, plane_id, SCHEMAS, name) is None:
        problem = plugins.custom_name_problem(store, plane_id, name, SCHEMAS)
        if problem is not None:
            raise invalid("lua_schema", "invalid", problem)
    return {"item": _shown(entities.put(store, plane_id, SCHEMAS, body))}


@router.delete(_SCHEMA)
def delete_plugin_schema(store: Store, control_plane_id: str, name: str) -> None:
    """``delete-plugin-schemas``; a 400 while a plugin uses the schema."""
    plane_id = writable_plane(store, control_plane_id)
    _found(store, plane_id, name)
    plugins.refuse_used_custom(store, plane_id, name)
    entities.delete(store, plane_id, SCHEMAS, name)
