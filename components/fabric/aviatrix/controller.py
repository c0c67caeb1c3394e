"""The controller of a fabric: its provider, its options, and names in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.component import Component
from components.fabric.model import AviatrixArgs
from components.names import bounded_name
from components.regions import Cloud
from providers import aviatrix

_LONGEST_NAME: Final = 50 - len("-hagw") - len("-01234567")
"""A name of a gateway has at most 50 characters, with the mark of the stack and the HA suffix."""

CLOUD_TYPES: Final[Mapping[Cloud, aviatrix.CloudType]] = {
    Cloud.AWS: aviatrix.CloudType.AWS,
    Cloud.AZURE: aviatrix.CloudType.AZURE,
    Cloud.GCP: aviatrix.CloudType.GCP,
}
SIZES: Final[Mapping[Cloud, str]] = {
    Cloud.AWS: "t3.medium",
    Cloud.AZURE: "Standard_B1ms",
    Cloud.GCP: "n1-standard-1",
}
"""Default sizes. Source: Aviatrix, Terraform modules `mc-transit` and `mc-spoke`."""
FIRENET_SIZES: Final[Mapping[Cloud, str]] = {
    Cloud.AWS: "c5n.xlarge",
    Cloud.AZURE: "Standard_D3_v2",
}
"""Default sizes of transit gateways with FireNet. Source: as of `SIZES`."""


@dataclass(frozen=True)
class Controller:
    """A controller, as the components of a fabric use it."""

    provider: aviatrix.Provider
    options: AviatrixArgs

    def child(
        self,
        owner: Component,
        depends_on: Sequence[pulumi.Resource] = (),
        *,
        protect: bool = False,
    ) -> pulumi.ResourceOptions:
        """The options of an object in the controller, as a child of a component."""
        own = owner.child(depends_on, protect=protect or None)
        return pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(provider=self.provider))

    def own_name(self, stem: str, suffix: str) -> pulumi.Output[str]:
        """A name in the controller that no other stack's object has."""
        return self.provider.own_name(bounded_name(stem, suffix, _LONGEST_NAME))

    def size(self, cloud: Cloud, *, firenet: bool = False) -> str:
        """The size of a gateway."""
        default = FIRENET_SIZES[cloud] if firenet else SIZES[cloud]
        return self.options.sizes.get(cloud, default)


def firewall_user(image: str) -> str:
    """The first user of a firewall in Azure. Source: Aviatrix, Terraform module `mc-firenet`."""
    return "admin" if "check point" in image.lower() else "fwadmin"
