"""A public hosted zone in Route 53, and simple record sets in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pulumi
import pulumi_aws as aws

from components.domains.base import DnsZone, Record, ZoneArgs
from providers import konnect

RecordSet: TypeAlias = aws.route53.outputs.GetRecordsResourceRecordSetResult


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

    def lead(
        self,
        name: str,
        record: Record,
        parent: pulumi.Resource,
        alias_zone_id: pulumi.Input[str] | None = None,
    ) -> pulumi.Resource:
        """Create the record set that leads clients, as an alias if the target is in AWS."""
        assert isinstance(record.name, str)
        if alias_zone_id is None:
            self.require_room(record.name, record.type, None)
            return self.write(name, record, parent)
        self.require_room(record.name, "A", None)
        target = pulumi.Output.from_input(record.values).apply(lambda values: values[0])
        alias = aws.route53.RecordAliasArgs(
            name=target, zone_id=alias_zone_id, evaluate_target_health=False
        )
        return aws.route53.Record(
            name,
            zone_id=self.zone_id,
            name=record.name,
            type="A",
            aliases=[alias],
            opts=self.of(parent),
        )

    def caa(self) -> pulumi.Output[Mapping[str, Sequence[str]]] | None:
        """The CAA record sets by name; None for a zone created here."""
        if self.args.create:
            return None
        return self._record_sets().apply(
            lambda sets: {
                one.name.rstrip("."): [each.value for each in one.resource_records]
                for one in sets
                if one.type == "CAA"
            }
        )

    def require_room(self, fqdn: str, type: str, routing: str | None) -> None:
        """Fail in a preview when Route 53 would refuse record sets beside those that exist.

        ``routing`` is the policy of the record sets, None for none. Nothing is read of a zone whose
        id is not known yet.
        """
        self._record_sets().apply(
            lambda sets: require_room(fqdn, type, routing, [one for one in sets if _at(one, fqdn)])
        )

    def _record_sets(self) -> pulumi.Output[Sequence[RecordSet]]:
        return aws.route53.get_records_output(
            zone_id=self.zone_id, opts=pulumi.InvokeOutputOptions(parent=self)
        ).resource_record_sets


def _at(one: RecordSet, fqdn: str) -> bool:
    return one.name.rstrip(".") == fqdn


def require_room(fqdn: str, type: str, routing: str | None, existing: Sequence[RecordSet]) -> None:
    """Raise ProviderError if record sets of this type and policy cannot be beside existing ones.

    All record sets of a name and type have one routing policy, and a CNAME has no other type beside
    it. Source: ChangeResourceRecordSets of the Amazon Route 53 API.
    """
    for one in existing:
        there = routing_of(one)
        if one.type == type and there != routing:
            wrong = f"has {_routing_words(there)}, and is to have {_routing_words(routing)}"
        elif one.type != type and "CNAME" in (one.type, type):
            wrong = f"has a record of type {one.type}, and is to have one of type {type}"
        else:
            continue
        raise konnect.ProviderError(
            f"{fqdn}: in Route 53 it {wrong}, which exclude each other: use another name, or "
            "delete the name from `entry`, run `pulumi up`, and write it again; it leads nowhere "
            "in the meantime"
        )


def routing_of(one: RecordSet) -> str | None:
    """The routing policy of a record set as ``Routing`` names it; None for a simple one."""
    if not one.set_identifier:
        return None
    if one.geoproximity_location:
        return "geoproximity"
    if one.region:
        return "latency"
    if one.geolocation:
        return "geolocation"
    return "failover" if one.failover else "weighted"


def _routing_words(routing: str | None) -> str:
    return "no routing" if routing is None else f"routing {routing}"
