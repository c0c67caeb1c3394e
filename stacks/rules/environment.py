"""Rules between the values of one environment, such as overlapping CIDR blocks.

The rules read the document, not the model: so an overlap is reported in the same run as a misspelt
key elsewhere. Values that cannot be parsed are skipped here; the model reports them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from itertools import pairwise
from typing import Any

from components.addressing import (
    AddressError,
    Block,
    disjoint,
    free_gateway_block,
    free_near,
    parse,
)
from components.addressing.plan import SUPER_BLOCKS
from components.networks.subnets import free_customer_block
from components.placement import Placement
from components.regions import (
    DEFAULT_ZONE_COUNT,
    MANAGED_CACHE_CLOUDS,
    MANAGED_CACHE_MIN_VERSION,
    Cloud,
)
from stacks.errors import Path, Problem, Suggestions, nearest, yaml_path
from stacks.rules.dns import dns_problems
from stacks.rules.links import links_problems
from stacks.rules.load_balancers import load_balancer_problems
from stacks.rules.redis import redis_problems
from stacks.tags import tag_problems

Document = Mapping[str, Any]

VERSION = re.compile(r"[1-9][0-9]?\.(0|[1-9][0-9]?)")
"""A gateway version: major and minor only, because Kong applies patch versions."""

# The prefix proposed for missing networks: large enough for every cloud and number of zones.
_NETWORK_PREFIX = 20
_LANDING_PREFIX = 16


def environment_problems(
    document: Document, suggestions: Suggestions, by_class: Collection[Path] = ()
) -> Iterator[Problem]:
    """Every violation of a rule between values in the document.

    ``suggestions`` are the blocks proposed for missing networks; other remedies do not propose
    them. ``by_class`` are the paths whose values are defaults of the class.
    """
    yield from _duplicates(document)
    yield from _overlaps(document, suggestions)
    yield from _cache_needs_version(document, by_class)
    yield from _cache_needs_planes_of_one_region(document)
    yield from _azure_needs_principal(document)
    yield from _tags_suit_clouds(document)
    yield from _accounts(document)
    for index, region in regions_of(document):
        yield from dns_problems(index, region, fabric_reach(document, index))
        yield from links_problems(index, region)
    yield from load_balancer_problems(document)
    yield from redis_problems(document)


@dataclass(frozen=True)
class _Claim:
    """A CIDR block in the document."""

    path: Path
    cidr: IPv4Network
    cloud: object

    @property
    def side(self) -> str:
        """The block's owner: ``cidr`` the gateway, ``landing`` the landing, ``reach`` others,
        ``links`` a hub of a link, ``fabric`` a spoke."""
        sides = ("fabric", "reach", "landing", "links", "cidr")
        return next(side for side in sides if side in self.path)


def regions_of(document: Document) -> Iterator[tuple[int, Document]]:
    """The regions of a document with their indexes."""
    regions = document.get("regions")
    if isinstance(regions, list):
        for index, region in enumerate(regions):
            if isinstance(region, Mapping):
                yield index, region


def spokes_of(document: Document) -> Iterator[tuple[str, Document]]:
    """The spokes of a document's fabric with their names."""
    fabric = document.get("fabric")
    spokes = fabric.get("spokes") if isinstance(fabric, Mapping) else None
    for name, spoke in spokes.items() if isinstance(spokes, Mapping) else ():
        if isinstance(spoke, Mapping):
            yield str(name), spoke


def transit_networks_of(document: Document) -> Iterator[tuple[str, str]]:
    """The blocks of Aviatrix transit networks, by the key of their region."""
    fabric = document.get("fabric")
    aviatrix = fabric.get("aviatrix") if isinstance(fabric, Mapping) else None
    networks = aviatrix.get("networks") if isinstance(aviatrix, Mapping) else None
    for key, text in networks.items() if isinstance(networks, Mapping) else ():
        if isinstance(text, str):
            yield str(key), text


