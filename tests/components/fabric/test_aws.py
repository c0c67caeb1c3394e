"""The hub of a fabric in AWS, built in the simulated cloud: tables, routes, filters and links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from components.fabric.model import FabricArgs, GivenSpoke, SegmentArgs
from components.fabric.plan import fabric_plan
from components.regions import Cloud
from tests.components.fabric.aws_hubs import (
    FAR,
    GCP,
    NEAR,
    associated,
    blocks,
    destinations,
    fabric_in_aws,
    let_in,
    objects,
    propagated,
    routed,
    routes,
)
from tests.components.fabric.fabrics import SUMMARIES, hub, prod_args, spoke, wide_args
from tests.components.fabric.sandbox_program import CloudWorld, cloud_world
from tests.components.gateway_mocks import run_program, unmocked
from tests.sandbox.clouds import tokens

FABRIC = fabric_plan(prod_args())
VPNS = {f"fabric-{NEAR}-{GCP}-vpn-{interface}" for interface in (0, 1)}
OVER = f"fabric-{NEAR}-{FAR}-peering"
OWN, REMOTE = hub(Cloud.AWS, 0), hub(Cloud.AWS, 1)
SHOP = spoke(Cloud.AWS, 0, "shop").cidr
LAB = spoke(Cloud.AWS, 1, "lab").cidr


@pytest.fixture(scope="module")
def ran() -> Iterator[tuple[CloudWorld, list[str]]]:
    """The hubs in AWS of a fabric like production, and the addresses of the VPN's tunnels."""
    with cloud_world() as world:
        addresses = world.run(fabric_in_aws(prod_args()))
        yield world, addresses


@pytest.fixture
def built(ran: tuple[CloudWorld, list[str]]) -> CloudWorld:
    """The hubs of a fabric. Tests only read them."""
    return ran[0]


@pytest.fixture
def world() -> Iterator[CloudWorld]:
    with cloud_world() as made:
        yield made


def test_what_arrives_over_links_is_in_a_table_of_its_own_that_knows_all(
    built: CloudWorld,
) -> None:
    table = f"fabric-{NEAR}-transit"
    assert associated(built, table) == {*VPNS, OVER}
    local = {f"{NEAR}-kong", f"{NEAR}-landing", f"fabric-{NEAR}-spoke-shop"}
    assert propagated(built, table) == {*VPNS, *local}
    assert routes(built, table) == dict.fromkeys(blocks(REMOTE.gateway, REMOTE.landing, LAB), OVER)


def test_gateways_reach_remote_networks_and_the_spokes_that_let_them_in(
    built: CloudWorld,
) -> None:
    near, far = (f"{key}-hub-gateways" for key in (NEAR, FAR))
    assert propagated(built, near) == {*VPNS, f"{NEAR}-landing", f"fabric-{NEAR}-spoke-shop"}
    assert propagated(built, far) == {f"{FAR}-landing"}  # No gateway reaches the lab.
    summaries = dict.fromkeys(blocks(*SUMMARIES.values()), OVER)
    assert routes(built, far) == {**summaries, **dict.fromkeys(blocks(*LAB.subnets()), "nothing")}


def test_a_landing_routes_and_lets_in_remote_gateways_only(built: CloudWorld) -> None:
    assert routes(built, f"{NEAR}-hub-spokes") == {str(REMOTE.gateway): OVER}
    gateways = FABRIC.hubs[FAR].remote_gateways
    assert set(routes(built, f"{FAR}-hub-spokes")) == blocks(*SUMMARIES.values())
    assert routed(built, f"{FAR}-routes") == blocks(*gateways)
    assert let_in(built, f"{FAR}-from-gateway") == {(one, 443, 443) for one in blocks(*gateways)}


def test_the_table_of_a_segment_has_gateways_only_if_they_may_reach_it(
    built: CloudWorld,
) -> None:
    shop, lab = f"fabric-{NEAR}-segment-shop", f"fabric-{FAR}-segment-lab"
    assert associated(built, shop) == {f"fabric-{NEAR}-spoke-shop"}
    assert propagated(built, shop) == {*VPNS, f"{NEAR}-kong", f"fabric-{NEAR}-spoke-shop"}
    assert propagated(built, lab) == {f"fabric-{FAR}-spoke-lab"}
    dropped = {block for block, to in routes(built, lab).items() if to == "nothing"}
    assert dropped == blocks(*FABRIC.hubs[FAR].closed_to_segments["lab"])
    assert blocks(*(one.gateway for one in FABRIC.hubs.values())) < dropped
    assert set(routes(built, lab)) - dropped == blocks(*SUMMARIES.values())
    assert routes(built, shop).items() >= dict.fromkeys(blocks(*LAB.subnets()), "nothing").items()


