"""Which blocks a hub, a gateway, a landing and a spoke of a fabric route or let in.

A list of exact blocks is sorted and not collapsed: each block may be a resource, and a new block
must not replace others. With a summary, a route to the summary is instead of routes to its blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from ipaddress import IPv4Network

from components.addressing import free_blocks
from components.fabric.model import (
    FabricArgs,
    FabricDriver,
    FabricLinkKind,
    HubArgs,
    LinkPlan,
    RouteScope,
    SegmentArgs,
    SpokeArgs,
    StaticRoute,
)
from components.fabric.topology import cores_of
from components.regions import Cloud


def spokes_on(args: FabricArgs, hub: str) -> dict[str, SpokeArgs]:
    """The spokes on a hub by name, in the order of their names."""
    return {name: spoke for name, spoke in sorted(args.spokes.items()) if spoke.hub == hub}


def advertised(args: FabricArgs, hub: HubArgs) -> tuple[IPv4Network, ...]:
    """The blocks that a hub announces to others: see `HubPlan.advertised`."""
    return tuple(sorted(block for block, _ in _behind(args, hub)))


def _behind(args: FabricArgs, hub: HubArgs) -> Iterator[tuple[IPv4Network, bool]]:
    """Each block behind a hub, and whether it has gateways only."""
    if not hub.isolated:
        yield hub.gateway, True
    for block in (hub.landing, *hub.reach):
        yield block, False
    for spoke in spokes_on(args, hub.key).values():
        yield spoke.cidr, False


def static_routes(
    args: FabricArgs, hub: HubArgs, links: Sequence[LinkPlan]
) -> tuple[StaticRoute, ...]:
    """The routes of a Transit Gateway over its peerings, in the order of their prefixes.

    A peering has no routing protocol. Blocks behind a Transit Gateway lead over the peering with
    it. All others lead to the core, which is connected to all: by the summary of their cloud, or by
    a route of their own if it does not cover them.

    BGP announces exact blocks. They are longer than a summary and go before it, so a VPN changes no
    route to another cloud. A Transit Gateway with a VPN also has exact routes to the other ones:
    the VPN may announce their blocks too, and of two equal prefixes the static route wins.
    """
    if hub.cloud is not Cloud.AWS or args.driver is not FabricDriver.NATIVE:
        return ()
    peerings = _peerings(hub.key, links)
    to_core = peerings.get(cores_of(args)[Cloud.AWS])
    speaks = has_vpn(hub.key, links)
    routes: dict[IPv4Network, StaticRoute] = {}
    for other in args.hubs:
        over = peerings.get(other.key, to_core)
        if other.key == hub.key or over is None:
            continue
        in_aws = other.cloud is Cloud.AWS
        summary = args.summaries.get(other.cloud) if over == to_core else None
        for block, is_gateway in _behind(args, other):
            summed = summary is not None and block.subnet_of(summary)
            if summary is not None and summed:
                routes[summary] = StaticRoute(summary, over, RouteScope.SUMMARIES)
            if not summed or (in_aws and speaks):
                scope = RouteScope.GATEWAYS if is_gateway else RouteScope.NETWORKS
                scope = scope if in_aws else RouteScope.SUMMARIES
                routes[block] = StaticRoute(block, over, scope)
    return tuple(routes[prefix] for prefix in sorted(routes))


def has_vpn(hub: str, links: Sequence[LinkPlan]) -> bool:
    """Whether a hub has a link by IPsec."""
    return any(link.kind is FabricLinkKind.IPSEC and hub in (link.near, link.far) for link in links)


def _peerings(hub: str, links: Sequence[LinkPlan]) -> dict[str, str]:
    """The key of the peering with each other Transit Gateway that a hub is peered with."""
    return {
        link.far if link.near == hub else link.near: link.key
        for link in links
        if link.kind is FabricLinkKind.TRANSIT_GATEWAY_PEERING and hub in (link.near, link.far)
    }


def gateway_reach(
    args: FabricArgs, segments: Mapping[str, SegmentArgs], hub: HubArgs
) -> tuple[IPv4Network, ...]:
    """What Konnect routes to the attachment of a hub's gateway: see `HubPlan.gateway_reach`.

    The gateway's own block is not in it: Konnect refuses an attachment that overlaps it.
    """
    wanted = [spoke.cidr for spoke in args.spokes.values() if segments[spoke.segment].gateways]
    for other in args.hubs:
        if other.key != hub.key:
            wanted += [other.landing, *other.reach]
    return tuple(free_blocks(summarised(args, wanted), [hub.gateway]))


def closed_to_gateways(
    args: FabricArgs, segments: Mapping[str, SegmentArgs], hub: HubArgs
) -> tuple[IPv4Network, ...]:
    """What the table of a hub's gateway drops: see `HubPlan.closed_to_gateways`."""
    if hub.cloud is not Cloud.AWS or args.driver is not FabricDriver.NATIVE:
        return ()
    closed = (
        (other, spoke.cidr)
        for other in args.hubs
        for spoke in spokes_on(args, other.key).values()
        if not segments[spoke.segment].gateways
    )
    return _dropped(args, hub, closed, gateway_reach(args, segments, hub))


