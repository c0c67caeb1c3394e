"""What a stack file leaves out: the defaults of its environment's class, and what follows.

An environment can only be compared with another when both say what is special about them, so a
file holds what differs from its class and nothing else. The table is applied to the document
before rules and models read it: an error then names the same path as if it had been written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from components.regions import REGIONS, ApiAccess, CacheTier, cloud_of
from stacks.errors import Path, Problem, nearest, shown
from stacks.rules import Document


class EnvironmentClass(StrEnum):
    """What an environment is for."""

    DEV = "dev"
    """Tried out and thrown away: small, public, unprotected."""
    STAGING = "staging"
    """Shaped like production, for test traffic: public, unprotected."""
    PROD = "prod"
    """Serves customers: private listeners, large, protected from deletion."""


DEFAULTS: Mapping[EnvironmentClass, Document] = MappingProxyType(
    {
        EnvironmentClass.DEV: {
            "api_access": ApiAccess.PRIVATE_AND_PUBLIC.value,
            "autoscale": {"base_rps": 10},
            "protect": False,
            "cache": {"tier": CacheTier.SMALL.value},
            "rate_limit": {"limit": 1000, "window_size": 60},
        },
        EnvironmentClass.STAGING: {
            "api_access": ApiAccess.PRIVATE_AND_PUBLIC.value,
            "autoscale": {"base_rps": 100},
            "protect": False,
            "cache": {"tier": CacheTier.SMALL.value},
            "rate_limit": {"limit": 1000, "window_size": 60},
        },
        EnvironmentClass.PROD: {
            "api_access": ApiAccess.PRIVATE.value,
            "autoscale": {"base_rps": 1000},
            "protect": True,
            "cache": {"tier": CacheTier.XLARGE.value},
            "rate_limit": {"limit": 10000, "window_size": 60},
        },
    }
)
"""What each class gives where a file says nothing. ``null`` in a file switches one off."""

# A file without a class is refused. These only keep what the class would give from being told
# as missing too, and ask nothing of the other values.
_WITHOUT_CLASS: Document = {**DEFAULTS[EnvironmentClass.DEV], "cache": None}


@dataclass(frozen=True)
class Filled:
    """A document with all that its author left to the class and to the region ids."""

    document: Document
    by_class: frozenset[Path]
    """The paths whose values the class gave."""
    problems: tuple[Problem, ...]
    """What was left out and cannot be derived."""


def fill(stack: str, document: Document) -> Filled:
    """Complete a stack's document; the one given is not changed.

    The class is ``environment``, or the stack's name where that is a class. A region without
    ``cloud`` gets the cloud whose documented region has its id.
    """
    problems: list[Problem] = []
    by_class: set[Path] = set()
    complete = dict(document)
    if "environment" not in complete and stack in list(EnvironmentClass):
        complete["environment"] = stack
    environment = complete.get("environment")
    if "environment" not in complete:
        wrong = "is missing, and the name of the stack is no class"
        remedy = "add environment: dev, staging or prod, whose defaults it takes"
        problems.append(Problem(("environment",), wrong, remedy))
    if environment in list(EnvironmentClass):
        defaults = DEFAULTS[EnvironmentClass(environment)]
        complete = _merged(complete, defaults, (), by_class)
    else:
        complete = _merged(complete, _WITHOUT_CLASS, (), set())
    if isinstance(regions := complete.get("regions"), list):
        complete["regions"] = [
            _with_cloud(region, ("regions", index), problems)
            for index, region in enumerate(regions)
        ]
    return Filled(complete, frozenset(by_class), tuple(problems))


def _merged(
    written: Document, defaults: Document, path: Path, defaulted: set[Path]
) -> dict[str, Any]:
    """Lay what is written over the defaults, key by key; a written ``null`` stays one."""
    merged = dict(written)
    for key, default in defaults.items():
        if key not in merged:
            merged[key] = default
            defaulted.add((*path, key))
        elif isinstance(default, Mapping) and isinstance(merged[key], Mapping):
            merged[key] = _merged(merged[key], default, (*path, key), defaulted)
    return merged


def _with_cloud(region: object, path: Path, problems: list[Problem]) -> object:
    if not isinstance(region, Mapping) or "cloud" in region:
        return region
    name = region.get("region")
    if not isinstance(name, str):
        return region
    if cloud := cloud_of(name):
        return {**region, "cloud": cloud.value}
    known = [documented for regions in REGIONS.values() for documented in regions]
    wrong = f"is missing, and Kong documents no region {shown(name)}"
    remedy = f"{nearest(name, known)} (otherwise add cloud)"
    problems.append(Problem((*path, "cloud"), wrong, remedy))
    return region


def in_full(document: Document) -> Document:
    """Write each landing that is its CIDR block alone as the object it stands for.

    Apart from ``fill``, because what is told about a landing names the path that is written.
    """
    regions = document.get("regions")
    if not isinstance(regions, list):
        return document
    return {**document, "regions": [_with_landing(region) for region in regions]}


def _with_landing(region: object) -> object:
    if isinstance(region, Mapping) and isinstance(region.get("landing"), str):
        return {**region, "landing": {"cidr": region["landing"]}}
    return region