def test_a_spoke_lets_in_who_may_call_it_and_routes_to_them(built: CloudWorld) -> None:
    plan = FABRIC.spokes["shop"]
    callers = let_in(built, f"fabric-{NEAR}-spoke-shop-from-fabric")
    assert callers == {(block, 443, 443) for block in blocks(*plan.allowed)}
    assert routed(built, f"fabric-{NEAR}-spoke-shop-routes") == blocks(*plan.routes)


def test_a_link_has_a_vpn_for_each_far_interface_with_one_set_of_algorithms(
    built: CloudWorld, ran: tuple[CloudWorld, list[str]]
) -> None:
    link = FABRIC.links[f"{NEAR}-{GCP}"]
    first, second = (built.made(name) for name in sorted(VPNS))
    assert ran[1] == [made[f"tunnel{place}Address"] for made in (first, second) for place in (1, 2)]
    for made, tunnels, address in (
        (first, link.tunnels[:2], "198.51.100.1"),
        (second, link.tunnels[2:], "198.51.100.2"),
    ):
        gateway = built.made(made.name.replace("vpn", "customer-gateway"))
        assert (gateway["ipAddress"], gateway["bgpAsn"]) == (address, str(FABRIC.hubs[GCP].asn))
        for place, tunnel in enumerate(tunnels, 1):
            option = {
                name: made[f"tunnel{place}{name}"]
                for name in ("InsideCidr", "IkeVersions", "StartupAction", "PresharedKey")
            }
            assert option == {
                "InsideCidr": str(tunnel.inside),
                "IkeVersions": ["ikev2"],
                "StartupAction": "start",
                "PresharedKey": f"key.of.tunnel.{tunnel.key}",
            }
            assert made[f"tunnel{place}VgwInsideAddress"] == str(tunnel.near)
            assert made[f"tunnel{place}BgpAsn"] == str(FABRIC.hubs[NEAR].asn)
            for phase in ("Phase1", "Phase2"):
                for kind in ("DhGroupNumbers", "EncryptionAlgorithms", "IntegrityAlgorithms"):
                    assert len(made[f"tunnel{place}{phase}{kind}"]) == 1


def test_a_hub_a_spoke_and_a_segment_more_create_their_own_and_update_lists_in_place(
    world: CloudWorld,
) -> None:
    args = prod_args()
    world.run(fabric_in_aws(args))
    more = replace(
        args,
        hubs=[*args.hubs, hub(Cloud.AWS, 2)],
        numbers=fabric_plan(args).numbers,
        segments={**args.segments, "extra": SegmentArgs(connected=frozenset({"shop"}))},
        spokes={
            **args.spokes,
            "second": replace(spoke(Cloud.AWS, 0, "shop", 1), ports=(8443,)),
            "extra": spoke(Cloud.AWS, 1, "extra", 1),
        },
    )
    world.run(fabric_in_aws(more))
    assert {done for done, _ in world.changes} == {"create", "update"}
    second, third = f"fabric-{NEAR}-spoke-second", hub(Cloud.AWS, 2)
    lists = {made.name for made in objects(world, tokens.PREFIX_LIST)}
    assert world.names("update") < lists
    new = (third.key, "spoke-second", "spoke-extra", "segment-extra")
    assert all(any(one in name for one in new) for name in world.names("create"))
    assert str(third.gateway) in routes(world, f"{NEAR}-hub-spokes")
    for at in (NEAR, FAR):
        assert str(third.gateway) in routed(world, f"{at}-routes")
        assert (str(third.gateway), 443, 443) in let_in(world, f"{at}-from-gateway")
    assert second in propagated(world, f"fabric-{NEAR}-segment-shop")
    assert second in propagated(world, f"{NEAR}-hub-gateways")
    assert {first for _, first, _ in let_in(world, f"{second}-from-fabric")} == {8443}


def test_a_first_vpn_of_a_hub_leaves_all_that_leads_to_other_clouds(world: CloudWorld) -> None:
    """What its BGP announces is longer than a summary, so it goes before when it is there."""
    args = prod_args()
    world.run(fabric_in_aws(args))
    table = f"{FAR}-hub-gateways"
    before = routes(world, table)
    numbers = fabric_plan(args).numbers
    world.run(fabric_in_aws(replace(args, links=[(FAR, "gcp-europe-west1")], numbers=numbers)))
    assert {done for done, _ in world.changes} == {"create"}
    assert routes(world, table).items() >= before.items()
    # AWS announces the routes of this table over the VPN, and a summary is no hub's own.
    announced = routes(world, f"fabric-{FAR}-transit")
    assert announced == dict.fromkeys(blocks(OWN.gateway, OWN.landing, SHOP), OVER)


