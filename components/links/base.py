"""The base class of all links: the gateway's end, and the outputs of a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, ClassVar

import pulumi

from components.component import Component
from components.links.kinds import LinkKind
from providers import konnect


@dataclass(frozen=True)
class GatewayEnd:
    """The gateway's end of a link."""

    network: konnect.CloudGatewayNetwork
    """The gateway network."""
    account: pulumi.Output[konnect.ProviderAccount]
    """Kong's account in the network's cloud."""
    cidr: IPv4Network
    """The gateway network's block."""
    shape: str
    """Digest of the network's CIDR and zones, from ``components.names.network_shape``."""
    closed_by: Sequence[pulumi.Resource] | None = None
    """The rules that deny the block of an isolated gateway, which exist before the link lets it in
    no more. None: the gateway is not isolated."""

    @property
    def isolated(self) -> bool:
        """Whether the link lets the gateway in no more, and does not wait for Konnect."""
        return self.closed_by is not None

    @property
    def denied_by(self) -> Sequence[pulumi.Resource]:
        """The rules that deny the gateway's block; empty unless it is isolated."""
        return self.closed_by or ()

    @property
    def ready_network_id(self) -> pulumi.Output[str]:
        """The network's id, once the network is ready. Nothing can be attached to it earlier.

        The network of an isolated gateway is not awaited.
        """
        return self.network.ready.apply(lambda network: network.id)


class Link(Component):
    """A private connection of a gateway network to a customer network, with both sides."""

    kind: ClassVar[LinkKind]
    attachment: pulumi.Output[konnect.TransitGateway]
    """Konnect's attachment, once both sides exist and it is ready."""
    attachment_id: pulumi.Output[str]
    """The attachment's id, once it is ready."""
    security_group_id: pulumi.Output[str] | None = None
    """The id of the security group that lets the gateway in. AWS: upstreams must have it. Azure:
    the network security group of the subnets. None in GCP, where a firewall rule of the whole
    network lets the gateway in."""

    domains: Sequence[str] = ()
    """Names under which the gateway reaches the services of a resource endpoint; else empty."""

    def __init__(
        self,
        kind: str,
        name: str,
        args: object,
        end: GatewayEnd,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(kind, name, args, opts)
        self._shape = end.shape

    def per_network(self, suffix: str) -> str:
        """The name of a child that belongs to one gateway network.

        When the network is replaced, the new network gets children of its own. Those of the old
        network are deleted at the end.
        """
        return f"{self.name}-{suffix}-{self._shape}"

    def linked(self, attachment: pulumi.Output[konnect.TransitGateway]) -> None:
        """Set and register the outputs."""
        self.attachment = attachment
        self.attachment_id = attachment.apply(lambda ready: ready.id)
        outputs: dict[str, pulumi.Input[Any]] = {"attachment_id": self.attachment_id}
        if self.security_group_id is not None:
            outputs["security_group_id"] = self.security_group_id
        self.register_outputs(outputs)
