"""AWS: Transit Gateways, VPC peerings, resource endpoints, security groups, network ACLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from providers.base.http import Json
from tools.readiness.checks.blocks import covers, touches
from tools.readiness.checks.private_dns import hosted_zones, resolvers
from tools.readiness.facts import Facts, state_of, title
from tools.readiness.konnect import Network
from tools.readiness.resources import Resource
from tools.readiness.verdict import Item, Seen, failed, judged, manual, passed

TGW: Final = "aws-transit-gateway-attachment"
PEERING: Final = "aws-vpc-peering-attachment"
ENDPOINT: Final = "aws-resource-endpoint-attachment"

ACCEPTER: Final = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
ASSOCIATION: Final = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
PROPAGATION: Final = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
HUB_ROUTE: Final = "aws:ec2transitgateway/route:Route"
HUB: Final = "aws:ec2transitgateway/transitGateway:TransitGateway"
VPC_ATTACHMENT: Final = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
ROUTE: Final = "aws:ec2/route:Route"
ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
TABLE_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
ACL_RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"
VPC: Final = "aws:ec2/vpc:Vpc"
PEERING_ACCEPTER: Final = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
SHARE_PRINCIPAL: Final = "aws:ram/principalAssociation:PrincipalAssociation"
_ANCHOR: Final = "aws"
_ELSEWHERE: Final = "another stack or team owns it: look there"


def restore(network: Network) -> str:
    """The command that takes an isolated region back, for a remedy."""
    return f"`make restore REGION={network.region}`"


def ready(network: Network, attachment: Json) -> Seen:
    """Whether Konnect has an attachment as ready."""
    remedy = "look at Networks in Konnect; accept, share or grant what it waits for"
    subject = f"{network.region}: attachment {title(attachment)}"
    return judged(attachment.get("state") == "ready", subject, state_of(attachment), remedy)


def _transit_gateways(facts: Facts) -> Iterator[Seen]:
    for network, attachment, config in facts.attachments(TGW):
        yield ready(network, attachment)
        hub_id = str(config.get("transit_gateway_id"))
        accepter = next(
            (a for a in facts.resources.of(ACCEPTER) if a.text("transitGatewayId") == hub_id), None
        )
        subject = f"{network.region}: hub {hub_id}"
        if accepter is None:
            look = f"{_ELSEWHERE}; its tables must lead {network.cidr} to Kong's attachment"
            yield manual(subject, "has no accepted attachment in this stack", look)
        else:
            kong = accepter.text("transitGatewayAttachmentId") or accepter.id
            yield from _hub_tables(facts, hub_id, network, kong)
        yield from _vpc_routes(facts, network, hub_id)


def _hub_tables(facts: Facts, hub_id: str, network: Network, kong: str) -> Iterator[Seen]:
    """Kong's attachment has a route table, and other tables lead its block to it."""
    subject, cidr = f"{network.region}: hub {hub_id}", network.cidr
    associated = [
        one
        for one in facts.resources.of(ASSOCIATION)
        if one.text("transitGatewayAttachmentId") == kong
    ]
    value = f"Kong's attachment {kong} has {'a' if associated else 'no'} route table"
    yield judged(bool(associated), subject, value, "run `make up`, which associates it")
    holes = [
        one
        for one in facts.resources.of(HUB_ROUTE)
        # A wider one loses against the route that Kong's attachment propagates.
        if one.props.get("blackhole") and covers(cidr, one.text("destinationCidrBlock"))
    ]
    for hole in holes:
        value = f"drops what is for {cidr} (route {hole.name})"
        yield failed(subject, value, f"the region is isolated: {restore(network)}")
    leads = [
        one
        for one in facts.resources.of(PROPAGATION)
        if one.text("transitGatewayAttachmentId") == kong
    ] + [
        one
        for one in facts.resources.of(HUB_ROUTE)
        if one.text("transitGatewayAttachmentId") == kong
        and covers(one.text("destinationCidrBlock"), cidr)
    ]
    value = f"{'leads' if leads else 'does not lead'} {cidr} to Kong's attachment"
    yield judged(bool(leads), subject, value, "run `make up`, which propagates its routes")
    for table in associated:
        yield from _leads_to_vpcs(facts, hub_id, subject, table.text("transitGatewayRouteTableId"))


def _leads_to_vpcs(facts: Facts, hub_id: str, subject: str, table: str) -> Iterator[Seen]:
    """Whether the table of Kong's attachment has a route to each VPC of the hub."""
    leads = {
        one.text("transitGatewayAttachmentId")
        for one in facts.resources.of(PROPAGATION, HUB_ROUTE)
        if one.text("transitGatewayRouteTableId") == table and not one.props.get("blackhole")
    }
    for vpc in facts.resources.of(VPC_ATTACHMENT):
        if vpc.text("transitGatewayId") == hub_id:
            there = vpc.id in leads
            value = f"{'leads' if there else 'does not lead'} the gateway to {vpc.text('vpcId')}"
            yield judged(there, subject, value, "run `make up`, which propagates its routes")


