"""Partials: configuration that plugins share, `core-entities/partials`.

Konnect itself creates the partial of a control plane's managed cache. A program looks it up
and never creates it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import JsonValue

from providers.base.errors import DependentsError
from providers.base.model import IMMUTABLE, SECRET, SERVER_DEFAULT, SUBSET, Props
from providers.base.sealed import encrypted_in, marked, sealed
from providers.konnect.client import Client
from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider
from providers.konnect.core_entities.plugin_facts import partial_credentials, partial_problems

PartialType = Literal["redis-ce", "redis-ee", "vectordb", "embeddings", "model"]
MANAGED_TAG: Final = "konnect-managed"
"""The tag that Konnect's own partials carry."""


class GatewayPartialInputs(CoreEntityInputs):
    """`Partial`. Of ``config`` only the written keys are compared."""

    name: Annotated[str | None, SERVER_DEFAULT] = None
    type: Annotated[PartialType, IMMUTABLE]
    config: Annotated[dict[str, JsonValue], SUBSET, SECRET]

    def problems(self) -> Iterator[tuple[str, str]]:
        """A config that no published gateway version takes."""
        for reason in partial_problems(self.type, self.config):
            yield "config", reason


class GatewayPartialProvider(CoreEntityProvider[GatewayPartialInputs]):
    """CRUD of a partial."""

    Inputs = GatewayPartialInputs
    noun = "partial"
    segment = "partials"

    def seal(self, props: Props) -> Props:
        config = sealed(props["config"], encrypted_in(partial_credentials, props["type"]), marked)
        return {**super().seal(props), "config": config}

    def remove(self, client: Client, id_: str, props: Props) -> None:
        """Delete the partial. Raises DependentsError while plugins are linked to it.

        Kong's document of the API does not say that Konnect refuses this, so it is not tried: the
        plugins would lose a part of their configuration.
        """
        path = f"{self.path(props, id_)}/links"
        linked = client.list_entities(path, f"looking for the plugins of partial {id_}")
        if linked:
            names = ", ".join(
                f"{one.get('name')} ({one.get('instance_name') or one['id']})" for one in linked
            )
            raise DependentsError(
                f"partial {props.get('name') or id_} is not deleted, because plugins are linked to "
                f"it: {names}. Delete the partial from these plugins first"
            )
        super().remove(client, id_, props)


class GatewayPartial(CoreEntity, module="konnect", name="GatewayPartial"):
    """`konnect_gateway_partial`. Source: `core-entities/partials`.

    ``type`` is one of redis-ce, redis-ee, vectordb, embeddings and model; ``config`` has the
    fields that Kong publishes for the type. A preview refuses a config that no published gateway
    version takes (3.13 to 3.15). Credentials in it become Pulumi secrets; `{vault://...}`
    references stay readable.
    """

    name: pulumi.Output[str]
    type: pulumi.Output[str]
    config: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        type: pulumi.Input[str],
        config: pulumi.Input[Mapping[str, Any]],
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {**locals(), "config": sealed(config, encrypted_in(partial_credentials, type))}
        super().__init__(GatewayPartialProvider(), resource_name, inputs, opts)
