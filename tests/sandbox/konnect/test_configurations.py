"""Configurations: the whole desired state, and the groups that follow it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.client import CONFIGURATIONS, Json, Konnect

NOBODY = "00000000-0000-4000-8000-000000000000"


def groups_of(konnect: Konnect, configuration: Json) -> list[Json]:
    groups: list[Json] = konnect.read(f"{CONFIGURATIONS}/{configuration['id']}")["dataplane_groups"]
    return groups


def test_a_group_becomes_ready_with_addresses_of_its_network(konnect: Konnect) -> None:
    network = konnect.network(cidr_block="10.7.0.0/20")
    configuration = konnect.configuration(konnect.plane(), konnect.group(network))
    (group,) = configuration["dataplane_groups"]
    assert group["state"] == "initializing"
    assert "hostnames" not in group
    konnect.wait(11)
    (ready,) = groups_of(konnect, configuration)
    assert ready["state"] == "ready"
    assert ready["private_ip_addresses"] == ["10.7.0.10", "10.7.4.10", "10.7.8.10"]
    assert len(ready["egress_ip_addresses"]) == 3
    assert ready["hostnames"][0].endswith(".aws-us-east-2.edge.gateways.konggateway.com")


def test_a_group_waits_for_its_network_and_then_takes_its_own_time(konnect: Konnect) -> None:
    configuration = konnect.configuration(
        konnect.plane(), konnect.group(konnect.network(ready=False))
    )
    states = []
    for minutes in (34, 2, 8, 2):
        konnect.wait(minutes)
        states.append(groups_of(konnect, configuration)[0]["state"])
    assert states == ["created", "initializing", "initializing", "ready"]


def test_a_private_configuration_has_no_public_name(konnect: Konnect) -> None:
    plane, network = konnect.plane(), konnect.network()
    private = konnect.configuration(plane, konnect.group(network), api_access="private")
    konnect.wait(11)
    (group,) = groups_of(konnect, private)
    assert group["hostnames"] == []
    assert group["private_ip_addresses"]
    public = konnect.configuration(plane, konnect.group(network), api_access="public")
    konnect.wait(6)
    assert len(groups_of(konnect, public)[0]["hostnames"]) == 1


def test_the_desired_groups_are_echoed_as_they_were_sent(konnect: Konnect) -> None:
    network = konnect.network()
    environment = [{"name": "KONG_LOG_LEVEL", "value": "info"}]
    wanted = konnect.group(network, environment=environment)
    configuration = konnect.configuration(konnect.plane(), wanted)
    assert configuration["dataplane_group_config"] == [wanted]
    (group,) = configuration["dataplane_groups"]
    assert group["environment"] == environment
    assert group["autoscale"] == {"kind": "autopilot", "base_rps": 100, "max_rps": 1000}


def test_the_same_configuration_again_is_a_409(konnect: Konnect) -> None:
    plane = konnect.plane()
    one, other = konnect.network(), konnect.network(region="eu-west-1")
    konnect.configuration(plane, konnect.group(one), konnect.group(other))
    reordered = konnect.configuration_body(plane, konnect.group(other), konnect.group(one))
    answer = konnect.put(CONFIGURATIONS, reordered)
    assert answer.status == 409
    assert "are identical" in answer.body["detail"]
    assert konnect.put(CONFIGURATIONS, {**reordered, "version": "3.14"}).status == 200


def test_every_put_mints_an_id_and_only_the_last_is_listed(konnect: Konnect) -> None:
    plane, network = konnect.plane(), konnect.network()
    first = konnect.configuration(plane, konnect.group(network))
    konnect.wait(11)
    second = konnect.configuration(plane)
    konnect.wait(10)
    listed = konnect.get(CONFIGURATIONS, **{"filter[control_plane_id][eq]": plane}).body["data"]
    assert [c["id"] for c in listed] == [second["id"]] != [first["id"]]
    assert second["entity_version"] == first["entity_version"] + 1
    assert groups_of(konnect, second) == []
    assert groups_of(konnect, first)[0]["state"] == "ready"


def test_a_removed_group_terminates_and_a_kept_one_is_left_alone(konnect: Konnect) -> None:
    plane = konnect.plane()
    one, other = konnect.network(), konnect.network(region="eu-west-1")
    konnect.configuration(plane, konnect.group(one), konnect.group(other))
    konnect.wait(11)
    configuration = konnect.configuration(plane, konnect.group(one))
    states = {g["region"]: g["state"] for g in configuration["dataplane_groups"]}
    assert states == {"us-east-2": "ready", "eu-west-1": "terminating"}
    konnect.wait(5)
    assert [g["region"] for g in groups_of(konnect, configuration)] == ["us-east-2"]


def test_a_new_version_rolls_over_the_groups_and_keeps_their_addresses(konnect: Konnect) -> None:
    plane, network = konnect.plane(), konnect.network()
    first = konnect.configuration(plane, konnect.group(network))
    konnect.wait(11)
    (before,) = groups_of(konnect, first)
    second = konnect.configuration(plane, konnect.group(network), version="3.14")
    (during,) = second["dataplane_groups"]
    assert during["state"] == "initializing"
    assert during["private_ip_addresses"] == before["private_ip_addresses"]
    konnect.wait(6)
    (after,) = groups_of(konnect, second)
    assert (after["id"], after["state"]) == (before["id"], "ready")
    assert after["egress_ip_addresses"] == before["egress_ip_addresses"]


def test_two_control_planes_share_a_network_at_different_addresses(konnect: Konnect) -> None:
    network = konnect.network()
    both = [konnect.configuration(konnect.plane(), konnect.group(network)) for _ in range(2)]
    konnect.wait(11)
    (one,), (other,) = (groups_of(konnect, configuration) for configuration in both)
    assert not set(one["private_ip_addresses"]) & set(other["private_ip_addresses"])
    assert one["egress_ip_addresses"] == other["egress_ip_addresses"]


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"version": "3.8"}, "version", "enum"),
        ({"version": 3.13}, "version", "is_string"),
        ({"api_access": "internal"}, "api_access", "enum"),
        ({"kind": "dedicated"}, "kind", "enum"),
        ({"control_plane_geo": "us-east-2"}, "control_plane_geo", "enum"),
        ({"control_plane_id": "prod"}, "control_plane_id", "is_uuid"),
        ({"dataplane_groups": {}}, "dataplane_groups", "is_array"),
        ({"replicas": 2}, "replicas", "unknown_property"),
    ],
)
def test_a_bad_configuration_is_a_400(
    konnect: Konnect, change: dict[str, Any], field: str, rule: str
) -> None:
    body = konnect.configuration_body(konnect.plane())
    assert konnect.put(CONFIGURATIONS, {**body, **change}).invalid == {field: rule}


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"provider": "ibm"}, "provider", "enum"),
        ({"provider": "azure"}, "region", "invalid"),
        ({"region": "eu-west-1"}, "region", "invalid"),
        ({"cloud_gateway_network_id": None}, "cloud_gateway_network_id", "required"),
        ({"autoscale": None}, "autoscale", "required"),
        ({"autoscale": {"base_rps": 1}}, "autoscale.kind", "required"),
        ({"autoscale": {"kind": "auto"}}, "autoscale.kind", "enum"),
        (
            {"autoscale": {"kind": "autopilot", "base_rps": 1.5}},
            "autoscale.base_rps",
            "is_integer",
        ),
        ({"autoscale": {"kind": "autopilot", "base_rps": 0}}, "autoscale.base_rps", "min"),
        (
            {"autoscale": {"kind": "static", "instance_type": "small", "requested_instances": "1"}},
            "autoscale.requested_instances",
            "is_integer",
        ),
        ({"environment": [{"name": "AWS_REGION", "value": "x"}]}, "environment.0.name", None),
        ({"environment": [{"name": "KONG_A", "value": ""}]}, "environment.0.value", "min_length"),
        ({"zone": "a"}, "zone", "unknown_property"),
    ],
)
def test_a_bad_group_is_a_400_that_names_its_place(
    konnect: Konnect, change: dict[str, Any], field: str, rule: str | None
) -> None:
    group = {**konnect.group(konnect.network()), **change}
    answer = konnect.put(CONFIGURATIONS, konnect.configuration_body(konnect.plane(), group))
    assert answer.invalid == {f"dataplane_groups.0.{field}": rule or "matches_regex"}


def test_a_version_and_its_groups_are_required_though_the_schema_forgot(konnect: Konnect) -> None:
    body = konnect.configuration_body(konnect.plane())
    del body["version"]
    assert konnect.put(CONFIGURATIONS, body).invalid == {"version": "required"}


def test_two_groups_cannot_share_a_place(konnect: Konnect) -> None:
    group = konnect.group(konnect.network())
    body = konnect.configuration_body(konnect.plane(), group, group)
    assert konnect.put(CONFIGURATIONS, body).invalid == {"dataplane_groups.1": "invalid"}


def test_an_unknown_control_plane_or_network_is_a_404(konnect: Konnect) -> None:
    assert konnect.put(CONFIGURATIONS, konnect.configuration_body(NOBODY)).status == 404
    group = {**konnect.group(konnect.network()), "cloud_gateway_network_id": NOBODY}
    body = konnect.configuration_body(konnect.plane(), group)
    assert konnect.put(CONFIGURATIONS, body).status == 404


def test_a_network_on_its_way_out_takes_no_group(konnect: Konnect) -> None:
    network = konnect.network()
    konnect.delete(f"/v2/cloud-gateways/networks/{network['id']}")
    body = konnect.configuration_body(konnect.plane(), konnect.group(network))
    field = "dataplane_groups.0.cloud_gateway_network_id"
    assert konnect.put(CONFIGURATIONS, body).invalid == {field: "invalid"}


def test_only_a_control_plane_of_cloud_gateways_takes_a_configuration(konnect: Konnect) -> None:
    body = konnect.configuration_body(konnect.plane(cloud_gateway=False))
    assert konnect.put(CONFIGURATIONS, body).invalid == {"control_plane_id": "invalid"}


def test_a_quota_of_groups_is_a_403_that_leaves_everything_as_it_was(konnect: Konnect) -> None:
    konnect.admin("PUT", "quotas", {"count/data-plane-groups-estimate": 1})
    plane = konnect.plane()
    one, other = konnect.network(), konnect.network(state="offline")
    konnect.configuration(plane, konnect.group(one))
    body = konnect.configuration_body(plane, konnect.group(one), konnect.group(other))
    answer = konnect.put(CONFIGURATIONS, body)
    assert (answer.status, answer.body["title"]) == (403, "Quota Exceeded")
    network = konnect.read(f"/v2/cloud-gateways/networks/{other['id']}")
    assert network["state"] == "offline"
    assert konnect.get(CONFIGURATIONS).body["meta"]["page"]["total"] == 1


def test_a_serverless_configuration_has_no_version_network_or_autoscale(konnect: Konnect) -> None:
    plane = konnect.plane(cluster_type="CLUSTER_TYPE_SERVERLESS_V1", cloud_gateway=False)
    body = {
        "control_plane_id": plane,
        "control_plane_geo": "us",
        "kind": "serverless.v1",
        "dataplane_groups": [{"provider": "aws", "region": "us"}],
    }
    created = konnect.put(CONFIGURATIONS, body)
    assert created.status == 200
    konnect.wait(11)
    (group,) = groups_of(konnect, created.body)
    assert (group["state"], len(group["hostnames"])) == ("ready", 1)
    refused = konnect.put(CONFIGURATIONS, {**body, "version": "3.13"})
    assert refused.invalid == {"version": "invalid"}
    elsewhere = [{"provider": "aws", "region": "us-east-2"}]
    assert konnect.put(CONFIGURATIONS, {**body, "dataplane_groups": elsewhere}).invalid == {
        "dataplane_groups.0.region": "is_supported_provider_region"
    }


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("filter[control_plane_geo]", "us", 2),
        ("filter[control_plane_geo][neq]", "us", 0),
        ("filter[control_plane_geo][oeq]", "us,eu", 2),
        ("filter[control_plane_id][eq]", NOBODY, 0),
        ("filter[control_plane_id][neq]", NOBODY, 2),
    ],
)
def test_configurations_are_filtered_by_owner(
    konnect: Konnect, key: str, value: str, count: int
) -> None:
    for _ in range(2):
        konnect.configuration(konnect.plane())
    assert len(konnect.get(CONFIGURATIONS, **{key: value}).body["data"]) == count
