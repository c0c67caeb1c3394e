"""Peerings of transits."""

from __future__ import annotations

import pytest

from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller

CREATE = "create_inter_transit_gateway_peering"
DETAILS = "get_inter_transit_gateway_peering_details"
EDIT = "edit_inter_transit_gateway_peering"
DELETE = "delete_inter_transit_gateway_peering"
PAIR = {"gateway1": "b", "gateway2": "a"}
TURNED = {"gateway1": "a", "gateway2": "b"}


@pytest.fixture
def pair(estate: Estate) -> Controller:
    """Two transits that are not peered, and a spoke."""
    estate.transit("a", 1)
    estate.transit("b", 2)
    estate.spoke("s", 3)
    return estate.controller


def test_a_peering_is_listed_once_in_a_list_within_a_list(pair: Controller) -> None:
    assert pair.ok("list_inter_transit_gateway_peering") == [[]]
    pair.does(CREATE, **PAIR)
    assert pair.ok("list_inter_transit_gateway_peering") == [[PAIR]]


def test_site_1_is_that_of_the_gateway_that_is_asked_first(pair: Controller) -> None:
    fields = {
        "src_filter_list": "10.0.0.0/24",
        "dst_filter_list": "10.0.1.0/24",
        "src_to_dst_filter_cidrs": "10.0.2.0/24",
        "source_exclude_connections": "c1,c2",
    }
    envelope = pair.json(
        CREATE, passing=True, **PAIR, **fields, tunnel_count=4, single_tunnel="yes"
    )
    assert envelope["return"], envelope
    site = {
        "exclude_filter_list": ["10.0.0.0/24"],
        "directional_filter_list": ["10.0.2.0/24"],
        "exclude_connections": ["c1", "c2"],
        "conn_bgp_prepend_as_path": "",
    }
    details = pair.ok(DETAILS, **PAIR)
    assert details["site_1"] == site
    assert details["site_2"]["exclude_filter_list"] == ["10.0.1.0/24"]
    assert (details["tunnel_count"], details["tunnels"][0]["sub_tunnel_count"]) == (4, 1)
    turned = pair.ok(DETAILS, **TURNED)
    assert (turned["site_1"], turned["site_2"]) == (details["site_2"], site)


@pytest.mark.parametrize("again", [PAIR, TURNED])
def test_a_pair_is_peered_once_in_either_order(pair: Controller, again: dict[str, str]) -> None:
    pair.does(CREATE, **PAIR)
    assert "already exists" in pair.refused(CREATE, **again)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gateway1": "none"}, "Gateway none does not exist"),
        ({"gateway1": "a"}, "gateway1 and gateway2 are both a"),
        ({"gateway1": "s"}, "Gateway s is not a transit gateway"),
        ({"src_filter_list": "all"}, "src_filter_list all is not a valid CIDR"),
        ({"private_ip_peering": "true"}, "must be yes or no"),
    ],
)
def test_a_wrong_peering_is_refused(pair: Controller, change: dict[str, str], reason: str) -> None:
    assert reason in pair.refused(CREATE, **{**PAIR, **change})


def test_a_peering_needs_gateways_that_are_up(estate: Estate) -> None:
    estate.transit("a", 1)
    form = estate.aws_form("b", 2, transit="true")
    estate.controller.ok("create_multicloud_primary_gateway", **form, **{"async": "true"})
    assert "Gateway b is not up" in estate.controller.refused_now(CREATE, **PAIR)


def test_an_edit_leaves_what_it_does_not_name(pair: Controller) -> None:
    pair.does(CREATE, **PAIR, src_filter_list="10.0.0.0/24")
    pair.ok(EDIT, **TURNED, tunnel_count="6", src_filter_list="10.0.1.0/24")
    details = pair.ok(DETAILS, **PAIR)
    assert details["site_1"]["exclude_filter_list"] == ["10.0.0.0/24"]
    assert details["site_2"]["exclude_filter_list"] == ["10.0.1.0/24"]
    assert details["tunnel_count"] == 6
    assert "configuration not changed" in pair.refused(EDIT, **PAIR, tunnel_count="6")
    pair.ok(EDIT, **PAIR, src_filter_list="")
    assert pair.ok(DETAILS, **PAIR)["site_1"]["exclude_filter_list"] == []


@pytest.mark.parametrize("action", [DETAILS, EDIT, DELETE])
def test_a_missing_peering_does_not_exist(pair: Controller, action: str) -> None:
    assert "does not exist" in pair.refused(action, **PAIR)


def test_a_transit_is_deleted_after_its_peerings(pair: Controller) -> None:
    pair.does(CREATE, **PAIR)
    delete = {"cloud_type": "1", "gw_name": "a"}
    assert "the peering of b and a" in pair.refused("delete_container", **delete)
    pair.does(DELETE, **TURNED)
    assert pair.ok("list_inter_transit_gateway_peering") == [[]]
    pair.does("delete_container", **delete)
