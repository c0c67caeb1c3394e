"""Where the requests of each control plane go: one host, or an upstream with targets.

All data planes of a control plane have the same configuration. So regions that share one must have
the same upstream: one name that each region's private DNS resolves to the address nearby.

Source of failover: https://developer.konghq.com/gateway/entities/target/ (from 3.12 on, with the
algorithms latency, least-connections and round-robin; one tier of failover targets).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import pulumi

from components.api.model import ApiArgs, RegionalUpstream, Service, Target, Upstream
from components.api.view import GatewayView
from components.problems import ABSENT, Path, Problem, nearest

_DEFAULT_PORTS: Final = {"https": 443, "grpcs": 443, "wss": 443, "tls": 443}
_PROTOCOLS: Final = ("http", "https", "grpc", "grpcs", "tcp", "tls", "ws", "wss")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*::?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
"""A name, an IPv4 or an IPv6 address: no port, which is one colon."""
_FAILOVER_FROM: Final = (3, 12)
_FAILOVER_ALGORITHMS: Final = ("latency", "least-connections", "round-robin")
_AI: Final = "http://localhost:32000"
"""The URL of a service whose requests ai-proxy-advanced sends to models instead, as in Kong's own
guides."""


@dataclass(frozen=True)
class Address:
    """What a service's URL consists of."""

    protocol: str
    host: pulumi.Input[str] | None
    port: int
    path: str | None


@dataclass(frozen=True)
class Destination:
    """Where the requests of one control plane go."""

    host: pulumi.Input[str] | None
    """The host of the service; None if ``targets`` are behind an upstream, or of a release."""
    targets: Mapping[str, Target] = field(default_factory=dict)


@dataclass
class Destinations:
    """The destinations of an API."""

    address: Address
    by_plane: dict[str, Destination] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def destinations(
    args: ApiArgs, gateway: GatewayView, server_url: str | None, server_problem: Problem | None
) -> Destinations:
    """The destination of each control plane. What is wrong is in ``problems``.

    ``server_url`` is that of an OpenAPI document, for an API without a service.
    """
    problems: list[Problem] = []
    service, url_path = args.service, ("service", "url")
    url = None if service is None else service.url
    if service is None:
        own_hosts = bool(args.upstreams) or bool(args.upstream and args.upstream.targets)
        if server_url is not None:
            url, url_path = server_url, ("openapi", "document")
        elif args.ai is not None and not own_hosts:
            url = _AI
        elif server_problem is not None and not own_hosts and args.release is None:
            problems.append(server_problem)
    address = _address(service or Service(), url, url_path, problems)
    result = Destinations(address, problems=problems)
    problems.extend(_key_problems(args, gateway))
    problems.extend(_upstream_problems(args, gateway))
    if args.release is not None:
        problems.extend(_release_problems(args))
        result.by_plane = {key: Destination(None) for key in gateway.control_planes}
        return result
    members: dict[str, list[str]] = {}
    for key, region in gateway.regions.items():
        members.setdefault(region.control_plane, []).append(key)
    for plane, regions in members.items():
        if plane not in gateway.control_planes:
            told = f"region {regions[0]} is on control plane {plane}, which the contract lacks"
            problems.append(Problem((), told, "run `pulumi up` of the gateway's stack again"))
            continue
        result.by_plane[plane] = _destination(args, gateway, address, plane, regions, problems)
    for plane in sorted(gateway.control_planes.keys() - members.keys()):
        result.by_plane[plane] = _destination(args, gateway, address, plane, [], problems)
    return result


def _address(service: Service, url: str | None, at: Path, problems: list[Problem]) -> Address:
    """The parts of the service's URL."""
    if url is None:
        protocol = service.protocol or "https"
        port = _DEFAULT_PORTS.get(protocol, 80) if service.port is None else service.port
        return Address(protocol, service.host, port, service.path)
    for name in ("host", "protocol", "port", "path"):
        if getattr(service, name) is not None:
            wrong = "is there beside url, which has it"
            problems.append(Problem(("service", name), wrong, "delete it, or url"))
    try:
        parts = urlsplit(url)
        written = parts.port
    except ValueError as error:
        problems.append(Problem(at, f"is no URL: {error}", "write https://host:port/path"))
        return Address("https", "unknown", 443, None)
    if "@" in parts.netloc:
        problems.append(Problem(at, "has credentials", "delete them; a plugin can add a header"))
    elif parts.scheme not in _PROTOCOLS or not parts.hostname or parts.query or parts.fragment:
        wrong = "is no URL of protocol, host, port and path"
        remedy = f"begin it with one of {', '.join(f'{one}://' for one in _PROTOCOLS)}"
        problems.append(Problem(at, wrong, remedy, url))
    # The path of an OpenAPI server is what the paths of the routes begin with.
    path = parts.path.rstrip("/") if at[0] == "service" else ""
    default = _DEFAULT_PORTS.get(parts.scheme, 80)
    return Address(
        parts.scheme, parts.hostname, default if written is None else written, path or None
    )


