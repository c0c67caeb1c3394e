"""Denies a gateway's block in a VPC network, both ways.

The routes of a peering cannot be overridden by static routes, so firewall rules cut the gateway
off. A rule with the priority 0 is before all others, and a deny rule is before an allow rule of the
same priority.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.component import Component
from components.names import bounded_name

FIRST: Final = 0
"""The priority of a rule that no other is before."""
NAME_MAX: Final = 63
"""Most characters of a name in GCP."""


@dataclass(frozen=True)
class GcpIsolationArgs:
    """A VPC network, and the block that is denied in it."""

    network_id: pulumi.Input[str]
    """``projects/<project>/global/networks/<name>``."""
    gateway_cidr: IPv4Network
    """The gateway network's block."""
    project: pulumi.Input[str] | None = None
    """The network's project. None: that of the provider."""


class GcpIsolation(Component):
    """One firewall rule that denies the gateway's packets, and one that denies packets to it."""

    rules: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: GcpIsolationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpIsolation", name, args, opts)
        block = [str(args.gateway_cidr)]
        self.rules = [
            self._deny(args, "in", direction="INGRESS", source_ranges=block),
            self._deny(args, "out", direction="EGRESS", destination_ranges=block),
        ]
        self.register_outputs({})

    def _deny(
        self,
        args: GcpIsolationArgs,
        way: str,
        *,
        direction: str,
        source_ranges: Sequence[str] | None = None,
        destination_ranges: Sequence[str] | None = None,
    ) -> pulumi.Resource:
        return gcp.compute.Firewall(
            f"{self.name}-{way}",
            name=bounded_name(self.name, way, NAME_MAX),
            network=args.network_id,
            project=args.project,
            direction=direction,
            priority=FIRST,
            source_ranges=source_ranges,
            destination_ranges=destination_ranges,
            denies=[{"protocol": "all"}],
            opts=self.child(),
        )
