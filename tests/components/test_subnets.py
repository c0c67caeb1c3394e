"""The subnets of customer networks: disjoint, inside, and never moved by another zone."""

from __future__ import annotations

from ipaddress import IPv4Network as Net
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.addressing import AddressError, free_blocks
from components.addressing.roles import CUSTOMER_PREFIXES, SIZES
from components.networks.subnets import (
    ZONE_SLOTS,
    aws_subnets,
    azure_subnets,
    free_customer_block,
    gcp_subnets,
    landing_blocks,
    require_customer_block,
    zone_slot,
)
from components.regions import Cloud


@st.composite
def blocks(draw: st.DrawFn, largest: int, smallest: int) -> Net:
    prefix = draw(st.integers(largest, smallest))
    return Net((int(Net("10.0.0.0/8")[draw(st.integers(0, 2**24 - 1))]), prefix), strict=False)


@pytest.mark.parametrize(
    ("zone", "slot"),
    [
        ("use2-az3", 3),
        ("use1-az6", 6),
        ("eastus2-az2", 2),
        ("us-central1-b", 2),
        ("europe-west1-d", 4),
    ],
)
def test_a_zone_has_the_slot_of_its_own_number_or_letter(zone: str, slot: int) -> None:
    assert zone_slot(zone) == slot


@pytest.mark.parametrize("zone", ["us-east-2a", "us-east-2", "use2-az0", "use2-azb", "use2", ""])
def test_a_zone_name_or_a_region_has_no_slot(zone: str) -> None:
    with pytest.raises(AddressError, match=r"does not end in a zone number or letter"):
        zone_slot(zone)


all_zones = [f"use1-az{number}" for number in range(1, 8)]
zone_lists = st.lists(st.sampled_from(all_zones), unique=True)


@given(blocks(16, 22), zone_lists)
def test_the_subnets_of_a_vpc_are_disjoint_and_inside_it(cidr: Net, zones: list[str]) -> None:
    layout = aws_subnets(cidr, zones)
    subnets = [net for zone in layout.zones for net in (zone.workload, zone.transit)]
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))
    assert all(net.subnet_of(cidr) for net in subnets)
    assert [zone.zone for zone in layout.zones] == zones
    assert {zone.workload.prefixlen for zone in layout.zones} <= {cidr.prefixlen + 3}
    assert {zone.transit.prefixlen for zone in layout.zones} <= {28}


@given(blocks(16, 22), zone_lists, zone_lists)
def test_adding_removing_or_reordering_zones_moves_no_other_zone(
    cidr: Net, before: list[str], after: list[str]
) -> None:
    was = {zone.zone: zone for zone in aws_subnets(cidr, before).zones}
    for zone in aws_subnets(cidr, after).zones:
        assert zone == was.get(zone.zone, zone)


def test_a_vpc_keeps_its_first_eighth_for_transit_subnets() -> None:
    (zone,) = aws_subnets(Net("10.65.0.0/16"), ["use2-az3"]).zones
    assert zone.workload == Net("10.65.96.0/19")
    assert zone.transit == Net("10.65.0.48/28")


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        (["use1-az8"], "use1-az8 is zone number 8, and a VPC has subnets for zones 1 to 7"),
        (["use1-az1", "use2-az1"], "use2-az1 has the same number as use1-az1"),
        (["us-east-2a"], "us-east-2a does not end in a zone number or letter"),
    ],
)
def test_zones_that_cannot_share_a_vpc_are_named(zones: list[str], told: str) -> None:
    with pytest.raises(AddressError, match=told):
        aws_subnets(Net("10.65.0.0/16"), zones)


@given(blocks(8, 28))
def test_a_regional_network_uses_its_lower_half_and_keeps_the_upper_free(cidr: Net) -> None:
    layout = gcp_subnets(cidr)
    if cidr.prefixlen <= 26:
        assert azure_subnets(cidr) == layout
    lower, upper = cidr.subnets()
    assert layout.workload == lower
    assert free_blocks([cidr], [layout.workload]) == [upper]


@pytest.mark.parametrize(
    ("cloud", "block", "told"),
    [
        (Cloud.AWS, "10.0.0.0/15", "is too large: a customer network in aws is /16 to /22"),
        (Cloud.AWS, "10.0.0.0/23", "is too small: a customer network in aws is /16 to /22"),
        (Cloud.AZURE, "10.0.0.0/27", "is too small: a customer network in azure is /8 to /26"),
        (Cloud.AZURE, "0.0.0.0/0", "is too large: a customer network in azure is /8 to /26"),
        (Cloud.GCP, "10.0.0.0/29", "is too small: a customer network in gcp is /8 to /28"),
        (Cloud.AWS, "127.0.0.0/16", "is a special-purpose block"),
        (Cloud.AWS, "169.254.0.0/16", "is a special-purpose block"),
        (Cloud.AZURE, "224.0.0.0/16", "is a special-purpose block"),
        (Cloud.AZURE, "240.0.0.0/16", "is a special-purpose block"),
        (Cloud.GCP, "0.0.0.0/16", "is a special-purpose block"),
    ],
)
def test_a_block_that_no_cloud_accepts_is_explained(cloud: Cloud, block: str, told: str) -> None:
    layout = {
        Cloud.AWS: lambda cidr: aws_subnets(cidr, []),
        Cloud.AZURE: azure_subnets,
        Cloud.GCP: gcp_subnets,
    }[cloud]
    with pytest.raises(AddressError, match=told) as caught:
        layout(Net(block))
    assert caught.value.value == block
    assert "give it a private block of" in caught.value.remedy


