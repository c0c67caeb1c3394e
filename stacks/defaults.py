"""Defaults for the keys that a stack file omits, by the environment's class.

A stack file holds only what differs from its class, so that two environments are easy to compare.
The defaults are merged into the document before rules and models read it. So an error about a
default names the same path as an error about a written value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from components.regions import REGIONS, ApiAccess, CacheTier, cloud_of
from stacks.environments import EnvironmentClass
from stacks.errors import Path, Problem, nearest, shown
from stacks.rules.environment import Document

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
"""The defaults of each class. ``null`` in a stack file switches a default off."""

# A file without a class is refused. These values keep the keys that the class would give from
# being reported as missing too, and require nothing of the other values.
_WITHOUT_CLASS: Document = {**DEFAULTS[EnvironmentClass.DEV], "cache": None}


@dataclass(frozen=True)
class Filled:
    """A document with the values that come from the class and from the region ids."""

    document: Document
    by_class: frozenset[Path]
    """The paths whose values are defaults of the class."""
    problems: tuple[Problem, ...]
    """The omitted values that cannot be derived."""


def fill(stack: str, document: Document) -> Filled:
    """Return a copy of a stack's document that is completed with its defaults.

    The class is ``environment``, or else the stack's name if that is a class. A region without
    ``cloud`` gets the cloud for which Kong documents a region of that id.
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
    """Merge the defaults into the written document, key by key. A written ``null`` is kept."""
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
    """Expand each landing that is only a CIDR block to an object with ``cidr``.

    This is not part of ``fill``, because errors about a landing name the path that is written.
    """
    regions = document.get("regions")
    if not isinstance(regions, list):
        return document
    return {**document, "regions": [_with_landing(region) for region in regions]}


def _with_landing(region: object) -> object:
    if isinstance(region, Mapping) and isinstance(region.get("landing"), str):
        return {**region, "landing": {"cidr": region["landing"]}}
    return region
