"""Address arithmetic: checks CIDR blocks, finds overlaps, and proposes free blocks.

The CIDR of a Dedicated Cloud Gateway network can never change: another CIDR means another
network, which takes 40 minutes and has new IP addresses. So an assigned block stays assigned,
and overlaps with every routed network are found before the first network is built. This module
imports neither Pulumi nor a cloud's SDK.

Sources: developer.konghq.com, ``app/_includes/konnect/cidr-minimum-requirements.md``; the
availability document of the Cloud Gateways API 2.0.2.
"""

from __future__ import annotations

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
    """An address plan that is not possible: the value, what is wrong with it, and the remedy."""

    def __init__(self, value: str, wrong: str, remedy: str) -> None:
        """Keep the three parts, so that a caller can write a message of its own."""
        super().__init__(f"{value} {wrong}; {remedy}")
        self.value = value
        self.wrong = wrong
        self.remedy = remedy


class Prefixes(NamedTuple):
    """The prefix lengths a block may have, from the largest block to the smallest."""

    largest: int
    smallest: int

    def __str__(self) -> str:
        """Format as ``/16 to /23``."""
        return f"/{self.largest} to /{self.smallest}"

    def accepts(self, network: IPv4Network) -> bool:
        """Whether the length of a block is in this range."""
        return self.largest <= network.prefixlen <= self.smallest


DCGW_PREFIXES: Mapping[Cloud, Prefixes] = MappingProxyType(
    {Cloud.AWS: Prefixes(16, 23), Cloud.AZURE: Prefixes(16, 21), Cloud.GCP: Prefixes(16, 23)}
)
"""Prefix lengths that Konnect accepts for a gateway network."""

DCGW_POOLS = tuple(
    map(
        IPv4Network,
        ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"),
    )
)
"""A gateway network must lie inside one of these; Konnect may allow fewer in a region."""

DCGW_RESERVED = tuple(map(IPv4Network, ("10.100.0.0/16", "172.17.0.0/16")))
"""Blocks that Kong uses inside its data planes; a gateway network must not overlap them."""

# From this number of zones on, the prefix length of the smallest block.
_ZONES_HELD = {4: 22, 5: 21}
_ZONES_ADVISED = {3: 22, 5: 21}


def parse(text: str) -> IPv4Network:
    """Parse a CIDR block: the network address, a slash, the prefix length.

    Kong's own documentation has a sample with host bits set (``10.99.98.0/21``). The error for
    that mistake names the network that was probably meant. Raises ``AddressError``.
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
    """Why Konnect would refuse a gateway network in this many zones; empty when it accepts it.

    The documentation says both that a /23 is enough for three zones and that three zones need a
    /22. This function checks the first; ``dcgw_advice`` gives the second as advice.
    """
    faults = []
    prefixes = DCGW_PREFIXES[cloud]
    least = _smallest_accepted(cloud, zones)
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
    """The remedy for ``dcgw_faults``: the rule in one line."""
    outside = f" and outside {listed(reserved)}" if reserved else ""
    return f"use a block of {DCGW_PREFIXES[cloud]} inside {listed(pools)}{outside}"


def dcgw_advice(network: IPv4Network, zones: int) -> str | None:
    """Advise on an accepted block that is smaller than Kong recommends; otherwise ``None``."""
    advised = [prefix for number, prefix in _ZONES_ADVISED.items() if zones >= number]
    if all(network.prefixlen <= prefix for prefix in advised):
        return None
    return f"is accepted, but Kong recommends at least a /{min(advised)} for {zones} zones"


def _smallest_accepted(cloud: Cloud, zones: int) -> int:
    """The prefix length of the smallest gateway network in this many zones."""
    held = [prefix for number, prefix in _ZONES_HELD.items() if zones >= number]
    return min([DCGW_PREFIXES[cloud].smallest, *held])


def listed(blocks: Iterable[IPv4Network]) -> str:
    """Blocks as a list for a message."""
    return ", ".join(map(str, blocks))


@dataclass(frozen=True)
class Block:
    """An address block and its owner. The owner is a label for messages and links."""

    owner: str
    cidr: IPv4Network


@dataclass(frozen=True)
class Conflict:
    """Two blocks that overlap although their owners are routed to each other."""

    first: Block
    second: Block
    """The block that was given later; this one should move."""
    suggestion: IPv4Network | None
    """A free block near ``second``, of the same size; ``None`` when there is no room."""

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
    """Find every overlap between blocks that are routed together, in the order of ``blocks``.

    ``links`` are routed connections between owners: peerings, hubs, VPNs, but not private
    endpoints. Owners that a chain of links connects are in one routing domain. Blocks of
    different domains may overlap. When each ``second`` moves to its suggestion, no conflict is
    left: the suggestions do not overlap each other either.
    """
    domain_of = _domains(links)
    domains: dict[str, list[int]] = defaultdict(list)
    for index, block in enumerate(blocks):
        domains[domain_of.get(block.owner, block.owner)].append(index)
    found: dict[tuple[int, int], Conflict] = {}
    for members in domains.values():
        in_use = [blocks[index].cidr for index in members]
        moves: dict[int, IPv4Network | None] = {}
        pairs = sorted(_overlaps(in_use), key=lambda pair: (pair[1], pair[0]))
        for first, second in pairs:
            if second not in moves:
                moves[second] = free_near(in_use[second], in_use, pools, reserved)
                in_use += filter(None, [moves[second]])
            older, newer = members[first], members[second]
            found[newer, older] = Conflict(blocks[older], blocks[newer], moves[second])
    return [found[pair] for pair in sorted(found)]


def _domains(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Map each linked owner to its routing domain, which has the name of one of its members."""
    parent: dict[str, str] = {}

    def root(owner: str) -> str:
        while (above := parent.setdefault(owner, owner)) != owner:
            parent[owner] = owner = parent[above]
        return owner

    for one, other in links:
        parent[root(one)] = root(other)
    return {owner: root(owner) for owner in list(parent)}