def _vpc_routes(facts: Facts, network: Network, hub_id: str) -> Iterator[Seen]:
    vpcs = [
        one.text("vpcId")
        for one in facts.resources.of(VPC_ATTACHMENT)
        if one.text("transitGatewayId") == hub_id
    ]
    if not vpcs:
        look = f"{_ELSEWHERE}; its route tables need {network.cidr} -> {hub_id}"
        yield manual(f"{network.region}: VPC", "is in no stack that is read here", look)
    for vpc in vpcs:
        yield from _routed(facts, network, vpc, "transitGatewayId", hub_id)


def _routed(facts: Facts, network: Network, vpc: str, via: str, target: str) -> Iterator[Seen]:
    """Whether each route table in use of a VPC leads a gateway's block to a target."""
    used = {one.text("routeTableId") for one in facts.resources.of(TABLE_ASSOCIATION)}
    for table in facts.resources.of(ROUTE_TABLE):
        if table.text("vpcId") != vpc or table.id not in used:
            continue
        routes = [
            one
            for one in facts.resources.of(ROUTE)
            if one.text("routeTableId") == table.id
            and covers(one.text("destinationCidrBlock"), network.cidr)
            and one.text(via) == target
        ]
        subject = f"{network.region}: route table {table.id} of {vpc}"
        if not routes:
            remedy = f"add a route {network.cidr} -> {target}, or run `make up`"
            yield failed(subject, f"has no route to {network.cidr}", remedy)
        for route in routes:
            state = route.text("state") or "active"
            value = f"{route.text('destinationCidrBlock')} -> {target} is {state}"
            yield judged(state == "active", subject, value, "look at the route's target")


def _network_acls(facts: Facts) -> Iterator[Seen]:
    for network in facts.live.networks:
        if network.cloud != "aws":
            continue
        landing = facts.region(network.region).get("landing") or {}
        vpc = facts.resources.by_id(VPC, str(landing.get("id")))
        denied = [
            one
            for one in facts.resources.of(ACL_RULE)
            if one.text("ruleAction") == "deny"
            and touches(one.text("cidrBlock"), network.cidr)
            and _is_before_allow(facts, one, network.cidr)
            and (vpc is None or one.text("networkAclId") == vpc.text("defaultNetworkAclId"))
        ]
        for rule in denied:
            way = "to" if rule.props.get("egress") else "from"
            value = f"rule {rule.text('ruleNumber')} denies packets {way} {network.cidr}"
            subject = f"{network.region}: network ACL {rule.text('networkAclId')}"
            remedy = f"delete the rule; {restore(network)} if the region is isolated"
            yield failed(subject, value, remedy)
        if not denied:
            acl = vpc.text("defaultNetworkAclId") if vpc else "of the subnets"
            look = f"VPC > Network ACLs > {acl}: it has to allow {network.cidr}, both ways"
            value = "has no rule in this stack, so its rules are those of AWS, or of somebody else"
            yield manual(f"{network.region}: network ACL {acl}", value, look)


def _is_before_allow(facts: Facts, deny: Resource, cidr: str) -> bool:
    """Whether no rule with a lower number of the same ACL allows the block."""
    return not any(
        one.text("ruleAction") == "allow"
        and one.text("networkAclId") == deny.text("networkAclId")
        and bool(one.props.get("egress")) == bool(deny.props.get("egress"))
        and int(one.props.get("ruleNumber") or 0) < int(deny.props.get("ruleNumber") or 0)
        and covers(one.text("cidrBlock"), cidr)
        for one in facts.resources.of(ACL_RULE)
    )


def _peerings(facts: Facts) -> Iterator[Seen]:
    for network, attachment, config in facts.attachments(PEERING):
        yield ready(network, attachment)
        vpc = str(config.get("peer_vpc_id"))
        accepter = next(
            (a for a in facts.resources.of(PEERING_ACCEPTER) if a.text("vpcId") == vpc), None
        )
        subject = f"{network.region}: peering with {vpc}"
        if accepter is None:
            yield manual(subject, "was not accepted by this stack", _ELSEWHERE)
            continue
        status = accepter.text("acceptStatus") or "unknown"
        yield judged(status == "active", subject, f"is {status}", "accept it in AWS")
        connection = accepter.text("vpcPeeringConnectionId") or accepter.id
        yield from _routed(facts, network, vpc, "vpcPeeringConnectionId", connection)
        value = "reaches this VPC only: peering is not transitive"
        yield passed(subject, value)


