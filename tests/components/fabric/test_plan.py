"""The plan of a fabric: hubs, links, numbers, routes and filters."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from components.fabric.errors import FabricError
from components.fabric.model import (
    AZURE_ASN,
    FabricLinkKind,
    InspectionArgs,
    InspectionKind,
    RouteScope,
    StaticRoute,
)
from components.fabric.numbers import ASNS, AZURE_INSIDE, INSIDE, ROUTER_IDS, router_ids
from components.fabric.plan import fabric_plan
from components.regions import Cloud
from tests.components.fabric.fabrics import SUMMARIES, hub, prod_args, spoke, wide_args

FAR, OVER = "aws-eu-west-1", "aws-us-east-2-aws-eu-west-1"
"""A hub in AWS that is no core, and its peering with the core."""


def test_a_fabric_connects_each_hub_to_its_core_and_the_cores_to_each_other() -> None:
    links = {key: link.kind for key, link in fabric_plan(prod_args()).links.items()}
    assert links == {
        "aws-us-east-2-aws-eu-west-1": FabricLinkKind.TRANSIT_GATEWAY_PEERING,
        "aws-us-east-2-azure-eastus2": FabricLinkKind.IPSEC,
        "aws-us-east-2-gcp-us-central1": FabricLinkKind.IPSEC,
        "azure-eastus2-azure-northeurope": FabricLinkKind.VIRTUAL_WAN,
        "azure-eastus2-gcp-us-central1": FabricLinkKind.IPSEC,
        "gcp-us-central1-gcp-europe-west1": FabricLinkKind.IPSEC,
    }


def test_a_link_with_aws_has_two_tunnels_for_each_interface_of_the_far_hub() -> None:
    link = fabric_plan(prod_args()).links["aws-us-east-2-azure-eastus2"]
    assert [tunnel.key for tunnel in link.tunnels] == ["0", "1", "2", "3"]
    assert [tunnel.near_interface for tunnel in link.tunnels] == [0, 1, 0, 1]
    assert [tunnel.far_interface for tunnel in link.tunnels] == [0, 0, 1, 1]
    assert [str(tunnel.inside) for tunnel in link.tunnels] == [
        "169.254.21.0/30",
        "169.254.21.4/30",
        "169.254.22.0/30",
        "169.254.22.4/30",
    ]
    assert link.tunnels[0].near == IPv4Address("169.254.21.1")
    assert link.tunnels[0].far == IPv4Address("169.254.21.2")


def test_a_link_of_azure_and_gcp_has_a_tunnel_for_each_interface() -> None:
    link = fabric_plan(prod_args()).links["azure-eastus2-gcp-us-central1"]
    assert [(one.near_interface, one.far_interface) for one in link.tunnels] == [(0, 0), (1, 1)]
    first, second = (tunnel.inside for tunnel in link.tunnels)
    assert first.subnet_of(IPv4Network("169.254.21.0/24"))
    assert second.subnet_of(IPv4Network("169.254.22.0/24"))


def test_each_router_has_an_asn_of_its_own_except_in_azure() -> None:
    plan = fabric_plan(prod_args())
    assert {key: hub.asn for key, hub in plan.hubs.items()} == {
        "aws-eu-west-1": 64513,
        "aws-us-east-2": 64514,
        "azure-eastus2": AZURE_ASN,
        "azure-northeurope": AZURE_ASN,
        "gcp-europe-west1": 64515,
        "gcp-us-central1": 64516,
    }
    assert plan.spokes["ledger"].asn == 64517


def test_each_asn_has_bgp_identifiers_of_its_own_where_no_tunnel_is() -> None:
    ranges = [router_ids(asn) for asn in ASNS]
    assert len(set(ranges)) == len(ASNS)
    assert all(one.subnet_of(ROUTER_IDS) and one.prefixlen == 30 for one in ranges)
    assert not any(ROUTER_IDS.overlaps(pool) for pool in (INSIDE, *AZURE_INSIDE))


def test_a_transit_gateway_without_a_vpn_routes_the_summaries_of_all_clouds_to_the_core() -> None:
    routes = fabric_plan(prod_args()).hubs[FAR].static_routes
    assert {route.prefix for route in routes} == {*SUMMARIES.values()}
    assert {(route.link, route.scope) for route in routes} == {(OVER, RouteScope.SUMMARIES)}


def test_without_summaries_blocks_of_other_clouds_are_in_the_scope_of_summaries() -> None:
    args = prod_args(summaries=False)
    for route in fabric_plan(args).hubs[FAR].static_routes:
        in_aws = route.prefix.subnet_of(SUMMARIES[Cloud.AWS])
        assert (route.scope is RouteScope.SUMMARIES) != in_aws


def test_the_first_vpn_of_a_transit_gateway_takes_no_route_away() -> None:
    args = prod_args()
    before = fabric_plan(args).hubs[FAR].static_routes
    linked = replace(args, links=[(FAR, "gcp-europe-west1")])
    after = fabric_plan(linked).hubs[FAR].static_routes
    core = hub(Cloud.AWS, 0)
    assert {*after} - {*before} == {
        StaticRoute(core.gateway, OVER, RouteScope.GATEWAYS),
        StaticRoute(core.landing, OVER, RouteScope.NETWORKS),
        StaticRoute(spoke(Cloud.AWS, 0, "shop").cidr, OVER, RouteScope.NETWORKS),
    }
    assert {*before} <= {*after}


def test_a_transit_gateway_with_a_vpn_has_static_routes_only_to_other_transit_gateways() -> None:
    routes = fabric_plan(prod_args()).hubs["aws-us-east-2"].static_routes
    other = hub(Cloud.AWS, 1)
    assert routes == (
        StaticRoute(other.gateway, OVER, RouteScope.GATEWAYS),
        StaticRoute(spoke(Cloud.AWS, 1, "lab").cidr, OVER, RouteScope.NETWORKS),
        StaticRoute(other.landing, OVER, RouteScope.NETWORKS),
    )


def test_the_table_of_a_segment_drops_what_the_segment_must_not_reach() -> None:
    args = prod_args()
    plan = fabric_plan(args)
    lab, shop = (args.spokes[name].cidr for name in ("lab", "shop"))
    gateways = [one.gateway for one in args.hubs]
    landings = [one.landing for one in args.hubs if one.cloud is not Cloud.AWS]
    near = plan.hubs["aws-us-east-2"]
    # A list over a peering may have the block of the lab, so only longer ones go before it.
    assert near.closed_to_gateways == tuple(lab.subnets())
    assert near.closed_to_segments == {"shop": tuple(sorted([*lab.subnets(), *landings]))}
    far = plan.hubs[FAR]
    # Around the own gateway's block, its route to the firewall would be as long as the lab's block.
    assert far.closed_to_gateways == tuple(lab.subnets())
    others = [args.spokes[name].cidr for name in ("orders", "ledger")]
    assert far.closed_to_segments == {
        "lab": tuple(sorted([*gateways, *landings, *others, *shop.subnets()]))
    }
    assert plan.hubs["azure-eastus2"].closed_to_gateways == ()


def test_a_dropped_block_is_longer_than_what_leads_around_it_to_a_firewall() -> None:
    """The summary of AWS without the gateway's own block is parts, led to a firewall in halves."""
    args = prod_args()
    beside = IPv4Network("10.64.16.0/20")
    closed = replace(args.spokes["lab"], hub="aws-us-east-2", cidr=beside)
    near = fabric_plan(replace(args, spokes={"lab": closed})).hubs["aws-us-east-2"]
    assert beside in near.gateway_reach
    assert near.closed_to_gateways == tuple(beside.subnets(prefixlen_diff=2))


