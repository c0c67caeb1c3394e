"""The first gateway of a transit or a spoke: what both kinds share."""

from __future__ import annotations

import json
from typing import Annotated, ClassVar

from pydantic import Field

from providers.aviatrix.gateways.base import GatewayName, TaskInputs, TaskProvider
from providers.aviatrix.gateways.listing import UNKNOWN_SIZES
from providers.aviatrix.gateways.placement import Placed, encoded_subnet, read_vpc_id, read_zone
from providers.aviatrix.vocabulary import CloudType, is_yes, yes_no
from providers.base.http import Json
from providers.base.model import IMMUTABLE, LOCAL, Props


class PrimaryInputs(TaskInputs):
    """The inputs of a transit or spoke gateway without its HA peer."""

    account_name: Annotated[str, IMMUTABLE, Field(min_length=1)]
    gw_name: Annotated[GatewayName, IMMUTABLE]
    vpc_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    vpc_reg: Annotated[str, IMMUTABLE, Field(min_length=1)]
    subnet: Annotated[str, IMMUTABLE, Field(min_length=1)]
    zone: Annotated[str | None, IMMUTABLE] = None
    insane_mode: Annotated[bool, IMMUTABLE] = False
    tags: Annotated[dict[str, str], LOCAL] = {}
    """Written at creation. The controller does not return them, so no change of them is seen."""


class PrimaryProvider(TaskProvider[PrimaryInputs]):
    """CRUD of a transit or spoke gateway without its HA peer."""

    Inputs = PrimaryInputs
    natural_key = ("gw_name",)
    create_action = "create_multicloud_primary_gateway"

    more: ClassVar[Json]
    """The fields of the form that tell the kind of gateway."""

    def fields(self, inputs: PrimaryInputs) -> Json:
        gcp = inputs.cloud_type is CloudType.GCP
        placed = Placed(inputs.cloud_type, inputs.subnet, inputs.zone, inputs.insane_mode)
        return {
            "account_name": inputs.account_name,
            "cloud_type": inputs.cloud_type.value,
            "gw_name": inputs.gw_name,
            "vpc_id": inputs.vpc_id,
            "zone" if gcp else "vpc_region": inputs.vpc_reg,
            "gw_size": inputs.gw_size,
            "gw_subnet": encoded_subnet(placed),
            "single_az_ha": "enabled",
            "insane_mode": yes_no(inputs.insane_mode),
            "reuse_eip": "off",
            "json_tags": json.dumps(inputs.tags, sort_keys=True)
            if inputs.tags and not gcp
            else None,
            **self.more,
        }

    def read_inputs(self, item: Json, props: Props) -> Json:
        cloud = int(item["cloud_type"])
        gcp = cloud == CloudType.GCP
        size = item.get("vpc_size")
        return {
            "account_name": item["account_name"],
            "cloud_type": cloud,
            "gw_name": item["vpc_name"],
            "vpc_id": read_vpc_id(item),
            "vpc_reg": item.get("gateway_zone") if gcp else item["vpc_region"],
            "gw_size": props.get("gw_size") if size in UNKNOWN_SIZES else size,
            "subnet": str(item["public_subnet"]).partition("~~")[0],
            "zone": None if gcp else read_zone(cloud, item, props),
            "insane_mode": is_yes(item.get("high_perf") or item.get("insane_mode")),
        }
