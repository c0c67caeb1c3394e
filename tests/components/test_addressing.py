"""Address arithmetic: Konnect's rules, overlaps between routed networks, free blocks."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network as Net
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.addressing import (
    DCGW_POOLS,
    DCGW_RESERVED,
    AddressError,
    Block,
    FreeSpace,
    attachment_blocks,
    dcgw_advice,
    dcgw_faults,
    dcgw_remedy,
    disjoint,
    free_blocks,
    free_gateway_block,
    free_near,
    listed,
    parse,
)
from components.regions import Cloud
from sandbox.konnect.availability import ALLOWED_BLOCKS, LARGEST_PREFIX, RESERVED_BLOCKS

POOL = Net("10.64.0.0/12")


@st.composite
def networks(draw: st.DrawFn, inside: Net = POOL, smallest: int = 24) -> Net:
    """Draw a block inside a pool, of any length from the pool's own to ``smallest``."""
    prefix = draw(st.integers(inside.prefixlen, smallest))
    place = draw(st.integers(0, 2 ** (prefix - inside.prefixlen) - 1))
    return Net((int(inside.network_address) + place * 2 ** (32 - prefix), prefix))


few_networks = st.lists(networks(smallest=20), max_size=4)


def overlapping(blocks: list[Net]) -> list[tuple[Net, Net]]:
    return [pair for pair in combinations(blocks, 2) if pair[0].overlaps(pair[1])]


# Reading