def _key_problems(args: ApiArgs, gateway: GatewayView) -> Iterator[Problem]:
    """Keys of ``upstreams`` that are nothing of the gateway, and values that say too little."""
    if args.service is not None:
        remedy = "write a name or an address, and port and path beside it; or url"
        yield from _host_problems(("service", "host"), args.service.host, remedy)
    clouds = {str(region.cloud) for region in gateway.regions.values()}
    known = {*gateway.regions, *gateway.control_planes, *clouds}
    for key, one in args.upstreams.items():
        at: Path = ("upstreams", key)
        if key not in known:
            wrong = "is no region, cloud or control plane of the gateway"
            yield Problem(at, wrong, nearest(key, known))
        if (one.host is None) == (not one.targets):
            wrong = "has host and targets" if one.targets else "has neither host nor targets"
            yield Problem(at, wrong, "write one of them")
        remedy = "write a name or an address; a target may have a port"
        yield from _host_problems((*at, "host"), one.host, remedy)
        to = one.failover_to
        if to is not None and (to == key or to not in args.upstreams):
            wrong = "is itself" if to == key else "is no key of upstreams"
            yield Problem((*at, "failover_to"), wrong, nearest(to, args.upstreams.keys() - {key}))
    if args.upstream is not None and args.upstream.targets and args.upstreams:
        wrong = "is there beside upstreams"
        yield Problem(("upstream", "targets"), wrong, "move the targets to upstreams")


def _host_problems(
    at: Path, host: str | pulumi.Output[str] | None, remedy: str
) -> Iterator[Problem]:
    """A host with more than a name or an address in it."""
    if isinstance(host, str) and not _HOST.fullmatch(host):
        yield Problem(at, "is no host", remedy, ABSENT if "@" in host else host)


def _release_problems(args: ApiArgs) -> Iterator[Problem]:
    """Hosts and targets beside a release, which has them in its versions."""
    remedy = "move it to release.versions, or delete release"
    for name in ("host", "url"):
        if args.service is not None and getattr(args.service, name) is not None:
            yield Problem(("service", name), "is there beside release", remedy)
    if args.upstream is not None and args.upstream.targets:
        yield Problem(("upstream", "targets"), "is there beside release", remedy)
    if args.upstreams:
        yield Problem(("upstreams",), "is there beside release", remedy)
    for key, plugin in args.plugins.items() if args.release and args.release.has_own_routes else ():
        if plugin.route is not None:
            wrong = "would not apply to the routes that the release makes for a header"
            remedy = "delete route, so that it applies to the whole API"
            yield Problem(("plugins", key, "route"), wrong, remedy, plugin.route)


def _upstream_problems(args: ApiArgs, gateway: GatewayView) -> Iterator[Problem]:
    """Failover that would never happen, and targets that get nothing."""
    upstream = args.upstream or Upstream()
    places: list[tuple[Path, Mapping[str, Target]]] = [(("upstream", "targets"), upstream.targets)]
    places += [(("upstreams", k, "targets"), one.targets) for k, one in args.upstreams.items()]
    failing: list[Path] = [
        ("upstreams", key, "failover_to") for key, one in args.upstreams.items() if one.failover_to
    ]
    for at, targets in places:
        failing += [(*at, key, "failover") for key, one in targets.items() if one.failover]
        serving = [one for one in targets.values() if not one.failover]
        if targets and not any(one.weight for one in serving):
            wrong = "has no target with a weight above 0 that is not for failover"
            yield Problem(at, wrong, "add one: no request would be served")
    if not failing:
        return
    if gateway.version is not None and _release(gateway.version) < _FAILOVER_FROM:
        wrong = f"needs version 3.12 or later, and the gateway has {gateway.version}"
        yield Problem(failing[0], wrong, "delete it, or ask the gateway's owners for a newer one")
    if upstream.algorithm not in (None, *_FAILOVER_ALGORITHMS):
        wrong = "has no failover: Kong would never use the targets for it"
        remedy = f"use {', '.join(_FAILOVER_ALGORITHMS)}, or delete {failing[0][-1]}"
        yield Problem(("upstream", "algorithm"), wrong, remedy, upstream.algorithm)
    if upstream.health_check is None:
        wrong = "would never happen: without a health check no target is unhealthy"
        yield Problem(failing[0], wrong, "add upstream.health_check")


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _destination(
    args: ApiArgs,
    gateway: GatewayView,
    address: Address,
    plane: str,
    regions: list[str],
    problems: list[Problem],
) -> Destination:
    """The destination of a control plane, which all its regions must have in common."""
    chosen = {key: _chosen(args, plane, key, str(gateway.regions[key].cloud)) for key in regions}
    if not regions and plane in args.upstreams:
        chosen = {plane: plane}
    first, *others = chosen or {plane: None}
    for other in others:
        one, another = chosen.get(first), chosen[other]
        if not _same(args, one, another):
            problems.append(_disagreement(gateway, plane, (first, one), (other, another)))
            break
    key = chosen.get(first)
    upstream = args.upstream or Upstream()
    if key is not None:
        return Destination(*_regional(args, args.upstreams[key], key, address))
    if upstream.targets:
        return Destination(None, _completed(upstream.targets, address))
    if address.host is None:
        told = f"of {', '.join(regions) or plane} is missing"
        where: Path = ("upstreams",) if args.upstreams else ("service", "host")
        remedy = f"add upstreams.{regions[0] if regions else plane}, or service.host"
        problems.append(Problem(where, told, remedy))
    return Destination(address.host)


