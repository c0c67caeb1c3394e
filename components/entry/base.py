"""What every way in for clients shares: origins, their health check, and the target of a name.

``components.entry.kinds`` says how to add a steering service or an edge. Loads no cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.component import Component
from components.domains.base import DnsZone, Record
from components.entry.kinds import Routing
from components.regions import Cloud

HEALTH_PATH: Final = "/___konnect/healthz"
"""Kong's own health path. It proves that the proxy runs; it proves nothing about APIs."""

ORIGIN_HEADER: Final = "x-origin-verify"
"""The header in which an edge sends the origin secret."""


@dataclass(frozen=True)
class EntryOrigin:
    """The gateway of one region, as a way in leads clients to it."""

    key: str
    """Cloud and region, ``aws-us-east-2``. It is in resource names, so it never changes."""
    cloud: Cloud
    region: str
    """The cloud's own region id."""
    hostname: pulumi.Output[str]
    """The name of the region's data-plane group. It is known when the group is ready."""
    weight: int = 100
    """Share of the clients, 0 to 100, where a way in shares by weight. 0: none."""
    drained: bool = False
    """Whether no client is sent here any more. A drained origin stays, and an update drains it."""
    bias: int = 0
    """Geoproximity: how much larger the region's area is than its distance says, -90 to 90."""

    @property
    def share(self) -> int:
        """The weight, or 0 when the origin is drained."""
        return 0 if self.drained else self.weight


@dataclass(frozen=True)
class HealthProbe:
    """How a way in learns that an origin does not answer."""

    path: str = HEALTH_PATH
    """Path of an HTTPS request to the origin's own name. 200 is healthy."""
    interval: int = 30
    """Seconds between two requests: 10 or 30."""
    failures: int = 3
    """Failed requests in a row after which an origin is unhealthy, 1 to 10."""


@dataclass(frozen=True)
class EntryTarget:
    """What a name has to lead to."""

    name: pulumi.Output[str] | None = None
    """A host name, for a CNAME record or an alias."""
    addresses: pulumi.Output[list[str]] | None = None
    """IPv4 addresses, for A records. Given instead of ``name``."""
    alias_zone_id: pulumi.Output[str] | None = None
    """AWS: the hosted zone of ``name``, for an alias record."""


@dataclass(frozen=True)
class SteeringArgs:
    """One name that a DNS service steers between regions."""

    fqdn: str
    """The name, without a dot at its end."""
    zone: DnsZone
    """The public zone that answers for the name; a ``Route53Zone`` for Route 53."""
    origins: Sequence[EntryOrigin]
    """One or more. At least one has a share of the clients."""
    probe: HealthProbe
    ttl: int
    """Seconds, the same for every record set of the name."""
    routing: Routing
    """One of those in ``kinds.STEERING`` for the service."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the service's cloud takes them; in GCP labels."""
    providers: Sequence[pulumi.ProviderResource] = ()
    """Cloud providers for what is made. Empty: the default one."""


class Steering(Component):
    """A name that is steered between regions; a subclass for each service.

    Weights and drains are updates in place. ``target`` is what the name has to lead to, or None
    when the component wrote the record sets of the name itself.
    """

    target: EntryTarget | None = None


@dataclass(frozen=True)
class EdgeArgs:
    """An edge in front of all regions."""

    fqdns: Sequence[str]
    """The names that clients use, without dots at their ends. At least one."""
    zones: Mapping[str, DnsZone | None]
    """The public zone of each name, for the records that prove its ownership. None: the zone is not
    ours, and the records to write are outputs."""
    origins: Sequence[EntryOrigin]
    """One or more, in the order of the settings. At least one has a share of the clients."""
    probe: HealthProbe
    origin_secret: pulumi.Output[str] | None = None
    """Sent to origins in the header ``ORIGIN_HEADER``. Gateways refuse requests without it."""
    waf: bool = True
    """Whether a web application firewall with the vendor's managed rules is attached."""
    resource_group: str | None = None
    """Azure: the resource group of what is made. None: one is created."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace what clients' names lead to."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the edge's cloud takes them; in GCP labels."""
    providers: Sequence[pulumi.ProviderResource] = ()
    """Cloud providers for what is made. Empty: the default one."""


class Edge(Component):
    """An edge in front of all regions; a subclass for each service.

    Weights and drains are updates in place. ``target`` is what its names have to lead to.
    ``records`` prove names to the edge and are to be written by hand: their zones are not ours.
    """

    target: EntryTarget
    records: Sequence[Record] = ()


def require_share(owner: str, origins: Sequence[EntryOrigin]) -> None:
    """Raise ValueError if no origin has a share of the clients. ``owner`` would lead nowhere."""
    if not any(origin.share for origin in origins):
        keys = ", ".join(origin.key for origin in origins)
        raise ValueError(
            f"{owner}: all regions ({keys}) are drained or have the weight 0, so it would lead "
            "nowhere; leave a share to one of them"
        )
