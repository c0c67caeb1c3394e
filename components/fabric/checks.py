"""What is wrong with a fabric as it is declared: all problems at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from typing import Final

from components.addressing import free_near, overlaps
from components.fabric.blocks import blocks_of, owner_of
from components.fabric.inspection_checks import inspection_problems
from components.fabric.model import (
    GATEWAYS_DOMAIN,
    FabricArgs,
    FabricLinkKind,
    InspectionKind,
)
from components.fabric.topology import cores_of, default_pairs, further_pairs
from components.problems import Path, Problem, nearest
from components.regions import Cloud

SPOKE_NAME: Final = re.compile(rf"(?!({'|'.join(Cloud)})-)[a-z]([a-z0-9-]{{0,28}}[a-z0-9])?")
"""The name of a spoke or segment. The key of a region is none: links are named after both."""

_WITHOUT_FIRENET: Final = ("nano", "micro", "small", "medium", "large")
"""How sizes in AWS end that have no interface for FireNet. Sources: Aviatrix, "Transit FireNet
FAQ"; AWS, "Maximum IP addresses per network interface"."""


def fabric_problems(args: FabricArgs) -> list[Problem]:
    """Every reason why a fabric cannot be built, except those of its numbers."""
    return [*declaration_problems(args), *_overlap_problems(args)]


def declaration_problems(args: FabricArgs) -> list[Problem]:
    """What is wrong with a fabric, apart from blocks that overlap and from its numbers."""
    return [
        *_driver_problems(args),
        *_core_problems(args),
        *_link_problems(args),
        *_azure_neighbour_problems(args),
        *_segment_problems(args),
        *_spoke_problems(args),
        *inspection_problems(args),
        *_aviatrix_problems(args),
        *_firenet_problems(args),
        *_aviatrix_spoke_problems(args),
        *_summary_problems(args),
    ]


def _driver_problems(args: FabricArgs) -> Iterator[Problem]:
    """Another driver than the recorded one: it would build all hubs and links anew."""
    recorded = args.numbers.driver
    if recorded not in (None, args.driver):
        wrong = f"is not {recorded}, which is recorded: another driver is another fabric"
        remedy = (
            f"write driver: {recorded}; or delete the fabric, release its numbers, and declare it "
            "again"
        )
        yield Problem(("driver",), wrong, remedy, args.driver.value)


def _core_problems(args: FabricArgs) -> Iterator[Problem]:
    """A core that is gone. All links of its cloud lead to it, so no other hub can follow it."""
    hubs = {hub.key for hub in args.hubs}
    for cloud, core in cores_of(args).items():
        if core not in hubs:
            wrong = f"is the recorded core of {cloud}, and no such region is declared"
            remedy = (
                f"declare {core} again; or delete the fabric, release its numbers, and declare it "
                "again"
            )
            yield Problem(("numbers", "cores", cloud.value), wrong, remedy, core)


def _link_problems(args: FabricArgs) -> Iterator[Problem]:
    hubs = [hub.key for hub in args.hubs]
    defaults = {frozenset((pair.near, pair.far)): pair for pair in default_pairs(args)}
    declared: dict[frozenset[str], int] = {}
    for place, (one, other) in enumerate(args.links):
        path: Path = ("links", place)
        ends = frozenset((one, other))
        if unknown := [end for end in (one, other) if end not in hubs]:
            for end in unknown:
                yield Problem(
                    path, f"names {end}, which is no hub", nearest(end, hubs), [one, other]
                )
        elif one == other:
            yield Problem(path, "connects a hub to itself", "name two hubs", [one, other])
        elif ends in defaults:
            why = "each hub is connected to the core of its cloud, and the cores with each other"
            if defaults[ends].kind is FabricLinkKind.VIRTUAL_WAN:
                why = "the virtual WAN connects all hubs in Azure"
            yield Problem(path, f"is connected already: {why}", "delete it", [one, other])
        elif (first := declared.setdefault(ends, place)) != place:
            yield Problem(path, f"is links[{first}] too", "delete one of the two", [one, other])


