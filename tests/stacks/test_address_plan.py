"""A stack file and its recorded plan: what it leaves out, its pins, and what it must not move."""

from __future__ import annotations

import copy
from dataclasses import replace
from ipaddress import IPv4Network as Net
from typing import Any

import pytest

from components.addressing.plan import AddressPlan, extended
from components.addressing.roles import Role
from components.regions import Cloud
from stacks.address_files import RecordedPlans
from stacks.address_plan import moved_problems, requests_of
from stacks.defaults import fill
from stacks.live import Live, LiveNetwork, live_problems
from stacks.settings import Settings, SettingsError, load
from tests.stacks.baseline import BASELINE, FILE

Document = dict[str, Any]


def recorded(document: Document, plan: AddressPlan | None = None) -> RecordedPlans:
    """The plan that the command would record for a document."""
    requests = requests_of(fill("test", document).document)
    return RecordedPlans("test", extended(plan or AddressPlan(), requests))


def without_blocks() -> Document:
    """The baseline without a block of a region."""
    document = copy.deepcopy(BASELINE)
    for region in document["regions"]:
        del region["cidr"], region["landing"]
    return document


def lines(document: Document, plans: RecordedPlans) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load("test", document, plans=plans)
    return [line.removeprefix(f"{FILE}: ") for line in str(caught.value).split("\n")]


def test_a_region_without_blocks_has_the_recorded_ones() -> None:
    document = without_blocks()
    loaded = load("test", document, plans=recorded(document))
    assert [(str(r.cidr), str(r.landing.cidr)) for r in loaded.regions] == [
        ("10.64.0.0/20", "10.64.128.0/17"),
        ("10.80.0.0/20", "10.80.128.0/17"),
        ("10.96.0.0/20", "10.96.128.0/17"),
    ]


def test_a_landing_keeps_what_else_is_written_about_it() -> None:
    document = without_blocks()
    document["regions"][0]["landing"] = {"ports": [443, 8443]}
    landing = load("test", document, plans=recorded(document)).regions[0].landing
    assert (landing.ports, landing.cidr) == ((443, 8443), Net("10.64.128.0/17"))


def test_with_pins_the_recorded_plan_changes_nothing() -> None:
    assert load("test", BASELINE, plans=recorded(BASELINE)) == load("test", BASELINE)


def test_a_region_that_is_not_recorded_gets_no_block_but_the_command() -> None:
    document = without_blocks()
    plans = recorded({**document, "regions": document["regions"][:1]})
    missing = "is missing, and stacks/test.addresses.yaml has no block for it; run "
    missing += "`make addresses STACK=test`, which records one, or write it here first"
    assert lines(document, plans) == [
        f"gateway.regions[{index}].{key}: {missing}"
        for index in (1, 2)
        for key in ("cidr", "landing")
    ]


def test_pins_that_are_not_recorded_yet_are_named_with_the_command() -> None:
    assert lines(BASELINE, RecordedPlans("test", AddressPlan()))[0] == (
        'gateway.regions[0].cidr: "10.64.0.0/20" is not in stacks/test.addresses.yaml; run '
        "`make addresses STACK=test`, which records it"
    )


def test_a_pin_that_differs_from_the_recorded_block_is_told_with_both_ways_out() -> None:
    plans = recorded(BASELINE)
    document = copy.deepcopy(BASELINE)
    document["regions"][1]["cidr"] = "10.80.16.0/20"
    assert lines(document, plans) == [
        'gateway.regions[1].cidr: "10.80.16.0/20" is not 10.80.0.0/20, which '
        "stacks/test.addresses.yaml has; delete it to keep 10.80.0.0/20, or run "
        "`make addresses STACK=test` to record the new block"
    ]


def test_the_network_of_another_team_needs_its_block_written() -> None:
    document = without_blocks()
    document["regions"][0]["landing"] = {"network": "acme/network-team/dev"}
    assert lines(document, recorded(document)) == [
        "gateway.regions[0].landing.cidr: is missing, and the network is given: "
        "acme/network-team/dev; write its block, then run `make addresses STACK=test`"
    ]


def test_other_errors_of_the_file_are_told_in_the_same_run() -> None:
    document = {**without_blocks(), "version": "3.12"}
    told = lines(document, RecordedPlans("test", AddressPlan()))
    assert told[0].startswith('gateway.version: "3.12" is too old')
    assert len(told) == 7


@pytest.mark.parametrize("regions", [None, "none", [1, {}, {"cloud": "aws"}]])
def test_regions_that_cannot_be_read_are_left_to_the_other_checks(regions: Any) -> None:
    document = {**BASELINE, "regions": regions}
    assert "regions" in lines(document, RecordedPlans("test", AddressPlan()))[0]
    assert requests_of(fill("test", document).document) == {}


def with_hub(**link: Any) -> Document:
    document = copy.deepcopy(BASELINE)
    document["regions"][1]["links"] = {"hub": {"kind": "virtual-hub", **link}}
    return document


def test_a_hub_that_is_created_has_a_recorded_block() -> None:
    document = with_hub()
    hub = load("test", document, plans=recorded(document)).regions[1].links["hub"]
    assert hub.address_prefix == Net("10.82.0.0/23")


