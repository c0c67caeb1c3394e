"""Reads Transit Gateways of AWS: attachments, tables, peerings, VPN connections and firewalls.

Sources: AWS Transit Gateways, "How transit gateways work" ("Route evaluation order"), "Amazon VPC
attachments" (zones), "Peering attachments" (static routes only); Site-to-Site VPN, "Tunnel
options"; Network Firewall, "Transit gateway-attached firewalls".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Final

from reachability import aws_firewalls, konnect
from reachability.aws import (
    ACCEPTER,
    ASSOCIATION,
    HUB,
    HUB_LIST,
    HUB_ROUTE,
    HUB_TABLE,
    PROPAGATION,
    SUBNET,
    VPC,
    VPC_ATTACHMENT,
    attachment_of,
    listed_blocks,
    routes_of_gateway,
    shared_with_kong,
    zone_of,
)
from reachability.elements import Condition, Element
from reachability.graph import Attachment, Drop, HubTable, Link, LinkEnd, Peering, Route, Unseen
from reachability.konnect import CONFIG, KonnectAttachment
from reachability.parts import Parts, block, element, exists, foreign_network, number
from reachability.records import Record, Records, type_of
from reachability.tunnels import Half

PEERING: Final = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
PEERING_ACCEPTER: Final = (
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter"
)
VPN: Final = "aws:ec2/vpnConnection:VpnConnection"
CUSTOMER_GATEWAY: Final = "aws:ec2/customerGateway:CustomerGateway"
_HUB_ID: Final = "transitGatewayId"
_ATTACHED: Final = "transitGatewayAttachmentId"
_ASN: Final = 64512
"""The ASN of a Transit Gateway that is given none. Source: AWS Transit Gateways, "Create"."""
_TUNNELS: Final = (1, 2)
"""A VPN connection of AWS has two tunnels."""


def read_links(parts: Parts) -> None:
    """Add Transit Gateways with their attachments, tables, peerings, firewalls and tunnels."""
    _read_attachments(parts)
    for table in parts.records.of(HUB_TABLE):
        hub = parts.records.target(table, _HUB_ID, HUB)
        if hub is not None:
            parts.tables[table.urn] = _hub_table(parts.records, table, hub)
    for kong in konnect.attachments(parts, "aws-transit-gateway-attachment"):
        _read_gateway(parts, kong)
    for peering in parts.records.of(PEERING):
        _read_peering(parts, peering)
    for firewall, own in aws_firewalls.firewalls(parts.records):
        after, _ = _table_of(parts.records, firewall.key, own)
        parts.firewalls[firewall.key] = replace(firewall, table=after)
    for attachment in list(parts.attachments.values()):
        if attachment.at.type == VPC_ATTACHMENT:
            for firewall in aws_firewalls.appliances(parts.records, attachment):
                parts.firewalls[firewall.key] = firewall
    parts.halves += _halves(parts.records)


def _read_attachments(parts: Parts) -> None:
    records = parts.records
    for attachment in records.of(VPC_ATTACHMENT):
        hub = records.target(attachment, _HUB_ID, HUB)
        vpc = records.target(attachment, "vpcId", VPC)
        if hub is None or vpc is None:
            continue
        subnets = [
            one
            for one in records.targets(attachment, "subnetIds.*", SUBNET)
            if records.target(one, "vpcId", VPC) == vpc
        ]
        placed = exists(
            bool(subnets),
            attachment,
            SUBNET,
            "it has no subnet of the VPC",
            "give it a subnet in each zone",
        )
        parts.attachments[attachment.urn] = Attachment(
            attachment.urn,
            element(attachment),
            hub.urn,
            vpc.urn,
            (placed,),
            *_table_of(records, attachment.urn, hub.urn),
            zones=() if _has_more_subnets(attachment) else tuple(map(zone_of, subnets)),
        )


def _has_more_subnets(attachment: Record) -> bool:
    """Whether an attachment has subnets of another stack, whose zones are not known."""
    listed = attachment.properties.get("subnetIds")
    own = [urn for urn in attachment.dependencies.get("subnetIds", ()) if type_of(urn) == SUBNET]
    return isinstance(listed, list) and len(listed) > len(own)


def _hub_table(records: Records, table: Record, hub: Record) -> HubTable:
    path = "transitGatewayRouteTableId"
    routes = []
    for route in records.referring(table, path, HUB_ROUTE):
        prefix = block(route.text("destinationCidrBlock"))
        if prefix is None:
            continue
        routes.append(Route(element(route), prefix, _next_hop(records, route), rank=-1))
    for reference in records.referring(table, path, HUB_LIST):
        via = _next_hop(records, reference)
        for prefix in listed_blocks(records, reference, "prefixListId"):
            routes.append(Route(element(reference), prefix, via))
    propagated = [
        key
        for one in records.referring(table, path, PROPAGATION)
        if (key := _attached(records, one))
    ]
    return HubTable(table.urn, element(table), hub.urn, tuple(routes), tuple(propagated))


def _next_hop(records: Records, route: Record) -> str | Drop | Unseen:
    """The attachment that a static route, or a reference to a prefix list, of a hub leads to."""
    if route.properties.get("blackhole") is True:
        return Drop.DROP
    types = (
        VPC_ATTACHMENT,
        ACCEPTER,
        konnect.ATTACHMENT,
        PEERING,
        PEERING_ACCEPTER,
        VPN,
        aws_firewalls.FIREWALL,
    )
    unseen = Unseen.UNSEEN if records.is_foreign(route, _ATTACHED, *types) else Drop.DROP
    via = _attached(records, route)
    peering = None if via is None else records.by_urn[via]
    if peering is not None and peering.type == PEERING and not _has_ends(records, peering):
        return Drop.DROP
    return via or unseen


def _has_ends(records: Records, peering: Record) -> bool:
    """Whether a peering has two Transit Gateways. One may be another stack's."""
    paths = (_HUB_ID, "peerTransitGatewayId")
    ends = [records.target(peering, path, HUB) for path in paths]
    if ends[0] is not None and ends[0] == ends[1]:
        return False
    return all(
        end is not None or records.is_foreign(peering, path, HUB)
        for end, path in zip(ends, paths, strict=True)
    )


