"""Address arithmetic: checks CIDR blocks, finds overlaps, and cuts free blocks.

Loads neither Pulumi nor a cloud's SDK.
"""

from components.addressing.blocks import AddressError, Prefixes, listed, parse, resized
from components.addressing.free_space import (
    FreeSpace,
    attachment_blocks,
    free_blocks,
    free_gateway_block,
    free_near,
)
from components.addressing.gateway_networks import (
    DCGW_POOLS,
    DCGW_PREFIXES,
    DCGW_RESERVED,
    dcgw_advice,
    dcgw_faults,
    dcgw_remedy,
)
from components.addressing.overlaps import Block, Conflict, disjoint, overlaps

__all__ = [
    "DCGW_POOLS",
    "DCGW_PREFIXES",
    "DCGW_RESERVED",
    "AddressError",
    "Block",
    "Conflict",
    "FreeSpace",
    "Prefixes",
    "attachment_blocks",
    "dcgw_advice",
    "dcgw_faults",
    "dcgw_remedy",
    "disjoint",
    "free_blocks",
    "free_gateway_block",
    "free_near",
    "listed",
    "overlaps",
    "parse",
    "resized",
]
