"""Overlaps in address plans: in one plan, and between plans of environments that may be routed.

Loads neither Pulumi nor a cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.addressing import DCGW_POOLS, free_near, overlaps
from components.addressing.plan import AddressPlan
from components.addressing.roles import Role
from components.regions import Cloud


@dataclass(frozen=True)
class Claim:
    """A block in a plan, and its owner."""

    plan: str
    """Names the plan in messages: its file."""
    cloud: Cloud
    region: str
    """Empty for a summary."""
    name: str
    """The role, or ``summary`` or ``reserve``."""
    cidr: IPv4Network
    network: str | None = None
    """The stack that owns the block, for a landing of another team."""

    @property
    def owner(self) -> str:
        """The owner in messages: ``aws-us-east-2 gateway``."""
        return f"{self.cloud}-{self.region} {self.name}" if self.region else f"{self.cloud} summary"

    def may_contain(self, other: Claim) -> bool:
        """Whether a block of the other owner may lie in this one."""
        if (self.plan, self.cloud) != (other.plan, other.cloud):
            return False
        if self.name == "summary":
            return True
        if self.region != other.region:
            return False
        return self.name == "reserve"

    def is_same_as(self, other: Claim) -> bool:
        """Whether both are the landing of one other team, which several environments use."""
        return self.network is not None and (self.network, self.cidr) == (other.network, other.cidr)


def claims(name: str, plan: AddressPlan) -> Iterator[Claim]:
    """Every block of a plan. ``name`` names the plan in messages."""
    for cloud, there in plan.clouds.items():
        yield Claim(name, cloud, "", "summary", there.summary)
        for key, region in there.regions.items():
            if region.reserve is not None:
                yield Claim(name, cloud, key, "reserve", region.reserve)
            for what, block in region.networks():
                owner = region.network if what == Role.LANDING else None
                yield Claim(name, cloud, key, what, block, owner)
            for role, block in region.blocks.items():
                if role.in_landing:
                    yield Claim(name, cloud, key, role.value, block)


@dataclass(frozen=True)
class PlanConflict:
    """Two blocks that overlap although their networks may be routed to each other."""

    first: Claim
    second: Claim
    """The block that should move."""
    free: IPv4Network | None
    """A free block near ``second``, of the same size; ``None`` when there is no room."""


def conflicts(
    name: str, plan: AddressPlan, others: Mapping[str, AddressPlan]
) -> list[PlanConflict]:
    """Find the overlaps in a plan, and between it and plans of the same routing domain.

    ``others`` are the other plans by name. Blocks of the plan are always the ones that should move.
    """
    # The second of two blocks has to move, and a network moves more easily than a reserve.
    wide = ["summary", "reserve"]
    ours = sorted(_separate(name, plan), key=lambda claim: (claim.name not in wide, claim.owner))
    every = [*_routed(plan, others), *ours]
    pairs = [
        (every[first], every[second])
        for first, second in overlaps([claim.cidr for claim in every])
        if every[second].plan == name and not _allowed(every[first], every[second])
    ]
    moved: list[IPv4Network] = []
    found: list[PlanConflict] = []
    for first, second in _most_specific(pairs):
        free = _free_for(second, every, moved)
        moved += [free] if free else []
        found.append(PlanConflict(first, second, free))
    return found


def taken_for(
    cloud: Cloud, region: str, name: str, plan: AddressPlan, others: Mapping[str, AddressPlan]
) -> list[IPv4Network]:
    """The blocks that a new network of a region must not overlap, in all plans."""
    return [claim.cidr for claim in claimed_for(cloud, region, name, plan, others)]


def claimed_for(
    cloud: Cloud, region: str, name: str, plan: AddressPlan, others: Mapping[str, AddressPlan]
) -> list[Claim]:
    """The claims that a new network of a region must not overlap, in all plans."""
    new = Claim(name, cloud, region, "new", IPv4Network("0.0.0.0/0"))
    every = [*_routed(plan, others), *_separate(name, plan)]
    return [claim for claim in every if not claim.may_contain(new)]


def _routed(plan: AddressPlan, others: Mapping[str, AddressPlan]) -> Iterator[Claim]:
    """The claims of the other plans of a plan's routing domain."""
    for name, other in others.items():
        if other.routing_domain == plan.routing_domain:
            yield from _separate(name, other)


def _separate(name: str, plan: AddressPlan) -> Iterator[Claim]:
    """The claims without the blocks in landings: their place follows from the landing."""
    for claim in claims(name, plan):
        if claim.name not in [role.value for role in Role if role.in_landing]:
            yield claim


def _free_for(
    claim: Claim, every: Sequence[Claim], moved: Sequence[IPv4Network]
) -> IPv4Network | None:
    """A free block of the size of a claim: in its reserve, its summary, or anywhere."""
    around = [other for other in every if other.may_contain(claim)]
    used = [*(other.cidr for other in every if other not in around), *moved]
    pools = {other.name: [other.cidr] for other in around}
    within = [pools.get("reserve", []), pools.get("summary", []), [*DCGW_POOLS]]
    tried = (free_near(claim.cidr, used, pool) for pool in within)
    return next((block for block in tried if block is not None), None)


def _allowed(one: Claim, other: Claim) -> bool:
    larger, smaller = sorted((one, other), key=lambda claim: claim.cidr.prefixlen)
    return (
        larger.may_contain(smaller)
        or (larger.cidr == smaller.cidr and smaller.may_contain(larger))
        or one.is_same_as(other)
    )


def _most_specific(pairs: Sequence[tuple[Claim, Claim]]) -> list[tuple[Claim, Claim]]:
    """Drop the pairs that only repeat what another pair says.

    Two clouds whose summaries overlap are one conflict, not one for each network. Two regions whose
    reserves overlap are one conflict; two regions whose networks overlap are none more for their
    reserves.
    """
    kept = [pair for pair in pairs if not any(claim.region for claim in pair)]
    told = {_clouds(pair) for pair in kept}
    rest = [pair for pair in pairs if _clouds(pair) not in told]
    regional = [pair for pair in rest if all(claim.region for claim in pair)]
    reserves = [pair for pair in regional if all(claim.name == "reserve" for claim in pair)]
    networks = [pair for pair in regional if all(claim.name != "reserve" for claim in pair)]
    for some in (reserves, networks, regional):
        said = {_regions(pair) for pair in kept}
        kept += [pair for pair in some if _regions(pair) not in said]
    told = {_clouds(pair) for pair in kept}
    return [*kept, *(pair for pair in rest if _clouds(pair) not in told)]


def _regions(pair: tuple[Claim, Claim]) -> frozenset[tuple[str, Cloud, str]]:
    return frozenset((claim.plan, claim.cloud, claim.region) for claim in pair)


def _clouds(pair: tuple[Claim, Claim]) -> frozenset[tuple[str, Cloud]]:
    return frozenset((claim.plan, claim.cloud) for claim in pair)