def _table_of(records: Records, attachment: str, hub: str) -> tuple[str | None, Element | None]:
    """The table of a hub that an attachment is associated with, and the association.

    AWS refuses a table of another hub. Both hubs of a peering know it by the same id.
    """
    for association in records.of(ASSOCIATION):
        table = records.target(association, "transitGatewayRouteTableId", HUB_TABLE)
        owner = None if table is None else records.target(table, _HUB_ID, HUB)
        if (
            table is not None
            and owner is not None
            and owner.urn == hub
            and _attached(records, association) == attachment
        ):
            return table.urn, element(association)
    return None, None


def _attached(records: Records, record: Record) -> str | None:
    """The key of the attachment that a resource refers to."""
    for type_ in (VPC_ATTACHMENT, PEERING, VPN, aws_firewalls.FIREWALL):
        found = records.target(record, _ATTACHED, type_)
        if found is not None:
            return found.urn
    accepted = records.target(record, _ATTACHED, PEERING_ACCEPTER)
    if accepted is not None:
        peering = records.target(accepted, _ATTACHED, PEERING)
        return None if peering is None else peering.urn
    accepter = records.target(record, _ATTACHED, ACCEPTER)
    if accepter is not None:
        return attachment_of(records, accepter, _ATTACHED)
    own = records.target(record, _ATTACHED, konnect.ATTACHMENT)
    return None if own is None else own.urn


def _read_gateway(parts: Parts, attachment: KonnectAttachment) -> None:
    """Add Kong's attachment to a Transit Gateway."""
    records, record = parts.records, attachment.record
    at, key = element(record), record.urn
    path = f"{CONFIG}.transit_gateway_id"
    hub = records.target(record, path, HUB)
    routes_of_gateway(parts, attachment)
    if hub is not None:
        conditions = (
            *shared_with_kong(records, record, hub),
            _accepted(records, record, hub),
        )
        parts.attachments[key] = Attachment(
            key, at, hub.urn, attachment.gateway.key, conditions, *_table_of(records, key, hub.urn)
        )
    elif records.is_foreign(record, path, HUB):
        network = foreign_network(parts, record, "aws", attachment.cidr_blocks)
        shared = tuple(shared_with_kong(records, record, None))
        parts.peerings[key] = Peering(key, at, (attachment.gateway.key, network), shared)


