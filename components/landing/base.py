"""What the landings of all clouds have in common: their arguments and their outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import ClassVar

import pulumi

from components.regions import CacheTier, Cloud
from providers import konnect


@dataclass(frozen=True)
class AzureGrant:
    """How Kong's principal gets its role on a VNet.

    ``principal_id`` is the Entra object id of Kong's service principal in the tenant; None
    means that a person consents and assigns the role by hand (the peering waits for it).
    """

    principal_id: str | None = None


@dataclass(frozen=True)
class LandingArgs:
    """One landing. ``cidr`` is the customer's block, ``zones`` are zone ids.

    ``reach`` are further ranges behind an AWS hub, ``ports`` what the gateway may call in
    the landing (TCP), ``tags`` are written as the cloud takes them, ``redis_gib`` asks for a
    regional Redis where Konnect has no managed cache (GiB, GCP only).
    """

    region: str
    zones: Sequence[str]
    cidr: IPv4Network
    network_cidr: IPv4Network
    reach: Sequence[IPv4Network] = ()
    ports: Sequence[int] = (443,)
    tags: Mapping[str, str] = field(default_factory=dict)
    azure: AzureGrant = field(default_factory=AzureGrant)
    redis_gib: int | None = None


@dataclass(frozen=True)
class Link:
    """Konnect's side of a landing: its network, and Kong's account in that cloud."""

    network: konnect.CloudGatewayNetwork
    account: pulumi.Output[konnect.ProviderAccount]

    @property
    def network_id(self) -> pulumi.Output[str]:
        """The network's id, once the network is ready: earlier nothing attaches to it."""
        return self.network.ready.apply(lambda network: network.id)


@dataclass(frozen=True)
class RedisEndpoint:
    """A Redis that the data planes of one region use."""

    host: pulumi.Output[str]
    port: pulumi.Output[int]
    password: pulumi.Output[str]


class Landing(pulumi.ComponentResource):
    """The customer's network beside a gateway network, attached on both sides."""

    attachment: pulumi.Output[konnect.TransitGateway]
    """The attachment, once both sides are there and it routes."""
    network_name: pulumi.Output[str]
    """The cloud's id or name of the landing: VPC id, VNet name, network name."""
    redis: RedisEndpoint | None = None
    """The regional Redis, where one was asked for."""

    cloud: ClassVar[Cloud]

    def __init__(
        self,
        name: str,
        args: LandingArgs,
        link: Link,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        token = f"multicloudgateway:index:{self.cloud.value.capitalize()}Landing"
        super().__init__(token, name, {}, opts)
        self.name = name
        self.build(args, link)
        self.register_outputs(
            {
                "network_name": self.network_name,
                "attachment_id": self.attachment.apply(lambda a: a.id),
            }
        )

    def build(self, args: LandingArgs, link: Link) -> None:
        """Create the children and set the outputs."""
        raise NotImplementedError

    def child(
        self,
        depends_on: Sequence[pulumi.Resource] = (),
        *,
        retain_on_delete: bool | None = None,
    ) -> pulumi.ResourceOptions:
        """Options of a child: its parent hands it the providers."""
        return pulumi.ResourceOptions(
            parent=self, depends_on=list(depends_on), retain_on_delete=retain_on_delete
        )


MEMORY_GIB: Mapping[CacheTier, int] = {
    tier: max(1, min(300, round(tier.gib))) for tier in CacheTier
}
"""A regional Redis as large as the managed cache's tier, in whole GiB from 1 to 300."""
