"""Gateway consumer groups: consumers that share plugins, `core-entities/consumer_groups`.

A GET returns `{"consumer_group": {...}}`. The list, a POST and a PUT return the group itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pulumi
from pydantic import Field

from providers.base.http import Json
from providers.base.model import Props
from providers.konnect.client import Client
from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider


class GatewayConsumerGroupInputs(CoreEntityInputs):
    """`ConsumerGroup`."""

    name: Annotated[str, Field(min_length=1)]


class GatewayConsumerGroupProvider(CoreEntityProvider[GatewayConsumerGroupInputs]):
    """CRUD of a consumer group."""

    Inputs = GatewayConsumerGroupInputs
    noun = "consumer group"
    segment = "consumer_groups"

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        """Read the group, and take it out of its wrapper."""
        return self.answered(super().fetch(client, id_, props)["consumer_group"], props)


class GatewayConsumerGroup(CoreEntity, module="konnect", name="GatewayConsumerGroup"):
    """A consumer group (`konnect_gateway_consumer_group`).

    ``name`` is unique in its control plane. To add a consumer, declare a
    `GatewayConsumerGroupMember`. Source: `core-entities/consumer_groups`.
    """

    name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        name: pulumi.Input[str],
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayConsumerGroupProvider(), resource_name, locals(), opts)