def _accepted(records: Records, record: Record, hub: Record) -> Condition:
    automatic = hub.text("autoAcceptSharedAttachments") == "enable"
    accepters = records.referring(record, _ATTACHED, ACCEPTER)
    return exists(
        automatic or bool(accepters),
        record,
        ACCEPTER,
        f"nobody accepts the attachment to {element(hub)}",
        "accept the attachment that Kong requests",
    )


def _read_peering(parts: Parts, peering: Record) -> None:
    """Add a peering of two Transit Gateways."""
    records = parts.records
    near = records.target(peering, _HUB_ID, HUB)
    far = _other(records.targets(peering, "peerTransitGatewayId", HUB), near)
    if near is None or far is None:
        return
    accepters = records.referring(peering, _ATTACHED, PEERING_ACCEPTER)
    accepted = exists(
        bool(accepters),
        peering,
        PEERING_ACCEPTER,
        f"nobody accepts the peering with {element(far)}",
        "accept it in the region of the other Transit Gateway",
    )
    ends = [
        LinkEnd(
            element(peering if hub is near else accepters[0] if accepters else peering),
            hub.urn,
            peering.urn,
            *_table_of(records, peering.urn, hub.urn),
        )
        for hub in (near, far)
    ]
    parts.links[peering.urn] = Link(
        peering.urn, element(peering), (ends[0], ends[1]), (accepted,), dynamic=False
    )


def _other(found: list[Record], than: Record | None) -> Record | None:
    return next((one for one in found if one is not than), None)


def _halves(records: Records) -> Iterator[Half]:
    """The ends of tunnels of VPN connections to Transit Gateways."""
    for vpn in records.of(VPN):
        hub = records.target(vpn, _HUB_ID, HUB)
        if hub is None:
            continue
        customer = records.target(vpn, "customerGatewayId", CUSTOMER_GATEWAY)
        end = LinkEnd(
            element(vpn),
            hub.urn,
            vpn.urn,
            *_table_of(records, vpn.urn, hub.urn),
            asn=_asn(hub),
        )
        has_customer = exists(
            customer is not None,
            vpn,
            CUSTOMER_GATEWAY,
            "its customer gateway does not exist",
            "create the customer gateway with the address and the ASN of the other end",
        )
        for tunnel in _TUNNELS:
            inside = block(vpn.text(f"tunnel{tunnel}InsideCidr"))
            yield Half(
                f"{vpn.urn}#{tunnel}",
                Element(vpn.type, vpn.name, vpn.urn),
                end,
                (has_customer,),
                gateway=vpn.urn,
                address=vpn.text(f"tunnel{tunnel}Address"),
                peer_at=element(vpn if customer is None else customer),
                peer_gateways=_causes(customer, "ipAddress"),
                peer_address=None if customer is None else customer.text("ipAddress"),
                peer_asn=None if customer is None else number(customer.text("bgpAsn")),
                inside=inside,
                bgp_address=_host(inside, 1),
                peer_bgp_address=_host(inside, 2),
                keys=_causes(vpn, f"tunnel{tunnel}PresharedKey"),
                key_value=vpn.text(f"tunnel{tunnel}PresharedKey"),
            )


def _asn(hub: Record) -> int | None:
    """The ASN of a Transit Gateway. None: not known."""
    return None if hub.is_unknown("amazonSideAsn") else number(hub.text("amazonSideAsn")) or _ASN


def _causes(record: Record | None, name: str) -> frozenset[str]:
    return frozenset(() if record is None else record.dependencies.get(name, ()))


def _host(inside: IPv4Network | None, place: int) -> str | None:
    """AWS takes the first host of a tunnel's /30, the other end the second."""
    return None if inside is None else str(inside.network_address + place)
