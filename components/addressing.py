"""Address arithmetic: what a gateway network may be, which blocks collide, where the next fits.

The CIDR of a Dedicated Cloud Gateway network can never change: another one is another network,
40 minutes and new IP addresses away. So planning is append-only (a block once given stays),
and every network that packets can reach from it must be disjoint from it before the first one
is built. Pure: no Pulumi, no cloud, ``ipaddress`` only.

Sources: developer.konghq.com, ``app/_includes/konnect/cidr-minimum-requirements.md``; the
availability document of the Cloud Gateways API 2.0.2.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    collapse_addresses,
    summarize_address_range,
)
from types import MappingProxyType
from typing import NamedTuple

from components.regions import Cloud


class AddressError(ValueError):
    """An address plan that cannot be: the value, what is wrong with it, and the remedy."""

    def __init__(self, value: str, wrong: str, remedy: str) -> None:
        """Keep the three apart, so that a caller can place them in a line of its own."""
        super().__init__(f"{value} {wrong}; {remedy}")
        self.value = value
        self.wrong = wrong
        self.remedy = remedy


class Prefixes(NamedTuple):
    """The prefix lengths a block may have, from the largest block to the smallest."""

    largest: int
    smallest: int

    def __str__(self) -> str:
        """Read as ``/16 to /23``."""
        return f"/{self.largest} to /{self.smallest}"

    def accepts(self, network: IPv4Network) -> bool:
        """Whether a block has one of these lengths."""
        return self.largest <= network.prefixlen <= self.smallest


DCGW_PREFIXES: Mapping[Cloud, Prefixes] = MappingProxyType(
    {Cloud.AWS: Prefixes(16, 23), Cloud.AZURE: Prefixes(16, 21), Cloud.GCP: Prefixes(16, 23)}
)
"""Prefix lengths Konnect takes for a gateway network."""

DCGW_POOLS = tuple(
    map(
        IPv4Network,
        ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"),
    )
)
"""A gateway network lies wholly inside one of these; Konnect may narrow them per region."""

DCGW_RESERVED = tuple(map(IPv4Network, ("10.100.0.0/16", "172.17.0.0/16")))
"""Blocks Kong uses inside its data planes; a gateway network must not touch them."""

LANDING_PREFIXES: Mapping[Cloud, Prefixes] = MappingProxyType(
    {Cloud.AWS: Prefixes(16, 22), Cloud.AZURE: Prefixes(8, 26), Cloud.GCP: Prefixes(8, 28)}
)
"""Prefix lengths of the customer's own network that the landing layouts below fit into.

