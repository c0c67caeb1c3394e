"""The kinds of private DNS that a region can have, by cloud, and what a declaration says.

Loads no cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from components.regions import Cloud

RecordType = Literal["A", "CNAME"]


class DnsKind(StrEnum):
    """How the gateway of a region resolves private names."""

    PRIVATE_HOSTED_ZONE = "private-hosted-zone"
    """AWS: Kong's VPC is associated with a Route 53 private hosted zone."""
    PRIVATE_DNS_ZONE = "private-dns-zone"
    """Azure: Kong links its VNet to a private DNS zone."""
    DNS_PEERING = "dns-peering"
    """GCP: Kong asks the customer's network about a domain, which a private zone answers."""
    OUTBOUND_RESOLVER = "outbound-resolver"
    """AWS and Azure: Kong forwards queries for some domains to DNS servers."""

    @property
    def is_resolver(self) -> bool:
        """Whether it forwards queries to DNS servers. Other kinds have a zone."""
        return self is DnsKind.OUTBOUND_RESOLVER


KINDS: Final[Mapping[Cloud, tuple[DnsKind, ...]]] = {
    Cloud.AWS: (DnsKind.PRIVATE_HOSTED_ZONE, DnsKind.OUTBOUND_RESOLVER),
    Cloud.AZURE: (DnsKind.PRIVATE_DNS_ZONE, DnsKind.OUTBOUND_RESOLVER),
    Cloud.GCP: (DnsKind.DNS_PEERING,),
}
"""By cloud: the kinds that it has."""


@dataclass(frozen=True)
class DnsRecord:
    """A record set of a zone that is created here."""

    values: Sequence[str]
    """A: IPv4 addresses. CNAME: one domain name."""
    type: RecordType = "A"
    ttl: int = 300
    """Seconds for which an answer may be cached."""


@dataclass(frozen=True)
class PrivateZone:
    """A private zone that the gateway resolves: created here, or existing."""

    kind: DnsKind
    """One of the kinds with a zone."""
    domain: str
    """The zone's name, in lower case and without a dot at its end: ``internal.example.com``."""
    zone_id: str | None = None
    """The id of an existing zone. AWS: ``Z0123456789ABCDEFGHIJ``. Azure: the resource id. GCP: the
    name of the managed zone. None: the zone is created here."""
    records: Mapping[str, DnsRecord] = field(default_factory=dict)
    """Records of a zone that is created here, by their name in it. ``@`` is the domain itself."""
    authorize: bool = True
    """Whether Kong is authorised here. False: the owner of the zone does it, and the attachment
    waits in ``pending-association`` until then."""

    def full_name(self, record: str) -> str:
        """The domain name of a record."""
        return self.domain if record == "@" else f"{record}.{self.domain}"


@dataclass(frozen=True)
class OutboundResolver:
    """Domains whose queries Kong forwards to DNS servers."""

    domains: Mapping[str, Sequence[str]]
    """Domain -> IPv4 addresses of its DNS servers. Empty: an inbound endpoint in the customer's
    network, which is created here."""
    kind: DnsKind = DnsKind.OUTBOUND_RESOLVER

    @property
    def has_endpoint(self) -> bool:
        """Whether an inbound endpoint is created."""
        return not all(self.domains.values())


PrivateDns = PrivateZone | OutboundResolver
"""One declaration of private DNS."""
