"""Rules between the values of a region's private DNS, such as a domain that is claimed twice.

The rules read the document, not the model: so all problems are reported in one run. Values that
cannot be parsed are skipped here; the model reports them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from components.addressing import AddressError, listed, parse
from components.dns.kinds import KINDS, DnsKind
from components.links.kinds import ONE_WAY
from components.networks.subnets import (
    azure_resolver_subnet,
    require_customer_block,
    resolver_subnets,
)
from components.regions import Cloud, default_zones
from stacks.errors import Path, Problem, nearest, yaml_path

_ZONE_FIELDS: Final = ("domain", "zone_id", "records", "authorize")
_RESOLVER_FIELDS: Final = ("domains",)

_ZONE_IDS: Final[Mapping[Cloud, tuple[re.Pattern[str], str, str]]] = {
    Cloud.AWS: (
        re.compile(r"Z[A-Z0-9]{1,31}"),
        "a hosted zone id",
        "the id that `aws route53 list-hosted-zones` prints, without /hostedzone/",
    ),
    Cloud.AZURE: (
        re.compile(
            r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/"
            r"privateDnsZones/[^/]+",
            re.IGNORECASE,
        ),
        "the resource id of a private DNS zone",
        "the id that `az network private-dns zone show` prints",
    ),
    Cloud.GCP: (
        re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
        "the name of a managed zone",
        "the name that `gcloud dns managed-zones list` prints",
    ),
}
"""By cloud: the form of a zone's id, what it is, and where to find it."""


def dns_problems(
    index: int, region: Mapping[str, Any], beyond: Sequence[IPv4Network] = ()
) -> Iterator[Problem]:
    """Every violation of a rule in the private DNS of one region.

    ``beyond`` are the blocks that its gateway reaches over a fabric.
    """
    dns, cloud = region.get("dns"), region.get("cloud")
    if not isinstance(dns, Mapping) or cloud not in list(Cloud):
        return
    declared = {str(key): one for key, one in dns.items() if isinstance(one, Mapping)}
    path: Path = ("regions", index, "dns")
    kinds: dict[str, DnsKind] = {}
    for key, one in declared.items():
        kind = one.get("kind", key)
        if kind in KINDS[Cloud(cloud)]:
            kinds[key] = DnsKind(kind)
        else:
            where: Path = (*path, key, "kind") if "kind" in one else (*path, key)
            wrong = f"is not a kind of private DNS in {cloud}"
            yield Problem(where, wrong, nearest(str(kind), KINDS[Cloud(cloud)]), str(kind))
    for key, kind in kinds.items():
        yield from _below((*path, key), _fields(kind, declared[key]))
        if kind is not DnsKind.OUTBOUND_RESOLVER:
            yield from _below((*path, key), _zone(Cloud(cloud), declared[key]))
            yield from _below((*path, key, "records"), _records(declared[key]))
    resolvers = {key: declared[key] for key, kind in kinds.items() if kind.is_resolver}
    yield from _below(path, _claimed_twice(index, region, declared))
    yield from _below(path, _out_of_reach(region, resolvers, beyond))
    yield from _below(path, _endpoints(Cloud(cloud), region, resolvers))


def _below(path: Path, problems: Iterator[Problem]) -> Iterator[Problem]:
    for problem in problems:
        yield replace(problem, path=(*path, *problem.path))


def _fields(kind: DnsKind, one: Mapping[str, Any]) -> Iterator[Problem]:
    """A zone has its fields, and a resolver has its own."""
    needed, others = ("domains", _ZONE_FIELDS) if kind.is_resolver else ("domain", _RESOLVER_FIELDS)
    if not one.get(needed):
        example = (
            "domains: {corp.example.com: {}}"
            if kind.is_resolver
            else "domain: internal.example.com"
        )
        wrong = f"is missing; kind {kind} needs it"
        yield Problem((needed,), wrong, f"add for example {example}")
    for name in others:
        if name in one:
            yield Problem((name,), f"is not for kind {kind}", f"delete {name}", one[name])


