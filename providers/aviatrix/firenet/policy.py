"""Inspection policies: which attachments of a transit gateway its firewalls inspect."""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import Field

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, AviatrixProvider, listed
from providers.aviatrix.resource import AviatrixResource
from providers.aviatrix.vocabulary import comma_list
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props


class TransitFirenetPolicyInputs(AviatrixInputs):
    """The inputs of a policy."""

    transit_firenet_gateway_name: Annotated[str, IMMUTABLE, Field(min_length=1)]
    inspected_resource_name: Annotated[str, IMMUTABLE, Field(min_length=1)]


class TransitFirenetPolicyProvider(AviatrixProvider[TransitFirenetPolicyInputs]):
    """CRUD of a policy."""

    Inputs = TransitFirenetPolicyInputs
    noun = "transit FireNet policy"
    natural_key = ("transit_firenet_gateway_name", "inspected_resource_name")

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        gateway, wanted = (props[name] for name in self.natural_key)
        doing = f"listing the inspection policies of {gateway}"
        action = "list_transit_firenet_spoke_policies"
        for item in listed(client, action, doing, fresh=fresh, gateway_name=gateway) or []:
            if item["gw_name"] == gateway and wanted in comma_list(item.get("inspected")):
                return Answer({name: props[name] for name in self.natural_key})
        return None

    def make(self, client: Client, inputs: TransitFirenetPolicyInputs) -> None:
        doing = f"creating {self.inputs_label(inputs)}"
        fields = self._fields(inputs.model_dump())
        client.form("add_spoke_to_transit_firenet_inspection", doing, fields)

    def destroy(self, client: Client, props: Props) -> None:
        doing = f"deleting {self.label(props)}"
        client.form("delete_spoke_from_transit_firenet_inspection", doing, self._fields(props))

    def _fields(self, props: Props) -> Json:
        return {
            "firenet_gateway_name": props["transit_firenet_gateway_name"],
            "spoke_gateway_name": props["inspected_resource_name"],
        }


class TransitFirenetPolicy(AviatrixResource, module="aviatrix", name="TransitFirenetPolicy"):
    """An inspection policy. Terraform: `aviatrix_transit_firenet_policy`.

    ``inspected_resource_name`` is ``SPOKE:<gateway>`` for an attached spoke; the controller's own
    pages also show ``SITE2CLOUD:<connection>`` and ``PEERING:<gateway>``. Source: the actions
    `add_spoke_to_transit_firenet_inspection`, `list_transit_firenet_spoke_policies`,
    `delete_spoke_from_transit_firenet_inspection`.
    """

    inspected_resource_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        transit_firenet_gateway_name: pulumi.Input[str],
        inspected_resource_name: pulumi.Input[str],
        after: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TransitFirenetPolicyProvider(), resource_name, locals(), opts)