def test_a_gateway_reaches_remote_landings_and_spokes_but_not_a_segment_without_gateways() -> None:
    reach = fabric_plan(prod_args(summaries=False)).hubs["azure-eastus2"].gateway_reach
    assert spoke(Cloud.AZURE, 1, "shop").cidr in reach
    assert hub(Cloud.GCP, 1).landing in reach
    assert not any(block.overlaps(spoke(Cloud.AWS, 1, "lab").cidr) for block in reach)
    assert not any(block.overlaps(hub(Cloud.AZURE, 0).gateway) for block in reach)
    assert not any(block.overlaps(hub(Cloud.AWS, 0).gateway) for block in reach)


def test_a_spoke_lets_in_gateways_and_the_spokes_of_its_segments() -> None:
    plan = fabric_plan(prod_args())
    gateways = {one.gateway for one in prod_args().hubs}
    cidr = {name: one.cidr for name, one in plan.spokes.items()}
    assert {*plan.spokes["shop"].allowed} == {*gateways, cidr["orders"], cidr["ledger"]}
    assert {*plan.spokes["ledger"].allowed} == {*gateways, cidr["shop"], cidr["orders"]}
    assert plan.spokes["lab"].allowed == ()
    assert plan.spokes["shop"].routes == tuple(SUMMARIES.values())
    assert plan.segments["shop"].connected == {"billing"}


