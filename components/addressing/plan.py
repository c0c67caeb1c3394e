"""The address plan of an environment: a block for every network, which never changes.

The CIDR of a Dedicated Cloud Gateway network can never change, and the other networks are as hard
to move. So a plan only grows. A block keeps its owner, also after the owner is gone, until a
person releases it.

The hierarchy: a cloud has one summary, a prefix that routes and firewall rules can name. In it
each region has a reserve. In the reserve are the region's networks: gateway, landing, hub, spokes.
The rest of the reserve is for networks that the region needs later. In the landing are the blocks
for load balancers and resolvers.

Loads neither Pulumi nor a cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Final

from components.addressing import (
    DCGW_RESERVED,
    AddressError,
    FreeSpace,
    free_near,
)
from components.addressing.roles import SIZES, Role
from components.fabric.model import FabricNumbers
from components.networks.subnets import landing_blocks
from components.regions import Cloud

SUPER_BLOCKS: Final[Mapping[Cloud, IPv4Network]] = {
    Cloud.AWS: IPv4Network("10.64.0.0/12"),
    Cloud.AZURE: IPv4Network("10.80.0.0/12"),
    Cloud.GCP: IPv4Network("10.96.0.0/12"),
}
"""The range in which a cloud's first CIDR block is proposed, so that one prefix covers a cloud."""

SUMMARY: Final = 14
"""Prefix length of an environment's summary in one cloud."""

RESERVES: Final = (16, 17, 18)
"""Prefix lengths of a region's reserve. A /18 is the smallest with room for a gateway network, a
landing and a hub in every cloud."""

# The sizes of a summary around pinned blocks. A larger one would cover other networks of the
# organisation. A smaller one would have no room for new regions.
_AROUND_PINS: Final = range(12, 17)


@dataclass(frozen=True)
class RegionBlocks:
    """The blocks of one region."""

    blocks: Mapping[Role, IPv4Network] = field(default_factory=dict)
    """By role, except spokes."""
    spokes: Mapping[str, IPv4Network] = field(default_factory=dict)
    """Further networks of the region, by name."""
    reserve: IPv4Network | None = None
    """Where new networks of the region are placed. A region with pinned blocks may have none."""
    replaced: Mapping[IPv4Network, Role] = field(default_factory=dict)
    """Former blocks of the region. They stay taken, because a network may still have one."""
    network: str | None = None
    """The stack that owns the landing, if another one does."""
    retired: bool = False
    """Whether the region was deleted from the stack file."""

    def networks(self) -> Iterator[tuple[str, IPv4Network]]:
        """Each network with its name: all blocks that are not a part of the landing."""
        for role, block in self.blocks.items():
            if not role.in_landing:
                yield role.value, block
        for name, block in self.spokes.items():
            yield f"spoke {name}", block
        for block, role in self.replaced.items():
            yield f"former {role.value}", block


@dataclass(frozen=True)
class CloudBlocks:
    """The blocks of one cloud."""

    summary: IPv4Network
    """Every block that a plan gives in this cloud is in it. Pinned blocks may be elsewhere."""
    regions: Mapping[str, RegionBlocks] = field(default_factory=dict)
    """By the cloud's own region id."""

    def outside(self) -> Iterator[tuple[str, IPv4Network]]:
        """Each network that the summary does not cover, with its name."""
        for region, blocks in self.regions.items():
            for name, block in blocks.networks():
                if not block.subnet_of(self.summary):
                    yield f"{region} {name}", block


@dataclass(frozen=True)
class AddressPlan:
    """The blocks of one environment."""

    clouds: Mapping[Cloud, CloudBlocks] = field(default_factory=dict)
    routing_domain: str = "main"
    """Environments of one routing domain may be routed to each other, so they share no address."""
    fabric: FabricNumbers = field(default_factory=FabricNumbers)
    """The numbers of the transit fabric; none if the environment never had one."""

    def region(self, cloud: Cloud, region: str) -> RegionBlocks | None:
        """The blocks of a region; ``None`` if the plan has none."""
        there = self.clouds.get(cloud)
        return there.regions.get(region) if there else None


@dataclass(frozen=True)
class RegionRequest:
    """A region that needs blocks."""

    pins: Mapping[Role, IPv4Network] = field(default_factory=dict)
    """Blocks that a person wrote. They may be outside the summary and the reserve."""
    needs: frozenset[Role] = frozenset({Role.GATEWAY, Role.LANDING})
    """Roles that it must have. It gets the others of its cloud too if its reserve has room."""
    spokes: Mapping[str, int] = field(default_factory=dict)
    """Prefix lengths of spokes that it must have, by name."""
    written_spokes: tuple[IPv4Network, ...] = ()
    """Blocks of spokes that a person wrote. They are taken, but not recorded."""
    network: str | None = None
    """The stack that owns the landing. Its block must be pinned, because it is not ours to give."""


