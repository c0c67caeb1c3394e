"""Settings of gateways that exist."""

from __future__ import annotations

import pytest

from sandbox.aviatrix.gateway_settings import SWITCHES, Switch
from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller

ASN = "edit_transit_local_as_number"
ADVANCED = "edit_aviatrix_transit_advanced_config"


@pytest.fixture
def transit(estate: Estate) -> Controller:
    """A transit in AWS with an AS number, and a spoke."""
    estate.transit("t", 1)
    estate.spoke("s", 2)
    estate.controller.ok(ASN, gateway_name="t", local_as_num="64901")
    return estate.controller


def stored(controller: Controller, name: str) -> dict[str, object]:
    return controller.store.get("aviatrix", "gateways", name) or {}


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.actions)
def test_every_setting_turns_on_and_off(transit: Controller, switch: Switch) -> None:
    if switch.setting == "enable_egress_transit_firenet":
        transit.ok("enable_gateway_for_transit_firenet", gateway_name="t")
    off_field = switch.off_field or switch.field
    turns = [("enable", switch.field, True), ("disable", off_field, False)]
    if stored(transit, "t")[switch.setting]:
        turns.reverse()
    for verb, field, value in turns:
        transit.ok(f"{verb}_{switch.actions}", **{field: "t"})
        assert stored(transit, "t")[switch.setting] is value
        reason = transit.refused(f"{verb}_{switch.actions}", **{field: "t"})
        assert switch.no_change in reason


def test_settings_are_read_back(transit: Controller) -> None:
    for action in ("bgp_ecmp", "gateway_for_transit_firenet", "advertise_transit_cidr"):
        transit.ok(f"enable_{action}", gateway_name="t")
    transit.ok("enable_transit_gateway_for_multi_cloud_security_domain", transit_gateway_name="t")
    transit.ok("change_bgp_polling_time", gateway_name="t", bgp_polling_time="20")
    transit.ok("change_bgp_hold_time", gateway_name="t", bgp_hold_time="90")
    transit.ok(ADVANCED, gateway_name="t", subaction="prepend_as_path", bgp_prepend_as_path="64901")
    shown = transit.gateway("t")
    assert (shown["local_as_number"], shown["bgp_ecmp"]) == ("64901", True)
    assert (shown["enable_segmentation"], shown["enable_transit_firenet"]) == (True, True)
    assert (shown["bgp_polling_time"], shown["bgp_hold_time"]) == (20, 90)
    assert shown["prepend_as_path"] == "64901"
    advanced = transit.ok("list_aviatrix_transit_advanced_config", gateway_name="t")
    assert (advanced["local_asn_num"], advanced["bgp_ecmp"]) == ("64901", "yes")
    info = transit.ok("get_gateway_info", gateway_name="t")
    assert (info["advertise_transit_cidr"], info["bgp_enabled"]) == ("yes", True)
    lists = transit.ok("list_transit_gateways_for_multi_cloud_domains")
    assert lists == {"domain_enabled_list": ["t"], "domain_disabled_list": []}


@pytest.mark.parametrize(
    ("action", "field", "key"),
    [
        ("edit_gateway_custom_routes", "cidr", "customized_cidr_list"),
        ("edit_gateway_filter_routes", "cidr", "filtering_cidr_list"),
        ("edit_gateway_advertised_cidr", "cidr", "advertise_cidr_list"),
    ],
)
def test_routes_of_a_spoke_are_lists(
    transit: Controller, action: str, field: str, key: str
) -> None:
    fields = {"gateway_name": "s", field: "10.0.0.0/8,10.9.0.0/16"}
    transit.ok(action, **fields)
    assert transit.gateway("s")[key] == ["10.0.0.0/8", "10.9.0.0/16"]
    assert "list is not changed" in transit.refused(action, **fields)
    assert "is not a valid CIDR" in transit.refused(action, gateway_name="s", cidr="all")
    transit.ok(action, gateway_name="s", cidr="")
    assert transit.gateway("s")[key] == []


@pytest.mark.parametrize(
    ("action", "fields", "reason"),
    [
        (ASN, {"local_as_num": "0"}, "local_as_num 0 must be a whole number from 1"),
        (ASN, {"local_as_num": "4294967296"}, "must be a whole number"),
        (ASN, {"local_as_num": "64901"}, "configuration not changed"),
        (ADVANCED, {"subaction": "prepend_as_path"}, "bgp_prepend_as_path is required"),
        (
            ADVANCED,
            {"subaction": "prepend_as_path", "bgp_prepend_as_path": "64902"},
            "must be the local AS number of the gateway: 64901",
        ),
        (ADVANCED, {"subaction": "other"}, "subaction other must be"),
        ("change_bgp_hold_time", {"bgp_hold_time": "1"}, "from 12 to 360"),
        ("enable_gateway_for_transit_firenet", {"mode": "none"}, "mode none must be gwlb"),
        ("set_bgp_gateway_cidr_approval_mode", {"mode": "none"}, "must be gateway or connection"),
        (
            "enable_transit_firenet_on_egress_transit_gateway",
            {},
            "needs transit FireNet for egress transit FireNet",
        ),
    ],
)
def test_a_wrong_setting_is_refused(
    transit: Controller, action: str, fields: dict[str, str], reason: str
) -> None:
    assert reason in transit.refused(action, gateway_name="t", **fields)


def test_settings_are_of_the_gateways_that_have_them(estate: Estate) -> None:
    controller = estate.controller
    create = "create_multicloud_primary_gateway"
    controller.does(create, **estate.azure_form("a", 1, transit="true"))
    estate.spoke("s", 2)
    estate.spoke("b", 3, enable_bgp="yes")
    for action in ("gateway_for_transit_firenet", "transit_gateway_interface_to_aws_tgw"):
        assert "is not in AWS" in controller.refused(f"enable_{action}", gateway_name="a")
    reason = controller.refused("enable_bgp_ecmp", gateway_name="s")
    assert reason == "Gateway s is not a transit gateway"
    reason = controller.refused("enable_multitier_transit", gateway_name="a")
    assert "needs a local AS number" in reason
    assert "has no BGP" in controller.refused(ASN, gateway_name="s", local_as_num="64901")
    controller.ok(ASN, gateway_name="b", local_as_num="64901")
    assert controller.ok("list_aviatrix_spoke_advanced_config", gateway_name="b")
    reason = controller.refused("list_aviatrix_transit_advanced_config", gateway_name="b")
    assert reason == "Gateway b is not a transit gateway"


def test_the_lan_addresses_of_a_gateway_in_azure_are_read(estate: Estate) -> None:
    form = estate.azure_form("a", 1, transit="true", bgp_lan="true", bgp_lan_intf_count="2")
    estate.controller.does("create_multicloud_primary_gateway", **form)
    advanced = estate.controller.ok("list_aviatrix_transit_advanced_config", gateway_name="a")
    assert advanced["arm_bgp_lan_all_intf_ip_list"] == ["10.1.0.4", "10.1.0.5"]
    assert estate.controller.gateway("a")["private_ip"] not in ("10.1.0.4", "10.1.0.5")
