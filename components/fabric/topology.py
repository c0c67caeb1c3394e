"""Which hubs of a fabric are connected, and how."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from components.fabric.model import (
    FabricArgs,
    FabricDriver,
    FabricLinkKind,
    HubArgs,
)
from components.regions import Cloud

_NEAR_FIRST = (Cloud.AWS, Cloud.AZURE, Cloud.GCP)
"""Of a link between two clouds, the cloud that comes first here is the near end."""


@dataclass(frozen=True)
class Pair:
    """Two hubs that are connected."""

    near: str
    far: str
    kind: FabricLinkKind

    @property
    def key(self) -> str:
        """The key of the link, ``<near>-<far>``."""
        return f"{self.near}-{self.far}"


def cores_of(args: FabricArgs) -> dict[Cloud, str]:
    """The core of each cloud that has hubs: the recorded one, else the first hub of the cloud."""
    cores: dict[Cloud, str] = {}
    for hub in args.hubs:
        cores.setdefault(hub.cloud, args.numbers.cores.get(hub.cloud, hub.key))
    return cores


def default_pairs(args: FabricArgs) -> list[Pair]:
    """The links that every fabric has: each hub to its core, and the cores to each other.

    The hubs of one virtual WAN are connected with each other, so with the native driver each pair
    of hubs in Azure is a link.
    """
    cores = cores_of(args)
    hubs = {hub.key: hub for hub in args.hubs}
    pairs: list[Pair] = []
    for cloud, core in cores.items():
        there = [hub for hub in args.hubs if hub.cloud is cloud]
        if cloud is Cloud.AZURE and args.driver is FabricDriver.NATIVE:
            pairs += [_pair(args, one, other) for one, other in combinations(there, 2)]
        elif core in hubs:
            pairs += [_pair(args, hubs[core], hub) for hub in there if hub.key != core]
    known = [hubs[core] for core in cores.values() if core in hubs]
    pairs += [_pair(args, one, other) for one, other in combinations(known, 2)]
    return sorted(pairs, key=lambda pair: pair.key)


def further_pairs(args: FabricArgs) -> list[Pair]:
    """The pairs of `FabricArgs.links`, without those that name an unknown hub."""
    hubs = {hub.key: hub for hub in args.hubs}
    return [
        _pair(args, hubs[one], hubs[other])
        for one, other in args.links
        if one in hubs and other in hubs
    ]


def _pair(args: FabricArgs, one: HubArgs, other: HubArgs) -> Pair:
    """Two hubs in the order of `LinkPlan`, with the kind of their link."""
    cores = cores_of(args)

    def order(hub: HubArgs) -> tuple[int, bool, str]:
        return _NEAR_FIRST.index(hub.cloud), hub.key != cores[hub.cloud], hub.key

    near, far = sorted((one, other), key=order)
    if args.driver is FabricDriver.AVIATRIX:
        kind = FabricLinkKind.TRANSIT_PEERING
    elif near.cloud is far.cloud is Cloud.AWS:
        kind = FabricLinkKind.TRANSIT_GATEWAY_PEERING
    elif near.cloud is far.cloud is Cloud.AZURE:
        kind = FabricLinkKind.VIRTUAL_WAN
    else:
        kind = FabricLinkKind.IPSEC
    return Pair(near.key, far.key, kind)
