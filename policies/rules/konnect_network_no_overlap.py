"""Gateway networks, the customer's networks and attached CIDR blocks must not overlap.

Hubs and peerings join an environment into one routing domain. If two networks have the same
address, both become unreachable. Konnect checks its own networks only, and a gateway network's
CIDR block cannot change.

The ``cidr_blocks`` of an attachment are the networks behind it: the landing's own block, and
ranges that other landings may reach too. So they are compared with gateway networks, and with
other attachments of the same gateway network, for which Konnect refuses an overlap. With a fabric,
an attachment also routes the blocks of the other regions' gateways.
Source: Kong's minimum requirements of CIDR blocks (reserved ranges), Cloud Gateways API.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations
from typing import Final

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.rule import Config, Unknowns, Violation, excepted, of_type, stack_rule

RESERVED: Final = (IPv4Network("10.100.0.0/16"), IPv4Network("172.17.0.0/16"))
"""Ranges that Kong uses inside a gateway network."""


@dataclass(frozen=True)
class _Claim:
    owner: PolicyResource
    block: IPv4Network | IPv6Network
    behind: str = ""
    """The gateway network whose attachment this is."""

    @property
    def is_gateway(self) -> bool:
        """Whether the block is that of a gateway network, which can never change."""
        return self.owner.resource_type == types.NETWORK

    def may_share_with(self, other: _Claim, *, connected: bool) -> bool:
        """Whether both may have the block. ``connected``: a fabric connects all regions."""
        if self.owner is other.owner:
            return True
        if self.is_gateway and other.behind:
            return connected and other.behind != self.owner.urn
        # Two gateway networks may reach the same customer network.
        return not (self.is_gateway or other.is_gateway) and self.behind != other.behind


def _written(resource: PolicyResource) -> Sequence[str | None]:
    props = resource.props
    match resource.resource_type:
        case types.NETWORK:
            return [props.get("cidr_block")]
        case types.ATTACHMENT:
            return list(props.get("cidr_blocks") or ())
        case types.AWS_VPC:
            return [props.get("cidrBlock")]
        case types.AZURE_VIRTUAL_NETWORK:
            space = props.get("addressSpace") or {}
            return list(space.get("addressPrefixes") or ())
        case types.GCP_SUBNETWORK:
            return [props.get("ipCidrRange")]
    return ()


def _network_of(attachment: PolicyResource) -> str:
    networks = of_type(attachment.property_dependencies.get("network_id", ()), types.NETWORK)
    return networks[0].urn if len(networks) == 1 else str(attachment.props.get("network_id"))


def _claims(resources: Sequence[PolicyResource], unknowns: Unknowns) -> Iterator[_Claim]:
    for resource in resources:
        with unknowns.noted(resource.name):
            blocks = _written(resource)
            attached = blocks and resource.resource_type == types.ATTACHMENT
            behind = _network_of(resource) if attached else ""
            for block in filter(None, blocks):
                with suppress(ValueError):  # The cloud refuses text that is not a CIDR block.
                    yield _Claim(resource, ip_network(block, strict=False), behind)


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    # An exempt resource may overlap, even if the other one would have to move.
    judged = [resource for resource in resources if not excepted(resource.name, config)]
    # Of two that overlap, the second should move: a gateway network cannot.
    claims = sorted(
        _claims(judged, unknowns), key=lambda claim: (not claim.is_gateway, claim.owner.name)
    )
    connected = bool(of_type(resources, types.TRANSIT_FABRIC))
    for stays, moves in combinations(claims, 2):
        shared = stays.may_share_with(moves, connected=connected)
        if stays.block.overlaps(moves.block) and not shared:
            yield Violation(
                f"{moves.block} of {moves.owner.name} overlaps {stays.block} of "
                f"{stays.owner.name}: give one of them a free block",
                moves.owner.urn,
            )
    for claim in claims:
        for reserved in RESERVED:
            if claim.is_gateway and claim.block.overlaps(reserved):
                yield Violation(
                    f"{claim.block} of {claim.owner.name} overlaps {reserved}, which Kong reserves",
                    claim.owner.urn,
                )


policy = stack_rule(
    "konnect-network-no-overlap",
    "The address ranges of an environment are disjoint.",
    _check,
    severity=Severity.CRITICAL,
    remedy="Change the block of the side that can still move; a gateway network never can.",
)
