"""Reads firewalls of Transit Gateways: AWS Network Firewall, and firewalls of others in a VPC.

AWS keeps both directions of a connection in one zone of a Network Firewall that is attached to a
Transit Gateway. A VPC with firewalls behind Gateway Load Balancer endpoints needs appliance mode
for that. Sources: AWS Network Firewall, "Transit gateway-attached firewalls"; AWS Transit Gateways,
"Example: Appliance in a shared services VPC".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reachability.aws import HUB, ROUTE, SUBNET, TABLE, TABLE_ASSOCIATION
from reachability.elements import Condition
from reachability.filters import ANY, Direction, Filter, Rule
from reachability.graph import Attachment, Firewall
from reachability.parts import blocks, element, exists, port_ranges, protocol
from reachability.records import Record, Records

FIREWALL: Final = "aws:networkfirewall/firewall:Firewall"
POLICY: Final = "aws:networkfirewall/firewallPolicy:FirewallPolicy"
GROUP: Final = "aws:networkfirewall/ruleGroup:RuleGroup"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_BOTH: Final = {Direction.IN: True, Direction.OUT: True}
_DEFAULT_DROPS: Final = frozenset({"aws:drop_strict", "aws:drop_established"})
"""Default actions of a policy in strict order that drop what no rule passes."""


def firewalls(records: Records) -> Iterator[tuple[Firewall, str]]:
    """The firewalls of Transit Gateways, each with the key of its hub, without a table."""
    for one in records.of(FIREWALL):
        hub = records.target(one, "transitGatewayId", HUB)
        if hub is None:
            continue
        policy = records.target(one, "firewallPolicyArn", POLICY)
        has_policy = exists(
            policy is not None or records.is_foreign(one, "firewallPolicyArn", POLICY),
            one,
            POLICY,
            "its policy does not exist",
            "create the policy",
        )
        filter_ = _filter(records, one, policy)
        yield Firewall(one.urn, element(one), hub.urn, filter_, None, (has_policy,)), hub.urn


def _filter(records: Records, firewall: Record, policy: Record | None) -> Filter:
    """What a policy lets pass. Rules of stateful groups that are written as fields are read.

    Rules in Suricata's language, and those that AWS maintains, look for attacks: they let other
    packets pass.
    """
    at = element(firewall if policy is None else policy)
    if policy is None:
        return Filter(at, firewall.urn, True, (), _BOTH, GROUP)
    path = "firewallPolicy.statefulRuleGroupReferences.*.resourceArn"
    groups = records.targets(policy, path, GROUP)
    rules = tuple(rule for group in groups for rule in _rules(group))
    actions = set(policy.values("firewallPolicy.statefulDefaultActions.*"))
    allows = not actions & _DEFAULT_DROPS
    return Filter(
        at, firewall.urn, True, rules, {Direction.IN: allows, Direction.OUT: allows}, GROUP
    )


def _rules(group: Record) -> Iterator[Rule]:
    for place, rule in enumerate(group.values("ruleGroup.rulesSource.statefulRules.*")):
        header: dict[str, Any] = rule.get("header") or {}
        name = str(header.get("protocol", "IP")).lower()
        yield Rule(
            element(group),
            Direction.OUT,
            str(rule.get("action")).upper() in ("PASS", "ALERT"),
            place,
            "all" if name == "ip" else protocol(name),
            _ports(header.get("destinationPort")),
            _addresses(header.get("destination")),
            _addresses(header.get("source")),
        )


def _ports(text: object) -> tuple[tuple[int, int], ...]:
    return port_ranges(["*" if str(text).upper() == "ANY" else str(text).replace(":", "-")])


def _addresses(text: object) -> Any:
    return (ANY,) if str(text).upper() == "ANY" else blocks([text])


def appliances(records: Records, attachment: Attachment) -> Iterator[Firewall]:
    """The firewalls of others that an attached VPC has behind its endpoints. None: no endpoint."""
    vpc = records.by_urn[attachment.network]
    endpoints = [
        one
        for one in records.referring(vpc, "vpcId", ENDPOINT)
        if one.text("vpcEndpointType") == "GatewayLoadBalancer"
    ]
    if not endpoints:
        return
    record = records.by_urn[attachment.key]
    subnets = records.targets(record, "subnetIds.*", SUBNET)
    at = attachment.at
    symmetric = Condition(
        len(subnets) < 2 or record.text("applianceModeSupport") == "enable",
        at,
        "it is not in appliance mode, so replies take the firewall of another zone, which drops "
        "them",
        "set applianceModeSupport: enable",
    )
    conditions = [symmetric, *attachment.conditions]
    for subnet in subnets:
        conditions.append(_leads_to(records, subnet, "vpcEndpointId", ENDPOINT, "the firewalls"))
    for endpoint in endpoints:
        for subnet in records.targets(endpoint, "subnetIds.*", SUBNET):
            conditions.append(_leads_to(records, subnet, "transitGatewayId", HUB, "the hub"))
    filter_ = Filter(at, attachment.key, True, (), _BOTH, GROUP)
    yield Firewall(
        attachment.key,
        at,
        attachment.hub,
        filter_,
        attachment.table,
        tuple(conditions),
        unread=f"the firewalls behind {' and '.join(one.name for one in endpoints)}",
    )


def _leads_to(records: Records, subnet: Record, path: str, type_: str, where: str) -> Condition:
    """Whether the route table of a subnet leads all packets to a resource of a type."""
    tables = [
        table
        for one in records.referring(subnet, "subnetId", TABLE_ASSOCIATION)
        for table in records.targets(one, "routeTableId", TABLE)
    ]
    routes = [
        route
        for table in tables
        for route in records.referring(table, "routeTableId", ROUTE)
        if records.target(route, path, type_) is not None
        and ANY in blocks(route.values("destinationCidrBlock"))
    ]
    return exists(
        bool(routes),
        subnet,
        ROUTE,
        f"it has no route to {where}",
        f"add a route to {ANY} over {where}",
    )
