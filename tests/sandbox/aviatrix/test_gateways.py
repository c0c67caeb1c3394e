"""Gateways in the three clouds: creation, reads, HA, resizing, deletion, cloud networks."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from tests.sandbox.aviatrix.conftest import Estate
from tests.sandbox.aviatrix.controller import Controller
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Refused

CREATE = "create_multicloud_primary_gateway"
HA = "create_multicloud_ha_gateway"


def test_a_transit_has_addresses_of_its_subnet_and_of_the_internet(estate: Estate) -> None:
    form = estate.aws_form("t", 1, transit="true", connected_transit="yes")
    text = estate.controller.does(CREATE, **form)
    assert text == "Successfully created Gateway t."
    shown = estate.controller.gateway("t")
    assert IPv4Address(shown["private_ip"]) in IPv4Network("10.1.0.0/28")
    assert IPv4Address(shown["public_ip"]).is_global
    expected = {
        "vpc_name": "t",
        "cloud_type": 1,
        "account_name": "aws",
        "vpc_id": f"{form['vpc_id']}~~vpc-1",
        "vpc_region": "us-east-2",
        "vpc_size": "c5.xlarge",
        "public_subnet": "10.1.0.0/28",
        "connected_transit": "yes",
        "high_perf": "no",
        "enable_nat": "no",
        "single_az_ha": "no",
        "tgw_enabled": False,
        "newly_allocated_eip": True,
        "vpc_state": "up",
        "is_hagw": "no",
        "spoke_vpc": "no",
        "hagw_details": {},
        "enable_transit_firenet": False,
    }
    assert {key: shown[key] for key in expected} == expected


def test_gateways_of_azure_and_gcp_are_in_their_networks(estate: Estate) -> None:
    azure = estate.azure_form("a", 2, transit="true", gw_subnet="10.2.0.0/28~~az-1~~")
    gcp = estate.gcp_form("g", 3, transit="true")
    for form in (azure, gcp):
        estate.controller.does(CREATE, **form)
    shown = estate.controller.gateway("a")
    assert (shown["vpc_id"], shown["gateway_zone"]) == (azure["vpc_id"], "az-1")
    assert (shown["vpc_region"], shown["public_subnet"]) == ("West Europe", "10.2.0.0/28")
    shown = estate.controller.gateway("g")
    assert (shown["vpc_id"], shown["gateway_zone"]) == (gcp["vpc_id"], "us-east4-b")
    assert IPv4Address(shown["private_ip"]) in IPv4Network("10.3.0.0/28")


def test_every_gateway_has_addresses_of_its_own(estate: Estate) -> None:
    form = estate.aws_form("t1", 1, transit="true")
    for name in ("t1", "t2", "t3"):
        estate.controller.does(CREATE, **{**form, "gw_name": name})
    every = estate.controller.ok("list_vpcs_summary")
    assert len({one["private_ip"] for one in every}) == 3
    assert len({one["public_ip"] for one in every}) == 3


def test_a_full_subnet_takes_no_more_gateways(estate: Estate) -> None:
    form = estate.aws_form("t0", 1)
    for number in range(11):  # 16 addresses, of which AWS keeps 5
        estate.controller.does(CREATE, **{**form, "gw_name": f"t{number}"})
    reason = estate.controller.refused(CREATE, **{**form, "gw_name": "t11"})
    assert reason == "subnet 10.1.0.0/28 has no free address"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"account_name": "none"}, "Account none does not exist"),
        ({"cloud_type": "8"}, "cloud_type 8 is not that of account aws"),
        ({"vpc_id": "vpc-0"}, "VPC vpc-0 does not exist in us-east-2 of account aws"),
        ({"vpc_region": "us-west-2"}, "does not exist in us-west-2 of account aws"),
        ({"vpc_region": "mars"}, "vpc_region mars is not a region of AWS"),
        ({"vpc_region": ""}, "vpc_region is required"),
        ({"gw_subnet": "10.9.0.0/28"}, "gw_subnet 10.9.0.0/28 is not a subnet of"),
        ({"gw_subnet": "10.1.0.1/28"}, "gw_subnet 10.1.0.1/28 is not a valid CIDR"),
        ({"gw_name": "1st"}, "must start with a letter"),
        ({"gw_name": "a" * 51}, "at most 50 letters"),
        ({"gw_name": "t-hagw"}, "must not end with -hagw"),
        ({"insane_mode": "yes"}, "must end with ~~us-east-2a, its zone"),
        ({"enable_bgp": "yes"}, "enable_bgp is not a field of a transit gateway"),
        ({"firenet": "true"}, "firenet is chosen at creation in Azure and GCP only"),
        ({"bgp_lan": "true"}, "bgp_lan is for gateways in Azure and GCP"),
        ({"reuse_eip": "on"}, "eip is required with reuse_eip on"),
        ({"eip": "3.4.5.6"}, "eip 3.4.5.6 needs reuse_eip on"),
        ({"json_tags": "[]"}, "json_tags [] must be a JSON object of strings"),
        ({"enable_nat": "true"}, "enable_nat true must be yes or no"),
    ],
)
def test_a_wrong_gateway_of_aws_is_refused(
    estate: Estate, change: dict[str, str], reason: str
) -> None:
    form = {**estate.aws_form("t", 1, transit="true"), **change}
    assert reason in estate.controller.refused(CREATE, **form)
    assert estate.controller.ok("list_vpcs_summary") == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vpc_id": "net"}, "must be <vnet>:<resource group>:<resource GUID>"),
        ({"vpc_id": "net-a:rg-a:0"}, "VNet net-a has the GUID"),
        ({"vpc_region": "East US"}, "does not exist in East US"),
        ({"gw_subnet": "10.2.0.0/28~~1"}, "must be <cidr>~~az-<1 to 3>~~"),
        ({"bgp_lan": "true"}, "bgp_lan_intf_count is required"),
        ({"bgp_lan_intf_count": "1"}, "bgp_lan_intf_count needs bgp_lan true"),
        ({"lan_vpc": "net"}, "are fields of FireNet in GCP"),
        ({"reuse_eip": "on", "eip": "3.4.5.6"}, "must be <eip name>:<resource group>:<ip>"),
    ],
)
def test_a_wrong_gateway_of_azure_is_refused(
    estate: Estate, change: dict[str, str], reason: str
) -> None:
    form = {**estate.azure_form("a", 2, transit="true"), **change}
    assert reason in estate.controller.refused(CREATE, **form)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vpc_id": "net-g"}, "must be <vpc>~-~<project>"),
        ({"vpc_id": "net-g~-~other"}, "is not in the project"),
        ({"zone": ""}, "zone is required"),
        ({"zone": "us-east4"}, "must be the name of a zone"),
        ({"zone": "us-west1-a"}, "gw_subnet 10.3.0.0/28 is not a subnet of"),
        ({"firenet": "true"}, "lan_vpc is required for FireNet in GCP"),
        ({"bgp_lan": "true"}, "must list as many networks as subnets"),
        (
            {"bgp_lan": "true", "bgp_lan_vpc": "other", "bgp_lan_subnet": "10.4.0.0/28"},
            "does not exist",
        ),
        ({"json_tags": '{"a": "b"}'}, "json_tags are for gateways in AWS and Azure"),
    ],
)
def test_a_wrong_gateway_of_gcp_is_refused(
    estate: Estate, change: dict[str, str], reason: str
) -> None:
    form = {**estate.gcp_form("g", 3, transit="true"), **change}
    assert reason in estate.controller.refused(CREATE, **form)


def test_a_spoke_has_none_of_the_fields_of_a_transit(estate: Estate) -> None:
    reason = estate.controller.refused(CREATE, **estate.aws_form("s", 1, connected_transit="yes"))
    assert reason == "connected_transit is not a field of a spoke gateway"


def test_firenet_and_bgp_lan_of_gcp_are_in_networks_of_their_own(estate: Estate) -> None:
    estate.network("lan", 8)
    fields = {"firenet": "true", "lan_vpc": "lan", "lan_subnet": "10.8.0.0/28"}
    lan = {"bgp_lan": "true", "bgp_lan_vpc": "lan", "bgp_lan_subnet": "10.8.0.0/28"}
    estate.controller.does(CREATE, **estate.gcp_form("g", 3, transit="true", **fields, **lan))
    assert estate.controller.gateway("g")["enable_transit_firenet"] is True


def test_names_are_unique(estate: Estate) -> None:
    estate.transit("t", 1)
    assert "already exists" in estate.controller.refused(CREATE, **estate.aws_form("t", 2))


def test_a_reused_address_is_the_public_one_and_has_one_gateway(estate: Estate) -> None:
    estate.transit("t", 1, reuse_eip="on", eip="3.4.5.6")
    shown = estate.controller.gateway("t")
    assert (shown["public_ip"], shown["newly_allocated_eip"]) == ("3.4.5.6", False)
    again = estate.aws_form("u", 2, reuse_eip="on", eip="3.4.5.6")
    assert "is in use by gateway t" in estate.controller.refused(CREATE, **again)


# HA


def test_an_ha_gateway_follows_its_primary(estate: Estate) -> None:
    estate.transit("t", 1)
    fields = {"primary_gw_name": "t", "gw_size": "c5.xlarge", "gw_subnet": "10.1.0.0/28"}
    envelope = estate.controller.form(HA, passing=True, **fields, autogen_hagw_name="yes")
    assert (envelope["return"], envelope["ha_gw_name"]) == (True, "t-hagw")
    details = estate.controller.gateway("t")["hagw_details"]
    assert (details["vpc_name"], details["public_subnet"]) == ("t-hagw", "10.1.0.0/28")
    own = estate.controller.gateway("t-hagw")
    assert (own["is_hagw"], own["private_ip"]) == ("yes", details["private_ip"])
    assert own["public_ip"] != estate.controller.gateway("t")["public_ip"]
    again = estate.controller.refused(HA, **fields, autogen_hagw_name="yes")
    assert "HA GW already exists" in again


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"primary_gw_name": "none"}, "Gateway none does not exist"),
        ({"ha_gw_name": "other"}, "ha_gw_name other must be t-hagw"),
        ({"gw_subnet": "10.9.0.0/28"}, "is not a subnet of"),
        ({"insane_mode": "yes"}, "insane_mode must be that of gateway t"),
    ],
)
def test_a_wrong_ha_gateway_is_refused(estate: Estate, change: dict[str, str], reason: str) -> None:
    estate.transit("t", 1)
    fields = {
        "primary_gw_name": "t",
        "ha_gw_name": "t-hagw",
        "gw_size": "c5.xlarge",
        "gw_subnet": "10.1.0.0/28",
        **change,
    }
    assert reason in estate.controller.refused(HA, **fields)


def test_the_ha_gateway_is_deleted_before_its_primary(estate: Estate) -> None:
    estate.transit("t", 1)
    fields = {"primary_gw_name": "t", "gw_size": "c5.xlarge", "gw_subnet": "10.1.0.0/28"}
    estate.controller.does(HA, **fields, autogen_hagw_name="yes")
    reason = estate.controller.refused("delete_container", cloud_type="1", gw_name="t")
    assert reason == "Gateway t cannot be deleted: it is in use by HA gateway t-hagw"
    estate.controller.does("delete_container", cloud_type="1", gw_name="t-hagw")
    estate.controller.does("delete_container", cloud_type="1", gw_name="t")
    assert estate.controller.ok("list_vpcs_summary") == []


# Resizing, deletion, and what does not exist


def test_a_resize_takes_time(estate: Estate) -> None:
    estate.transit("t", 1)
    fields = {"cloud_type": "1", "gw_name": "t", "gw_size": "c5n.4xlarge"}
    estate.controller.ok("edit_gw_config", **fields, **{"async": "true"})
    assert estate.controller.gateway("t")["vpc_size"] == "c5.xlarge"
    estate.controller.wait(5)
    assert estate.controller.gateway("t")["vpc_size"] == "c5n.4xlarge"


def test_the_cloud_type_of_a_request_is_that_of_the_gateway(estate: Estate) -> None:
    estate.transit("t", 1)
    for action, more in (("edit_gw_config", {"gw_size": "x"}), ("delete_container", {})):
        reason = estate.controller.refused(action, cloud_type="8", gw_name="t", **more)
        assert reason == "cloud_type 8 is not that of gateway t: 1"


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("get_gateway_info", {"gateway_name": "none"}),
        ("delete_container", {"cloud_type": "1", "gw_name": "none"}),
        ("edit_gw_config", {"gw_name": "none", "gw_size": "x"}),
    ],
)
def test_a_missing_gateway_does_not_exist(
    controller: Controller, action: str, fields: dict[str, str]
) -> None:
    assert controller.refused(action, **fields) == "Gateway none does not exist"
    assert controller.ok("list_vpcs_summary", gateway_name="none") == []


def test_a_missing_ha_gateway_is_not_found(controller: Controller) -> None:
    reason = controller.refused("delete_container", cloud_type="1", gw_name="t-hagw")
    assert reason == "Gateway t-hagw not found"


# The cloud's side


def test_a_cloud_refuses_to_delete_what_a_gateway_is_in(estate: Estate) -> None:
    vpc, subnet = estate.vpc(1)
    form = {**estate.aws_form("t", 2), "vpc_id": vpc.id, "gw_subnet": "10.1.0.0/28"}
    estate.controller.does(CREATE, **form)
    for made in (subnet, vpc):
        with pytest.raises(Refused, match="DependencyViolation"):
            estate.aws.delete(made)
    estate.controller.does("delete_container", cloud_type="1", gw_name="t")
    for made in (subnet, vpc):
        estate.aws.delete(made)


def test_azure_and_gcp_keep_the_networks_of_gateways_too(estate: Estate) -> None:
    estate.controller.does(CREATE, **estate.azure_form("a", 2))
    estate.controller.does(CREATE, **estate.gcp_form("g", 3))
    for provider, token, code in (
        (estate.azure, tokens.AZURE_SUBNET, "InUse"),
        (estate.azure, tokens.VNET, "InUse"),
        (estate.azure, tokens.RESOURCE_GROUP, "ResourceGroupDeletionBlocked|InUse"),
        (estate.gcp, tokens.GCP_SUBNETWORK, "resourceInUseByAnotherResource"),
        (estate.gcp, tokens.GCP_NETWORK, "resourceInUseByAnotherResource"),
    ):
        with pytest.raises(Refused, match=code):
            provider.delete(estate.made[token])
