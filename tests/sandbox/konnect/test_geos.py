"""Geos: a control plane and all below it live in one, and are 404 in the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.konnect.client import ADD_ONS, CONFIGURATIONS, DOMAINS, PLANES, Konnect, entities

Holding = Callable[[str], Konnect]
SERVICE = {"name": "billing", "host": "billing.test"}
GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"


@pytest.fixture
def eu(konnect: Konnect, holding: Holding) -> Konnect:
    """A client whose token is about the geo eu."""
    return holding(konnect.admin("POST", "tokens", {"geo": "eu"})["token"])


@pytest.fixture
def us(konnect: Konnect, holding: Holding) -> Konnect:
    """A client whose token is about the geo us."""
    return holding(konnect.admin("POST", "tokens", {"geo": "us"})["token"])


def test_a_control_plane_and_all_below_it_are_404_in_another_geo(eu: Konnect, us: Konnect) -> None:
    plane = eu.plane("prod")
    service = eu.post(entities(plane, "services"), SERVICE).body["id"]
    path = f"{PLANES}/{plane}"
    below = (
        entities(plane, "services"),
        f"{entities(plane, 'services')}/{service}",
        f"{path}/config-stores",
        f"{path}/dp-client-certificates",
        f"{path}/expected-config-hash",
        f"{path}/group-member-status",
    )
    for each in (path, *below):
        assert eu.get(each).status == 200
        assert us.get(each).status == 404
    assert us.patch(path, {"description": "d"}).status == 404
    assert us.post(entities(plane, "services"), SERVICE).status == 404
    assert us.delete(path).status == 404
    assert us.read(PLANES)["data"] == []
    assert [found["name"] for found in eu.read(PLANES)["data"]] == ["prod"]


def test_a_regional_host_decides_before_the_token(eu: Konnect) -> None:
    plane = eu.plane()
    assert eu.call("GET", f"{PLANES}/{plane}", headers={"Host": "us.localhost"}).status == 404
    assert eu.call("GET", f"{PLANES}/{plane}", headers={"Host": "eu.localhost"}).status == 200


def test_one_base_url_and_one_token_reach_every_geo(
    konnect: Konnect, eu: Konnect, us: Konnect
) -> None:
    planes = [eu.plane("eu"), us.plane("us"), konnect.plane("any")]
    assert [plane["id"] for plane in konnect.read(PLANES)["data"]] == planes
    for plane in planes:
        assert konnect.get(f"{PLANES}/{plane}").status == 200


def test_a_name_may_be_taken_once_in_each_geo(eu: Konnect, us: Konnect) -> None:
    eu.plane("prod")
    us.plane("prod")
    assert eu.post(PLANES, {"name": "prod"}).status == 409


def test_what_refers_to_a_control_plane_must_name_its_geo(konnect: Konnect, eu: Konnect) -> None:
    plane = eu.plane()
    domain = {"control_plane_id": plane, "control_plane_geo": "us", "domain": "api.test"}
    for answer in (
        konnect.put(CONFIGURATIONS, konnect.configuration_body(plane)),
        konnect.post(ADD_ONS, konnect.add_on_body(plane)),
        konnect.post(DOMAINS, domain),
    ):
        assert answer.status == 404
        assert f"'{plane}' not found in geo 'us'" in answer.body["detail"]
    body = konnect.configuration_body(plane, control_plane_geo="eu")
    assert konnect.put(CONFIGURATIONS, body).status == 200


def test_a_group_has_no_members_of_another_geo(eu: Konnect, us: Konnect) -> None:
    group = eu.plane(cluster_type=GROUP, cloud_gateway=False)
    foreign = us.plane(cloud_gateway=False)
    members = f"{PLANES}/{group}/group-memberships/add"
    answer = eu.post(members, {"members": [{"id": foreign}]})
    assert (answer.status, answer.invalid) == (400, {"members.0.id": "missing_reference"})
    own = eu.plane(cloud_gateway=False)
    assert eu.post(members, {"members": [{"id": own}]}).status == 204
