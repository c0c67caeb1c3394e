"""Custom plugins: schemas of installed ones, and streamed ones with their code."""

from __future__ import annotations

from collections.abc import Callable

from providers.konnect.core_entities import custom_plugin_schema, custom_plugin_streaming
from tests.providers.konnect.case import Case
from tests.providers.konnect.example import ENTITY, OTHER, PLANE, Example
from tests.providers.konnect.local_konnect import LocalKonnect


def schema_of(name: str, fields: str = "") -> str:
    """The text of a plugin's `schema.lua`."""
    config = f'config = {{ type = "record", fields = {{ {fields} }} }}'
    return f'return {{\n  name = "{name}",\n  fields = {{ {{ {config} }} }},\n}}\n'


HANDLER = 'return { VERSION = "1.0.0", PRIORITY = 500 }\n'
NEWER = 'return { VERSION = "1.1.0", PRIORITY = 500 }\n'
WIDER = '{ ttl = { type = "integer" } }'

SCHEMA = Example(
    custom_plugin_schema.GatewayCustomPluginSchemaProvider,
    custom_plugin_schema.GatewayCustomPluginSchema,
    full={
        "control_plane_id": PLANE,
        "lua_schema": schema_of("greeter"),
        "adopt_existing_id": f'{{"name": "greeter", "control_plane_id": "{PLANE}"}}',
    },
    least={"control_plane_id": PLANE, "lua_schema": schema_of("greeter")},
    replaces={"control_plane_id": OTHER},
    updates={"lua_schema": schema_of("greeter", WIDER)},
)

STREAMING = Example(
    custom_plugin_streaming.GatewayCustomPluginStreamingProvider,
    custom_plugin_streaming.GatewayCustomPluginStreaming,
    full={
        "control_plane_id": PLANE,
        "name": "greeter",
        "handler": HANDLER,
        "schema": schema_of("greeter"),
        "tags": ["orders", "prod"],
        "adopt_existing_id": f'{{"id": "{ENTITY}", "control_plane_id": "{PLANE}"}}',
    },
    least={
        "control_plane_id": PLANE,
        "name": "greeter",
        "handler": HANDLER,
        "schema": schema_of("greeter"),
    },
    replaces={"control_plane_id": OTHER},
    updates={
        "name": "welcomer",
        "handler": NEWER,
        "schema": schema_of("greeter", WIDER),
        "tags": ["dev"],
    },
)

EXAMPLES: tuple[Example, ...] = (SCHEMA, STREAMING)


def a_schema(konnect: LocalKonnect) -> Case:
    """The schema of a plugin that is installed on the data planes."""
    plane = konnect.plane()
    return Case(
        SCHEMA.provider,
        f"control-planes/{plane}/core-entities/plugin-schemas",
        inputs={"control_plane_id": plane, "lua_schema": schema_of("greeter")},
        change={"lua_schema": schema_of("greeter", WIDER)},
        fixed={},
        import_id=f'{{{{"name": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


def a_streamed_plugin(konnect: LocalKonnect) -> Case:
    """A plugin with its code."""
    plane = konnect.plane()
    return Case(
        STREAMING.provider,
        f"control-planes/{plane}/core-entities/custom-plugins",
        inputs={
            "control_plane_id": plane,
            "name": "greeter",
            "handler": HANDLER,
            "schema": schema_of("greeter"),
            "tags": ["b", "a"],
        },
        change={"handler": NEWER, "tags": ["a"]},
        fixed={},
        import_id=f'{{{{"id": "{{id}}", "control_plane_id": "{plane}"}}}}',
    )


CASES: dict[str, Callable[[LocalKonnect], Case]] = {
    "GatewayCustomPluginSchema": a_schema,
    "GatewayCustomPluginStreaming": a_streamed_plugin,
}
