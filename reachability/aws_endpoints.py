"""Reads resource endpoints of AWS: single services that a gateway calls over VPC Lattice.

No network is routed to the other. Packets come from the interfaces of the resource gateway, so
upstreams see its security group. Source: Amazon VPC Lattice, "Resource gateways", "Resource
configurations"; Kong, "Resource endpoints".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reachability import aws, konnect
from reachability.elements import Condition
from reachability.filters import Filter
from reachability.graph import ServiceEndpoint
from reachability.konnect import CONFIG, KonnectAttachment
from reachability.parts import Parts, address, element, exists, port_ranges
from reachability.records import Record, Records

GATEWAY: Final = "aws:vpclattice/resourceGateway:ResourceGateway"
CONFIGURATION: Final = "aws:vpclattice/resourceConfiguration:ResourceConfiguration"


def read_service_endpoints(parts: Parts) -> None:
    """Add the services of resource endpoints."""
    for attachment in konnect.attachments(parts, "aws-resource-endpoint-attachment"):
        _read(parts, attachment)


def _read(parts: Parts, attachment: KonnectAttachment) -> None:
    records, record = parts.records, attachment.record
    share = records.target(record, f"{CONFIG}.ram_share_arn", aws.SHARE)
    groups = [
        one
        for one in records.of(CONFIGURATION)
        if one.text("type") == "GROUP" and share is not None and _shares(records, share, one)
    ]
    group = groups[0] if groups else None
    gateway = None if group is None else records.target(group, "resourceGatewayIdentifier", GATEWAY)
    shared = tuple(aws.shared_with_kong(records, record, group))
    children = records.targets(
        record, f"{CONFIG}.resource_config.*.resource_config_id", CONFIGURATION
    )
    mapped = record.values(f"{CONFIG}.resource_config.*")
    vpc = None if gateway is None else records.target(gateway, "vpcId", aws.VPC)
    filters: tuple[Filter, ...] = ()
    if gateway is not None:
        filters = tuple(
            aws.security_group(records, one)
            for one in records.targets(gateway, "securityGroupIds.*", aws.GROUP)
        )
    for place, one in enumerate(mapped):
        child = _child(children, one, place)
        conditions = (*shared, *_conditions(record, group, gateway, child))
        parts.service_endpoints.append(
            ServiceEndpoint(
                element(record if child is None else child),
                attachment.gateway.key,
                str(one.get("domain_name", "")),
                "" if vpc is None else vpc.urn,
                None if child is None else address(child.text(_ADDRESS)),
                () if child is None else port_ranges(child.values("portRanges.*")),
                filters,
                conditions,
            )
        )


_ADDRESS: Final = "resourceConfigurationDefinition.ipResource.ipAddress"


def _shares(records: Records, share: Record, group: Record) -> bool:
    return any(
        group in records.targets(one, "resourceArn", CONFIGURATION)
        for one in records.referring(share, "resourceShareArn", aws.SHARE_RESOURCE)
    )


def _child(children: list[Record], mapping: object, place: int) -> Record | None:
    """The configuration of a service: by its id, or in a first preview by its place."""
    id_ = mapping.get("resource_config_id") if isinstance(mapping, dict) else None
    known = [one for one in children if isinstance(id_, str) and one.id == id_]
    if known:
        return known[0]
    return children[place] if place < len(children) else None


def _conditions(
    record: Record, group: Record | None, gateway: Record | None, child: Record | None
) -> Iterator[Condition]:
    yield exists(
        group is not None,
        record,
        aws.SHARE_RESOURCE,
        "the share contains no group of resource configurations",
        "associate the group with the share",
    )
    yield exists(
        gateway is not None,
        record,
        GATEWAY,
        "the group has no resource gateway",
        "give the group a resource gateway",
    )
    yield exists(
        child is not None,
        record,
        CONFIGURATION,
        "the domain is mapped to no resource configuration",
        "map the domain to a configuration of the group",
    )
