"""Members of a control plane group: `/v2/control-planes/{id}/group-memberships`.

A membership is not an object in Konnect: it has no id, and several programs may each add
control planes to one group. So a resource owns only the members that it names. Its id is the
group's. It adds and removes only members that differ from the current ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import pulumi
from pulumi import dynamic
from pydantic import Field

from providers.base import model
from providers.base.errors import NotFoundError
from providers.base.http import Json, ambiguous_attempts
from providers.base.model import IMMUTABLE, Inputs, Part, Props, SetOf
from providers.konnect.client import Client
from providers.konnect.control_planes import control_plane
from providers.konnect.crud import KonnectResourceProvider, plane_is_marked
from providers.konnect.ownership import Owner
from providers.konnect.resource import KonnectResource

MEMBERS_MAX: Final = 256
"""Members of one group."""
MEMBERS_PER_CALL: Final = 50
_DOING: Final = {"add": "adding members to", "remove": "removing members from"}


class Member(Part):
    """A control plane in the group. It must not be a group or have data planes of its own."""

    id: Annotated[str, Field(min_length=1)]


class GatewayControlPlaneMembershipInputs(Inputs):
    """The inputs of a membership: `GroupMembership` and the group."""

    control_plane_group_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    members: Annotated[SetOf[Member], Field(max_length=MEMBERS_MAX)]


def _ids(props: Props) -> list[str]:
    return [member["id"] for member in props.get("members") or []]


class GatewayControlPlaneMembershipProvider(
    KonnectResourceProvider[GatewayControlPlaneMembershipInputs]
):
    """Add members to a group and remove them from it. The resource id is the group's."""

    Inputs = GatewayControlPlaneMembershipInputs
    noun = "membership in control plane group"
    natural_key = ("control_plane_group_id",)
    outputs = ()

    def _path(self, group_id: str) -> str:
        return f"{control_plane.PATH}/{group_id}/group-memberships"

    def _members(self, client: Client, group_id: str) -> list[str]:
        action = f"listing the members of control plane group {group_id}"
        found = client.list_by_cursor(self._path(group_id), action, regional=True)
        return [plane["id"] for plane in found]

    def _send(self, client: Client, group_id: str, verb: str, ids: Sequence[str]) -> None:
        """Add or remove members, at most 50 in one call."""
        for start in range(0, len(ids), MEMBERS_PER_CALL):
            chunk = ids[start : start + MEMBERS_PER_CALL]
            body = {"members": [{"id": id_} for id_ in chunk]}
            action = f"{_DOING[verb]} control plane group {group_id}"
            client.post(f"{self._path(group_id)}/{verb}", action, body, regional=True)

    def _bring(self, client: Client, group_id: str, verb: str, ids: Sequence[str]) -> None:
        """Add missing members or remove present ones. Repeats the call if a response is lost."""
        for attempt in ambiguous_attempts():
            with attempt:
                there = self._members(client, group_id)
                left = [id_ for id_ in ids if (id_ in there) is (verb == "remove")]
                self._send(client, group_id, verb, left)

    def find(self, client: Client, inputs: GatewayControlPlaneMembershipInputs) -> Json | None:
        try:
            return self.fetch(client, inputs.control_plane_group_id, model.dump(inputs))
        except NotFoundError:
            return None

    def marked(
        self,
        client: Client,
        remote: Json,
        inputs: GatewayControlPlaneMembershipInputs,
        owner: Owner,
    ) -> bool:
        """Whether the owner created the group. The members do not matter."""
        return plane_is_marked(client, inputs.control_plane_group_id, owner)

    def post(self, client: Client, inputs: GatewayControlPlaneMembershipInputs) -> Json:
        props = model.dump(inputs)
        self._send(client, inputs.control_plane_group_id, "add", _ids(props))
        return self._answer(inputs.control_plane_group_id, _ids(props))

    def fetch(self, client: Client, id_: str, props: Props) -> Json:
        """The named members that are in the group. Raises NotFoundError if none of them is."""
        there = self._members(client, id_)
        named = _ids(props)
        ours = [member for member in named if member in there]
        if named and not ours:
            raise NotFoundError(f"reading the {self.noun} {id_}", 404, "Not Found")
        return self._answer(id_, ours)

    def update(self, _id: str, _olds: Props, _news: Props) -> dynamic.UpdateResult:
        """Remove old members before new ones are added: a group has at most 256 members."""
        with self._short_errors({**_olds, **_news}):
            staying = _ids(_news)
            leaving = [member for member in _ids(_olds) if member not in staying]
            if leaving:
                self._require_scope(_id, _olds)
                self._bring(self.client(), _id, "remove", leaving)
        return super().update(_id, _olds, _news)

    def change(
        self,
        client: Client,
        id_: str,
        inputs: GatewayControlPlaneMembershipInputs,
        changed: Sequence[str],
    ) -> Json:
        props = model.dump(inputs)
        self._bring(client, id_, "add", _ids(props))
        return self._answer(id_, _ids(props))

    def remove(self, client: Client, id_: str, props: Props) -> None:
        self._bring(client, id_, "remove", _ids(props))

    def _answer(self, group_id: str, members: Sequence[str]) -> Json:
        return {
            "id": group_id,
            "control_plane_group_id": group_id,
            "members": [{"id": member} for member in members],
        }


class GatewayControlPlaneMembership(
    KonnectResource, module="konnect", name="GatewayControlPlaneMembership"
):
    """Members of a control plane group. Terraform: `konnect_gateway_control_plane_membership`.

    ``members`` is a set of ``{"id": ...}``, at most 256. Other members of the group stay as they
    are and are not in the outputs. If two resources name the same member, the first that removes
    it removes it from the group. A control plane can be in at most five groups.
    ``adopt_existing_id`` is the group's id: Terraform has no import of a membership.
    Source: `/v2/control-planes/{id}/group-memberships`.
    """

    control_plane_group_id: pulumi.Output[str]
    """The group's id. Terraform's name is ``id``."""
    members: pulumi.Output[Sequence[Mapping[str, str]]]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_group_id: pulumi.Input[str],
        members: pulumi.Input[Sequence[pulumi.Input[Mapping[str, pulumi.Input[str]]]]],
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayControlPlaneMembershipProvider(), resource_name, locals(), opts)
