"""Rules about the Redis of regions in GCP, where Konnect has no managed cache.

The rules read the document, as those in ``stacks.rules`` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.addressing import AddressError, parse
from components.addressing.roles import Role
from components.cache.choice import RedisKind
from components.networks.subnets import landing_blocks, require_customer_block
from components.regions import Cloud
from stacks.errors import Path, Problem, nearest

Document = Mapping[str, Any]

_KEYS: Mapping[str, RedisKind] = {
    "external": RedisKind.EXTERNAL,
    "subnetworks": RedisKind.FORWARDED,
}
"""The keys that are for one kind of Redis only."""
_OTHERWISE = "write cache: {gcp: external} or {gcp: local}"


def redis_problems(document: Document) -> Iterator[Problem]:
    """Every violation of a rule about the Redis of a region in GCP."""
    cache = document.get("cache")
    if not isinstance(cache, Mapping):
        return
    kind = cache.get("gcp", RedisKind.FORWARDED)
    if kind not in list(RedisKind):
        return  # The model reports it.
    regions = dict(_regions(document))
    for key, of in _KEYS.items():
        yield from _unused(cache, key, of, RedisKind(kind), regions)
    if kind == RedisKind.EXTERNAL:
        given = cache.get("external")
        for region in regions:
            if not isinstance(given, Mapping) or region not in given:
                wrong = f"is missing for {region}, and cache.gcp is external"
                remedy = f"write external: {{{region}: {{host: ...}}}}, or cache: {{gcp: local}}"
                yield Problem(("cache", "external"), wrong, remedy)
    if kind == RedisKind.FORWARDED:
        for region, (index, of_region) in regions.items():
            yield from _subnetwork(cache, region, index, of_region)


def _unused(
    cache: Document,
    key: str,
    of: RedisKind,
    kind: RedisKind,
    regions: Mapping[str, tuple[int, Document]],
) -> Iterator[Problem]:
    """A key that is for another kind of Redis, or names a region that is not in GCP."""
    given = cache.get(key)
    if not given or not isinstance(given, Mapping):
        return
    if kind is not of:
        wrong = f"is for gcp: {of}, and cache.gcp is {kind}"
        yield Problem(("cache", key), wrong, f"write gcp: {of}, or delete {key}")
        return
    for region in given:
        if region not in regions:
            known = list(regions)
            remedy = nearest(str(region), known) if known else f"delete {key}"
            wrong = "is not a region in GCP of this environment"
            yield Problem(("cache", key, region), wrong, remedy, region)


def _subnetwork(cache: Document, key: str, index: int, region: Document) -> Iterator[Problem]:
    """A landing that is given has a subnetwork for forwarders; one of ours has room for it."""
    subnetworks, landing = cache.get("subnetworks"), region.get("landing")
    named = subnetworks.get(key) if isinstance(subnetworks, Mapping) else None
    at: Path = ("cache", "subnetworks")
    if isinstance(landing, Mapping) and landing.get("network") is not None:
        if named is None:
            wrong = f"is missing for {key}: the landing is given, and forwarders need a subnetwork"
            remedy = (
                f"write subnetworks: {{{key}: projects/<project>/regions/{region.get('region')}"
                f"/subnetworks/<name>}}, or {_OTHERWISE}"
            )
            yield Problem(at, wrong, remedy)
        elif isinstance(named, str):
            yield from _misplaced((*at, key), named, str(region.get("region")), landing)
        return
    if named is not None:
        wrong = "is for a landing that is given; in this one the subnetwork is created"
        yield Problem((*at, key), wrong, f"delete {key}", named)
    text = landing.get("cidr") if isinstance(landing, Mapping) else landing
    if not isinstance(text, str):
        return
    try:
        cidr = parse(text)
        require_customer_block(Cloud.GCP, cidr)
    except AddressError:
        return  # The model reports the block.
    if Role.CACHE not in landing_blocks(Cloud.GCP, cidr):
        wrong = "has no room for the forwarders to the region's Redis"
        path: Path = ("regions", index, "landing", "cidr")
        remedy = f"give the landing a /21 or larger or a /23 to /27, or {_OTHERWISE}"
        yield Problem(path, wrong, remedy, text)


def _misplaced(path: Path, named: str, region: str, landing: Document) -> Iterator[Problem]:
    """A subnetwork that is in another region than the landing, or in another project."""
    if f"/regions/{region}/" not in named:
        yield Problem(path, f"is not in {region}", "name a subnetwork of the region", named)
        return
    network = landing.get("network")
    id_ = network.get("id") if isinstance(network, Mapping) else None
    project = id_.split("/")[1] if isinstance(id_, str) and id_.startswith("projects/") else None
    if project is not None and not named.startswith(f"projects/{project}/"):
        wrong = f"is not in project {project}, in which the network of the landing is"
        yield Problem(path, wrong, "name a subnetwork of the network", named)


def _regions(document: Document) -> Iterator[tuple[str, tuple[int, Document]]]:
    """The regions in GCP with their index, by key."""
    regions = document.get("regions")
    for index, region in enumerate(regions if isinstance(regions, list) else []):
        if isinstance(region, Mapping) and region.get("cloud") == Cloud.GCP:
            yield f"{Cloud.GCP}-{region.get('region')}", (index, region)
