"""The blocks of a fabric as it is declared, for messages about them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from components.fabric.model import FabricArgs
from components.problems import Path
from components.regions import Cloud


def blocks_of(args: FabricArgs) -> Iterator[tuple[Path, IPv4Network, Cloud | None]]:
    """Every block of a fabric with its path, and the cloud that it is in."""
    clouds = {hub.key: hub.cloud for hub in args.hubs}
    for hub in args.hubs:
        yield ("hubs", hub.key, "gateway"), hub.gateway, hub.cloud
        yield ("hubs", hub.key, "landing"), hub.landing, hub.cloud
        if hub.own is not None:
            yield ("hubs", hub.key, "own"), hub.own, hub.cloud
    if args.aviatrix is not None:
        for key, block in args.aviatrix.networks.items():
            yield ("aviatrix", "networks", key), block, clouds.get(key)
    for name, spoke in args.spokes.items():
        yield ("spokes", name, "cidr"), spoke.cidr, clouds.get(spoke.hub)
    for hub in args.hubs:
        for place, block in enumerate(hub.reach):
            yield ("hubs", hub.key, "reach", place), block, None


def owner_of(path: Path) -> str:
    """What a block is of, in words: ``aws-us-east-2 gateway``, ``shop cidr``."""
    return " ".join(map(str, path[1:]))
