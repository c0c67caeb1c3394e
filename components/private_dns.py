"""Builds the private DNS of a region, after its network and its links.

The modules of a cloud are imported only when a region is in it: loading its SDK takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.connectivity import CustomerSide
from components.dns.base import PrivateDnsComponent
from components.dns.kinds import PrivateDns, PrivateZone
from components.links.azure_grant import AzureGrant
from components.links.base import GatewayEnd
from components.networks.attributes import AwsVpcAttributes


@dataclass(frozen=True)
class PrivateDnsArgs:
    """The private DNS of one region."""

    region: str
    """The cloud's own region id."""
    declared: Mapping[str, PrivateDns]
    """By a key that never changes: it names the resources."""
    end: GatewayEnd
    customer: CustomerSide
    """The customer's network and its links."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags as the cloud takes them."""
    azure: AzureGrant = field(default_factory=AzureGrant)


def private_dns(
    name: str, args: PrivateDnsArgs, opts: pulumi.ResourceOptions
) -> dict[str, PrivateDnsComponent]:
    """Build the private DNS of a region, by key. ``name`` is the prefix of the resources' names."""
    return {
        key: _build(f"{name}-dns-{key}", args, declared, opts)
        for key, declared in args.declared.items()
    }


def _build(
    name: str, args: PrivateDnsArgs, declared: PrivateDns, opts: pulumi.ResourceOptions
) -> PrivateDnsComponent:
    network = args.customer.network
    if isinstance(network, AwsVpcAttributes):
        assert isinstance(declared, PrivateZone)
        from components.dns.aws_private_hosted_zone import (
            AwsPrivateHostedZone,
            AwsPrivateHostedZoneArgs,
        )

        zone_args = AwsPrivateHostedZoneArgs(args.end, args.region, network, declared, args.tags)
        return AwsPrivateHostedZone(name, zone_args, opts)
    raise ValueError(f"{name}: there is no {declared.kind} in this cloud yet")
