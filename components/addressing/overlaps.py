"""Overlaps between blocks whose owners are routed to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.addressing.free_space import free_near
from components.addressing.gateway_networks import DCGW_POOLS, DCGW_RESERVED


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
        pairs = sorted(overlaps(in_use), key=lambda pair: (pair[1], pair[0]))
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


def overlaps(blocks: Sequence[IPv4Network]) -> Iterator[tuple[int, int]]:
    """Find the index pairs of overlapping blocks, the lower index first.

    Two CIDR blocks overlap only when one contains the other. So one pass in address order, with
    a stack of the enclosing blocks, finds all pairs.
    """
    places = sorted(
        (int(block.network_address), block.prefixlen, index) for index, block in enumerate(blocks)
    )
    enclosing: list[tuple[int, int]] = []
    for start, prefix, index in places:
        while enclosing and enclosing[-1][0] <= start:
            enclosing.pop()
        for _, outer in enclosing:
            yield min(outer, index), max(outer, index)
        enclosing.append((start + (1 << (32 - prefix)), index))
