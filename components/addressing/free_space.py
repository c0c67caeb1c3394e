"""Free space: what is left of pools when blocks are taken, and new blocks cut from it.

The arithmetic is on integers: objects of ``ipaddress`` are made only for results, because making
and comparing them takes most of the time of a large plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from ipaddress import IPv4Network

from components.addressing.blocks import Prefixes, resized
from components.addressing.gateway_networks import (
    DCGW_POOLS,
    DCGW_PREFIXES,
    DCGW_RESERVED,
    smallest_accepted,
)
from components.regions import Cloud

_BITS = 32


def free_blocks(pools: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> list[IPv4Network]:
    """Subtract ``used`` from ``pools``: the fewest blocks that remain, in address order."""
    return [IPv4Network(block) for block in _free(pools, used)]


def _free(pools: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> Iterator[tuple[int, int]]:
    """Yield the address and the prefix length of each free block."""
    taken = _ranges(used)
    at = 0
    for start, end in _ranges(pools):
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        cursor, later = start, at
        while later < len(taken) and taken[later][0] < end:
            yield from _aligned(cursor, taken[later][0])
            cursor = taken[later][1]
            later += 1
        yield from _aligned(cursor, end)


def _ranges(blocks: Iterable[IPv4Network]) -> list[tuple[int, int]]:
    """The addresses of blocks as ranges in order: the first address, and the one after the last.

    Ranges that touch are joined.
    """
    joined: list[tuple[int, int]] = []
    for start, prefix in sorted((int(b.network_address), b.prefixlen) for b in blocks):
        end = start + (1 << (_BITS - prefix))
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _aligned(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split a range into the fewest blocks."""
    while start < end:
        # The largest block that begins here: aligned to its own size, and not longer than the rest.
        bits = (end - start).bit_length() - 1
        if start:
            bits = min(bits, (start & -start).bit_length() - 1)
        yield start, _BITS - bits
        start += 1 << bits


class FreeSpace:
    """Free blocks by size. A new block is cut from the smallest one that is large enough."""

    def __init__(self, pools: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> None:
        self._starts: list[list[int]] = [[] for _ in range(_BITS + 1)]
        for start, prefix in _free(pools, used):
            heappush(self._starts[prefix], start)

    def take(self, prefix: int) -> IPv4Network | None:
        """Take the lowest block of this prefix length from the smallest free block that fits.

        ``None`` when no free block is large enough. A call takes time proportional to the
        logarithm of the number of free blocks.
        """
        size = prefix
        while size >= 0 and not self._starts[size]:
            size -= 1
        if size < 0:
            return None
        start = heappop(self._starts[size])
        for half in range(size + 1, prefix + 1):
            heappush(self._starts[half], start + (1 << (_BITS - half)))
        return IPv4Network((start, prefix))

    def room(self, prefix: int) -> int:
        """How many blocks of this prefix length can still be taken."""
        return sum(len(self._starts[size]) << (prefix - size) for size in range(prefix + 1))


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
        if block := FreeSpace(around, taken).take(near.prefixlen):
            return block
    return None


def free_gateway_block(
    cloud: Cloud, near: IPv4Network, zones: int, used: Iterable[IPv4Network]
) -> IPv4Network | None:
    """Find a free block near another one that Konnect accepts for a network in this many zones.

    ``None`` when no pool has room.
    """
    prefixes = Prefixes(DCGW_PREFIXES[cloud].largest, smallest_accepted(cloud, zones))
    return free_near(resized(near, prefixes), used)


def attachment_blocks(
    reach: Iterable[IPv4Network], network: IPv4Network
) -> tuple[IPv4Network, ...]:
    """The ``cidr_blocks`` of a hub attachment: the blocks that the gateway reaches through the hub.

    Adjacent blocks are joined. The gateway's own network is subtracted, because Konnect refuses
    an attachment that overlaps it. The result covers no address that was not given.
    """
    return tuple(free_blocks(reach, [network]))
