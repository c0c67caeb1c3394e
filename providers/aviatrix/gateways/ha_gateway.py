"""HA peers of transit and spoke gateways: a second gateway in another zone."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import pulumi
from pydantic import Field

from providers.aviatrix.gateways.base import GatewayName, GatewayResource, TaskInputs, TaskProvider
from providers.aviatrix.gateways.listing import HA_SUFFIX, UNKNOWN_SIZES, Gateway
from providers.aviatrix.gateways.placement import Placed, encoded_subnet, read_zone
from providers.aviatrix.vocabulary import CloudType
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Props


class HaGatewayInputs(TaskInputs):
    """The inputs of an HA peer."""

    primary_gw_name: Annotated[GatewayName, IMMUTABLE]
    subnet: Annotated[str, IMMUTABLE, Field(min_length=1)]
    zone: Annotated[str | None, IMMUTABLE] = None
    insane_mode: Annotated[bool, IMMUTABLE] = False


class HaGatewayProvider(TaskProvider[HaGatewayInputs]):
    """CRUD of an HA peer."""

    Inputs = HaGatewayInputs
    noun = "HA gateway"
    natural_key = ("primary_gw_name",)
    create_action = "create_multicloud_ha_gateway"

    def name_of(self, props: Props) -> str:
        return f"{props['primary_gw_name']}{HA_SUFFIX}"

    def id_of(self, remote: Json) -> str:
        return self.name_of(remote)

    def import_id(self, text: str) -> tuple[str, Props]:
        return text, {"primary_gw_name": text.removesuffix(HA_SUFFIX)}

    def fields(self, inputs: HaGatewayInputs) -> Json:
        placed = Placed(inputs.cloud_type, inputs.subnet, inputs.zone, inputs.insane_mode)
        return {
            "primary_gw_name": inputs.primary_gw_name,
            "ha_gw_name": f"{inputs.primary_gw_name}{HA_SUFFIX}",
            "gw_size": inputs.gw_size,
            "gw_subnet": encoded_subnet(placed),
            "zone": inputs.zone if inputs.cloud_type is CloudType.GCP else None,
            "insane_mode": "yes" if inputs.insane_mode else "no",
        }

    def read_inputs(self, item: Json, props: Props) -> Json:
        cloud = int(item.get("cloud_type") or props["cloud_type"])
        size = item.get("vpc_size")
        return {
            "primary_gw_name": props["primary_gw_name"],
            "cloud_type": cloud,
            "gw_size": props.get("gw_size") if size in UNKNOWN_SIZES else size,
            "subnet": item.get("public_subnet") or props.get("subnet"),
            "zone": read_zone(cloud, item, props),
            "insane_mode": bool(props.get("insane_mode")),
        }


class HaGateway(GatewayResource, module="aviatrix", name="HaGateway"):
    """The HA peer of a gateway. Terraform: the ``ha_…`` arguments of the gateway.

    ``after`` is a wait until the gateway is up: only then the controller takes the call.

    Source: the actions `create_multicloud_ha_gateway`, `edit_gw_config`, `delete_container`.
    """

    primary_gw_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        primary_gw_name: pulumi.Input[str],
        cloud_type: pulumi.Input[int],
        gw_size: pulumi.Input[str],
        subnet: pulumi.Input[str],
        zone: pulumi.Input[str] | None = None,
        insane_mode: pulumi.Input[bool] | None = None,
        after: pulumi.Input[str] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(HaGatewayProvider(), resource_name, locals(), opts)

    @cached_property
    def ready(self) -> pulumi.Output[Gateway]:
        """The HA peer once it is up. Raises FailedStateError or DeadlineError."""
        name = self.primary_gw_name.apply(lambda primary: f"{primary}{HA_SUFFIX}")
        return self.until_up(name)
