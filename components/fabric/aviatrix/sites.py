"""Networks for gateways of Aviatrix: what a gateway needs of one, in each cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi

from components.component import Component
from components.fabric.model import SpokePlan
from components.regions import Cloud

GATEWAY_PREFIX = 28
"""The size of the subnet of a gateway."""


@dataclass(frozen=True)
class SiteArgs:
    """A network for gateways that is to be created."""

    cloud: Cloud
    region: str
    """The cloud's own region id: ``us-east-2``."""
    cidr: IPv4Network
    zones: Sequence[str]
    """Zones as Konnect names them: ``use2-az1``, ``eastus2-az2``, ``us-central1-a``."""
    spoke: SpokePlan | None = None
    """The spoke, if the network is one. None: it is a transit network."""
    firewalls: bool = False
    """Whether a transit network has subnets for firewalls."""
    tags: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False


@dataclass(frozen=True)
class Site:
    """A network with the places of a gateway and its HA peer, as the controller names them."""

    network_id: pulumi.Output[str]
    """The cloud's own id of the network."""
    vpc_id: pulumi.Output[str]
    """The controller's name of the network."""
    vpc_reg: str
    """AWS and Azure: the region. GCP: the zone of the gateway."""
    subnet: str
    ha_subnet: str
    zone: str | None = None
    ha_zone: str | None = None
    firewall_subnets: Sequence[str] = ()
    """The subnet of the outer interface of each firewall: one for each gateway."""
    subnet_ids: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """A spoke's workload subnets, by zone id in AWS and by name elsewhere."""
    needs: Sequence[pulumi.Resource] = ()
    """What must exist before a gateway is created."""


def gateway_site(owner: Component, args: SiteArgs) -> Site:
    """Create a network for gateways, as children of ``owner``.

    The modules of a cloud are loaded only when a network is in it.
    """
    match args.cloud:
        case Cloud.AWS:
            from components.fabric.aviatrix.aws import aws_site

            return aws_site(owner, args)
        case Cloud.AZURE:
            from components.fabric.aviatrix.azure import azure_site

            return azure_site(owner, args)
        case Cloud.GCP:
            from components.fabric.aviatrix.gcp import gcp_site

            return gcp_site(owner, args)


def small_blocks(cidr: IPv4Network, count: int, *, last: bool = False) -> list[IPv4Network]:
    """The first (or last) blocks of a network that have the size of a gateway's subnet."""
    base, size = int(cidr.network_address), 2 ** (32 - GATEWAY_PREFIX)
    if last:
        base = int(cidr.broadcast_address) + 1 - count * size
    return [IPv4Network((base + place * size, GATEWAY_PREFIX)) for place in range(count)]