def _azure_neighbour_problems(args: FabricArgs) -> Iterator[Problem]:
    """A hub in GCP with two links to Azure.

    Network Connectivity Center needs another ASN at each spoke, and all hubs in Azure have one.
    """
    links: dict[str, list[str]] = defaultdict(list)
    clouds = {hub.key: hub.cloud for hub in args.hubs}
    for pair in default_pairs(args):
        if pair.kind is FabricLinkKind.IPSEC and clouds[pair.near] is Cloud.AZURE:
            links[pair.far].append(pair.near)
    for place, pair in enumerate(further_pairs(args)):
        if pair.kind is FabricLinkKind.IPSEC and clouds[pair.near] is Cloud.AZURE:
            if links[pair.far]:
                wrong = (
                    f"connects {pair.far} to a second hub in Azure, beside {links[pair.far][0]}; "
                    "all of them have ASN 65515, and Google needs another ASN for each link"
                )
                remedy = "delete it: hubs in Azure reach each other by their virtual WAN"
                yield Problem(("links", place), wrong, remedy, [pair.near, pair.far])
            links[pair.far].append(pair.near)


def _segment_problems(args: FabricArgs) -> Iterator[Problem]:
    for name, segment in args.segments.items():
        if not SPOKE_NAME.fullmatch(name):
            yield _bad_name(("segments", name), name)
        for other in sorted(segment.connected):
            path = ("segments", name, "connected")
            if other == name:
                yield Problem(path, "names the segment itself", "delete it", other)
            elif other not in args.segments:
                yield Problem(path, "is not a segment", nearest(other, args.segments), other)


def _spoke_problems(args: FabricArgs) -> Iterator[Problem]:
    hubs = [hub.key for hub in args.hubs]
    networks: dict[str, str] = {}
    for name, spoke in args.spokes.items():
        if not SPOKE_NAME.fullmatch(name):
            yield _bad_name(("spokes", name), name)
        if spoke.hub not in hubs:
            wrong = "is not the key of a hub"
            yield Problem(("spokes", name, "hub"), wrong, nearest(spoke.hub, hubs), spoke.hub)
        if spoke.segment not in args.segments:
            remedy = nearest(spoke.segment, args.segments)
            path: Path = ("spokes", name, "segment")
            yield Problem(path, "is not a segment", remedy, spoke.segment)
        if spoke.given is not None:
            # Azure takes ids in any case.
            first = networks.setdefault(spoke.given.network_id.lower(), name)
            if first != name:
                path = ("spokes", name, "network", "id")
                wrong = f"is the network of spoke {first} too, and a network joins its hub once"
                yield Problem(path, wrong, "delete one of the two", spoke.given.network_id)


def _bad_name(path: Path, name: str) -> Problem:
    wrong = "is not a name: names are lower-case letters, digits and '-', at most 30, no region key"
    return Problem(path, wrong, "write for example shop", name)


def _aviatrix_problems(args: FabricArgs) -> Iterator[Problem]:
    """A hub without a transit network, and a cloud without an account."""
    options = args.aviatrix
    if options is None:
        return
    hubs = [hub.key for hub in args.hubs]
    for hub in hubs:
        if hub not in options.networks:
            wrong = "is missing, and each hub has a transit network"
            yield Problem(("aviatrix", "networks", hub), wrong, "write a free /23")
    for key, block in options.networks.items():
        path: Path = ("aviatrix", "networks", key)
        if key not in hubs:
            yield Problem(path, "is of no hub", nearest(key, hubs), str(block))
        elif not 16 <= block.prefixlen <= 24:
            yield Problem(path, "is not a block of /16 to /24", "write a /23", str(block))
    for cloud, hub in _a_hub_of_each_cloud(args).items():
        if cloud not in options.accounts:
            wrong = f"is missing, and {hub} is in {cloud}"
            remedy = "write the name of an access account in the controller"
            yield Problem(("aviatrix", "accounts", cloud.value), wrong, remedy)


def _a_hub_of_each_cloud(args: FabricArgs) -> dict[Cloud, str]:
    return {hub.cloud: hub.key for hub in args.hubs}


