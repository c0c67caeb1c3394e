"""Attachments of spoke gateways to transit gateways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import pulumi

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider
from providers.aviatrix.errors import RefusedError
from providers.aviatrix.gateways.base import GatewayName
from providers.aviatrix.gateways.listing import gateways
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import comma_list
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props, SetOf

_DETACHED: Final = ("has not joined to any transit", "is not attached to")
"""Reasons that say that a spoke is not attached."""


class SpokeTransitAttachmentInputs(AviatrixInputs):
    """The inputs of an attachment."""

    spoke_gw_name: Annotated[GatewayName, IMMUTABLE]
    transit_gw_name: Annotated[GatewayName, IMMUTABLE]
    route_tables: Annotated[SetOf[str], IMMUTABLE] = []


class SpokeTransitAttachmentProvider(AviatrixProvider[SpokeTransitAttachmentInputs]):
    """CRUD of an attachment. The controller answers when it is attached, within 15 minutes."""

    Inputs = SpokeTransitAttachmentInputs
    noun = "spoke transit attachment"
    natural_key = ("spoke_gw_name", "transit_gw_name")
    present = ("already exists", "AVXERR-TRANSIT-0034")
    delete_first = True

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        spoke = gateways(client, fresh=fresh).get(props["spoke_gw_name"]) or {}
        hubs = [spoke.get("transit_gw_name"), spoke.get("egress_transit_gw_name")]
        if props["transit_gw_name"] not in [name for hub in hubs for name in comma_list(hub)]:
            return None
        # The controller does not tell the route tables.
        return Answer({name: props.get(name) for name in self.Inputs.model_fields})

    def make(self, client: Client, inputs: SpokeTransitAttachmentInputs) -> None:
        fields: Json = {"spoke_gw": inputs.spoke_gw_name, "transit_gw": inputs.transit_gw_name}
        if inputs.route_tables:
            fields["route_table_list"] = ",".join(inputs.route_tables)
        doing = f"creating {self.inputs_label(inputs)}"
        client.until_seen(
            lambda: client.json("attach_spoke_to_transit_gw", doing, fields),
            lambda: self.find(client, inputs) is not None,
            doing,
        )

    def destroy(self, client: Client, props: Props) -> None:
        fields = {"spoke_gw": props["spoke_gw_name"], "transit_gw": props["transit_gw_name"]}
        try:
            doing = f"deleting {self.label(props)}"
            client.form("detach_spoke_from_transit_gw", doing, fields)
        except RefusedError as error:
            if not any(text in error.reason for text in _DETACHED):
                raise


class SpokeTransitAttachment(AviatrixResource, module="aviatrix", name="SpokeTransitAttachment"):
    """An attachment of a spoke. Terraform: `aviatrix_spoke_transit_attachment`.

    ``route_tables`` are the route tables in AWS that get routes (default: all of the VPC).
    ``after`` is a wait until both gateways are up. The controller changes a transit gateway one
    call after the other: let attachments of one transit gateway depend on each other. Source: the
    actions `attach_spoke_to_transit_gw`, `list_vpcs_summary`, `detach_spoke_from_transit_gw`.
    """

    spoke_gw_name: pulumi.Output[str]
    transit_gw_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        spoke_gw_name: pulumi.Input[str],
        transit_gw_name: pulumi.Input[str],
        route_tables: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        after: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(SpokeTransitAttachmentProvider(), resource_name, locals(), opts)
