"""Members of a consumer group: one consumer in one group, `consumer_groups/{}/consumers`.

Konnect has no object for a membership: it is one when the consumer's list of groups has the
group. The Terraform provider never looks; here one that was ended in Konnect is seen and made
again. Its id is the consumer's.
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
    """CRUD of a membership: nothing of it can change."""

    Inputs = GatewayConsumerGroupMemberInputs
    noun = "consumer group member"
    segment = "consumer_groups/{consumer_group_id}/consumers"
    natural_key = ("control_plane_id", "consumer_group_id", "consumer_id")
    imported_by = "consumer_id"
    outputs = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """No answer names the consumer either."""
        return self.natural_key

    def body(self, inputs: GatewayConsumerGroupMemberInputs) -> Json:
        return {"consumer": inputs.consumer_id}

    def find(self, client: Client, inputs: GatewayConsumerGroupMemberInputs) -> Json | None:
        """By the groups of the consumer: they are few, the members of a group may be many."""
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
        """The group as Konnect names it; of the consumer only the path tells."""
        return {
            **super().remote_inputs(remote),
            "consumer_group_id": remote["consumer_group"]["id"],
        }

    def id_of(self, remote: Json) -> str:
        return str(remote["consumer_id"])

    def called(self, inputs: GatewayConsumerGroupMemberInputs) -> str:
        """The membership in messages, by both ids."""
        return f"consumer {inputs.consumer_id} in consumer group {inputs.consumer_group_id}"


class GatewayConsumerGroupMember(
    KonnectResource, module="konnect", name="GatewayConsumerGroupMember"
):
    """`konnect_gateway_consumer_group_member`.

    Source: `core-entities/consumer_groups/{consumer_group_id}/consumers`.
    ``consumer_group_id`` and ``consumer_id`` are ids, not names; a change of either replaces it.
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
