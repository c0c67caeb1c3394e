"""What holds for the plan of every fabric, whatever it declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network, collapse_addresses
from itertools import combinations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from components.addressing import overlaps
from components.fabric.checks import fabric_problems
from components.fabric.model import (
    AZURE_ASN,
    FabricArgs,
    FabricLinkKind,
    FabricPlan,
    HubPlan,
    SegmentArgs,
)
from components.fabric.numbers import ASNS, AZURE_INSIDE
from components.fabric.plan import fabric_plan
from components.regions import Cloud
from tests.components.fabric.fabrics import SEGMENTS, SUMMARIES, hub, prod_args, spoke, wide_args
from tests.components.fabric.walk import tables, walked

FEW = 4
"""How many regions of a cloud a fabric has at most."""

some = settings(max_examples=40)
"""Enough examples: a fabric takes some milliseconds to plan, and its walks take more."""


@st.composite
def fabrics(draw: st.DrawFn) -> FabricArgs:
    """A fabric that can be built: its hubs in any order, spokes, and further links."""
    counts = {cloud: draw(st.integers(0, FEW)) for cloud in Cloud}
    places = [(cloud, place) for cloud, count in counts.items() for place in range(count)]
    assume(places)
    hubs = [
        replace(
            hub(cloud, place),
            isolated=draw(st.booleans()),
            reach=[IPv4Network(f"192.168.{number}.0/24")] if draw(st.booleans()) else [],
        )
        for number, (cloud, place) in enumerate(draw(st.permutations(places)))
    ]
    spokes = {
        f"net-{cloud.value}-{place}": spoke(cloud, place, draw(st.sampled_from(sorted(SEGMENTS))))
        for cloud, place in places
        if draw(st.booleans())
    }
    args = FabricArgs(
        hubs=hubs,
        segments=SEGMENTS,
        spokes=spokes,
        summaries=SUMMARIES if draw(st.booleans()) else {},
    )
    pairs = list(combinations([one.key for one in hubs], 2))
    wanted = draw(st.lists(st.sampled_from(pairs), max_size=4, unique=True)) if pairs else []
    for pair in wanted:
        linked = replace(args, links=[*args.links, pair])
        if not fabric_problems(linked):
            args = linked
    return args


def recorded(args: FabricArgs) -> tuple[FabricArgs, FabricPlan]:
    """A fabric with its numbers recorded, and its plan."""
    plan = fabric_plan(args)
    return replace(args, numbers=plan.numbers), plan


def assert_no_number_changed(before: FabricPlan, after: FabricPlan) -> None:
    assert before.numbers.cores.items() <= after.numbers.cores.items()
    assert before.numbers.asns.items() <= after.numbers.asns.items()
    assert before.numbers.tunnels.items() <= after.numbers.tunnels.items()
    assert before.links.items() <= after.links.items()


def covers(blocks: Sequence[IPv4Network], one: IPv4Network) -> bool:
    return any(one.subnet_of(block) for block in blocks)


def assert_only_routes_added(before: HubPlan, after: HubPlan) -> None:
    """Nothing of a hub changed, except that it has more routes."""
    assert set(before.static_routes) <= set(after.static_routes)
    assert drops(after.closed_to_gateways, before.closed_to_gateways)
    for segment, blocks in before.closed_to_segments.items():
        assert drops(after.closed_to_segments[segment], blocks)
    assert set(before.remote_gateways) <= set(after.remote_gateways)
    assert all(covers(after.gateway_reach, block) for block in before.gateway_reach)
    same = replace(
        after,
        static_routes=before.static_routes,
        remote_gateways=before.remote_gateways,
        gateway_reach=before.gateway_reach,
        closed_to_gateways=before.closed_to_gateways,
        closed_to_segments=before.closed_to_segments,
    )
    assert same == before


def drops(blocks: Sequence[IPv4Network], needed: Sequence[IPv4Network]) -> bool:
    """Whether blocks have all addresses of the needed ones."""
    return list(collapse_addresses([*blocks, *needed])) == list(collapse_addresses(blocks))


@some
@given(fabrics())
def test_the_order_of_declaration_matters_only_for_cores(args: FabricArgs) -> None:
    plan = fabric_plan(args)
    cored = replace(args, numbers=replace(args.numbers, cores=plan.numbers.cores))
    other = replace(
        cored,
        hubs=list(reversed(args.hubs)),
        spokes=dict(reversed(args.spokes.items())),
        segments=dict(reversed(args.segments.items())),
        links=[(second, first) for first, second in reversed(args.links)],
    )
    assert fabric_plan(other) == plan == fabric_plan(args)


@some
@given(fabrics())
def test_asns_are_legal_and_no_two_routers_share_one(args: FabricArgs) -> None:
    plan = fabric_plan(args)
    asns = list(plan.numbers.asns.values())
    assert len(set(asns)) == len(asns)
    assert set(asns) <= set(ASNS)
    for one in plan.hubs.values():
        assert (one.asn == AZURE_ASN) == (one.cloud is Cloud.AZURE)


@some
@given(fabrics())
def test_tunnels_are_disjoint_and_legal_for_both_ends(args: FabricArgs) -> None:
    plan = fabric_plan(args)
    links = [*plan.links.values(), *(one.link for one in plan.spokes.values() if one.link)]
    tunnels = [(link, tunnel) for link in links for tunnel in link.tunnels]
    assert not list(overlaps([tunnel.inside for _, tunnel in tunnels]))
    refused_by_aws = [IPv4Network(f"169.254.{third}.0/30") for third in range(6)]
    refused_by_aws.append(IPv4Network("169.254.169.252/30"))
    for link, tunnel in tunnels:
        assert tunnel.inside.prefixlen == 30
        assert tunnel.inside.subnet_of(IPv4Network("169.254.0.0/16"))
        assert not any(map(tunnel.inside.overlaps, refused_by_aws))
        assert [tunnel.near, tunnel.far] == list(tunnel.inside.hosts())
        for end, interface in [
            (link.near, tunnel.near_interface),
            (link.far, tunnel.far_interface),
        ]:
            if end.startswith("azure-"):
                assert tunnel.inside.subnet_of(AZURE_INSIDE[interface])


@some
@given(fabrics())
def test_a_hub_in_aws_is_near_and_the_core_is_near_in_a_cloud(args: FabricArgs) -> None:
    plan = fabric_plan(args)
    order = list(Cloud)
    for link in plan.links.values():
        near, far = plan.hubs[link.near], plan.hubs[link.far]
        assert order.index(near.cloud) <= order.index(far.cloud)
        if near.cloud is far.cloud:
            assert not far.core
        assert len(link.tunnels) == (
            0 if link.kind is not FabricLinkKind.IPSEC else 4 if near.cloud is Cloud.AWS else 2
        )


@some
@given(fabrics())
def test_every_hub_reaches_the_blocks_of_every_other_hub(args: FabricArgs) -> None:
    plan = fabric_plan(args)
    routes = tables(plan)
    for start in plan.hubs:
        for end in plan.hubs.values():
            for block in end.advertised:
                passed = walked(routes, start, block)
                assert passed[-1] == end.key, (start, end.key, block, passed)


def test_every_hub_of_48_reaches_the_gateway_of_every_other() -> None:
    plan = fabric_plan(wide_args())
    routes = tables(plan)
    for start in plan.hubs:
        for end in plan.hubs.values():
            assert walked(routes, start, end.gateway)[-1] == end.key


def test_the_walk_finds_a_static_route_that_is_missing() -> None:
    plan = fabric_plan(prod_args(summaries=False))
    spoiled = replace(plan.hubs["aws-eu-west-1"], static_routes=())
    routes = tables(replace(plan, hubs={**plan.hubs, spoiled.key: spoiled}))
    assert walked(routes, spoiled.key, plan.hubs["gcp-us-central1"].gateway) == [
        "aws-eu-west-1",
        "no route",
    ]


@some
@given(fabrics(), st.sampled_from(Cloud))
def test_a_new_region_changes_no_number_and_only_adds_routes(
    args: FabricArgs, cloud: Cloud
) -> None:
    args, before = recorded(args)
    new = hub(cloud, FEW)
    after = fabric_plan(replace(args, hubs=[new, *args.hubs]))
    assert_no_number_changed(before, after)
    for key, one in before.hubs.items():
        assert_only_routes_added(one, after.hubs[key])
    for name, one in before.spokes.items():
        found = after.spokes[name]
        assert set(found.allowed) - set(one.allowed) <= {new.gateway}
        assert set(one.allowed) <= set(found.allowed)
        assert set(one.routes) <= set(found.routes)


@some
@given(fabrics(), st.data())
def test_a_new_spoke_changes_no_number_and_no_other_hub(
    args: FabricArgs, data: st.DataObject
) -> None:
    args, before = recorded(args)
    on = data.draw(st.sampled_from([one.key for one in args.hubs]))
    cloud = before.hubs[on].cloud
    place = next(place for place in range(FEW) if hub(cloud, place).key == on)
    new = spoke(cloud, place, data.draw(st.sampled_from(sorted(SEGMENTS))), number=1)
    after = fabric_plan(replace(args, spokes={**args.spokes, "new": new}))
    assert_no_number_changed(before, after)
    assert after.links == before.links
    for key, one in before.hubs.items():
        if key == on:
            continue
        assert_only_routes_added(one, after.hubs[key])
        peered = any(
            link.kind is FabricLinkKind.TRANSIT_GATEWAY_PEERING and on in (link.near, link.far)
            for link in after.links_of(key)
        )
        exact = one.cloud is cloud is Cloud.AWS and (
            peered or any(map(is_vpn, after.links_of(key)))
        )
        if args.summaries and not exact:
            assert one.static_routes == after.hubs[key].static_routes


def is_vpn(link: object) -> bool:
    return getattr(link, "kind", None) is FabricLinkKind.IPSEC


@some
@given(fabrics())
def test_a_new_segment_changes_nothing(args: FabricArgs) -> None:
    args, before = recorded(args)
    after = fabric_plan(replace(args, segments={**args.segments, "new": SegmentArgs()}))
    assert replace(after, segments=before.segments) == before


@some
@given(fabrics(), st.data())
def test_a_new_link_changes_no_number_and_only_its_ends(
    args: FabricArgs, data: st.DataObject
) -> None:
    args, before = recorded(args)
    pairs = list(combinations([one.key for one in args.hubs], 2))
    free = [pair for pair in pairs if not fabric_problems(replace(args, links=[*args.links, pair]))]
    assume(free)
    pair = data.draw(st.sampled_from(free))
    after = fabric_plan(replace(args, links=[*args.links, pair]))
    assert_no_number_changed(before, after)
    assert len(after.links) == len(before.links) + 1
    assert after.spokes == before.spokes
    for key, one in before.hubs.items():
        if key not in pair:
            assert one == after.hubs[key]
        # What was led over the core may be led over the new link, and is never led nowhere.
        there = after.hubs[key]
        prefixes = {route.prefix for route in there.static_routes}
        assert {route.prefix for route in one.static_routes} <= prefixes
        assert replace(there, static_routes=one.static_routes) == one


@some
@given(fabrics())
def test_a_number_keeps_its_owner_after_the_owner_is_gone(args: FabricArgs) -> None:
    args, before = recorded(args)
    gone = [one for one in args.hubs if not before.hubs[one.key].core]
    assume(gone)
    without = replace(
        args,
        hubs=[one for one in args.hubs if one.key != gone[0].key],
        spokes={name: one for name, one in args.spokes.items() if one.hub != gone[0].key},
        links=[pair for pair in args.links if gone[0].key not in pair],
    )
    later = fabric_plan(without).numbers
    assert later == before.numbers
    assert fabric_plan(replace(args, numbers=later)) == before


@some
@given(fabrics())
def test_an_isolated_gateway_is_in_no_list(args: FabricArgs) -> None:
    plan = fabric_plan(args)
    lists = [block for one in plan.spokes.values() for block in one.allowed]
    for one in plan.hubs.values():
        lists += [*one.remote_gateways, *one.advertised]
        lists += [route.prefix for route in one.static_routes]
    for one in plan.hubs.values():
        assert (one.gateway in lists) != one.isolated
