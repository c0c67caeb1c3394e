"""The private names that the gateway of a region resolves."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from components.dns.kinds import DnsKind, DnsRecord, OutboundResolver, PrivateDns, PrivateZone
from stacks.errors import Problem, refusal
from stacks.models.base import Model

DOMAIN: Final = r"^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$"
"""A domain of at least two labels, in lower case and without a dot at its end."""
MAX_SERVERS: Final = 6
"""The most DNS servers of a domain: a forwarding rule has at most six in AWS and in Azure."""

Domain = Annotated[str, Field(pattern=DOMAIN, max_length=253)]


def _ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError:
        wrong = "is not an IPv4 address"
        raise refusal(Problem((), wrong, "write an address like 10.65.32.10", text)) from None


Address = Annotated[str, AfterValidator(_ipv4)]


class DnsRecordSettings(Model):
    """A record of a zone that is made here."""

    type: Annotated[Literal["A", "CNAME"], Field(examples=["A"])] = "A"
    """A for IPv4 addresses, CNAME for another name."""
    values: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(min_length=1, examples=[["10.65.32.10"]]),
    ]
    """IPv4 addresses, or one domain name."""
    ttl: Annotated[int, Field(ge=1, le=604800, examples=[300])] = 300
    """Seconds for which an answer may be cached."""


class ForwardedDomain(Model):
    """A domain whose queries are forwarded."""

    addresses: Annotated[
        tuple[Address, ...],
        Field(max_length=MAX_SERVERS, examples=[["10.65.32.2", "10.65.64.2"]]),
    ] = ()
    """IPv4 addresses of its DNS servers, at most 6; else an inbound endpoint that is made in the
    landing."""


class DnsSettings(Model):
    """Private names that the gateway of a region resolves."""

    kind: Annotated[DnsKind | None, Field(examples=["private-hosted-zone"])] = None
    """private-hosted-zone or outbound-resolver in AWS, private-dns-zone or outbound-resolver in
    Azure, dns-peering in GCP; the key, if left out."""
    domain: Annotated[Domain | None, Field(examples=["internal.example.com"])] = None
    """Name of the zone; not for an outbound resolver."""
    zone_id: Annotated[
        str | None, Field(min_length=1, max_length=500, examples=["Z0123456789ABCDEFGHIJ"])
    ] = None
    """Id of an existing private zone of this name. AWS: the hosted zone id. Azure: the resource id.
    GCP: the name of the managed zone. Else the zone is made here."""
    records: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^(@|[a-z0-9_*]([a-z0-9_.-]{0,61}[a-z0-9_])?)$")],
            DnsRecordSettings,
        ],
        Field(examples=[{"orders": {"values": ["10.65.32.10"]}}]),
    ] = {}
    """Records of a zone that is made here, by their name in it; ``@`` is the zone itself."""
    authorize: Annotated[bool, Field(examples=[False])] = True
    """Whether the program authorises Kong on the zone; false if the owner of the zone does it."""
    domains: Annotated[
        dict[Domain, ForwardedDomain],
        Field(examples=[{"corp.example.com": {"addresses": ["10.65.32.2", "10.65.64.2"]}}]),
    ] = {}
    """Domains of an outbound resolver, with their DNS servers."""

    def declared(self, key: str) -> PrivateDns:
        """The declaration for the component; ``key`` is the key in ``dns``."""
        kind = self.kind or DnsKind(key)
        if kind is DnsKind.OUTBOUND_RESOLVER:
            return OutboundResolver({name: one.addresses for name, one in self.domains.items()})
        assert self.domain is not None, "stacks.rules.dns requires it"
        records = {
            name: DnsRecord(one.values, one.type, one.ttl) for name, one in self.records.items()
        }
        return PrivateZone(kind, self.domain, self.zone_id, records, self.authorize)
