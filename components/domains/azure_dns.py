"""A public zone in Azure DNS, and record sets in it.

Azure DNS has no routing policies: a name that is steered is a CNAME to a Traffic Manager profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_azure_native as azure

from components.domains.base import DnsZone, Record, ZoneArgs


class AzureDnsZone(DnsZone):
    """A public zone. Raises ValueError without its resource group."""

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("AzureDnsZone", name, args, opts)
        self.args = args
        if args.resource_group is None:
            raise ValueError(f"zone {args.name} is in Azure DNS; give it its resource_group")
        self.resource_group: str = args.resource_group
        self.zone_name: pulumi.Output[str] = pulumi.Output.from_input(args.name)
        if args.create:
            zone = azure.dns.Zone(
                self.name,
                resource_group_name=self.resource_group,
                zone_name=args.name,
                location="global",
                tags=dict(args.tags),
                opts=self.child(protect=args.protect or None),
            )
            self.zone_name = zone.name
            self.name_servers = zone.name_servers.apply(list)
        self.register_outputs({"zone_name": self.zone_name})

    def write(self, name: str, record: Record, parent: pulumi.Resource) -> pulumi.Resource:
        """Create a record set as a child of ``parent``."""
        values = pulumi.Output.from_input(record.values)
        return azure.dns.RecordSet(
            name,
            resource_group_name=self.resource_group,
            zone_name=self.zone_name,
            relative_record_set_name=pulumi.Output.from_input(record.name).apply(
                lambda fqdn: relative(fqdn, self.args.name)
            ),
            record_type=record.type,
            ttl=float(record.ttl),
            opts=self.of(parent),
            **_data(record.type, values),
        )


def relative(fqdn: str, zone: str) -> str:
    """A name below its zone, as Azure DNS takes it; ``@`` for the zone itself."""
    return "@" if fqdn == zone else fqdn.removesuffix(f".{zone}")


def _data(type_: str, values: pulumi.Output[Sequence[str]]) -> dict[str, Any]:
    """The input that holds the data of a record set of this type."""
    match type_:
        case "CNAME":
            return {"cname_record": {"cname": values.apply(lambda known: known[0])}}
        case "A":
            return {"a_records": values.apply(lambda known: [{"ipv4_address": v} for v in known])}
        case "TXT":
            return {"txt_records": values.apply(lambda known: [{"value": [v]} for v in known])}
        case _:
            return {"caa_records": values.apply(lambda known: [_caa(value) for value in known])}


def _caa(value: str) -> dict[str, Any]:
    flags, tag, authority = value.split(" ", 2)
    return {"flags": int(flags), "tag": tag, "value": authority.strip('"')}
