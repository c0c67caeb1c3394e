"""The recorded address plan and a stack file: the blocks that the file may leave out.

A stack with a recorded plan may leave out ``cidr`` and ``landing`` of a region, and ``cidr`` of a
spoke that is created: it has the recorded blocks. A written block of a region is a pin, and is
recorded too. Nothing here gives a block: only ``make addresses`` does, so that a block is in
version control before anything is built with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from components.addressing import AddressError, parse
from components.addressing.plan import RegionBlocks, RegionRequest, Requests
from components.addressing.roles import SIZES, Role
from components.links.kinds import LinkKind
from components.regions import Cloud
from stacks.address_files import RecordedPlans
from stacks.errors import ABSENT, Path, Problem
from stacks.rules.environment import Document, regions_of, spokes_of, transit_networks_of

if TYPE_CHECKING:
    from stacks.live import Live
    from stacks.models import Settings


def fill_addresses(document: Document, plans: RecordedPlans) -> tuple[Document, list[Problem]]:
    """Return the document with the recorded blocks of its regions, and what is not recorded.

    Regions whose cloud or name is not known are left as they are: others report that.
    """
    problems: list[Problem] = []
    document = _with_spokes(document, plans, problems)
    if not isinstance(document.get("regions"), list):
        return document, problems
    regions = list(document["regions"])
    for index, region in regions_of(document):
        if region.get("cloud") in list(Cloud) and isinstance(region.get("region"), str):
            regions[index] = _filled(region, index, plans, problems)
    return {**document, "regions": regions}, problems


def _filled(
    region: Document, index: int, plans: RecordedPlans, problems: list[Problem]
) -> Mapping[str, Any]:
    found = plans.own.region(Cloud(str(region["cloud"])), str(region["region"]))
    recorded = found or RegionBlocks()
    path: Path = ("regions", index)
    filled = dict(region)

    def check(role: Role, written: object, at: Path, network: str | None = None) -> str | None:
        """Report a written block that is not recorded, or return the one to fill in."""
        block = recorded.blocks.get(role)
        if written is None:
            if block is not None:
                return str(block)
            problems.append(_missing(at, plans, network))
        elif isinstance(written, str):
            with suppress(AddressError):  # The model reports it.
                if parse(written) != block:
                    problems.append(_not_recorded(at, written, block, plans))
        return None

    if block := check(Role.GATEWAY, region.get("cidr"), (*path, "cidr")):
        filled["cidr"] = block
    landing = region.get("landing")
    if isinstance(landing, Mapping):
        owner = _owner(landing)
        if block := check(Role.LANDING, landing.get("cidr"), (*path, "landing", "cidr"), owner):
            filled["landing"] = {**landing, "cidr": block}
    elif block := check(Role.LANDING, landing, (*path, "landing")):
        filled["landing"] = {"cidr": block}
    for key, link in _hubs_to_create(region):
        at: Path = (*path, "links", key)
        prefix = link.get("address_prefix")
        if block := check(Role.HUB, prefix, at if prefix is None else (*at, "address_prefix")):
            filled["links"] = {**filled["links"], key: {**link, "address_prefix": block}}
    return filled


def _with_spokes(document: Document, plans: RecordedPlans, problems: list[Problem]) -> Document:
    """The document with the recorded blocks of its fabric's spokes.

    A written block is not recorded. It must overlap no block of the plans.
    """
    filled: dict[str, Any] = {}
    for name, spoke in spokes_of(document):
        path: Path = ("fabric", "spokes", name, "cidr")
        cloud, region = _cloud_and_region(spoke.get("region"))
        found = plans.own.region(cloud, region) if cloud else None
        recorded = found.spokes.get(name) if found else None
        written = spoke.get("cidr")
        if written is None and recorded is not None:
            filled[name] = {**spoke, "cidr": str(recorded)}
        elif written is None and cloud:
            owner = "its network" if spoke.get("network") is not None else None
            problems.append(_missing(path, plans, owner))
        elif isinstance(written, str) and cloud:
            with suppress(AddressError):
                block = parse(written)
                touched = [
                    claim
                    for claim in plans.claimed(cloud, region)
                    if claim.cidr.overlaps(block)
                    and not (claim.name == f"spoke {name}" and claim.cidr == block)
                ]
                if touched:
                    there = touched[0]
                    wrong = f"overlaps {there.cidr} of {there.owner} in {there.plan}"
                    remedy = f"delete it, and run `{plans.command}`, which gives it a free block"
                    problems.append(Problem(path, wrong, remedy, written))
    if not filled:
        return document
    fabric = document["fabric"]
    return {**document, "fabric": {**fabric, "spokes": {**fabric["spokes"], **filled}}}


def _cloud_and_region(key: object) -> tuple[Cloud | None, str]:
    """The cloud and the region of a key, ``aws-us-east-2``; None if the cloud is not known."""
    cloud, _, region = str(key).partition("-")
    return (Cloud(cloud) if cloud in list(Cloud) else None), region


def _hubs_to_create(region: Document) -> Iterator[tuple[str, Document]]:
    """The links over a virtual hub that is created for the region, by key."""
    links = region.get("links")
    for key, link in links.items() if isinstance(links, Mapping) else ():
        if not isinstance(link, Mapping) or link.get("hub_id") is not None:
            continue
        if (link.get("kind") or key) == LinkKind.VIRTUAL_HUB:
            yield str(key), link


def _owner(landing: Document) -> str | None:
    """Who gives the network of a landing: a stack, or the id of the network. ``None``: nobody."""
    network = landing.get("network")
    if isinstance(network, Mapping):
        ids = (network.get(key) for key in ("vpc_id", "vnet_id", "id"))
        return next((str(one) for one in ids if one is not None), "given")
    return None if network is None else str(network)


def _missing(path: Path, plans: RecordedPlans, network: str | None) -> Problem:
    if network is not None:
        wrong = f"is missing, and the network is given: {network}"
        return Problem(path, wrong, f"write its block, then run `{plans.command}`")
    missing = "has no address_prefix" if "links" in path else "is missing"
    wrong = f"{missing}, and {plans.file} has no block for it"
    return Problem(path, wrong, f"run `{plans.command}`, which records one, or write it here first")


def _not_recorded(path: Path, written: str, block: object, plans: RecordedPlans) -> Problem:
    if block is None:
        wrong, remedy = f"is not in {plans.file}", f"run `{plans.command}`, which records it"
    else:
        wrong = f"is not {block}, which {plans.file} has"
        remedy = f"delete it to keep {block}, or run `{plans.command}` to record the new block"
    return Problem(path, wrong, remedy, written)


def requests_of(document: Document) -> Requests:
    """The regions of a document that need blocks, with the blocks that it pins.

    Regions and blocks that cannot be read are left out: the settings' own checks report them.
    """
    requests: dict[Cloud, dict[str, RegionRequest]] = {}
    for _, region in regions_of(document):
        name, cloud = region.get("region"), region.get("cloud")
        if cloud not in list(Cloud) or not isinstance(name, str):
            continue
        landing = region.get("landing")
        inner = landing if isinstance(landing, Mapping) else {"cidr": landing}
        written = [(Role.GATEWAY, region.get("cidr")), (Role.LANDING, inner.get("cidr"))]
        needs = {Role.GATEWAY, Role.LANDING}
        for _, link in _hubs_to_create(region):
            needs.add(Role.HUB)
            written.append((Role.HUB, link.get("address_prefix")))
        pins = {}
        for role, text in written:
            if isinstance(text, str):
                with suppress(AddressError):
                    pins[role] = parse(text)
        request = RegionRequest(pins, frozenset(needs), network=_owner(inner))
        requests.setdefault(Cloud(str(cloud)), {})[name] = request
    for name, spoke in spokes_of(document):
        spoke_cloud, region_id = _cloud_and_region(spoke.get("region"))
        there = requests.get(spoke_cloud, {}) if spoke_cloud else {}
        if not spoke_cloud or region_id not in there:
            continue
        request, written_block = there[region_id], spoke.get("cidr")
        if isinstance(written_block, str):
            with suppress(AddressError):
                blocks = (*request.written_spokes, parse(written_block))
                there[region_id] = replace(request, written_spokes=blocks)
        elif spoke.get("network") is None:
            size = SIZES[Role.SPOKE][spoke_cloud].planned
            there[region_id] = replace(request, spokes={**request.spokes, name: size})
    for key, text in transit_networks_of(document):
        network_cloud, region_id = _cloud_and_region(key)
        there = requests.get(network_cloud, {}) if network_cloud else {}
        if region_id in there:
            with suppress(AddressError):
                request = there[region_id]
                blocks = (*request.written_spokes, parse(text))
                there[region_id] = replace(request, written_spokes=blocks)
    return requests


def moved_problems(settings: Settings, live: Live, plans: RecordedPlans) -> Iterator[Problem]:
    """Every live region with a recorded block that its settings would move it from.

    A person consents to the move by releasing the former block.
    """
    for index, region in enumerate(settings.regions):
        recorded = plans.own.region(region.cloud, region.region)
        networks = live.networks.get(region.key, ())
        if recorded is None or not networks:
            continue
        there = {network.cidr for network in networks}
        for block, role in recorded.replaced.items():
            if role is Role.GATEWAY and str(block) in there:
                path: Path = ("regions", index, "cidr")
                written: object = str(region.cidr)
            elif role is Role.LANDING:
                path, written = ("regions", index, "landing", "cidr"), str(region.landing.cidr)
            elif role is Role.HUB:
                path, written = ("regions", index, "links"), ABSENT
            else:
                continue
            wrong = (
                f"would move the {role} of {region.key} from {block}, which is recorded and live: "
                "another block is another network"
            )
            remedy = (
                f"write {block}, and run `{plans.command}`; or consent to it with "
                f"`{plans.command} RELEASE={region.key}`"
            )
            yield Problem(path, wrong, remedy, written)
