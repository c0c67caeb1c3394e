"""Rules between regions, public zones, custom domains and the entry of one environment.

They read the settings, not the document: so they run when every value is valid by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from components.domains.base import DnsService, zone_of
from components.entry.kinds import (
    EDGES,
    STEERED_BY_DEFAULT,
    STEERED_IN,
    STEERING,
    EdgeService,
    Routing,
    SteeringService,
    Strategy,
)
from components.entry.places import nearest_aws_region, place_of
from components.placement import control_plane_key
from components.regions import ApiAccess, Cloud
from stacks.errors import Path, Problem, nearest, yaml_inline
from stacks.models.region import Region
from stacks.models.settings import Settings


def entry_problems(settings: Settings) -> Iterator[Problem]:
    """Every violation of a rule about names of the environment."""
    yield from _accounts(settings)
    yield from _domains(settings)
    if settings.entry is None:
        return
    yield from _strategy(settings)
    if settings.led:
        yield from _names(settings)
        yield from _someone_answers(settings)
        yield from _public(settings)
        yield from _steering(settings)
        yield from _edge(settings)


def entry_warnings(settings: Settings) -> Iterator[Problem]:
    """What is accepted about names and may be a mistake."""
    entry = settings.entry
    if entry is None:
        for index, region in enumerate(settings.regions):
            for key in ("weight", "drain"):
                if key in region.model_fields_set:
                    wrong = "has no effect: there is no entry, so no name is steered"
                    yield Problem(("regions", index, key), wrong, f"add entry, or delete {key}")
        return
    if entry.strategy is not Strategy.PER_CLOUD:
        yield from _several_control_planes(settings, entry.name)
    steered = [regions for regions in settings.led.values() if len(regions) > 1]
    service = steering_of(settings, entry.name) if entry.name else entry.service
    if service is SteeringService.CLOUD_DNS and steered and entry.edge is None:
        wrong = (
            "cannot leave out a region that does not answer: Cloud DNS checks the health of "
            "addresses only, and gateways have names"
        )
        remedy = (
            "drain a region by hand, or use route53, traffic-manager, or strategy: edge with "
            "front-door"
        )
        yield Problem(("entry", "service"), wrong, remedy, str(service))
    if entry.edge is not None and settings.api_access is not ApiAccess.PUBLIC:
        wrong = (
            "locks the gateways: requests to their private addresses get 403 too, directly or "
            "through a load_balancer, because they lack the header that the edge adds"
        )
        remedy = "write api_access: public, or lead private clients to the edge too"
        yield Problem(("entry", "edge"), wrong, remedy)
    at_google = entry.edge is not None and entry.edge.service is EdgeService.GOOGLE_LOAD_BALANCER
    if at_google and len(settings.regions) > 1:
        wrong = (
            "cannot leave out a region that does not answer: Google checks no health of endpoints "
            "that are names"
        )
        remedy = "drain a region by hand, or use front-door"
        yield Problem(("entry", "edge", "service"), wrong, remedy, "google-load-balancer")
    if entry.edge is None and (entry.routing or _default_routing(service)) is not Routing.WEIGHTED:
        for index, region in enumerate(settings.regions):
            if "weight" in region.model_fields_set:
                wrong = "has no effect: entry does not share clients by weight"
                remedy = "write entry.routing: weighted, or delete weight"
                yield Problem(("regions", index, "weight"), wrong, remedy, region.weight)


def _several_control_planes(settings: Settings, name: str | None) -> Iterator[Problem]:
    """A name that leads to several control planes, and how their governance differs."""
    planes = {plane_of(settings, region) for region in settings.regions}
    if len(planes) < 2:
        return
    wrong = (
        f"leads to {len(planes)} control planes ({', '.join(sorted(planes))}), and a client may "
        "reach any of them"
    )
    remedy = "keep services, routes, plugins and consumers the same on all of them"
    yield Problem(("entry", "name"), wrong, remedy, name)
    plugins = settings.governance.plugins if settings.governance else {}
    for key, declared in plugins.items():
        overridden = sorted(planes & set(declared.control_planes)) if declared else []
        if overridden:
            wrong = (
                f"makes {key} on {' and '.join(overridden)} differ from the other control planes "
                f"that {name} leads to: what a client gets depends on where it is led"
            )
            remedy = "declare it alike on all of them, or give each cloud a name of its own"
            yield Problem(("governance", "plugins", key, "control_planes"), wrong, remedy)


def plane_of(settings: Settings, region: Region) -> str:
    """The key of a region's control plane in a new environment."""
    wanted = settings.cache is not None
    return control_plane_key(settings.control_planes, region.cloud, region.region, cache=wanted)


