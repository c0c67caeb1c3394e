"""External device connections by IPsec, GRE and LAN."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.aviatrix.connections import keep_down
from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller
from tests.sandbox.clouds import tokens

CREATE = "connect_transit_gw_to_external_device"
DELETE = "disconnect_transit_gw"
DETAIL = "get_site2cloud_conn_detail"
BGP = {
    "connection_name": "c",
    "transit_gw": "t",
    "routing_protocol": "bgp",
    "bgp_local_as_number": "64901",
    "external_device_as_number": "64512",
    "external_device_ip_address": "52.1.2.3",
    "local_tunnel_ip": "169.254.10.2/30",
    "remote_tunnel_ip": "169.254.10.1/30",
    "pre_shared_key": "s3cret",
    "auth_type": "psk",
}
ALGORITHMS = {
    "phase1_authentication": "SHA-384",
    "phase1_dh_groups": "20",
    "phase1_encryption": "AES-256-GCM-128",
    "phase2_authentication": "NO-AUTH",
    "phase2_dh_groups": "20",
    "phase2_encryption": "AES-256-GCM-128",
}
DEFAULTS = {
    "phase1_authentication": "SHA-256",
    "phase1_dh_groups": "14",
    "phase1_encryption": "AES-256-CBC",
    "phase2_authentication": "HMAC-SHA-256",
    "phase2_dh_groups": "14",
    "phase2_encryption": "AES-256-CBC",
}
TWO = {
    "external_device_ip_address": "52.1.2.3,52.1.2.4",
    "local_tunnel_ip": "169.254.10.2/30,169.254.10.6/30",
    "remote_tunnel_ip": "169.254.10.1/30,169.254.10.5/30",
}


@dataclass(frozen=True)
class Transit:
    """A transit that takes connections, by the id of its network."""

    estate: Estate
    vpc_id: str

    @property
    def controller(self) -> Controller:
        return self.estate.controller

    def form(self, **change: str) -> dict[str, str]:
        return {"vpc_id": self.vpc_id, **BGP, **change}

    def without(self, *fields: str, **change: str) -> dict[str, str]:
        form = self.form(**change)
        return {name: value for name, value in form.items() if name not in fields}

    def read(self, name: str = "c") -> dict[str, object]:
        found = self.controller.ok(DETAIL, conn_name=name, vpc_id=self.vpc_id)["connections"]
        return dict(found)

    def ha(self) -> None:
        self.controller.does(
            "create_multicloud_ha_gateway",
            primary_gw_name="t",
            gw_size="c5.xlarge",
            gw_subnet="10.1.0.0/28",
            autogen_hagw_name="yes",
        )


@pytest.fixture
def transit(estate: Estate) -> Transit:
    estate.transit("t", 1)
    estate.controller.wait(1)
    return Transit(estate, estate.made[tokens.VPC].id)


def test_a_bgp_connection_is_read_back_without_its_key(transit: Transit) -> None:
    transit.controller.does(CREATE, **transit.form(enable_ikev2="true", direct_connect="true"))
    shown = transit.read()
    expected = {
        "name": ["c"],
        "vpc_id": [f"{transit.vpc_id}~~vpc-1"],
        "gw_name": "t",
        "bgp_status": "enabled",
        "bgp_local_asn_number": "64901",
        "bgp_remote_asn_number": "64512",
        "peer_ip": "52.1.2.3",
        "bgp_local_ip": "169.254.10.2/30",
        "bgp_remote_ip": "169.254.10.1/30",
        "ha_status": "disabled",
        "ike_ver": "2",
        "direct_connect_primary": True,
        "bgp_bfd_enabled": False,
    }
    assert {key: shown[key] for key in expected} == expected
    assert shown["algorithm"] == {
        "ph1_auth": ["SHA-256"],
        "ph1_dh": ["14"],
        "ph1_encr": ["AES-256-CBC"],
        "ph2_auth": ["HMAC-SHA-256"],
        "ph2_dh": ["14"],
        "ph2_encr": ["AES-256-CBC"],
    }
    assert "s3cret" not in str(shown)
    assert "s3cret" not in str(transit.controller.store.everything())
    assert transit.controller.gateway("t")["local_as_number"] == "64901"


def test_two_addresses_are_one_for_each_gateway(transit: Transit) -> None:
    transit.ha()
    transit.controller.does(CREATE, **transit.form(**TWO, enable_ha="false"))
    tunnels = transit.controller.ok(DETAIL, conn_name="c", vpc_id=transit.vpc_id)["connections"][
        "tunnels"
    ]
    pairs = [(tunnel["gw_name"], tunnel["peer_ip"]) for tunnel in tunnels]
    assert pairs == [("t", "52.1.2.3"), ("t-hagw", "52.1.2.4")]
    assert {tunnel["status"] for tunnel in tunnels} == {"Up"}
    assert transit.read()["ha_status"] == "enabled"


@pytest.mark.parametrize(("local_ha", "tunnels"), [(False, 2), (True, 4)])
def test_a_device_with_ha_has_two_tunnels_to_each_gateway(
    transit: Transit, local_ha: bool, tunnels: int
) -> None:
    if local_ha:
        transit.ha()
    form = transit.form(**TWO, enable_ha="true", backup_external_device_as_number="64512")
    transit.controller.does(CREATE, **form)
    shown = transit.read()["tunnels"]
    assert isinstance(shown, list)
    assert len(shown) == tunnels


def test_a_new_gateway_is_not_up_for_a_while(estate: Estate) -> None:
    gateway = estate.aws_form("t", 1, transit="true")
    estate.controller.ok("create_multicloud_primary_gateway", **gateway, **{"async": "true"})
    estate.controller.wait(5)
    form = {"vpc_id": gateway["vpc_id"], **BGP}
    assert estate.controller.refused_now(CREATE, **form) == "Gateway t is not up"
    estate.controller.wait(1)
    estate.controller.does(CREATE, **form)


def test_a_gateway_is_kept_down_for_some_tries(transit: Transit) -> None:
    keep_down(transit.controller.store, "t", 2)
    for _ in range(2):
        assert transit.controller.refused(CREATE, **transit.form()) == "Gateway t is not up"
    transit.controller.does(CREATE, **transit.form())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vpc_id": "vpc-0"}, "vpc_id vpc-0 is not that of gateway t"),
        ({"transit_gw": "none"}, "Gateway none does not exist"),
        ({"routing_protocol": ""}, "routing_protocol is required"),
        ({"bgp_local_as_number": ""}, "bgp_local_as_number is required"),
        ({"external_device_as_number": ""}, "external_device_as_number is required"),
        ({"external_device_as_number": "0"}, "must be a whole number from 1"),
        ({"remote_subnet": "10.9.0.0/16"}, "remote_subnet is not a field of a BGP connection"),
        ({"external_device_ip_address": ""}, "external_device_ip_address is required"),
        ({"external_device_ip_address": "host"}, "is not an IPv4 address"),
        ({"external_device_ip_address": "1.2.3.4,1.2.3.4"}, "one or two distinct addresses"),
        ({"enable_ha": "true"}, "backup_external_device_as_number is required"),
        (
            {"enable_ha": "true", "backup_external_device_as_number": "64512"},
            "must have two addresses with enable_ha true",
        ),
        ({"local_tunnel_ip": ""}, "must have as many addresses as each other"),
        ({"local_tunnel_ip": "169.254.10.2"}, "must have a prefix length"),
        ({"local_tunnel_ip": "169.254.10.6/30"}, "must be in one /30"),
        ({"local_tunnel_ip": "169.254.10.2/29"}, "must be in one /30"),
        ({"local_tunnel_ip": "169.254.10.3/30"}, "must be two hosts of their block"),
        ({"local_tunnel_ip": "169.254.10.1/30"}, "must be two hosts of their block"),
        ({"phase1_authentication": "SHA-384"}, "phase1_dh_groups is required"),
        ({**ALGORITHMS, "phase2_dh_groups": "3"}, "phase2_dh_groups 3 must be one of 1, 2, 5, 14"),
        (DEFAULTS, "are all defaults: leave them out"),
        ({"bfd_transmit_interval": "300"}, "bfd_transmit_interval needs enable_bfd true"),
        ({"remote_lan_ip": "10.1.0.5"}, "remote_lan_ip is not a field of a IPsec connection"),
        ({"tunnel_protocol": "LAN"}, "Gateway t has no BGP over LAN"),
        ({"tunnel_protocol": "GRE"}, "pre_shared_key is not a field of a GRE connection"),
        ({"tunnel_protocol": "TLS"}, "tunnel_protocol TLS must be IPsec or GRE or LAN"),
        ({"auth_type": "cert"}, "auth_type cert must be psk"),
    ],
)
def test_a_wrong_connection_is_refused(
    transit: Transit, change: dict[str, str], reason: str
) -> None:
    assert reason in transit.controller.refused(CREATE, **transit.form(**change))
    assert "does not exist" in transit.controller.refused(
        DETAIL, conn_name="c", vpc_id=transit.vpc_id
    )


def test_custom_algorithms_are_read_back(transit: Transit) -> None:
    transit.controller.does(CREATE, **transit.form(**ALGORITHMS))
    algorithm = transit.read()["algorithm"]
    assert isinstance(algorithm, dict)
    assert (algorithm["ph1_auth"], algorithm["ph2_encr"]) == (["SHA-384"], ["AES-256-GCM-128"])


def test_a_static_connection_has_a_remote_subnet_and_no_as_numbers(transit: Transit) -> None:
    numbers = ("bgp_local_as_number", "external_device_as_number")
    static = transit.without(*numbers, routing_protocol="static")
    assert transit.controller.refused(CREATE, **static) == "remote_subnet is required"
    static |= {"remote_subnet": "10.9.0.0/16"}
    for field, value in (("enable_bfd", "true"), ("bgp_local_as_number", "64901")):
        reason = transit.controller.refused(CREATE, **static, **{field: value})
        assert reason == f"{field} is not a field of a static connection"
    transit.controller.does(CREATE, **static)
    shown = transit.read()
    assert (shown["bgp_status"], shown["remote_cidr"]) == ("disabled", "10.9.0.0/16")
    edit = {"vpc_id": transit.vpc_id, "conn_name": "c"}
    transit.controller.ok("edit_site2cloud_conn", **edit, remote_cidr="10.8.0.0/16")
    assert transit.read()["remote_cidr"] == "10.8.0.0/16"
    reason = transit.controller.refused(
        "enable_bgp_connection_cidr_approval", gateway_name="t", connection_name="c"
    )
    assert reason == "Connection c has no BGP"


def test_a_gre_connection_has_bgp_in_a_29(transit: Transit) -> None:
    gre = transit.without(
        "pre_shared_key",
        "auth_type",
        tunnel_protocol="GRE",
        direct_connect="true",
        local_tunnel_ip="169.254.20.1/29",
        remote_tunnel_ip="169.254.20.2/29",
    )
    reason = transit.controller.refused(CREATE, **{**gre, "routing_protocol": "static"})
    assert reason == "routing_protocol static is not for GRE: it must be bgp"
    reason = transit.controller.refused(CREATE, **gre, **ALGORITHMS)
    assert reason == "phase1_authentication is not a field of a GRE connection"
    transit.controller.does(CREATE, **gre)
    (tunnel,) = transit.controller.ok(DETAIL, conn_name="c", vpc_id=transit.vpc_id)["connections"][
        "tunnels"
    ]
    assert tunnel["tunnel_protocol"] == "GRE"


def test_a_lan_connection_needs_a_gateway_of_azure_or_gcp_with_bgp_lan(estate: Estate) -> None:
    form = estate.azure_form("t", 1, transit="true", bgp_lan="true", bgp_lan_intf_count="1")
    estate.controller.does("create_multicloud_primary_gateway", **form)
    estate.controller.wait(1)
    tunnel = ("external_device_ip_address", "local_tunnel_ip", "remote_tunnel_ip")
    lan = {
        "vpc_id": form["vpc_id"],
        "tunnel_protocol": "LAN",
        "remote_lan_ip": "10.9.0.68",
        "peer_vnet_id": "hub:rg:subscription",
        **{name: value for name, value in BGP.items() if name not in (*tunnel, "auth_type")},
    }
    reason = estate.controller.refused(CREATE, **lan)
    assert reason == "pre_shared_key is not a field of a LAN connection"
    del lan["pre_shared_key"]
    for change, expected in (
        ({"remote_lan_ip": ""}, "remote_lan_ip is required"),
        ({"external_device_ip_address": "52.1.2.3"}, "is not a field of a LAN connection"),
        ({"direct_connect": "true"}, "direct_connect is not a field of a LAN connection"),
        ({"enable_ikev2": "true"}, "enable_ikev2 is not a field of a LAN connection"),
        (
            {"enable_ha": "true", "backup_external_device_as_number": "65515"},
            "backup_remote_lan_ip is required",
        ),
    ):
        assert expected in estate.controller.refused(CREATE, **{**lan, **change})
    estate.controller.does(CREATE, **lan)
    shown = estate.controller.ok(DETAIL, conn_name="c", vpc_id=form["vpc_id"])["connections"]
    assert (shown["remote_lan_ip"], shown["peer_vnet_id"]) == ("10.9.0.68", "hub:rg:subscription")
    assert [tunnel["tunnel_protocol"] for tunnel in shown["tunnels"]] == ["N/A(LAN)"]


def test_a_lan_connection_of_gcp_needs_a_local_address(estate: Estate) -> None:
    estate.network("lan", 8)
    fields = {"bgp_lan": "true", "bgp_lan_vpc": "lan", "bgp_lan_subnet": "10.8.0.0/28"}
    form = estate.gcp_form("t", 1, transit="true", **fields)
    estate.controller.does("create_multicloud_primary_gateway", **form)
    estate.controller.wait(1)
    lan = {
        "vpc_id": form["vpc_id"],
        "connection_name": "c",
        "transit_gw": "t",
        "routing_protocol": "bgp",
        "bgp_local_as_number": "64901",
        "external_device_as_number": "64512",
        "tunnel_protocol": "LAN",
        "remote_lan_ip": "10.8.0.3",
    }
    assert estate.controller.refused(CREATE, **lan) == "local_lan_ip is required"
    reason = estate.controller.refused(CREATE, **lan, local_lan_ip="10.8.0.4", peer_vnet_id="x")
    assert reason == "peer_vnet_id is not a field of a LAN connection outside of Azure"
    estate.controller.does(CREATE, **lan, local_lan_ip="10.8.0.4")


def test_names_and_inside_blocks_are_used_once(transit: Transit) -> None:
    transit.controller.does(CREATE, **transit.form())
    assert "already exists" in transit.controller.refused(CREATE, **transit.form())
    reason = transit.controller.refused(CREATE, **transit.form(connection_name="d"))
    assert "169.254.10.0/30 is in use by connection c" in reason


def test_a_connection_has_the_as_number_of_its_gateway(transit: Transit) -> None:
    transit.controller.ok("edit_transit_local_as_number", gateway_name="t", local_as_num="64902")
    reason = transit.controller.refused(CREATE, **transit.form())
    assert reason == "bgp_local_as_number 64901 is not the AS number of gateway t: 64902"
    transit.controller.does(CREATE, **transit.form(bgp_local_as_number="64902"))
    reason = transit.controller.refused(
        "edit_transit_local_as_number", gateway_name="t", local_as_num="64903"
    )
    assert "has BGP connection c" in reason


@pytest.mark.parametrize(
    ("action", "fields", "key", "value"),
    [
        (
            "edit_transit_connection_bgp_manual_advertise_cidrs",
            {"connection_bgp_manual_advertise_cidrs": "10.0.0.0/8"},
            "conn_bgp_manual_advertise_cidrs",
            ["10.0.0.0/8"],
        ),
        (
            "edit_transit_connection_as_path_prepend",
            {"connection_as_path_prepend": "64901,64901"},
            "conn_bgp_prepend_as_path",
            "64901 64901",
        ),
        (
            "edit_connection_bgp_bfd",
            {"connection_bgp_bfd": "true", "connection_bgp_bfd_transmit_interval": "500"},
            "bgp_bfd_params",
            {"tx_interval": 500, "rx_interval": 300, "multiplier": 3},
        ),
        ("enable_connection_bgp_multihop", {}, "bgp_multihop_enabled", True),
    ],
)
def test_settings_of_a_connection_are_read_back(
    transit: Transit, action: str, fields: dict[str, str], key: str, value: object
) -> None:
    names = {"gateway_name": "t", "connection_name": "c"}
    assert "does not exist" in transit.controller.refused(action, **names, **fields)
    transit.controller.does(CREATE, **transit.form())
    transit.controller.ok(action, **names, **fields)
    assert transit.read()[key] == value
    assert "not changed" in transit.controller.refused(action, **names, **fields)


def test_bfd_of_a_new_connection_has_default_timers(transit: Transit) -> None:
    transit.controller.does(CREATE, **transit.form(enable_bfd="true"))
    shown = transit.read()
    assert shown["bgp_bfd_params"] == {"tx_interval": 300, "rx_interval": 300, "multiplier": 3}


def test_learned_blocks_of_a_connection_are_approved(transit: Transit) -> None:
    transit.controller.does(CREATE, **transit.form())
    names = {"gateway_name": "t", "connection_name": "c"}
    transit.controller.ok("enable_bgp_connection_cidr_approval", **names)
    transit.controller.ok(
        "set_bgp_connection_approved_cidr_rules", **names, cidr_rules="10.0.0.0/8"
    )
    advanced = transit.controller.ok("list_aviatrix_transit_advanced_config", gateway_name="t")
    assert advanced["connection_learned_cidrs_approval_info"] == [
        {
            "conn_name": "c",
            "enabled_approval": "yes",
            "conn_approved_learned_cidrs": ["10.0.0.0/8"],
        }
    ]


def test_as_numbers_are_prepended_on_a_peering_too(transit: Transit) -> None:
    transit.estate.transit("u", 2)
    pair = {"gateway1": "t", "gateway2": "u"}
    edit = {"gateway_name": "u", "connection_name": "t-peering"}
    action = "edit_transit_connection_as_path_prepend"
    assert "does not exist" in transit.controller.refused(
        action, **edit, connection_as_path_prepend="64901"
    )
    transit.controller.does("create_inter_transit_gateway_peering", **pair)
    transit.controller.ok(action, **edit, connection_as_path_prepend="64901")
    details = transit.controller.ok("get_inter_transit_gateway_peering_details", **pair)
    assert details["site_1"]["conn_bgp_prepend_as_path"] == ""
    assert details["site_2"]["conn_bgp_prepend_as_path"] == "64901"


def test_a_connection_is_deleted_by_the_whole_form_of_its_creation(transit: Transit) -> None:
    at = {"vpc_id": transit.vpc_id, "connection_name": "c"}
    assert "does not exist" in transit.controller.refused(DELETE, **at)
    transit.controller.does(CREATE, **transit.form())
    delete = {"cloud_type": "1", "gw_name": "t"}
    assert transit.controller.refused("delete_container", **delete).endswith("connection c")
    transit.controller.does(DELETE, **transit.form())
    transit.controller.does("delete_container", **delete)


def test_a_connection_in_a_domain_or_under_inspection_is_in_use(transit: Transit) -> None:
    controller = transit.controller
    controller.does(CREATE, **transit.form())
    controller.ok("enable_gateway_for_transit_firenet", gateway_name="t")
    controller.ok(
        "enable_transit_gateway_for_multi_cloud_security_domain", transit_gateway_name="t"
    )
    controller.ok("add_multi_cloud_security_domain", domain_name="edge")
    member = {"attachment_name": "c", "domain_name": "edge"}
    policy = {"firenet_gateway_name": "t", "spoke_gateway_name": "SITE2CLOUD:c"}
    controller.ok("associate_attachment_to_multi_cloud_security_domain", **member)
    controller.ok("add_spoke_to_transit_firenet_inspection", **policy)
    at = {"vpc_id": transit.vpc_id, "connection_name": "c"}
    assert "has an inspection policy on t" in controller.refused(DELETE, **at)
    controller.ok("delete_spoke_from_transit_firenet_inspection", **policy)
    assert "is associated with network domain edge" in controller.refused(DELETE, **at)
    controller.ok("disassociate_attachment_from_multi_cloud_security_domain", **member)
    controller.does(DELETE, **at)
