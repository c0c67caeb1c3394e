"""Plans a fabric: from what is declared to hubs, links, tunnels, routes and filters.

It asks no cloud, and the same arguments give the same plan. The order of declaration matters only
for cores that are not recorded: the first hub of a cloud becomes its core.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from components.fabric.checks import fabric_problems
from components.fabric.errors import FabricError
from components.fabric.model import (
    AZURE_ASN,
    FabricArgs,
    FabricDriver,
    FabricLinkKind,
    FabricNumbers,
    FabricPlan,
    HubArgs,
    HubPlan,
    InspectionKind,
    LinkPlan,
    SegmentArgs,
    SpokePlan,
    TransitPlan,
)
from components.fabric.numbers import TunnelOwner, extended, number_problems, tunnel_plans
from components.fabric.routes import (
    advertised,
    both_ways,
    callers,
    closed_to_gateways,
    closed_to_segments,
    gateway_reach,
    gateways,
    spokes_on,
    static_routes,
    summarised,
)
from components.fabric.topology import Pair, cores_of, default_pairs, further_pairs
from components.regions import Cloud


def fabric_plan(args: FabricArgs) -> FabricPlan:
    """Plan a fabric. Raises `FabricError` with all problems of the arguments.

    Recorded numbers (`FabricArgs.numbers`) stay as they are, and what has none gets a new one.
    """
    problems = fabric_problems(args)
    if problems:
        raise FabricError(problems)
    numbers = planned_numbers(args)
    pairs = _pairs(args)
    owners = _tunnel_owners(args, pairs)
    links = {pair.key: _link(pair, owners, numbers) for pair in pairs}
    segments = both_ways(args.segments)
    return FabricPlan(
        driver=args.driver,
        hubs={
            hub.key: replace(
                _hub(args, hub, numbers, segments, links),
                transit=_transit(hub, args, numbers, owners),
            )
            for hub in sorted(args.hubs, key=lambda hub: hub.key)
        },
        links=links,
        spokes={
            name: _spoke(args, name, numbers, segments, owners) for name in sorted(args.spokes)
        },
        segments=segments,
        inspection=args.inspection,
        numbers=numbers,
        aviatrix=args.aviatrix,
    )


def transit_key(hub: str) -> str:
    """The key of a hub's link to its transit gateway, which is also the owner of that one's ASN."""
    return f"{hub}-transit"


def planned_numbers(args: FabricArgs) -> FabricNumbers:
    """The numbers of a fabric: those recorded, and new ones for what has none.

    The arguments must have no `fabric_problems`. Raises `FabricError` with all problems of recorded
    numbers, or if the numbers run out.
    """
    owners = _tunnel_owners(args, _pairs(args))
    problems = list(number_problems(args.numbers, owners))
    speakers = [hub.key for hub in args.hubs if hub.cloud is not Cloud.AZURE]
    speakers += [spoke_link_key(args, name) for name in _spokes_by_vpn(args)]
    speakers += [transit_key(hub.key) for hub in args.hubs if args.aviatrix]
    numbers, used_up = extended(
        args.numbers, args.driver, cores_of(args), speakers, owners.values(), args.used_asns
    )
    if problems or used_up:
        raise FabricError([*problems, *used_up])
    return numbers


def _pairs(args: FabricArgs) -> list[Pair]:
    """All connected pairs of hubs, in the order of their keys."""
    return sorted([*default_pairs(args), *further_pairs(args)], key=lambda pair: pair.key)


def _spokes_by_vpn(args: FabricArgs) -> list[str]:
    """The spokes that join their hub by VPN: those in GCP, with the native driver."""
    clouds = {hub.key: hub.cloud for hub in args.hubs}
    if args.driver is not FabricDriver.NATIVE:
        return []
    return [name for name, spoke in args.spokes.items() if clouds[spoke.hub] is Cloud.GCP]


def spoke_link_key(args: FabricArgs, name: str) -> str:
    """The key of a spoke's link to its hub, which is also the owner of the spoke's ASN."""
    return f"{args.spokes[name].hub}-{name}"


def _tunnel_owners(args: FabricArgs, pairs: list[Pair]) -> dict[str, TunnelOwner]:
    """The links that have tunnels, by key."""
    clouds = {hub.key: hub.cloud for hub in args.hubs}
    owners = [
        TunnelOwner(pair.key, clouds[pair.near], clouds[pair.far])
        for pair in pairs
        if pair.kind is FabricLinkKind.IPSEC
    ]
    owners += [
        TunnelOwner(spoke_link_key(args, name), Cloud.GCP, Cloud.GCP)
        for name in _spokes_by_vpn(args)
    ]
    if args.aviatrix is not None:
        # An Aviatrix gateway takes any inside block, as a gateway in GCP does.
        owners += [TunnelOwner(transit_key(hub.key), hub.cloud, Cloud.GCP) for hub in args.hubs]
    return {owner.key: owner for owner in owners}


def _link(pair: Pair, owners: Mapping[str, TunnelOwner], numbers: FabricNumbers) -> LinkPlan:
    owner = owners.get(pair.key)
    tunnels = tunnel_plans(owner, numbers.tunnels[pair.key]) if owner else ()
    return LinkPlan(pair.key, pair.near, pair.far, pair.kind, tunnels)


def _hub(
    args: FabricArgs,
    hub: HubArgs,
    numbers: FabricNumbers,
    segments: Mapping[str, SegmentArgs],
    links: Mapping[str, LinkPlan],
) -> HubPlan:
    return HubPlan(
        key=hub.key,
        cloud=hub.cloud,
        region=hub.region,
        core=numbers.cores[hub.cloud] == hub.key,
        asn=AZURE_ASN if hub.cloud is Cloud.AZURE else numbers.asns[hub.key],
        gateway=hub.gateway,
        landing=hub.landing,
        zones=tuple(hub.zones),
        own=hub.own,
        ports=tuple(hub.ports),
        isolated=hub.isolated,
        spokes=tuple(spokes_on(args, hub.key)),
        advertised=advertised(args, hub),
        static_routes=static_routes(args, hub, list(links.values())),
        gateway_reach=gateway_reach(args, segments, hub),
        remote_gateways=gateways(args, without=hub.key),
        closed_to_gateways=closed_to_gateways(args, segments, hub),
        closed_to_segments=closed_to_segments(args, segments, hub),
    )


def _transit(
    hub: HubArgs, args: FabricArgs, numbers: FabricNumbers, owners: Mapping[str, TunnelOwner]
) -> TransitPlan | None:
    """The transit gateway beside a hub; None with the native driver."""
    if args.aviatrix is None:
        return None
    key = transit_key(hub.key)
    tunnels = tunnel_plans(owners[key], numbers.tunnels[key])
    link = LinkPlan(key, hub.key, key, FabricLinkKind.IPSEC, tunnels)
    inspects = args.inspection.kind is InspectionKind.NATIVE
    firenet = hub.cloud is not Cloud.GCP and (inspects or args.aviatrix.firenet)
    return TransitPlan(args.aviatrix.networks[hub.key], numbers.asns[key], link, firenet)


def _spoke(
    args: FabricArgs,
    name: str,
    numbers: FabricNumbers,
    segments: Mapping[str, SegmentArgs],
    owners: Mapping[str, TunnelOwner],
) -> SpokePlan:
    spoke, key = args.spokes[name], spoke_link_key(args, name)
    allowed = callers(args, segments, name)
    link = None
    if owner := owners.get(key):
        tunnels = tunnel_plans(owner, numbers.tunnels[key])
        link = LinkPlan(key, spoke.hub, name, FabricLinkKind.IPSEC, tunnels)
    return SpokePlan(
        name=name,
        hub=spoke.hub,
        cidr=spoke.cidr,
        segment=spoke.segment,
        ports=tuple(spoke.ports),
        given=spoke.given,
        allowed=allowed,
        # A spoke may call the blocks of its segments, which may call it too.
        routes=summarised(args, allowed),
        link=link,
        asn=numbers.asns[key] if link else None,
    )
