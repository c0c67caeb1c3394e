"""Where a gateway is placed: how the controller writes subnets, zones and networks."""

from __future__ import annotations

from dataclasses import dataclass

from providers.aviatrix.vocabulary import CloudType
from providers.base.http import Json
from providers.base.model import Props


@dataclass(frozen=True)
class Placed:
    """A gateway's subnet and zone, as its inputs have them.

    ``zone`` is ``az-1`` in Azure, a zone such as ``us-east1-b`` in GCP. In AWS a gateway is in its
    subnet's zone, and only insane mode names it.
    """

    cloud: CloudType
    subnet: str
    zone: str | None = None
    insane_mode: bool = False


def encoded_subnet(placed: Placed) -> str:
    """The field `gw_subnet`: a block, and a zone behind it where the cloud's subnet has none."""
    if placed.zone and placed.cloud is CloudType.AZURE:
        return f"{placed.subnet}~~{placed.zone}~~"
    if placed.zone and placed.cloud is CloudType.AWS and placed.insane_mode:
        return f"{placed.subnet}~~{placed.zone}"
    return placed.subnet


def read_zone(cloud: int, item: Json, props: Props) -> str | None:
    """The input `zone` of a listed gateway.

    Azure returns the number of the zone, or ``AvailabilitySet``. AWS tells the zone of every
    gateway, so it counts only where it was written.
    """
    found = str(item.get("gateway_zone") or "")
    if cloud == CloudType.AZURE:
        if not found or found == "AvailabilitySet":
            return None
        return found if found.startswith("az-") else f"az-{found}"
    return found if found and props.get("zone") else None


def read_vpc_id(item: Json) -> str:
    """The input `vpc_id`. AWS returns the name of the VPC behind the id."""
    return str(item["vpc_id"]).partition("~~")[0]
