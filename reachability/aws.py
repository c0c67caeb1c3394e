"""Reads VPCs, VPC peerings, security groups and ACLs of AWS. Transit Gateways: `aws_hubs`.

Sources: Amazon VPC user guide, "Route tables" ("Route priority for prefix lists"), "Network ACLs",
"Security groups"; VPC peering guide, "VPC peering basics".
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from reachability import konnect
from reachability.elements import Condition
from reachability.filters import ANY, PORTS, Direction, Filter, Rule
from reachability.graph import Endpoint, Network, Peering, Route, Subnet, Unseen, Zone
from reachability.konnect import CONFIG, KonnectAttachment
from reachability.parts import (
    Parts,
    address,
    block,
    blocks,
    element,
    exists,
    foreign_network,
    protocol,
)
from reachability.records import Record, Records

VPC: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
TABLE: Final = "aws:ec2/routeTable:RouteTable"
TABLE_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE: Final = "aws:ec2/route:Route"
PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
ACL_RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
HUB: Final = "aws:ec2transitgateway/transitGateway:TransitGateway"
HUB_TABLE: Final = "aws:ec2transitgateway/routeTable:RouteTable"
HUB_ROUTE: Final = "aws:ec2transitgateway/route:Route"
HUB_LIST: Final = "aws:ec2transitgateway/prefixListReference:PrefixListReference"
VPC_ATTACHMENT: Final = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
ACCEPTER: Final = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
ASSOCIATION: Final = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
PROPAGATION: Final = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
PEERING_ACCEPTER: Final = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
SHARE: Final = "aws:ram/resourceShare:ResourceShare"
SHARE_RESOURCE: Final = "aws:ram/resourceAssociation:ResourceAssociation"
SHARE_PRINCIPAL: Final = "aws:ram/principalAssociation:PrincipalAssociation"
RESOLVER: Final = "aws:route53/resolverEndpoint:ResolverEndpoint"
_GROUP_USERS: Final = {
    "aws:lb/loadBalancer:LoadBalancer": "securityGroups",
    RESOLVER: "securityGroupIds",
    "aws:vpclattice/resourceGateway:ResourceGateway": "securityGroupIds",
    "aws:elasticache/replicationGroup:ReplicationGroup": "securityGroupIds",
}
"""Resources that have security groups, and the property with them."""


def read_networks(parts: Parts) -> None:
    """Add the VPCs with their subnets, routes and filters."""
    records = parts.records
    attached = {
        group.urn
        for type_, path in _GROUP_USERS.items()
        for user in records.of(type_)
        for group in records.targets(user, f"{path}.*", GROUP)
    }
    for vpc in records.of(VPC):
        acl = _acl(records, vpc)
        hosts = tuple(
            security_group(records, group)
            for group in records.referring(vpc, "vpcId", GROUP)
            if group.urn not in attached
        )
        parts.networks[vpc.urn] = Network(
            vpc.urn,
            element(vpc),
            "aws",
            blocks(vpc.values("cidrBlock")),
            tuple(
                _subnet(records, subnet, acl) for subnet in records.referring(vpc, "vpcId", SUBNET)
            ),
            host_filters=hosts,
            host_filter_type=GROUP,
        )
    _read_resolvers(parts)


def _subnet(records: Records, subnet: Record, acl: Filter) -> Subnet:
    table = None
    for association in records.referring(subnet, "subnetId", TABLE_ASSOCIATION):
        found = records.target(association, "routeTableId", TABLE)
        # AWS refuses the table of another VPC.
        if found and records.targets(found, "vpcId", VPC) == records.targets(subnet, "vpcId", VPC):
            table = found
    routes: tuple[Route, ...] = ()
    if table is not None:
        routes = tuple(_routes(records, table))
    prefix = block(subnet.text("cidrBlock")) or ANY
    at = None if table is None else element(table)
    return Subnet(element(subnet), prefix, routes, at, (acl,), zone_of(subnet))


def zone_of(subnet: Record) -> Zone:
    """The zone of a subnet. A Local Zone (``usw2-lax1-az1``) may use its parent's: not known."""
    zone = Zone(subnet.text("availabilityZoneId") or "", subnet.text("availabilityZone") or "")
    return Zone() if zone.id.count("-") > 1 or zone.name.count("-") > 2 else zone