Requests = Mapping[Cloud, Mapping[str, RegionRequest]]


def extended(
    plan: AddressPlan, requests: Requests, elsewhere: Iterable[IPv4Network] = ()
) -> AddressPlan:
    """Return the plan with a block for everything that is requested.

    Pinned blocks come first, then recorded ones, then new ones by best fit. A recorded block that
    a pin replaces stays taken. A region that is not requested any more becomes retired, and keeps
    its blocks. The result is the same for any order of the requests. ``elsewhere`` are blocks of
    others; no new block overlaps them.

    Pins are not checked against other blocks: ``conflicts`` does that.

    Raises ``AddressError`` when there is no room.
    """
    foreign = [*elsewhere, *DCGW_RESERVED]
    clouds: dict[Cloud, CloudBlocks] = {}
    for cloud in Cloud:
        wanted, old = requests.get(cloud, {}), plan.clouds.get(cloud)
        recorded = old.regions if old else {}
        if not wanted and not old:
            continue
        regions = {
            name: _with_pins(recorded.get(name, RegionBlocks()), wanted.get(name))
            for name in sorted({*recorded, *wanted})
        }
        used = [*foreign, *_of_other_clouds(cloud, {**plan.clouds, **clouds}, requests)]
        written = [block for one in wanted.values() for block in one.written_spokes]
        summary = old.summary if old else _new_summary(cloud, regions.values(), written, used)
        used += written
        clouds[cloud] = _with_new_blocks(cloud, CloudBlocks(summary, regions), wanted, used)
    return replace(plan, clouds=clouds)


def _of_other_clouds(
    cloud: Cloud, clouds: Mapping[Cloud, CloudBlocks], requests: Requests
) -> Iterator[IPv4Network]:
    """The blocks of the other clouds, recorded and pinned."""
    for other, there in clouds.items():
        if other is not cloud:
            yield there.summary
            for region in there.regions.values():
                yield from _claimed(region)
    for other, regions in requests.items():
        if other is not cloud:
            for request in regions.values():
                yield from request.pins.values()
                yield from request.written_spokes


def _with_pins(region: RegionBlocks, request: RegionRequest | None) -> RegionBlocks:
    """The region with the pinned blocks of a request; retired without a request."""
    if request is None:
        return replace(region, retired=True)
    blocks, replaced = dict(region.blocks), dict(region.replaced)
    for role, pin in request.pins.items():
        if (old := blocks.get(role)) is not None and old != pin:
            replaced[old] = role
            if role is Role.LANDING:  # The blocks in it move with it.
                blocks = {role: block for role, block in blocks.items() if not role.in_landing}
        blocks[role] = pin
        replaced.pop(pin, None)
    return replace(region, blocks=blocks, replaced=replaced, network=request.network, retired=False)


def _new_summary(
    cloud: Cloud,
    regions: Iterable[RegionBlocks],
    written: Sequence[IPv4Network],
    used: Sequence[IPv4Network],
) -> IPv4Network:
    """The summary of a cloud that has none: around the pinned blocks, else a free one.

    ``written`` are the blocks of spokes that a person wrote.
    """
    pins = [*written] + [
        block
        for region in regions
        for role, block in region.blocks.items()
        if role is not Role.LANDING or region.network is None
    ]
    if pins:
        around = pins[0]
        while not all(pin.subnet_of(around) for pin in pins):
            around = around.supernet()
        # The widest one that is nobody else's.
        for prefix in range(min(SUMMARY, around.prefixlen), around.prefixlen + 1):
            wide = around.supernet(new_prefix=prefix)
            if prefix in _AROUND_PINS and not any(map(wide.overlaps, used)):
                return wide
    near = IPv4Network((int(SUPER_BLOCKS[cloud].network_address), SUMMARY))
    if (free := free_near(near, used)) is None:
        wrong = f"finds no free /{SUMMARY} for its summary"
        raise AddressError(str(cloud), wrong, "release blocks of an environment that is gone")
    return free


