"""Networks: what may be created, how they become ready, what holds them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.client import NETWORKS, Konnect


def test_a_network_becomes_ready_after_35_minutes_with_its_vpc(konnect: Konnect) -> None:
    network = konnect.network(ready=False)
    assert (network["state"], network["provider_metadata"]) == ("initializing", {})
    konnect.wait(34.9)
    assert konnect.read(f"{NETWORKS}/{network['id']}")["state"] == "initializing"
    konnect.wait(0.2)
    ready = konnect.read(f"{NETWORKS}/{network['id']}")
    assert ready["state"] == "ready"
    assert ready["provider_metadata"]["vpc_id"].startswith("vpc-")
    assert len(ready["provider_metadata"]["subnet_ids"]) == 3
    assert ready["entity_version"] == network["entity_version"] + 1


def test_a_transition_has_its_own_instant_however_late_anyone_looks(konnect: Konnect) -> None:
    early, late = konnect.network(ready=False), konnect.network(ready=False)
    konnect.wait(35)
    seen_at_once = konnect.read(f"{NETWORKS}/{early['id']}")
    konnect.wait(500)
    seen_hours_later = konnect.read(f"{NETWORKS}/{late['id']}")
    assert seen_at_once["updated_at"] == seen_hours_later["updated_at"]


@pytest.mark.parametrize(
    ("provider", "change", "field", "rule"),
    [
        ("aws", {"region": "eu-west-9"}, "region", "is_supported_provider_region"),
        ("azure", {"region": "us-east-2"}, "region", "is_supported_provider_region"),
        (
            "aws",
            {"availability_zones": ["us-east-2a"]},
            "availability_zones",
            "is_supported_network_availability_zone_list",
        ),
        (
            "aws",
            {"availability_zones": []},
            "availability_zones",
            "is_supported_network_availability_zone_list",
        ),
        (
            "aws",
            {"availability_zones": ["use2-az1", "use2-az1"]},
            "availability_zones",
            "is_supported_network_availability_zone_list",
        ),
        ("aws", {"cidr_block": "10.0.0.0/15"}, "cidr_block", "is_supported_network_cidr_block"),
        ("aws", {"cidr_block": "10.0.0.0/24"}, "cidr_block", "is_supported_network_cidr_block"),
        ("azure", {"cidr_block": "10.0.0.0/22"}, "cidr_block", "is_supported_network_cidr_block"),
        ("aws", {"cidr_block": "11.0.0.0/16"}, "cidr_block", "is_supported_network_cidr_block"),
        ("gcp", {"cidr_block": "10.100.8.0/21"}, "cidr_block", "is_supported_network_cidr_block"),
        ("aws", {"cidr_block": "172.17.0.0/20"}, "cidr_block", "is_supported_network_cidr_block"),
        ("aws", {"cidr_block": "10.99.98.0/21"}, "cidr_block", "is_supported_network_cidr_block"),
        ("aws", {"cidr_block": "10.0.0.0"}, "cidr_block", "is_supported_network_cidr_block"),
        ("aws", {"cidr_block": "fd00::/16"}, "cidr_block", "is_supported_network_cidr_block"),
        ("aws", {"name": "n" * 121}, "name", "max_length"),
        ("aws", {"name": 5}, "name", "is_string"),
        ("aws", {"state": "ready"}, "state", "enum"),
        ("aws", {"provider": "aws"}, "provider", "unknown_property"),
        (
            "aws",
            {"cloud_gateway_provider_account_id": "aws"},
            "cloud_gateway_provider_account_id",
            "is_uuid",
        ),
        (
            "aws",
            {"cloud_gateway_provider_account_id": "00000000-0000-4000-8000-000000000000"},
            "cloud_gateway_provider_account_id",
            "missing_reference",
        ),
    ],
)
def test_what_konnect_does_not_support_is_a_400_that_names_field_and_rule(
    konnect: Konnect, provider: str, change: dict[str, Any], field: str, rule: str
) -> None:
    answer = konnect.post(NETWORKS, {**konnect.network_body(provider), **change})
    assert (answer.status, answer.invalid) == (400, {field: rule})
    assert answer.body["detail"] == "Invalid Parameters"


@pytest.mark.parametrize(("count", "prefix", "status"), [(3, 23, 201), (4, 23, 400), (4, 22, 201)])
def test_more_than_three_zones_need_a_larger_block(
    konnect: Konnect, count: int, prefix: int, status: int
) -> None:
    zones = ["use1-az1", "use1-az2", "use1-az4", "use1-az5"][:count]
    body = konnect.network_body(cidr_block=f"10.9.0.0/{prefix}")
    answer = konnect.post(NETWORKS, {**body, "region": "us-east-1", "availability_zones": zones})
    assert answer.status == status


def test_everything_wrong_with_a_body_is_told_at_once(konnect: Konnect) -> None:
    answer = konnect.post(NETWORKS, {"name": 1, "zone": "a"})
    assert answer.invalid == {
        "name": "is_string",
        "zone": "unknown_property",
        "cloud_gateway_provider_account_id": "required",
        "region": "required",
        "availability_zones": "required",
        "cidr_block": "required",
    }


def test_a_name_is_unique_until_its_network_terminates(konnect: Konnect) -> None:
    network = konnect.network()
    body = konnect.network_body(name=network["name"])
    assert konnect.post(NETWORKS, body).status == 409
    other = konnect.network()
    renamed = konnect.patch(f"{NETWORKS}/{other['id']}", {"name": network["name"]})
    assert renamed.status == 409
    assert konnect.delete(f"{NETWORKS}/{network['id']}").status == 204
    assert konnect.post(NETWORKS, body).status == 201


def test_a_network_can_be_renamed_and_nothing_else(konnect: Konnect) -> None:
    network = konnect.network()
    path = f"{NETWORKS}/{network['id']}"
    assert konnect.patch(path, {"name": "renamed"}).body["name"] == "renamed"
    refused = konnect.patch(path, {"cidr_block": "10.0.0.0/16"})
    assert refused.invalid == {"cidr_block": "unknown_property"}


def test_renaming_a_network_does_not_hold_up_its_provisioning(konnect: Konnect) -> None:
    network = konnect.network(ready=False)
    konnect.wait(30)
    konnect.patch(f"{NETWORKS}/{network['id']}", {"name": "renamed"})
    konnect.wait(5)
    assert konnect.read(f"{NETWORKS}/{network['id']}")["state"] == "ready"


def test_a_network_quota_is_a_403_and_offline_networks_do_not_count(konnect: Konnect) -> None:
    konnect.admin("PUT", "quotas", {"count/networks.not-offline": 1})
    konnect.network(state="offline", ready=False)
    konnect.network(ready=False)
    answer = konnect.post(NETWORKS, konnect.network_body())
    assert (answer.status, answer.body["title"]) == (403, "Quota Exceeded")
    assert answer.body["detail"] == "Maximum number of networks exceeded. Max allowed: 1."


def test_an_offline_network_stays_offline_until_a_configuration_uses_it(konnect: Konnect) -> None:
    network = konnect.network(state="offline")
    assert network["state"] == "offline"
    configuration = konnect.configuration(konnect.plane(), konnect.group(network))
    assert konnect.read(f"{NETWORKS}/{network['id']}")["state"] == "initializing"
    assert configuration["dataplane_groups"][0]["state"] == "created"
    konnect.wait(36)
    assert konnect.read(f"{NETWORKS}/{network['id']}")["state"] == "ready"


def test_a_network_is_a_404_once_it_is_terminated(konnect: Konnect) -> None:
    network = konnect.network()
    path = f"{NETWORKS}/{network['id']}"
    assert konnect.delete(path).status == 204
    assert konnect.read(path)["state"] == "terminating"
    assert konnect.delete(path).status == 400
    konnect.wait(6)
    assert konnect.get(path).status == 404
    assert konnect.delete(path).status == 404


def test_a_network_cannot_go_while_a_configuration_or_a_leaving_group_uses_it(
    konnect: Konnect,
) -> None:
    plane, network = konnect.plane(), konnect.network()
    path = f"{NETWORKS}/{network['id']}"
    configuration = konnect.configuration(plane, konnect.group(network))
    references = konnect.get(f"{path}/configuration-references").body["data"]
    assert [reference["id"] for reference in references] == [configuration["id"]]
    assert konnect.read(path)["configuration_reference_count"] == 1
    assert konnect.delete(path).invalid == {"networkId": "invalid"}
    konnect.configuration(plane)
    assert konnect.delete(path).status == 400
    konnect.wait(5)
    assert konnect.read(path)["configuration_reference_count"] == 0
    assert konnect.delete(path).status == 204


def test_two_networks_keep_their_own_ids_and_egress_addresses(konnect: Konnect) -> None:
    plane, one, other = konnect.plane(), konnect.network(), konnect.network(region="eu-west-1")
    configuration = konnect.configuration(plane, konnect.group(one), konnect.group(other))
    konnect.wait(11)
    groups = konnect.read(f"/v2/cloud-gateways/configurations/{configuration['id']}")
    addresses = [a for g in groups["dataplane_groups"] for a in g["egress_ip_addresses"]]
    assert len(addresses) == len(set(addresses)) == 5
