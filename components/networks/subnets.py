"""Subnets of a customer network: which block a cloud accepts, and where each subnet is in it.

Pure arithmetic, without Pulumi or a cloud's SDK. The place of a subnet depends only on the block
and on the zone's own number: a zone that is added or deleted moves no other subnet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.addressing import AddressError, FreeSpace, free_blocks, free_near, resized
from components.addressing.roles import CUSTOMER_PREFIXES, SIZES, Role
from components.regions import Cloud

ZONE_SLOTS = range(1, 8)
"""Zone numbers that have subnets in a VPC. No AWS region has more than seven zones."""

_ZONE = re.compile(r"-(?:az(?P<number>[1-9][0-9]?)|(?P<letter>[a-z]))$")
_TRANSIT_PREFIX = 28


def require_customer_block(cloud: Cloud, cidr: IPv4Network) -> None:
    """Raise ``AddressError`` unless a block is valid for a customer network in a cloud."""
    prefixes = CUSTOMER_PREFIXES[cloud]
    remedy = f"give it a private block of {prefixes}"
    size = None
    if cidr.prefixlen < prefixes.largest:
        size = "large"
    elif cidr.prefixlen > prefixes.smallest:
        size = "small"
    if size is not None:
        wrong = f"is too {size}: a customer network in {cloud} is {prefixes}"
        raise AddressError(str(cidr), wrong, remedy)
    if (
        cidr.is_loopback
        or cidr.is_link_local
        or cidr.is_multicast
        or cidr.is_reserved
        or cidr.overlaps(IPv4Network("0.0.0.0/8"))
    ):
        raise AddressError(str(cidr), "is a special-purpose block that no cloud routes", remedy)


def free_customer_block(
    cloud: Cloud, near: IPv4Network, used: Iterable[IPv4Network]
) -> IPv4Network | None:
    """Find a free block near another one that is valid for a customer network in a cloud.

    ``None`` when no pool has room.
    """
    return free_near(resized(near, CUSTOMER_PREFIXES[cloud]), used)


def zone_slot(zone: str) -> int:
    """The number in a zone's id: ``use2-az3`` is 3, ``us-central1-b`` is 2.

    It places the zone's subnets. A place in a list would not do: when a zone is added or deleted,
    the subnets of the other zones must stay. Raises ``AddressError`` for any other ending.
    """
    match = _ZONE.search(zone)
    if not match:
        wrong = "does not end in a zone number or letter"
        raise AddressError(zone, wrong, "write a zone id such as use2-az1")
    if match["letter"]:
        return ord(match["letter"]) - ord("a") + 1
    return int(match["number"])


def zone_slots(zones: Sequence[str]) -> dict[str, int]:
    """Map each zone to its slot in a VPC, in the order given.

    Raises ``AddressError`` for a zone without a slot, and for two zones with the same slot.
    """
    zone_at: dict[int, str] = {}
    for zone in zones:
        slot = zone_slot(zone)
        if slot not in ZONE_SLOTS:
            wrong = f"is zone number {slot}, and a VPC has subnets for zones 1 to {ZONE_SLOTS[-1]}"
            raise AddressError(zone, wrong, "use a zone with a lower number")
        if slot in zone_at:
            wrong = f"has the same number as {zone_at[slot]}"
            raise AddressError(zone, wrong, "name each zone of one region once")
        zone_at[slot] = zone
    return {zone: slot for slot, zone in zone_at.items()}


@dataclass(frozen=True)
class ZoneSubnets:
    """The subnets of one zone of a VPC."""

    zone: str
    """AWS zone id, such as ``use2-az3``."""
    workload: IPv4Network
    """One eighth of the VPC, for the upstreams."""
    transit: IPv4Network
    """A /28 only for the interfaces of the transit gateway, so that it can have other routes."""


@dataclass(frozen=True)
class ZonalSubnets:
    """The subnets of a VPC in AWS. Each is in one zone."""

    cidr: IPv4Network
    zones: tuple[ZoneSubnets, ...]
    """In the order of the requested zones."""


@dataclass(frozen=True)
class RegionalSubnets:
    """The subnets of an Azure VNet or a GCP network. They span the zones of a region."""

    cidr: IPv4Network
    workload: IPv4Network
    """The lower half. The upper half stays free for later: Azure's ``GatewaySubnet`` and resolver
    subnets, GCP's secondary ranges. The workload subnet cannot shrink to make room for them."""