AWS: a VPC is at most /16, and /22 is the least whose eighth holds a /28 per zone slot.
Azure: half of a /26 is the /27 that a ``GatewaySubnet`` needs. GCP: half of a /28 is the /29
that is the least subnetwork.
"""

_ZONES_HELD = (23, 23, 23, 22, 21)
_ZONES_ADVISED = (23, 23, 22, 22, 21)


def parse(text: str) -> IPv4Network:
    """Read a CIDR block as written: address of the network, slash, prefix length.

    Kong's own documentation has a sample whose host bits are set (``10.99.98.0/21``), so that
    mistake is answered with the network that was probably meant. Raises ``AddressError``.
    """
    try:
        network = IPv4Interface(text).network
    except ValueError:
        wrong = "is not an IPv4 CIDR block"
        raise AddressError(text, wrong, "write it like 10.64.0.0/20") from None
    if text == str(network):
        return network
    address, _, length = text.partition("/")
    if not length:
        raise AddressError(text, "has no prefix length", f"write it like {address}/20")
    if address != str(network.network_address):
        wrong = f"has host bits; the network is {network}"
    else:
        wrong = "is not written as an address and a prefix length"
    raise AddressError(text, wrong, f"write {network}")


def dcgw_faults(
    cloud: Cloud,
    network: IPv4Network,
    zones: int,
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Sequence[IPv4Network] = DCGW_RESERVED,
) -> list[str]:
    """Why Konnect would refuse a gateway network over so many zones; empty when it would not.

    The documentation says both that a /23 carries three zones and that three zones need a /22.
    The first is held here, the second is ``dcgw_advice``.
    """
    faults = []
    prefixes = DCGW_PREFIXES[cloud]
    least = _for_zones(_ZONES_HELD, zones)
    if not prefixes.accepts(network):
        faults.append(f"is a /{network.prefixlen}, and a gateway network in {cloud} is {prefixes}")
    elif network.prefixlen > least:
        faults.append(f"is too small for {zones} zones, which need at least a /{least}")
    if not any(network.subnet_of(pool) for pool in pools):
        faults.append(f"lies outside {listed(pools)}")
    if touched := [block for block in reserved if network.overlaps(block)]:
        faults.append(f"overlaps {listed(touched)}, reserved by Kong")
    return faults


def dcgw_remedy(
    cloud: Cloud,
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Sequence[IPv4Network] = DCGW_RESERVED,
) -> str:
    """Say what to do about ``dcgw_faults``: the rule in one line."""
    outside = f" and outside {listed(reserved)}" if reserved else ""
    return f"use a block of {DCGW_PREFIXES[cloud]} inside {listed(pools)}{outside}"


def dcgw_advice(network: IPv4Network, zones: int) -> str | None:
    """Say what Kong's table of recommended sizes holds against an accepted block, or ``None``."""
    least = _for_zones(_ZONES_ADVISED, zones)
    if network.prefixlen <= least:
        return None
    return f"is accepted, but Kong recommends at least a /{least} for {zones} zones"


def _for_zones(table: tuple[int, ...], zones: int) -> int:
    return table[min(max(zones, 1), len(table)) - 1]


def listed(blocks: Iterable[IPv4Network]) -> str:
    """Blocks as a message names them."""
    return ", ".join(map(str, blocks))


@dataclass(frozen=True)
class Block:
    """An address block and who has it; the owner is a label for messages and links."""

    owner: str
    cidr: IPv4Network


@dataclass(frozen=True)
class Conflict:
    """Two blocks that overlap although packets can travel between their owners."""

    first: Block
    second: Block
    """The one given later, which is the one to move."""
    suggestion: IPv4Network | None
    """A free block of the second's size near it; ``None`` when there is no room."""

    def __str__(self) -> str:
        """Name both blocks, both owners and the suggestion."""
        free = f"{self.suggestion} is free" if self.suggestion else "no block of its size is free"
        return (
            f"{self.second.cidr} of {self.second.owner} overlaps "
            f"{self.first.cidr} of {self.first.owner}; {free}"
        )


def disjoint(
    blocks: Sequence[Block],
    links: Iterable[tuple[str, str]],
    *,
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Sequence[IPv4Network] = DCGW_RESERVED,
) -> list[Conflict]:
    """Every overlap between blocks that are routed together, in the order of ``blocks``.

    ``links`` are routed connections between owners (peering, hub, VPN); owners joined by a
    chain of them share one routing domain, and blocks of different domains may coincide. A
    private endpoint is not a routed connection. Moving each ``second`` to its suggestion
    leaves no conflict: the suggestions are disjoint from each other too.
    """
    domain_of = _domains(links)
    domains: dict[str, list[int]] = defaultdict(list)
    for index, block in enumerate(blocks):
        domains[domain_of.get(block.owner, block.owner)].append(index)
    found: list[tuple[int, int, Conflict]] = []
    for members in domains.values():
        in_use = [blocks[index].cidr for index in members]
        moves: dict[int, IPv4Network | None] = {}
        pairs = sorted(_overlaps(in_use), key=lambda pair: (pair[1], pair[0]))
        for first, second in pairs:
            if second not in moves:
                moves[second] = free_near(in_use[second], in_use, pools, reserved)
                in_use += filter(None, [moves[second]])
            older, newer = members[first], members[second]
            conflict = Conflict(blocks[older], blocks[newer], moves[second])
            found.append((newer, older, conflict))
    return [conflict for *_, conflict in sorted(found, key=lambda item: item[:2])]