def _clouds(document: Document) -> list[Cloud]:
    named = {str(region.get("cloud")) for _, region in regions_of(document)}
    return [cloud for cloud in Cloud if cloud in named]


def _claims(document: Document) -> Iterator[_Claim]:
    """Every CIDR block of the document that ``parse`` can read."""
    for index, region in regions_of(document):
        landing = region.get("landing")
        written: list[tuple[Path, object]] = [(("cidr",), region.get("cidr"))]
        if isinstance(landing, Mapping):
            written.append((("landing", "cidr"), landing.get("cidr")))
            reach = landing.get("reach")
            for place, text in enumerate(reach if isinstance(reach, list) else []):
                written.append((("landing", "reach", place), text))
        else:
            written.append((("landing",), landing))
        links = region.get("links")
        for key, link in links.items() if isinstance(links, Mapping) else ():
            if isinstance(link, Mapping):
                written.append((("links", key, "address_prefix"), link.get("address_prefix")))
        for path, text in written:
            if isinstance(text, str):
                with suppress(AddressError):
                    yield _Claim(("regions", index, *path), parse(text), region.get("cloud"))
    for name, spoke in spokes_of(document):
        if isinstance(text := spoke.get("cidr"), str):
            with suppress(AddressError):
                path = ("fabric", "spokes", name, "cidr")
                yield _Claim(path, parse(text), str(spoke.get("region")).partition("-")[0])
    for key, text in transit_networks_of(document):
        with suppress(AddressError):
            path = ("fabric", "aviatrix", "networks", key)
            yield _Claim(path, parse(text), key.partition("-")[0])


def blocks_of(document: Document) -> Iterator[tuple[Path, IPv4Network]]:
    """Every CIDR block of a document that can be read, with its path."""
    for claim in _claims(document):
        yield claim.path, claim.cidr


def fabric_reach(document: Document, index: int) -> list[IPv4Network]:
    """The blocks beyond its own landing that the gateway of a region reaches over the fabric.

    They are the landings of other regions, what is behind their hubs, and spokes. There are none
    without a fabric.
    """
    fabric = document.get("fabric")
    if not isinstance(fabric, Mapping):
        return []
    segments = fabric.get("segments")
    closed = {
        str(name)
        for name, one in (segments.items() if isinstance(segments, Mapping) else ())
        if isinstance(one, Mapping) and one.get("gateways") is False
    }
    open_spokes = {
        name for name, spoke in spokes_of(document) if spoke.get("segment") not in closed
    }
    found = []
    for claim in _claims(document):
        match claim.path:
            case ("regions", place, "landing", *_) if place != index:
                found.append(claim.cidr)
            case ("fabric", "spokes", name, *_) if name in open_spokes:
                found.append(claim.cidr)
    return found


def _duplicates(document: Document) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for index, region in regions_of(document):
        cloud, name = region.get("cloud"), region.get("region")
        if cloud not in list(Cloud) or not isinstance(name, str):
            continue
        first = seen.setdefault((cloud, name), index)
        if first != index:
            wrong = f"is in {yaml_path(('regions', first))} too"
            yield Problem(("regions", index, "region"), wrong, "delete one of the two", name)


def _overlaps(document: Document, suggestions: Suggestions) -> Iterator[Problem]:
    """Overlapping blocks: hubs and peerings join the environment into one routing domain.

    A block that overlaps several others is one problem.
    """
    # The second of two blocks has to move. So ``reach`` comes last: someone else owns its range.
    claims = sorted(_claims(document), key=lambda claim: claim.side == "reach")
    blocks = [Block(yaml_path(claim.path), claim.cidr) for claim in claims]
    links = pairwise(block.owner for block in blocks)
    overlapped: dict[str, list[str]] = {}
    for conflict in disjoint(blocks, links):
        first = f"{conflict.first.cidr} of {conflict.first.owner}"
        overlapped.setdefault(conflict.second.owner, []).append(first)
    taken = [*(claim.cidr for claim in claims), *suggestions.values()]
    for claim in claims:
        if others := overlapped.get(yaml_path(claim.path)):
            remedy = _place_for(document, claim, taken)
            yield Problem(claim.path, f"overlaps {' and '.join(others)}", remedy, str(claim.cidr))


