"""Rules about the links of one region: what a kind cannot do, and which kinds exclude each other.

The rules read the document, like those in ``stacks.rules``. Values that cannot be parsed are
skipped here; the model reports them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations
from typing import Any, Final

from components.addressing import AddressError, parse
from components.links.kinds import KINDS, ONE_WAY, OVER_A_HUB, LinkChoice, LinkKind, links_of
from components.regions import Cloud
from stacks.errors import Path, Problem, yaml_path

Document = Mapping[str, Any]

_HUBS: Final[Mapping[Cloud, str]] = {
    Cloud.AWS: "write links: {transit-gateway: {}}, or delete reach",
    Cloud.AZURE: "add a link virtual-hub, or delete reach",
    Cloud.GCP: "delete reach",
}
"""How a region in a cloud gets a link over a hub."""

_HUB_KEYS: Final = ("hub_id", "address_prefix", "landing_connected")
_HUB_LONGEST: Final = 24
"""The longest prefix of a virtual hub's block. Source: Microsoft's FAQ on Virtual WAN."""


def links_problems(index: int, region: Document) -> Iterator[Problem]:
    """Every violation of a rule by the links of a region; ``index`` is its place in regions."""
    if region.get("cloud") not in list(Cloud):
        return
    written = region.get("links")
    links: Document = written if isinstance(written, Mapping) else {}
    choices = _choices(Cloud(str(region["cloud"])), links)
    path: Path = ("regions", index)
    yield from _exclusive((*path, "links"), links, choices)
    yield from _landing((*path, "landing"), region, choices)
    for choice in choices:
        link = links.get(choice.key)
        if isinstance(link, Mapping):
            yield from _resources((*path, "links", choice.key), choice.kind, link)
            yield from _hub((*path, "links", choice.key), choice.kind, link)
    yield from _domains((*path, "links"), links)


def _choices(cloud: Cloud, links: Document) -> list[LinkChoice]:
    """The links whose kind the cloud has; the default link if none is written."""
    named = []
    for key, link in links.items():
        kind = link.get("kind") or key if isinstance(link, Mapping) else key
        if kind in list(KINDS[cloud]):
            named.append(LinkChoice(key, LinkKind(str(kind))))
    return list(links_of(cloud, named)) if named or not links else []


def _exclusive(path: Path, links: Document, choices: list[LinkChoice]) -> Iterator[Problem]:
    for first, second in combinations(choices, 2):
        if reason := first.conflict(second):
            wrong = f"cannot be beside {first.key}: {reason}"
            value = links.get(second.key)
            yield Problem((*path, second.key), wrong, "delete one of the two", value)


def _landing(path: Path, region: Document, choices: list[LinkChoice]) -> Iterator[Problem]:
    """What the landing asks for that none of the links can do."""
    landing = region.get("landing")
    if not isinstance(landing, Mapping) or not choices:
        return
    kinds = ", ".join(dict.fromkeys(choice.kind.value for choice in choices))
    if (reach := landing.get("reach")) and not any(one.kind in OVER_A_HUB for one in choices):
        wrong = f"needs a link over a hub, and the region has {kinds}: a peering is not transitive"
        yield Problem((*path, "reach"), wrong, _HUBS[Cloud(str(region["cloud"]))], reach)
    if "ports" in landing and all(one.kind in ONE_WAY for one in choices):
        wrong = f"has no effect: the region has only {kinds}, and each service has its own ports"
        yield Problem((*path, "ports"), wrong, "delete ports", landing["ports"])


def _resources(path: Path, kind: LinkKind, link: Document) -> Iterator[Problem]:
    resources = link.get("resources")
    if kind is not LinkKind.RESOURCE_ENDPOINT:
        if resources:
            wrong = f"is for a resource-endpoint only, and this link is a {kind}"
            remedy = "delete resources, or write kind: resource-endpoint"
            yield Problem((*path, "resources"), wrong, remedy)
        return
    if not resources:
        remedy = (
            "add for example resources: {orders: {domain_name: orders.acme.internal, "
            'ip_address: "10.65.1.20"}}'
        )
        yield Problem((*path, "resources"), "is missing: it names the services", remedy)
    for key, resource in _mappings(resources):
        targets = [name for name in ("ip_address", "dns_name") if resource.get(name) is not None]
        if len(targets) != 1:
            wrong = "has both an ip_address and a dns_name" if targets else "has no target"
            remedy = "write one of ip_address and dns_name"
            yield Problem((*path, "resources", key), wrong, remedy)


def _hub(path: Path, kind: LinkKind, link: Document) -> Iterator[Problem]:
    """A virtual hub is given or created; no other kind of link has the keys that say so."""
    written = [key for key in _HUB_KEYS if link.get(key) not in (None, False)]
    if kind is not LinkKind.VIRTUAL_HUB:
        for key in written:
            wrong = f"is for a virtual-hub only, and this link is a {kind}"
            yield Problem((*path, key), wrong, f"delete {key}", link[key])
        return
    hub_id, prefix = link.get("hub_id"), link.get("address_prefix")
    if hub_id is None and prefix is None:
        remedy = "add hub_id, or for example address_prefix: 10.82.0.0/23 for a hub of its own"
        yield Problem(path, "names no hub", remedy, dict(link))
    if hub_id is not None and prefix is not None:
        wrong = "is for a hub that is created here, and hub_id names one that exists"
        yield Problem((*path, "address_prefix"), wrong, "delete one of the two", prefix)
    if hub_id is None and "landing_connected" in written:
        wrong = "is for a hub that exists, and a hub that is created here has no connection yet"
        yield Problem((*path, "landing_connected"), wrong, "delete it", True)
    with suppress(AddressError):
        if isinstance(prefix, str) and parse(prefix).prefixlen > _HUB_LONGEST:
            wrong, remedy = "is too small for a virtual hub", "write a block of /24 or larger"
            yield Problem((*path, "address_prefix"), wrong, remedy, prefix)


def _domains(path: Path, links: Document) -> Iterator[Problem]:
    """A domain name leads to one service of a region."""
    seen: dict[str, Path] = {}
    for key, link in _mappings(links):
        for name, resource in _mappings(link.get("resources")):
            domain = resource.get("domain_name")
            if not isinstance(domain, str):
                continue
            place = (*path, key, "resources", name, "domain_name")
            if (first := seen.setdefault(domain.lower(), place)) != place:
                wrong = f"is the name of {yaml_path(first[:-1])} too"
                yield Problem(place, wrong, "give each service a name of its own", domain)


def _mappings(value: object) -> Iterator[tuple[str, Document]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, Mapping):
                yield str(key), item
