"""Memberships of a consumer group: one consumer in one group, `consumer_groups/{}/consumers`.

Konnect has no object for a membership: it exists if the consumer's list of groups has the group.
Its id is the consumer's. A membership that was deleted in Konnect is created again; the
Terraform provider never reads it.
"""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import Field

from providers.base import model
from providers.base.errors import NotFoundError
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Props
from providers.konnect.client import Client
from providers.konnect.core_entities.base import (
    ControlPlaneInputs,
    CoreEntityProvider,
    entities_path,
)
from providers.konnect.resource import KonnectResource


class GatewayConsumerGroupMemberInputs(ControlPlaneInputs):
    """A group and a consumer, each by id."""

    consumer_group_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    consumer_id: Annotated[str, IMMUTABLE, Field(min_length=1)]


class GatewayConsumerGroupMemberProvider(CoreEntityProvider[GatewayConsumerGroupMemberInputs]):
    """CRUD of a membership. It has no update: a change of any input replaces it."""

    Inputs = GatewayConsumerGroupMemberInputs
    noun = "consumer group member"
    segment = "consumer_groups/{consumer_group_id}/consumers"
    natural_key = ("control_plane_id", "consumer_group_id", "consumer_id")
    imported_by = "consumer_id"
    outputs = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """All inputs: Konnect's responses do not name the consumer either."""
        return self.natural_key

    def body(self, inputs: GatewayConsumerGroupMemberInputs) -> Json:
        return {"consumer": inputs.consumer_id}

    def find(self, client: Client, inputs: GatewayConsumerGroupMemberInputs) -> Json | None:
        """Search the consumer's groups: they are few, while a group may have many members."""
        props = model.dump(inputs)
        path = entities_path(
            inputs.control_plane_id, "consumers", f"{inputs.consumer_id}/consumer_groups"
        )
        groups = client.list_entities(path, f"looking for {self.called(inputs)}")
        found = (group for group in groups if group["id"] == inputs.consumer_group_id)
        return next((self.answered({"consumer_group": group}, props) for group in found), None)

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        wanted = {name: props[name] for name in self.natural_key} | {"consumer_id": id_}
        inputs = self.Inputs.model_validate(wanted)
        remote = self.find(client, inputs)
        if remote is None:
            raise NotFoundError(f"reading {self.called(inputs)}", 404, "Not Found")
        return remote

    def remote_inputs(self, remote: Json) -> Json:
        """The group's id is in the response; the consumer's is only in the path."""
        return {
            **super().remote_inputs(remote),
            "consumer_group_id": remote["consumer_group"]["id"],
        }

    def id_of(self, remote: Json) -> str:
        return str(remote["consumer_id"])

    def called(self, inputs: GatewayConsumerGroupMemberInputs) -> str:
        """The name of the membership in messages: both ids."""
        return f"consumer {inputs.consumer_id} in consumer group {inputs.consumer_group_id}"


class GatewayConsumerGroupMember(
    KonnectResource, module="konnect", name="GatewayConsumerGroupMember"
):
    """A consumer's membership of a group (`konnect_gateway_consumer_group_member`).

    ``consumer_group_id`` and ``consumer_id`` are ids, not names. A change of either replaces the
    membership. Source: `core-entities/consumer_groups/{consumer_group_id}/consumers`.
    """

    control_plane_id: pulumi.Output[str]
    consumer_group_id: pulumi.Output[str]
    consumer_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        consumer_group_id: pulumi.Input[str],
        consumer_id: pulumi.Input[str],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayConsumerGroupMemberProvider(), resource_name, locals(), opts)
