"""FireNets, firewall instances, associations and inspection policies."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Refused

FORTINET = "Fortinet FortiGate Next-Generation Firewall"
PALO_ALTO = "Palo Alto Networks VM-Series Next-Generation Firewall Bundle 1"
INSTANCE = {
    "cloud_type": "1",
    "gw_name": "t",
    "firewall_name": "f",
    "firewall_image": FORTINET,
    "firewall_size": "c5.xlarge",
    "egress_subnet": "10.1.0.0/28",
}
ADD = "add_firewall_instance"
ASSOCIATE = "associate_firewall_with_firenet"
POLICY = {"firenet_gateway_name": "t", "spoke_gateway_name": "SPOKE:s"}
ADD_POLICY = "add_spoke_to_transit_firenet_inspection"


@dataclass(frozen=True)
class FireNet:
    """A transit in AWS with FireNet, by the id of its VPC."""

    estate: Estate
    vpc_id: str

    @property
    def controller(self) -> Controller:
        return self.estate.controller

    def launch(self, **change: str) -> str:
        results = self.controller.does(ADD, **{**INSTANCE, **change})
        return str(results["firewall_id"])

    def own(self, id_: str) -> dict[str, str]:
        """The fields that associate an instance of the controller."""
        shown = self.controller.ok("get_instance_by_id", instance_id=id_)
        return {
            "vpc_id": self.vpc_id,
            "gateway_name": "t",
            "firewall_id": id_,
            "vendor": "Fortinet",
            "lan_interface": shown["lan_interface_id"],
        }

    def detail(self) -> dict[str, object]:
        found = self.controller.ok("show_firenet_detail", vpc_id=self.vpc_id)
        return dict(found)


@pytest.fixture
def net(estate: Estate) -> FireNet:
    estate.transit("t", 1)
    estate.controller.ok("enable_gateway_for_transit_firenet", gateway_name="t")
    return FireNet(estate, estate.made[tokens.VPC].id)


# FireNets


def test_a_network_without_firenet_is_not_found(estate: Estate) -> None:
    estate.transit("t", 1)
    vpc_id = estate.made[tokens.VPC].id
    for action in ("show_firenet_detail", "edit_firenet_excluded_cidr"):
        assert "not found in DB" in estate.controller.refused(action, vpc_id=vpc_id)


def test_a_firenet_is_there_with_its_gateway(net: FireNet) -> None:
    detail = net.detail()
    assert detail["vpc_id"] == f"{net.vpc_id}~~vpc-1"
    assert (detail["inspection"], detail["firewall_egress"]) == ("yes", "no")
    assert (detail["firewall_hashing"], detail["firewall"]) == ("5-Tuple", [])
    assert detail["gateway"] == [
        {"name": "t", "tgw_id": "", "domain_name": "", "ha_status": "primary"}
    ]


def test_the_settings_of_a_firenet_are_changed_and_read(net: FireNet) -> None:
    at = {"vpc_id": net.vpc_id}
    net.controller.ok("edit_firenet", **at, inspection="false")
    net.controller.ok("edit_firenet", **at, firewall_egress="true")
    net.controller.ok("edit_firenet", **at, firewall_hashing="2-Tuple")
    net.controller.ok("edit_firenet_excluded_cidr", **at, exclude_cidr="10.9.0.0/16")
    net.controller.ok("edit_firenet_egress_static_cidr", **at, egress_static_cidr="10.8.0.0/16")
    detail = net.detail()
    assert (detail["inspection"], detail["firewall_egress"]) == ("no", "yes")
    assert (detail["firewall_hashing"], detail["exclude_cidr"]) == ("2-Tuple", ["10.9.0.0/16"])
    assert detail["egress_static_cidr"] == ["10.8.0.0/16"]


def test_an_edit_that_changes_nothing_says_so(net: FireNet) -> None:
    at = {"vpc_id": net.vpc_id}
    reason = net.controller.refused("edit_firenet", **at, inspection="true")
    assert "configuration not changed" in reason
    reason = net.controller.refused("edit_firenet_excluded_cidr", **at, exclude_cidr="")
    assert "list is not changed" in reason
    assert "is required" in net.controller.refused("edit_firenet", **at)


def test_an_egress_transit_has_no_inspection_setting(net: FireNet) -> None:
    net.controller.ok("enable_transit_firenet_on_egress_transit_gateway", gateway_name="t")
    reason = net.controller.refused("edit_firenet", vpc_id=net.vpc_id, inspection="false")
    assert reason == "[AVXERR-FIRENET-0011] Unsupported for Egress Transit."


def test_a_spoke_may_attach_to_a_transit_and_to_an_egress_transit(net: FireNet) -> None:
    net.controller.ok("enable_transit_firenet_on_egress_transit_gateway", gateway_name="t")
    net.estate.transit("u", 2)
    net.estate.attached("s", "u", 3)
    net.controller.does("attach_spoke_to_transit_gw", spoke_gw="s", transit_gw="t")
    info = net.controller.ok("get_gateway_info", gateway_name="s")
    assert (info["transit_gw_name"], info["egress_transit_gw_name"]) == ("u", "t")
    reason = net.controller.refused("detach_spoke_from_transit_gw", spoke_gw="s")
    assert reason == "transit_gw is required: s is attached to two transits"


def test_firenet_of_azure_is_chosen_at_creation(estate: Estate) -> None:
    form = estate.azure_form("a", 1, transit="true", firenet="true")
    estate.controller.does("create_multicloud_primary_gateway", **form)
    detail = estate.controller.ok("show_firenet_detail", vpc_id=form["vpc_id"])
    assert (detail["cloud_type"], detail["vpc_id"]) == ("8", form["vpc_id"])
    reason = estate.controller.refused("disable_gateway_for_transit_firenet", gateway_name="a")
    assert "was chosen at its creation" in reason
    estate.controller.does("delete_container", cloud_type="8", gw_name="a")


def test_a_transit_is_deleted_after_its_firenet(net: FireNet) -> None:
    delete = {"cloud_type": "1", "gw_name": "t"}
    reason = net.controller.refused("delete_container", **delete)
    assert reason.endswith("transit FireNet: disable it")
    net.controller.ok("disable_gateway_for_transit_firenet", gateway_name="t")
    net.controller.does("delete_container", **delete)


# Firewall instances


def test_a_firewall_is_launched_with_interfaces_and_read(net: FireNet) -> None:
    (image,) = (
        one
        for one in net.controller.ok("list_firenet", subaction="firewall_image", vpc_id=net.vpc_id)[
            "images"
        ]
        if one["description"] == FORTINET
    )
    id_ = net.launch(firewall_image_version=image["version"][1])
    shown = net.controller.ok("get_instance_by_id", instance_id=id_)
    expected = {
        "instance_id": id_,
        "instance_name": "f",
        "instance_size": "c5.xlarge",
        "firewall_image": FORTINET,
        "firewall_image_version": image["version"][1],
        "gw_name": "t",
        "egress_subnet": "10.1.0.0/28",
        "management_subnet": "",
        "management_interface_id": "",
        "cloud_vendor": "AWS",
    }
    assert {key: shown[key] for key in expected} == expected
    assert shown["lan_interface_id"] != shown["egress_interface_id"]
    assert shown["management_public_ip"]


def test_an_unknown_firewall_is_unrecognized(net: FireNet) -> None:
    reason = net.controller.refused("get_instance_by_id", instance_id="i-0")
    assert reason == "Unrecognized firewall instance_id i-0"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gw_name": "none"}, "Gateway none does not exist"),
        ({"gw_name": "u"}, "Gateway u is not enabled for FireNet"),
        ({"gw_name": ""}, "gw_name is required"),
        ({"firewall_image": "none"}, "is not an image of list_firenet"),
        ({"firewall_image_version": "0"}, "firewall_image_version 0 must be one of"),
        ({"firewall_size": "t2.nano"}, "firewall_size t2.nano must be one of"),
        ({"management": "10.1.0.0/28"}, "is a field of no other firewall"),
        (
            {"firewall_image": PALO_ALTO, "firewall_size": "m5.xlarge"},
            "management_subnet is required for Palo Alto Networks",
        ),
        ({"egress_subnet": ""}, "egress_subnet is required"),
        ({"password": "x"}, "password is only supported for Azure"),
        ({"egress_subnet": "10.9.0.0/28"}, "egress_subnet 10.9.0.0/28 is not a subnet of"),
        ({"cloud_type": "8"}, "cloud_type 8 is not that of gateway t"),
    ],
)
def test_a_wrong_firewall_is_refused(net: FireNet, change: dict[str, str], reason: str) -> None:
    net.estate.transit("u", 2)
    assert reason in net.controller.refused(ADD, **{**INSTANCE, **change})


def test_a_firewall_of_palo_alto_has_a_management_interface(net: FireNet) -> None:
    given = {"management_subnet": "10.1.0.0/28", "management": "10.1.0.0/28"}
    id_ = net.launch(firewall_image=PALO_ALTO, firewall_size="m5.xlarge", **given)
    shown = net.controller.ok("get_instance_by_id", instance_id=id_)
    assert shown["management_interface_id"]
    assert shown["management_subnet"] == "10.1.0.0/28"


@pytest.mark.parametrize("size", ["t3.medium", "c5n.large"])
def test_a_gateway_with_fewer_than_four_interfaces_has_no_firenet(
    estate: Estate, net: FireNet, size: str
) -> None:
    reason = f"gw_size {size} of gateway t has no interface for FireNet"
    resize = {"gw_name": "t", "gw_size": size}
    assert estate.controller.refused("edit_gw_config", **resize) == reason
    estate.controller.ok("disable_gateway_for_transit_firenet", gateway_name="t")
    estate.controller.does("edit_gw_config", **resize)
    enable = "enable_gateway_for_transit_firenet"
    assert estate.controller.refused(enable, gateway_name="t") == reason


def test_a_firewall_in_azure_has_a_login_and_is_in_a_vnet_that_the_controller_did_not_create(
    estate: Estate,
) -> None:
    form = estate.azure_form("z", 4, transit="true", firenet="true")
    estate.controller.does("create_multicloud_primary_gateway", **form)
    instance = {
        "cloud_type": "8",
        "gw_name": "z",
        "firewall_name": "f",
        "firewall_image": FORTINET,
        "firewall_size": "Standard_D3_v2",
        "egress_subnet": "10.4.0.0/28~~az-1~~",
    }
    key = {"ssh_public_key": "ssh-rsa AAAA"}
    for login in ({}, {"username": "fwadmin"}, key, {"username": "u", "password": "p", **key}):
        reason = estate.controller.refused(ADD, **instance, **login)
        assert reason == "Azure requires username, and one of password and ssh_public_key"
    admin = estate.controller.refused(ADD, **instance, username="admin", **key)
    assert admin == "username admin is not accepted in Azure"
    id_ = estate.controller.does(ADD, **instance, username="fwadmin", **key)["firewall_id"]
    shown = estate.controller.ok("get_instance_by_id", instance_id=id_)
    assert (shown["egress_subnet"], shown["management_subnet"]) == ("10.4.0.0/28", "")


def test_a_firewall_of_gcp_is_in_networks_of_its_own(estate: Estate) -> None:
    estate.network("lan", 8)
    estate.network("egress", 9)
    fields = {"firenet": "true", "lan_vpc": "lan", "lan_subnet": "10.8.0.0/28"}
    form = estate.gcp_form("g", 3, transit="true", **fields)
    estate.controller.does("create_multicloud_primary_gateway", **form)
    instance = {
        "cloud_type": "4",
        "gw_name": "g",
        "firewall_name": "f",
        "firewall_image": FORTINET,
        "firewall_size": "n1-standard-4",
        "egress": "10.9.0.0/28~~us-east4~~egress",
    }
    assert estate.controller.refused(ADD, **instance) == "egress_vpc is required"
    project = form["vpc_id"].partition("~-~")[2]
    vpc = {"egress_vpc": f"egress~-~{project}"}
    bare = {**instance, "egress": "10.9.0.0/28", **vpc}
    assert "must be <cidr>~~us-east4~~<name>" in estate.controller.refused(ADD, **bare)
    id_ = estate.controller.does(ADD, **instance, **vpc)["firewall_id"]
    association = {
        "vpc_id": form["vpc_id"],
        "gateway_name": "g",
        "firewall_id": id_,
        "lan_interface": estate.controller.ok("get_instance_by_id", instance_id=id_)[
            "lan_interface_id"
        ],
        "vendor": "Fortinet",
    }
    estate.controller.ok(ASSOCIATE, **association)


def test_a_cloud_keeps_the_subnet_of_a_firewall(net: FireNet) -> None:
    subnet = net.estate.aws.create(
        tokens.SUBNET, "firewall", vpcId=net.vpc_id, cidrBlock="10.1.1.0/28"
    )
    id_ = net.launch(egress_subnet="10.1.1.0/28")
    with pytest.raises(Refused, match="DependencyViolation"):
        net.estate.aws.delete(subnet)
    at = {"vpc_id": net.vpc_id, "firewall_id": id_}
    net.controller.does("delete_firenet_firewall_instance", **at)
    net.estate.aws.delete(subnet)
    reason = net.controller.refused("delete_firenet_firewall_instance", **at)
    assert "Unrecognized firewall instance_id" in reason


# Associations


def test_a_firewall_is_associated_and_attached(net: FireNet) -> None:
    id_ = net.launch()
    net.controller.ok(ASSOCIATE, **net.own(id_))
    assert "already associated" in net.controller.refused(ASSOCIATE, **net.own(id_))
    at = {"vpc_id": net.vpc_id, "firewall_id": id_}
    for action, enabled in (
        ("attach_firewall_to_firenet", True),
        ("detach_firewall_from_firenet", False),
    ):
        net.controller.ok(action, **at)
        (firewall,) = net.controller.ok("show_firenet_detail", vpc_id=net.vpc_id)["firewall"]
        assert (firewall["id"], firewall["gateway"]) == (id_, "t")
        assert (firewall["enabled"], firewall["vendor"]) == (enabled, "Fortinet")
        assert "no change needed" in net.controller.refused(action, **at)
    net.controller.ok("disassociate_firewall_with_firenet", **at)
    assert net.detail()["firewall"] == []


def test_a_firewall_of_others_is_associated_by_its_interfaces(net: FireNet) -> None:
    other = {"vpc_id": net.vpc_id, "gateway_name": "t", "firewall_id": "i-other"}
    interfaces = {
        "lan_interface": "eni-1",
        "egress_interface": "eni-2",
        "management_interface": "eni-3",
    }
    assert net.controller.refused(ASSOCIATE, **other) == "lan_interface is required"
    reason = net.controller.refused(ASSOCIATE, **other, **interfaces)
    assert reason == "firewall_name is required"
    net.controller.ok(ASSOCIATE, **other, **interfaces, firewall_name="other", vendor="Generic")
    (firewall,) = net.controller.ok("show_firenet_detail", vpc_id=net.vpc_id)["firewall"]
    assert (firewall["name"], firewall["management_interface_id"]) == ("other", "eni-3")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lan_interface": "eni-other"}, "lan_interface eni-other is not that of"),
        ({"gateway_name": "u"}, "Gateway u is not enabled for FireNet"),
        ({"vpc_id": "vpc-0"}, "not found in DB"),
    ],
)
def test_a_wrong_association_is_refused(net: FireNet, change: dict[str, str], reason: str) -> None:
    net.estate.transit("u", 2)
    fields = {**net.own(net.launch()), **change}
    assert reason in net.controller.refused(ASSOCIATE, **fields)


@pytest.mark.parametrize(
    "action",
    [
        "attach_firewall_to_firenet",
        "detach_firewall_from_firenet",
        "disassociate_firewall_with_firenet",
    ],
)
def test_a_missing_association_is_not_found(net: FireNet, action: str) -> None:
    reason = net.controller.refused(action, vpc_id=net.vpc_id, firewall_id="i-0")
    assert reason == f"Firewall i-0 not found in FireNet {net.vpc_id}"


def test_what_a_firewall_needs_is_kept_until_it_is_gone(net: FireNet) -> None:
    id_ = net.launch()
    net.controller.ok(ASSOCIATE, **net.own(id_))
    at = {"vpc_id": net.vpc_id, "firewall_id": id_}
    reason = net.controller.refused("delete_firenet_firewall_instance", **at)
    assert reason.endswith("is associated with t")
    reason = net.controller.refused("disable_gateway_for_transit_firenet", gateway_name="t")
    assert reason.endswith(f"has firewall {id_} associated")
    net.controller.ok("disassociate_firewall_with_firenet", **at)
    reason = net.controller.refused("disable_gateway_for_transit_firenet", gateway_name="t")
    assert reason.endswith(f"has firewall instance {id_}")
    net.controller.does("delete_firenet_firewall_instance", **at)
    net.controller.ok("disable_gateway_for_transit_firenet", gateway_name="t")


# Inspection policies


def test_an_attached_spoke_is_inspected(net: FireNet) -> None:
    empty = {"gw_name": "t", "inspected": [], "management_access": "no"}
    assert net.controller.ok("list_transit_firenet_spoke_policies") == [empty]
    net.estate.attached("s", "t", 2)
    net.controller.ok(ADD_POLICY, **POLICY)
    inspected = {**empty, "inspected": ["SPOKE:s"]}
    listed = net.controller.ok("list_transit_firenet_spoke_policies", gateway_name="t")
    assert listed == [inspected]
    assert "already exists" in net.controller.refused(ADD_POLICY, **POLICY)


def test_a_peered_transit_is_inspected(net: FireNet) -> None:
    net.estate.transit("u", 2)
    fields = {"firenet_gateway_name": "t", "spoke_gateway_name": "PEERING:u"}
    assert "is not attached to gateway t" in net.controller.refused(ADD_POLICY, **fields)
    pair = {"gateway1": "t", "gateway2": "u"}
    net.controller.does("create_inter_transit_gateway_peering", **pair)
    net.controller.ok(ADD_POLICY, **fields)
    reason = net.controller.refused("delete_inter_transit_gateway_peering", **pair)
    assert reason == "The peering with u has an inspection policy on t"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"firenet_gateway_name": "u"}, "Gateway u is not enabled for transit FireNet"),
        ({"spoke_gateway_name": "s"}, "spoke_gateway_name s must start with SPOKE:"),
        ({"spoke_gateway_name": "OTHER:s"}, "must start with SPOKE:"),
        ({"spoke_gateway_name": "SPOKE:r"}, "SPOKE:r is not attached to gateway t"),
        ({"spoke_gateway_name": "SITE2CLOUD:c"}, "is not attached to gateway t"),
    ],
)
def test_a_wrong_policy_is_refused(net: FireNet, change: dict[str, str], reason: str) -> None:
    net.estate.transit("u", 2)
    net.estate.spoke("r", 3)
    assert reason in net.controller.refused(ADD_POLICY, **{**POLICY, **change})


def test_an_inspected_spoke_stays_attached_and_its_transit_keeps_firenet(net: FireNet) -> None:
    net.estate.attached("s", "t", 2)
    net.controller.ok(ADD_POLICY, **POLICY)
    reason = net.controller.refused("detach_spoke_from_transit_gw", spoke_gw="s")
    assert reason == "Spoke gateway s has an inspection policy on t"
    reason = net.controller.refused("disable_gateway_for_transit_firenet", gateway_name="t")
    assert reason == "Gateway t has an inspection policy for SPOKE:s"
    delete = "delete_spoke_from_transit_firenet_inspection"
    net.controller.ok(delete, **POLICY)
    assert "not found" in net.controller.refused(delete, **POLICY)
    net.controller.does("detach_spoke_from_transit_gw", spoke_gw="s")
