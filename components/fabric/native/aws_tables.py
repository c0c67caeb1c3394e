"""The route tables of a Transit Gateway, as a hub of a fabric uses them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.component import Component


class AwsTransitTables:
    """Route tables by key. Everything that they get is a child of a component.

    The names of children are made of the keys of tables and attachments, so keys never change.
    """

    def __init__(
        self,
        owner: Component,
        region: str,
        transit_gateway_id: pulumi.Input[str],
        given: Mapping[str, pulumi.Input[str]],
        tags: Mapping[str, str],
    ) -> None:
        """``given`` are tables that exist. ``tags`` are those of new ones, beside ``Name``."""
        self._owner = owner
        self._region = region
        self._transit_gateway_id = transit_gateway_id
        self._tags = tags
        self._ids = dict(given)

    def create(self, key: str) -> None:
        """Create a table."""
        self._ids[key] = aws.ec2transitgateway.RouteTable(
            f"{self._owner.name}-{key}",
            region=self._region,
            transit_gateway_id=self._transit_gateway_id,
            tags={**self._tags, "Name": f"{self._owner.name}-{key}"},
            opts=self._owner.child(),
        ).id

    def associate(
        self, attachment: str, attachment_id: pulumi.Input[str], table: str
    ) -> pulumi.Resource:
        """Let the packets that arrive from an attachment take the routes of a table."""
        return aws.ec2transitgateway.RouteTableAssociation(
            f"{self._owner.name}-{attachment}-association",
            region=self._region,
            transit_gateway_attachment_id=attachment_id,
            transit_gateway_route_table_id=self._ids[table],
            opts=self._owner.child(),
        )

    def propagate(
        self, attachment: str, attachment_id: pulumi.Input[str], tables: Iterable[str]
    ) -> list[pulumi.Resource]:
        """Add the routes of an attachment to tables."""
        return [
            aws.ec2transitgateway.RouteTablePropagation(
                f"{self._owner.name}-{attachment}-to-{table}",
                region=self._region,
                transit_gateway_attachment_id=attachment_id,
                transit_gateway_route_table_id=self._ids[table],
                opts=self._owner.child(),
            )
            for table in tables
        ]

    def refer(
        self,
        table: str,
        name: str,
        list_id: pulumi.Input[str],
        attachment_id: pulumi.Input[str] | None,
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Resource:
        """Lead the blocks of a prefix list to an attachment; without one, drop what is for them.

        ``name`` is that of the list.
        """
        return aws.ec2transitgateway.PrefixListReference(
            f"{self._owner.name}-{table}-to-{name}",
            region=self._region,
            prefix_list_id=list_id,
            transit_gateway_route_table_id=self._ids[table],
            transit_gateway_attachment_id=attachment_id,
            blackhole=True if attachment_id is None else None,
            opts=self._owner.child(after),
        )

    def drop(self, table: str, block: IPv4Network) -> None:
        """Drop what is for a block. Such a route goes before an equal block of a prefix list."""
        aws.ec2transitgateway.Route(
            f"{self._owner.name}-{table}-to-{str(block).replace('/', '-')}",
            region=self._region,
            destination_cidr_block=str(block),
            transit_gateway_route_table_id=self._ids[table],
            blackhole=True,
            opts=self._owner.child(),
        )
