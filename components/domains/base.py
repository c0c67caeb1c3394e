"""What every public DNS zone shares: its place, its records, and how a name finds its zone.

Loads no cloud's SDK.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

import pulumi

from components.component import Component
from components.regions import Cloud

STATIC_TTL: Final = 300
"""Seconds. The TTL of records that do not steer: Kong's own example."""


class DnsService(StrEnum):
    """Where a public zone is."""

    ROUTE53 = "route53"
    AZURE_DNS = "azure-dns"
    CLOUD_DNS = "cloud-dns"

    @property
    def cloud(self) -> Cloud:
        """The cloud of the service."""
        return _CLOUDS[self]


_CLOUDS: Final[Mapping[DnsService, Cloud]] = {
    DnsService.ROUTE53: Cloud.AWS,
    DnsService.AZURE_DNS: Cloud.AZURE,
    DnsService.CLOUD_DNS: Cloud.GCP,
}

RecordType = Literal["A", "CAA", "CNAME", "TXT"]


@dataclass(frozen=True)
class Record:
    """A simple record set: no routing policy."""

    name: pulumi.Input[str]
    """The full name, without a dot at its end."""
    type: RecordType
    values: pulumi.Input[Sequence[str]]
    """As in a zone file: ``0 issue "pki.goog"`` for a CAA record. Names without a last dot."""
    ttl: int = STATIC_TTL
    """Seconds."""
    proves: str | None = None
    """The name that it proves, for a record whose own name is known only when it is needed."""

    @property
    def key(self) -> str:
        """What tells it from other records, in any preview."""
        return f"{self.proves or self.name} {self.type}"


@dataclass(frozen=True)
class ZoneArgs:
    """A public DNS zone of the team."""

    name: str
    """The DNS name, without a dot at its end: ``example.com``."""
    service: DnsService
    create: bool = False
    """Whether the zone is created. False: it exists and is only written to."""
    resource_group: str | None = None
    """Azure DNS: the resource group of the zone."""
    managed_zone: str | None = None
    """Cloud DNS: the name of the managed zone."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of a created zone; in GCP labels."""
    providers: Sequence[pulumi.ProviderResource] = ()
    """Cloud providers for the zone and its records. Empty: the default one."""
    protect: bool = False
    """Whether Pulumi refuses to delete a created zone."""


class DnsZone(Component):
    """A public zone: created, or looked up by its name.

    A subclass for each service. ``name_servers`` are known for a created zone.
    """

    args: ZoneArgs
    name_servers: pulumi.Output[list[str]] | None = None
    """To these the parent zone must delegate. None for a zone that exists."""

    @abstractmethod
    def write(self, name: str, record: Record, parent: pulumi.Resource) -> pulumi.Resource:
        """Create a record set as a child of ``parent``, with the zone's own provider.

        ``name`` is the logical name of the resource.
        """

    def lead(
        self,
        name: str,
        record: Record,
        parent: pulumi.Resource,
        alias_zone_id: pulumi.Input[str] | None = None,
    ) -> pulumi.Resource:
        """Create the record set that leads the clients of a name, as ``write`` does.

        ``alias_zone_id`` is the hosted zone of a target in AWS. Route 53 answers with the addresses
        of such a target; other services have the CNAME record as it is.
        """
        del alias_zone_id
        return self.write(name, record, parent)

    def caa(self) -> pulumi.Output[Mapping[str, Sequence[str]]] | None:
        """The CAA record sets of the zone by name; None where they cannot be listed."""
        return None

    def of(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        """The options of a resource in the zone's account that belongs to ``parent``."""
        return pulumi.ResourceOptions(parent=parent, providers=list(self.args.providers))


def zone_of(fqdn: str, zones: Iterable[str]) -> str | None:
    """The zone that answers for a name: the one with the longest matching suffix, or None."""
    matching = [zone for zone in zones if f".{fqdn}".endswith(f".{zone}")]
    return max(matching, key=len, default=None)