def _domains(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each linked owner's routing domain, named after one of its members."""
    parent: dict[str, str] = {}

    def root(owner: str) -> str:
        while (above := parent.setdefault(owner, owner)) != owner:
            parent[owner] = owner = parent[above]
        return owner

    for one, other in links:
        parent[root(one)] = root(other)
    return {owner: root(owner) for owner in list(parent)}


def _overlaps(blocks: Sequence[IPv4Network]) -> Iterator[tuple[int, int]]:
    """Index pairs of overlapping blocks, the lower index first.

    Two CIDR blocks overlap only when one contains the other, so one pass in address order with
    the stack of enclosing blocks finds all pairs.
    """
    enclosing: list[int] = []
    for index in sorted(range(len(blocks)), key=blocks.__getitem__):
        while enclosing and not blocks[enclosing[-1]].overlaps(blocks[index]):
            enclosing.pop()
        for outer in enclosing:
            yield min(outer, index), max(outer, index)
        enclosing.append(index)


def free_blocks(pools: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> list[IPv4Network]:
    """Take ``used`` out of ``pools``: the fewest blocks that remain, in address order."""
    free: list[IPv4Network] = []
    taken = list(collapse_addresses(used))
    for pool in collapse_addresses(pools):
        cursor, end = int(pool.network_address), int(pool.broadcast_address)
        for block in (*filter(pool.overlaps, taken), None):
            stop = int(block.network_address) - 1 if block else end
            if cursor <= stop:
                free += summarize_address_range(IPv4Address(cursor), IPv4Address(stop))
            if block:
                cursor = max(cursor, int(block.broadcast_address) + 1)
    return free


class _FreeSpace:
    """Free blocks by size, from which the smallest that is large enough is cut first."""

    def __init__(self, pools: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> None:
        self._starts: dict[int, list[int]] = defaultdict(list)
        for block in free_blocks(pools, used):
            heappush(self._starts[block.prefixlen], int(block.network_address))

    def take(self, prefix: int) -> IPv4Network | None:
        """Take the lowest block of this prefix length from the best-fitting free one."""
        fitting = [size for size, starts in self._starts.items() if starts and size <= prefix]
        if not fitting:
            return None
        size = max(fitting)
        start = heappop(self._starts[size])
        for half in range(size + 1, prefix + 1):
            heappush(self._starts[half], start + (1 << (32 - half)))
        return IPv4Network((start, prefix))


def free_near(
    near: IPv4Network,
    used: Iterable[IPv4Network],
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Iterable[IPv4Network] = DCGW_RESERVED,
) -> IPv4Network | None:
    """Find a free block of the size of ``near`` in the narrowest block around it with room.

    ``near`` itself is the answer when it is free. Staying close keeps one cloud's addresses
    under one short prefix. ``None`` when no pool has room.
    """
    taken = [*reserved, *used]
    for width in range(near.prefixlen, -1, -1):
        scope = near.supernet(new_prefix=width)
        around = [
            pool if pool.subnet_of(scope) else scope for pool in pools if pool.overlaps(scope)
        ]
        if block := _FreeSpace(around, taken).take(near.prefixlen):
            return block
    return None


def free_gateway_block(
    cloud: Cloud, near: IPv4Network, zones: int, used: Iterable[IPv4Network]
) -> IPv4Network | None:
    """Find a free block near another one that Konnect takes for a network of so many zones.

    ``None`` when no pool has room.
    """
    prefixes = DCGW_PREFIXES[cloud]
    smallest = min(prefixes.smallest, _for_zones(_ZONES_HELD, zones))
    prefix = min(max(near.prefixlen, prefixes.largest), smallest)
    return free_near(IPv4Network((int(near.network_address), prefix), strict=False), used)


def free_landing_block(
    cloud: Cloud, near: IPv4Network, used: Iterable[IPv4Network]
) -> IPv4Network | None:
    """Find a free block near another one that can be the customer's network in a cloud.

    ``None`` when no pool has room.
    """
    prefixes = LANDING_PREFIXES[cloud]
    prefix = min(max(near.prefixlen, prefixes.largest), prefixes.smallest)
    return free_near(IPv4Network((int(near.network_address), prefix), strict=False), used)


def plan(
    requests: Mapping[str, int],
    *,
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Iterable[IPv4Network] = DCGW_RESERVED,
    used: Iterable[IPv4Network] = (),
    pinned: Mapping[str, IPv4Network] | None = None,
    recorded: Mapping[str, IPv4Network] | None = None,
) -> dict[str, IPv4Network]:
    """Give every requested key a block of its prefix length, and never take one back.

    A key keeps its ``pinned`` block (written by a person), else its ``recorded`` one (the
    result of an earlier call), else it gets a new block from ``pools`` outside ``reserved``,
    ``used`` and every pinned and recorded block. New blocks are cut in the order of their
    keys, each from the smallest free block it fits into, which never wastes room that another
    order would have used. A recorded key that is no longer requested keeps its block taken for
    as long as the caller keeps it in the record. Kept blocks may lie outside the pools.

    Raises ``AddressError`` when two kept blocks overlap, when a kept block has another size
    than requested (a network cannot be resized), or when the pools have no room left.
    """
    pinned, recorded = pinned or {}, recorded or {}
    kept = {**pinned, **recorded, **pinned}  # pinned first, so that a recorded block is to move
    owners, blocks = list(kept), list(kept.values())
    for first, second in _overlaps(blocks):
        raise AddressError(
            f"{blocks[second]} of {owners[second]}",
            f"overlaps {blocks[first]} of {owners[first]}",
            f"give {owners[second]} another block",
        )
    for key in requests:
        if key in kept and kept[key].prefixlen != requests[key]:
            raise AddressError(
                f"{kept[key]} of {key}",
                f"is not the /{requests[key]} that is requested, and a network cannot be resized",
                f"request a /{kept[key].prefixlen}, or give the larger network a key of its own",
            )
    space = _FreeSpace(pools, [*reserved, *used, *recorded.values(), *pinned.values()])
    placed = dict(kept)
    for key in sorted(requests.keys() - kept.keys()):
        block = space.take(requests[key])
        if block is None:
            raise AddressError(
                key,
                f"finds no free /{requests[key]} in {listed(pools)}",
                "add a pool, or request a smaller block",
            )
        placed[key] = block
    return {key: placed[key] for key in requests}


def attachment_blocks(
    reach: Iterable[IPv4Network], network: IPv4Network
) -> tuple[IPv4Network, ...]:
    """Give the ``cidr_blocks`` of a hub attachment: what the gateway reaches through the hub.

    Adjacent blocks are joined and the gateway's own network is taken out, because Konnect
    refuses an attachment that overlaps it. Nothing is summarised beyond what was given.
    """
    return tuple(free_blocks(reach, [network]))


_ZONE = re.compile(r"-(?:az(?P<number>[1-9][0-9]?)|(?P<letter>[a-z]))$")

ZONE_SLOTS = range(1, 8)
"""The zones an AWS landing has room for: seven, and no region has more."""

_TRANSIT_PREFIX = 28


def zone_slot(zone: str) -> int:
    """Read the zone's own number: ``use2-az3`` is 3, ``us-central1-b`` is 2.

    Subnets are placed by it rather than by the zone's place in a list, so adding or removing a
    zone moves no other zone's subnets. Raises ``AddressError`` for any other ending.
    """
    match = _ZONE.search(zone)
    if not match:
        wrong = "does not end in a zone number or letter"
        raise AddressError(zone, wrong, "write a zone id such as use2-az1")
    if match["letter"]:
        return ord(match["letter"]) - ord("a") + 1
    return int(match["number"])


def zone_slots(zones: Sequence[str]) -> dict[str, int]:
    """Each zone's slot in a landing, in the order given.

    Raises ``AddressError`` for a zone without a slot or two zones on one.
    """
    zone_at: dict[int, str] = {}
    for zone in zones:
        slot = zone_slot(zone)
        if slot not in ZONE_SLOTS:
            wrong = f"is zone number {slot}, and a landing has room for {ZONE_SLOTS[-1]}"
            raise AddressError(zone, wrong, "use a zone with a lower number")
        if slot in zone_at:
            wrong = f"has the same number as {zone_at[slot]}"
            raise AddressError(zone, wrong, "name each zone of one region once")
        zone_at[slot] = zone
    return {zone: slot for slot, zone in zone_at.items()}


@dataclass(frozen=True)
class ZoneSubnets:
    """The subnets of one zone of an AWS landing VPC."""

    zone: str
    """AWS zone id, such as ``use2-az3``."""
    workload: IPv4Network
    """An eighth of the VPC, for the upstreams."""
    transit: IPv4Network
    """A /28 for the transit gateway's interfaces alone, so its routes can differ."""


@dataclass(frozen=True)
class ZonalLanding:
    """An AWS landing VPC, whose subnets are zonal."""

    cidr: IPv4Network
    zones: tuple[ZoneSubnets, ...]
    """In the order of the zones asked for."""


@dataclass(frozen=True)
class RegionalLanding:
    """An Azure VNet or a GCP network, whose subnets span the zones of a region."""

    cidr: IPv4Network
    workload: IPv4Network
    """The lower half. The upper half stays free for what a half cannot be resized to give:
    Azure's ``GatewaySubnet`` and resolver subnets, GCP's secondary ranges."""


def aws_landing(cidr: IPv4Network, zones: Sequence[str]) -> ZonalLanding:
    """Lay out a landing VPC: the first eighth for transit subnets, then an eighth per zone slot.

    ``cidr`` is /16 to /22. Raises ``AddressError`` for another size, a zone without a slot, or
    two zones on one slot.
    """
    require_landing(Cloud.AWS, cidr)
    eighths = list(cidr.subnets(prefixlen_diff=3))
    transit = list(eighths[0].subnets(new_prefix=_TRANSIT_PREFIX))
    return ZonalLanding(
        cidr,
        tuple(
            ZoneSubnets(zone, eighths[slot], transit[slot])
            for zone, slot in zone_slots(zones).items()
        ),
    )


def azure_landing(cidr: IPv4Network) -> RegionalLanding:
    """Lay out a landing VNet of /8 to /26. Raises ``AddressError`` for another size."""
    return _regional_landing(Cloud.AZURE, cidr)


def gcp_landing(cidr: IPv4Network) -> RegionalLanding:
    """Lay out a landing network of /8 to /28. Raises ``AddressError`` for another size."""
    return _regional_landing(Cloud.GCP, cidr)


def _regional_landing(cloud: Cloud, cidr: IPv4Network) -> RegionalLanding:
    require_landing(cloud, cidr)
    return RegionalLanding(cidr, next(cidr.subnets()))


def require_landing(cloud: Cloud, cidr: IPv4Network) -> None:
    """Raise ``AddressError`` unless a block can be the customer's network in a cloud."""
    prefixes = LANDING_PREFIXES[cloud]
    remedy = f"give it a private block of {prefixes}"
    if not prefixes.accepts(cidr):
        size = "small" if cidr.prefixlen > prefixes.smallest else "large"
        wrong = f"is too {size}: a landing network in {cloud} is {prefixes}"
        raise AddressError(str(cidr), wrong, remedy)
    if (
        cidr.is_loopback
        or cidr.is_link_local
        or cidr.is_multicast
        or cidr.is_reserved
        or cidr.overlaps(IPv4Network("0.0.0.0/8"))
    ):
        raise AddressError(str(cidr), "is a special-purpose block that no cloud routes", remedy)