def _firenet_problems(args: FabricArgs) -> Iterator[Problem]:
    """A firewall that cannot be launched, and a gateway that is too small for firewalls."""
    options, clouds = args.aviatrix, _a_hub_of_each_cloud(args)
    if options is None:
        return
    inspects = args.inspection.kind is InspectionKind.NATIVE
    for cloud, hub in clouds.items():
        if inspects and cloud is not Cloud.GCP and cloud not in options.firewalls:
            wrong = f"is missing, and firewalls inspect at {hub}"
            remedy = "write the image and the size of its firewalls"
            yield Problem(("aviatrix", "firewalls", cloud.value), wrong, remedy)
    size = options.sizes.get(Cloud.AWS, "")
    too_small = size.rpartition(".")[2] in _WITHOUT_FIRENET
    if too_small and Cloud.AWS in clouds and (inspects or options.firenet):
        wrong = "has fewer than the 4 network interfaces that a gateway with FireNet has"
        yield Problem(("aviatrix", "sizes", "aws"), wrong, "write c5n.xlarge or larger", size)
    for cloud, firewall in options.firewalls.items():
        path: Path = ("aviatrix", "firewalls", cloud.value)
        if cloud is Cloud.GCP:
            wrong = "is not used: the driver aviatrix builds no firewalls in gcp"
            yield Problem(path, wrong, "delete it", firewall.image)
        elif cloud is Cloud.AZURE and firewall.ssh_public_key is None:
            wrong = "is missing, and Azure creates no virtual machine without a login"
            remedy = "write the public key of the user who configures the firewall"
            yield Problem((*path, "ssh_public_key"), wrong, remedy)
        elif cloud is Cloud.AWS and firewall.ssh_public_key is not None:
            wrong = "is for firewalls in azure; those in aws have a key pair"
            yield Problem((*path, "ssh_public_key"), wrong, "delete it", firewall.ssh_public_key)
    if args.inspection.kind is InspectionKind.THIRD_PARTY:
        wrong = "is not built by the driver aviatrix: the controller launches its firewalls"
        remedy = "write kind: native, and the image under fabric.aviatrix.firewalls"
        yield Problem(("inspection", "kind"), wrong, remedy, args.inspection.kind.value)


def _aviatrix_spoke_problems(args: FabricArgs) -> Iterator[Problem]:
    """A spoke without room for its gateways, and a segment with the name of another domain."""
    if args.aviatrix is None:
        return
    clouds = {hub.key: hub.cloud for hub in args.hubs}
    for name, spoke in args.spokes.items():
        if spoke.given is not None:
            wrong = "exists, and the driver aviatrix needs subnets of its own in a spoke"
            remedy = "leave it out: the network is created; or use the driver native"
            yield Problem(("spokes", name, "network"), wrong, remedy, spoke.given.network_id)
        elif clouds.get(spoke.hub) is Cloud.GCP and spoke.cidr.prefixlen > 27:
            wrong = "has no room for the /28 of its gateways beside the hosts"
            yield Problem(("spokes", name, "cidr"), wrong, "write a /27 or larger", str(spoke.cidr))
    if GATEWAYS_DOMAIN in args.segments:
        wrong = "is the network domain that gateways and landings are in"
        path = ("segments", GATEWAYS_DOMAIN)
        yield Problem(path, wrong, "give the segment another name", GATEWAYS_DOMAIN)


def _overlap_problems(args: FabricArgs) -> Iterator[Problem]:
    """Overlapping blocks: all networks of a fabric are routed to each other."""
    blocks = [(path, block) for path, block, _ in blocks_of(args)]
    used = [block for _, block in blocks]
    found: dict[int, list[int]] = defaultdict(list)
    for first, second in overlaps(used):
        found[second].append(first)
    for second, firsts in sorted(found.items()):
        path, block = blocks[second]
        others = " and ".join(f"{used[one]} of {owner_of(blocks[one][0])}" for one in firsts)
        free = free_near(block, used)
        remedy = f"write {free}, which is free" if free else "no block of its size is free"
        used += [free] if free else []
        yield Problem(path, f"overlaps {others}", remedy, str(block))


def _summary_problems(args: FabricArgs) -> Iterator[Problem]:
    """A summary that has blocks of another cloud: routes to it would lead to the wrong cloud."""
    elsewhere: Sequence[tuple[Path, IPv4Network, Cloud | None]] = list(blocks_of(args))
    for cloud, summary in args.summaries.items():
        for path, block, other in elsewhere:
            if other is not None and other is not cloud and block.overlaps(summary):
                wrong = f"covers {block} of {owner_of(path)}, which is in {other}"
                remedy = "move that network into the summary of its own cloud"
                yield Problem(("summaries", cloud.value), wrong, remedy, str(summary))
