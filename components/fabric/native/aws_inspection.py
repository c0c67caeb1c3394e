"""Firewalls that inspect what crosses a Transit Gateway.

Both kinds have one attachment to the Transit Gateway. The hub leads packets to it, and what comes
back from it takes the routes of the hub's table ``inspected``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.networks.aws import AwsVpc, AwsVpcArgs

_BYPASS_CAPACITY: Final = 1000
"""The capacity of the group of bypass rules, which can never change. A block takes 2 of it."""
_SIGNATURES: Final = (
    "ThreatSignaturesExploitsStrictOrder",
    "ThreatSignaturesMalwareStrictOrder",
    "ThreatSignaturesMalwareWebStrictOrder",
    "ThreatSignaturesWebAttacksStrictOrder",
)
"""Rule groups that AWS maintains, in the order in which they are asked. Source: "AWS threat
signature managed rule groups for AWS Network Firewall"."""
_FORWARD: Final = ["aws:forward_to_sfe"]
_ANYWHERE: Final = "0.0.0.0/0"


@dataclass(frozen=True)
class NetworkFirewallArgs:
    """An AWS Network Firewall that is attached to a Transit Gateway."""

    region: str
    """AWS region id: ``us-east-2``."""
    zones: Sequence[str]
    """Zone ids (``use2-az1``). The firewall has an endpoint in each."""
    transit_gateway_id: pulumi.Input[str]
    protected: Sequence[IPv4Network]
    """The blocks of the networks that are attacked, not those of gateways. AWS's signatures look
    for attacks on them that come from elsewhere (``HOME_NET``)."""
    bypass: Sequence[IPv4Network] = ()
    """Blocks whose packets pass it without inspection, from or to them."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""


class AwsNetworkFirewall(Component):
    """A firewall with an intrusion prevention system: it drops what AWS's signatures match.

    What no rule matches passes: segments and security groups decide who may call whom. Connections
    that are older than the firewall are inspected from their next packet on.
    """

    attachment_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: NetworkFirewallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsNetworkFirewall", name, args, opts)
        policy = aws.networkfirewall.FirewallPolicy(
            f"{name}-policy",
            region=args.region,
            description=f"{name}: what crosses the Transit Gateway",
            firewall_policy=self._rules(args),
            tags=self._tags(args, "policy"),
            opts=self.child(),
        )
        firewall = aws.networkfirewall.Firewall(
            f"{name}-firewall",
            region=args.region,
            firewall_policy_arn=policy.arn,
            transit_gateway_id=args.transit_gateway_id,
            availability_zone_mappings=[{"availability_zone_id": zone} for zone in args.zones],
            tags=self._tags(args, "firewall"),
            opts=self.child(),
        )
        self.attachment_id = firewall.firewall_statuses.apply(_attachment_id)
        self.register_outputs({"attachment_id": self.attachment_id})

    def _rules(self, args: NetworkFirewallArgs) -> Any:
        managed = f"arn:aws:network-firewall:{args.region}:aws-managed:stateful-rulegroup"
        rules: dict[str, Any] = {
            "stateless_default_actions": _FORWARD,
            "stateless_fragment_default_actions": _FORWARD,
            "stateful_engine_options": {
                "rule_order": "STRICT_ORDER",
                "stream_exception_policy": "CONTINUE",
            },
            "stateful_rule_group_references": [
                {"resource_arn": f"{managed}/{group}", "priority": priority}
                for priority, group in enumerate(_SIGNATURES, 1)
            ],
            "policy_variables": {
                "rule_variables": [
                    {
                        "key": "HOME_NET",
                        "ip_set": {"definitions": [str(block) for block in args.protected]},
                    }
                ]
            },
        }
        if args.bypass:
            group = self._bypass(args)
            rules["stateless_rule_group_references"] = [{"resource_arn": group.arn, "priority": 1}]
        return rules

    def _bypass(self, args: NetworkFirewallArgs) -> aws.networkfirewall.RuleGroup:
        """Stateless rules, which pass both directions of a connection."""
        addresses = [{"address_definition": str(block)} for block in args.bypass]
        anywhere = [{"address_definition": _ANYWHERE}]
        matches = (
            {"sources": addresses, "destinations": anywhere},
            {"sources": anywhere, "destinations": addresses},
        )
        rules: list[Any] = [
            {
                "priority": priority,
                "rule_definition": {"actions": ["aws:pass"], "match_attributes": attributes},
            }
            for priority, attributes in enumerate(matches, 1)
        ]
        return aws.networkfirewall.RuleGroup(
            f"{self.name}-bypass",
            region=args.region,
            description=f"{self.name}: what is not inspected",
            type="STATELESS",
            capacity=_BYPASS_CAPACITY,
            rule_group={
                "rules_source": {"stateless_rules_and_custom_actions": {"stateless_rules": rules}}
            },
            tags=self._tags(args, "bypass"),
            opts=self.child(),
        )

    def _tags(self, args: NetworkFirewallArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}


def _attachment_id(statuses: Sequence[Any]) -> str:
    """The id of the firewall's attachment to its Transit Gateway."""
    return str(statuses[0].transit_gateway_attachment_sync_states[0].attachment_id)


