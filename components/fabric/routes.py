"""Which blocks a hub, a gateway, a landing and a spoke of a fabric route or let in.

A list of exact blocks is sorted and not collapsed: each block may be a resource, and a new block
must not replace others. With a summary, a route to the summary is instead of routes to its blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network

from components.addressing import free_blocks
from components.fabric.model import (
    FabricArgs,
    FabricDriver,
    FabricLinkKind,
    HubArgs,
    LinkPlan,
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

    A peering has no routing protocol. Routes to a Transit Gateway lead over the peering with it, or
    else over the peering with the core, which is connected to all. So do routes to other clouds,
    except from a Transit Gateway with a VPN: it learns these.

    A Transit Gateway without a VPN has a route to the summary of each cloud, over the core. Remote
    gateways get routes of their own too, for tables that have only these. With a VPN the routes are
    exact, because the VPN also announces exact blocks, and of two equal prefixes the static route
    wins.
    """
    if hub.cloud is not Cloud.AWS or args.driver is not FabricDriver.NATIVE:
        return ()
    peerings = _peerings(hub.key, links)
    to_core = peerings.get(cores_of(args)[Cloud.AWS])
    speaks = has_vpn(hub.key, links)
    routes: dict[IPv4Network, StaticRoute] = {}
    for other in args.hubs:
        over = peerings.get(other.key, to_core)
        if other.key == hub.key or over is None or (speaks and other.cloud is not Cloud.AWS):
            continue
        summary = args.summaries.get(other.cloud)
        for block, gateways_only in _behind(args, other):
            summed = summary is not None and block.subnet_of(summary)
            if summary is not None and summed and over == to_core and not speaks:
                routes[summary] = StaticRoute(summary, over, gateways_only=False)
                if not gateways_only:
                    continue
            routes[block] = StaticRoute(block, over, gateways_only)
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
