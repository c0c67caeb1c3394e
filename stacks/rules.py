"""What must hold between the values of one environment.

These rules read the document, not the model built from it, so that an overlap is reported in
the same run as a misspelt key elsewhere. What cannot be read is left to the model's own report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import pairwise
from typing import Any

from components.addressing import SUPER_BLOCKS, AddressError, Block, disjoint, free_near, parse
from components.regions import MANAGED_CACHE_MIN_VERSION, Cloud
from stacks.errors import Path, Problem, yaml_inline, yaml_path
from stacks.tags import tag_problems

Document = Mapping[str, Any]

SUGGESTED_NETWORK_PREFIX = 20
"""Size proposed for a missing gateway network: large enough for any cloud and five zones."""

SUGGESTED_LANDING_PREFIX = 16
"""Size proposed for a missing landing network."""


def environment_problems(document: Document) -> Iterator[Problem]:
    """Every rule between values that the document breaks."""
    yield from _duplicates(document)
    yield from _overlaps(document)
    yield from _cache_needs_version(document)
    yield from _azure_needs_principal(document)
    yield from _tags_suit_clouds(document)


@dataclass(frozen=True)
class _Claim:
    """An address block somewhere in the document."""

    path: Path
    cidr: IPv4Network

    @property
    def is_reach(self) -> bool:
        """Whether it is a range someone else owns and the gateway only reaches."""
        return "reach" in self.path


def _regions(document: Document) -> Iterator[tuple[int, Document]]:
    regions = document.get("regions")
    if isinstance(regions, list):
        for index, region in enumerate(regions):
            if isinstance(region, Mapping):
                yield index, region


def _clouds(document: Document) -> list[Cloud]:
    named = {str(region.get("cloud")) for _, region in _regions(document)}
    return [cloud for cloud in Cloud if cloud in named]


def _claims(document: Document) -> Iterator[_Claim]:
    for index, region in _regions(document):
        base: Path = ("regions", index)
        yield from _claim((*base, "cidr"), region.get("cidr"))
        landing = region.get("landing")
        if isinstance(landing, Mapping):
            yield from _claim((*base, "landing", "cidr"), landing.get("cidr"))
            reach = landing.get("reach")
            for place, block in enumerate(reach if isinstance(reach, list) else []):
                yield from _claim((*base, "landing", "reach", place), block)


def _claim(path: Path, text: object) -> Iterator[_Claim]:
    if isinstance(text, str):
        try:
            yield _Claim(path, parse(text))
        except AddressError:
            return


def _duplicates(document: Document) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for index, region in _regions(document):
        cloud, name = region.get("cloud"), region.get("region")
        if not (isinstance(cloud, str) and isinstance(name, str)):
            continue
        first = seen.setdefault((cloud, name), index)
        if first != index:
            wrong = f"of {cloud} is already {yaml_path(('regions', first))}"
            yield Problem(("regions", index, "region"), wrong, "remove one of the two", name)


def _overlaps(document: Document) -> Iterator[Problem]:
    """Overlaps in the environment, which is one routing domain: hubs and peerings join it all."""
    # A reach goes last, so that it is the side to move: its range belongs to someone else.
    claims = sorted(_claims(document), key=lambda claim: claim.is_reach)
    blocks = [Block(yaml_path(claim.path), claim.cidr) for claim in claims]
    links = pairwise(block.owner for block in blocks)
    claim_of = dict(zip((block.owner for block in blocks), claims, strict=True))
    for conflict in disjoint(blocks, links):
        claim = claim_of[conflict.second.owner]
        wrong = f"overlaps {conflict.first.cidr} of {conflict.first.owner}"
        if claim.is_reach:
            remedy = "reach only what lies outside it"
        elif conflict.suggestion:
            remedy = f"write {claim.path[-1]}: {conflict.suggestion}, which is free"
        else:
            remedy = "no block of its size is free: make it or another one smaller"
        yield Problem(claim.path, wrong, remedy, str(claim.cidr))


def free_blocks_for_missing(document: Document) -> dict[Path, object]:
    """A free block for each network without one, by the path of the missing key.

    It is near the cloud's other blocks, and no two are the same.
    """
    claims = list(_claims(document))
    used = [claim.cidr for claim in claims]
    suggestions: dict[Path, object] = {}

    def suggest(path: Path, cloud: Cloud, prefix: int, *, inside: str | None = None) -> None:
        same = [
            claim.cidr
            for claim in claims
            if claim.path[2:] == ...
        ]