def steering_of(settings: Settings, fqdn: str | None) -> SteeringService | None:
    """What steers a name: as written, or by its zone. None for a name in no zone."""
    if settings.entry is not None and settings.entry.service is not None:
        return settings.entry.service
    zone = None if fqdn is None else zone_of(fqdn, settings.zones)
    return None if zone is None else STEERED_BY_DEFAULT[settings.zones[zone].service]


def _default_routing(service: SteeringService | None) -> Routing | None:
    return None if service is None or service not in STEERING else STEERING[service][0]


def _accounts(settings: Settings) -> Iterator[Problem]:
    wanted: list[tuple[Path, str, Cloud]] = [
        (("zones", name, "account"), zone.account, zone.service.cloud)
        for name, zone in settings.zones.items()
        if zone.account is not None
    ]
    entry = settings.entry
    if entry is not None and entry.edge is not None and entry.edge.account is not None:
        wanted.append((("entry", "edge", "account"), entry.edge.account, entry.edge.service.cloud))
    if entry is not None and entry.account is not None:
        wanted.append((("entry", "account"), entry.account, Cloud.AZURE))
    for path, key, cloud in wanted:
        account = settings.accounts.get(key)
        if account is None:
            remedy = nearest(key, settings.accounts) if settings.accounts else "describe it there"
            yield Problem(path, "is not one of accounts", remedy, key)
        elif account.cloud is not cloud:
            wrong = f"is in {account.cloud}, and this is in {cloud}"
            yield Problem(path, wrong, f"name an account in {cloud}", key)


def _domains(settings: Settings) -> Iterator[Problem]:
    planes = list(dict.fromkeys(plane_of(settings, region) for region in settings.regions))
    for fqdn, domain in settings.domains.items():
        path: Path = ("domains", fqdn)
        if fqdn in settings.zones:
            wrong = "is the name of a zone itself, where DNS allows no CNAME record"
            yield Problem(path, wrong, f"use a name below it, such as api.{fqdn}")
        unknown = [key for key in domain.control_planes if key not in planes]
        for key in unknown:
            at = (*path, "control_planes", domain.control_planes.index(key))
            yield Problem(at, "is no control plane of the environment", nearest(key, planes), key)
        serving = domain.control_planes or _led_planes(settings, fqdn)
        if len(serving) > 1 and domain.certificate is None and not unknown:
            wrong = (
                f"is served by {', '.join(serving)}, and Konnect makes a certificate for "
                f"{serving[0]} only"
            )
            remedy = 'add certificate: {cert: "{vault://...}", key: "{vault://...}"} for the others'
            yield Problem((*path, "certificate"), wrong, remedy)


def _led_planes(settings: Settings, fqdn: str) -> Sequence[str]:
    regions = settings.led.get(fqdn, ())
    return list(dict.fromkeys(plane_of(settings, region) for region in regions))


def _strategy(settings: Settings) -> Iterator[Problem]:
    """The keys of ``entry`` that a strategy needs, and those of other strategies."""
    entry = settings.entry
    assert entry is not None
    strategy = entry.strategy
    needed, foreign = ("names", "name") if strategy is Strategy.PER_CLOUD else ("name", "names")
    if not getattr(entry, needed):
        example = (
            "name: api.example.com" if needed == "name" else "names: {aws: aws.api.example.com}"
        )
        wrong = f"is missing, and strategy {strategy} needs it"
        yield Problem(("entry", needed), wrong, f"add {example}")
    if getattr(entry, foreign):
        wrong = f"is not for strategy {strategy}"
        yield Problem(("entry", foreign), wrong, f"write {needed} instead")
    if (entry.edge is not None) != (strategy is Strategy.EDGE):
        if entry.edge is None:
            wrong = "is missing, and strategy edge needs it"
            yield Problem(("entry", "edge"), wrong, "add edge: {service: cloudfront}")
        else:
            wrong = f"is not for strategy {strategy}"
            yield Problem(("entry", "edge"), wrong, "write strategy: edge, or delete edge")
    for key in ("service", "routing"):
        if strategy is Strategy.EDGE and getattr(entry, key) is not None:
            wrong = "is not for strategy edge, where no DNS service steers"
            yield Problem(("entry", key), wrong, f"delete {key}", str(getattr(entry, key)))
    known = [key for region in settings.regions for key in (region.cloud.value, region.key)]
    for at in ("names", "bias"):
        for key in getattr(entry, at):
            if key not in known or (at == "bias" and key in list(Cloud)):
                what = "region or cloud" if at == "names" else "region"
                names = dict.fromkeys(known if at == "names" else known[1::2])
                remedy = nearest(key, list(names))
                yield Problem(("entry", at, key), f"is no {what} of the environment", remedy)
    repeated = [name for name in entry.names.values() if [*entry.names.values()].count(name) > 1]
    for key, name in entry.names.items():
        if name in repeated[1:]:
            wrong = "is written for several keys"
            yield Problem(("entry", "names", key), wrong, "give each a name of its own", name)
            break


