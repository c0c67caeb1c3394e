"""Assigns blocks to keys. An assigned block never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network

from components.addressing.blocks import AddressError, listed
from components.addressing.free_space import FreeSpace
from components.addressing.gateway_networks import DCGW_POOLS, DCGW_RESERVED
from components.addressing.overlaps import overlaps


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
    for first, second in overlaps(blocks):
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
    space = FreeSpace(pools, [*reserved, *used, *recorded.values(), *pinned.values()])
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
