"""Serverless gateways of the first generation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.konnect.client import PLANES, Json, Konnect
from tests.sandbox.konnect.test_access import issued, role
from tests.sandbox.konnect.test_core_entities import KEY, PEM

GATEWAYS = "/v0/serverless-cloud-gateways"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def body(konnect: Konnect) -> Json:
    """The request for a gateway of a new control plane."""
    return body_of(konnect)


def body_of(konnect: Konnect, **fields: object) -> Json:
    plane = konnect.plane(cluster_type="CLUSTER_TYPE_SERVERLESS")
    endpoint = konnect.read(f"{PLANES}/{plane}")["config"]["control_plane_endpoint"]
    prefix = endpoint.removeprefix("https://").partition(".")[0]
    reference = {"id": plane, "prefix": prefix, "region": "us"}
    return {"control_plane": reference, "cluster_cert": PEM, "cluster_cert_key": KEY, **fields}


def test_a_gateway_is_created_read_listed_and_deleted(konnect: Konnect, body: Json) -> None:
    made = konnect.post(GATEWAYS, {**body, "labels": {"env": "prod"}})
    assert made.status == 201
    plane = body["control_plane"]
    assert made.body == {
        "control_plane": plane,
        "gateway_endpoint": f"kong-{plane['prefix']}us.kongcloud.dev",
        "labels": {"env": "prod"},
        "created_at": made.body["created_at"],
        "updated_at": made.body["created_at"],
    }
    path = f"{GATEWAYS}/{plane['id']}"
    assert konnect.read(path) == made.body
    assert konnect.read(GATEWAYS)["data"] == [made.body]
    assert konnect.call("PUT", path, body).status == 405
    assert konnect.delete(path).status == 204
    assert [konnect.get(path).status, konnect.delete(path).status] == [404, 404]


def test_gateways_are_filtered_by_labels(konnect: Konnect) -> None:
    for env in ("prod", "dev"):
        konnect.post(GATEWAYS, body_of(konnect, labels={"env": env, "team": "a"}))
    found = konnect.get(GATEWAYS, labels="env:prod,team:a").body["data"]
    assert [gateway["labels"]["env"] for gateway in found] == ["prod"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cluster_cert": "x"}, "cluster_cert"),
        ({"cluster_cert_key": PEM}, "cluster_cert_key"),
        ({"labels": {"kong": "a"}}, "labels"),
        ({"labels": {"a": "-"}}, "labels"),
        ({"size": 1}, "size"),
        ({"control_plane": {"id": NOBODY}}, "control_plane.id"),
        ({"control_plane": {"id": "x"}}, "control_plane.id"),
        ({"control_plane": {"prefix": "x"}}, "control_plane.prefix"),
        ({"control_plane": {"region": "in"}}, "control_plane.region"),
    ],
)
def test_a_bad_gateway_is_a_400(konnect: Konnect, body: Json, change: Json, field: str) -> None:
    wrong = {**body, **change}
    if "control_plane" in change:
        wrong["control_plane"] = {**body["control_plane"], **change["control_plane"]}
    answer = konnect.post(GATEWAYS, wrong)
    assert (answer.status, list(answer.invalid)) == (400, [field])


def test_a_control_plane_has_one_gateway_and_is_of_its_type(konnect: Konnect, body: Json) -> None:
    assert konnect.post(GATEWAYS, body).status == 201
    again = konnect.post(GATEWAYS, body)
    assert (again.status, list(again.invalid)) == (400, ["control_plane.id"])
    other = {**body["control_plane"], "id": konnect.plane()}
    assert konnect.post(GATEWAYS, {**body, "control_plane": other}).status == 400


def test_a_control_plane_is_in_one_region(konnect: Konnect, body: Json) -> None:
    assert konnect.post(GATEWAYS, body).status == 201
    assert konnect.delete(f"{GATEWAYS}/{body['control_plane']['id']}").status == 204
    elsewhere = {**body["control_plane"], "region": "eu"}
    answer = konnect.post(GATEWAYS, {**body, "control_plane": elsewhere})
    assert (answer.status, list(answer.invalid)) == (400, ["control_plane.id"])


def test_a_gateway_goes_with_its_control_plane(konnect: Konnect, body: Json) -> None:
    konnect.post(GATEWAYS, body)
    assert konnect.delete(f"{PLANES}/{body['control_plane']['id']}").status == 204
    assert konnect.read(GATEWAYS)["data"] == []
    assert konnect.get(f"{GATEWAYS}/{body['control_plane']['id']}").status == 404


def test_a_gateway_takes_the_roles_of_its_control_plane(
    konnect: Konnect, body: Json, holding: Callable[[str], Konnect]
) -> None:
    plane = body["control_plane"]["id"]
    path = f"{GATEWAYS}/{plane}"

    def client(name: str, entity_id: str) -> Konnect:
        return holding(issued(konnect, role("Control Planes", name, entity_id))["token"])

    viewer = client("Cloud Gateway Cluster Viewer", plane)
    admin = client("Cloud Gateway Cluster Admin", plane)
    stranger = client("Cloud Gateway Cluster Admin", NOBODY)
    assert [viewer.post(GATEWAYS, body).status, stranger.post(GATEWAYS, body).status] == [403, 403]
    assert admin.post(GATEWAYS, body).status == 201
    assert [viewer.get(path).status, stranger.get(path).status] == [200, 403]
    assert stranger.read(GATEWAYS)["data"] == []
    assert [viewer.delete(path).status, admin.delete(path).status] == [403, 204]
