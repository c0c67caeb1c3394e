"""Finds the cloud and region of a resource, from its inputs or its name.

Most resources of a landing have no region input: for example roles, routes and peerings. But the
name of every child of a gateway contains its cloud and region (`gateway-prod-aws-us-east-2-tgw`).
So the regions in the inputs of some resources are searched in the names of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.regions import cloud_of
from policies import types
from tools.report.preview import Resource


@dataclass(frozen=True, order=True)
class Place:
    """A cloud (``aws``, ``azure``, ``gcp``, ``konnect``, or empty) and its region, if any."""

    cloud: str
    region: str = ""

    @property
    def title(self) -> str:
        """The place in a report."""
        return " ".join(filter(None, (TITLES[self.cloud], self.region)))

    @property
    def key(self) -> str:
        """The part of its resources' names that identifies the place."""
        return f"{self.cloud}-{self.region}"


TITLES: Final = {
    "konnect": "Konnect, all regions",
    "aws": "AWS",
    "azure": "Azure",
    "gcp": "GCP",
    "": "The stack itself",
}
"""The names of clouds in reports, in the order in which they are shown."""

KONNECT: Final = Place("konnect")
STACK: Final = Place("")

_REGION: Final = re.compile(r"[a-z]+(-[a-z0-9]+)*[0-9]*")
_PACKAGES: Final = {"aws": "aws", "azure-native": "azure", "gcp": "gcp"}


def places(resources: Iterable[Resource]) -> Mapping[str, Place]:
    """The place of every resource, by URN."""
    listed = list(resources)
    regions = {place for one in listed if (place := _own(one)) is not None}
    return {one.urn: _own(one) or _named(one, regions) for one in listed}


def in_order(found: Iterable[Place]) -> list[Place]:
    """Sort places: Konnect, then each cloud by region, then the stack."""
    return sorted(set(found), key=lambda place: (list(TITLES).index(place.cloud), place.region))


def _own(resource: Resource) -> Place | None:
    """The place in the inputs of the resource, if any."""
    inputs: Mapping[str, Any] = resource.after or resource.before or {}
    region = str(inputs.get("region", inputs.get("location")))
    if not _REGION.fullmatch(region):
        return None
    if resource.resource_type == types.NETWORK:
        cloud = cloud_of(region) or _cloud_in(resource.name)
    else:
        cloud = _PACKAGES.get(resource.resource_type.partition(":")[0])
    return Place(str(cloud), region) if cloud else None


def _cloud_in(name: str) -> str | None:
    """The cloud in a network's name, for a region that Kong does not document."""
    return next((cloud for cloud in _PACKAGES.values() if f"-{cloud}-" in name), None)


def _named(resource: Resource, regions: Iterable[Place]) -> Place:
    """The first place in the resource's name, or else the cloud of its package.

    A link between two regions has the names of both. Each of its resources is in its own cloud.
    """
    cloud = _PACKAGES.get(resource.resource_type.partition(":")[0], "")
    name = f"-{resource.name}-"
    found = [
        (at, -len(place.key), place)
        for place in regions
        if (not cloud or place.cloud == cloud) and (at := name.find(f"-{place.key}-")) >= 0
    ]
    if found:
        return min(found)[2]
    if resource.resource_type.startswith("pulumi-python:dynamic/konnect:"):
        return KONNECT
    return Place(cloud)