def _overlaps(blocks: Sequence[IPv4Network]) -> Iterator[tuple[int, int]]:
    """Find the index pairs of overlapping blocks, the lower index first.

    Two CIDR blocks overlap only when one contains the other. So one pass in address order, with
    a stack of the enclosing blocks, finds all pairs.
    """
    enclosing: list[int] = []
    for index in sorted(range(len(blocks)), key=blocks.__getitem__):
        while enclosing and not blocks[enclosing[-1]].overlaps(blocks[index]):
            enclosing.pop()
        for outer in enclosing:
            yield min(outer, index), max(outer, index)
        enclosing.append(index)


def free_blocks(pools: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> list[IPv4Network]:
    """Subtract ``used`` from ``pools``: the fewest blocks that remain, in address order."""
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
    """Free blocks by size. A new block is cut from the smallest one that is large enough."""

    def __init__(self, pools: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> None:
        self._starts: dict[int, list[int]] = defaultdict(list)
        for block in free_blocks(pools, used):
            heappush(self._starts[block.prefixlen], int(block.network_address))

    def take(self, prefix: int) -> IPv4Network | None:
        """Take the lowest block of this prefix length from the smallest free block that fits."""
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
    """Find a free block of the size of ``near``, as close to it as possible.

    The search starts with ``near`` itself and widens the prefix one bit at a time, so that the
    addresses of one cloud stay under one short prefix. ``None`` when no pool has room.
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
    """Find a free block near another one that Konnect accepts for a network in this many zones.

    ``None`` when no pool has room.
    """
    prefixes = Prefixes(DCGW_PREFIXES[cloud].largest, _smallest_accepted(cloud, zones))
    return free_near(resized(near, prefixes), used)


def resized(block: IPv4Network, prefixes: Prefixes) -> IPv4Network:
    """The block at the same address with the nearest prefix length in ``prefixes``."""
    prefix = min(max(block.prefixlen, prefixes.largest), prefixes.smallest)
    return IPv4Network((int(block.network_address), prefix), strict=False)


def plan(
    requests: Mapping[str, int],
    *,
    pools: Sequence[IPv4Network] = DCGW_POOLS,
    reserved: Iterable[IPv4Network] = DCGW_RESERVED,
    used: Iterable[IPv4Network] = (),
    pinned: Mapping[str, IPv4Network] | None = None,
    recorded: Mapping[str, IPv4Network] | None = None,
) -> dict[str, IPv4Network]:
    """Assign every requested key a block of its prefix length; assigned blocks never change.

    A key keeps its ``pinned`` block (written by a person), else its ``recorded`` one (the
    result of an earlier call). Otherwise it gets a new block from ``pools``, outside
    ``reserved``, ``used`` and every pinned and recorded block. New blocks are cut in the order of
    their keys, each from the smallest free block it fits into; no other order would waste less.
    The block of a recorded key stays taken after the key is no longer requested, as long as the
    caller keeps it in the record. Kept blocks may lie outside the pools.

    Raises ``AddressError`` when two kept blocks overlap, when a kept block has another size
    than requested (a network cannot be resized), or when the pools have no room left.
    """
    pinned, recorded = pinned or {}, recorded or {}
    kept = {**pinned, **recorded, **pinned}  # pinned first: a recorded block moves
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
                f"is not the requested /{requests[key]}, and a network cannot be resized",
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
    """The ``cidr_blocks`` of a hub attachment: the blocks that the gateway reaches through the hub.

    Adjacent blocks are joined. The gateway's own network is subtracted, because Konnect refuses
    an attachment that overlaps it. The result covers no address that was not given.
    """
    return tuple(free_blocks(reach, [network]))