@pytest.mark.parametrize("cloud", Cloud)
def test_the_largest_and_the_smallest_block_are_accepted(cloud: Cloud) -> None:
    for prefix in CUSTOMER_PREFIXES[cloud]:
        require_customer_block(cloud, Net((int(Net("10.0.0.0/8").network_address), prefix)))


@pytest.mark.parametrize(
    ("cloud", "near", "length"),
    [
        (Cloud.AWS, "10.64.0.0/18", 18),
        (Cloud.AWS, "10.64.0.0/12", 16),
        (Cloud.AWS, "10.64.4.0/24", 22),
        (Cloud.AZURE, "10.64.4.0/28", 26),
        (Cloud.GCP, "10.64.4.0/30", 28),
    ],
)
def test_a_free_block_for_a_customer_network_is_near_and_of_a_size_that_its_cloud_takes(
    cloud: Cloud, near: str, length: int
) -> None:
    found = free_customer_block(cloud, Net(near), [Net("10.64.0.0/16")])
    assert found is not None
    assert found.prefixlen == length
    require_customer_block(cloud, found)
    assert found.subnet_of(Net("10.65.0.0/16"))
    assert free_customer_block(cloud, Net(near), [Net("0.0.0.0/0")]) is None


# The blocks for load balancers and resolvers


@st.composite
def landings(draw: st.DrawFn) -> tuple[Cloud, Net]:
    cloud = draw(st.sampled_from(Cloud))
    return cloud, draw(blocks(*CUSTOMER_PREFIXES[cloud]))


def subnets_of(cloud: Cloud, cidr: Net) -> list[Net]:
    if cloud is not Cloud.AWS:
        return [
            azure_subnets(cidr).workload if cloud is Cloud.AZURE else gcp_subnets(cidr).workload
        ]
    every = aws_subnets(cidr, [f"use1-az{number}" for number in ZONE_SLOTS])
    return [subnet for zone in every.zones for subnet in (zone.workload, zone.transit)]


@given(landings())
def test_the_blocks_in_a_landing_touch_none_of_its_subnets(landing: tuple[Cloud, Net]) -> None:
    cloud, cidr = landing
    found = landing_blocks(cloud, cidr)
    assert all(block.subnet_of(cidr) for block in found.values())
    taken = [*subnets_of(cloud, cidr), *found.values()]
    assert not any(one.overlaps(other) for one, other in combinations(taken, 2))
    for role, block in found.items():
        sizes = SIZES[role][cloud]
        assert sizes.accepted.accepts(block)
        assert not any(block.overlaps(outside) for outside in sizes.outside)


@pytest.mark.parametrize(
    ("cloud", "cidr", "load_balancers", "resolvers", "cache"),
    [
        (Cloud.AWS, "10.65.0.0/16", "10.65.1.0/24", "10.65.0.128/25", None),
        (Cloud.AWS, "10.65.0.0/20", "10.65.1.0/24", "10.65.0.128/25", None),
        (Cloud.AWS, "10.65.0.0/21", None, "10.65.0.128/25", None),
        (Cloud.AWS, "10.65.0.0/22", None, None, None),
        (Cloud.AZURE, "10.81.0.0/16", "10.81.128.0/24", "10.81.129.0/27", None),
        (Cloud.AZURE, "10.0.0.0/19", "10.0.16.0/24", "10.0.17.0/27", None),
        (Cloud.AZURE, "10.81.0.0/26", None, "10.81.0.32/27", None),
        (Cloud.GCP, "10.97.0.0/16", "10.97.128.0/23", None, "10.97.130.0/28"),
        (Cloud.GCP, "10.97.0.0/21", "10.97.4.0/23", None, "10.97.6.0/28"),
        (Cloud.GCP, "10.97.0.0/22", "10.97.2.0/23", None, None),
        (Cloud.GCP, "10.97.0.0/23", None, None, "10.97.1.0/28"),
        (Cloud.GCP, "10.97.0.0/27", None, None, "10.97.0.16/28"),
        (Cloud.GCP, "10.97.0.0/28", None, None, None),
    ],
)
def test_a_landing_has_the_blocks_that_its_cloud_needs_and_it_has_room_for(
    cloud: Cloud,
    cidr: str,
    load_balancers: str | None,
    resolvers: str | None,
    cache: str | None,
) -> None:
    found = {role.value: str(block) for role, block in landing_blocks(cloud, Net(cidr)).items()}
    wanted = {"load_balancers": load_balancers, "resolvers": resolvers, "cache": cache}
    assert found == {role: block for role, block in wanted.items() if block is not None}


def test_every_planned_size_is_one_that_the_cloud_accepts() -> None:
    for sizes in SIZES.values():
        for at in sizes.values():
            assert at.accepted.largest <= at.planned <= at.accepted.smallest
            assert at.source
