"""Custom plugins whose code Konnect sends to the data planes, `core-entities/custom-plugins`.

Dedicated Cloud Gateways take no other custom plugins: nobody can install files on their data
planes. Kong publishes this API as a beta.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Annotated, Final

import pulumi
from pydantic import Field

from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider

MAX_LENGTH: Final = 100 * 1024
"""Characters of a handler or a schema. Source: Dedicated Cloud Gateways reference."""

LuaText = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]

with warnings.catch_warnings():
    # Konnect's name of the field is also that of a deprecated method of pydantic's models.
    warnings.filterwarnings("ignore", message='Field name "schema"')

    class GatewayCustomPluginStreamingInputs(CoreEntityInputs):
        """`CustomPlugin`."""

        name: Annotated[str, Field(min_length=1)]
        handler: LuaText
        schema: LuaText  # type: ignore[assignment]


class GatewayCustomPluginStreamingProvider(CoreEntityProvider[GatewayCustomPluginStreamingInputs]):
    """CRUD of a streamed custom plugin."""

    Inputs = GatewayCustomPluginStreamingInputs
    noun = "streamed custom plugin"
    segment = "custom-plugins"


class GatewayCustomPluginStreaming(
    CoreEntity, module="konnect", name="GatewayCustomPluginStreaming"
):
    """A custom plugin with its code (`konnect_gateway_custom_plugin_streaming`).

    ``name`` is unique among all plugins of the control plane, Kong's own included. ``handler``
    and ``schema`` are the Lua text of ``handler.lua`` and ``schema.lua``, each of at most 102,400
    characters. The code may use no timers, no ``init_worker``, no files and no other modules.

    A `GatewayPlugin` configures the plugin by its name. Write ``name=streaming.name`` there: then
    Pulumi creates the code before the plugin and deletes it after. Konnect refuses to delete a
    custom plugin that is configured. Source: `core-entities/custom-plugins`.
    """

    name: pulumi.Output[str]
    handler: pulumi.Output[str]
    schema: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str],
        handler: pulumi.Input[str],
        schema: pulumi.Input[str],
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        provider = GatewayCustomPluginStreamingProvider()
        super().__init__(provider, resource_name, locals(), opts)
