"""A public hosted zone in Route 53, and simple record sets in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.domains.base import DnsZone, Record, ZoneArgs


class Route53Zone(DnsZone):
    """A public hosted zone."""

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("Route53Zone", name, args, opts)
        self.args = args
        if args.create:
            zone = aws.route53.Zone(
                self.name,
                name=args.name,
                comment="",
                tags=dict(args.tags),
                opts=self.child(protect=args.protect or None),
            )
            self.zone_id: pulumi.Output[str] = zone.zone_id
            self.name_servers = zone.name_servers.apply(list)
        else:
            found = aws.route53.get_zone_output(
                name=args.name,
                private_zone=False,
                opts=pulumi.InvokeOutputOptions(parent=self),
            )
            self.zone_id = found.zone_id
        self.register_outputs({"zone_id": self.zone_id})

    def write(self, name: str, record: Record, parent: pulumi.Resource) -> pulumi.Resource:
        """Create a record set as a child of ``parent``."""
        return aws.route53.Record(
            name,
            zone_id=self.zone_id,
            name=record.name,
            type=record.type,
            records=record.values,
            ttl=record.ttl,
            opts=self.of(parent),
        )

    def alias(
        self,
        name: str,
        fqdn: str,
        target: pulumi.Input[str],
        target_zone_id: pulumi.Input[str],
        parent: pulumi.Resource,
    ) -> pulumi.Resource:
        """Create an alias record to a name of an AWS service, as a child of ``parent``."""
        alias = aws.route53.RecordAliasArgs(
            name=target, zone_id=target_zone_id, evaluate_target_health=False
        )
        return aws.route53.Record(
            name,
            zone_id=self.zone_id,
            name=fqdn,
            type="A",
            aliases=[alias],
            opts=self.of(parent),
        )

    def caa(self) -> pulumi.Output[Mapping[str, Sequence[str]]] | None:
        """The CAA record sets by name; None for a zone created here."""
        if self.args.create:
            return None
        found = aws.route53.get_records_output(
            zone_id=self.zone_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return found.resource_record_sets.apply(
            lambda sets: {
                one.name.rstrip("."): [each.value for each in one.resource_records]
                for one in sets
                if one.type == "CAA"
            }
        )
