"""Denies a gateway's block in a VPC, both ways.

A security group lets the packets of a connection pass that existed before its rule was closed. A
network ACL is stateless: its rules also cut connections that exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.component import Component

FIRST: Final = 1
"""The lowest number of a rule. The rules of an ACL count in the order of their numbers."""


@dataclass(frozen=True)
class AwsIsolationArgs:
    """A network ACL, and the block that it denies."""

    region: str
    """AWS region id: ``us-east-2``."""
    network_acl_id: pulumi.Input[str]
    """The ACL of the subnets. It must have no rules with the number 1."""
    gateway_cidr: IPv4Network
    """The gateway network's block."""


class AwsIsolation(Component):
    """One rule that denies the gateway's packets, and one that denies packets to it."""

    rules: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: AwsIsolationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AwsIsolation", name, args, opts)
        self.rules = [self._deny(args, "in"), self._deny(args, "out")]
        self.register_outputs({})

    def _deny(self, args: AwsIsolationArgs, way: str) -> pulumi.Resource:
        opts = self.child()
        opts.delete_before_replace = True  # a number is taken once in each direction
        return aws.ec2.NetworkAclRule(
            f"{self.name}-{way}",
            region=args.region,
            network_acl_id=args.network_acl_id,
            rule_number=FIRST,
            egress=way == "out",
            protocol="-1",
            rule_action="deny",
            cidr_block=str(args.gateway_cidr),
            opts=opts,
        )
