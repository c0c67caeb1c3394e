"""The address plan of an environment: it only grows, inside its summaries, without an overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv4Network as Net
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.addressing import DCGW_POOLS, DCGW_RESERVED, AddressError, dcgw_faults
from components.addressing.conflicts import conflicts
from components.addressing.plan import (
    AddressPlan,
    CloudBlocks,
    RegionBlocks,
    RegionRequest,
    extended,
    released,
)
from components.addressing.roles import SIZES, Role
from components.regions import REGIONS, Cloud

EMPTY = AddressPlan()
Wanted = Mapping[Cloud, Mapping[str, RegionRequest]]


def wanted(*keys: tuple[Cloud, str], **request: Any) -> dict[Cloud, dict[str, RegionRequest]]:
    requests: dict[Cloud, dict[str, RegionRequest]] = {}
    for cloud, region in keys:
        requests.setdefault(cloud, {})[region] = RegionRequest(**request)
    return requests


def networks(plan: AddressPlan) -> Iterator[tuple[Cloud, str, str, Net]]:
    for cloud, there in plan.clouds.items():
        for region, blocks in there.regions.items():
            for name, block in blocks.networks():
                yield cloud, region, name, block


ALL = [(cloud, region) for cloud in Cloud for region in list(REGIONS[cloud])[:6]]
keys = st.lists(st.sampled_from(ALL), max_size=8, unique=True)
foreign = st.lists(
    st.sampled_from([Net("10.64.0.0/14"), Net("10.68.0.0/20"), Net("10.80.0.0/13")]), max_size=2
)
# Pins of each region that touch no other region's, inside and outside the default summaries.
INSIDE = dict(zip(ALL, Net("10.68.0.0/14").subnets(new_prefix=19), strict=False))
OUTSIDE = dict(zip(ALL, Net("172.20.0.0/14").subnets(new_prefix=19), strict=False))
BY_HAND = {half for side in (INSIDE, OUTSIDE) for one in side.values() for half in one.subnets()}
pins = st.dictionaries(st.sampled_from(ALL), st.sampled_from([INSIDE, OUTSIDE]), max_size=4)


def request(key: tuple[Cloud, str], pinned: Mapping[Any, Mapping[Any, Net]]) -> RegionRequest:
    if key not in pinned:
        return RegionRequest()
    gateway, landing = pinned[key][key].subnets()
    return RegionRequest({Role.GATEWAY: gateway, Role.LANDING: landing})


Step = tuple[list[tuple[Cloud, str]], bool, dict[Any, Any]]


@given(st.lists(st.tuples(keys, st.booleans(), pins), max_size=5), foreign)
def test_in_any_order_of_insertions_deletions_and_pins_no_block_is_lost_or_overlaps(
    steps: list[Step], elsewhere: list[Net]
) -> None:
    plan = EMPTY
    present: set[tuple[Cloud, str]] = set()
    for change, deletes, pinned in steps:
        present = present - set(change) if deletes else present | set(change)
        requests: dict[Cloud, dict[str, RegionRequest]] = {}
        for cloud, region in present:
            requests.setdefault(cloud, {})[region] = request((cloud, region), pinned)
        before = plan
        with suppress(AddressError):  # No room.
            plan = extended(plan, requests, elsewhere)
        if found := conflicts("plan", plan, {}):  # The command writes nothing then.
            assert all({one.first.cidr, one.second.cidr} & BY_HAND for one in found)
            plan = before
        if plan is before:
            continue
        for cloud, there in before.clouds.items():
            assert plan.clouds[cloud].summary == there.summary
            for region, blocks in there.regions.items():
                after = plan.region(cloud, region)
                assert after is not None
                assert blocks.reserve in (None, after.reserve)
                assert after.retired == ((cloud, region) not in present)
                for role, block in blocks.blocks.items():
                    if (cloud, region) not in pinned or (cloud, region) not in present:
                        assert after.blocks[role] == block
                    elif not role.in_landing:
                        assert block in (after.blocks[role], *after.replaced)
    every = [block for *_, block in networks(plan)]
    assert not any(one.overlaps(other) for one, other in combinations(every, 2))
    for cloud, there in plan.clouds.items():
        assert {block for _, block in there.outside()} <= BY_HAND
        for region in there.regions.values():
            assert dcgw_faults(cloud, region.blocks[Role.GATEWAY], 5) == []
            for role, block in region.blocks.items():
                assert any(block.subnet_of(pool) for pool in DCGW_POOLS)
                assert SIZES[role][cloud].accepted.accepts(block)
                if not any(block.subnet_of(pin) for pin in BY_HAND):
                    assert block.subnet_of(there.summary)
                    assert not any(block.overlaps(taken) for taken in (*elsewhere, *DCGW_RESERVED))


@given(keys, st.data())
def test_the_order_of_regions_decides_nothing(
    asked: list[tuple[Cloud, str]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(asked))
    assert extended(EMPTY, wanted(*shuffled)) == extended(EMPTY, wanted(*asked))


@given(keys)
def test_a_plan_that_has_everything_stays_as_it_is(asked: list[tuple[Cloud, str]]) -> None:
    plan = extended(EMPTY, wanted(*asked))
    assert extended(plan, wanted(*asked)) == plan


def test_a_new_region_has_a_reserve_with_its_networks_and_room_for_more() -> None:
    plan = extended(EMPTY, wanted((Cloud.AZURE, "eastus2")))
    assert plan.clouds[Cloud.AZURE].summary == Net("10.80.0.0/14")
    assert plan.region(Cloud.AZURE, "eastus2") == RegionBlocks(
        reserve=Net("10.80.0.0/16"),
        blocks={
            Role.GATEWAY: Net("10.80.0.0/20"),
            Role.LANDING: Net("10.80.128.0/17"),
            Role.HUB: Net("10.80.16.0/23"),
            Role.LOAD_BALANCERS: Net("10.80.192.0/24"),
            Role.RESOLVERS: Net("10.80.193.0/27"),
        },
    )


def test_the_reserves_of_many_regions_are_smaller_and_leave_room_for_as_many_again() -> None:
    def sizes(count: int) -> set[int]:
        regions = [(Cloud.AWS, region) for region in list(REGIONS[Cloud.AWS])[:count]]
        there = extended(EMPTY, wanted(*regions)).clouds[Cloud.AWS].regions.values()
        return {region.reserve.prefixlen for region in there if region.reserve}

    assert (sizes(2), sizes(4), sizes(8), sizes(16)) == ({16}, {17}, {18}, {18})


def test_regions_that_find_no_room_are_named_with_the_way_out() -> None:
    regions = [(Cloud.AWS, region) for region in list(REGIONS[Cloud.AWS])[:17]]
    with pytest.raises(
        AddressError,
        match=r"aws-us-west-2 finds no free /18 in 10.64.0.0/14, the summary of aws; write its",
    ):
        extended(EMPTY, wanted(*regions))


def pinned(gateway: str, landing: str | None = None) -> RegionRequest:
    pins = {Role.GATEWAY: Net(gateway)}
    return RegionRequest(pins | ({Role.LANDING: Net(landing)} if landing else {}))


def test_pinned_blocks_are_recorded_and_the_summary_is_around_them() -> None:
    plan = extended(
        EMPTY,
        {
            Cloud.AWS: {
                "us-east-2": pinned("10.72.0.0/20", "10.73.0.0/16"),
                "eu-west-1": pinned("10.72.16.0/20", "10.74.0.0/16"),
            }
        },
    )
    assert plan.clouds[Cloud.AWS].summary == Net("10.72.0.0/14")
    region = plan.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.reserve is None
    assert region.blocks[Role.GATEWAY] == Net("10.72.0.0/20")
    assert region.blocks[Role.LOAD_BALANCERS] == Net("10.73.1.0/24")


def test_a_pin_far_from_the_others_is_recorded_outside_the_summary() -> None:
    requests = {
        Cloud.AWS: {
            "us-east-2": pinned("10.72.0.0/20", "10.73.0.0/16"),
            "eu-west-1": pinned("192.168.0.0/20", "172.20.0.0/16"),
        }
    }
    plan = extended(EMPTY, requests)
    there = plan.clouds[Cloud.AWS]
    assert there.summary == Net("10.64.0.0/14")
    assert [name for name, _ in there.outside()] == [
        "eu-west-1 gateway",
        "eu-west-1 landing",
        "us-east-2 gateway",
        "us-east-2 landing",
    ]


def test_another_pin_replaces_the_recorded_block_which_stays_taken() -> None:
    plan = extended(EMPTY, wanted((Cloud.AWS, "us-east-2")))
    request = pinned("10.64.64.0/20")
    moved = extended(plan, {Cloud.AWS: {"us-east-2": request}})
    region = moved.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.blocks[Role.GATEWAY] == Net("10.64.64.0/20")
    assert region.replaced == {Net("10.64.0.0/20"): Role.GATEWAY}
    back = extended(moved, {Cloud.AWS: {"us-east-2": pinned("10.64.0.0/20")}})
    region = back.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.replaced == {Net("10.64.64.0/20"): Role.GATEWAY}


def test_the_blocks_in_a_landing_move_with_it() -> None:
    plan = extended(EMPTY, {Cloud.AWS: {"us-east-2": pinned("10.64.0.0/20", "10.65.0.0/16")}})
    moved = extended(plan, {Cloud.AWS: {"us-east-2": pinned("10.64.0.0/20", "10.66.0.0/16")}})
    region = moved.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.blocks[Role.RESOLVERS] == Net("10.66.0.128/25")


def test_the_landing_of_another_team_is_never_given_nor_divided() -> None:
    request = RegionRequest({Role.GATEWAY: Net("10.64.0.0/20")}, network="acme/network-team/dev")
    plan = extended(EMPTY, {Cloud.AWS: {"us-east-2": request}})
    region = plan.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert set(region.blocks) == {Role.GATEWAY}


def test_written_spokes_are_in_the_summary_and_no_other_block_overlaps_them() -> None:
    pins = {Role.GATEWAY: Net("10.72.0.0/20"), Role.LANDING: Net("10.73.0.0/16")}
    written = (Net("10.75.0.0/20"), Net("10.72.128.0/20"))
    request = RegionRequest(pins, spokes={"shop": 20}, written_spokes=written)
    plan = extended(EMPTY, {Cloud.AWS: {"us-east-2": request}})
    assert plan.clouds[Cloud.AWS].summary == Net("10.72.0.0/14")
    region = plan.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.spokes.keys() == {"shop"}
    assert not any(region.spokes["shop"].overlaps(block) for block in written)


def test_a_hub_or_a_spoke_of_a_region_with_pins_is_placed_in_a_reserve() -> None:
    pins = {Role.GATEWAY: Net("10.80.0.0/20"), Role.LANDING: Net("10.81.0.0/16")}
    request = RegionRequest(pins, needs=frozenset(Role), spokes={"shop": 20})
    region = extended(EMPTY, {Cloud.AZURE: {"eastus2": request}}).region(Cloud.AZURE, "eastus2")
    assert region is not None
    assert region.reserve == Net("10.82.0.0/16")
    assert region.blocks[Role.HUB] == Net("10.82.0.0/23")
    assert region.spokes == {"shop": Net("10.82.16.0/20")}


def test_a_reserve_without_room_is_named_with_the_way_out() -> None:
    spokes = {f"s{index}": 17 for index in range(2)}
    with pytest.raises(AddressError) as caught:
        extended(EMPTY, {Cloud.AWS: {"us-east-2": RegionRequest(spokes=spokes)}})
    assert str(caught.value) == (
        "aws-us-east-2 spoke s0 finds no free /17 in 10.64.0.0/16, the reserve of its region; "
        "write a block for it, or release its former blocks"
    )
    small = AddressPlan(
        {
            Cloud.AWS: CloudBlocks(
                Net("10.64.0.0/14"), {"us-east-2": RegionBlocks(reserve=Net("10.64.0.0/20"))}
            )
        }
    )
    with pytest.raises(AddressError, match="aws-us-east-2 landing finds no free /21 in"):
        extended(small, wanted((Cloud.AWS, "us-east-2")))


def test_without_a_free_summary_the_cloud_is_named() -> None:
    with pytest.raises(AddressError, match="aws finds no free /14 for its summary; release"):
        extended(EMPTY, wanted((Cloud.AWS, "us-east-2")), [Net("0.0.0.0/0")])


def test_a_written_reserve_is_filled() -> None:
    reserve = RegionBlocks(reserve=Net("10.67.0.0/16"))
    plan = AddressPlan({Cloud.AWS: CloudBlocks(Net("10.64.0.0/14"), {"us-east-2": reserve})})
    region = extended(plan, wanted((Cloud.AWS, "us-east-2"))).region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.blocks[Role.GATEWAY] == Net("10.67.0.0/20")


def test_only_a_release_gives_the_blocks_of_a_deleted_region_again() -> None:
    plan = extended(EMPTY, wanted((Cloud.AWS, "us-east-2")))
    gone = extended(plan, {})
    other = extended(gone, wanted((Cloud.AWS, "eu-west-1"))).region(Cloud.AWS, "eu-west-1")
    assert other is not None
    assert other.reserve == Net("10.65.0.0/16")
    again = extended(released(gone, Cloud.AWS, "us-east-2"), wanted((Cloud.AWS, "eu-west-1")))
    reused = again.region(Cloud.AWS, "eu-west-1")
    assert reused is not None
    assert reused.reserve == Net("10.64.0.0/16")


def test_a_region_that_comes_back_has_the_blocks_that_it_had() -> None:
    plan = extended(EMPTY, wanted((Cloud.AWS, "us-east-2"), (Cloud.AWS, "eu-west-1")))
    gone = extended(plan, wanted((Cloud.AWS, "eu-west-1")))
    assert extended(gone, wanted((Cloud.AWS, "us-east-2"), (Cloud.AWS, "eu-west-1"))) == plan


def test_a_region_in_use_is_not_released() -> None:
    plan = extended(EMPTY, wanted((Cloud.AWS, "us-east-2")))
    with pytest.raises(AddressError, match="is in the stack file, and has no former block"):
        released(plan, Cloud.AWS, "us-east-2")
    with pytest.raises(AddressError, match="aws-eu-west-1 is not in the plan"):
        released(plan, Cloud.AWS, "eu-west-1")


def test_the_former_block_of_a_region_in_use_can_be_released() -> None:
    plan = extended(EMPTY, {Cloud.AWS: {"us-east-2": pinned("10.64.0.0/20", "10.65.0.0/16")}})
    moved = extended(plan, {Cloud.AWS: {"us-east-2": pinned("10.64.16.0/20", "10.65.0.0/16")}})
    region = released(moved, Cloud.AWS, "us-east-2").region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.replaced == {}
    assert region.blocks[Role.GATEWAY] == Net("10.64.16.0/20")


# Conflicts


def told(plan: AddressPlan, **others: AddressPlan) -> list[str]:
    return [
        f"{found.second.cidr} of {found.second.owner} overlaps {found.first.cidr} of "
        f"{found.first.owner} in {found.first.plan}, {found.free} is free"
        for found in conflicts("dev", plan, others)
    ]


def with_region(summary: str, region: str, **blocks: str) -> AddressPlan:
    given_blocks = {Role(role): Net(block) for role, block in blocks.items()}
    there = CloudBlocks(Net(summary), {region: RegionBlocks(given_blocks)})
    return AddressPlan({Cloud.AWS: there})


def test_two_regions_that_two_branches_gave_one_block_are_named_with_a_free_one() -> None:
    one = RegionBlocks({Role.GATEWAY: Net("10.64.16.0/20")})
    plan = AddressPlan(
        {Cloud.AWS: CloudBlocks(Net("10.64.0.0/14"), {"eu-west-1": one, "us-west-2": one})}
    )
    assert told(plan) == [
        "10.64.16.0/20 of aws-us-west-2 gateway overlaps 10.64.16.0/20 of aws-eu-west-1 gateway in "
        "dev, 10.64.0.0/20 is free"
    ]


def test_environments_that_may_be_routed_share_no_address_and_others_may() -> None:
    dev = with_region("10.64.0.0/14", "us-east-2", gateway="10.64.0.0/20")
    prod = with_region("10.72.0.0/14", "us-east-2", gateway="10.64.0.0/20")
    expected = (
        "10.64.0.0/20 of aws-us-east-2 gateway overlaps 10.64.0.0/20 of aws-us-east-2 gateway in "
        "prod, 10.64.16.0/20 is free"
    )
    assert told(dev, prod=prod) == [expected]
    alone = AddressPlan(prod.clouds, routing_domain="prod")
    assert told(dev, prod=alone) == []


def test_two_summaries_that_overlap_are_one_conflict() -> None:
    dev = with_region("10.64.0.0/14", "us-east-2", gateway="10.64.0.0/20")
    prod = with_region("10.64.0.0/13", "us-east-2", gateway="10.68.0.0/20")
    (line,) = told(dev, prod=prod)
    assert line.startswith("10.64.0.0/14 of aws summary overlaps 10.64.0.0/13 of aws summary in")


def test_two_environments_may_share_the_landing_of_another_team() -> None:
    blocks = {Role.LANDING: Net("10.200.0.0/16")}
    there = CloudBlocks(
        Net("10.64.0.0/14"), {"us-east-2": RegionBlocks(blocks, network="acme/network-team/dev")}
    )
    other = CloudBlocks(Net("10.72.0.0/14"), there.regions)
    plan, prod = AddressPlan({Cloud.AWS: there}), AddressPlan({Cloud.AWS: other})
    assert told(plan, prod=prod) == []


def test_a_block_in_the_reserve_of_another_region_is_a_conflict() -> None:
    plan = extended(EMPTY, wanted((Cloud.AWS, "us-east-2")))
    plan = extended(
        plan,
        {
            Cloud.AWS: {
                "us-east-2": RegionRequest(),
                "eu-west-1": pinned("10.64.48.0/20", "10.66.0.0/16"),
            }
        },
    )
    assert told(plan) == [
        "10.64.48.0/20 of aws-eu-west-1 gateway overlaps 10.64.0.0/16 of aws-us-east-2 reserve in "
        "dev, 10.65.0.0/20 is free"
    ]
