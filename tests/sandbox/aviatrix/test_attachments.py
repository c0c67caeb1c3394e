"""Attachments of spokes to transits."""

from __future__ import annotations

import pytest

from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.clouds import tokens

ATTACH = "attach_spoke_to_transit_gw"
DETACH = "detach_spoke_from_transit_gw"
PAIR = {"spoke_gw": "s", "transit_gw": "t"}
DETAILS = {"gateway1": "s", "gateway2": "t"}


@pytest.fixture
def pair(estate: Estate) -> Estate:
    """A transit and a spoke that are not attached."""
    estate.transit("t", 1)
    estate.spoke("s", 2)
    return estate


def test_a_spoke_is_attached_by_json_and_its_filters_are_read_as_a_peering(pair: Estate) -> None:
    controller = pair.controller
    filters = {
        "spoke_to_transit_filter_cidrs": "10.2.1.0/24",
        "transit_to_spoke_filter_cidrs": "10.1.0.0/24,10.1.1.0/24",
    }
    envelope = controller.json(ATTACH, passing=True, **PAIR, **filters, jumbo_frame=True)
    assert envelope["return"], envelope
    assert controller.ok("get_gateway_info", gateway_name="s")["transit_gw_name"] == "t"
    details = controller.ok("get_inter_transit_gateway_peering_details", **DETAILS)
    assert details["site_1"]["directional_filter_list"] == ["10.2.1.0/24"]
    assert details["site_2"]["directional_filter_list"] == ["10.1.0.0/24", "10.1.1.0/24"]
    assert details["jumbo_frame"] is True


def test_an_attachment_is_read_when_it_is_done(pair: Estate) -> None:
    assert pair.controller.ok("get_gateway_info", gateway_name="s")["transit_gw_name"] == ""
    reason = pair.controller.refused("get_inter_transit_gateway_peering_details", **DETAILS)
    assert "does not exist" in reason


def test_a_second_attachment_is_told_by_its_code(pair: Estate) -> None:
    pair.controller.does(ATTACH, **PAIR)
    assert "AVXERR-TRANSIT-0034" in pair.controller.refused(ATTACH, **PAIR)
    pair.transit("u", 3)
    reason = pair.controller.refused(ATTACH, spoke_gw="s", transit_gw="u")
    assert "already joined t" in reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"spoke_gw": "none"}, "Gateway none does not exist"),
        ({"transit_gw": "none"}, "Gateway none does not exist"),
        ({"spoke_gw": "t"}, "Gateway t is not a spoke gateway"),
        ({"transit_gw": "s"}, "Gateway s is not a transit gateway"),
        ({"route_table_list": "rtb-0"}, "rtb-0 is not a route table of"),
        ({"spoke_to_transit_filter_cidrs": "all"}, "all is not a valid CIDR"),
        ({"tunnel_count": "none"}, "tunnel_count none must be a whole number"),
    ],
)
def test_a_wrong_attachment_is_refused(pair: Estate, change: dict[str, str], reason: str) -> None:
    assert reason in pair.controller.refused(ATTACH, **{**PAIR, **change})


def test_route_tables_of_the_spoke_are_accepted(pair: Estate) -> None:
    vpc_id = pair.made[tokens.VPC].id
    table = pair.aws.create(tokens.ROUTE_TABLE, vpcId=vpc_id, tags={"Name": "spoke"})
    at = {"vpc_id": vpc_id, "account_name": "aws", "vpc_region": "us-east-2"}
    listed = pair.controller.ok("list_vpc_route_tables", **at)["vpc_rtbs_list"]
    assert f"{table.id}~~spoke" in listed
    reason = pair.controller.refused("list_vpc_route_tables", **{**at, "account_name": "gcp"})
    assert "it has no route tables" in reason
    pair.controller.does(ATTACH, **PAIR, route_table_list=table.id)


def test_a_transit_takes_one_attachment_after_the_other(pair: Estate) -> None:
    pair.spoke("r", 3)
    controller = pair.controller
    started = controller.begin(ATTACH, **PAIR)
    reason = controller.refused_now(ATTACH, spoke_gw="r", transit_gw="t")
    assert reason == "Gateway t is locked: s is being attached"
    controller.finish(started)
    controller.does(ATTACH, spoke_gw="r", transit_gw="t")


def test_an_edit_changes_filters_and_says_when_nothing_changes(pair: Estate) -> None:
    controller = pair.controller
    controller.does(ATTACH, **PAIR, spoke_to_transit_filter_cidrs="10.2.1.0/24")
    edit = "edit_attach_spoke_to_transit_gw"
    same = {"spoke_to_transit_filter_cidrs": "10.2.1.0/24"}
    assert "configuration not changed" in controller.refused(edit, **PAIR, **same)
    controller.ok(edit, **PAIR, spoke_to_transit_filter_cidrs="")
    details = controller.ok("get_inter_transit_gateway_peering_details", **DETAILS)
    assert details["site_1"]["directional_filter_list"] == []
    reason = controller.refused(edit, **PAIR, insane_mode="yes")
    assert reason == "insane_mode of an attachment cannot be changed"


def test_a_detached_spoke_has_joined_no_transit(pair: Estate) -> None:
    controller = pair.controller
    assert "is not attached to t" in controller.refused(DETACH, **PAIR)
    assert "has not joined to any transit" in controller.refused(DETACH, spoke_gw="s")
    controller.does(ATTACH, **PAIR)
    controller.does(DETACH, spoke_gw="s")
    assert controller.ok("get_gateway_info", gateway_name="s")["transit_gw_name"] == ""
    controller.does(ATTACH, **PAIR)
    controller.does(DETACH, **PAIR)


def test_attached_gateways_are_not_deleted(pair: Estate) -> None:
    pair.controller.does(ATTACH, **PAIR)
    for name in ("s", "t"):
        reason = pair.controller.refused("delete_container", cloud_type="1", gw_name=name)
        assert reason.endswith("in use by the attachment of s to t")
