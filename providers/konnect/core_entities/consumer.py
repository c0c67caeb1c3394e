"""Gateway consumers: the clients of the services, `core-entities/consumers`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.base.http import Json
from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider


class GatewayConsumerInputs(CoreEntityInputs):
    """`Consumer`."""

    username: Annotated[str | None, Field(min_length=1)] = None
    custom_id: Annotated[str | None, Field(min_length=1)] = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """Konnect requires one of ``username`` and ``custom_id``; its schema does not say so."""
        if self.username is None and self.custom_id is None:
            yield "username", "one of username and custom_id is required"


class GatewayConsumerProvider(CoreEntityProvider[GatewayConsumerInputs]):
    """CRUD of a consumer. Its natural key is its username or, without one, its custom id."""

    Inputs = GatewayConsumerInputs
    noun = "consumer"
    segment = "consumers"
    natural_key = ("control_plane_id", "username", "custom_id")

    def identified(self, inputs: GatewayConsumerInputs) -> bool:
        """Always true: every consumer has a username or a custom id."""
        return True

    def same(self, entity: Json, inputs: GatewayConsumerInputs) -> bool:
        if inputs.username is not None:
            return entity.get("username") == inputs.username
        return entity.get("custom_id") == inputs.custom_id


class GatewayConsumer(CoreEntity, module="konnect", name="GatewayConsumer"):
    """A consumer (`konnect_gateway_consumer`).

    Give ``username``, ``custom_id`` (an id of another system) or both. Each is unique in its
    control plane. Source: `core-entities/consumers`.
    """

    username: pulumi.Output[str | None]
    custom_id: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        username: pulumi.Input[str] | None = None,
        custom_id: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayConsumerProvider(), resource_name, locals(), opts)
