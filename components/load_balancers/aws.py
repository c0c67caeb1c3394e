"""A load balancer of AWS in front of a private gateway, with the gateway's addresses as targets.

The targets are outside the VPC: the link's routes lead to them. Source: "Register targets" of the
Elastic Load Balancing user guides (addresses outside the VPC), RegisterTargets (Availability Zone
``all``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.entry.base import EntryTarget
from components.load_balancers.base import (
    GATEWAY_PORT,
    LoadBalancer,
    LoadBalancerChoice,
    LoadBalancerKind,
    PrivateOrigin,
)
from components.networks.attributes import AwsVpcAttributes

_TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3, with forward secrecy."""
_ANYBODY: Final = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True)
class AwsLoadBalancerArgs:
    """A load balancer of a region, and where it is."""

    choice: LoadBalancerChoice
    """Kind ``application`` or ``network``."""
    origin: PrivateOrigin
    vpc: AwsVpcAttributes
    cidr: IPv4Network
    """The VPC's block: the clients, unless ``choice`` names others."""
    subnets: Mapping[str, IPv4Network] = field(default_factory=dict)
    """Blocks of the subnets to create, by zone id. Empty: ``choice.subnet_ids`` are used."""
    links: Sequence[pulumi.Resource] = ()
    """The links of the gateway network: their routes lead to the targets."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource, beside ``Name``."""


