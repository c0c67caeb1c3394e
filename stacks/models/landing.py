"""The customer's network in a region: its block, its ports, and who owns it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks.models.base import Cidr, Model, Ports
from stacks.models.given_network import GivenNetworkSettings


class Landing(Model):
    """The customer's own network, to which the gateway is attached."""

    cidr: Annotated[Cidr, Field(examples=["10.65.0.0/16"])]
    """CIDR block: /16 to /22 in AWS, /8 to /26 in Azure, /8 to /28 in GCP."""
    ports: Annotated[Ports, Field(examples=[[443]])] = (443,)
    """TCP ports on which the gateway may call upstreams in the landing."""
    reach: Annotated[tuple[Cidr, ...], Field(examples=[["10.128.0.0/16"]])] = ()
    """Further CIDR blocks the gateway may reach through the hub of a transit-gateway or virtual-hub
    link. A virtual hub routes all that it knows; there they are checked for overlaps only."""
    network: Annotated[
        GivenNetworkSettings | None, Field(examples=["organization/network-team/dev"])
    ] = None
    """The network, if it exists: the stack that has made it, as ``organisation/project/stack``, or
    its ids. Else it is made here."""

    @property
    def network_stack(self) -> str | None:
        """The stack that has made the network; None if it is made here or given by ids."""
        return self.network if isinstance(self.network, str) else None
