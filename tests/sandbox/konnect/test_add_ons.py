"""The managed cache: who may have one, what appears with it, what holds it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.client import ADD_ONS, CONFIGURATIONS, PLANES, Json, Konnect, entities

NOBODY = "00000000-0000-4000-8000-000000000000"
TIER = "config.capacity_config.tier"
REDIS = {"limit": [5], "window_size": [60], "strategy": "redis", "sync_rate": 0.5}


def tier_patch(tier: str) -> Json:
    capacity = {"kind": "tiered", "tier": tier}
    return {"config": {"kind": "managed-cache.v0", "capacity_config": capacity}}


def test_a_cache_is_ready_after_15_minutes_in_every_group(konnect: Konnect) -> None:
    plane = konnect.plane()
    networks = [konnect.network(), konnect.network(region="eu-west-1")]
    configuration = konnect.configuration(plane, *(konnect.group(n) for n in networks))
    add_on = konnect.add_on(plane)
    assert add_on["state"] == "initializing"
    assert add_on["config"]["state_metadata"] == {}
    konnect.wait(14)
    assert konnect.read(f"{ADD_ONS}/{add_on['id']}")["state"] == "initializing"
    konnect.wait(2)
    ready = konnect.read(f"{ADD_ONS}/{add_on['id']}")
    assert ready["state"] == "ready"
    shown = {(g["id"], g["state"]) for g in ready["config"]["data_plane_groups"]}
    assert shown == {(g["id"], "ready") for g in configuration["dataplane_groups"]}


def test_a_cache_without_groups_becomes_ready_all_the_same(konnect: Konnect) -> None:
    add_on = konnect.add_on(konnect.plane())
    konnect.wait(16)
    ready = konnect.read(f"{ADD_ONS}/{add_on['id']}")
    assert (ready["state"], ready["config"]["data_plane_groups"]) == ("ready", [])


def test_a_partial_of_references_appears_in_the_owners_control_plane(konnect: Konnect) -> None:
    plane, add_on = konnect.gateway_with_cache()
    metadata = add_on["config"]["state_metadata"]
    (partial,) = konnect.get(entities(plane, "partials"), tags="konnect-managed").body["data"]
    assert partial["id"] == metadata["cache_config_id"]
    assert partial["name"] == f"konnect-managed-{partial['id']}"
    assert partial["type"] == "redis-ee"
    config = partial["config"]
    assert config["host"] == metadata["cache_host"] == "{vault://env/ADDON_MANAGED_CACHE_HOST}"
    assert config["port"] == metadata["cache_port"]
    assert config["cloud_authentication"]["aws_is_serverless"] is False
    assert "azure_tenant_id" not in config["cloud_authentication"]
    assert "password" not in config


def test_a_group_in_another_cloud_widens_the_partial(konnect: Konnect) -> None:
    plane = konnect.plane()
    aws, azure = konnect.network(), konnect.network("azure")
    konnect.configuration(plane, konnect.group(aws))
    add_on = konnect.add_on(plane)
    konnect.wait(16)
    konnect.configuration(plane, konnect.group(aws), konnect.group(azure, "azure"))
    widened = konnect.read(f"{ADD_ONS}/{add_on['id']}")
    states = {g["provider"]: g["state"] for g in widened["config"]["data_plane_groups"]}
    assert states == {"aws": "ready", "azure": "initializing"}
    authentication = widened["config"]["state_metadata"]["cloud_authentication"]
    assert {"aws_cache_name", "azure_tenant_id"} <= set(authentication)
    (partial,) = konnect.get(entities(plane, "partials")).body["data"]
    assert authentication.items() <= partial["config"]["cloud_authentication"].items()
    konnect.wait(16)
    ready = konnect.read(f"{ADD_ONS}/{add_on['id']}")["config"]["data_plane_groups"]
    assert {g["state"] for g in ready} == {"ready"}


def test_a_group_that_goes_takes_its_cache_along(konnect: Konnect) -> None:
    plane, add_on = konnect.gateway_with_cache()
    konnect.configuration(plane)
    path = f"{ADD_ONS}/{add_on['id']}"
    assert [g["state"] for g in konnect.read(path)["config"]["data_plane_groups"]] == [
        "terminating"
    ]
    konnect.wait(5)
    assert konnect.read(path)["config"]["data_plane_groups"] == []


def test_a_group_of_control_planes_gets_no_partial(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    body = konnect.add_on_body(group)
    body["owner"] = {
        "kind": "control-plane-group",
        "control_plane_group_id": group,
        "control_plane_group_geo": "us",
    }
    add_on = konnect.post(ADD_ONS, body).body
    konnect.wait(16)
    ready = konnect.read(f"{ADD_ONS}/{add_on['id']}")
    assert ready["config"]["state_metadata"]["cache_config_id"]
    assert konnect.get(entities(group, "partials")).body["data"] == []
    second = konnect.post(ADD_ONS, {**body, "name": "other"})
    assert second.invalid == {"owner.control_plane_group_id": "invalid"}


def test_a_cache_of_a_group_needs_the_feature_of_groups(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    owner = {"control_plane_group_id": group, "control_plane_group_geo": "us"}
    body = konnect.add_on_body(group) | {"owner": {"kind": "control-plane-group", **owner}}
    konnect.admin("PUT", "features", {"control_plane_groups": False})
    assert konnect.post(ADD_ONS, body).status == 403
    konnect.admin("PUT", "features", {"control_plane_groups": True})
    assert konnect.post(ADD_ONS, body).status == 201


def test_partials_of_one_name_on_two_members_are_a_conflict_of_their_group(
    konnect: Konnect,
) -> None:
    group = konnect.plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    members = [konnect.plane(cloud_gateway=False) for _ in range(2)]
    joined = {"members": [{"id": member} for member in members]}
    konnect.post(f"{PLANES}/{group}/group-memberships/add", joined)
    konnect.configuration(group, konnect.group(konnect.network()))
    konnect.wait(11)
    body = {"name": "konnect-managed", "type": "redis-ee", "config": {"host": "redis.example"}}
    made = [konnect.post(entities(member, "partials"), body).body["id"] for member in members]
    status = f"{PLANES}/{group}/group-status"
    assert konnect.read(status)["item"]["state"] == "CONFLICT"
    other = {**body, "name": "konnect-managed-of-a-member"}
    assert konnect.put(f"{entities(members[0], 'partials')}/{made[0]}", other).status == 200
    assert konnect.read(status)["item"]["state"] == "OK"


def test_a_gcp_group_and_a_cache_exclude_each_other(konnect: Konnect) -> None:
    plane, network = konnect.plane(), konnect.network("gcp")
    group = konnect.group(network, "gcp")
    (actual,) = konnect.configuration(plane, group)["dataplane_groups"]
    answer = konnect.post(ADD_ONS, konnect.add_on_body(plane))
    assert answer.invalid == {"owner": "invalid"}
    reason = answer.body["invalid_parameters"][0]["reason"]
    assert reason.startswith(f"Data plane group with ID '{actual['id']}' has unsupported provider")
    other, _ = konnect.gateway_with_cache()
    body = konnect.configuration_body(other, group)
    assert konnect.put(CONFIGURATIONS, body).invalid == {"dataplane_groups.0.provider": "invalid"}


def test_a_cache_needs_gateway_3_13(konnect: Konnect) -> None:
    plane = konnect.plane()
    konnect.configuration(plane, konnect.group(konnect.network()), version="3.12")
    assert konnect.post(ADD_ONS, konnect.add_on_body(plane)).invalid == {"owner": "invalid"}


def test_a_kind_is_unique_per_owner_and_a_name_per_organisation(konnect: Konnect) -> None:
    plane = konnect.plane()
    konnect.add_on(plane, name="one")
    duplicate = konnect.post(ADD_ONS, konnect.add_on_body(plane, name="two"))
    assert duplicate.invalid == {"owner.control_plane_id": "invalid"}
    taken = konnect.post(ADD_ONS, konnect.add_on_body(konnect.plane(), name="one"))
    assert (taken.status, taken.body["detail"]) == (
        409,
        "Add on property 'name' must be unique per org.",
    )


def test_an_owner_is_looked_up_with_its_geo(konnect: Konnect) -> None:
    answer = konnect.post(ADD_ONS, konnect.add_on_body(NOBODY))
    assert answer.status == 404
    assert answer.body["detail"] == f"Invalid owner: Control plane '{NOBODY}' not found in geo 'us'"
    group = konnect.plane(cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP")
    assert konnect.post(ADD_ONS, konnect.add_on_body(group)).status == 404
    plain = konnect.plane(cloud_gateway=False)
    assert konnect.post(ADD_ONS, konnect.add_on_body(plain)).invalid == {"owner": "invalid"}


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"name": ""}, "name", "min_length"),
        ({"name": "n" * 71}, "name", "max_length"),
        ({"owner": {"kind": "control-plane"}}, "owner.control_plane_id", "required"),
        ({"owner": {"kind": "network"}}, "owner.kind", "enum"),
        ({"config": {"kind": "managed-cache.v0"}}, "config.capacity_config", "required"),
        (
            {"config": {"kind": "x", "capacity_config": {"kind": "tiered", "tier": "small"}}},
            "config.kind",
            "enum",
        ),
        (tier_patch("tiny"), TIER, "enum"),
        ({"region": "us"}, "region", "unknown_property"),
    ],
)
def test_a_bad_add_on_is_a_400(
    konnect: Konnect, change: dict[str, Any], field: str, rule: str
) -> None:
    answer = konnect.post(ADD_ONS, {**konnect.add_on_body(konnect.plane()), **change})
    assert answer.status == 400
    assert answer.invalid[field] == rule


def test_an_owner_id_that_is_none_is_a_400(konnect: Konnect) -> None:
    answer = konnect.post(ADD_ONS, konnect.add_on_body("prod"))
    assert answer.invalid == {"owner.control_plane_id": "is_uuid"}


def test_a_tier_beyond_the_quota_is_not_available(konnect: Konnect) -> None:
    konnect.admin("PUT", "quotas", {"max/managed-cache-size": 1})
    plane = konnect.plane()
    answer = konnect.post(ADD_ONS, konnect.add_on_body(plane, tier="medium"))
    assert answer.invalid == {TIER: "invalid"}
    assert answer.body["invalid_parameters"][0]["reason"] == (
        "Cache tier 'medium' is not available."
    )
    add_on = konnect.add_on(plane)
    konnect.wait(16)
    answer = konnect.patch(f"{ADD_ONS}/{add_on['id']}", tier_patch("large"))
    assert "Available tiers: micro, small." in answer.body["invalid_parameters"][0]["reason"]


def test_the_number_of_caches_is_a_quota(konnect: Konnect) -> None:
    konnect.admin("PUT", "quotas", {"count/managed-cache-instances": 0})
    answer = konnect.post(ADD_ONS, konnect.add_on_body(konnect.plane()))
    assert (answer.status, answer.body["title"]) == (403, "Quota Exceeded")


def test_add_ons_are_behind_a_flag(konnect: Konnect) -> None:
    konnect.admin("PUT", "features", {"add_ons": False})
    answer = konnect.post(ADD_ONS, konnect.add_on_body(konnect.plane()))
    assert (answer.status, answer.body["detail"]) == (404, "Add-on functionality is not available")


def test_a_cache_only_grows_and_is_initializing_meanwhile(konnect: Konnect) -> None:
    _, add_on = konnect.gateway_with_cache()
    path = f"{ADD_ONS}/{add_on['id']}"
    for tier, why in (("small", "identical"), ("micro", "downgrade")):
        answer = konnect.patch(path, tier_patch(tier))
        assert answer.invalid == {TIER: "invalid"}
        assert why in answer.body["invalid_parameters"][0]["reason"]
    growing = konnect.patch(path, tier_patch("large")).body
    assert growing["state"] == "initializing"
    assert konnect.patch(path, tier_patch("xlarge")).invalid == {"id": "invalid"}
    konnect.wait(6)
    grown = konnect.read(path)
    assert (grown["state"], grown["config"]["capacity_config"]["tier"]) == ("ready", "large")
    metadata = grown["config"]["state_metadata"]
    assert metadata == add_on["config"]["state_metadata"]


def test_a_cache_in_use_cannot_be_deleted_and_its_partial_goes_with_it(konnect: Konnect) -> None:
    plane, add_on = konnect.gateway_with_cache()
    path = f"{ADD_ONS}/{add_on['id']}"
    partial = add_on["config"]["state_metadata"]["cache_config_id"]
    body = {"name": "rate-limiting-advanced", "config": REDIS, "partials": [{"id": partial}]}
    plugin = konnect.post(entities(plane, "plugins"), body).body
    refused = konnect.delete(path)
    assert refused.body["invalid_parameters"] == [
        {
            "field": "id",
            "rule": "invalid",
            "source": "path",
            "reason": (
                "Managed cache add-on has 1 linked plugin(s) that must be removed before "
                f"deletion. Cache config ID: '{partial}'."
            ),
        }
    ]
    konnect.delete(f"{entities(plane, 'plugins')}/{plugin['id']}")
    assert konnect.delete(path).status == 204
    assert konnect.get(f"{entities(plane, 'partials')}/{partial}").status == 404
    assert konnect.read(path)["state"] == "terminating"
    assert konnect.delete(path).status == 400
    konnect.wait(6)
    assert konnect.get(path).status == 404
    assert konnect.add_on(plane)["state"] == "initializing"


def test_a_failure_shows_per_group(konnect: Konnect) -> None:
    plane = konnect.plane()
    konnect.configuration(plane, konnect.group(konnect.network()))
    add_on = konnect.add_on(plane)
    konnect.admin("POST", f"fail/add-ons/{add_on['id']}", {"reason": "no capacity"})
    konnect.wait(60)
    failed = konnect.read(f"{ADD_ONS}/{add_on['id']}")
    (group,) = failed["config"]["data_plane_groups"]
    assert (group["state"], group["state_metadata"]) == ("error", {"error_reason": "no capacity"})


@pytest.mark.parametrize(
    ("key", "value", "field", "rule"),
    [
        ("filter[owner.control_plane_id][oeq]", "a,b", "owner.control_plane_id", "is_uuid"),
        ("filter[owner.control_plane_geo][neq]", "mars", "owner.control_plane_geo", "enum"),
        ("filter[config.kind]", "redis", "config.kind", "enum"),
    ],
)
def test_a_bad_filter_is_quoted_with_its_rule(
    konnect: Konnect, key: str, value: str, field: str, rule: str
) -> None:
    answer = konnect.get(ADD_ONS, **{key: value})
    assert (answer.status, answer.invalid) == (400, {key: rule})
    if rule == "enum" and field.endswith("geo"):
        assert answer.body["invalid_parameters"][0]["choices"][0] == "us"


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("filter[name][eq]", "one", 1),
        ("filter[state]", "initializing", 2),
        ("filter[config.kind]", "managed-cache.v0", 2),
        ("filter[owner.control_plane_id][neq]", NOBODY, 2),
        ("filter[owner.control_plane_id][eq]", NOBODY, 0),
        ("filter[owner.control_plane_group_geo][oeq]", "us,eu", 0),
    ],
)
def test_add_ons_are_filtered(konnect: Konnect, key: str, value: str, count: int) -> None:
    for name in ("one", "two"):
        konnect.add_on(konnect.plane(), name=name)
    assert len(konnect.get(ADD_ONS, **{key: value}).body["data"]) == count