def _zone(cloud: Cloud, one: Mapping[str, Any]) -> Iterator[Problem]:
    """An existing zone has an id of its cloud, and its owner keeps its records."""
    zone_id = one.get("zone_id")
    if not isinstance(zone_id, str):
        return
    form, meaning, remedy = _ZONE_IDS[cloud]
    if not form.fullmatch(zone_id):
        yield Problem(("zone_id",), f"is not {meaning}", f"write {remedy}", zone_id)
    elif cloud is Cloud.AZURE and (name := zone_id.rsplit("/", 1)[1].lower()) != one.get("domain"):
        wrong = f"is the zone {name}, and domain is {one.get('domain')}"
        yield Problem(("zone_id",), wrong, f"write domain: {name}, or another zone_id", zone_id)
    if one.get("records"):
        wrong = "are for a zone that is made here, and zone_id names an existing one"
        yield Problem(("records",), wrong, "delete records, or delete zone_id", one["records"])


def _records(one: Mapping[str, Any]) -> Iterator[Problem]:
    """The values of a record are of its type."""
    records = one.get("records")
    for name, record in records.items() if isinstance(records, Mapping) else ():
        values = record.get("values") if isinstance(record, Mapping) else None
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            continue
        match record.get("type", "A"):
            case "A":
                for place, value in enumerate(values):
                    if _address(value) is None:
                        wrong = "is not an IPv4 address"
                        remedy = "write an address, or type: CNAME"
                        yield Problem((name, "values", place), wrong, remedy, value)
            case "CNAME" if name == "@":
                wrong = "is a CNAME at the name of the zone, which DNS does not allow"
                yield Problem((name, "type"), wrong, "write type: A with addresses", "CNAME")
            case "CNAME" if len(values) != 1:
                wrong = "has several values, and a CNAME has one"
                yield Problem((name, "values"), wrong, "keep one of them", values)


def _domains(one: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The domains of a declaration, with their paths below it."""
    if isinstance(one.get("domain"), str):
        yield ("domain",), one["domain"]
    domains = one.get("domains")
    for domain in domains if isinstance(domains, Mapping) else ():
        yield ("domains", domain), str(domain)


def _claimed_twice(
    index: int, region: Mapping[str, Any], declared: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """A domain is answered in one way. A subdomain may be answered in another.

    Konnect answers the names of a resource endpoint itself.
    """
    seen: dict[str, Path] = {name: ("links", *path) for path, name in _endpoint_names(region)}
    for key, one in declared.items():
        for below, domain in _domains(one):
            path: Path = (key, *below)
            first = seen.setdefault(domain.lower().rstrip("."), ("dns", *path))
            if first != ("dns", *path):
                wrong = f"is in {yaml_path(('regions', index, *first))} too"
                yield Problem(path, wrong, "delete one of the two", domain)


def _endpoint_names(region: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The domain names of the resources of a region's links, with their paths below ``links``."""
    links = region.get("links")
    for key, link in links.items() if isinstance(links, Mapping) else ():
        resources = link.get("resources") if isinstance(link, Mapping) else None
        for name, resource in resources.items() if isinstance(resources, Mapping) else ():
            if isinstance(resource, Mapping) and isinstance(resource.get("domain_name"), str):
                yield (key, "resources", name, "domain_name"), resource["domain_name"].lower()


def _servers(resolvers: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Path, object]]:
    """The servers of each domain, as they are written, with their paths below ``dns``."""
    for key, one in resolvers.items():
        domains = one.get("domains")
        for domain, servers in domains.items() if isinstance(domains, Mapping) else ():
            if isinstance(servers, Mapping):
                yield (key, "domains", domain, "addresses"), servers.get("addresses")