@given(networks(inside=Net("0.0.0.0/0"), smallest=32))
def test_a_block_reads_back_as_it_is_written(network: Net) -> None:
    assert parse(str(network)) == network


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("10.99.98.0/21", "has host bits; the network is 10.99.96.0/21; write 10.99.96.0/21"),
        ("10.0.0.0", "has no prefix length; write it like 10.0.0.0/20"),
        ("10.0.0.0/255.255.0.0", "prefix length; write 10.0.0.0/16"),
        ("10.0.0.0/016", "prefix length; write 10.0.0.0/16"),
        ("10.0.0.0/33", "is not an IPv4 CIDR block"),
        ("fd00::/8", "is not an IPv4 CIDR block"),
        (" 10.0.0.0/16", "is not an IPv4 CIDR block"),
        ("10.0.0/16", "is not an IPv4 CIDR block"),
        ("", "is not an IPv4 CIDR block"),
    ],
)
def test_a_block_that_is_not_one_is_refused_with_the_remedy(text: str, told: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse(text)
    assert str(caught.value).startswith(text)
    assert told in str(caught.value)


@given(st.text(max_size=24))
def test_reading_any_text_gives_a_block_or_an_address_error(text: str) -> None:
    try:
        read = str(parse(text))
    except AddressError as error:
        read = error.value
    assert read == text


# What Konnect takes


@pytest.mark.parametrize(
    ("cloud", "block", "zones", "told"),
    [
        (Cloud.AWS, "10.0.0.0/15", 2, "is a /15, and a gateway network in aws is /16 to /23"),
        (Cloud.AWS, "10.0.0.0/24", 2, "is a /24, and a gateway network in aws is /16 to /23"),
        (Cloud.GCP, "10.0.0.0/24", 2, "gateway network in gcp is /16 to /23"),
        (Cloud.AZURE, "10.0.0.0/22", 2, "gateway network in azure is /16 to /21"),
        (Cloud.AWS, "10.0.0.0/23", 4, "is too small for 4 zones, which need at least a /22"),
        (Cloud.AWS, "10.0.0.0/22", 5, "is too small for 5 zones, which need at least a /21"),
        (Cloud.AWS, "10.0.0.0/22", 6, "is too small for 6 zones, which need at least a /21"),
        (Cloud.AWS, "11.0.0.0/20", 3, "lies outside 10.0.0.0/8, 100.64.0.0/10"),
        (Cloud.AWS, "192.169.0.0/16", 3, "lies outside"),
        (Cloud.AWS, "10.100.16.0/20", 3, "overlaps 10.100.0.0/16, reserved by Kong"),
        (Cloud.AWS, "172.17.0.0/16", 3, "overlaps 172.17.0.0/16, reserved by Kong"),
    ],
)
def test_a_gateway_network_konnect_refuses_is_explained(
    cloud: Cloud, block: str, zones: int, told: str
) -> None:
    (fault,) = dcgw_faults(cloud, Net(block), zones)
    assert told in fault


@pytest.mark.parametrize(
    ("cloud", "block", "zones"),
    [
        (Cloud.AWS, "10.0.0.0/16", 3),
        (Cloud.AWS, "10.64.0.0/23", 3),
        (Cloud.GCP, "198.18.0.0/22", 4),
        (Cloud.AZURE, "172.16.0.0/21", 5),
        (Cloud.AWS, "100.64.0.0/21", 5),
        (Cloud.AWS, "192.168.0.0/16", 0),
    ],
)
def test_a_gateway_network_konnect_takes_has_no_fault(cloud: Cloud, block: str, zones: int) -> None:
    assert dcgw_faults(cloud, Net(block), zones) == []


def test_the_default_ranges_are_those_of_konnects_availability_document() -> None:
    assert listed(DCGW_POOLS) == ", ".join(ALLOWED_BLOCKS)
    assert listed(DCGW_RESERVED) == ", ".join(RESERVED_BLOCKS)
    for cloud in Cloud:
        remedy = dcgw_remedy(cloud)
        assert f"a block of /16 to /{LARGEST_PREFIX[cloud]} inside 10.0.0.0/8, 100" in remedy
        assert remedy.endswith(f"198.18.0.0/15 and outside {listed(DCGW_RESERVED)}")
        assert "outside" not in dcgw_remedy(cloud, reserved=[])


def test_all_faults_of_a_gateway_network_are_found_together() -> None:
    assert len(dcgw_faults(Cloud.AZURE, Net("10.96.0.0/12"), 3)) == 2


def test_the_ranges_of_the_availability_document_replace_the_documented_ones() -> None:
    block = Net("10.0.0.0/20")
    assert dcgw_faults(Cloud.AWS, block, 3, pools=[Net("10.64.0.0/12")], reserved=[])
    assert dcgw_faults(Cloud.AWS, block, 3, pools=[Net("10.0.0.0/8")], reserved=[block])


def test_a_23_over_three_zones_is_taken_and_advised_against() -> None:
    tight = Net("10.64.0.0/23")
    assert dcgw_faults(Cloud.AWS, tight, 3) == []
    assert "recommends at least a /22 for 3 zones" in str(dcgw_advice(tight, 3))
    assert dcgw_advice(tight, 2) is None
    assert dcgw_advice(Net("10.64.0.0/22"), 4) is None
    assert dcgw_advice(Net("10.64.0.0/21"), 5) is None
    assert dcgw_faults(Cloud.AWS, Net("10.64.0.0/21"), 5) == []
    assert dcgw_faults(Cloud.AZURE, Net("10.80.0.0/21"), 6) == []


# Overlaps


@st.composite
def routed(draw: st.DrawFn) -> tuple[list[Block], list[tuple[str, str]]]:
    owners = st.sampled_from("abcdefgh")
    blocks = draw(st.lists(st.builds(Block, owners, networks(smallest=17)), max_size=10))
    links = draw(st.lists(st.tuples(owners, owners), max_size=6))
    return blocks, links


def reachable(owner: str, links: list[tuple[str, str]]) -> set[str]:
    reached = {owner}
    for _ in links:
        reached |= {end for link in links if reached & set(link) for end in link}
    return reached


@given(routed())
def test_exactly_the_overlaps_between_routed_owners_are_conflicts(
    case: tuple[list[Block], list[tuple[str, str]]],
) -> None:
    blocks, links = case
    expected = [
        (first, second)
        for at, second in enumerate(blocks)
        for first in blocks[:at]
        if first.cidr.overlaps(second.cidr) and second.owner in reachable(first.owner, links)
    ]
    found = [(conflict.first, conflict.second) for conflict in disjoint(blocks, links)]
    assert found == expected


@given(routed())
def test_moving_every_block_to_its_suggestion_leaves_no_conflict(
    case: tuple[list[Block], list[tuple[str, str]]],
) -> None:
    blocks, links = case
    conflicts = disjoint(blocks, links)
    overlapping = any(
        first.cidr.overlaps(second.cidr) and second.owner in reachable(first.owner, links)
        for first, second in combinations(blocks, 2)
    )
    assert bool(conflicts) == overlapping
    moved = {
        id(conflict.second): Block(conflict.second.owner, conflict.suggestion)
        for conflict in conflicts
        if conflict.suggestion
    }
    assert disjoint([moved.get(id(block), block) for block in blocks], links) == []


def test_a_conflict_names_both_owners_and_a_free_block_of_the_size() -> None:
    blocks = [Block("prod network", Net("10.64.0.0/20")), Block("shop VPC", Net("10.64.8.0/22"))]
    (conflict,) = disjoint(blocks, [("prod network", "hub"), ("hub", "shop VPC")])
    assert str(conflict) == (
        "10.64.8.0/22 of shop VPC overlaps 10.64.0.0/20 of prod network; 10.64.16.0/22 is free"
    )


def test_networks_without_a_route_between_them_may_share_addresses() -> None:
    shared = Net("10.64.0.0/20")
    blocks = [Block("a", shared), Block("b", shared)]
    assert disjoint(blocks, []) == []
    assert disjoint(blocks, [("a", "hub"), ("b", "other hub")]) == []


def test_a_conflict_without_room_says_so() -> None:
    full = [Block("a", POOL), Block("b", POOL)]
    (conflict,) = disjoint(full, [("a", "b")], pools=[POOL])
    assert conflict.suggestion is None
    assert str(conflict).endswith("no block of its size is free")


# Free space


@given(st.lists(networks(Net("10.64.0.0/26"), 32), max_size=3), few_networks)
def test_free_space_is_the_pools_without_what_is_used(pools: list[Net], used: list[Net]) -> None:
    used = [*used, Net("10.64.0.16/29")]
    free = free_blocks(pools, used)
    addresses = {address for pool in pools for address in pool}
    left = {address for address in addresses if not any(address in block for block in used)}
    assert [address for block in free for address in block] == sorted(left)


@given(few_networks, few_networks)
def test_free_space_comes_in_the_fewest_blocks(pools: list[Net], used: list[Net]) -> None:
    free = free_blocks(pools, used)
    merged = [pair for pair in combinations(free, 2) if pair[0].supernet() == pair[1].supernet()]
    assert [pair for pair in merged if pair[0].prefixlen == pair[1].prefixlen] == []


def test_free_space_reaches_the_last_address() -> None:
    last = Net("255.255.255.255/32")
    assert free_blocks([Net("255.255.255.254/31")], [Net("255.255.255.254/32")]) == [last]
    assert free_blocks([last], [last]) == []


@given(networks(smallest=22), few_networks)
def test_a_nearby_block_is_free_and_in_the_narrowest_space_with_room(
    near: Net, used: list[Net]
) -> None:
    found = free_near(near, used, [POOL], [])
    room = [block for block in free_blocks([POOL], used) if block.prefixlen <= near.prefixlen]
    if found is None:
        assert room == []
        return
    assert found.prefixlen == near.prefixlen
    assert any(found.subnet_of(block) for block in room)

    def distance(block: Net) -> int:
        return int(near.network_address) ^ int(block.network_address)

    every = [piece for block in room for piece in block.subnets(new_prefix=near.prefixlen)]
    assert distance(found).bit_length() == min(map(distance, every)).bit_length()


def test_a_free_block_is_its_own_suggestion() -> None:
    assert free_near(Net("10.64.0.0/20"), []) == Net("10.64.0.0/20")


def test_suggestions_keep_out_of_reserved_blocks() -> None:
    assert free_near(Net("10.100.0.0/20"), []) == Net("10.101.0.0/20")


@pytest.mark.parametrize(
    ("cloud", "near", "zones", "length"),
    [
        (Cloud.AWS, "10.64.0.0/20", 3, 20),
        (Cloud.AWS, "10.64.0.0/12", 3, 16),
        (Cloud.AWS, "10.64.4.0/25", 3, 23),
        (Cloud.AWS, "10.64.4.0/25", 4, 22),
        (Cloud.GCP, "10.64.4.0/23", 5, 21),
        (Cloud.AZURE, "10.64.4.0/24", 1, 21),
    ],
)
def test_a_free_block_for_a_gateway_network_is_one_that_konnect_takes(
    cloud: Cloud, near: str, zones: int, length: int
) -> None:
    used = [Net("10.64.0.0/16")]
    found = free_gateway_block(cloud, Net(near), zones, used)
    assert found is not None
    assert found.prefixlen == length
    assert dcgw_faults(cloud, found, zones) == []
    assert not found.overlaps(used[0])
    # The nearest space that is left is the other half of this block.
    assert found.subnet_of(Net("10.64.0.0/15"))
    assert free_gateway_block(cloud, Net(near), zones, [Net("0.0.0.0/0")]) is None


# New blocks


def room(sizes: Iterable[int], prefix: int) -> int:
    """How many blocks of a prefix length fit into blocks of these, which are all aligned."""
    return sum(2 ** (prefix - size) for size in sizes if size <= prefix)


def take(space: FreeSpace, sizes: Iterable[int]) -> list[Net]:
    """Take a block of each size, in this order. All must fit."""
    taken = [space.take(size) for size in sizes]
    assert None not in taken
    return [block for block in taken if block is not None]


sizes = st.lists(st.integers(18, 26), max_size=12)


@given(sizes, few_networks)
def test_whatever_fits_is_taken_in_any_order_and_touches_nothing_else(
    asked: list[int], used: list[Net]
) -> None:
    free = [block.prefixlen for block in free_blocks([POOL], used)]
    space = FreeSpace([POOL], used)
    assert [space.room(size) for size in asked] == [room(free, size) for size in asked]
    taken = [block for size in asked if (block := space.take(size))]
    if all(room(free, size) >= room(asked, size) for size in asked):
        assert len(taken) == len(asked)
    assert all(block.subnet_of(POOL) for block in taken)
    assert overlapping(taken) == []
    assert not any(block.overlaps(other) for block in taken for other in used)


@given(networks(smallest=20), st.lists(st.booleans(), max_size=12))
def test_blocks_that_add_up_to_the_pool_all_fit(pool: Net, splits: list[bool]) -> None:
    asked = [pool.prefixlen]
    for keep_large in splits:
        size = asked.pop(0 if keep_large else -1)
        asked += [size + 1, size + 1]
    taken = take(FreeSpace([pool], []), asked)
    assert free_blocks([pool], taken) == []


def test_the_smallest_space_that_fits_is_used_first() -> None:
    pools = [Net("10.64.0.0/16"), Net("10.80.0.0/20"), Net("10.96.0.0/22")]
    assert take(FreeSpace(pools, []), [20, 24]) == [Net("10.80.0.0/20"), Net("10.96.0.0/24")]


def test_full_pools_have_no_room() -> None:
    space = FreeSpace([Net("10.64.0.0/20")], [])
    assert (space.room(20), space.take(20)) == (1, Net("10.64.0.0/20"))
    assert (space.room(32), space.take(32), space.take(0)) == (0, None, None)


def test_the_default_pools_have_gateway_networks_that_konnect_takes() -> None:
    taken = take(FreeSpace(DCGW_POOLS, DCGW_RESERVED), [20] * 48)
    assert [dcgw_faults(Cloud.AZURE, block, 5) for block in taken] == [[]] * 48


# Attachments


@given(few_networks, networks(smallest=18))
def test_an_attachment_reaches_everything_but_the_gateways_own_network(
    reach: list[Net], network: Net
) -> None:
    blocks = attachment_blocks(reach, network)
    assert not any(block.overlaps(network) for block in blocks)
    assert free_blocks(reach, [network, *blocks]) == []
    assert free_blocks(blocks, reach) == []


def test_adjacent_ranges_are_joined_and_foreign_space_is_not_swallowed() -> None:
    reach = [Net("10.65.0.0/17"), Net("10.65.128.0/17"), Net("10.67.0.0/16")]
    joined = (Net("10.65.0.0/16"), Net("10.67.0.0/16"))
    assert attachment_blocks(reach, Net("10.64.0.0/20")) == joined
