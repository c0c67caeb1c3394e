"""A public managed zone in Cloud DNS, and simple record sets in it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from components.domains.base import DnsZone, Record, ZoneArgs

_NAMES = frozenset({"CNAME"})
"""Record types whose data are names, which end with a dot in Cloud DNS."""


class CloudDnsZone(DnsZone):
    """A public managed zone. Raises ValueError without its name."""

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("CloudDnsZone", name, args, opts)
        self.args = args
        if args.managed_zone is None:
            raise ValueError(f"zone {args.name} is in Cloud DNS; give it its managed_zone")
        self.managed_zone: pulumi.Output[str] = pulumi.Output.from_input(args.managed_zone)
        if args.create:
            zone = gcp.dns.ManagedZone(
                self.name,
                name=args.managed_zone,
                dns_name=f"{args.name}.",
                visibility="public",
                labels=dict(args.tags),
                opts=self.child(protect=args.protect or None),
            )
            self.managed_zone = zone.name
            self.name_servers = zone.name_servers.apply(list)
        self.register_outputs({"managed_zone": self.managed_zone})

    def write(self, name: str, record: Record, parent: pulumi.Resource) -> pulumi.Resource:
        """Create a record set as a child of ``parent``."""
        values = pulumi.Output.from_input(record.values)
        return gcp.dns.RecordSet(
            name,
            managed_zone=self.managed_zone,
            name=pulumi.Output.concat(record.name, "."),
            type=record.type,
            ttl=record.ttl,
            rrdatas=values.apply(lambda known: _data(record.type, known)),
            opts=self.of(parent),
        )


def _data(type_: str, values: Sequence[str]) -> list[str]:
    return [f"{value.rstrip('.')}." if type_ in _NAMES else value for value in values]