def test_the_block_of_a_hub_may_be_a_pin() -> None:
    document = with_hub(address_prefix="10.83.0.0/24")
    region = recorded(document).own.region(Cloud.AZURE, "eastus2")
    assert region is not None
    assert region.blocks[Role.HUB] == Net("10.83.0.0/24")
    load("test", document, plans=recorded(document))


def test_a_hub_without_a_recorded_block_is_told_once() -> None:
    assert lines(with_hub(), recorded(BASELINE)) == [
        "gateway.regions[1].links.hub: has no address_prefix, and stacks/test.addresses.yaml has "
        "no block for it; run `make addresses STACK=test`, which records one, or write it here "
        "first"
    ]


def test_a_hub_that_exists_needs_no_block() -> None:
    hub = "/subscriptions/0f39574d-d756-48cf-b622-0e27a6943bd2/resourceGroups/network/providers/"
    document = with_hub(hub_id=f"{hub}Microsoft.Network/virtualHubs/eastus2")
    region = recorded(document).own.region(Cloud.AZURE, "eastus2")
    assert region is not None
    assert Role.HUB not in region.blocks


def test_a_network_given_by_its_id_is_not_divided() -> None:
    document = copy.deepcopy(BASELINE)
    network = {"vpc_id": "vpc-0b807ff08e2cbdb01", "account": "111122223333"}
    document["regions"][0]["landing"] = {"cidr": "10.65.0.0/16", "network": network}
    region = recorded(document).own.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert region.network == "vpc-0b807ff08e2cbdb01"
    assert set(region.blocks) == {Role.GATEWAY, Role.LANDING}


# Live regions


def moved(gateway: str, landing: str) -> tuple[Settings, RecordedPlans]:
    """Settings of an AWS region with other blocks than its former ones, and their plan."""
    before = recorded(BASELINE)
    document = copy.deepcopy(BASELINE)
    document["regions"][0] |= {"cidr": gateway, "landing": landing}
    plans = recorded(document, before.own)
    return load("test", document, plans=plans), plans


def live(cidr: str) -> Live:
    zones = frozenset({"use2-az1", "use2-az2", "use2-az3"})
    return Live({"aws-us-east-2": [LiveNetwork("n1", cidr, zones)]})


def test_a_live_region_is_not_moved_from_its_recorded_blocks_without_consent() -> None:
    settings, plans = moved("10.64.16.0/20", "10.66.0.0/16")
    told = [problem.line("f") for problem in moved_problems(settings, live("10.64.0.0/20"), plans)]
    assert told == [
        'f: gateway.regions[0].cidr: "10.64.16.0/20" would move the gateway of aws-us-east-2 from '
        "10.64.0.0/20, which is recorded and live: another block is another network; "
        "write 10.64.0.0/20, and run `make addresses STACK=test`; or consent to it with "
        "`make addresses STACK=test RELEASE=aws-us-east-2`",
        'f: gateway.regions[0].landing.cidr: "10.66.0.0/16" would move the landing of '
        "aws-us-east-2 from 10.65.0.0/16, which is recorded and live: another block is another "
        "network; write 10.65.0.0/16, and run `make addresses STACK=test`; or consent to "
        "it with `make addresses STACK=test RELEASE=aws-us-east-2`",
    ]


def test_a_region_that_is_not_live_may_be_moved() -> None:
    settings, plans = moved("10.64.16.0/20", "10.65.0.0/16")
    assert list(moved_problems(settings, Live(), plans)) == []


def test_a_live_network_that_has_the_new_block_already_is_not_moved() -> None:
    settings, plans = moved("10.64.16.0/20", "10.65.0.0/16")
    assert list(moved_problems(settings, live("10.64.16.0/20"), plans)) == []


def test_the_hub_of_a_live_region_is_not_moved_without_consent() -> None:
    before = with_hub()
    document = with_hub(address_prefix="10.83.0.0/24")
    plans = recorded(document, recorded(before).own)
    loaded = load("test", document, plans=plans)
    there = Live({"azure-eastus2": [LiveNetwork("n1", "10.80.0.0/20", frozenset())]})
    (problem,) = moved_problems(loaded, there, plans)
    assert problem.line("f").startswith(
        "f: gateway.regions[1].links: would move the hub of azure-eastus2 from 10.82.0.0/23, which"
    )


def test_the_block_that_other_zones_need_is_free_in_the_plans_too() -> None:
    document = without_blocks()
    document["regions"] = [{"region": "us-east-2"}, {"region": "eu-west-1"}]
    document["regions"][0]["zones"] = ["use2-az1"]
    plans = recorded(document)
    loaded = load("test", document, plans=plans)
    there = live("10.65.0.0/20")
    (problem,) = live_problems(loaded, there, plans)
    assert problem.remedy.endswith("write cidr: 10.65.16.0/20, which is free")
    other = recorded(BASELINE).own
    (problem,) = live_problems(loaded, there, replace(plans, others={"other": other}))
    assert problem.remedy.endswith("write cidr: 10.68.0.0/20, which is free")
