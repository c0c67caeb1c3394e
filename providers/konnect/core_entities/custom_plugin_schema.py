"""Schemas of custom plugins whose code is on the data planes, `core-entities/plugin-schemas`.

Konnect reads the name of the plugin from the Lua text and identifies the schema by it, so the id
here is the name. This API is older than the core entities: a response is wrapped in `item`, and
there are no tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.errors import NotFoundError
from providers.base.http import Json
from providers.base.model import Props
from providers.konnect.client import Client
from providers.konnect.core_entities.base import ControlPlaneInputs, CoreEntityProvider
from providers.konnect.resource import KonnectResource

_COMMENT: Final = re.compile(r"--\[\[.*?\]\]|--[^\n]*", re.DOTALL)
_NAME: Final = re.compile(r"""\bname\s*=\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z_]\w*))""")
_CONSTANT: Final = r"""\blocal\s+{}\s*=\s*(?:"([^"]+)"|'([^']+)')"""


def plugin_name(lua_schema: str) -> str | None:
    """The name of the plugin in a Lua schema, or None when it is not written as text.

    ``name = "x"`` and ``name = X`` with ``local X = "x"`` are found. A field of the plugin that
    is called ``name`` is a table and not taken for it.
    """
    code = _COMMENT.sub("", lua_schema)
    for double, single, constant in _NAME.findall(code):
        if double or single:
            return str(double or single)
        value = re.search(_CONSTANT.format(re.escape(constant)), code)
        if value is not None:
            return value[1] or value[2]
    return None


class GatewayCustomPluginSchemaInputs(ControlPlaneInputs):
    """The body of `create-plugin-schemas`."""

    lua_schema: Annotated[str, Field(min_length=1)]

    def problems(self) -> Iterator[tuple[str, str]]:
        """The name must be readable here too: the schema is found by it after a crash."""
        if not model.is_stand_in(self.lua_schema) and plugin_name(self.lua_schema) is None:
            yield (
                "lua_schema",
                'has no name of a plugin: write name = "my-plugin" into the table that it returns',
            )


class GatewayCustomPluginSchemaProvider(CoreEntityProvider[GatewayCustomPluginSchemaInputs]):
    """CRUD of a schema. Another name in the text makes it the schema of another plugin."""

    Inputs = GatewayCustomPluginSchemaInputs
    noun = "custom plugin schema"
    segment = "plugin-schemas"
    imported_by = "name"
    natural_key = ("control_plane_id", "lua_schema")
    outputs = ("name", "created_at", "updated_at")

    def id_of(self, remote: Json) -> str:
        return str(remote["name"])

    def called(self, inputs: GatewayCustomPluginSchemaInputs) -> str:
        """The schema in messages, by the name of its plugin."""
        return f"{self.noun} {plugin_name(inputs.lua_schema)!r}"

    def answered(self, remote: Json, props: Mapping[str, Any]) -> Json:
        return super().answered(remote["item"], props)

    def find(self, client: Client, inputs: GatewayCustomPluginSchemaInputs) -> Json | None:
        try:
            return self.fetch(client, str(plugin_name(inputs.lua_schema)), model.dump(inputs))
        except NotFoundError:
            return None

    def replacements(self, changed: Sequence[str], olds: Props, news: Props) -> list[str]:
        """A text with another name is a replacement. A text that is not known yet is none."""
        replaced = super().replacements(changed, olds, news)
        old, new = olds.get("lua_schema"), news.get("lua_schema")
        if isinstance(old, str) and isinstance(new, str) and plugin_name(old) != plugin_name(new):
            replaced.append("lua_schema")
        return replaced


class GatewayCustomPluginSchema(
    KonnectResource, module="konnect", name="GatewayCustomPluginSchema"
):
    """The schema of a custom plugin (`konnect_gateway_custom_plugin_schema`).

    ``lua_schema`` is the text of the plugin's ``schema.lua``. It contains the name of the plugin as
    text, and no ``require`` of other modules than Kong's types (``kong.db.schema.typedefs``). The
    name is unique among all plugins of the control plane. A new text is an update; a text with
    another name replaces the schema. You install the code of the plugin on every data plane
    yourself. That is not possible on Dedicated Cloud Gateways: use `GatewayCustomPluginStreaming`
    there.

    A `GatewayPlugin` configures the plugin by its name. Write ``name=schema.id`` there: then Pulumi
    creates the schema before the plugin and deletes it after. Konnect refuses to delete the schema
    of a plugin that is configured. The id is the name, and unlike other outputs a preview knows it
    when the text changes. Source: `core-entities/plugin-schemas`.
    """

    control_plane_id: pulumi.Output[str]
    lua_schema: pulumi.Output[str]
    name: pulumi.Output[str]
    """The name of the plugin, from the text."""
    created_at: pulumi.Output[int]
    """Seconds since 1970."""
    updated_at: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        lua_schema: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayCustomPluginSchemaProvider(), resource_name, locals(), opts)
