"""Which region the nodes of analytics are in. Analytics itself has no dimension for it."""

from __future__ import annotations

import re
from collections.abc import Mapping


def region_of(hostname: str, regions: Mapping[str, str]) -> str | None:
    """The key of the region whose name is in the host name of a node.

    ``regions`` are those of the node's control plane, key -> name (``aws-us-east-2`` ->
    ``us-east-2``). A control plane with one region has all its nodes there. None if the host name
    has the name of no region, or of several of equal length. Source:
    `/v2/control-planes/{id}/nodes`.
    """
    if len(regions) == 1:
        return next(iter(regions))
    named = [
        (len(name), key)
        for key, name in regions.items()
        if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", hostname.lower())
    ]
    longest = max(named, default=(0, ""))[0]
    best = [key for length, key in named if length == longest]
    return best[0] if len(best) == 1 else None