def _place_for(document: Document, claim: _Claim, taken: list[IPv4Network]) -> str:
    """The remedy for an overlap: a free block, which is added to ``taken``, or other advice."""
    if claim.side == "reach":
        return "write a range that does not overlap it"
    free = None
    if claim.cloud in list(Cloud):
        cloud = Cloud(str(claim.cloud))
        if claim.side == "cidr":
            zones = document["regions"][claim.path[1]].get("zones")
            # If no zones are named, there are at most three.
            number = len(zones) if isinstance(zones, list) else DEFAULT_ZONE_COUNT
            free = free_gateway_block(cloud, claim.cidr, number, taken)
        else:
            free = free_customer_block(cloud, claim.cidr, taken)
    if free is None:
        return "no block of this size is free; use a smaller block here or for another network"
    taken.append(free)
    return f"write {claim.path[-1]}: {free}, which is free"


def free_blocks_for_missing(document: Document) -> dict[Path, IPv4Network]:
    """Find a free block for each network without one, by the path of the missing key.

    The blocks are near the cloud's other blocks of the same kind, and they differ from each other.
    """
    claims = list(_claims(document))
    missing: dict[Path, IPv4Network] = {}

    def propose(index: int, cloud: Cloud, place: Path, prefix: int) -> None:
        side = str(place[0])
        alike = [claim for claim in claims if claim.cloud == cloud and claim.side == side]
        near = alike[-1].cidr if alike else SUPER_BLOCKS[cloud]
        wanted = IPv4Network((int(near.network_address), prefix), strict=False)
        if block := free_near(wanted, [claim.cidr for claim in claims]):
            path: Path = ("regions", index, *place)
            claims.append(_Claim(path, block, cloud))
            missing[path] = block

    for index, region in regions_of(document):
        if region.get("cloud") not in list(Cloud):
            continue
        cloud = Cloud(region["cloud"])
        if region.get("cidr") is None:
            propose(index, cloud, ("cidr",), _NETWORK_PREFIX)
        landing = region.get("landing") or {}
        if isinstance(landing, Mapping) and landing.get("cidr") is None:
            propose(index, cloud, ("landing", "cidr"), _LANDING_PREFIX)
    return missing


def _cache_needs_version(document: Document, by_class: Collection[Path]) -> Iterator[Problem]:
    version, least = document.get("version"), MANAGED_CACHE_MIN_VERSION
    if document.get("cache") is None or not isinstance(version, str):
        return
    if VERSION.fullmatch(version) and release(version) < least:
        given = (
            f", which {document['environment']} has by default" if ("cache",) in by_class else ""
        )
        wrong = "is too old for gateway.cache{}: the managed cache needs {}.{} or later"
        remedy = 'write version: "{}.{}", or cache: null'
        yield Problem(("version",), wrong.format(given, *least), remedy.format(*least), version)


def _cache_needs_planes_of_one_region(document: Document) -> Iterator[Problem]:
    """A GCP region's Redis must not serve other regions: each API call would wait for it."""
    if document.get("cache") is None or document.get("control_planes") != Placement.PER_CLOUD:
        return
    for cloud in _clouds(document):
        there = [str(r.get("region")) for _, r in regions_of(document) if r.get("cloud") == cloud]
        if cloud not in MANAGED_CACHE_CLOUDS and len(there) > 1:
            wrong = (
                f"gives {', '.join(there)} one control plane, and with a cache each {cloud} region "
                "needs its own: Konnect has no managed cache there, only a Redis for one region"
            )
            remedy = "write control_planes: per-region, or shared, or cache: null"
            yield Problem(("control_planes",), wrong, remedy, document["control_planes"])


