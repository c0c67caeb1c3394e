"""The base class of private DNS components: the attachment in Konnect, and its outputs.

Sources: `/v2/cloud-gateways/networks/{networkId}/private-dns`, and Kong's pages "Private hosted
zones", "Outbound DNS resolver" and "Private DNS" of Dedicated Cloud Gateways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.component import Component
from components.dns.kinds import OutboundResolver
from components.links.base import GatewayEnd, Link
from providers import konnect


class PrivateDnsComponent(Component):
    """Private DNS of a gateway network: Kong's attachment, and the customer's side of it."""

    attachment: pulumi.Output[konnect.PrivateDns]
    """Konnect's attachment, once it resolves."""
    attachment_id: pulumi.Output[str]
    """The attachment's id, once it resolves."""

    def __init__(
        self,
        kind: str,
        name: str,
        args: object,
        end: GatewayEnd,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(kind, name, args, opts)
        self._end = end

    def per_network(self, suffix: str) -> str:
        """The name of a child that belongs to one gateway network.

        When the network is replaced, the new network gets children of its own. Those of the old
        network are deleted at the end.
        """
        return f"{self.name}-{suffix}-{self._end.shape}"

    def attach(
        self,
        config: pulumi.Input[Mapping[str, Any]],
        network_id: pulumi.Input[str],
        customer_side: Sequence[pulumi.Resource],
    ) -> None:
        """Create the attachment after the customer's side, and register the outputs.

        A destroy deletes the attachment first: Kong's association must not outlive it.
        """
        resource = konnect.CloudGatewayPrivateDns(
            self.per_network("attachment"),
            network_id=network_id,
            name=self.name,
            private_dns_attachment_config=config,
            awaited=not self._end.isolated,
            opts=self.child(customer_side),
        )
        self.attachment = resource.ready_after(*customer_side)
        self.attachment_id = self.attachment.apply(lambda ready: ready.id)
        state = self.attachment.apply(lambda ready: ready.state)
        self.register_outputs({"attachment_id": self.attachment_id, "state": state})


def kong_vpc_id(end: GatewayEnd) -> pulumi.Output[str]:
    """The id of Kong's VPC or VNet, once the gateway network is ready."""
    return end.network.ready.apply(lambda network: network.provider_metadata.vpc_id)


def linked_network_id(end: GatewayEnd, links: Sequence[Link]) -> pulumi.Output[str]:
    """The network's id, once the network and its links are ready.

    DNS servers are reached over a link, and Azure's private DNS needs a ready link in Konnect.
    """
    ready = [link.attachment_id for link in links]
    return pulumi.Output.all(end.ready_network_id, *ready).apply(lambda ids: str(ids[0]))


def forwarding(
    kind: str, resolver: OutboundResolver, endpoint: pulumi.Output[list[str]] | None
) -> dict[str, Any]:
    """Konnect's configuration of an outbound resolver.

    ``endpoint`` has the addresses for domains without servers of their own.
    """
    servers: dict[str, pulumi.Input[list[str]] | None] = {
        domain: list(addresses) if addresses else endpoint
        for domain, addresses in resolver.domains.items()
    }
    return {
        "kind": kind,
        "dns_config": {
            domain: {"remote_dns_server_ip_addresses": addresses}
            for domain, addresses in servers.items()
        },
    }
