"""Rules about the load balancers of regions: which kinds there are, and what targets can be.

The rules read the document, as those in ``stacks.rules`` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any, Final

from components.addressing import AddressError, parse
from components.addressing.roles import Role
from components.load_balancers.base import KINDS, LoadBalancerKind
from components.networks.subnets import (
    azure_load_balancer_subnet,
    landing_blocks,
    load_balancer_subnets,
)
from components.regions import ApiAccess, Cloud
from stacks.errors import Path, Problem, nearest

Document = Mapping[str, Any]

TARGET_RANGES: Final = tuple(
    map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"))
)
"""AWS: the ranges of targets outside the VPC of their load balancer."""
_FEWEST_ZONES: Final = {LoadBalancerKind.APPLICATION: 2, LoadBalancerKind.NETWORK: 1}
_ONE_WAY: Final = "resource-endpoint"
"""The kind of link over which only the gateway opens connections."""
_KEYS: Final[Mapping[str, tuple[Cloud, ...]]] = {
    "certificate_arn": (Cloud.AWS,),
    "web_acl_arn": (Cloud.AWS,),
    "subnet_ids": (Cloud.AWS, Cloud.GCP),
    "certificate_secret_id": (Cloud.AZURE,),
    "identity_id": (Cloud.AZURE,),
    "gateway_name": (Cloud.AZURE,),
}
"""The keys that are not for every cloud, and the clouds that they are for."""


def load_balancer_problems(document: Document) -> Iterator[Problem]:
    """Every violation of a rule about a load balancer of a region."""
    regions = document.get("regions")
    for index, region in enumerate(regions if isinstance(regions, list) else []):
        if isinstance(region, Mapping) and isinstance(region.get("load_balancer"), Mapping):
            for problem in _problems(document, region, region["load_balancer"]):
                yield replace(problem, path=("regions", index, *problem.path))


def _problems(document: Document, region: Document, wanted: Document) -> Iterator[Problem]:
    at: Path = ("load_balancer",)
    delete = "delete load_balancer"
    if document.get("api_access") == ApiAccess.PUBLIC:
        wrong = "leads to private addresses, and with api_access: public the gateway has none"
        yield Problem(at, wrong, f"write api_access: private, or {delete}")
    cloud = region.get("cloud")
    if cloud not in list(Cloud):
        return
    kinds = KINDS.get(Cloud(cloud), ())
    if not kinds:
        yield Problem(at, f"cannot be created in {cloud}", delete)
        return
    kind = wanted.get("kind", kinds[0])
    if kind not in kinds:
        wrong = f"is not a kind of load balancer in {cloud}"
        yield Problem((*at, "kind"), wrong, nearest(str(kind), [str(one) for one in kinds]), kind)
        return
    links = region.get("links")
    if isinstance(links, Mapping) and links and all(_is_one_way(*link) for link in links.items()):
        wrong = f"has no way to the gateway: {_ONE_WAY} carries only what the gateway calls"
        yield Problem(at, wrong, f"add a link with routes, such as vpc-peering, or {delete}")
    for key, only in _KEYS.items():
        if wanted.get(key) and cloud not in only:
            wrong = f"is for {' and '.join(only)} only"
            yield Problem((*at, key), wrong, f"delete {key}", wanted[key])
    if check := _BY_CLOUD.get(Cloud(cloud)):
        yield from check(region, wanted, LoadBalancerKind(kind))


def _is_one_way(key: str, link: object) -> bool:
    return (link.get("kind", key) if isinstance(link, Mapping) else key) == _ONE_WAY


def _aws(region: Document, wanted: Document, kind: LoadBalancerKind) -> Iterator[Problem]:
    at: Path = ("load_balancer",)
    cidr = _block(region.get("cidr"))
    if cidr is not None and not any(cidr.subnet_of(allowed) for allowed in TARGET_RANGES):
        ranges = ", ".join(map(str, TARGET_RANGES))
        wrong = f"cannot have targets in the gateway's block {cidr}: AWS takes only {ranges}"
        yield Problem(at, wrong, "choose another cidr for the region, or delete load_balancer")
    yield from _arns(region, wanted, kind)
    subnets = wanted.get("subnet_ids")
    if subnets:
        if isinstance(subnets, Mapping) and len(subnets) < _FEWEST_ZONES[kind]:
            yield Problem((*at, "subnet_ids"), "names one subnet, and an ALB needs two", "add one")
        return
    landing = region.get("landing")
    if isinstance(landing, Mapping) and landing.get("network") is not None:
        wrong = "is missing, and the landing is not created here"
        yield Problem((*at, "subnet_ids"), wrong, "name subnets of the landing")
        return
    if wanted.get("internal") is False:
        wrong = "needs a way from the internet, and a landing that is created here has none"
        remedy = "name subnet_ids with a route to an internet gateway, or delete internal"
        yield Problem((*at, "internal"), wrong, remedy, False)
    yield from _room(region, kind)


def _azure(region: Document, wanted: Document, kind: LoadBalancerKind) -> Iterator[Problem]:
    """An Application Gateway has a certificate, and a subnet of its own in a landing of ours."""
    del kind
    at: Path = ("load_balancer",)
    for key, what in (
        ("certificate_secret_id", "the certificate that clients see"),
        ("identity_id", "the identity that may read the certificate"),
        ("gateway_name", "the name in the certificate of the gateway, which it checks"),
    ):
        if not wanted.get(key):
            wrong = "is missing; an Application Gateway needs it"
            yield Problem((*at, key), wrong, f"write {what}")
    landing = region.get("landing")
    if isinstance(landing, Mapping) and landing.get("network") is not None:
        wrong = "needs a subnet of its own, and the landing is not created here"
        yield Problem(at, wrong, "delete load_balancer, or let the landing be created here")
        return
    cidr = _block(landing.get("cidr") if isinstance(landing, Mapping) else landing)
    if cidr is not None and azure_load_balancer_subnet(cidr) is None:
        wrong = f"has no room in the landing's block {cidr}"
        yield Problem(at, wrong, "give the landing a /23 or larger")


def _arns(region: Document, wanted: Document, kind: LoadBalancerKind) -> Iterator[Problem]:
    """ARNs are for the kind ``application``, which needs a certificate, and of the region."""
    for key in ("certificate_arn", "web_acl_arn"):
        path: Path = ("load_balancer", key)
        value = wanted.get(key)
        if value is None:
            if kind is LoadBalancerKind.APPLICATION and key == "certificate_arn":
                wrong = "is missing; an application load balancer ends TLS with it"
                yield Problem(path, wrong, "name a certificate of ACM, or write kind: network")
            continue
        if kind is not LoadBalancerKind.APPLICATION:
            wrong = f"is for kind: application; this one, {kind}, passes TLS through"
            yield Problem(path, wrong, f"write kind: application, or delete {key}", value)
        elif (parts := str(value).split(":"))[3:4] != [region.get("region")] and len(parts) > 4:
            wrong = f"is in {parts[3]}, not in {region.get('region')}"
            yield Problem(path, wrong, "name one in the region of its load balancer", value)


def _room(region: Document, kind: LoadBalancerKind) -> Iterator[Problem]:
    """The landing has room for subnets, in as many zones as the kind needs."""
    landing = region.get("landing")
    cidr = _block(landing.get("cidr") if isinstance(landing, Mapping) else landing)
    zones = region.get("zones")
    if cidr is None:
        return
    try:
        found = load_balancer_subnets(cidr, zones if isinstance(zones, list) else ["any-az1"])
    except (AddressError, TypeError, ValueError):
        return  # The model reports the block or the zone.
    if not found:
        wrong = f"has no room in the landing's block {cidr}"
        yield Problem(("load_balancer",), wrong, "give the landing a /21 or larger")
    elif isinstance(zones, list) and len(found) < _FEWEST_ZONES[kind]:
        wrong = f"is {kind}, which needs two zones, and the region has one"
        yield Problem(("load_balancer", "kind"), wrong, "write kind: network, or add a zone")


def _gcp(region: Document, wanted: Document, kind: LoadBalancerKind) -> Iterator[Problem]:
    """An internal load balancer, whose proxies have a subnetwork in the landing."""
    del kind
    at: Path = ("load_balancer",)
    if wanted.get("internal") is False:
        wrong = "asks for public addresses, and Google has no such load balancer before a gateway"
        remedy = "delete internal, or write entry: {strategy: edge} with google-load-balancer"
        yield Problem((*at, "internal"), wrong, remedy, False)
    if wanted.get("clients"):
        wrong = "has no effect in GCP: no firewall rule applies to Google's proxies"
        yield Problem((*at, "clients"), wrong, "delete clients; limit them by a plugin of Kong")
    landing, subnets = region.get("landing"), wanted.get("subnet_ids")
    if isinstance(landing, Mapping) and landing.get("network") is not None:
        if not isinstance(subnets, Mapping) or len(subnets) != 1:
            wrong = "names not one subnetwork, and the landing is given"
            remedy = "name the subnetwork of its address: {clients: projects/...}"
            yield Problem((*at, "subnet_ids"), wrong, remedy)
        return
    if subnets:
        wrong = "is for a landing that is given; in this one the subnetworks are created"
        yield Problem((*at, "subnet_ids"), wrong, "delete subnet_ids")
    cidr = _block(landing.get("cidr") if isinstance(landing, Mapping) else landing)
    if cidr is not None and Role.LOAD_BALANCERS not in landing_blocks(Cloud.GCP, cidr):
        wrong = f"has no room in the landing's block {cidr}"
        yield Problem(at, wrong, "give the landing a /22 or larger")


def _block(text: object) -> IPv4Network | None:
    """A CIDR block; None for what the model reports."""
    if not isinstance(text, str):
        return None
    try:
        return parse(text)
    except AddressError:
        return None


_BY_CLOUD: Final[
    Mapping[Cloud, Callable[[Document, Document, LoadBalancerKind], Iterator[Problem]]]
] = {Cloud.AWS: _aws, Cloud.AZURE: _azure, Cloud.GCP: _gcp}
"""The rules of a cloud, with the region, its load balancer, and the kind of that."""