def _endpoints(facts: Facts) -> Iterator[Seen]:
    kong = facts.live.accounts.get("aws", "")
    principals = {
        one.text("resourceShareArn"): one.text("principal")
        for one in facts.resources.of(SHARE_PRINCIPAL)
    }
    for network, attachment, config in facts.attachments(ENDPOINT):
        yield ready(network, attachment)
        share = str(config.get("ram_share_arn"))
        subject = f"{network.region}: RAM share {share.rpartition('/')[2]}"
        if share not in principals:
            yield manual(subject, "is in no stack that is read here", _ELSEWHERE)
        else:
            given = principals[share]
            yield judged(
                given == kong, subject, f"is given to {given}", f"give it to Kong's {kong}"
            )
        for one in config.get("resource_config") or ():
            state = str(one.get("state") or "unknown")
            yield judged(
                state == "ready",
                f"{network.region}: resource configuration {one.get('domain_name')}",
                f"is {state}",
                "share it; `missing` means no zone in common with the gateway network",
            )


def _security_groups(facts: Facts) -> Iterator[Seen]:
    for network in facts.live.networks:
        if network.cloud != "aws":
            continue
        region = facts.region(network.region)
        groups = {
            str(one.get("security_group_id"))
            for one in (region.get("attachments") or {}).values()
            if one.get("security_group_id")
        }
        for group in sorted(groups):
            yield _let_in(facts, network, group)
        if not groups:
            look = f"the security groups of your upstreams have to allow {network.cidr}"
            yield manual(network.region, "the stack has no security group for upstreams", look)


def _let_in(facts: Facts, network: Network, group: str) -> Seen:
    rules = [
        one
        for one in facts.resources.of(INGRESS)
        if one.text("securityGroupId") == group and _is_from(facts, one, network)
    ]
    subject = f"{network.region}: security group {group}"
    if not rules and facts.resources.by_id(SECURITY_GROUP, group) is None:
        return manual(subject, "is in no stack that is read here", _ELSEWHERE)
    ports = ", ".join(f"{one.text('ipProtocol')} {one.text('fromPort')}" for one in rules)
    value = f"allows {network.cidr} on {ports}" if rules else f"does not allow {network.cidr}"
    return judged(bool(rules), subject, value, "add the rule, or run `make up`")


def _is_from(facts: Facts, rule: Resource, network: Network) -> bool:
    """Whether a rule lets a gateway's block in, or the group of a resource gateway."""
    if rule.text("referencedSecurityGroupId"):
        return any(one is network for one, _, _ in facts.attachments(ENDPOINT))
    return covers(rule.text("cidrIpv4"), network.cidr)


ITEMS: Final = (
    Item(
        "aws-security-groups",
        "AWS",
        "Security groups let the gateway reach your upstreams",
        "Each security group for upstreams has a rule for the gateway's block. Kong looks after "
        "the rules between data planes and control planes.",
        _security_groups,
        _ANCHOR,
    ),
    Item(
        "aws-transit-gateway",
        "AWS",
        "Transit Gateway attachments, route tables and routes lead to the gateway and back",
        "Konnect has the attachment ready; the hub associates and propagates it; each route table "
        "in use of the VPC has an active route to the gateway's block.",
        _transit_gateways,
        _ANCHOR,
    ),
    Item(
        "aws-network-acls",
        "AWS",
        "Network ACLs do not block the gateway",
        "No rule of the stack denies the gateway's block. Rules that others wrote, AWS shows.",
        _network_acls,
        _ANCHOR,
    ),
    Item(
        "aws-vpc-peering",
        "AWS",
        "All VPCs that have to be reached are peered",
        "Konnect has the peering ready; AWS has it active; route tables lead to the gateway.",
        _peerings,
        _ANCHOR,
    ),
    Item(
        "aws-resource-endpoints",
        "AWS",
        "Resource configurations and their children are shared with Kong",
        "The RAM share is given to Kong's account; each resource configuration is ready.",
        _endpoints,
        _ANCHOR,
    ),
    Item(
        "aws-private-hosted-zones",
        "AWS",
        "Private hosted zones are shared with the gateway network and resolve there",
        "Konnect has the association ready. A look-up from the gateway is by hand.",
        lambda facts: hosted_zones(facts, "aws"),
        _ANCHOR,
    ),
    Item(
        "aws-outbound-resolver",
        "AWS",
        "The outbound DNS resolver has the right domains and servers",
        "Konnect has it ready, with the map that the stack declares. A look-up is by hand.",
        lambda facts: resolvers(facts, "aws"),
        _ANCHOR,
    ),
)