def _out_of_reach(
    region: Mapping[str, Any],
    resolvers: Mapping[str, Mapping[str, Any]],
    beyond: Sequence[IPv4Network],
) -> Iterator[Problem]:
    """A DNS server is in the landing, or in a range that the gateway reaches through the hub."""
    reached = [*_reached(region), *beyond]
    if not reached or not _routes(region):
        for path, _ in _servers(resolvers) if reached else ():
            wrong = "is out of reach: the region has only links that route nothing"
            yield Problem(path[:-1], wrong, "add a link to the landing")
        return
    for path, addresses in _servers(resolvers):
        for place, text in enumerate(addresses if isinstance(addresses, list) else ()):
            address = _address(text)
            if address is None or any(address in block for block in reached):
                continue
            wrong = f"is out of reach: the links of the region lead to {listed(reached)} only"
            remedy = "write the address of a server in there"
            if region.get("cloud") == Cloud.AWS:
                remedy += ", or add its range to landing.reach"
            yield Problem((*path, place), wrong, remedy, text)


def _routes(region: Mapping[str, Any]) -> bool:
    """Whether a link of the region routes to the landing, and not to single services only."""
    links = region.get("links")
    if not isinstance(links, Mapping) or not links:
        return True
    kinds = [
        one.get("kind", key) if isinstance(one, Mapping) else key for key, one in links.items()
    ]
    return any(kind not in list(ONE_WAY) for kind in kinds)


def _reached(region: Mapping[str, Any]) -> list[IPv4Network]:
    """The ranges that the links of a region lead to."""
    landing = region.get("landing")
    written = [landing]
    if isinstance(landing, Mapping):
        reach = landing.get("reach")
        written = [landing.get("cidr"), *(reach if isinstance(reach, list) else ())]
    found = []
    for text in written:
        with suppress(AddressError):
            if isinstance(text, str):
                found.append(parse(text))
    return found


def _endpoints(
    cloud: Cloud, region: Mapping[str, Any], resolvers: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """An inbound endpoint is in a landing that is made here, and there is one in a region."""
    without = [path for path, addresses in _servers(resolvers) if not addresses]
    if not without:
        return
    landing = region.get("landing")
    remedy = "write the addresses of the DNS servers"
    if isinstance(landing, Mapping) and landing.get("network") is not None:
        for path in without:
            wrong = "is missing, and no inbound endpoint is made in a network that is given"
            yield Problem(path, wrong, remedy)
        return
    first = without[0][0]
    for path in without:
        if path[0] != first:
            wrong = f"is missing, and {first} has the inbound endpoint of the region already"
            yield Problem(path, wrong, f"move the domain to {first}, or {remedy}")
    zones = region.get("zones") or default_zones(cloud, str(region.get("region")))
    if cloud is Cloud.AWS and isinstance(zones, list | tuple) and len(zones) < 2:
        wrong = "is missing, and an inbound endpoint needs two zones: the region has one"
        yield Problem(without[0], wrong, f"add a zone, or {remedy}")
    if problem := _no_room(cloud, region):
        yield Problem(without[0], problem, f"write another landing.cidr, or {remedy}")


def _no_room(cloud: Cloud, region: Mapping[str, Any]) -> str | None:
    """Why the landing cannot hold the subnets of an inbound endpoint; None if it can."""
    reached = _reached(region)
    if not reached:
        return None
    try:
        require_customer_block(cloud, reached[0])
    except AddressError:
        return None  # The model reports it.
    if cloud is Cloud.AWS:
        found = resolver_subnets(reached[0], ["any-az1"])
        why = f"landing.cidr {reached[0]} has no room for the subnets of an inbound endpoint"
        return None if found else f"is missing, and {why}"
    try:
        azure_resolver_subnet(reached[0])
    except AddressError as error:
        return f"is missing, and landing.cidr {error.value} {error.wrong}"
    return None


def _address(text: object) -> IPv4Address | None:
    try:
        return IPv4Address(text) if isinstance(text, str) else None
    except ValueError:
        return None