def closed_to_segments(
    args: FabricArgs, segments: Mapping[str, SegmentArgs], hub: HubArgs
) -> dict[str, tuple[IPv4Network, ...]]:
    """What the table of each segment at a hub drops: see `HubPlan.closed_to_segments`."""
    if hub.cloud is not Cloud.AWS or args.driver is not FabricDriver.NATIVE:
        return {}
    here = spokes_on(args, hub.key)
    found = {}
    for name in sorted({spoke.segment for spoke in here.values()}):
        callable_ = [
            block
            for other, spoke in here.items()
            if spoke.segment == name
            for block in summarised(args, callers(args, segments, other))
        ]
        closed = _closed_to(args, segments[name], {name, *segments[name].connected})
        found[name] = _dropped(args, hub, closed, callable_)
    return found


def _closed_to(
    args: FabricArgs, segment: SegmentArgs, reached: Set[str]
) -> Iterator[tuple[HubArgs, IPv4Network]]:
    """The blocks that a segment must not reach, each with its hub.

    Isolated gateways are among them, because a cloud may still announce their blocks. The landings
    in AWS are not: their VPCs have no routes to spokes.
    """
    for hub in args.hubs:
        if hub.isolated or not segment.gateways:
            yield hub, hub.gateway
        if hub.cloud is not Cloud.AWS:
            yield hub, hub.landing
        for spoke in spokes_on(args, hub.key).values():
            if spoke.segment not in reached:
                yield hub, spoke.cidr


def _dropped(
    args: FabricArgs,
    hub: HubArgs,
    closed: Iterable[tuple[HubArgs, IPv4Network]],
    inspected: Iterable[IPv4Network],
) -> tuple[IPv4Network, ...]:
    """Blocks that a table of a hub drops, divided until no other route of the table is as long.

    Of two lists with the same block AWS does not document which one is used. The blocks that may be
    ``inspected`` lead to a firewall in halves. A list over a peering may have any block in AWS, and
    blocks of other clouds outside their summary. The blocks do not depend on whether there are
    firewalls and VPNs now, so adding these opens nothing for a moment.
    """
    led = [half for block in inspected for half in halves(block)]
    found: set[IPv4Network] = set()
    for other, block in closed:
        lengths = [block.prefixlen, *(1 + one.prefixlen for one in led if one.overlaps(block))]
        if other.key != hub.key and _may_be_listed(args, other, block):
            lengths.append(1 + block.prefixlen)
        found.update(block.subnets(new_prefix=min(max(lengths), block.max_prefixlen)))
    return tuple(sorted(found))


def _may_be_listed(args: FabricArgs, hub: HubArgs, block: IPv4Network) -> bool:
    """Whether a list over a peering may have a block behind another hub, and not only its summary.

    That of gateways in AWS is in no table that drops gateways.
    """
    if hub.cloud is Cloud.AWS:
        return block != hub.gateway
    summary = args.summaries.get(hub.cloud)
    return summary is None or not block.subnet_of(summary)


def halves(block: IPv4Network) -> Sequence[IPv4Network]:
    """The two halves of a block; an address is not divided."""
    return list(block.subnets())


def gateways(args: FabricArgs, without: str | None = None) -> tuple[IPv4Network, ...]:
    """The blocks of all gateways that are not isolated, but not the gateway of a hub."""
    return tuple(
        sorted(hub.gateway for hub in args.hubs if not hub.isolated and hub.key != without)
    )


def callers(
    args: FabricArgs, segments: Mapping[str, SegmentArgs], name: str
) -> tuple[IPv4Network, ...]:
    """The blocks that may call a spoke: see `SpokePlan.allowed`."""
    segment = args.spokes[name].segment
    reached = {segment, *segments[segment].connected}
    allowed = [
        spoke.cidr
        for other, spoke in args.spokes.items()
        if other != name and spoke.segment in reached
    ]
    if segments[segment].gateways:
        allowed += gateways(args)
    return tuple(sorted(allowed))


def summarised(args: FabricArgs, blocks: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """The blocks, with a cloud's summary instead of the blocks that it covers."""
    found = set()
    for block in blocks:
        covering = (summary for summary in args.summaries.values() if block.subnet_of(summary))
        found.add(next(covering, block))
    return tuple(sorted(found))


def both_ways(segments: Mapping[str, SegmentArgs]) -> dict[str, SegmentArgs]:
    """The segments in the order of their names, with each connection on both sides."""
    return {
        name: SegmentArgs(
            frozenset(
                other
                for other in segments
                if other != name
                and (other in segment.connected or name in segments[other].connected)
            ),
            segment.gateways,
        )
        for name, segment in sorted(segments.items())
    }


def prefix_list_size(entries: int) -> int:
    """The size of a prefix list in AWS with this number of entries: the next multiple of 5.

    AWS counts the size against the quotas of route tables and security groups.
    """
    return _STEP * -(-entries // _STEP)


_STEP = 5
