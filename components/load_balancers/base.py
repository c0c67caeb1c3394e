"""What the load balancers of all clouds share: their kinds, arguments and base class.

A private gateway has no host name that a client can use, only private addresses inside Kong's
network. A load balancer in the customer's network leads clients to them. Loads no cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Final

import pulumi

from components.component import Component
from components.entry.base import HEALTH_PATH, EntryTarget
from components.regions import Cloud

GATEWAY_PORT: Final = 443
"""The port on which the gateway's private addresses listen, with TLS."""


class LoadBalancerKind(StrEnum):
    """The load balancers that can lead to a private gateway."""

    APPLICATION = "application"
    """TLS ends at it. AWS: an Application Load Balancer, with a certificate of ACM. Azure: an
    Application Gateway with a firewall, with a certificate of a key vault."""
    NETWORK = "network"
    """It passes TLS through to the gateway. AWS: a Network Load Balancer. GCP: a regional internal
    proxy Network Load Balancer."""


KINDS: Final[Mapping[Cloud, tuple[LoadBalancerKind, ...]]] = {
    Cloud.AWS: (LoadBalancerKind.NETWORK, LoadBalancerKind.APPLICATION),
    Cloud.AZURE: (LoadBalancerKind.APPLICATION,),
    Cloud.GCP: (LoadBalancerKind.NETWORK,),
}
"""By cloud: the kinds that it has. The first is the default. A cloud without an entry has none."""


@dataclass(frozen=True)
class LoadBalancerChoice:
    """The load balancer that a region's settings ask for."""

    kind: LoadBalancerKind
    internal: bool = True
    """Whether only private networks reach it. False: it has public addresses."""
    clients: Sequence[IPv4Network] = ()
    """Blocks of the clients that may connect. Empty: the customer's network; everybody, when the
    load balancer is not internal."""
    certificate_arn: str | None = None
    """AWS, kind ``application``: the ARN of an ACM certificate in the region."""
    web_acl_arn: str | None = None
    """AWS, kind ``application``: the ARN of a WAF web ACL of scope REGIONAL in the region."""
    certificate_secret_id: str | None = None
    """Azure: the URL of a certificate in a key vault, without a version, so that its renewals are
    used."""
    identity_id: str | None = None
    """Azure: the resource id of a user-assigned identity that may read the certificate."""
    gateway_name: str | None = None
    """Azure: the name in the certificate of the gateway, a custom domain of its control plane. It
    is sent as ``Host`` and server name."""
    subnet_ids: Mapping[str, str] = field(default_factory=dict)
    """Subnets of a given network, by names that never change. Empty: those made here."""


@dataclass(frozen=True)
class PrivateOrigin:
    """The private side of a region's gateway, as its load balancer reaches it."""

    key: str
    """Cloud and region, ``aws-us-east-2``. It is in resource names, so it never changes."""
    region: str
    """The cloud's own region id."""
    cidr: IPv4Network
    """The gateway network's block. The addresses are in it."""
    addresses: pulumi.Output[list[str]]
    """The private addresses, known when the data-plane group is ready."""
    health_path: str = HEALTH_PATH
    """Path of the HTTPS health check. 200 is healthy."""


class LoadBalancer(Component):
    """A load balancer of a region whose targets are the gateway's private addresses."""

    target: EntryTarget
    """The name or the addresses that clients' records lead to."""
