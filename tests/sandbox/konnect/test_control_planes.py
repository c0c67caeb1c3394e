"""Control planes, their labels, their groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.client import ADD_ONS, CONFIGURATIONS, DOMAINS, PLANES, Konnect, entities

NOBODY = "00000000-0000-4000-8000-000000000000"
GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"


def test_settings_sent_at_the_top_come_back_under_config(konnect: Konnect) -> None:
    url = {"host": "example.com", "port": 443, "protocol": "https"}
    plane = konnect.read(
        f"{PLANES}/{konnect.plane(auth_type='pki_client_certs', proxy_urls=[url])}"
    )
    assert plane["config"]["cloud_gateway"] is True
    assert plane["config"]["auth_type"] == "pki_client_certs"
    assert plane["config"]["proxy_urls"] == [url]
    assert plane["config"]["cluster_type"] == "CLUSTER_TYPE_CONTROL_PLANE"
    assert (plane["description"], plane["labels"]) == ("", {})


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"name": "n"}, "name", "min_length"),
        ({"name": "n" * 257}, "name", "max_length"),
        ({"description": None}, "description", "is_string"),
        ({"cloud_gateway": "yes"}, "cloud_gateway", "is_boolean"),
        ({"cluster_type": "HYBRID"}, "cluster_type", "enum"),
        ({"geo": "us"}, "geo", "unknown_property"),
        ({"labels": {"kong-team": "x"}}, "labels", "is_label"),
        ({"labels": {"team": "x y"}}, "labels", "is_label"),
        ({"labels": {str(n): "x" for n in range(6)}}, "labels", "max_items"),
        ({"proxy_urls": [{"host": "h", "port": 0, "protocol": "p"}]}, "proxy_urls.0.port", "min"),
    ],
)
def test_a_bad_control_plane_is_a_400(
    konnect: Konnect, fields: dict[str, Any], field: str, rule: str
) -> None:
    answer = konnect.post(PLANES, {"name": "prod", **fields})
    assert (answer.status, answer.body["title"]) == (400, "Bad Request")
    assert answer.invalid == {field: rule}


def test_a_name_is_unique(konnect: Konnect) -> None:
    konnect.plane("prod")
    other = konnect.plane("dev")
    assert konnect.post(PLANES, {"name": "prod"}).status == 409
    assert konnect.patch(f"{PLANES}/{other}", {"name": "prod"}).status == 400
    assert konnect.patch(f"{PLANES}/{other}", {"name": "dev"}).status == 200


def test_a_patch_leaves_alone_what_it_does_not_name(konnect: Konnect) -> None:
    path = f"{PLANES}/{konnect.plane('prod', description='all of it', labels={'env': 'prod'})}"
    patched = konnect.patch(path, {"labels": {}}).body
    assert (patched["name"], patched["description"], patched["labels"]) == (
        "prod",
        "all of it",
        {},
    )
    assert konnect.patch(path, {"cloud_gateway": False}).invalid == {
        "cloud_gateway": "unknown_property"
    }


def test_an_id_that_is_none_is_a_400_and_one_of_nobody_a_404(konnect: Konnect) -> None:
    assert konnect.get(f"{PLANES}/prod").invalid == {"id": None}
    answer = konnect.get(f"{PLANES}/{NOBODY}")
    assert (answer.status, answer.body["detail"]) == (
        404,
        "The requested control plane was not found.",
    )


def test_the_hundred_and_first_control_plane_is_one_too_many(konnect: Konnect) -> None:
    for number in range(100):
        konnect.plane(f"plane {number}")
    assert konnect.post(PLANES, {"name": "another"}).invalid == {"object": None}


def test_control_planes_are_listed_filtered_sorted_and_paged(konnect: Konnect) -> None:
    names = [f"plane {n:02}" for n in range(12)]
    for number, name in enumerate(names):
        konnect.wait(1)
        konnect.plane(name, cloud_gateway=number % 2 == 0, labels={"team": f"t{number}"})

    def listed(**params: str) -> list[str]:
        return [plane["name"] for plane in konnect.get(PLANES, **params).body["data"]]

    assert listed() == names[:10]
    assert listed(**{"page[number]": "2"}) == names[10:]
    assert listed(**{"page[number]": "3"}) == []
    assert listed(sort="created_at desc", **{"page[size]": "2"}) == ["plane 11", "plane 10"]
    assert listed(**{"filter[name][eq]": "plane 03"}) == ["plane 03"]
    assert listed(**{"filter[name][contains]": "1"}) == ["plane 01", "plane 10", "plane 11"]
    assert len(listed(**{"filter[cloud_gateway]": "true"})) == 6
    assert listed(labels="team:t4") == ["plane 04"]
    assert listed(labels="nothing") == []
    assert konnect.get(PLANES).body["meta"]["page"] == {"number": 1, "size": 10, "total": 12}


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("filter[geo][eq]", "us", "unknown_property"),
        ("filter[name][oeq]", "a,b", "enum"),
        ("filter[name]", "a", "enum"),
        ("filter[cloud_gateway]", "yes", "enum"),
        ("filter[cloud_gateway][eq]", "true", "unknown_property"),
        ("filter", "x", "unknown_property"),
        ("page[size]", "many", "is_integer"),
        ("page[number]", "0", "min"),
        ("sort", "name", "invalid"),
    ],
)
def test_a_bad_query_is_a_400_that_quotes_it(
    konnect: Konnect, key: str, value: str, rule: str
) -> None:
    answer = konnect.get(PLANES, **{key: value})
    assert (answer.status, answer.invalid) == (400, {key: rule})
    assert answer.body["invalid_parameters"][0]["source"] == "query"


def test_a_host_of_a_geo_decides_the_geo_of_what_is_made_there(konnect: Konnect) -> None:
    headers = {"Host": "eu.localhost"}
    plane = konnect.call("POST", PLANES, {"name": "eu", "cloud_gateway": True}, headers=headers)
    assert ".eu.cp.konghq.com" in plane.body["config"]["control_plane_endpoint"]
    body = konnect.configuration_body(plane.body["id"])
    answer = konnect.put(CONFIGURATIONS, body)
    assert answer.status == 404
    assert answer.body["detail"] == f"Control plane '{plane.body['id']}' not found in geo 'us'"
    assert konnect.put(CONFIGURATIONS, {**body, "control_plane_geo": "eu"}).status == 200


def test_the_first_geo_that_is_named_for_a_control_plane_stays(konnect: Konnect) -> None:
    plane = konnect.plane()
    konnect.configuration(plane)
    body = konnect.configuration_body(plane, version="3.14", control_plane_geo="au")
    assert konnect.put(CONFIGURATIONS, body).status == 404


def test_a_control_plane_goes_only_after_what_hangs_on_it(konnect: Konnect) -> None:
    plane = konnect.plane()
    konnect.post(entities(plane, "services"), {"name": "svc", "host": "example.com"})
    konnect.configuration(plane, konnect.group(konnect.network()))
    domain = {"control_plane_id": plane, "control_plane_geo": "us", "domain": "api.example.com"}
    created = konnect.post(DOMAINS, domain).body["id"]
    assert konnect.delete(f"{PLANES}/{plane}").status == 400
    konnect.configuration(plane)
    konnect.delete(f"{DOMAINS}/{created}")
    konnect.wait(5)
    assert konnect.delete(f"{PLANES}/{plane}").status == 204
    assert konnect.get(f"{PLANES}/{plane}").status == 404
    assert konnect.get(CONFIGURATIONS).body["data"] == []
    assert konnect.get(entities(plane, "services")).status == 404


def test_an_add_on_that_is_terminating_does_not_hold_its_control_plane(konnect: Konnect) -> None:
    plane, add_on = konnect.gateway_with_cache()
    konnect.configuration(plane)
    konnect.wait(5)
    path = f"{ADD_ONS}/{add_on['id']}"
    assert konnect.delete(f"{PLANES}/{plane}").status == 400
    assert konnect.delete(path).status == 204
    assert konnect.read(path)["state"] == "terminating"
    assert konnect.delete(f"{PLANES}/{plane}").status == 204
    konnect.wait(6)
    assert konnect.get(path).status == 404


def test_members_join_and_leave_a_group(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type=GROUP)
    members = [konnect.plane(cloud_gateway=False) for _ in range(12)]
    path = f"{PLANES}/{group}/group-memberships"
    assert konnect.post(f"{path}/add", {"members": [{"id": m} for m in members]}).status == 204
    first = konnect.get(path).body
    assert first["meta"]["page"]["total"] == 12
    rest = konnect.get(first["meta"]["page"]["next"].removeprefix("http://127.0.0.1")).body
    assert [m["id"] for m in first["data"] + rest["data"]] == members
    assert "total" not in rest["meta"]["page"]
    status = f"{PLANES}/{members[0]}/group-member-status"
    assert konnect.read(status) == {"is_member": True}
    konnect.post(f"{path}/remove", {"members": [{"id": members[0]}, {"id": NOBODY}]})
    assert konnect.read(status) == {"is_member": False}
    assert konnect.put(path, {"members": [{"id": members[0]}]}).status == 204
    assert konnect.read(status) == {"is_member": True}


def test_a_control_plane_that_is_deleted_is_in_no_group_any_more(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type=GROUP)
    members = [konnect.plane(cloud_gateway=False) for _ in range(2)]
    path = f"{PLANES}/{group}/group-memberships"
    konnect.post(f"{path}/add", {"members": [{"id": m} for m in members]})
    konnect.delete(f"{PLANES}/{members[0]}")
    assert [m["id"] for m in konnect.get(path).body["data"]] == members[1:]
    assert konnect.delete(f"{PLANES}/{group}").status == 204
    assert konnect.read(f"{PLANES}/{members[1]}/group-member-status") == {"is_member": False}


def test_not_everything_can_be_a_member(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type=GROUP)
    path = f"{PLANES}/{group}/group-memberships"
    ingress = "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER"
    for stranger in (
        konnect.plane(cluster_type=GROUP),
        konnect.plane(cluster_type=ingress, cloud_gateway=False),
        konnect.plane(),
        NOBODY,
    ):
        answer = konnect.post(f"{path}/add", {"members": [{"id": stranger}]})
        assert (answer.status, list(answer.invalid)) == (400, ["members.0.id"])
    many = {"members": [{"id": NOBODY}] * 51}
    assert konnect.post(f"{path}/add", many).invalid == {"members": "max_items"}
    plain = konnect.plane(cloud_gateway=False)
    assert konnect.get(f"{PLANES}/{plain}/group-memberships").status == 400


def test_a_control_plane_is_in_at_most_five_groups(konnect: Konnect) -> None:
    member = {"members": [{"id": konnect.plane(cloud_gateway=False)}]}
    groups = [konnect.plane(cluster_type=GROUP) for _ in range(6)]
    statuses = [
        konnect.post(f"{PLANES}/{group}/group-memberships/add", member).status for group in groups
    ]
    assert statuses == [204] * 5 + [400]


def test_members_conflict_when_their_entities_have_the_same_name(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type=GROUP)
    members = [konnect.plane(cloud_gateway=False) for _ in range(2)]
    konnect.post(
        f"{PLANES}/{group}/group-memberships/add", {"members": [{"id": m} for m in members]}
    )
    services = [
        konnect.post(entities(m, "services"), {"name": "svc", "host": "example.com"}).body
        for m in members
    ]
    status = f"{PLANES}/{group}/group-status"
    assert konnect.read(status)["item"]["state"] == "UNKNOWN"
    konnect.configuration(group, konnect.group(konnect.network()))
    konnect.wait(11)
    assert konnect.read(status)["item"]["state"] == "CONFLICT"
    konnect.delete(f"{entities(members[0], 'services')}/{services[0]['id']}")
    assert konnect.read(status)["item"]["state"] == "OK"


def test_the_entities_of_a_group_are_those_of_its_members(konnect: Konnect) -> None:
    group = konnect.plane(cluster_type=GROUP)
    answer = konnect.post(entities(group, "services"), {"name": "svc", "host": "example.com"})
    assert (answer.status, answer.body["message"]) == (403, "usage constraint error")


def test_groups_of_cloud_gateways_are_behind_a_flag(konnect: Konnect) -> None:
    konnect.admin("PUT", "features", {"control_plane_groups": False})
    body = {"name": "group", "cluster_type": GROUP, "cloud_gateway": True}
    assert konnect.post(PLANES, body).status == 403
    assert konnect.post(PLANES, {**body, "cloud_gateway": False}).status == 201
