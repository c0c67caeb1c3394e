"""What the landings of all clouds have in common: their arguments and their outputs.

A landing is two halves. The network is the customer's VPC or VNet with its hub; large
organisations have a team for those, so a landing takes one that is there as well as making
one. The link is what attaches it to a gateway network, and is the landing's in both cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import ClassVar, TypeAlias, TypeVar

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
class AwsNetwork:
    """A VPC on a Transit Gateway, with what a link to Kong's attachment needs.

    ``route_table_ids`` are the VPC's tables that get a route to the gateway, by a name that
    never changes. Of the hub's own tables, ``gateway_route_table_id`` is the one in which
    Kong's attachment finds the VPC, and ``spoke_route_table_id`` the one in which the VPC
    finds Kong's attachment; a hub with a single table gives it twice. An attachment is
    associated with one table only, so the VPC's own is its owner's to do.
    """

    vpc_id: pulumi.Input[str]
    route_table_ids: Mapping[str, pulumi.Input[str]]
    vpc_attachment_id: pulumi.Input[str]
    transit_gateway_id: pulumi.Input[str]
    transit_gateway_arn: pulumi.Input[str]
    gateway_route_table_id: pulumi.Input[str]
    spoke_route_table_id: pulumi.Input[str]


@dataclass(frozen=True)
class AzureNetwork:
    """A VNet in a resource group, with the security group of the subnets to be called.

    ``workload_cidr`` is the block of those subnets. ``security_rule_priority`` (100 to 4096)
    is the place its owner keeps in the group for the rule that lets the gateway in: Azure
    takes no two rules of one priority.
    """

    resource_group_name: pulumi.Input[str]
    resource_group_id: pulumi.Input[str]
    vnet_name: pulumi.Input[str]
    vnet_id: pulumi.Input[str]
    network_security_group_name: pulumi.Input[str]
    workload_cidr: str
    security_rule_priority: int = 100


@dataclass(frozen=True)
class GcpNetwork:
    """A VPC network: its name, its project, its id (``projects/...``) and its URL."""

    name: pulumi.Input[str]
    project: pulumi.Input[str]
    id: pulumi.Input[str]
    self_link: pulumi.Input[str]


GivenNetwork: TypeAlias = AwsNetwork | AzureNetwork | GcpNetwork
"""A network that somebody else owns: a landing makes only the link to it."""

_NetworkT = TypeVar("_NetworkT", bound=GivenNetwork)


@dataclass(frozen=True)
class LandingArgs:
    """One landing. ``cidr`` is the customer's block, ``zones`` are zone ids.

    ``reach`` are further ranges behind an AWS hub, ``ports`` what the gateway may call in
    the landing (TCP), ``tags`` are written as the cloud takes them, ``redis_gib`` asks for a
    regional Redis where Konnect has no managed cache (GiB, GCP only). ``network`` is one that
    somebody else owns, of the landing's cloud; None has one made.
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
    network: GivenNetwork | None = None


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

    def given(self, args: LandingArgs, kind: type[_NetworkT]) -> _NetworkT | None:
        """The network that somebody else owns, if any; ``ValueError`` if it is another cloud's."""
        if args.network is None or isinstance(args.network, kind):
            return args.network
        raise ValueError(
            f"landing {self.name!r} is in {self.cloud} and its network is of type "
            f"{type(args.network).__name__}; give it an {kind.__name__}"
        )

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