class AwsLoadBalancer(LoadBalancer):
    """A load balancer, its listener on port 443, its targets and a security group.

    How many targets there are is known only when the gateway has its addresses. So they are
    registered in the same update, but the first preview does not list them. Each has its address
    as its key: when the addresses change, the new targets are registered before the old ones go.
    """

    target: EntryTarget
    """The load balancer's DNS name, which a Route 53 alias may target."""

    def __init__(
        self, name: str, args: AwsLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsLoadBalancer", name, args, opts)
        self._region = args.origin.region
        # Another kind or scheme is another load balancer with targets of its own. The new one is
        # created before the old one goes.
        scheme = "" if args.choice.internal else "-public"
        self._variant = f"{name}-{args.choice.kind}{scheme}"
        balancer = self._balancer(args)
        group = self._target_group(args)
        self._listen(args, balancer, group)
        args.origin.addresses.apply(lambda addresses: self._register(args, group, addresses))
        self.target = EntryTarget(name=balancer.dns_name, alias_zone_id=balancer.zone_id)
        self.register_outputs({"name": balancer.dns_name})

    def _balancer(self, args: AwsLoadBalancerArgs) -> aws.lb.LoadBalancer:
        choice = args.choice
        balancer = aws.lb.LoadBalancer(
            self._variant,
            region=self._region,
            name=short_name(self._region, self._variant),
            load_balancer_type=choice.kind.value,
            internal=choice.internal,
            subnets=self._subnets(args),
            security_groups=[self._security_group(args).id],
            # The addresses are not spread over our zones, so every node reaches every target.
            enable_cross_zone_load_balancing=True,
            drop_invalid_header_fields=choice.kind is LoadBalancerKind.APPLICATION or None,
            tags=self._tags(args, str(choice.kind)),
            opts=self.child(),
        )
        if choice.web_acl_arn is not None:
            aws.wafv2.WebAclAssociation(
                f"{self._variant}-web-acl",
                region=self._region,
                resource_arn=balancer.arn,
                web_acl_arn=choice.web_acl_arn,
                opts=self.child(),
            )
        return balancer

    def _subnets(self, args: AwsLoadBalancerArgs) -> list[pulumi.Input[str]]:
        """The ids of its subnets: given, or created with the routes of the VPC."""
        made: list[pulumi.Input[str]] = []
        for zone, block in args.subnets.items():
            subnet = aws.ec2.Subnet(
                f"{self.name}-{zone}",
                region=self._region,
                vpc_id=args.vpc.vpc_id,
                availability_zone_id=zone,
                cidr_block=str(block),
                tags=self._tags(args, zone),
                opts=self.child(),
            )
            made.append(subnet.id)
            (table,) = args.vpc.route_table_ids.values()  # A VPC that is created here has one.
            aws.ec2.RouteTableAssociation(
                f"{self.name}-{zone}-routes",
                region=self._region,
                route_table_id=table,
                subnet_id=subnet.id,
                opts=self.child(),
            )
        return made or list(args.choice.subnet_ids.values())

    def _security_group(self, args: AwsLoadBalancerArgs) -> aws.ec2.SecurityGroup:
        """It lets clients in, and lets requests out to the gateway only."""
        group = aws.ec2.SecurityGroup(
            f"{self.name}-clients",
            region=self._region,
            vpc_id=args.vpc.vpc_id,
            description="Clients of the gateway",
            tags=self._tags(args, "clients"),
            opts=self.child(),
        )
        everybody = args.cidr if args.choice.internal else _ANYBODY
        for block in args.choice.clients or [everybody]:
            aws.vpc.SecurityGroupIngressRule(
                f"{self.name}-from-{block}",
                region=self._region,
                security_group_id=group.id,
                cidr_ipv4=str(block),
                ip_protocol="tcp",
                from_port=GATEWAY_PORT,
                to_port=GATEWAY_PORT,
                opts=self.child(),
            )
        aws.vpc.SecurityGroupEgressRule(
            f"{self.name}-to-{args.origin.cidr}",
            region=self._region,
            security_group_id=group.id,
            cidr_ipv4=str(args.origin.cidr),
            ip_protocol="tcp",
            from_port=GATEWAY_PORT,
            to_port=GATEWAY_PORT,
            opts=self.child(),
        )
        return group

    def _target_group(self, args: AwsLoadBalancerArgs) -> aws.lb.TargetGroup:
        network = args.choice.kind is LoadBalancerKind.NETWORK
        return aws.lb.TargetGroup(
            f"{self._variant}-targets",
            region=self._region,
            name=short_name(self._region, self._variant, "targets"),
            target_type="ip",
            vpc_id=args.vpc.vpc_id,
            port=GATEWAY_PORT,
            protocol="TCP" if network else "HTTPS",
            # A network load balancer cannot keep the client's address for targets outside the VPC.
            preserve_client_ip="false" if network else None,
            health_check={
                "protocol": "HTTPS",
                "path": args.origin.health_path,
                "matcher": "200",
                "interval": 10,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            tags=self._tags(args, "targets"),
            opts=self.child(),
        )

    def _listen(
        self,
        args: AwsLoadBalancerArgs,
        balancer: aws.lb.LoadBalancer,
        group: aws.lb.TargetGroup,
    ) -> None:
        ends_tls = args.choice.kind is LoadBalancerKind.APPLICATION
        aws.lb.Listener(
            f"{self._variant}-listener",
            region=self._region,
            load_balancer_arn=balancer.arn,
            port=GATEWAY_PORT,
            protocol="HTTPS" if ends_tls else "TCP",
            certificate_arn=args.choice.certificate_arn,
            ssl_policy=_TLS_POLICY if ends_tls else None,
            default_actions=[{"type": "forward", "target_group_arn": group.arn}],
            tags=self._tags(args, "listener"),
            opts=self.child(),
        )

    def _register(
        self, args: AwsLoadBalancerArgs, group: aws.lb.TargetGroup, addresses: Sequence[str]
    ) -> None:
        """Register each address as a target."""
        for address in addresses:
            aws.lb.TargetGroupAttachment(
                f"{self._variant}-{address}",
                region=self._region,
                target_group_arn=group.arn,
                target_id=address,
                port=GATEWAY_PORT,
                availability_zone="all",  # The address is outside the VPC.
                opts=self.child(args.links),
            )

    def _tags(self, args: AwsLoadBalancerArgs, suffix: str) -> Mapping[str, str]:
        return {**args.tags, "Name": f"{self.name}-{suffix}"}


def short_name(region: str, *parts: str) -> str:
    """A name of at most 32 characters for what can never change without a replacement.

    Another one of ``parts`` gives another name, so that the new object can exist beside the old.
    """
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()[:10]
    return f"{region}-{digest}"