def _path_of(settings: Settings, fqdn: str) -> Path:
    entry = settings.entry
    assert entry is not None
    if entry.name is not None:
        return ("entry", "name")
    key = next(key for key, name in entry.names.items() if name == fqdn)
    return ("entry", "names", key)


def _names(settings: Settings) -> Iterator[Problem]:
    """A name in front of gateways needs a certificate on each control plane that it leads to."""
    entry = settings.entry
    assert entry is not None
    for fqdn in settings.led:
        path, planes = _path_of(settings, fqdn), _led_planes(settings, fqdn)
        if fqdn in settings.zones and entry.edge is None:
            wrong = "is the name of a zone itself, where DNS allows no CNAME record"
            yield Problem(path, wrong, f"use a name below it, such as api.{fqdn}", fqdn)
        if entry.edge is not None:
            continue
        domain = settings.domains.get(fqdn)
        if domain is None:
            wrong = "is no custom domain, so the gateways have no certificate for it"
            yield Problem(path, wrong, f"add domains: {{{fqdn}: {{}}}}", fqdn)
            continue
        missing = [key for key in planes if domain.control_planes and key not in _of(domain)]
        if missing:
            wrong = f"leads to {', '.join(missing)} too, which its custom domain does not name"
            remedy = f"write domains.{fqdn}.control_planes: {yaml_inline(planes)}"
            yield Problem(path, wrong, remedy, fqdn)


def _of(domain: object) -> Sequence[str]:
    keys: Sequence[str] = getattr(domain, "control_planes", ())
    return keys


def _someone_answers(settings: Settings) -> Iterator[Problem]:
    """At least one region of each name gets clients."""
    for fqdn, regions in settings.led.items():
        if not regions:
            continue
        drained = [one for one in regions if one.drain]
        last = settings.regions.index(regions[-1])
        if len(drained) == len(regions):
            wrong = f"leaves no region for {fqdn}: all of its regions are drained"
            remedy = "take the drain back in one region first"
            yield Problem(("regions", last, "drain"), wrong, remedy, True)
        elif not any(one.weight for one in regions if not one.drain):
            last = settings.regions.index([one for one in regions if not one.drain][-1])
            wrong = (
                f"leaves no region for {fqdn}: all weights are 0, and DNS then takes all equally"
            )
            remedy = "give one region a weight above 0"
            yield Problem(("regions", last, "weight"), wrong, remedy, 0)


def _public(settings: Settings) -> Iterator[Problem]:
    """Names on the internet lead to public gateways, or to public load balancers with a name."""
    entry = settings.entry
    assert entry is not None
    if settings.api_access is not ApiAccess.PRIVATE:
        return
    led = {one.key for regions in settings.led.values() for one in regions}
    closed = [
        one.key
        for one in settings.regions
        if one.key in led and (entry.strategy is Strategy.EDGE or not _has_public_name(one))
    ]
    if closed:
        wrong = (
            f"leads clients to gateways with public names, and api_access is {ApiAccess.PRIVATE}: "
            f"{', '.join(closed)} has none, and no public health check reaches it"
        )
        remedy = f"write api_access: {ApiAccess.PRIVATE_AND_PUBLIC}, or delete entry"
        if entry.strategy is not Strategy.EDGE:
            remedy += "; in AWS a region may have load_balancer: {internal: false} instead"
        yield Problem(("entry", "strategy"), wrong, remedy, str(entry.strategy))


def _has_public_name(region: Region) -> bool:
    """Whether a private region has a load balancer on the internet. Only AWS names its own."""
    balancer = region.load_balancer
    return region.cloud is Cloud.AWS and balancer is not None and not balancer.internal