def _azure_needs_principal(document: Document) -> Iterator[Problem]:
    here = next(
        (i for i, region in regions_of(document) if region.get("cloud") == Cloud.AZURE), None
    )
    azure = document.get("azure")
    if here is None or not (azure is None or isinstance(azure, Mapping)):
        return
    azure = azure or {}
    if azure.get("consent") != "manual" and azure.get("kong_principal_id") is None:
        wrong = f"is missing; Kong needs it for the peering of {yaml_path(('regions', here))}"
        remedy = (
            "add the id that `az ad sp show --id <Kong's application id> --query id` prints, or "
            "write azure: {consent: manual}"
        )
        yield Problem(("azure", "kong_principal_id"), wrong, remedy)


def _tags_suit_clouds(document: Document) -> Iterator[Problem]:
    tags = document.get("tags")
    if isinstance(tags, Mapping):
        readable = {key: value for key, value in tags.items() if isinstance(value, str)}
        for cloud in _clouds(document):
            for problem in tag_problems(cloud, readable):
                yield replace(problem, path=("tags", *problem.path))


# The key of an account by its cloud.
_ACCOUNT_KEYS: Mapping[Cloud, str] = {
    Cloud.AWS: "role_arn",
    Cloud.AZURE: "subscription_id",
    Cloud.GCP: "project",
}


def _accounts(document: Document) -> Iterator[Problem]:
    """A region's account is one of ``accounts``, and of the region's cloud. Each has its name."""
    accounts = document.get("accounts")
    if not isinstance(accounts, Mapping):
        accounts = {}
    for index, region in regions_of(document):
        name, cloud = region.get("account"), region.get("cloud")
        if not isinstance(name, str) or cloud not in list(Cloud):
            continue
        path: Path = ("regions", index, "account")
        key = _ACCOUNT_KEYS[Cloud(str(cloud))]
        if name not in accounts:
            known = [str(one) for one in accounts]
            remedy = (
                nearest(name, known)
                if known
                else f"describe it: accounts: {{{name}: {{{key}: ...}}}}, or delete account"
            )
            yield Problem(path, "is not one of accounts", remedy, name)
        elif key not in (of := _account_keys(accounts[name])) and of:
            yield Problem(path, f"is not in {cloud}: it has no {key}", f"name one with {key}", name)
    used = [holder.get("account") for holder in _account_holders(document)]
    seen: dict[object, str] = {}
    for name, account in accounts.items():
        if not isinstance(account, Mapping):
            continue
        if name not in used:
            remedy = "name it in a region, or delete it"
            yield Problem(("accounts", name), "is not used by any region", remedy)
        for key in _ACCOUNT_KEYS.values():
            if (value := account.get(key)) is None:
                continue
            if (first := seen.setdefault((key, _account_id(key, value)), name)) != name:
                wrong = f"is the same account as accounts.{first}"
                yield Problem(("accounts", name, key), wrong, f"use {first} for both", value)


def _account_holders(document: Document) -> Iterator[Document]:
    """What may name an account: regions, zones, the entry and its edge."""
    for _, region in regions_of(document):
        yield region
    zones, entry = document.get("zones"), document.get("entry")
    others = list(zones.values()) if isinstance(zones, Mapping) else []
    if isinstance(entry, Mapping):
        others += [entry, entry.get("edge")]
    for other in others:
        if isinstance(other, Mapping):
            yield other


def _account_keys(account: object) -> list[str]:
    """The keys that say which account it is. None: the model reports that."""
    if not isinstance(account, Mapping):
        return []
    return [key for key in _ACCOUNT_KEYS.values() if account.get(key) is not None]


def _account_id(key: str, value: object) -> object:
    """The account in a value: two roles of one AWS account would be one provider."""
    parts = str(value).split(":")
    return parts[4] if key == "role_arn" and len(parts) > 4 else str(value).lower()


def release(version: str) -> tuple[int, int]:
    """A gateway version such as ``3.13`` as two numbers, for comparisons."""
    major, minor = version.split(".")
    return int(major), int(minor)
