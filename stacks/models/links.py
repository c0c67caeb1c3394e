"""The links of a region to the customer's network."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated

from pydantic import Field

from components.links.kinds import EndpointResource, LinkChoice, LinkKind, VirtualHubChoice
from stacks.models.base import Cidr, Model, Ports

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
"""The name of a link or of a service. It names objects in the cloud, so it never changes."""

_HOST = r"^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"


class ResourceSettings(Model):
    """A service that a resource endpoint gives access to. It has an address or a name."""

    domain_name: Annotated[str, Field(pattern=_HOST, examples=["orders.acme.internal"])]
    """The name by which the gateway calls it: the host of a Gateway Service. Konnect resolves it
    for this gateway only, so it need not exist."""
    ip_address: Annotated[IPv4Address | None, Field(strict=False, examples=["10.65.1.20"])] = None
    """Its private address."""
    dns_name: Annotated[str | None, Field(pattern=_HOST, examples=["orders.eu.internal"])] = None
    """Its name, which the VPC can resolve."""
    ports: Annotated[Ports, Field(examples=[[443]])] = (443,)
    """TCP ports on which the gateway may call it."""


class LinkSettings(Model):
    """One link of a region."""

    kind: Annotated[LinkKind | None, Field(examples=["vpc-peering"])] = None
    """How it connects: transit-gateway, vpc-peering or resource-endpoint in AWS, vnet-peering or
    virtual-hub in Azure, vpc-peering in GCP. The key, when it is left out."""
    resources: Annotated[
        dict[Key, ResourceSettings],
        Field(
            examples=[
                {"orders": {"domain_name": "orders.acme.internal", "ip_address": "10.65.1.20"}}
            ]
        ),
    ] = {}
    """Only of a resource-endpoint, which needs at least one: the services, by keys that never
    change."""

    hub_id: Annotated[
        str | None,
        Field(
            pattern=r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/"
            r"virtualHubs/[^/]+$",
            examples=[
                "/subscriptions/0f39574d-d756-48cf-b622-0e27a6943bd2/resourceGroups/network/"
                "providers/Microsoft.Network/virtualHubs/eastus2"
            ],
        ),
    ] = None
    """Only of a virtual-hub: the resource id of a hub that exists."""
    address_prefix: Annotated[Cidr | None, Field(examples=["10.82.0.0/23"])] = None
    """Only of a virtual-hub, without hub_id: the block of a hub that is created here, at least a
    /24. It can never change."""
    landing_connected: Annotated[bool, Field(examples=[True])] = False
    """Only of a virtual-hub with hub_id: whether the landing is connected to the hub already; else
    a connection is created."""

    def choice(self, key: str) -> LinkChoice:
        """The link as the component takes it."""
        resources = {
            name: EndpointResource(
                domain_name=one.domain_name,
                ip_address=None if one.ip_address is None else str(one.ip_address),
                dns_name=one.dns_name,
                ports=one.ports,
            )
            for name, one in self.resources.items()
        }
        kind, hub = self.kind or LinkKind(key), None
        if kind is LinkKind.VIRTUAL_HUB:
            hub = VirtualHubChoice(self.hub_id, self.address_prefix, self.landing_connected)
        return LinkChoice(key, kind, resources, hub)
