"""Peerings of two transit gateways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pulumi

from providers.aviatrix.client import Client
from providers.aviatrix.crud import AviatrixInputs, listed
from providers.aviatrix.gateways.base import GatewayName
from providers.aviatrix.pair import PairProvider
from providers.aviatrix.resource import AviatrixResource
from providers.base.http import Answer, Json
from providers.base.model import IMMUTABLE, Props


class TransitGatewayPeeringInputs(AviatrixInputs):
    """The inputs of a peering. Their order has no meaning for the controller."""

    transit_gateway_name1: Annotated[GatewayName, IMMUTABLE]
    transit_gateway_name2: Annotated[GatewayName, IMMUTABLE]

    def problems(self) -> Iterator[tuple[str, str]]:
        """A gateway does not peer with itself."""
        if self.transit_gateway_name1 == self.transit_gateway_name2:
            yield "transit_gateway_name2", "is the gateway of transit_gateway_name1"


class TransitGatewayPeeringProvider(PairProvider[TransitGatewayPeeringInputs]):
    """CRUD of a peering."""

    Inputs = TransitGatewayPeeringInputs
    noun = "transit gateway peering"
    natural_key = ("transit_gateway_name1", "transit_gateway_name2")

    def look(self, client: Client, props: Props, *, fresh: bool) -> Json | None:
        doing = "listing transit gateway peerings"
        found = listed(client, "list_inter_transit_gateway_peering", doing, fresh=fresh)
        if _pair(props) not in set(_pairs(found or [])):
            return None
        return Answer({name: props[name] for name in self.natural_key})

    def make(self, client: Client, inputs: TransitGatewayPeeringInputs) -> None:
        fields = {
            "gateway1": inputs.transit_gateway_name1,
            "gateway2": inputs.transit_gateway_name2,
            "private_ip_peering": "no",
        }
        doing = f"creating {self.inputs_label(inputs)}"
        client.until_seen(
            lambda: client.json("create_inter_transit_gateway_peering", doing, fields),
            lambda: self.find(client, inputs) is not None,
            doing,
        )

    def destroy(self, client: Client, props: Props) -> None:
        fields = {
            "gateway1": props["transit_gateway_name1"],
            "gateway2": props["transit_gateway_name2"],
        }
        doing = f"deleting {self.label(props)}"
        client.form("delete_inter_transit_gateway_peering", doing, fields)


def _pair(props: Props) -> frozenset[str]:
    return frozenset((props["transit_gateway_name1"], props["transit_gateway_name2"]))


def _pairs(items: Any) -> Iterator[frozenset[str]]:
    """The pairs of a list, which the controller nests in a further list."""
    for item in items:
        if isinstance(item, list):
            yield from _pairs(item)
        else:
            yield frozenset((item["gateway1"], item["gateway2"]))


class TransitGatewayPeering(AviatrixResource, module="aviatrix", name="TransitGatewayPeering"):
    """A peering of two transit gateways. Terraform: `aviatrix_transit_gateway_peering`.

    ``after`` is a wait until both gateways are up. Source: the actions
    `create_inter_transit_gateway_peering`, `list_inter_transit_gateway_peering`,
    `delete_inter_transit_gateway_peering`.
    """

    transit_gateway_name1: pulumi.Output[str]
    transit_gateway_name2: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        transit_gateway_name1: pulumi.Input[str],
        transit_gateway_name2: pulumi.Input[str],
        after: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TransitGatewayPeeringProvider(), resource_name, locals(), opts)