def _steering(settings: Settings) -> Iterator[Problem]:
    """What names with several regions need: a zone, a service for it, and a routing of that."""
    entry = settings.entry
    assert entry is not None
    if entry.edge is not None:
        return
    for fqdn, regions in settings.led.items():
        if len(regions) < 2 and entry.strategy is Strategy.PER_CLOUD:
            continue
        path, zone = _path_of(settings, fqdn), zone_of(fqdn, settings.zones)
        if zone is None:
            wrong = "is to be steered between regions, and is in none of zones"
            parent = fqdn.split(".", 1)[1]
            remedy = f"add zones: {{{parent}: {{service: route53}}}}"
            yield Problem(path, wrong, remedy, fqdn)
            continue
        service = steering_of(settings, fqdn)
        assert service is not None
        yield from _service(settings, service, zone, settings.zones[zone].service)
        routing = entry.routing or _default_routing(service)
        if entry.bias and (service is not SteeringService.ROUTE53 or routing != "geoproximity"):
            wrong = f"is for geoproximity in Route 53, and {fqdn} is steered by {routing}"
            yield Problem(("entry", "bias"), f"{wrong} in {service}", "delete bias")
        if service in _OWN_PLACES and routing is not Routing.WEIGHTED:
            yield from _places(path, fqdn, regions, _OWN_PLACES[service])
        if service is SteeringService.ROUTE53 and routing is Routing.LATENCY:
            yield from _aws_regions(regions, routing)


def _service(
    settings: Settings, service: SteeringService, zone: str, is_in: DnsService
) -> Iterator[Problem]:
    entry = settings.entry
    assert entry is not None
    at: Path = ("entry", "service")
    needs = STEERED_IN.get(service)
    if service not in STEERING:
        remedy = f"use one of {', '.join(STEERING)}"
        yield Problem(at, "cannot be chosen yet", remedy, str(service))
    elif needs is not None and is_in is not needs:
        wrong = f"writes names in {needs} only, and the zone {zone} is in {is_in}"
        remedy = f"write service: {STEERED_BY_DEFAULT[is_in]}"
        yield Problem(at, wrong, remedy, str(service))
    elif entry.routing is not None and entry.routing not in STEERING[service]:
        wrong = f"is no routing of {service}"
        remedy = f"use one of {', '.join(STEERING[service])}"
        yield Problem(("entry", "routing"), wrong, remedy, str(entry.routing))


_OWN_PLACES: Final = {
    SteeringService.ROUTE53: Cloud.AWS,
    SteeringService.CLOUD_DNS: Cloud.GCP,
}
"""Services that steer by place, and the cloud whose regions they know themselves."""


def _places(path: Path, fqdn: str, regions: Sequence[Region], own: Cloud) -> Iterator[Problem]:
    """The place of every region is known, to the service or here."""
    for region in regions:
        if region.cloud is not own and place_of(region.cloud, region.region) is None:
            wrong = f"leads to {region.key}, whose place on the map is not known"
            yield Problem(path, wrong, "write entry.routing: weighted", fqdn)
            return


def _aws_regions(regions: Sequence[Region], routing: Routing) -> Iterator[Problem]:
    """By latency, Route 53 needs an AWS region of its own for each region."""
    seen: dict[str, str] = {}
    for region in regions:
        near = nearest_aws_region(region.cloud, region.region)
        if near is None:
            continue
        first = seen.setdefault(near, region.key)
        if first != region.key:
            wrong = (
                f"cannot tell {region.key} from {first}: Route 53 knows the latency of AWS regions "
                f"only, and both are nearest to {near}"
            )
            remedy = "write routing: geoproximity"
            yield Problem(("entry", "routing"), wrong, remedy, str(routing))


def _edge(settings: Settings) -> Iterator[Problem]:
    entry = settings.entry
    assert entry is not None
    if entry.edge is not None and len(set(entry.edge.generations)) < len(entry.edge.generations):
        remedy = "write it once, or a second number to change the secret"
        yield Problem(("entry", "edge", "generations"), "has one number twice", remedy)
    if entry.edge is not None and entry.edge.service not in EDGES:
        remedy = f"use one of {', '.join(EDGES)}" if EDGES else "use strategy: geo"
        at: Path = ("entry", "edge", "service")
        yield Problem(at, "cannot be chosen yet", remedy, str(entry.edge.service))
