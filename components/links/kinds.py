"""The kinds of links that a region can have, by cloud.

Loads no cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from components.regions import Cloud


class LinkKind(StrEnum):
    """How a gateway network is connected to the customer's network."""

    TRANSIT_GATEWAY = "transit-gateway"
    """AWS: over a Transit Gateway. It also reaches networks behind the hub."""
    VPC_PEERING = "vpc-peering"
    """AWS and GCP: a peering of the two VPCs. It reaches that one network only."""
    VNET_PEERING = "vnet-peering"
    """Azure: a peering of the two VNets. It reaches that one network only."""


@dataclass(frozen=True)
class LinkChoice:
    """One link of a region."""

    key: str
    """Names the link's objects, so it never changes. By default the kind."""
    kind: LinkKind

    @classmethod
    def default(cls, cloud: Cloud) -> LinkChoice:
        """The link of a region that names none."""
        kind = KINDS[cloud][0]
        return cls(kind.value, kind)


KINDS: Final[Mapping[Cloud, tuple[LinkKind, ...]]] = {
    Cloud.AWS: (LinkKind.TRANSIT_GATEWAY, LinkKind.VPC_PEERING),
    Cloud.AZURE: (LinkKind.VNET_PEERING,),
    Cloud.GCP: (LinkKind.VPC_PEERING,),
}
"""By cloud: the kinds that it has. The first is the default."""