def test_a_block_moves_to_a_further_peering_without_being_led_nowhere(world: CloudWorld) -> None:
    args = prod_args(summaries=False)
    third = hub(Cloud.AWS, 2)
    args = replace(args, hubs=[*args.hubs, third])
    world.run(fabric_in_aws(args))
    numbers = fabric_plan(args).numbers
    world.run(fabric_in_aws(replace(args, links=[(FAR, third.key)], numbers=numbers)))
    assert not {done for done, _ in world.changes} & {"delete", "replace"}
    order = [name for _, name in world.changes]
    for at, other in ((FAR, third), (third.key, REMOTE)):
        leads = order.index(f"fabric-{at}-gateways-to-{other.key}-networks")
        assert leads < order.index(f"fabric-{at}-{NEAR}-networks")
        peering = routes(world, f"{at}-hub-gateways")[str(other.landing)]
        assert peering == f"fabric-{FAR}-{third.key}-peering"


def test_a_live_segment_is_closed_to_gateways_and_opened_again(world: CloudWorld) -> None:
    args = prod_args()
    closed = replace(args.segments["shop"], gateways=False)
    table, gateways = f"fabric-{NEAR}-segment-shop", f"{NEAR}-hub-gateways"
    world.run(fabric_in_aws(args))
    before = set(world.objects)
    world.run(fabric_in_aws(replace(args, segments={**args.segments, "shop": closed})))
    assert not world.names("replace")
    assert f"fabric-{NEAR}-spoke-shop" not in propagated(world, gateways)
    for one in FABRIC.hubs.values():
        assert routes(world, table)[str(one.gateway)] == "nothing"
    dropped = {block for block, to in routes(world, gateways).items() if to == "nothing"}
    orders = FABRIC.spokes["orders"].cidr
    assert dropped == blocks(*LAB.subnets(), *SHOP.subnets(), orders)
    world.run(fabric_in_aws(args))
    assert not world.names("replace")
    assert set(world.objects) == before


def test_a_hub_has_as_many_resources_in_a_fabric_of_6_hubs_as_in_one_of_48() -> None:
    """Only links of its own add to it: those of the core, one for each other hub in AWS."""

    def resources(args: FabricArgs) -> list[str]:
        world, _ = run_program(lambda _: fabric_in_aws(args)())
        unmocked()
        return [one.name for one in world.resources if one.name.startswith("fabric-")]

    few, many = resources(prod_args()), resources(wide_args())
    at_far, at_near = f"fabric-{FAR}-", f"fabric-{NEAR}-"
    assert sorted(name for name in few if name.startswith(at_far)) == sorted(
        name for name in many if name.startswith(at_far)
    )
    more = {name for name in many if name.startswith(at_near)} - {*few}
    assert all("aws-" in name.removeprefix(at_near) for name in more)


def test_an_isolated_gateway_is_dropped_in_every_table_that_others_use(
    world: CloudWorld,
) -> None:
    args = prod_args()
    world.run(fabric_in_aws(args))
    elsewhere = hub(Cloud.AZURE, 0)
    hubs = [replace(one, isolated=one.key in (NEAR, elsewhere.key)) for one in args.hubs]
    world.run(fabric_in_aws(replace(args, hubs=hubs)))
    own = str(OWN.gateway)
    for table in ("transit", "segment-shop"):
        assert routes(world, f"fabric-{NEAR}-{table}")[own] == "nothing"
    # Azure still announces it, and a spoke would still reply to it.
    assert routes(world, f"fabric-{NEAR}-segment-shop")[str(elsewhere.gateway)] == "nothing"
    assert own not in routes(world, f"{FAR}-hub-spokes")
    assert not world.names("replace")


def test_a_given_vpc_is_attached_and_routed_and_all_is_deleted_in_order(
    world: CloudWorld,
) -> None:
    aws = world.providers["aws"]
    block = IPv4Network("172.20.0.0/16")
    vpc = aws.create(tokens.VPC, "given", cidrBlock=str(block))
    subnet = aws.create(tokens.SUBNET, "given", vpcId=vpc.id, cidrBlock="172.20.0.0/24")
    table = aws.create(tokens.ROUTE_TABLE, "given", vpcId=vpc.id)
    args = prod_args()
    given = replace(
        args.spokes["shop"],
        cidr=block,
        given=GivenSpoke(vpc.id, [subnet.id], {"main": table.id}),
    )
    args = replace(args, spokes={**args.spokes, "shop": given})
    world.run(fabric_in_aws(args))
    attachment = world.made(f"fabric-{NEAR}-spoke-shop-attachment")
    assert (attachment["vpcId"], attachment["subnetIds"]) == (vpc.id, [subnet.id])
    (route,) = (made for made in objects(world, tokens.ROUTE) if made["routeTableId"] == table.id)
    wanted = blocks(*fabric_plan(args).spokes["shop"].routes)
    assert set(destinations(world, route)) == wanted
    world.run(lambda: None)
    assert world.objects == {}
    aws.delete(subnet)
    aws.delete(table)
    aws.delete(vpc)
