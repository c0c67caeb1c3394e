"""Roles: what a token may do is what the roles of its account and its teams allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.konnect.client import (
    ADD_ONS,
    CONFIGURATIONS,
    DOMAINS,
    GATEWAYS,
    NETWORKS,
    PLANES,
    Json,
    Konnect,
    entities,
)

ACCOUNTS = "/v3/system-accounts"
TEAMS = "/v3/teams"
NOBODY = "00000000-0000-4000-8000-000000000000"
SERVICE = {"name": "billing", "host": "billing.test"}
Holding = Callable[[str], Konnect]


def role(entity_type: str, name: str, entity_id: str = "*") -> Json:
    return {"entity_type_name": entity_type, "role_name": name, "entity_id": entity_id}


def issued(konnect: Konnect, *roles: Json, **fields: Any) -> Json:
    """A token of a new system account with these roles, and the account."""
    answer: Json = konnect.admin("POST", "tokens", {"roles": list(roles), **fields})
    return answer


@pytest.fixture
def with_roles(konnect: Konnect, holding: Holding) -> Callable[..., Konnect]:
    """A client whose token has these roles and no others."""
    return lambda *roles, **fields: holding(issued(konnect, *roles, **fields)["token"])


As = Callable[..., Konnect]


@pytest.mark.parametrize(
    ("path", "title", "detail"),
    [
        (NETWORKS, "Forbidden", "You do not have permission to perform this action."),
        (ADD_ONS, "Forbidden", "You do not have permission to perform this action."),
        (CONFIGURATIONS, "Forbidden", "You do not have permission to perform this action."),
        (f"{GATEWAYS}/provider-accounts", "Forbidden", "You do not have permission"),
        (PLANES, "Permission denied", "You do not have permission to perform this action."),
        (ACCOUNTS, "Forbidden", "You do not have permission to perform this action."),
    ],
)
def test_without_a_role_each_api_answers_403_in_its_own_words(
    with_roles: As, path: str, title: str, detail: str
) -> None:
    answer = with_roles().get(path)
    assert (answer.status, answer.body["title"]) == (403, title)
    assert answer.body["detail"].startswith(detail)
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_role_core_entities_answer_403_in_their_words(
    konnect: Konnect, with_roles: As
) -> None:
    answer = with_roles().get(entities(konnect.plane(), "services"))
    assert (answer.status, answer.body["code"]) == (403, 7)


def test_the_organisation_and_the_catalogue_of_roles_need_no_role(with_roles: As) -> None:
    nobody = with_roles()
    assert nobody.get("/v3/organizations/me").status == 200
    assert nobody.get("/v3/roles").body["control_planes"]["roles"]["viewer"]["name"] == "Viewer"
    assert nobody.get(f"{GATEWAYS}/availability.json").status == 200


def test_an_account_made_through_the_api_has_no_role(konnect: Konnect, holding: Holding) -> None:
    account = issued(konnect, role("Control Planes", "Viewer"))
    roles = f"{ACCOUNTS}/{account['account']['id']}/assigned-roles"
    program = holding(account["token"])
    assert program.get(PLANES).status == 200
    (assigned,) = konnect.read(roles)["data"]
    assert konnect.delete(f"{roles}/{assigned['id']}").status == 204
    assert program.get(PLANES).status == 403


def test_a_viewer_reads_all_of_a_control_plane_and_writes_nothing(
    konnect: Konnect, with_roles: As
) -> None:
    plane = konnect.plane()
    viewer = with_roles(role("Control Planes", "Viewer"))
    path = f"{PLANES}/{plane}"
    for read in (path, entities(plane, "services"), f"{path}/config-stores"):
        assert viewer.get(read).status == 200
    assert viewer.patch(path, {"description": "d"}).status == 403
    assert viewer.post(entities(plane, "services"), SERVICE).status == 403
    assert viewer.post(PLANES, {"name": "new"}).status == 403
    assert viewer.delete(path).status == 403
    assert konnect.get(path).status == 200


def test_an_admin_of_one_control_plane_sees_and_writes_that_one_only(
    konnect: Konnect, with_roles: As
) -> None:
    own, other = konnect.plane("own"), konnect.plane("other")
    admin = with_roles(role("Control Planes", "Admin", own))
    assert [plane["id"] for plane in admin.read(PLANES)["data"]] == [own]
    assert admin.post(entities(own, "services"), SERVICE).status == 201
    assert admin.post(entities(other, "services"), SERVICE).status == 403
    assert admin.get(f"{PLANES}/{other}").status == 403
    assert admin.delete(f"{PLANES}/{own}").status == 204


def test_a_creator_becomes_the_admin_of_what_it_creates(konnect: Konnect, with_roles: As) -> None:
    other = konnect.plane("other")
    creator = with_roles(role("Control Planes", "Creator"))
    own = creator.plane("own")
    assert creator.post(entities(own, "services"), SERVICE).status == 201
    assert creator.get(f"{PLANES}/{other}").status == 403
    assert [plane["id"] for plane in creator.read(PLANES)["data"]] == [own]


@pytest.mark.parametrize(
    ("name", "collection", "body", "allowed"),
    [
        ("Gateway Service Admin", "services", SERVICE, True),
        ("Route Admin", "services", SERVICE, False),
        ("Route Admin", "routes", {"name": "r", "paths": ["/r"]}, True),
        ("Consumer Admin", "consumers", {"username": "c"}, True),
        ("Consumer Admin", "vaults", {"name": "env", "prefix": "env"}, False),
        ("Vault Admin", "vaults", {"name": "env", "prefix": "env"}, True),
        ("Upstream Admin", "upstreams", {"name": "u"}, True),
        ("Plugin Admin", "plugins", {"name": "cors"}, True),
        ("Plugin Admin", "upstreams", {"name": "u"}, False),
    ],
)
def test_a_role_of_one_kind_of_entity_writes_that_kind_only(
    konnect: Konnect, with_roles: As, name: str, collection: str, body: Json, allowed: bool
) -> None:
    plane = konnect.plane()
    holder = with_roles(role("Control Planes", name))
    answer = holder.post(entities(plane, collection), body)
    assert answer.status == (201 if allowed else 403)
    assert holder.get(entities(plane, collection)).status == (200 if allowed else 403)
    assert holder.get(f"{PLANES}/{plane}").status == 200


def test_credentials_are_the_consumer_admins(konnect: Konnect, with_roles: As) -> None:
    plane = konnect.plane()
    admin = with_roles(role("Control Planes", "Consumer Admin"))
    consumer = admin.post(entities(plane, "consumers"), {"username": "c"}).body["id"]
    keys = f"{entities(plane, 'consumers')}/{consumer}/key-auth"
    assert admin.post(keys, {"key": "k" * 16}).status == 201
    assert with_roles(role("Control Planes", "Route Admin")).get(keys).status == 403


def test_networks_are_created_by_their_creators_and_deleted_by_their_admins(
    konnect: Konnect, with_roles: As
) -> None:
    creator = with_roles(role("Networks", "Network Creator"))
    admin = with_roles(role("Networks", "Network Admin"))
    viewer = with_roles(role("Networks", "Network Viewer"))
    network = creator.post(NETWORKS, creator.network_body()).body
    path = f"{NETWORKS}/{network['id']}"
    assert creator.get(path).status == 403
    assert admin.post(NETWORKS, admin.network_body()).status == 403
    assert viewer.get(path).status == admin.get(path).status == 200
    assert viewer.patch(path, {"name": "renamed"}).status == 403
    assert viewer.delete(path).status == 403
    assert admin.patch(path, {"name": "renamed"}).status == 200
    assert admin.delete(path).status == 204


def test_a_role_for_one_network_shows_that_one_only(konnect: Konnect, with_roles: As) -> None:
    own, other = konnect.network(ready=False), konnect.network(ready=False)
    viewer = with_roles(role("Networks", "Network Viewer", own["id"]))
    assert [network["id"] for network in viewer.read(NETWORKS)["data"]] == [own["id"]]
    assert viewer.get(f"{NETWORKS}/{other['id']}/transit-gateways").status == 403


def test_a_configuration_needs_its_control_plane_and_its_networks(
    konnect: Konnect, with_roles: As
) -> None:
    plane, other, network = konnect.plane(), konnect.plane(), konnect.network()
    body = konnect.configuration_body(plane, konnect.group(network))
    cluster = role("Control Planes", "Cloud Gateway Cluster Admin", plane)
    without = with_roles(cluster)
    assert without.put(CONFIGURATIONS, body).status == 403
    both = with_roles(cluster, role("Networks", "Network Viewer", network["id"]))
    made = both.put(CONFIGURATIONS, body)
    assert made.status == 200
    assert both.put(CONFIGURATIONS, konnect.configuration_body(other)).status == 403
    path = f"{CONFIGURATIONS}/{made.body['id']}"
    assert both.get(path).status == 200
    stranger = with_roles(role("Control Planes", "Cloud Gateway Cluster Admin", other))
    assert stranger.get(path).status == 403
    assert stranger.read(CONFIGURATIONS)["data"] == []
    viewer = with_roles(role("Control Planes", "Cloud Gateway Cluster Viewer"))
    assert viewer.get(path).status == 200
    assert viewer.put(CONFIGURATIONS, body).status == 403
    assert with_roles(role("Control Planes", "Admin")).get(path).status == 403


def test_custom_domains_and_add_ons_need_their_roles(konnect: Konnect, with_roles: As) -> None:
    plane, add_on = konnect.gateway_with_cache()
    domain = {"control_plane_id": plane, "control_plane_geo": "us", "domain": "api.test"}
    cluster = with_roles(role("Control Planes", "Cloud Gateway Cluster Admin", plane))
    assert cluster.post(DOMAINS, domain).status == 201
    assert len(cluster.read(DOMAINS)["data"]) == 1
    assert cluster.get(ADD_ONS).status == 403
    viewer = with_roles(role("Add Ons", "Add On Viewer"))
    assert viewer.get(f"{ADD_ONS}/{add_on['id']}").status == 200
    assert viewer.delete(f"{ADD_ONS}/{add_on['id']}").status == 403
    admin = with_roles(role("Add Ons", "Add On Admin"))
    assert admin.delete(f"{ADD_ONS}/{add_on['id']}").status == 204


def test_a_role_counts_in_its_region_only(konnect: Konnect, with_roles: As) -> None:
    eu = {"headers": {"Host": "eu.localhost"}}
    plane = konnect.call("POST", PLANES, {"name": "eu", "cloud_gateway": True}, **eu).body["id"]
    body = konnect.configuration_body(plane, control_plane_geo="eu")
    cluster = role("Control Planes", "Cloud Gateway Cluster Admin")
    assert with_roles(cluster, geo="us").put(CONFIGURATIONS, body).status == 403
    assert with_roles(cluster, geo="eu").put(CONFIGURATIONS, body).status == 200
    viewer = role("Control Planes", "Viewer")
    assert with_roles(viewer, geo="eu").get(f"{PLANES}/{plane}").status == 200
    assert with_roles(viewer, geo="us").call("GET", f"{PLANES}/{plane}", **eu).status == 403


def test_identity_is_for_organisation_admins(konnect: Konnect, with_roles: As) -> None:
    admin = with_roles(role("Control Planes", "Admin"), role("Networks", "Network Admin"))
    account = {"name": "ci", "description": ""}
    assert admin.post(ACCOUNTS, account).status == 403
    assert admin.post(TEAMS, {"name": "team"}).status == 403
    assert admin.get(TEAMS).status == 404  # The document has no 403 for it.
    id_ = konnect.post(ACCOUNTS, account).body["id"]
    assert admin.post(f"{ACCOUNTS}/{id_}/access-tokens", {}).status == 403


def test_members_of_a_team_have_its_roles(
    konnect: Konnect, with_roles: As, holding: Holding
) -> None:
    plane = konnect.plane()
    issue = issued(konnect)
    program = holding(issue["token"])
    team = konnect.post(TEAMS, {"name": "readers"}).body["id"]
    viewer = {**role("Control Planes", "Viewer"), "entity_region": "*"}
    assert konnect.post(f"{TEAMS}/{team}/assigned-roles", viewer).status == 201
    assert program.get(f"{PLANES}/{plane}").status == 403
    members = f"{TEAMS}/{team}/system-accounts"
    assert konnect.post(members, {"id": issue["account"]["id"]}).status == 201
    assert program.get(f"{PLANES}/{plane}").status == 200
    assert konnect.delete(f"{members}/{issue['account']['id']}").status == 204
    assert program.get(f"{PLANES}/{plane}").status == 403


def test_predefined_teams_give_what_their_names_say(konnect: Konnect, holding: Holding) -> None:
    konnect.plane("there")
    issue = issued(konnect)
    program = holding(issue["token"])
    teams = {team["name"]: team["id"] for team in konnect.get(TEAMS).body["data"]}

    def join(name: str) -> None:
        members = f"{TEAMS}/{teams[name]}/system-accounts"
        assert konnect.post(members, {"id": issue["account"]["id"]}).status == 201

    join("Organization Admin (Read Only)")
    for path in (PLANES, NETWORKS, CONFIGURATIONS, ADD_ONS, ACCOUNTS, TEAMS):
        assert program.get(path).status == 200
    assert program.post(PLANES, {"name": "new"}).status == 403
    assert program.post(NETWORKS, konnect.network_body()).status == 403
    join("Control Plane Admin")
    assert program.post(PLANES, {"name": "new"}).status == 201
    assert program.post(NETWORKS, konnect.network_body()).status == 403
    join("Organization Admin")
    assert program.post(NETWORKS, konnect.network_body()).status == 201
    assert program.post(TEAMS, {"name": "team"}).status == 201


def test_mesh_control_planes_have_roles_of_their_own(konnect: Konnect, with_roles: As) -> None:
    planes, kind = "/v1/mesh/control-planes", "Mesh Control Planes"
    first, second = (konnect.post(planes, {"name": name}).body["id"] for name in ("a", "b"))
    gateways = with_roles(role("Control Planes", "Admin"))
    assert gateways.get(planes).status == 403
    viewer = with_roles(role(kind, "Viewer", first))
    assert [item["id"] for item in viewer.get(planes).body["data"]] == [first]
    statuses = [viewer.get(f"{planes}/{id_}").status for id_ in (first, second)]
    assert statuses == [200, 403]
    assert viewer.post(planes, {"name": "c"}).status == 403
    assert viewer.delete(f"{planes}/{first}").status == 403
    assert with_roles(role(kind, "Creator")).post(planes, {"name": "c"}).status == 201
    assert with_roles(role(kind, "Admin", second)).delete(f"{planes}/{second}").status == 204