def test_an_isolated_gateway_is_in_no_list_of_another() -> None:
    args = prod_args()
    cut = args.hubs[0]
    plan = fabric_plan(replace(args, hubs=[replace(cut, isolated=True), *args.hubs[1:]]))
    for one in plan.hubs.values():
        assert cut.gateway not in one.remote_gateways
        assert cut.gateway not in one.advertised
        assert cut.gateway not in [route.prefix for route in one.static_routes]
    assert not any(cut.gateway in one.allowed for one in plan.spokes.values())


def test_a_spoke_in_gcp_joins_its_hub_by_two_tunnels() -> None:
    plan = fabric_plan(prod_args())
    link = plan.spokes["ledger"].link
    assert link is not None
    assert (link.key, link.near, link.far) == (
        "gcp-us-central1-ledger",
        "gcp-us-central1",
        "ledger",
    )
    assert len(link.tunnels) == 2
    assert plan.spokes["shop"].link is None


def test_48_regions_are_planned() -> None:
    plan = fabric_plan(wide_args())
    assert len(plan.hubs) == 48
    assert len(plan.links) == 15 + 120 + 15 + 3


def test_all_problems_of_a_fabric_are_told_at_once() -> None:
    args = prod_args()
    wrong = replace(
        args,
        links=[("aws-us-east-2", "azure-westus2"), ("aws-us-east-2", "aws-eu-west-1")],
        spokes={
            **args.spokes,
            "aws-x": spoke(Cloud.AWS, 0, "shopp"),
        },
    )
    with pytest.raises(FabricError) as error:
        fabric_plan(wrong)
    assert {problem.path for problem in error.value.problems} == {
        ("links", 0),
        ("links", 1),
        ("spokes", "aws-x"),
        ("spokes", "aws-x", "segment"),
        ("spokes", "aws-x", "cidr"),
    }


def test_further_links_with_azure_are_refused_where_firewalls_would_see_one_direction() -> None:
    inspected = replace(prod_args(), inspection=InspectionArgs(InspectionKind.NATIVE))
    for ends in (
        ("azure-northeurope", "aws-eu-west-1"),
        ("aws-us-east-2", "azure-northeurope"),
        ("azure-northeurope", "gcp-europe-west1"),
    ):
        with pytest.raises(FabricError, match="a firewall that sees one direction") as error:
            fabric_plan(replace(inspected, links=[ends]))
        assert [problem.path for problem in error.value.problems] == [("links", 0)]
        assert fabric_plan(replace(prod_args(), links=[ends]))
    assert fabric_plan(replace(inspected, links=[("aws-eu-west-1", "gcp-europe-west1")]))