def _routes(records: Records, table: Record) -> Iterator[Route]:
    for route in records.referring(table, "routeTableId", ROUTE):
        prefix = block(route.text("destinationCidrBlock"))
        listed = listed_blocks(records, route, "destinationPrefixListId")
        hub = records.target(route, "transitGatewayId", HUB)
        peering = records.target(route, "vpcPeeringConnectionId", PEERING_ACCEPTER)
        via = route.urn
        if hub is not None:
            via = hub.urn
        elif peering is not None:
            via = attachment_of(records, peering, "vpcPeeringConnectionId") or peering.urn
        elif _leads_to_internet(records, route):
            continue
        elif records.is_foreign(route, "transitGatewayId", HUB) and records.is_foreign(
            route, "vpcPeeringConnectionId", PEERING_ACCEPTER
        ):
            via = Unseen.UNSEEN
        if prefix is not None:
            yield Route(element(route), prefix, via, rank=-1)
        yield from (Route(element(route), one, via) for one in listed)


def listed_blocks(records: Records, record: Record, path: str) -> tuple[IPv4Network, ...]:
    """The blocks of the prefix list that a property refers to; none of another stack's list."""
    found = records.target(record, path, PREFIX_LIST)
    return () if found is None else blocks(found.values("entries.*.cidr"))


def _leads_to_internet(records: Records, route: Record) -> bool:
    """Whether a route leads to a NAT or internet gateway, behind which no gateway's block is."""
    if route.properties.get("natGatewayId"):
        return True
    gateway = route.text("gatewayId") or ""
    return gateway.startswith("igw-") or not records.is_foreign(
        route, "gatewayId", "aws:ec2/internetGateway:InternetGateway"
    )


def attachment_of(records: Records, accepter: Record, path: str) -> str | None:
    """The URN of the Konnect attachment that an accepter accepts."""
    found = records.target(accepter, path, konnect.ATTACHMENT)
    return None if found is None else found.urn


def _acl(records: Records, vpc: Record) -> Filter:
    """The default network ACL of a VPC: it allows all, after the rules that are added to it."""
    rules = [
        Rule(
            element(rule),
            Direction.OUT if rule.properties.get("egress") is True else Direction.IN,
            rule.text("ruleAction") == "allow",
            int(float(rule.text("ruleNumber") or 0)),
            protocol(rule.text("protocol") or "all"),
            _ports(rule),
            blocks(rule.values("cidrBlock")) or (ANY,),
        )
        for rule in records.referring(vpc, "networkAclId", ACL_RULE)
    ]
    both = {Direction.IN: True, Direction.OUT: True}
    return Filter(element(vpc), f"{vpc.urn}#acl", False, tuple(rules), both, ACL_RULE)


def security_group(records: Records, group: Record) -> Filter:
    """A security group: what no rule allows is denied; replies pass."""
    rules = []
    for direction, type_ in ((Direction.IN, INGRESS), (Direction.OUT, EGRESS)):
        for rule in records.referring(group, "securityGroupId", type_):
            source = records.target(rule, "referencedSecurityGroupId", GROUP)
            listed = listed_blocks(records, rule, "prefixListId")
            if rule.properties.get("prefixListId") and records.is_foreign(
                rule, "prefixListId", PREFIX_LIST
            ):
                # The list is another stack's, or AWS's own. It may have the gateway's block.
                listed = listed or (ANY,)
            rules.append(
                Rule(
                    element(rule),
                    direction,
                    True,
                    0,
                    protocol(rule.text("ipProtocol") or "all"),
                    _ports(rule),
                    blocks(rule.values("cidrIpv4")) or listed,
                    groups=() if source is None else (source.urn,),
                )
            )
    none = {Direction.IN: False, Direction.OUT: False}
    return Filter(element(group), group.urn, True, tuple(rules), none, INGRESS)