@dataclass(frozen=True)
class FirewallEndpointsArgs:
    """Firewalls of others behind a Gateway Load Balancer, in a VPC of the hub."""

    region: str
    """AWS region id: ``us-east-2``."""
    cidr: IPv4Network
    """The block of the VPC, /16 to /22."""
    zones: Sequence[str]
    """Zone ids (``use2-az1``). The VPC has an endpoint in each."""
    service_name: str
    """The endpoint service of the Gateway Load Balancer, which must accept this account:
    ``com.amazonaws.vpce.us-east-2.vpce-svc-…``."""
    transit_gateway_id: pulumi.Input[str]
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""
    protect: bool = False
    """Whether Pulumi refuses to delete the VPC."""


class AwsFirewallEndpoints(Component):
    """A VPC that leads packets of a Transit Gateway to firewalls, and back.

    It is attached in appliance mode: both directions of a connection take the endpoint of one zone
    (AWS, "Example: Appliance in a shared services VPC").
    """

    attachment_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: FirewallEndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsFirewallEndpoints", name, args, opts)
        vpc = AwsVpc(
            name,
            AwsVpcArgs(args.region, args.cidr, args.zones, args.tags, args.protect),
            self.child(),
        )
        for zone in args.zones:
            self._to_firewalls(args, vpc, zone)
        attachment = aws.ec2transitgateway.VpcAttachment(
            f"{name}-attachment",
            region=args.region,
            transit_gateway_id=args.transit_gateway_id,
            vpc_id=vpc.vpc_id,
            subnet_ids=list(vpc.transit_subnet_ids.values()),
            appliance_mode_support="enable",
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags=self._tags(args, "attachment"),
            opts=self.child(),
        )
        # A route to a hub is refused until the VPC is attached to it.
        hub_id = pulumi.Output.all(args.transit_gateway_id, attachment.id).apply(lambda ids: ids[0])
        aws.ec2.Route(
            f"{name}-from-firewalls",
            region=args.region,
            route_table_id=vpc.attributes.route_table_ids[""],
            destination_cidr_block=_ANYWHERE,
            transit_gateway_id=hub_id,
            opts=self.child(),
        )
        self.attachment_id = attachment.id
        self.register_outputs({"attachment_id": attachment.id})

    def _to_firewalls(self, args: FirewallEndpointsArgs, vpc: AwsVpc, zone: str) -> None:
        """The endpoint of a zone, and the route to it of what arrives from the hub there."""
        endpoint = aws.ec2.VpcEndpoint(
            f"{self.name}-{zone}-endpoint",
            region=args.region,
            vpc_id=vpc.vpc_id,
            vpc_endpoint_type="GatewayLoadBalancer",
            service_name=args.service_name,
            subnet_ids=[vpc.subnet_ids[zone]],
            tags=self._tags(args, f"{zone}-endpoint"),
            opts=self.child(),
        )
        table = aws.ec2.RouteTable(
            f"{self.name}-{zone}-to-firewalls",
            region=args.region,
            vpc_id=vpc.vpc_id,
            tags=self._tags(args, f"{zone}-to-firewalls"),
            opts=self.child(),
        )
        aws.ec2.RouteTableAssociation(
            f"{self.name}-{zone}-to-firewalls",
            region=args.region,
            route_table_id=table.id,
            subnet_id=vpc.transit_subnet_ids[zone],
            opts=self.child(),
        )
        aws.ec2.Route(
            f"{self.name}-{zone}-to-firewalls",
            region=args.region,
            route_table_id=table.id,
            destination_cidr_block=_ANYWHERE,
            vpc_endpoint_id=endpoint.id,
            opts=self.child(),
        )

    def _tags(self, args: FirewallEndpointsArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}