def aws_subnets(cidr: IPv4Network, zones: Sequence[str]) -> ZonalSubnets:
    """Lay out a VPC: the first eighth for transit subnets, one more eighth for each zone slot.

    ``cidr`` is /16 to /22. Raises ``AddressError`` for another size, a zone without a slot, and
    two zones with the same slot.
    """
    require_customer_block(Cloud.AWS, cidr)
    eighths = list(cidr.subnets(prefixlen_diff=3))
    transit = list(eighths[0].subnets(new_prefix=_TRANSIT_PREFIX))
    return ZonalSubnets(
        cidr,
        tuple(
            ZoneSubnets(zone, eighths[slot], transit[slot])
            for zone, slot in zone_slots(zones).items()
        ),
    )


def azure_subnets(cidr: IPv4Network) -> RegionalSubnets:
    """Lay out a VNet of /8 to /26. Raises ``AddressError`` for another size."""
    return _regional_subnets(Cloud.AZURE, cidr)


def gcp_subnets(cidr: IPv4Network) -> RegionalSubnets:
    """Lay out a network in GCP of /8 to /28. Raises ``AddressError`` for another size."""
    return _regional_subnets(Cloud.GCP, cidr)


def _regional_subnets(cloud: Cloud, cidr: IPv4Network) -> RegionalSubnets:
    require_customer_block(cloud, cidr)
    return RegionalSubnets(cidr, next(cidr.subnets()))


def landing_reserve(cloud: Cloud, cidr: IPv4Network) -> tuple[IPv4Network, ...]:
    """The part of a landing in which no subnet for transit or workloads lies, for other subnets.

    AWS: the first eighth without its first eight /28. Azure and GCP: the upper half. ``cidr`` is
    valid for a landing of the cloud. Empty for a /22 in AWS.
    """
    if cloud is not Cloud.AWS:
        return (list(cidr.subnets())[1],)
    first = next(cidr.subnets(prefixlen_diff=3))
    transit = IPv4Network((int(first.network_address), _TRANSIT_PREFIX - 3))
    return tuple(free_blocks([first], [transit]))


def landing_blocks(cloud: Cloud, cidr: IPv4Network) -> dict[Role, IPv4Network]:
    """The blocks for load balancers, resolvers and forwarders in a landing, by role.

    The place depends on the landing only, so it is the same in every call. A role for which the
    landing has no room, and one that the cloud does not have, is not in the result. See ``SIZES``
    for how a block is divided.
    """
    blocks: dict[Role, IPv4Network] = {}
    for role in (Role.LOAD_BALANCERS, Role.RESOLVERS, Role.CACHE):
        sizes = SIZES[role].get(cloud)
        if sizes is None:
            continue
        space = FreeSpace(landing_reserve(cloud, cidr), [*blocks.values(), *sizes.outside])
        if block := space.take(sizes.planned):
            blocks[role] = block
    return blocks


def load_balancer_subnets(cidr: IPv4Network, zones: Sequence[str]) -> dict[str, IPv4Network]:
    """The subnet of a load balancer in each zone of a VPC, by zone id.

    Eighths of the block for load balancers, by the zone's number. Empty where the VPC has no room:
    it is a /22. Raises ``AddressError`` for a zone without a slot, and two with the same.
    """
    return _zonal_subnets(Role.LOAD_BALANCERS, cidr, zones)


def resolver_subnets(cidr: IPv4Network, zones: Sequence[str]) -> dict[str, IPv4Network]:
    """The subnet of a DNS resolver endpoint in each zone of a VPC, by zone id: a /28.

    Empty where the VPC has no room. Raises ``AddressError`` as ``load_balancer_subnets``.
    """
    return _zonal_subnets(Role.RESOLVERS, cidr, zones)


def _zonal_subnets(role: Role, cidr: IPv4Network, zones: Sequence[str]) -> dict[str, IPv4Network]:
    """Eighths of a block in a VPC, by zone id."""
    block = landing_blocks(Cloud.AWS, cidr).get(role)
    if block is None:
        return {}
    eighths = list(block.subnets(prefixlen_diff=3))
    return {zone: eighths[slot] for zone, slot in zone_slots(zones).items()}


def azure_load_balancer_subnet(cidr: IPv4Network) -> IPv4Network | None:
    """The subnet of an Application Gateway in a VNet: a /24. None where the VNet has no room.

    ``cidr`` is valid for a landing.
    """
    return landing_blocks(Cloud.AZURE, cidr).get(Role.LOAD_BALANCERS)


def azure_resolver_subnet(cidr: IPv4Network) -> IPv4Network:
    """The subnet of a DNS resolver's inbound endpoint in a VNet: a /28.

    It is the lower half of the block for resolvers; the upper half is for outbound endpoints.
    Raises ``AddressError`` for a VNet that has no room for that block.
    """
    block = landing_blocks(Cloud.AZURE, cidr).get(Role.RESOLVERS)
    if block is None:
        wrong = "has no room for the subnet of a DNS resolver"
        raise AddressError(str(cidr), wrong, "use a larger block, or one outside 10.0.0.0/19")
    return next(block.subnets())