def _ports(rule: Record) -> tuple[tuple[int, int], ...]:
    low, high = rule.text("fromPort"), rule.text("toPort")
    return (PORTS,) if low is None or high is None else ((int(float(low)), int(float(high))),)


def _read_resolvers(parts: Parts) -> None:
    """Add inbound endpoints of Route 53 Resolver."""
    records = parts.records
    for resolver in records.of(RESOLVER):
        subnets = records.targets(resolver, "ipAddresses.*.subnetId", SUBNET)
        filters = tuple(
            security_group(records, one)
            for one in records.targets(resolver, "securityGroupIds.*", GROUP)
        )
        for subnet in subnets:
            vpc, prefix = records.target(subnet, "vpcId", VPC), block(subnet.text("cidrBlock"))
            if vpc is not None and prefix is not None:
                key = f"{resolver.urn}#{subnet.urn}"
                given = address(resolver.text("ipAddresses.*.ip")) if len(subnets) == 1 else None
                parts.endpoints[key] = Endpoint(
                    key, element(resolver), vpc.urn, prefix, given, (53,), filters
                )


def routes_of_gateway(parts: Parts, attachment: KonnectAttachment) -> None:
    """Kong's network routes the attachment's blocks into it."""
    at, key = element(attachment.record), attachment.record.urn
    routes = [Route(at, prefix, key) for prefix in blocks(attachment.cidr_blocks)]
    parts.gateway_routes[attachment.gateway.key] += routes


def shared_with_kong(
    records: Records, record: Record, resource: Record | None
) -> Iterator[Condition]:
    """The conditions that a resource is shared with Kong's account. None: another stack's."""
    share = records.target(record, f"{CONFIG}.ram_share_arn", SHARE)
    if share is None:
        if not records.is_foreign(record, f"{CONFIG}.ram_share_arn", SHARE):
            yield exists(
                False,
                record,
                SHARE,
                "no resource share leads it to the shared resource",
                "share the resource with Kong's account",
            )
        return
    external = share.properties.get("allowExternalPrincipals") is not False
    yield Condition(
        external,
        element(share),
        "it does not allow external principals, and Kong's account is outside the organisation",
        "set allowExternalPrincipals: true",
    )
    with_resource = records.referring(share, "resourceShareArn", SHARE_RESOURCE)
    if resource is not None:
        with_resource = [
            one
            for one in with_resource
            if resource in records.targets(one, "resourceArn", resource.type)
        ]
    yield exists(
        bool(with_resource),
        share,
        SHARE_RESOURCE,
        f"it does not contain what {element(record)} is for"
        + ("" if resource is None else f": {element(resource)}"),
        "associate the resource with the share",
    )
    yield exists(
        bool(records.referring(share, "resourceShareArn", SHARE_PRINCIPAL)),
        share,
        SHARE_PRINCIPAL,
        f"it has no principal, so Kong's account does not see it for {element(record)}",
        "associate Kong's account with the share",
    )


def read_links(parts: Parts) -> None:
    """Add VPC peerings."""
    for attachment in konnect.attachments(parts, "aws-vpc-peering-attachment"):
        _read_peering(parts, attachment)


def _read_peering(parts: Parts, attachment: KonnectAttachment) -> None:
    records, record = parts.records, attachment.record
    path = f"{CONFIG}.peer_vpc_id"
    vpc = records.target(record, path, VPC)
    routes_of_gateway(parts, attachment)
    if vpc is not None:
        network = vpc.urn
    elif records.is_foreign(record, path, VPC):
        network = foreign_network(parts, record, "aws", attachment.cidr_blocks)
    else:
        return
    accepters = records.referring(record, "vpcPeeringConnectionId", PEERING_ACCEPTER)
    accepted = any(one.properties.get("autoAccept") is True for one in accepters)
    condition = exists(
        accepted,
        record,
        PEERING_ACCEPTER,
        "nobody accepts the peering that Kong requests",
        "accept the peering in the VPC's account (auto_accept)",
    )
    parts.peerings[record.urn] = Peering(
        record.urn, element(record), (attachment.gateway.key, network), (condition,)
    )
