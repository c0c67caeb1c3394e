"""Mesh control planes, as far as look-ups need them, and the addresses of the platform."""

from __future__ import annotations

import pytest

from sandbox.konnect.platform_addresses import PATH
from sandbox.store import Store
from tests.sandbox.konnect.client import Json, Konnect

PLANES = "/v1/mesh/control-planes"
NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_mesh_control_plane_is_created_read_listed_and_deleted(konnect: Konnect) -> None:
    feature = {"type": "MeshCreation", "meshCreation": {"enabled": False}}
    body = {"name": "orders", "description": "d", "labels": {"a": "b"}, "features": [feature]}
    made = konnect.post(PLANES, body)
    assert made.status == 201
    times = {key: made.body[key] for key in ("created_at", "updated_at")}
    assert made.body == {"id": made.body["id"], **body, "version": "v2", **times}
    assert konnect.read(f"{PLANES}/{made.body['id']}") == made.body
    page = {"number": 1, "size": 10, "total": 1}
    assert konnect.read(PLANES) == {"meta": {"page": page}, "data": [made.body]}
    assert konnect.delete(f"{PLANES}/{made.body['id']}").status == 204
    assert konnect.get(f"{PLANES}/{made.body['id']}").status == 404


def test_a_put_replaces_and_a_patch_keeps_what_it_does_not_name(konnect: Konnect) -> None:
    body = {"name": "orders", "description": "d", "labels": {"a": "b", "c": "d"}}
    path = f"{PLANES}/{konnect.post(PLANES, body).body['id']}"
    konnect.wait(1)
    patched = konnect.patch(path, {"labels": {"a": None, "e": "f"}}).body
    assert (patched["name"], patched["description"]) == ("orders", "d")
    assert patched["labels"] == {"c": "d", "e": "f"}
    assert patched["updated_at"] > patched["created_at"]
    put = konnect.put(path, {"name": "sales"}).body
    assert (put["name"], put["description"], put.get("labels")) == ("sales", "", None)
    assert konnect.read(path) == put
    assert konnect.put(path, {}).status == 400
    assert konnect.patch(path, {"name": ""}).status == 400
    assert konnect.patch(f"{PLANES}/{NOBODY}", {}).status == 404


def test_mesh_control_planes_are_filtered_by_labels(konnect: Konnect) -> None:
    for env in ("prod", "dev"):
        konnect.post(PLANES, {"name": env, "labels": {"env": env}})

    def names(key: str, value: str) -> list[str]:
        return [item["name"] for item in konnect.get(PLANES, **{key: value}).body["data"]]

    assert names("filter[labels.env]", "prod") == ["prod"]
    assert names("filter[labels.env][neq]", "prod") == ["dev"]
    assert names("filter[labels.env][oeq]", "prod,dev") == ["prod", "dev"]


def test_mesh_control_planes_are_filtered_by_name(konnect: Konnect) -> None:
    for name in ("orders", "orders-2"):
        assert konnect.post(PLANES, {"name": name}).status == 201

    def names(**query: str) -> list[str]:
        return [item["name"] for item in konnect.get(PLANES, **query).body["data"]]

    assert names(**{"filter[name][eq]": "orders"}) == ["orders"]
    assert names(**{"filter[name][contains]": "orders"}) == ["orders", "orders-2"]
    assert konnect.get(PLANES, **{"filter[id][eq]": "x"}).status == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "-a"}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"name": "a", "description": "d" * 251}, "description"),
        ({"name": "a", "labels": {"k": "-"}}, "labels.k"),
        ({"name": "a", "labels": {f"k{n}": "v" for n in range(11)}}, "labels"),
        ({"name": "a", "features": [{"type": "Other"}]}, "features.0.type"),
        ({"name": "a", "features": [{"type": "MeshCreation", "meshCreation": {}}]}, None),
        ({"name": "a", "version": "2"}, "version"),
        ({"name": "a", "size": 1}, "size"),
    ],
)
def test_a_bad_mesh_control_plane_is_a_400(konnect: Konnect, body: Json, field: str | None) -> None:
    answer = konnect.post(PLANES, body)
    assert (answer.status, answer.body["title"]) == (400, "Invalid Request")
    assert answer.body["type"] == "https://kongapi.info/konnect/bad-request"
    assert field is None or list(answer.invalid) == [field]


def test_what_is_not_there_is_a_404_with_a_type(konnect: Konnect) -> None:
    for id_ in (NOBODY, "x"):
        answer = konnect.get(f"{PLANES}/{id_}")
        assert (answer.status, answer.body["title"]) == (404, "Not Found")
        assert answer.body["type"] == "https://kongapi.info/konnect/not-found"


def test_a_mesh_control_plane_is_in_one_geo(konnect: Konnect) -> None:
    here = {"headers": {"host": "eu.api.konghq.com"}}
    made = konnect.call("POST", PLANES, {"name": "orders"}, **here).body
    path = f"{PLANES}/{made['id']}"
    assert konnect.call("GET", path, **here).status == 200
    assert konnect.call("GET", path, headers={"host": "us.api.konghq.com"}).status == 404
    assert konnect.call("GET", PLANES, headers={"host": "us.api.konghq.com"}).body["data"] == []


def test_without_a_token_the_addresses_are_there_and_the_control_planes_are_not(
    store: Store,
) -> None:
    konnect = Konnect(store, token=None)
    addresses, planes = konnect.get(PATH), konnect.get(PLANES)
    konnect.close()
    assert addresses.status == 200
    assert set(addresses.body) == {"updateDate", "regions", "ingressIPs", "egressIPs"}
    assert set(addresses.body["regions"]) == {"au", "eu", "in", "me", "sg", "us"}
    assert (planes.status, planes.body["title"]) == (401, "Unauthenticated")