def _with_new_blocks(
    cloud: Cloud,
    there: CloudBlocks,
    wanted: Mapping[str, RegionRequest],
    used: Iterable[IPv4Network],
) -> CloudBlocks:
    """Give the regions of a cloud the reserves and blocks that they lack."""
    regions = dict(there.regions)
    taken = [*used, *(block for region in regions.values() for block in _claimed(region))]
    space = FreeSpace([there.summary], taken)
    without = sorted(
        name for name, request in wanted.items() if _needs_reserve(cloud, regions[name], request)
    )
    prefix = next(
        # Half of the room stays free for regions that come later.
        (size for size in RESERVES if space.room(size) >= 2 * len(without)),
        RESERVES[-1],
    )
    for name in without:
        reserve = space.take(prefix)
        if reserve is None:
            raise AddressError(
                f"{cloud}-{name}",
                f"finds no free /{prefix} in {there.summary}, the summary of {cloud}",
                "write its cidr and landing into the stack file, or release a retired region",
            )
        regions[name] = replace(regions[name], reserve=reserve)
    for name, request in wanted.items():
        regions[name] = _with_roles(cloud, name, regions[name], request)
    return replace(there, regions=regions)


def _claimed(region: RegionBlocks) -> Iterator[IPv4Network]:
    """The reserve of a region and each of its networks."""
    if region.reserve is not None:
        yield region.reserve
    for _, block in region.networks():
        yield block


def _lacking(cloud: Cloud, region: RegionBlocks, request: RegionRequest) -> list[Role]:
    """The networks that a request needs and the region does not have."""
    return [
        role
        for role in Role
        if role in request.needs
        and not role.in_landing
        and cloud in SIZES[role]
        and role not in region.blocks
        and not (role is Role.LANDING and request.network)
    ]


def _needs_reserve(cloud: Cloud, region: RegionBlocks, request: RegionRequest) -> bool:
    if region.reserve is not None:
        return False
    spokes = request.spokes.keys() - region.spokes.keys()
    return bool(spokes or _lacking(cloud, region, request))


def _with_roles(
    cloud: Cloud, name: str, region: RegionBlocks, request: RegionRequest
) -> RegionBlocks:
    """Give a region its missing blocks, in its reserve."""
    blocks, spokes = dict(region.blocks), dict(region.spokes)
    if region.reserve is not None:
        taken = [block for _, block in region.networks()]
        space = FreeSpace([region.reserve], [*taken, *request.written_spokes])
        lacking = _lacking(cloud, region, request)
        for role in (Role.GATEWAY, Role.LANDING, Role.HUB):
            if role in blocks or cloud not in SIZES[role]:
                continue
            if role is Role.LANDING:
                if role not in lacking:
                    continue
                size = max(region.reserve.prefixlen + 1, SIZES[role][cloud].accepted.largest)
            else:
                size = SIZES[role][cloud].planned
            if block := space.take(size):
                blocks[role] = block
            elif role in lacking:
                raise _no_room(f"{cloud}-{name} {role}", size, region.reserve)
        for spoke, size in sorted(request.spokes.items()):
            if spoke not in spokes:
                if (block := space.take(size)) is None:
                    raise _no_room(f"{cloud}-{name} spoke {spoke}", size, region.reserve)
                spokes[spoke] = block
    if (landing := blocks.get(Role.LANDING)) and request.network is None:
        blocks |= landing_blocks(cloud, landing)
    return replace(region, blocks=blocks, spokes=spokes)


def _no_room(owner: str, prefix: int, reserve: IPv4Network) -> AddressError:
    wrong = f"finds no free /{prefix} in {reserve}, the reserve of its region"
    return AddressError(owner, wrong, "write a block for it, or release its former blocks")


def released(plan: AddressPlan, cloud: Cloud, region: str) -> AddressPlan:
    """Return the plan without a retired region, or without the former blocks of another one.

    The blocks can be given again, and so can the numbers that a retired region has in the fabric.
    Raises ``AddressError`` if there is nothing to release.
    """
    found = plan.region(cloud, region)
    owner = f"{cloud}-{region}"
    if found is None:
        raise AddressError(owner, "is not in the plan", "name one of its regions")
    regions = dict(plan.clouds[cloud].regions)
    fabric = plan.fabric
    if found.retired:
        del regions[region]
        fabric = fabric.without_hub(owner)
    elif found.replaced:
        regions[region] = replace(found, replaced={})
    else:
        wrong = "is in the stack file, and has no former block"
        raise AddressError(owner, wrong, "delete the region from the stack file first")
    clouds = {**plan.clouds, cloud: replace(plan.clouds[cloud], regions=regions)}
    if not regions:
        del clouds[cloud]
    return replace(plan, clouds=clouds, fabric=fabric)
