"""Prefix lists of a fabric in AWS, and the routes and rules of a VPC that use them.

A list is updated in place when a block comes or goes, so what uses it never changes. AWS counts the
largest number of entries of a list, not its entries, against the quotas of route tables and
security groups (Amazon VPC user guide, "Amazon VPC quotas").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.fabric.routes import prefix_list_size

_PER_REQUEST: Final = 100
"""Blocks that AWS takes in one request (EC2 API, "CreateManagedPrefixList"). The provider sends all
blocks of a list in one."""


def prefix_list(
    owner: Component,
    key: str,
    region: str,
    blocks: Iterable[IPv4Network],
    tags: Mapping[str, str],
    after: Sequence[pulumi.Resource] = (),
) -> pulumi.Output[str] | None:
    """Create the list ``<owner>-<key>``. Return its id; None if there are no blocks.

    ``tags`` are those of the list, beside ``Name``. Blocks come and go after the resources
    ``after`` are there. More blocks than AWS takes in one request are a warning.
    """
    entries = sorted(set(blocks))
    if not entries:
        return None
    name = f"{owner.name}-{key}"
    if len(entries) > _PER_REQUEST:
        pulumi.log.warn(
            f"prefix list {name} has {len(entries)} blocks, and AWS takes {_PER_REQUEST} in one "
            "request: the update fails if it creates the list, or adds more at once. Then declare "
            "fewer regions and spokes first, and the rest in a second update",
            owner,
        )
    return aws.ec2.ManagedPrefixList(
        name,
        region=region,
        name=name,
        address_family="IPv4",
        # A larger size is an update in place: the provider changes it before the entries. It fails
        # if a security group or route table that uses the list has no room.
        max_entries=prefix_list_size(len(entries)),
        entries=[{"cidr": str(block)} for block in entries],
        tags={**tags, "Name": name},
        opts=owner.child(after),
    ).id


def routes_to_hub(
    owner: Component,
    name: str,
    region: str,
    tables: Mapping[str, pulumi.Input[str]],
    hub_id: pulumi.Input[str],
    list_id: pulumi.Input[str],
) -> None:
    """A route of a VPC to a prefix list over the Transit Gateway, in each of its route tables."""
    for key, table_id in tables.items():
        stem = f"{owner.name}-{key}" if key else owner.name
        aws.ec2.Route(
            f"{stem}-to-{name}",
            region=region,
            route_table_id=table_id,
            destination_prefix_list_id=list_id,
            transit_gateway_id=hub_id,
            opts=owner.child(),
        )


def ingress_rules(
    owner: Component,
    name: str,
    region: str,
    group_id: pulumi.Input[str],
    list_id: pulumi.Input[str],
    ports: Sequence[int],
) -> None:
    """Rules that let the blocks of a prefix list in on TCP ports."""
    for port in ports:
        aws.vpc.SecurityGroupIngressRule(
            f"{owner.name}-from-{name}-{port}",
            region=region,
            security_group_id=group_id,
            prefix_list_id=list_id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=owner.child(),
        )
