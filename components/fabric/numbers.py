"""The numbers of a fabric: the ASN of each router, and the inside blocks of each tunnel.

A number is given once. It never changes, and no other owner gets it, also after its owner is gone.

Sources: Microsoft, "Virtual WAN FAQ" and "About BGP with VPN Gateway" (ASN 65515, APIPA blocks);
AWS, "Tunnel options for your Site-to-Site VPN connection" (inside blocks that it refuses); Google,
"ASN requirements" of Network Connectivity Center (a private ASN; each peer has its own).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice
from typing import Final

from components.fabric.model import FabricDriver, FabricNumbers, TunnelPlan
from components.problems import Problem
from components.regions import Cloud

ASNS: Final = range(64513, 65501)
"""The ASNs that a fabric gives: private ones of 16 bits. 64512 is the default of every Transit
Gateway, and Azure uses some above 65500."""

AZURE_INSIDE: Final = (IPv4Network("169.254.21.0/24"), IPv4Network("169.254.22.0/24"))
"""Where tunnels to Azure are, by instance of its VPN gateway. Azure accepts no others."""

INSIDE: Final = IPv4Network("169.254.64.0/18")
"""Where all other tunnels are. It has none of the blocks that AWS refuses (the first of
169.254.0.0 to 169.254.5.0, and 169.254.169.252/30)."""

ROUTER_IDS: Final = IPv4Network("169.254.128.0/20")
"""Where the BGP identifiers of Cloud Routers are. No tunnel is there."""

_PREFIX = 30
_TWICE = "delete the one that is not live yet; it gets another when it is recorded again"


@dataclass(frozen=True)
class TunnelOwner:
    """A link that needs tunnels, with the clouds of its ends."""

    key: str
    near: Cloud
    far: Cloud

    @property
    def count(self) -> int:
        """How many tunnels it has. A VPN connection of AWS has two, one for each far interface."""
        return 4 if self.near is Cloud.AWS else 2

    def pools(self) -> Iterator[IPv4Network]:
        """The pool of each tunnel's inside block."""
        for tunnel in range(self.count):
            if Cloud.AZURE in (self.near, self.far):
                # The instance of the gateway in Azure: see `tunnel_plans`.
                yield AZURE_INSIDE[tunnel // 2 if self.count == 4 else tunnel]
            else:
                yield INSIDE


def extended(
    recorded: FabricNumbers,
    driver: FabricDriver,
    cores: Mapping[Cloud, str],
    speakers: Iterable[str],
    owners: Iterable[TunnelOwner],
    used_asns: frozenset[int] = frozenset(),
) -> tuple[FabricNumbers, list[Problem]]:
    """Return the numbers with new ones for each owner without, and the problems if they run out.

    ``speakers`` are the hubs and links that need an ASN. ``used_asns`` are those of others, and are
    not given. New owners get their numbers in the order of their keys, so the result does not
    depend on the order of declaration.
    """
    problems: list[Problem] = []
    asns = dict(recorded.asns)
    used_asns = used_asns.union(recorded.asns.values())
    free_asns = (asn for asn in ASNS if asn not in used_asns)
    for speaker in sorted(set(speakers) - asns.keys()):
        asn = next(free_asns, None)
        if asn is None:
            problems.append(_used_up(("asns", speaker), f"ASN from {ASNS[0]} to {ASNS[-1]}"))
            break
        asns[speaker] = asn
    used = {block for blocks in recorded.tunnels.values() for block in blocks}
    free = {pool: _free(pool, frozenset(used)) for pool in (*AZURE_INSIDE, INSIDE)}
    tunnels = {key: tuple(blocks) for key, blocks in recorded.tunnels.items()}
    for owner in sorted(owners, key=lambda owner: owner.key):
        if owner.key in tunnels:
            continue
        blocks = [next(free[pool], None) for pool in owner.pools()]
        if None in blocks:
            problems.append(_used_up(("tunnels", owner.key), "inside block for its tunnels"))
            break
        tunnels[owner.key] = tuple(block for block in blocks if block is not None)
    numbers = FabricNumbers(driver, {**recorded.cores, **cores}, asns, tunnels)
    return numbers, problems


def _free(pool: IPv4Network, used: frozenset[IPv4Network]) -> Iterator[IPv4Network]:
    """The blocks of a pool that nobody had yet."""
    return (block for block in pool.subnets(new_prefix=_PREFIX) if block not in used)


def _used_up(path: tuple[str, ...], what: str) -> Problem:
    return Problem(("numbers", *path), f"finds no free {what}", "declare fewer links")


def number_problems(numbers: FabricNumbers, owners: Mapping[str, TunnelOwner]) -> Iterator[Problem]:
    """What is wrong with recorded numbers: a value that a cloud refuses, or two owners of one.

    ``owners`` are the links that have tunnels now. Tunnels of others are checked less.
    """
    remedy = "restore the file from version control"
    asns: dict[int, str] = {}
    for key, asn in numbers.asns.items():
        path = ("numbers", "asns", key)
        if asn not in ASNS:
            wrong = f"is not an ASN from {ASNS[0]} to {ASNS[-1]}"
            yield Problem(path, wrong, remedy, asn)
        elif (first := asns.setdefault(asn, key)) != key:
            yield Problem(path, f"is the ASN of {first} too", _TWICE, asn)
    seen: dict[IPv4Network, str] = {}
    for key, blocks in numbers.tunnels.items():
        for place, block in enumerate(blocks):
            at = ("numbers", "tunnels", key, place)
            pools = (INSIDE, *AZURE_INSIDE)
            if block.prefixlen != _PREFIX or not any(map(block.subnet_of, pools)):
                wrong = f"is not a /{_PREFIX} in {', '.join(map(str, pools))}"
                yield Problem(at, wrong, remedy, str(block))
            elif (first := seen.setdefault(block, f"{key}[{place}]")) != f"{key}[{place}]":
                yield Problem(at, f"is the block of {first} too", _TWICE, str(block))
        if (owner := owners.get(key)) is not None:
            yield from _owner_problems(owner, blocks, remedy)


def _owner_problems(
    owner: TunnelOwner, blocks: Sequence[IPv4Network], remedy: str
) -> Iterator[Problem]:
    """What is wrong with the number or the places of a link's inside blocks."""
    path = ("numbers", "tunnels", owner.key)
    if len(blocks) != owner.count:
        wrong = f"has {len(blocks)} blocks, and the link has {owner.count} tunnels"
        yield Problem(path, wrong, remedy)
        return
    for place, (block, pool) in enumerate(zip(blocks, owner.pools(), strict=True)):
        if block.prefixlen == _PREFIX and not block.subnet_of(pool):
            yield Problem((*path, place), f"is not in {pool}", remedy, str(block))


def tunnel_plans(owner: TunnelOwner, blocks: Iterable[IPv4Network]) -> tuple[TunnelPlan, ...]:
    """The tunnels of a link with these inside blocks.

    With four tunnels, AWS has a VPN connection for each of the far hub's two interfaces. Its two
    tunnels follow each other. With two tunnels, interface 0 meets interface 0, and 1 meets 1.
    """
    plans = []
    for number, block in enumerate(islice(blocks, owner.count)):
        near, far = block.hosts()
        two = owner.count == 2
        near_interface = number if two else number % 2
        far_interface = number if two else number // 2
        plans.append(TunnelPlan(str(number), block, near, far, near_interface, far_interface))
    return tuple(plans)


def router_ids(asn: int) -> IPv4Network:
    """The /30 that a Cloud Router takes its BGP identifier from: another one for each ASN.

    Without it Google takes the identifier from the addresses of the router's interfaces. It may
    then change when a session comes or goes, and sessions of other links start again. Source:
    Google, "Configure the BGP identifier range for a Cloud Router".
    """
    first = int(ROUTER_IDS.network_address) + (asn - ASNS.start) * 4
    return IPv4Network((first, _PREFIX))


def azure_bgp_addresses(numbers: FabricNumbers, hub: str) -> tuple[list[str], ...]:
    """The BGP addresses of a hub in Azure, for each instance of its VPN gateway.

    Those of links that are gone stay among them. Azure takes no address from a gateway while a
    connection uses it, and an update deletes the connection of such a link only at its end.
    """
    found: tuple[list[str], ...] = tuple([] for _ in AZURE_INSIDE)
    for key, blocks in sorted(numbers.tunnels.items()):
        is_near = key.startswith(f"{hub}-")
        if not is_near and not key.endswith(f"-{hub}"):
            continue
        for block in blocks:
            near, far = block.hosts()
            for of_instance, addresses in zip(AZURE_INSIDE, found, strict=True):
                if block.subnet_of(of_instance):
                    addresses.append(str(near if is_near else far))
    return found