def _chosen(args: ApiArgs, plane: str, region: str, cloud: str) -> str | None:
    """The key in ``upstreams`` that a region has its upstream from."""
    return next((key for key in (region, plane, cloud) if key in args.upstreams), None)


def _same(args: ApiArgs, one: str | None, other: str | None) -> bool:
    """Whether two keys ask for the same upstream. Outputs are the same only if they are one."""
    if one == other:
        return True
    if one is None or other is None:
        return False
    return _plain(args.upstreams[one]) == _plain(args.upstreams[other])


def _plain(upstream: RegionalUpstream) -> tuple[object, ...]:
    targets = {key: (one.target, one.weight, one.failover) for key, one in upstream.targets.items()}
    ids = [id(one) for one in (upstream.host,) if isinstance(one, pulumi.Output)]
    host = ids or upstream.host
    return (
        host,
        sorted((key, *map(repr, value)) for key, value in targets.items()),
        (upstream.failover_to),
    )


def _disagreement(
    gateway: GatewayView, plane: str, one: tuple[str, str | None], other: tuple[str, str | None]
) -> Problem:
    """Two regions of a control plane that ask for different upstreams."""
    (first, its), (second, other_key) = one, other
    at: Path = ("upstreams", other_key or its or second)
    names = [f"upstreams.{key}" if key else "service" for key in (its, other_key)]
    wrong = (
        f"regions {first} and {second} are both on control plane {plane}, whose data planes all "
        f"have the same configuration, and ask for different upstreams ({names[0]} and {names[1]})"
    )
    owner = gateway.owner
    remedy = (
        "write one service.host that the private DNS of each region resolves to the address "
        f"nearby; or one upstream with the targets of both; or ask the owners of the gateway "
        f"({owner.project}, stack {owner.stack}) for control_planes: per-cloud or per-region"
    )
    return Problem(at, wrong, remedy)


def _regional(
    args: ApiArgs, one: RegionalUpstream, key: str, address: Address
) -> tuple[pulumi.Input[str] | None, Mapping[str, Target]]:
    """The host, or the targets, of one entry of ``upstreams``."""
    other = args.upstreams.get(one.failover_to) if one.failover_to else None
    if one.host is not None and other is None:
        return one.host, {}
    targets = _targets(one, key)
    if other is not None and one.failover_to is not None:
        targets |= {
            f"failover-{name}": target.model_copy(update={"failover": True})
            for name, target in _targets(other, one.failover_to).items()
            if not target.failover
        }
    return None, _completed(targets, address)


def _targets(one: RegionalUpstream, key: str) -> dict[str, Target]:
    """The targets of an entry. That of a host has the key of the entry."""
    return dict(one.targets) if one.host is None else {key: Target(target=one.host)}


def _completed(targets: Mapping[str, Target], address: Address) -> dict[str, Target]:
    """Targets with a port each."""
    return {
        key: one.model_copy(update={"target": _with_port(one.target, address.port)})
        for key, one in targets.items()
    }


def _with_port(target: str | pulumi.Output[str], port: int) -> str | pulumi.Output[str]:
    if isinstance(target, pulumi.Output):
        return target.apply(lambda known: _text_with_port(known, port))
    return _text_with_port(target, port)


def _text_with_port(target: str, port: int) -> str:
    if target.count(":") > 1 and not target.startswith("["):
        return f"[{target}]:{port}"
    return target if re.search(r":\d+$", target) else f"{target}:{port}"
